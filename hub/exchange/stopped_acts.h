// Acts the execution of which a complaint stops (APPC 96), for supervision: since when, by which complaint, when that
// one should be decided, and whether somebody must do something, lest the act stand still for ever. Metadata only.
// Threads: any.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// One complaint that stops an act; an act that several stop has as many rows.
struct StoppedAct {
  store::AppealRow appeal;  // the case the act was made in
  Instant since;            // its execution stands still, without a break
  std::string
      complaint;  // its number; of one that is not in the hub what it is noted as, `--of` of the actions
  Instant complaint_since;  // this one stops it
  // "", and the id, of a complaint that is not in the hub.
  std::string complaint_hub_id, complaint_state;
  // The last day to decide on the complaint: of its running term; of one that is not in the hub as the law has it for
  // a complaint filed on the day it was noted (`due_reckoned`). Absent: no term runs, or nobody knows its last day.
  std::optional<Date> due;
  bool due_reckoned = false;
  std::optional<int> missing_year{};  // that has no calendar, so that nobody knows it
  // Another complaint that stops the act, or did, and may be this one.
  std::string beside;
  // Code of what is wrong, "" if nothing is. Somebody must act upon:
  //   complaint_over: it is over in the hub, and what became of the act is not noted
  //   outside_overdue: it is not in the hub, and the term for a complaint is over
  //   maybe_over: it is not in the hub, and may be `beside`, which is over
  //   complaint_overdue: it is considered past its last day
  //   term_unknown: no calendar tells its last day
  // Nobody must:
  //   maybe_same: it is not in the hub, and may be `beside`, which is
  std::string problem;
  bool needsPerson() const { return !problem.empty() && problem != "maybe_same"; }
};
// What is to be done about the problem; empty if there is none.
rules::LocalText whatToDo(const StoppedAct& act);

// Of the cases that `takes`, first what needs a person, then the longest stopped. Failures: the store's;
// "base.unknown_zone".
Result<std::vector<StoppedAct>> stoppedActs(
    store::Store& store, const rules::LawBook& law, Date today,
    const std::function<bool(const store::AppealRow&)>& takes = nullptr);

// Acts, each once, and of them those of which some complaint needs a person.
struct StoppedCount {
  std::size_t acts = 0, need_person = 0;
};
StoppedCount countActs(const std::vector<StoppedAct>& rows);

// Lines with CRLF, heading first; what is to be done is told in `language` ("kk", "ru" or "en").
std::string stoppedCsv(const std::vector<StoppedAct>& rows, const std::string& zone,
                       std::string_view language);

}  // namespace hub::exchange
