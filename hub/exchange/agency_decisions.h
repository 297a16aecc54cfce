// A decision an agency made on an appeal ("decision/1"), or a correction of one, made into facts: state,
// terms, event, files.
// Threads: any; everything runs inside one unit of work.
#pragma once

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
#include "hub/transport/endpoint.h"

namespace hub::exchange {

class AgencyDecisions {
 public:
  // `attachments`: decisions may name only files that are there; nullptr does not look. Everything must
  // outlive the object.
  AgencyDecisions(const AgencyMessages& messages, const AnswerTerms& terms, const ActBars& bars,
                  const WayUp& way_up, transport::AttachmentStore* attachments)
      : messages_(messages),
        terms_(terms),
        bars_(bars),
        way_up_(way_up),
        attachments_(attachments) {}

  // `appeal` was sent to the agency; the item's payload is a decision. Fails only if the store does.
  Result<Judgement> apply(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                          store::AppealRow appeal, Instant now) const;

 private:
  // Why the body cannot have decided so; no code if it can.
  Judgement refusalOf(const model::Decision& decision, const store::AppealRow& appeal) const;
  std::string attachmentProblem(const model::Decision& decision) const;

  const AgencyMessages& messages_;
  const AnswerTerms& terms_;
  const ActBars& bars_;
  const WayUp& way_up_;
  transport::AttachmentStore* attachments_;
};

}  // namespace hub::exchange
