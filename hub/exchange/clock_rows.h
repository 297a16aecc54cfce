// Legal terms as the store keeps them and as canonical documents show them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "hub/model/types.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/recount.h"
#include "hub/store/store.h"

namespace hub::exchange {

store::ClockRow clockRow(store::RowId appeal, const rules::Clock& clock, std::string_view status);
// Precondition: the row has a due date; documents hold dated terms only.
model::Clock modelClock(const store::ClockRow& row);

// An alarm (error log "clock.unknown", metric hub_clocks_unknown_total) if the term has no day: its calendar year is
// missing, and nobody would see that it is late.
void alarmIfUnknown(const store::ClockRow& row, const std::string& correlation_id);
bool isOpen(const store::ClockRow& row);
// How a term ends that an act of such a local day ends: in time or late; one that was never counted, not at all.
std::string ending(const store::ClockRow& row, std::string_view day);
// The local day of an instant where the term is counted, "2026-04-10".
std::string clockDay(const store::ClockRow& row, Instant at);

// The last day the term may have, ISO: its own or, while a calendar of its year is missing, one that no calendar goes
// beyond. For what a person or a body names.
std::string latestDay(const store::ClockRow& row);

// What the law counts such a term anew from.
rules::OpenClock openClock(const store::ClockRow& row);

// The last day was named by a person of the body, not counted by a rule: a new calendar leaves it alone, unless it
// is not worked any more. The words are beginnings of explanations.
inline constexpr std::string_view kHeadDecided = "as the head decided";
inline constexpr std::string_view kBodyDecided = "as the body decided";
bool isNamedDay(const store::ClockRow& row);

}  // namespace hub::exchange
