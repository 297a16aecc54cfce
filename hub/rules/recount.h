// An open term counted anew after the data of the law changed (a late transfer of days off moves
// dates already told to citizens, Labour Code art. 85(3)). The term keeps the rule it was opened by:
// a changed rule applies to new terms, by its validity; only the calendar is looked up again.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/rules/calendar.h"
#include "hub/rules/law_book.h"

namespace hub::rules {

struct OpenTerm {
  std::string_view rule_version, rule_id;
  DayKind day_kind = DayKind::kWorking;
  int length = 0;
  FirstDay first_day = FirstDay::kNextDay;
  Date start_date;         // local day of the event it runs from
  int start_minute = 0;    // of that day; matters to terms with a closing hour only
  int cut_off_minute = 0;  // 0: the registrar's
};

struct Recount {
  std::optional<Date> due_date;  // absent: a calendar year is missing
  std::string calendar_version;
};

// Failure: "rules.bad_count" for a length no rule can have.
Result<Recount> recount(const LawBook& book, const OpenTerm& term);

}  // namespace hub::rules
