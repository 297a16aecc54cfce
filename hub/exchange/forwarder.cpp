#include "hub/exchange/forwarder.h"

#include <algorithm>

#include "hub/exchange/clock_rows.h"

namespace hub::exchange {
namespace {

Result<bool> wasSent(store::Store& store, const store::AppealRow& appeal) {
  auto rows = store.outboxOf(appeal.id);
  if (!rows) return rows.status();
  return std::any_of(rows->begin(), rows->end(), [&](const auto& row) {
    return row.type == "appeal/1" && row.destination == appeal.destination;
  });
}

}  // namespace

Result<std::string> hadBefore(store::Store& store, const store::AppealRow& appeal, Instant at) {
  auto events = store.events(appeal.id);
  if (!events) return events.status();
  const auto before = [at](const auto& row) { return row.at < at; };
  const auto last = std::find_if(events->rbegin(), events->rend(), before);
  if (last != events->rend() && last->to_state == "awaiting_routing") return std::string();
  auto rows = store.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto sent = std::find_if(rows->rbegin(), rows->rend(), [at](const auto& row) {
    return row.type == "appeal/1" && row.created_at < at;
  });
  return sent == rows->rend() ? appeal.destination : sent->destination;
}

Result<store::AppealRow> asOwed(store::Store& store, const rules::LawBook& law, Date today,
                                const store::ClockRow& term, store::AppealRow appeal) {
  const std::string day = formatDate(today);
  const bool over = !term.due_date.empty() && term.due_date < day;
  const bool notice = term.name == kForwardNotice;
  if (!notice && !over) return appeal;
  // At the desk it is whose it was when the term ended.
  const bool at_desk = appeal.state == "awaiting_routing";
  auto alias = notice ? hadBefore(store, appeal, term.start_at)
                      : store.hadOn(appeal.id, at_desk ? term.due_date : day);
  if (!alias) return alias.status();
  if (!notice && appeal.state != "routed") {
    // Whatever became of it since: a withdrawal, an end. Of one that was never sent nothing tells whether a body has it.
    auto sent = wasSent(store, appeal);
    if (!sent) return sent.status();
    if (!*sent || (!at_desk && !alias->empty())) return appeal;
  }
  if (*alias == appeal.destination) return appeal;
  const auto* body = law.bodyByAlias(*alias, today);
  appeal.destination = *alias;
  appeal.body_bin = body ? body->bin : std::string();
  appeal.executor.clear();
  return appeal;
}

Result<bool> owesForwardNotice(store::Store& store, const rules::LawBook& law, Date today,
                               const store::AppealRow& appeal, const std::string& body_bin) {
  auto clocks = store.clocks(appeal.id);
  if (!clocks) return clocks.status();
  for (const auto& clock : *clocks) {
    if (clock.name != kForwardNotice || !isOpen(clock)) continue;
    auto owed = asOwed(store, law, today, clock, appeal);
    if (!owed) return owed.status();
    if (owed->body_bin == body_bin) return true;
  }
  return false;
}

}  // namespace hub::exchange
