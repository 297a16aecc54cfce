#include "hub/rules/deadlines.h"

#include <algorithm>
#include <array>

#include "hub/rules/procedure.h"

namespace hub::rules {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

struct Event {
  Instant at;
  Date day;
};

bool fits(const Rule& rule, const RuleQuery& query, Date day) {
  return (rule.kinds & query.kind) != 0 && (rule.procedures & query.procedure) != 0 &&
         (rule.special & query.special) != 0 && (rule.levels & query.level) != 0 &&
         rule.table->validity.covers(day);
}

// The most exact rule of each clock, by clock number; nullptr where none fits.
std::vector<const Rule*> rulesFor(const LawBook& book, const RuleQuery& query, Date day,
                                  bool intake) {
  std::vector<const Rule*> chosen(book.data().vocabulary.clocks.size(), nullptr);
  for (const Rule& rule : book.rules()) {
    if (rule.data->opens_at_intake != intake || !fits(rule, query, day)) continue;
    const Rule*& best = chosen[static_cast<std::size_t>(rule.clock)];
    if (best == nullptr || rule.exactness > best->exactness) best = &rule;
  }
  return chosen;
}

Counting countingOf(const RuleData& rule) {
  return {rule.day_kind, rule.length, rule.first_day, rule.back};
}

// ---- explanation ----

struct Line {
  LocalText text;
  void add(const std::string& common) { add(common, common, common); }
  void add(const std::string& kk, const std::string& ru, const std::string& en) {
    text.kk += kk;
    text.ru += ru;
    text.en += en;
  }
};

std::string spoken(Date date) {
  const std::string iso = formatDate(date);
  return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

const LocalText& weekdayName(Date date) {
  static const std::array<LocalText, 7> kNames{{{"жс", "вс", "Sun"},
                                                {"дс", "пн", "Mon"},
                                                {"сс", "вт", "Tue"},
                                                {"ср", "ср", "Wed"},
                                                {"бс", "чт", "Thu"},
                                                {"жм", "пт", "Fri"},
                                                {"сб", "сб", "Sat"}}};
  return kNames[std::chrono::weekday(sys_days(date)).c_encoding()];
}

void beginDay(Line& out, Date day) {
  const LocalText& weekday = weekdayName(day);
  const std::string date = spoken(day);
  out.add(date + " " + weekday.kk + " — ", date + " " + weekday.ru + " — ",
          date + " " + weekday.en + " — ");
}

void endNotCounted(Line& out, const Calendar& calendar, Date day) {
  if (const LocalText* reason = calendar.reason(day)) {
    out.add("демалыс: " + reason->kk + "\n", "выходной: " + reason->ru + "\n",
            "day off: " + reason->en + "\n");
  } else {
    out.add("демалыс күні\n", "выходной\n", "day off\n");
  }
}

void endCounted(Line& out, int number) {
  const std::string n = std::to_string(number);
  out.add(n + "-күн", "день " + n, "day " + n);
}

bool works(const Calendar& calendar, Date day) {
  const auto answer = calendar.isWorkingDay(day);
  return answer.ok() && *answer;
}

void endEvent(Line& out) { out.add("оқиға күні\n", "день события\n", "day of the event\n"); }
void endDue(Line& out) {
  out.add(", мерзімнің соңғы күні\n", ", последний день\n", ", last day\n");
}

void explainMonths(Line& out, const Calendar& calendar, int months, Date event, Date due) {
  beginDay(out, event);
  endEvent(out);
  const auto month = event.year() / event.month() + std::chrono::months(months);
  Date day = std::min(Date(month / event.day()), Date(month / std::chrono::last));
  for (; day < due; day = Date(sys_days(day) + days(1))) {
    beginDay(out, day);
    endNotCounted(out, calendar, day);
  }
  beginDay(out, due);
  const std::string n = std::to_string(months);
  out.add(n + " айдың аяғы", "конец срока в " + n + " мес.", "end of " + n + " months");
  endDue(out);
}

// Days forward: `counts` tells the calendar-day term (every day up to `length`, then only rolling
// forward) from the working-day term (working days only).
void explainForward(Line& out, const Calendar& calendar, const Counting& counting, Date event,
                    Date due) {
  int number = 0;
  Date day = event;
  if (counting.length == 0 && counting.day_kind == DayKind::kCalendar) {
    beginDay(out, event);
    out.add("оқиға күні", "день события", "day of the event");
    endDue(out);
    return;
  }
  if (counting.first_day == FirstDay::kNextDay && counting.length > 0) {
    beginDay(out, event);
    endEvent(out);
    day = Date(sys_days(event) + days(1));
  }
  for (; day <= due; day = Date(sys_days(day) + days(1))) {
    beginDay(out, day);
    const bool counted =
        counting.day_kind == DayKind::kWorking ? works(calendar, day) : number < counting.length;
    if (counted) {
      endCounted(out, ++number);
      if (!works(calendar, day)) out.add(" (демалыс)", " (выходной)", " (day off)");
    } else if (day == due) {
      out.add("келесі жұмыс күні", "следующий рабочий день", "next working day");
    } else {
      endNotCounted(out, calendar, day);
      continue;
    }
    if (day == due) {
      endDue(out);
    } else {
      out.add("\n");
    }
  }
}

void explainBack(Line& out, const Calendar& calendar, Date event, Date due) {
  beginDay(out, event);
  endEvent(out);
  int number = 0;
  for (Date day(sys_days(event) - days(1)); day >= due; day = Date(sys_days(day) - days(1))) {
    beginDay(out, day);
    if (!works(calendar, day)) {
      endNotCounted(out, calendar, day);
      continue;
    }
    endCounted(out, ++number);
    if (day == due) {
      endDue(out);
    } else {
      out.add("\n");
    }
  }
}

LocalText unitName(DayKind kind) {
  switch (kind) {
    case DayKind::kWorking:
      return {"жұмыс күні", "раб. дн.", "working days"};
    case DayKind::kCalendar:
      return {"күнтізбелік күн", "календ. дн.", "calendar days"};
    case DayKind::kMonths:
      return {"ай", "мес.", "months"};
  }
  return {};
}

// The label of the word, or the word itself for one that newer data does not know.
LocalText labelOf(const std::map<std::string, LocalText>& words, const std::string& word) {
  const auto found = words.find(word);
  return found == words.end() ? LocalText{word, word, word} : found->second;
}

// An event of the rules or, for a day that the body named, the action that named it.
LocalText eventLabel(const LawBook& book, const std::string& event) {
  const auto& events = book.data().vocabulary.events;
  if (const auto* procedure = book.data().procedure.get()) {
    for (const auto& row : procedure->data().rows) {
      if (row.action == event && !events.contains(event)) return row.label;
    }
  }
  return labelOf(events, event);
}

LocalText lawName(const LawBook& book, const Rule* rule, const std::string& code) {
  if (rule != nullptr) return rule->table->law_name;
  for (const auto& table : book.data().tables) {
    if (table.law_code == code) return table.law_name;
  }
  return {code, code, code};
}

LocalText lengthOf(const Clock& clock, bool named) {
  if (clock.length == 0 && named) {
    return {" орган белгілеген күнге дейін", " до дня, который назвал орган",
            " until the day that the body named"};
  }
  if (clock.length == 0 && clock.day_kind == DayKind::kCalendar) {
    return {" дереу", " незамедлительно", " at once"};
  }
  if (clock.length == 0) {
    return {" сол жұмыс күні", " в тот же рабочий день", " the same working day"};
  }
  const LocalText unit = unitName(clock.day_kind);
  const std::string length = " " + std::to_string(clock.length) + " ";
  return {length + unit.kk, length + unit.ru, length + unit.en};
}

void explainHead(Line& out, const LawBook& book, const Rule* rule, const Clock& clock, bool named) {
  const LocalText name = labelOf(book.data().vocabulary.clocks, clock.name);
  const LocalText event = eventLabel(book, clock.start_event);
  const LocalText law = lawName(book, rule, clock.law);
  const LocalText length = lengthOf(clock, named);
  const LocalText article = labelOf(book.data().vocabulary.articles, clock.article);
  const std::string mark = " [" + clock.rule_id + ", " + clock.rule_version + "]:";
  const std::string start = spoken(clock.start_date);
  out.add(name.kk + ". " + law.kk + ", " + article.kk + mark + length.kk +
              "; басталуы: " + event.kk + " " + start + ".\n",
          name.ru + ". " + law.ru + ", " + article.ru + mark + length.ru + "; начало: " + event.ru +
              " " + start + ".\n",
          name.en + ". " + law.en + ", " + article.en + mark + length.en + "; start: " + event.en +
              " " + start + ".\n");
}

// What may lengthen the term, and what is to be told with it.
void explainFollowers(Line& out, const LawBook& book, const Rule* rule) {
  if (rule == nullptr) return;
  if (!rule->data->extended_by.empty()) {
    out.add(" Ұзартылуы мүмкін.", " Может быть продлён.", " It may be extended.");
  }
  for (const auto& notice : rule->data->notices) {
    const LocalText name = labelOf(book.data().vocabulary.clocks, notice);
    out.add(" Бірге: " + name.kk + ".", " Вместе с этим: " + name.ru + ".",
            " With it: " + name.en + ".");
  }
}

void explainTail(Line& out, const Clock& clock, std::optional<int> year_missing) {
  if (clock.due_date) {
    const std::string due = spoken(*clock.due_date) + ".";
    out.add("Мерзімі: " + due, "Срок: " + due, "Due: " + due);
  } else if (year_missing) {
    const std::string year = std::to_string(*year_missing);
    out.add("Мерзім белгісіз: " + year + " жылға өндірістік күнтізбе жоқ.",
            "Срок неизвестен: нет производственного календаря на " + year + " год.",
            "Due date unknown: there is no production calendar for the year " + year + ".");
  } else {
    out.add("Мерзім белгісіз: қажетті жылдың өндірістік күнтізбесі жоқ.",
            "Срок неизвестен: нет производственного календаря на нужный год.",
            "Due date unknown: there is no production calendar for a year that is needed.");
  }
  if (clock.low_confidence) {
    out.add(" Ереже не күнтізбе нақтыланбаған.", " Правило или календарь требуют проверки.",
            " The rule or the calendar is not certain.");
  }
}

// ---- clocks ----

Event countFrom(const RuleData& rule, const Event& event, int minute_of_day, int cut_off_minute) {
  if (!rule.cut_off || minute_of_day < cut_off_minute) return event;
  return {event.at, Date(sys_days(event.day) + days(1))};
}

Clock describe(const Rule& rule, const Event& event, const std::string& zone) {
  Clock clock;
  const RuleData& data = *rule.data;
  clock.name = data.clock;
  clock.rule_id = data.id;
  clock.rule_version = rule.table->version;
  clock.law = rule.table->law_code;
  clock.article = data.article;
  clock.day_kind = data.day_kind;
  clock.length = data.length;
  clock.first_day = data.first_day;
  clock.start_event = data.start;
  clock.start_at = event.at;
  clock.start_date = event.day;
  clock.low_confidence = rule.data->low_confidence;
  clock.zone = zone;
  return clock;
}

// `event` as it happened; `from` the day from which the term counts (later if after hours).
Result<Clock> compute(const LawBook& book, const Rule& rule, const Event& event, Date from,
                      const std::string& zone, bool explain) {
  const Calendar& calendar = book.calendar();
  Clock clock = describe(rule, event, zone);
  const Counting counting = countingOf(*rule.data);
  const auto due = countTerm(calendar, counting, from);
  if (!due && due.error().code != "rules.calendar_missing") return due.status();
  const Date last = due ? *due : from;
  clock.calendar_version = calendar.version(event.day, last);
  clock.low_confidence = clock.low_confidence || calendar.lowConfidence(event.day, last);
  if (due) {
    clock.due_date = *due;
  } else {
    clock.problem = due.error().code;
    clock.missing_year = Calendar::missingYear(due.error());
  }
  if (explain) clock.explanation = explainClock(book, calendar, &rule, clock, from, false);
  return clock;
}

Result<Event> eventAt(const std::string& zone, Instant at, int* minute_of_day) {
  const auto local = toLocal(at, zone);
  if (!local) return local.status();
  if (minute_of_day != nullptr) *minute_of_day = local->minute_of_day;
  return Event{at, local->date};
}

// The registration the law sets when nobody has registered yet: the due day of the clock
// "register".
Result<std::optional<Event>> registration(const ClockRequest& request, const std::string& zone,
                                          const Event& receipt, const Clock* registered) {
  if (request.registered_at) {
    const auto event = eventAt(zone, *request.registered_at, nullptr);
    if (!event) return event.status();
    return std::optional<Event>(*event);
  }
  if (registered == nullptr || !registered->due_date) return std::optional<Event>();
  if (*registered->due_date == receipt.day) return std::optional<Event>(receipt);
  const auto midnight = fromLocal(*registered->due_date, 0, zone);
  if (!midnight) return midnight.status();
  return std::optional<Event>(Event{*midnight, *registered->due_date});
}

// A clock that waits for a registration whose day cannot be told.
Clock unknownStart(const LawBook& book, const Rule& rule, const Event& receipt,
                   const std::string& zone, bool explain) {
  Clock clock = describe(rule, receipt, zone);
  clock.problem = "rules.calendar_missing";
  clock.missing_year = yearMissing(book.calendar(), &rule, clock, receipt.day);
  if (explain) {
    clock.explanation = explainClock(book, book.calendar(), &rule, clock, receipt.day, false);
  }
  return clock;
}

Status noRule(Date day) {
  return Status::failure("rules.no_rule_for_date",
                         "no rule table was in force on " + formatDate(day));
}

}  // namespace

// Why an undayed term cannot be counted from that day on. One that waits for a registration whose day cannot be told
// lacks the year of that day.
std::optional<int> yearMissing(const Calendar& calendar, const Rule* rule, const Clock& clock,
                               Date from) {
  const Counting counting{clock.day_kind, clock.length, clock.first_day,
                          rule != nullptr && rule->data->back};
  auto day = countTerm(calendar, counting, from);
  if (day) day = calendar.nextWorkingDay(from);
  return day ? std::nullopt : Calendar::missingYear(day.error());
}

Result<std::vector<Clock>> computeClocks(const LawBook& book, const ClockRequest& request) {
  const auto query =
      book.query(request.kind, request.procedure, request.special_kind, request.level);
  if (!query) return query.status();
  if (request.is_new) {
    const auto pair = book.checkPair(request.kind, request.procedure, request.special_kind);
    if (!pair) return pair;
  }
  const std::string& zone = request.zone.empty() ? book.data().default_zone : request.zone;
  const int cut_off =
      request.cut_off_minute > 0 ? request.cut_off_minute : book.data().default_closes_minute;
  int minute = 0;
  const auto receipt = eventAt(zone, request.received_at, &minute);
  if (!receipt) return receipt.status();
  const auto rules = rulesFor(book, *query, receipt->day, true);

  std::vector<Clock> clocks;
  const auto open = [&](const Rule& rule, const Event& event) -> Status {
    const Date from = countFrom(*rule.data, event, minute, cut_off).day;
    auto clock = compute(book, rule, event, from, zone, request.explain);
    if (!clock) return clock.status();
    if (rule.data->cut_off) clock->cut_off_minute = cut_off;
    clocks.push_back(std::move(*clock));
    return {};
  };
  // First what starts at receipt, since the registration follows from one of these clocks.
  for (const Rule* rule : rules) {
    if (rule == nullptr || rule->data->start != "receipt") continue;
    if (rule->data->clock != "register" && !book.hasTerms(*query)) continue;
    if (const Status status = open(*rule, *receipt); !status) return status;
  }
  const auto named = std::find_if(clocks.begin(), clocks.end(),
                                  [](const Clock& c) { return c.name == "register"; });
  const auto start =
      registration(request, zone, *receipt, named == clocks.end() ? nullptr : &*named);
  if (!start) return start.status();
  const auto opened = [&](const std::string& name) {
    return std::any_of(clocks.begin(), clocks.end(),
                       [&](const Clock& c) { return c.name == name; });
  };
  // The table in force on the day of registration, which may be a newer one than at receipt.
  const Date from_day = *start ? (*start)->day : receipt->day;
  // What lies outside the Code is registered here; its terms are other acts' own.
  const bool terms = book.hasTerms(*query);
  for (const Rule* rule : rulesFor(book, *query, from_day, true)) {
    if (rule == nullptr || rule->data->start == "receipt" || !terms) continue;
    if (*start) {
      // Registered under a newer wording, whose term runs from there: not the older one's from receipt.
      std::erase_if(clocks, [&](const Clock& c) {
        return c.name == rule->data->clock && c.rule_version != rule->table->version;
      });
    }
    if (opened(rule->data->clock)) continue;
    if (!*start) {
      clocks.push_back(unknownStart(book, *rule, *receipt, zone, request.explain));
      continue;
    }
    if (const Status status = open(*rule, **start); !status) return status;
  }
  if (clocks.empty()) return noRule(receipt->day);
  if (request.is_new && terms && !opened("consider")) {
    return Status::failure("rules.no_such_term",
                           "no rule table gives this kind, in this procedure, a term of "
                           "consideration on " +
                               formatDate(from_day),
                           "/kind");
  }
  std::stable_sort(clocks.begin(), clocks.end(), [](const Clock& a, const Clock& b) {
    return a.due_date && (!b.due_date || *a.due_date < *b.due_date);
  });
  return clocks;
}

std::optional<Date> registrationDay(const std::vector<Clock>& clocks) {
  for (const auto& clock : clocks) {
    if (clock.name == "register") return clock.due_date;
  }
  return std::nullopt;
}

Result<Clock> computeEventClock(const LawBook& book, const EventClockRequest& request) {
  const auto query =
      book.query(request.kind, request.procedure, request.special_kind, request.level);
  if (!query) return query.status();
  const int number = book.clockNumber(request.clock);
  if (number < 0) return Status::failure("rules.unknown_clock", "no such clock in vocabulary.yaml");
  const std::string& zone = request.zone.empty() ? book.data().default_zone : request.zone;
  const auto event = eventAt(zone, request.event_at, nullptr);
  if (!event) return event.status();
  const bool any_table =
      std::any_of(book.data().tables.begin(), book.data().tables.end(),
                  [&](const RuleTable& table) { return table.validity.covers(event->day); });
  if (!any_table) return noRule(event->day);
  const Rule* rule = rulesFor(book, *query, event->day, false)[static_cast<std::size_t>(number)];
  if (rule == nullptr || !book.hasTerms(*query)) {
    return Status::failure("rules.no_such_term",
                           "the law data give no such term for this case on that day");
  }
  return compute(book, *rule, *event, event->day, zone, request.explain);
}

Result<Date> countTerm(const Calendar& calendar, const Counting& counting, Date event) {
  if (counting.back) return calendar.subtractWorkingDays(event, counting.length);
  switch (counting.day_kind) {
    case DayKind::kWorking:
      return counting.length == 0
                 ? calendar.workingDayOnOrAfter(event)
                 : calendar.addWorkingDays(event, counting.length, counting.first_day);
    case DayKind::kCalendar:
      if (counting.length == 0) return event;
      return calendar.addCalendarDays(event, counting.length, counting.first_day);
    case DayKind::kMonths:
      return calendar.addMonths(event, counting.length);
  }
  return Status::failure("rules.bad_count", "unknown unit of a term");
}

LocalText explainTerm(const Calendar& calendar, const Counting& counting, Date event, Date due) {
  Line out;
  if (counting.back) {
    explainBack(out, calendar, event, due);
  } else if (counting.day_kind == DayKind::kMonths) {
    explainMonths(out, calendar, counting.length, event, due);
  } else {
    explainForward(out, calendar, counting, event, due);
  }
  return std::move(out.text);
}

LocalText explainClock(const LawBook& book, const Calendar& calendar, const Rule* rule,
                       const Clock& clock, Date from, bool named) {
  Line out;
  explainHead(out, book, rule, clock, named);
  if (from != clock.start_date) {
    beginDay(out, clock.start_date);
    out.add("жұмыс уақыты аяқталғаннан кейін түсті\n",
            "поступило после окончания рабочего времени\n", "received after working hours\n");
  }
  if (named) {
    beginDay(out, clock.start_date);
    endEvent(out);
    out.add("Соңғы күнді орган заң берген мерзімнің ішінде белгіледі.\n",
            "Последний день назначил орган в пределах срока, данного законом.\n",
            "The body named the last day within the term that the law gives.\n");
  } else if (clock.due_date) {
    const Counting counting{clock.day_kind, clock.length, clock.first_day,
                            *clock.due_date < clock.start_date};
    const LocalText days_text = explainTerm(calendar, counting, from, *clock.due_date);
    out.add(days_text.kk, days_text.ru, days_text.en);
  }
  explainTail(out, clock, clock.due_date ? std::nullopt : yearMissing(calendar, rule, clock, from));
  explainFollowers(out, book, rule);
  return std::move(out.text);
}

}  // namespace hub::rules
