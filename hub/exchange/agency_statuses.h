// A status an agency told of an appeal ("status/1": registered, in work, extended, refused, executed …), made
// into facts: state, terms, events, and the end of the delivery it answers.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <optional>
#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/act_bars.h"
#include "hub/exchange/agency_messages.h"
#include "hub/exchange/answer_terms.h"
#include "hub/exchange/inbound_item.h"
#include "hub/exchange/way_up.h"
#include "hub/model/types.h"
#include "hub/store/store.h"

namespace hub::exchange {

class AgencyStatuses {
 public:
  // They must outlive the object.
  AgencyStatuses(const AgencyMessages& messages, const AnswerTerms& terms, const ActBars& bars,
                 const WayUp& way_up)
      : messages_(messages), terms_(terms), bars_(bars), way_up_(way_up) {}

  // `appeal` was sent to the agency; the item's payload is a status. Fails only if the store does.
  Result<Judgement> apply(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                          const store::AppealRow& appeal, Instant now) const;

 private:
  // A step that is behind what the body told before, or cannot be taken: the applicant hears nothing of it.
  Result<bool> isLate(store::Tx& tx, const ItemSource& source, const store::AppealRow& appeal,
                      const model::StatusUpdate& status, const std::optional<std::string>& next,
                      bool answers_withdrawal, Instant now) const;
  // Only an extension may be unlawful: of what is not extended at all, of a term that is over, for too long.
  Result<bool> isLawful(store::Tx& tx, const store::AppealRow& appeal,
                        const model::StatusUpdate& status, Instant decided) const;
  Result<bool> undoesRefusal(store::Tx& tx, const ItemSource& source,
                             const store::AppealRow& appeal, const model::StatusUpdate& status,
                             bool lawful) const;
  // Where the appeal goes on after a withdrawal that the body declined: where it stood before. As the status says if
  // its history does not tell.
  Result<std::string> goesOn(store::Tx& tx, const store::AppealRow& appeal,
                             const std::string& next) const;
  // What the body did, and when.
  struct Step {
    std::string next;      // state
    bool extends = false;  // it lawfully extended the term
    Instant decided;
    const WayUp::Way* up = nullptr;  // it sent the complaint up
    std::string actor;
  };
  Status move(store::Tx& tx, store::AppealRow appeal, const model::StatusUpdate& status,
              const Step& step, Instant now) const;

  const AgencyMessages& messages_;
  const AnswerTerms& terms_;
  const ActBars& bars_;
  const WayUp& way_up_;
};

}  // namespace hub::exchange
