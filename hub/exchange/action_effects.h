// What an action changes in the register, made ready outside the unit of work, and written in one.
// Threads: pure but for the unit of work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/exchange/action_terms.h"
#include "hub/exchange/kept_back.h"
#include "hub/exchange/sending_on.h"
#include "hub/store/store.h"

namespace hub::exchange {

struct ActionEffects {
  store::AppealRow after;
  std::vector<EndedTerm> ended;
  std::vector<store::ClockRow> opened;
  std::vector<store::EventRow> events;        // of the appeal, the action's own first
  std::optional<store::EventRow> at_earlier;  // of the case a repeat was joined to
  std::optional<store::HintRow> same_case;    // that the two are one
  std::optional<store::MessageRow> decision;  // made in the hub
  std::vector<store::MessageRow> deliveries;  // party is the destination
  std::optional<PartOfCase> part;
  bool stops_delivery = false;  // of the appeal, as far as it waits
};

// `seen`: the appeal as it was read. "exchange.busy" if it changed since, the number of the part was taken, or a
// delivery that the action stops is under way: the body's system may be opening the case just now.
// May run more than once with the same effects; completes their rows (ids, journal position, `updated_at`).
Status writeEffects(store::Tx& tx, const store::AppealRow& seen, const std::string& action,
                    Instant now, const HoldBack& hold_back, ActionEffects& effects);

}  // namespace hub::exchange
