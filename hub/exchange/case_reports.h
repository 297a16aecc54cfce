// Reports of supervision over the whole store: discipline, and what was sent to a body that is not
// competent. Metadata only. One pass over what the store gives for reports; memory does not grow with the
// number of appeals. Threads: any.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/supervision.h"
#include "hub/store/store.h"

namespace hub::exchange {

// body, region, kind, topic, executor
bool isDisciplineGroup(std::string_view by);
// The group of a case, "-" for none; `received`: the local day of its receipt.
std::string disciplineGroupOf(const store::CaseRow& row, const rules::LawBook& law,
                              std::string_view by, Date received);
// A term that the applicant has, and a body cannot miss.
bool isApplicantsTerm(std::string_view clock);
// `by` as above; a case of no group counts under "-". A breach of a term counts, by body, for the one that had the
// appeal on the term's last day, wherever the appeal is now. Failures: the store's;
// "base.unknown_zone".
Result<std::vector<rules::DisciplineRow>> disciplineReport(store::Store& store,
                                                           const rules::LawBook& law,
                                                           const store::AppealFilter& filter,
                                                           std::string_view by, Date today);

// One way a routing went wrong.
struct Misrouting {
  std::string rule, topic, region, refused_by, then_to;
  auto operator<=>(const Misrouting&) const = default;
};
struct MisroutingCount {
  Misrouting way;
  std::int64_t times = 0;
  // The last appeal that went so, and what the body said of it, as shownNote() shows it.
  std::string last_number, last_note;
};
// What bodies did not take as their own, or forwarded whole. The most frequent first; an appeal may be returned more than
// once.
Result<std::vector<MisroutingCount>> misroutedReport(store::Store& store, const rules::LawBook& law,
                                                     std::optional<Instant> received_from,
                                                     std::optional<Instant> received_to,
                                                     const Limits& limits);

// Two appeals that a person judged.
struct JudgedPair {
  std::string reg_number, other;  // `other` came before
  std::string body, state;        // of the later: alias
  std::string nature, verdict, judged_by;
  int percent = 0;
  std::optional<Instant> judged_at;
};
// Of the appeals received within, in the order in which they came.
Result<std::vector<JudgedPair>> repeatsReport(store::Store& store,
                                              std::optional<Instant> received_from,
                                              std::optional<Instant> received_to);

}  // namespace hub::exchange
