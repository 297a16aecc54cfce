#include "hub/exchange/step_order.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace hub::exchange {
namespace {

enum class Order { kBefore, kUnsure, kAfter };

bool isOfWithdrawal(std::string_view status) {
  return status == "withdrawn" || status == "withdrawal_refused";
}
bool isStep(std::string_view status) {
  return isOfWithdrawal(status) || status == "nonconforming_notice" ||
         status == "hearing_notified" || status == "hearing_held";
}
int rank(std::string_view status) {
  if (isOfWithdrawal(status)) return 0;  // an applicant may withdraw twice
  if (status == "nonconforming_notice") return 1;
  if (status == "hearing_notified") return 2;
  return 3;
}

// Without a time of its own it was before it came, no more is known.
std::optional<Instant> namedTime(const ToldStatus& status) {
  const auto said = parseInstant(status.at);
  return said.ok() && *said < status.came ? std::optional<Instant>(*said) : std::nullopt;
}

std::string dayOf(Instant at) {
  const auto local = toLocal(at, "Asia/Almaty");
  return local.ok() ? formatDate(local->date) : std::string();
}

// Many systems know the day of an act only.
bool isDayOnly(Instant at) {
  const auto local = toLocal(at, "Asia/Almaty");
  return at == std::chrono::floor<std::chrono::days>(at) ||
         (local.ok() && local->minute_of_day == 0);
}

Order orderOf(const ToldStatus& status, const ToldStatus& before) {
  const auto said = namedTime(status);
  if (!said) return Order::kUnsure;
  const auto earlier = namedTime(before);
  if (!earlier) return *said > before.came ? Order::kAfter : Order::kUnsure;
  if (isDayOnly(*said) || isDayOnly(*earlier)) {
    const auto day = dayOf(*said), other = dayOf(*earlier);
    return day == other ? Order::kUnsure : day < other ? Order::kBefore : Order::kAfter;
  }
  return *said == *earlier ? Order::kUnsure : *said < *earlier ? Order::kBefore : Order::kAfter;
}

}  // namespace

bool cameLate(const ToldStatus& status, const std::vector<ToldStatus>& told) {
  return std::any_of(told.begin(), told.end(), [&](const ToldStatus& before) {
    const bool comparable =
        isStep(before.status) && isOfWithdrawal(before.status) == isOfWithdrawal(status.status);
    if (!comparable) return false;
    const auto order = orderOf(status, before);
    return order == Order::kBefore ||
           (order == Order::kUnsure && rank(before.status) > rank(status.status));
  });
}

}  // namespace hub::exchange
