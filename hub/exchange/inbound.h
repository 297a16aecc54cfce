// What agencies tell the hub, made into facts: statuses and decisions found by collect, pushed to the
// agency door, or come with a delivery's answer.
//
// Each item is judged alone: one that cannot be understood goes to the quarantine with its reason and
// delays nothing else. Duplicates are known by (agency, item id) after completed processing. An agency can
// speak only of appeals that were sent to it. What an item does to its appeal: AgencyStatuses,
// AgencyDecisions.
// Threads: any; applyItems runs inside one unit of work.
#pragma once

#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/act_bars.h"
#include "hub/exchange/agency_decisions.h"
#include "hub/exchange/agency_messages.h"
#include "hub/exchange/agency_statuses.h"
#include "hub/exchange/answer_terms.h"
#include "hub/exchange/early_items.h"
#include "hub/exchange/inbound_item.h"
#include "hub/exchange/kept_items.h"
#include "hub/model/validate.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"
#include "hub/transport/endpoint.h"

namespace hub::exchange {

class Inbound {
 public:
  // `attachments`: decisions may name only files that are there; nullptr does not look. `law`: an extension must be one
  // the law gives; nullptr takes every one. `onward`: to whom a complaint can be sent up. `steady`: by which early
  // items wait. Everything must outlive this object.
  Inbound(const Limits& limits, model::IdentityCheck identity,
          transport::AttachmentStore* attachments = nullptr, const rules::CurrentLaw* law = nullptr,
          WayUp::Options onward = {}, EarlyItems::Steady steady = std::chrono::steady_clock::now)
      : limits_(limits),
        messages_(limits, identity),
        terms_(law),
        bars_(messages_, law),
        way_up_(messages_, law, limits, std::move(onward)),
        statuses_(messages_, terms_, bars_, way_up_),
        decisions_(messages_, terms_, bars_, way_up_, attachments),
        early_(std::move(steady)) {}
  Inbound(const Inbound&) = delete;  // its parts know one another
  Inbound& operator=(const Inbound&) = delete;

  std::shared_ptr<const rules::LawBook> law() const { return terms_.law(); }
  std::vector<PreparedItem> prepare(const std::vector<otinish::Inbound>& items) const;
  // Stores every item's effect. Fails only if the store does: then nothing of the unit happened.
  // `put_off` gets the number of items that were not judged: the hub keeps them for judgeWaiting if the
  // agency is owed a settlement; otherwise, and if there was no room (`not_kept`), the agency must give them
  // again.
  Status applyItems(store::Tx& tx, const ItemSource& source, const std::vector<PreparedItem>& items,
                    Instant now, int* put_off, int* not_kept = nullptr) const;
  // Judges items that were put off, in the order they came; the agency is told as of any other.
  // `waiting` gets the number of those that wait on. `rows` are whole.
  Status judgeWaiting(store::Tx& tx, const ItemSource& source,
                      const std::vector<store::QuarantineRow>& rows, Instant now,
                      int* waiting) const;
  // A person ends an item's waiting: it is refused with what its row says. `row` is whole.
  Status endWaiting(store::Tx& tx, const store::QuarantineRow& row, Instant now) const;
  // The item of a row that keeps a translated one.
  PreparedItem preparedFrom(const store::QuarantineRow& row) const;
  // Judges a kept item as if it had not been seen before. `refusal` gets its code if it is refused again;
  // then nothing is stored. The agency hears that it was accepted if it is owed a settlement. Fails only if the
  // store does.
  Status judgeAgain(store::Tx& tx, const ItemSource& source, const PreparedItem& item, Instant now,
                    Error* refusal) const;
  // An item of a kept push that runs through the whole way in again: known if it was taken meanwhile,
  // else as judgeAgain.
  Status takeAgain(store::Tx& tx, const ItemSource& source, const PreparedItem& item, Instant now,
                   Error* refusal) const;

 private:
  // `waited`: the row that kept it while it was put off.
  Result<Judgement> applyOne(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                             Instant now, store::QuarantineRow* waited = nullptr) const;
  Status settle(store::Tx& tx, const ItemSource& source, const std::string& item_id,
                const Judgement& judgement) const;
  Result<Judgement> judge(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                          Instant now) const;

  const Limits& limits_;
  AgencyMessages messages_;
  AnswerTerms terms_;
  ActBars bars_;
  WayUp way_up_;
  AgencyStatuses statuses_;
  AgencyDecisions decisions_;
  mutable EarlyItems early_;
  mutable KeptItems kept_;
  mutable ChangedItems changed_;
};

}  // namespace hub::exchange
