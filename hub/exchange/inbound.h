// What agencies tell the hub, made into facts: statuses and decisions found by collect, pushed to the
// agency door, or come with a delivery's answer.
//
// Each item is judged alone: one that cannot be understood goes to the quarantine with its reason and
// delays nothing else. Duplicates are known by (agency, item id) after completed processing. An agency can
// speak only of appeals that were sent to it.
// Threads: any; applyItems runs inside one unit of work.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/evidence.h"
#include "hub/model/types.h"
#include "hub/model/validate.h"
#include "hub/rules/current_law.h"
#include "hub/rules/deadlines.h"
#include "hub/store/store.h"
#include "hub/transport/endpoint.h"

namespace hub::exchange {

// An item after decoding, outside the transaction.
struct PreparedItem {
  otinish::Inbound item;
  std::string content_sha256;
  model::Message message;                // payload only; envelope is made when applied
  std::vector<Error> problems;           // non-empty: quarantine
  std::optional<Instant> waits_since{};  // put off before: when it came
};

class Inbound {
 public:
  struct Agency {
    std::string alias;
    std::string evidence;          // signature format of the transport, "" if unsigned
    bool owes_settlement = false;  // the adapter collects: tell it how each item was settled
    // When the oldest delivery was queued that this agency is not known to have: it may have it all
    // the same (the answer got lost, the hub was killed), and an item about an appeal nobody knows may
    // be its answer. The item is put off until all deliveries older than its first sight are through,
    // since what is settled as refused would be lost, but for an hour at most. What was collected waits
    // here; what was pushed is to be pushed again. Left out: nothing is put off.
    std::function<std::optional<Instant>()> oldest_open = {};
    Evidence signers = {};  // who signed what the items came in
    // What they were pushed in: kept beside an item that could not be translated.
    std::optional<store::QuarantinedRequest> request = {};
    // What the items came in, the same when it comes again. Once all of it is taken, what was kept of
    // it before is closed.
    std::string subject = {};
  };
  // `attachments`: decisions may name only files that are there; nullptr does not look. `law`: an
  // extension must be one the law gives; nullptr takes every one. Both must outlive this object.
  Inbound(const Limits& limits, model::IdentityCheck identity,
          transport::AttachmentStore* attachments = nullptr, const rules::CurrentLaw* law = nullptr)
      : limits_(limits), identity_(identity), attachments_(attachments), law_(law) {}

  std::vector<PreparedItem> prepare(const std::vector<otinish::Inbound>& items) const;
  // Stores every item's effect. Fails only if the store does: then nothing of the unit happened.
  // `put_off` gets the number of items that were not judged: the hub keeps them for judgeWaiting if the
  // agency is owed a settlement; otherwise the agency must give them again.
  Status applyItems(store::Tx& tx, const Agency& agency, const std::vector<PreparedItem>& items,
                    Instant now, int* put_off) const;
  // Judges items that were put off, in the order they came; the agency is told as of any other.
  // `waiting` gets the number of those that wait on. `rows` are whole.
  Status judgeWaiting(store::Tx& tx, const Agency& agency,
                      const std::vector<store::QuarantineRow>& rows, Instant now,
                      int* waiting) const;
  // The item of a row that keeps a translated one.
  PreparedItem preparedFrom(const store::QuarantineRow& row) const;
  // Judges a kept item as if it had not been seen before. `refusal` gets its code if it is refused again;
  // then nothing is stored. Fails only if the store does.
  Status judgeAgain(store::Tx& tx, const Agency& agency, const PreparedItem& item, Instant now,
                    Error* refusal) const;
  // An item of a kept push that runs through the whole way in again: known if it was taken meanwhile,
  // else as judgeAgain.
  Status takeAgain(store::Tx& tx, const Agency& agency, const PreparedItem& item, Instant now,
                   Error* refusal) const;
  // Keeps bytes that could not be accepted (refused push, answer nobody understands) in the quarantine,
  // once per reason and content as long as its subject has an open row. Ask mayKeep first: what
  // strangers can send is bounded per agency and hour. Without a request, the first 64 KiB are kept; of a
  // push that is nobody's, 4 KiB.
  struct Refused {
    std::string kind, raw, correlation, subject;
    std::optional<store::QuarantinedRequest> request = {};
  };
  Status keepRefused(store::Tx& tx, const std::string& party, const Error& reason,
                     const Refused& refused, Instant now) const;
  // What was kept of this subject succeeded after all: its open rows are closed.
  Status closeKept(store::Tx& tx, const std::string& party, const std::string& subject,
                   Instant now) const;
  bool mayKeep(const std::string& party, Instant now) const;
  // Is a push refused for want of any signature? Anybody can send such, and it can never be judged again.
  static bool isNobodys(const Error& reason);
  // Those have a budget of their own, so that a stranger cannot use up the agency's.
  bool mayKeepNobodys(const std::string& party, Instant now) const;
  // May so many bytes be kept whole, with their request?
  bool mayKeepWhole(const std::string& party, std::size_t bytes, Instant now) const;

 private:
  struct Judgement {
    std::string code, text;  // refused, if not empty
    std::string message_id;
    bool put_off = false;  // not judged
  };
  // `waited`: the row that kept it while it was put off.
  Result<Judgement> applyOne(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                             Instant now, store::QuarantineRow* waited = nullptr) const;
  Status settle(store::Tx& tx, const Agency& agency, const std::string& item_id,
                const Judgement& judgement) const;
  Result<Judgement> judge(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                          Instant now) const;
  Result<Judgement> applyStatus(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                                store::AppealRow appeal, Instant now) const;
  Result<Judgement> applyDecision(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                                  store::AppealRow appeal, Instant now) const;
  // Adds envelope, validates, stores the canonical message and its journal record.
  Result<Judgement> keepMessage(store::Tx& tx, const Agency& agency, model::Message& message,
                                const store::AppealRow& appeal, const PreparedItem& item,
                                Instant now) const;

  store::QuarantineRow rowOf(const Agency& agency, const PreparedItem& item,
                             const Judgement& judgement, Instant now) const;
  Status keepItem(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                  const Judgement& judgement, Instant now) const;
  Status closeOpen(store::Tx& tx, const store::QuarantineClosing& closing) const;
  Status keepWaiting(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                     Instant now) const;
  Result<bool> keepChanged(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                           const Judgement& judgement, Instant now) const;
  Status noteInbox(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                   const Judgement& judgement, Instant now) const;
  bool mayComeSoon(const Agency& agency, const PreparedItem& item, Instant now) const;
  std::string attachmentProblem(const model::Decision& decision) const;
  Status openTermsOfDecision(store::Tx& tx, const store::AppealRow& appeal,
                             const model::Decision& decision, Instant now) const;
  rules::EventClockRequest eventRequest(const store::AppealRow& appeal, Instant at) const;
  Status openExtension(store::Tx& tx, const store::AppealRow& appeal,
                       const model::StatusUpdate& status, Instant decided) const;
  Result<bool> extensionIsLawful(store::Tx& tx, const store::AppealRow& appeal,
                                 const model::StatusUpdate& status, Instant decided) const;

  const Limits& limits_;
  model::IdentityCheck identity_;
  transport::AttachmentStore* attachments_;
  const rules::CurrentLaw* law_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Instant> first_seen_;  // of pushed items put off
  struct Kept {
    Instant since{};
    int count = 0;
    std::size_t bytes = 0;
  };
  static bool countKept(Kept& kept, Instant now);
  mutable std::map<std::string, Kept> kept_;
  mutable std::map<std::string, Kept> nobodys_;
};

}  // namespace hub::exchange
