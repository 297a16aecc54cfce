#include "hub/exchange/dropped_notice.h"

#include <algorithm>

#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"

namespace hub::exchange {
namespace {

constexpr const char* kCure = "cure";
constexpr const char* kNotifies = "notify_defects";

}  // namespace

std::optional<store::ClockRow> droppedNotice(const rules::ProcedureRow& row,
                                             const std::vector<store::ClockRow>& clocks) {
  if (std::find(row.cancels.begin(), row.cancels.end(), kCure) == row.cancels.end()) {
    return std::nullopt;
  }
  const auto newest = std::find_if(clocks.rbegin(), clocks.rend(),
                                   [](const auto& clock) { return clock.name == kCure; });
  if (newest == clocks.rend() || !isOpen(*newest)) return std::nullopt;
  return *newest;
}

store::EventRow noticeDropped(const store::ClockRow& cure, Instant at, const std::string& actor,
                              const std::string& state) {
  return makeEvent(cure.appeal, "notice_dropped", at, actor, state, state, kNotifies,
                   cure.due_date.empty() ? std::string() : spokenDate(cure.due_date));
}

std::optional<model::Clock> noticeForBody(const store::ClockRow& cure,
                                          const std::vector<store::EventRow>& events,
                                          const std::string& language) {
  if (cure.due_date.empty()) return std::nullopt;
  auto clock = modelClock(cure);
  clock.status = "cancelled";
  const auto told = std::find_if(events.rbegin(), events.rend(),
                                 [](const auto& event) { return event.reason == kNotifies; });
  if (told != events.rend()) clock.explanation = language == "ru" ? told->text_ru : told->text_kk;
  return clock;
}

}  // namespace hub::exchange
