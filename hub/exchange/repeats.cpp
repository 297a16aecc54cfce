#include "hub/exchange/repeats.h"

#include <algorithm>

#include "hub/exchange/event_texts.h"

namespace hub::exchange {

Result<JoinedRepeat> joinRepeat(store::Store& store, const CaseFile& file, const Action& action,
                                const Caller& caller) {
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
  if (earlier.state == "forwarded_full" || earlier.state == "sent_to_higher") {
    return badInput("that case went on to another body (" + earlier.state + ")", "of");
  }
  auto hints = store.hints(repeat.id);
  if (!hints) return hints.status();
  const bool other_matter = std::any_of(hints->begin(), hints->end(), [&](const auto& hint) {
    return (hint.appeal == earlier.id || hint.other == earlier.id) && hint.verdict == "dismissed";
  });
  if (other_matter) return badInput("a person found that it is another matter", "of");
  JoinedRepeat joined;
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
