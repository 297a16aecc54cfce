// Legal terms: from an event and the law book to due dates, with the reason in three languages.
//
// Sources: config/law/rules/*.yaml, each row with its act and article; counting by calendar.h. The
// table that applies is the one in force on the local day of the event. Of several rules for one
// clock the most exact applies (special kind before procedure before level before kind).
// A due date is never edited afterwards: a new computation supersedes it (the caller's duty).
// Threads: pure functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/calendar.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

struct Clock {
  std::string name;          // "register", "forward", "consider" …
  std::string rule_id;       // "A7"
  std::string rule_version;  // "appc-2025-12-29"
  std::string law;           // "APPC"
  std::string article;       // "76(1)"
  DayKind day_kind = DayKind::kWorking;
  int length = 0;
  FirstDay first_day = FirstDay::kNextDay;
  std::string start_event;  // "receipt", "registration" …
  Instant start_at;
  Date start_date;                    // the local day of the event
  std::optional<Date> due_date;       // absent if `problem` says why
  std::string problem;                // empty or "rules.calendar_missing"
  std::optional<int> missing_year{};  // the year that has no calendar, where `problem` says so
  std::string calendar_version;       // "2026.1"
  bool low_confidence = false;        // the table or the calendar is marked uncertain
  std::string zone;                   // IANA: whose days were counted
  int cut_off_minute = 0;             // of a term that a closing hour matters to; else 0
  LocalText explanation;              // every counted and skipped day; empty unless asked for
};

struct ClockRequest {
  std::string kind;       // application, complaint, message, proposal, response, request, petition
  std::string procedure;  // empty: the usual one of the kind
  std::string special_kind;  // empty: none
  std::string level;         // of the considering body: central, local; empty: vocabulary default
  Instant received_at;
  // When it was registered; absent: the day the law sets for it (rule of the clock "register").
  // For a forwarded appeal pass its arrival at the new body as both (APPC art. 76(2)).
  std::optional<Instant> registered_at;
  std::string zone;        // IANA; empty: the registrar's of bodies.yaml
  int cut_off_minute = 0;  // minute of the day the receiving body closes; 0: the registrar's
  bool explain = false;
  bool is_new = true;  // false: taken in before, its words are taken as they are
};

// The clocks that intake opens, the earliest due date first; a clock whose calendar year is missing
// is there, without a due date and with `problem`. Failure: "rules.unknown_…" for a word that is
// not in the vocabulary, "rules.no_rule_for_date" if no table was in force, "base.unknown_zone"; of a new
// appeal also "rules.procedure_not_for_kind", "rules.special_not_for_kind", "rules.special_not_for_procedure", and "rules.no_such_term" if the
// tables of that day have no term of consideration for it (nobody would ever see that it is late).
Result<std::vector<Clock>> computeClocks(const LawBook& book, const ClockRequest& request);

// The day the law takes for the registration (APPC 64(3)): the due day of the clock "register", which
// may be after the day of arrival. The year of the registration number is the year of this day.
// Absent if there is no such clock or its calendar is missing.
std::optional<Date> registrationDay(const std::vector<Clock>& clocks);

struct EventClockRequest {
  std::string clock;  // "extend", "objection", "complaint_window" …
  std::string kind;
  std::string procedure;
  std::string special_kind;
  std::string level;
  Instant event_at;
  std::string zone;
  bool explain = false;
};
// The clock that one later event opens. Failure: as above, "rules.unknown_clock", and
// "rules.no_such_term" if the law gives no such term in this case (a complaint has no extension).
Result<Clock> computeEventClock(const LawBook& book, const EventClockRequest& request);

// One counting without any rule, for calculators and tests. `length` 0 with working days: the first
// working day on or after the event; with calendar days: the day of the event, worked or not.
struct Counting {
  DayKind day_kind = DayKind::kWorking;
  int length = 0;
  FirstDay first_day = FirstDay::kNextDay;
  bool back = false;
};
Result<Date> countTerm(const Calendar& calendar, const Counting& counting, Date event);
// Day by day, one line each, from the event to `due`.
LocalText explainTerm(const Calendar& calendar, const Counting& counting, Date event, Date due);
// The year whose calendar is missing, of a term without a due day that counts from that day on; absent if none is.
std::optional<int> yearMissing(const Calendar& calendar, const Rule* rule, const Clock& clock,
                               Date from);
// The whole explanation of a clock as computeClocks gives it: the law, every day from `from` on, the due
// day. `rule` tells the name of the law; nullptr, for a rule that is no longer in the data: its code.
// `named`: a person of the body named the due day; of the days only the first is told.
LocalText explainClock(const LawBook& book, const Calendar& calendar, const Rule* rule,
                       const Clock& clock, Date from, bool named);

}  // namespace hub::rules
