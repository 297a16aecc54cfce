#include "hub/exchange/named_term.h"

namespace hub::exchange {

store::ClockRow namedTerm(store::RowId appeal, const rules::ProcedureTable& procedure,
                          const rules::ProcedureRow& row, const std::string& name,
                          const std::string& day, Instant at) {
  store::ClockRow clock;
  clock.appeal = appeal;
  clock.name = name;
  clock.law = row.law.empty() ? procedure.data().law : row.law;
  clock.article = row.article;
  clock.rule_id = row.action;
  clock.rule_version = procedure.data().version;
  clock.day_kind = "calendar";
  clock.first_day = "next_day";
  clock.start_event = row.action;
  clock.start_at = at;
  clock.due_date = day;
  clock.status = "running";
  clock.explanation = "the day the body named";
  return clock;
}

Result<Instant> startOfDay(const rules::LawBook& law, const std::string& body_bin, Date today,
                           const std::string& iso) {
  auto day = parseDate(iso);
  if (!day) return day.status();
  const auto* body = law.bodyByBin(body_bin, today);
  return fromLocal(*day, 0, body ? body->zone : law.data().default_zone);
}

}  // namespace hub::exchange
