// What agencies tell the hub, made into facts: statuses and decisions found by collect, pushed to the
// agency door, or come with a delivery's answer.
//
// Each item is judged alone: one that cannot be understood goes to the quarantine with its reason and
// delays nothing else. Duplicates are known by (agency, item id) after completed processing. An agency can
// speak only of appeals that were sent to it.
// Threads: any; applyItems runs inside one unit of work.
#pragma once

#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/model/validate.h"
#include "hub/store/store.h"

namespace hub::exchange {

// An item after decoding, outside the transaction.
struct PreparedItem {
  otinish::Inbound item;
  std::string content_sha256;
  model::Message message;       // payload only; envelope is made when applied
  std::vector<Error> problems;  // non-empty: quarantine
};

class Inbound {
 public:
  struct Agency {
    std::string alias;
    std::string evidence;       // signature format of the transport, "" if unsigned
    bool owes_settlement = false;  // the adapter collects: tell it how each item was settled
  };
  Inbound(const Limits& limits, model::IdentityCheck identity)
      : limits_(limits), identity_(identity) {}

  std::vector<PreparedItem> prepare(const std::vector<otinish::Inbound>& items) const;
  // Stores every item's effect. Fails only if the store does: then nothing of the unit happened.
  // `settled` gets one entry per item in the same order.
  Status applyItems(store::Tx& tx, const Agency& agency, const std::vector<PreparedItem>& items,
                    Instant now, std::vector<otinish::Settled>* settled) const;

 private:
  struct Judgement {
    std::string code, text;     // refused, if not empty
    std::string message_id;
  };
  Result<Judgement> applyOne(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                             Instant now) const;
  Result<Judgement> applyStatus(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                                store::AppealRow appeal, Instant now) const;
  Result<Judgement> applyDecision(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                                  store::AppealRow appeal, Instant now) const;
  // Adds envelope, validates, stores the canonical message and its journal record.
  Result<Judgement> keepMessage(store::Tx& tx, const Agency& agency, model::Message& message,
                                const store::AppealRow& appeal, const PreparedItem& item,
                                Instant now) const;

  const Limits& limits_;
  model::IdentityCheck identity_;
};

}  // namespace hub::exchange
