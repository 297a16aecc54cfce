#include "hub/exchange/stopped_acts.h"

#include <algorithm>
#include <array>
#include <set>

#include "hub/exchange/clock_rows.h"
#include "hub/exchange/suspension.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/recount.h"
#include "hub/rules/supervision.h"

namespace hub::exchange {
namespace {

constexpr const char* kOver = "complaint_over";
constexpr const char* kOutsideOverdue = "outside_overdue";
constexpr const char* kMaybeOver = "maybe_over";
constexpr const char* kOverdue = "complaint_overdue";
constexpr const char* kUnknown = "term_unknown";
constexpr const char* kUnknownWhen = "term_unknown, no year";  // of the advice alone
constexpr const char* kMaybeSame = "maybe_same";

// {}: StoppedAct::beside; of the unknown day the year without a calendar.
struct Advice {
  std::string_view problem, kk, ru, en;
};
constexpr std::array kAdvice = {
    Advice{kOver,
           "Актінің не болғанын анықтап, белгілеңіз: complaint_failed — акт күшінде қалды, "
           "complaint_upheld — күші жойылды немесе өзгертілді",
           "Выясните, что стало с актом, и отметьте: complaint_failed — акт остался в силе, "
           "complaint_upheld — отменён или изменён",
           "Find out what became of the act, and note it: complaint_failed if it stands, "
           "complaint_upheld if it was cancelled or changed"},
    Advice{kOutsideOverdue,
           "Мұндай шағымның мерзімі өтті: оның қалай аяқталғанын анықтап, complaint_failed немесе "
           "complaint_upheld деп белгілеңіз",
           "Срок такой жалобы истёк: выясните, чем она закончилась, и отметьте complaint_failed "
           "или complaint_upheld",
           "The term of such a complaint is over: find out how it ended, and note it by "
           "complaint_failed or complaint_upheld"},
    Advice{kMaybeOver, "{} шағымы аяқталды: бұл сол шағым болса, complaint_failed деп белгілеңіз",
           "Жалоба {} завершена: если это она и есть, отметьте complaint_failed",
           "Complaint {} is over: if this is the same one, note complaint_failed"},
    Advice{kOverdue, "Шағымның мерзімі өтті: оны қарайтын орган шешуі керек",
           "Срок жалобы истёк: решить её должен тот, кто её рассматривает",
           "The term of the complaint is over: whoever considers it must decide"},
    Advice{kUnknown, "Шағымның соңғы күні белгісіз: {} жылдың күнтізбесін қосыңыз",
           "Последний день жалобы неизвестен: добавьте календарь на {} год",
           "The last day of the complaint is unknown: add the calendar for the year {}"},
    Advice{kUnknownWhen, "Шағымның соңғы күні белгісіз: сол жылдың күнтізбесін қосыңыз",
           "Последний день жалобы неизвестен: добавьте календарь её года",
           "The last day of the complaint is unknown: add the calendar of its year"},
    Advice{kMaybeSame,
           "Бұл {} шағымының өзі болса, complaint_joined деп белгілеңіз: ол бір рет есептеледі",
           "Если это жалоба {}, отметьте complaint_joined: она будет учтена один раз",
           "If this is complaint {}, note complaint_joined: it then counts once"},
};

// The day until which a complaint that was filed then is decided by law; of one that is not in the hub nobody told more.
Status reckonDue(const rules::LawBook& law, StoppedAct& act) {
  rules::ClockRequest request;
  request.kind = "complaint";
  request.received_at = act.complaint_since;
  auto clocks = rules::computeClocks(law, request);
  if (!clocks) return clocks.error().code == "base.unknown_zone" ? clocks.status() : Status();
  const auto consider = std::find_if(clocks->begin(), clocks->end(),
                                     [](const auto& clock) { return clock.name == "consider"; });
  if (consider == clocks->end()) return {};
  act.due = consider->due_date;
  act.due_reckoned = act.due.has_value();
  if (!act.due) act.problem = kUnknown;
  act.missing_year = consider->missing_year;
  return {};
}

// Complaints of the hub's register that stop the act, or did until they ended.
struct Registered {
  std::vector<std::string> running, ended;
};

Status judgeOutside(const rules::LawBook& law, Date today, const Registered& registered,
                    StoppedAct& act) {
  if (auto s = reckonDue(law, act); !s) return s;
  const bool runs = !registered.running.empty();
  if (runs || !registered.ended.empty()) {
    act.beside = runs ? registered.running.front() : registered.ended.back();
  }
  if (act.due && *act.due < today) {
    act.problem = kOutsideOverdue;
  } else if (!act.beside.empty()) {
    act.problem = runs ? kMaybeSame : kMaybeOver;
  }
  return {};
}

Status judgeRegistered(store::Store& store, const rules::LawBook& law,
                       const store::AppealRow& complaint, Date today, StoppedAct& act) {
  act.complaint_hub_id = complaint.hub_id;
  act.complaint_state = complaint.state;
  if (isFinal(complaint.state)) {
    act.problem = kOver;
    return {};
  }
  auto clocks = store.clocks(complaint.id);
  if (!clocks) return clocks.status();
  // Signed, it has no such term any more: it takes effect with its delivery, APPC 83.
  const auto runs = std::find_if(clocks->rbegin(), clocks->rend(), [](const auto& clock) {
    return (clock.name == "consider" || clock.name == "consider_extended") && isOpen(clock);
  });
  if (runs == clocks->rend() || complaint.state == "decision_signed") return {};
  if (auto day = parseDate(runs->due_date); day.ok()) act.due = *day;
  if (!act.due) {
    act.problem = kUnknown;
    act.missing_year = rules::yearMissing(law, openClock(*runs));
  }
  if (act.due && *act.due < today) act.problem = kOverdue;
  return {};
}

Status addRows(store::Store& store, const rules::LawBook& law, Date today,
               const store::AppealRow& appeal, const Standing& standing,
               std::vector<StoppedAct>& rows) {
  std::vector<std::optional<store::AppealRow>> found;
  Registered registered;
  for (const auto& number : standing.ended) {
    auto row = store.findByNumber(number);
    if (!row) return row.status();
    if (row->has_value()) registered.ended.push_back(number);
  }
  for (const auto& complaint : standing.by) {
    auto row = store.findByNumber(complaint.number);
    if (!row) return row.status();
    if (row->has_value()) {
      auto& list = isFinal((*row)->state) ? registered.ended : registered.running;
      list.push_back(complaint.number);
    }
    found.push_back(std::move(*row));
  }
  for (std::size_t i = 0; i < standing.by.size(); ++i) {
    StoppedAct act;
    act.appeal = appeal;
    act.since = standing.since;
    act.complaint = standing.by[i].number;
    act.complaint_since = standing.by[i].at;
    auto status = found[i] ? judgeRegistered(store, law, *found[i], today, act)
                           : judgeOutside(law, today, registered, act);
    if (!status) return status;
    rows.push_back(std::move(act));
  }
  return {};
}

std::string dayOf(Instant at, const std::string& zone) {
  const auto local = toLocal(at, zone);
  return local.ok() ? formatDate(local->date) : std::string();
}

}  // namespace

rules::LocalText whatToDo(const StoppedAct& act) {
  const bool unknown = act.problem == kUnknown;
  const auto said = unknown && !act.missing_year ? std::string(kUnknownWhen) : act.problem;
  const auto value = unknown && act.missing_year ? std::to_string(*act.missing_year) : act.beside;
  for (const auto& advice : kAdvice) {
    if (advice.problem != said) continue;
    const auto with = [&](std::string_view text) {
      std::string out(text);
      const auto place = out.find("{}");
      return place == std::string::npos ? out : out.replace(place, 2, value);
    };
    return {with(advice.kk), with(advice.ru), with(advice.en)};
  }
  return {};
}

Result<std::vector<StoppedAct>> stoppedActs(
    store::Store& store, const rules::LawBook& law, Date today,
    const std::function<bool(const store::AppealRow&)>& takes) {
  constexpr int kPage = 500;
  std::vector<StoppedAct> rows;
  store::RowId after = 0;
  for (;;) {
    auto page = store.stoppedAppeals(after, kPage);
    if (!page) return page.status();
    for (const auto id : *page) {
      after = id;
      auto appeal = store.appeal(id);
      if (!appeal) return appeal.status();
      if (takes && !takes(*appeal)) continue;
      auto events = store.events(id);
      if (!events) return events.status();
      if (auto s = addRows(store, law, today, *appeal, whatStops(*events), rows); !s) return s;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) break;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    if (a.needsPerson() != b.needsPerson()) return a.needsPerson();
    return a.since < b.since;
  });
  return rows;
}

StoppedCount countActs(const std::vector<StoppedAct>& rows) {
  std::set<store::RowId> acts, need;
  for (const auto& row : rows) {
    acts.insert(row.appeal.id);
    if (row.needsPerson()) need.insert(row.appeal.id);
  }
  return {acts.size(), need.size()};
}

std::string stoppedCsv(const std::vector<StoppedAct>& rows, const std::string& zone,
                       std::string_view language) {
  std::string out =
      "reg_number,hub_id,kind,body,executor,kato,state,stopped_since,complaint,complaint_since,"
      "complaint_state,complaint_due,due_reckoned,problem,needs_person,what_to_do\r\n";
  for (const auto& row : rows) {
    const auto& appeal = row.appeal;
    const std::string body = appeal.destination.empty() ? appeal.body_bin : appeal.destination;
    const std::array<std::string, 15> cells = {appeal.reg_number,
                                               appeal.hub_id,
                                               appeal.kind,
                                               body,
                                               appeal.executor,
                                               appeal.kato,
                                               appeal.state,
                                               dayOf(row.since, zone),
                                               row.complaint,
                                               dayOf(row.complaint_since, zone),
                                               row.complaint_state,
                                               row.due ? formatDate(*row.due) : std::string(),
                                               row.due_reckoned ? "yes" : "no",
                                               row.problem,
                                               row.needsPerson() ? "yes" : "no"};
    for (const auto& cell : cells) out += rules::csvCell(cell) + ",";
    out += rules::csvCell(whatToDo(row).in(language)) + "\r\n";
  }
  return out;
}

}  // namespace hub::exchange
