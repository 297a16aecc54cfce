// An item an agency gave (a status, a decision), decoded; who gave it and how; what became of it.
// Threads: pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/evidence.h"
#include "hub/model/types.h"
#include "hub/store/store.h"

namespace hub::exchange {

// An item after decoding, outside the transaction.
struct PreparedItem {
  otinish::Inbound item;
  std::string content_sha256;
  std::string about_sha256;     // of its type, form and references
  model::Message message;       // payload only; envelope is made when applied
  std::vector<Error> problems;  // non-empty: quarantine
  // Of a decision whose agency does not tell the kind of the appeal: the outcome for each kind, "*" for the others.
  std::map<std::string, std::string> outcomes{};
  std::optional<Instant> waits_since{};  // put off before: when it came
};

// The agency that gave items, and what they came in.
struct ItemSource {
  std::string alias;
  std::string evidence;          // signature format of the transport, "" if unsigned
  bool owes_settlement = false;  // the adapter collects: tell it how each item was settled
  // When the oldest delivery was queued that this agency is not known to have: see EarlyItems. Left out:
  // nothing is put off.
  std::function<std::optional<Instant>()> oldest_open = {};
  Evidence signers = {};  // who signed what the items came in
  // What they were pushed in: kept beside an item that could not be translated.
  std::optional<store::QuarantinedRequest> request = {};
  // What the items came in, the same when it comes again. Once all of it is taken, what was kept of
  // it before is closed.
  std::string subject = {};
};

struct Judgement {
  std::string code, text;  // refused, if not empty
  std::string message_id;
  bool put_off = false;     // not judged
  bool not_kept = false;    // put off, and the hub has no room to keep it
  store::RowId appeal = 0;  // of what is refused: whose it is by its references; 0: unknown
};

std::vector<PreparedItem> prepareItems(const std::vector<otinish::Inbound>& items,
                                       const Limits& limits);
// The item of a row that keeps a translated one.
PreparedItem preparedFrom(const store::QuarantineRow& row, const Limits& limits);

// The first errors in one line.
std::string summaryOf(const std::vector<Error>& problems);
// An agency's hand in an event.
std::string actorOf(const ItemSource& source);
// The item had come before.
void countDuplicate(const ItemSource& source);

}  // namespace hub::exchange
