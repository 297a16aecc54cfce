// What an agency said in its own words with an event: the note of its status, or the text with which its system
// answered a delivery. It is kept with the message and the attempt, never in the event, whose texts go to
// applicants. A note may hold personal data: it is for callers that may see the appeal, and never for the log.
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/store/store.h"

namespace hub::exchange {

// One for each of the appeal's events, in their order; "" where nothing was said. Failures: the store's.
Result<std::vector<std::string>> eventNotes(store::Store& store, store::RowId appeal,
                                            const std::vector<store::EventRow>& events,
                                            const Limits& limits);

// As one line of at most 500 characters and without identification numbers: for lists and reports.
std::string shownNote(std::string_view note);

}  // namespace hub::exchange
