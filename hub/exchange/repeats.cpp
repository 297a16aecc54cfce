#include "hub/exchange/repeats.h"

#include <algorithm>

#include "hub/exchange/complained_of.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/likeness.h"
#include "hub/exchange/readdress.h"

namespace hub::exchange {

Result<JoinedRepeat> joinRepeat(store::Store& store, const Limits& limits, const CaseFile& file,
                                const Action& action, const Caller& caller) {
  auto found = store.findByNumber(action.order.of);
  if (!found) return found.status();
  if (!found->has_value()) return badInput("no appeal has this number", "of");
  const auto& repeat = file.appeal;
  const auto& earlier = **found;
  const bool foreign = (!caller.body.empty() && earlier.body_bin != caller.body) ||
                       (!caller.source_system.empty() && !caller.admin &&
                        earlier.source_system != caller.source_system);
  if (foreign) return badInput("no appeal has this number", "of");
  if (earlier.id == repeat.id) return badInput("an appeal is not joined to itself", "of");
  const auto& states = action.row->of_in;
  if (std::find(states.begin(), states.end(), earlier.state) == states.end()) {
    std::string asked;
    for (const auto& state : states) asked += (asked.empty() ? "" : ", ") + state;
    return badInput("that case is " + earlier.state + ", not " + asked, "of");
  }
  auto events = store.events(earlier.id);
  if (!events) return events.status();
  const auto end = std::find_if(events->rbegin(), events->rend(), [&](const auto& event) {
    return event.to_state == earlier.state && event.from_state != earlier.state;
  });
  if (end != events->rend() && end->from_state == "nonconforming_notice") {
    return badInput("that case was returned for its defects, not as a repeat", "of");
  }
  // 64(8): filed again after the return.
  if (end != events->rend() && repeat.received_at < end->at) {
    return badInput("that case was returned after this appeal had come", "of");
  }
  auto document = documentOf(store, earlier.id, limits);
  if (!document) return document.status();
  if (!sameApplicant(file.document, *document)) {
    return badInput("that case is another applicant's", "of");
  }
  auto hints = store.hints(repeat.id);
  if (!hints) return hints.status();
  const auto known = std::find_if(hints->begin(), hints->end(), [&](const auto& hint) {
    return hint.appeal == earlier.id || hint.other == earlier.id;
  });
  if (known != hints->end() && known->verdict == "dismissed") {
    return badInput("a person found that it is another matter", "of");
  }
  // Nothing alike was found: the one who sees that it is one matter says in what.
  if (known == hints->end() && action.reason.empty()) return inputNeeded("reason");
  JoinedRepeat joined;
  if (known != hints->end()) {
    joined.same_case = *known;
  } else {
    joined.same_case.appeal = std::max(repeat.id, earlier.id);
    joined.same_case.other = std::min(repeat.id, earlier.id);
    joined.same_case.nature = "same_matter";
    joined.same_case.at = file.now;
  }
  joined.same_case.verdict = kDuplicate;
  joined.same_case.judged_by = caller.client;
  joined.same_case.judged_at = file.now;
  joined.names_case = {"Іс: " + earlier.reg_number, "Дело: " + earlier.reg_number,
                       "The case: " + earlier.reg_number};
  joined.at_earlier = makeEvent(earlier.id, "acted", file.now, action.actor, earlier.state,
                                earlier.state, "repeat_joined");
  fillTexts(joined.at_earlier, {"Қайталама өтініш қосылды: " + repeat.reg_number,
                                "Приобщено повторное обращение " + repeat.reg_number,
                                "A repeat was joined: " + repeat.reg_number});
  return joined;
}

}  // namespace hub::exchange
