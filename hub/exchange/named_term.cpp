#include "hub/exchange/named_term.h"

#include <string_view>

#include "hub/exchange/event_texts.h"

namespace hub::exchange {
namespace {

constexpr std::string_view kNotWorked = " is not worked";
constexpr std::size_t kIsoLength = 10;

}  // namespace

rules::LocalText whyMoved(const std::string& day_off) {
  if (day_off.empty()) return {};
  const std::string day = spokenDate(day_off);
  return {"Аталған күн (" + day + ") жұмыс күні емес: мерзім келесі жұмыс күні бітеді (ӘРПК 76(5))",
          "Названный день (" + day +
              ") нерабочий: срок кончается в следующий рабочий день (АППК ст. 76(5))",
          "The day named (" + day +
              ") is not worked: the term ends on the next worked day (APPC art. 76(5))"};
}

std::string noteOfMove(const std::string& day_off) {
  return day_off.empty() ? std::string() : ", " + day_off + std::string(kNotWorked);
}

std::string dayOffIn(const std::string& explanation) {
  if (!explanation.ends_with(kNotWorked)) return {};
  const auto end = explanation.size() - kNotWorked.size();
  return end < kIsoLength ? std::string() : explanation.substr(end - kIsoLength, kIsoLength);
}

store::ClockRow namedTerm(store::RowId appeal, const rules::ProcedureTable& procedure,
                          const rules::ProcedureRow& row, const std::string& name,
                          const NamedDay& day, Instant at) {
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
  clock.due_date = day.day;
  clock.status = "running";
  clock.explanation = "the day the body named" + noteOfMove(day.day_off);
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
