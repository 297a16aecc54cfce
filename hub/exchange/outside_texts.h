// What events say of a complaint that has no number in the hub: a number fits into a sentence as it is, words do not.
// Threads: pure.
#pragma once

#include <string_view>

#include "hub/store/store.h"

namespace hub::exchange {

// Gives the event of suspension.h whole sentences; `complaint`: kOutside, with what tells it from another one.
void sayOutside(store::EventRow& event, std::string_view complaint);

}  // namespace hub::exchange
