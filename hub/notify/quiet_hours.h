// The hours of the night in which nobody is written to, by the clock of Kazakhstan.
// Threads: pure.
#pragma once

#include "hub/base/time.h"

namespace hub::notify {

struct QuietHours {
  int from_minute = 21 * 60;  // of the day in Asia/Almaty; the same as until_minute: there are none
  int until_minute = 8 * 60;
};

bool isQuiet(const QuietHours& hours, Instant at);

}  // namespace hub::notify
