// Fair sharing of work within one body: who of its executors gets a new appeal, and why.
//
// Excluded: who surely is the official complained of (a complaint is never considered by the one it is about, APPC
// art. 97(2)); who is away on the day of assignment or present for less than half of the working
// days left; who lacks the topic; who can answer neither in the state language nor in that of the
// appeal (APPC art. 89(2)). Of the others the one with the least load gets it, ties by id; who merely bears a name like
// that of the official complained of comes after all who do not, and a person makes sure.
// Load: each open case counts its weight, more the nearer its due date (1 with ten or more working
// days left, up to 2 on the last day, 3 when overdue), divided by the executor's capacity.
// Threads: pure; the answer depends on the content of the lists, not on their order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/calendar.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

struct Absence {
  Date from, until;  // both included
};

struct Executor {
  std::string id;
  std::vector<std::string>
      topics;  // "section" for all of it, or "section/category"; empty: every topic
  std::vector<std::string> languages;  // kk, ru, en …
  std::vector<Absence> absences;
  int capacity_percent = 100;  // 50: half a post; 0: gets nothing
  std::string official;        // how complaints name this person; "" if they cannot
};

struct OpenCase {
  std::string id;
  std::string executor;
  std::string topic;  // "section" or "section/category"
  std::string language;
  std::string contested_official;  // of a complaint, else ""
  std::optional<Date> due_date;    // absent: counts as far away
  double weight = 1;               // 1 for an ordinary appeal
  bool stays = false;              // with its executor, whatever the loads
};

struct Candidate {
  std::string executor;
  double load = 0;
  std::string excluded;  // "", "conflict", "away", "topic", "language", "capacity"
  bool alike = false;    // may be the official complained of, and is not for sure
};

struct Assignment {
  std::string executor;  // "" if nobody can: a person decides
  std::vector<Candidate>
      candidates;         // the least loaded first, then those alike, the excluded last; ties by id
  LocalText explanation;  // how many can, the load, and why how many cannot
};

// `work.executor` is not looked at. `post_words`: of the procedure, see official.h. Failure: "rules.calendar_missing"
// if working days cannot be counted.
Result<Assignment> assign(const std::vector<Executor>& team, const std::vector<OpenCase>& open,
                          const OpenCase& work, Date today, const Calendar& calendar,
                          const std::vector<std::string>& post_words);

struct Move {
  std::string case_id, from, to;
  LocalText explanation;
};
// First what lies with who should not have it (who is complained of in it, has left the team, takes no work, lacks the
// topic or the language, or is present for less than half of the working days left), all of it; then moves that
// bring the greatest load near the least, each one an improvement. At most `moves_max`, no case twice; nobody gets what assign() would not give, nor what he may be complained of in. Suggestions: a person orders them.
// Failure: as assign.
Result<std::vector<Move>> rebalance(const std::vector<Executor>& team, std::vector<OpenCase> open,
                                    Date today, const Calendar& calendar, std::size_t moves_max,
                                    const std::vector<std::string>& post_words);

}  // namespace hub::rules
