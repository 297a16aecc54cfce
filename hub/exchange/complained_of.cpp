#include "hub/exchange/complained_of.h"

#include <algorithm>
#include <set>
#include <string>

#include "hub/exchange/event_texts.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/suspension.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

std::string numberOf(const model::Party& party) {
  return party.iin.value_or(party.bin.value_or(""));
}

// People share names, and anybody may leave his number out.
bool same(const model::Party& one, const model::Party& other) {
  const std::string number = numberOf(one);
  return !number.empty() && number == numberOf(other);
}

}  // namespace

bool sameApplicant(const model::Appeal& one, const model::Appeal& other) {
  return std::any_of(one.applicant.begin(), one.applicant.end(), [&](const auto& mine) {
    return std::any_of(other.applicant.begin(), other.applicant.end(),
                       [&](const auto& his) { return same(mine, his); });
  });
}

Result<ComplainedOf> casesComplainedOf(store::Store& store, const Limits& limits,
                                       const model::Appeal& complaint) {
  ComplainedOf named;
  if (complaint.kind != "complaint") return named;
  std::set<store::RowId> seen;
  for (const auto& ref : complaint.previous_appeal) {
    auto found = ref.hub_id.value_or("").empty() ? store.findByNumber(ref.reg_number.value_or(""))
                                                 : store.findByHubId(*ref.hub_id);
    if (!found) return found.status();
    if (!found->has_value()) {
      named.others = true;
      continue;
    }
    if (!seen.insert((*found)->id).second) continue;
    // Another system's case is not this submitter's to touch.
    if ((*found)->source_system != complaint.source_system) {
      named.others = true;
      continue;
    }
    auto document = documentOf(store, (*found)->id, limits);
    if (!document) return document.status();
    if (sameApplicant(complaint, *document)) {
      named.cases.push_back((*found)->id);
    } else {
      named.others = true;
    }
  }
  return named;
}

Status linkComplaint(store::Tx& tx, const rules::LawBook& law, const ComplainedOf& named,
                     const store::AppealRow& complaint, bool of_act, Instant now) {
  if (named.others) {
    auto event =
        makeEvent(complaint.id, "complaint_to_check", now, "hub", complaint.state, complaint.state);
    if (auto s = tx.addEvent(event); !s) return s;
  }
  // In time is what came in time, whenever it was entered.
  const auto filed = toLocal(complaint.received_at, law.data().default_zone);
  if (!filed) return filed.status();
  for (const auto id : named.cases) {
    auto earlier = tx.appeal(id);
    if (!earlier) return earlier.status();
    // While the case goes on, only what may be an act of it: other complaints are cases of their own.
    const bool has_end = isFinal(earlier->state) || earlier->state == "decision_signed";
    if (!has_end && !of_act) continue;
    // What an earlier complaint met stays met.
    for (const char* window : {"complaint_window", "complaint_window_long"}) {
      auto closed = tx.closeClock(id, window, formatDate(filed->date));
      if (!closed) return closed.status();
    }
    auto event = makeEvent(id, "complaint_filed", now, "hub", earlier->state, earlier->state,
                           "complain", complaint.reg_number);
    if (auto s = tx.addEvent(event); !s) return s;
    // What is not done cannot be stopped: a complaint of inaction asks for it.
    if (!of_act) continue;
    const bool no_act = !has_end || earlier->state == "deemed_refused";
    const auto follow = no_act ? noteEarlyComplaint : suspendExecution;
    const Filed filed_as{complaint.reg_number, complaint.received_at, complaint.source_id};
    if (auto s = follow(tx, law, *earlier, filed_as, now); !s) return s;
  }
  return {};
}

}  // namespace hub::exchange
