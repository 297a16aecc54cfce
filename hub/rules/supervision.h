// Supervision over terms: what is overdue or at risk, and the discipline of bodies and regions.
// Works on metadata only: no text and nothing about applicants. Threads: pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/calendar.h"

namespace hub::rules {

struct CaseFact {
  std::string reg_number, hub_id;
  std::string kind, topic, body, kato, state;
  Date received;                // local day of receipt
  Date registered;              // legal day of registration
  std::optional<Date> due;      // absent: unknown, or no term
  std::optional<Date> decided;  // day the case ended; absent while it runs
  std::string outcome;
  bool extended = false;
  std::string executor{};  // "" while nobody
  bool term_met = false;   // signed in time, though it may have been delivered after the due day
  std::string clock{};     // the term that `due` is of; "": consideration
  std::int64_t sub_order = 0;  // number of the one whose day `due` is; 0: none
};

// An act done by 24:00 of the last day is in time (Civil Code art. 175): due today is not overdue.
struct PressingCase {
  CaseFact fact;
  // Negative: late by so many. Absent while the due day is unknown, or a year between has no calendar.
  std::optional<int> working_days_left;
  bool overdue = false;  // plain dates tell
};
// Running terms with at most `days_max` working days left; `days_max` -1: only overdue ones. Those whose
// due day nobody knows come first, since nobody can say that they are not overdue; then the most
// pressing, ties by number. Where no calendar counts the days left, a term is pressing if it ends within so many days.
std::vector<PressingCase> pressing(const std::vector<CaseFact>& facts, Date today, int days_max,
                                   const Calendar& calendar);

struct DisciplineRow {
  std::string group;
  std::int64_t received = 0, decided = 0, running = 0;
  std::int64_t late = 0;      // decided after the due day, or running past it
  std::int64_t breaches = 0;  // terms of any kind that were missed, or run past their last day
  // The late ones of those received, in per cent with one decimal, half up: "12.5"; "0.0" of none.
  std::string latePercent() const;
  std::int64_t extended = 0;
  std::int64_t deemed_refused =
      0;  // terms of an answer that ended in a refusal which the law presumes
  std::int64_t late_sub_orders =
      0;  // to other bodies, late with their answer, or before they were sent; no breach
  std::optional<int> median_days, p90_days;  // working days from registration to the end
};
// Counts cases one after the other; needs no memory of them.
class Discipline {
 public:
  Discipline(Date today, const Calendar& calendar) : today_(today), calendar_(calendar) {}
  // A case of a year without a calendar counts, but not among the days it took.
  void add(const std::string& group, const CaseFact& fact);
  // A term was missed, or is; the group may have no case (any more).
  void addBreach(const std::string& group) { ++groups_[group].row.breaches; }
  // The law presumed a refusal, since the term was over without an act; the group as of a breach.
  void addDeemedRefusal(const std::string& group) { ++groups_[group].row.deemed_refused; }
  // A sub-order to another body was late, or is.
  void addLateSubOrder(const std::string& group) { ++groups_[group].row.late_sub_orders; }
  // One row per group, by name.
  std::vector<DisciplineRow> rows() const;

 private:
  struct Group {
    DisciplineRow row;
    std::int64_t timed = 0;            // of those decided, how many a calendar counted
    std::map<int, std::int64_t> days;  // working days from registration to the end -> cases
  };
  Date today_;
  const Calendar& calendar_;
  std::map<std::string, Group> groups_;
};
// The same for given cases; the caller names the group of a case.
std::vector<DisciplineRow> discipline(const std::vector<CaseFact>& facts, Date today,
                                      const Calendar& calendar,
                                      const std::function<std::string(const CaseFact&)>& group_of);

// RFC 4180 cell. One that a spreadsheet would take for a formula gets a leading apostrophe;
// a telephone number stays as it is.
std::string csvCell(std::string_view text);
// Lines with CRLF, heading first.
std::string pressingCsv(const std::vector<PressingCase>& cases);
std::string disciplineCsv(const std::vector<DisciplineRow>& rows);

}  // namespace hub::rules
