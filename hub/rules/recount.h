// An open term counted anew after the data of the law changed (a late transfer of days off moves
// dates already told to citizens, Labour Code art. 85(3)). The term keeps the rule it was opened by, whatever
// became of that rule: a changed one applies to new terms; only the calendar is looked up again.
// Threads: pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/calendar.h"
#include "hub/rules/law_book.h"

namespace hub::rules {

struct OpenTerm {
  DayKind day_kind = DayKind::kWorking;
  int length = 0;
  FirstDay first_day = FirstDay::kNextDay;
  Date start_date;         // local day of the event it runs from
  int start_minute = 0;    // of that day; matters to terms with a closing hour only
  int cut_off_minute = 0;  // after which the next day counts as that of the event; 0: there is none
  bool back = false;       // counted back from the event
};

struct Recount {
  Date start_date;               // local day of the event it was counted from
  std::optional<Date> due_date;  // absent: a calendar year is missing
  std::string calendar_version;
};

// Failure: "rules.bad_count" for a length no rule can have.
Result<Recount> recount(const LawBook& book, const OpenTerm& term);
Result<Recount> recount(const Calendar& calendar, const OpenTerm& term);

// An open term as it is kept and told: the words of the vocabulary and of the rules' files.
struct OpenClock {
  std::string name, rule_version, rule_id, day_kind, first_day, start_event;
  int length = 0;
  Instant start_at;
  std::string due_date;    // "" while it cannot be counted
  bool named_day = false;  // a person of the body named the day: it is left alone
  std::string zone{};      // IANA; "": the registrar's
  int cut_off_minute = 0;  // 0: none or, of a term kept without its zone, as its rule says
  bool closed = false;     // ended already, and open terms run from the day it ends
};

// The open terms of one appeal counted anew, in the order in which they were opened; absent where the
// day was named or cannot be counted at all (see `failed`). A term that runs from a registration follows
// the clock "register" before it, if that one moves; one that runs from the end of a term
// whose day a person named follows that one.
std::vector<std::optional<Recount>> recountAppeal(
    const LawBook& book, const std::vector<OpenClock>& clocks,
    const std::function<void(const OpenClock&, const Error&)>& failed);

// A last day that a person named; one that is not worked ends on the next worked day, APPC 76(5).
struct NamedDay {
  std::string day;      // the last day of the term
  std::string day_off;  // the one that was named, if that is not worked; else ""
};
// A day of a year that the calendar has not stays as it was named.
NamedDay workedDay(const LawBook& book, const std::string& iso);

// What a change of the law does to the open terms of one appeal: a reload carries it out, its dry run tells it.
struct TermMove {
  std::size_t place = 0;         // of the clock, in the list given
  std::string due_date;          // "" if no calendar tells it any more
  std::optional<Recount> again;  // as counted; absent where a named day is not worked any more
};
// The terms that get another day, by place. `clocks`: as recountAppeal takes them, with the closed "register"
// before them if `needsRegistration`.
std::vector<TermMove> movesOf(const LawBook& book, const std::vector<OpenClock>& clocks,
                              const std::function<void(const OpenClock&, const Error&)>& failed);
// Whether terms run from the day of the registration of an appeal that came after hours: a day begun anew, which a
// calendar moves. Its clock is met at once and is not among the open ones.
bool needsRegistration(const LawBook& book, const std::vector<OpenClock>& clocks);
// What ended with the appeal stays as it ended; what may run after its end goes on.
bool runsOn(const LawBook& book, std::string_view clock, bool appeal_is_over);

// The year whose calendar is missing, of a term that cannot be counted; absent if none is.
std::optional<int> yearMissing(const LawBook& book, const OpenClock& clock);
// How a kept term came to its day, by the calendar given. Absent if that calendar gives another day: it
// is not the one that the term was counted by.
std::optional<LocalText> explainKept(const LawBook& book, const Calendar& calendar,
                                     const OpenClock& clock, const std::string& law,
                                     const std::string& article);
// The same without the days, for a term whose calendar nobody has any more.
LocalText explainUndayed(const LawBook& book, const OpenClock& clock, const std::string& law,
                         const std::string& article);

}  // namespace hub::rules
