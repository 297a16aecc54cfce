#include "hub/exchange/sub_order_events.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/event_texts.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {

using rules::LocalText;
using store::SubOrderRow;

const rules::SubOrderRules* subOrderRules(const rules::LawBook* law) {
  const auto* procedure = law ? law->data().procedure.get() : nullptr;
  return procedure && procedure->data().sub_orders ? &*procedure->data().sub_orders : nullptr;
}

LocalText subOrderKindNamed(const rules::SubOrderRules& rules, const std::string& kind) {
  const auto found = rules.kinds.find(kind);
  return found == rules.kinds.end() ? LocalText{kind, kind, kind} : found->second.label;
}

LocalText bodyNamed(const rules::LawBook& law, const std::string& bin, Date day) {
  const auto* body = law.bodyByBin(bin, day);
  return body ? body->names : LocalText{bin, bin, bin};
}

Result<Date> registrarDay(Instant now, const rules::LawBook& law) {
  auto today = toLocal(now, law.data().default_zone);
  if (!today) return today.status();
  return today->date;
}

store::EventRow subOrderEvent(const store::AppealRow& appeal, const SubOrderRow& row,
                              const rules::SubOrderRules& rules, const rules::SubOrderStep& step,
                              const rules::LawBook& law, const std::string& actor, Instant now,
                              Date today) {
  const auto kind = subOrderKindNamed(rules, row.kind);
  const auto target = bodyNamed(law, row.target, today);
  const std::string number = std::to_string(row.number);
  const bool answers =
      std::find(step.needs.begin(), step.needs.end(), "answer") != step.needs.end();
  auto event =
      makeEvent(appeal.id, "sub_order", now, actor, appeal.state, appeal.state,
                "sub_order_" + step.action, "", sha256Hex(answers ? row.answer : row.text));
  fillTexts(event, {number + " (" + kind.kk + ", " + target.kk + "): " + step.label.kk,
                    number + " (" + kind.ru + ", " + target.ru + "): " + step.label.ru,
                    number + " (" + kind.en + ", " + target.en + "): " + step.label.en});
  return event;
}

void noteIfMissed(SubOrderRow& row, Date today) {
  row.missed = row.missed || (row.sent_at && row.due_date < formatDate(today));
}

Status endSubOrders(store::Tx& tx, const rules::LawBook* law, const store::AppealRow& after,
                    Instant now, bool moved) {
  const auto* rules = subOrderRules(law);
  if (!rules) return {};
  const std::string_view state = moved ? std::string_view() : std::string_view(after.state);
  // Most changes end nothing: then nothing is read.
  const bool may_end = std::any_of(
      rules->states.begin(), rules->states.end(),
      [&](const auto& one) { return rules::endOfSubOrder(*rules, one.first, state) != nullptr; });
  if (!may_end) return {};
  auto rows = tx.subOrders(after.id);
  if (!rows) return rows.status();
  if (rows->empty()) return {};
  auto today = registrarDay(now, *law);
  if (!today) return today.status();
  for (auto& row : *rows) {
    const auto* step = row.open ? rules::endOfSubOrder(*rules, row.state, state) : nullptr;
    if (step == nullptr) continue;
    row.state = step->to;
    row.state_since = now;
    row.open = !rules->isFinal(step->to);
    row.reason = step->action;
    if (!row.answered_at) noteIfMissed(row, *today);
    if (auto s = tx.updateSubOrder(row); !s) return s;
    auto event = subOrderEvent(after, row, *rules, *step, *law, "hub", now, *today);
    if (auto s = tx.addEvent(event); !s) return s;
    logInfo("audit.sub_order", {{"action", step->action},
                                {"actor", "hub"},
                                {"correlation_id", after.hub_id},
                                {"number", static_cast<long long>(row.number)},
                                {"to", row.state}});
  }
  return {};
}

}  // namespace hub::exchange
