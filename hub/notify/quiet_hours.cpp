#include "hub/notify/quiet_hours.h"

namespace hub::notify {

bool isQuiet(const QuietHours& hours, Instant at) {
  const auto local = toLocal(at, "Asia/Almaty");
  if (!local) return false;  // a system without time zones does not start
  const int minute = local->minute_of_day;
  const bool after = minute >= hours.from_minute, before = minute < hours.until_minute;
  return hours.from_minute <= hours.until_minute ? after && before : after || before;
}

}  // namespace hub::notify
