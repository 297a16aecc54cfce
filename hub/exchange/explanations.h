// Why a term ends on its day, in three languages, for every kept clock: whatever opened it, and also after
// a later calendar moved its successor. The days are told by the calendar that the clock was counted by;
// the store keeps each version of a year that the hub ran with. Threads: any.
#pragma once

#include <vector>

#include "hub/base/status.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The years of the book's calendar go into the store. A year that changed without a new version is told in
// the log: terms counted by it cannot be explained from what is kept. Failure: the store's.
Status keepCalendars(store::Store& store, const rules::LawBook& law);

// One text for each clock, in their order. Failure: the store's.
Result<std::vector<rules::LocalText>> explainClocks(store::Store& store, const rules::LawBook& law,
                                                    const std::vector<store::ClockRow>& clocks);

}  // namespace hub::exchange
