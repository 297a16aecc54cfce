#include "hub/exchange/occasions.h"

#include <algorithm>

#include "hub/exchange/clock_rows.h"
#include "hub/exchange/forwarder.h"

namespace hub::exchange {
namespace {

constexpr const char* kField = "/occasion";

// Those of before occasions were kept go by the moment they began, and so do two of one occasion: an appeal may go whole to the
// same body twice.
std::string nameOf(const store::ClockRow& clock, const std::vector<store::ClockRow>& open) {
  const auto alike = std::count_if(open.begin(), open.end(), [&](const auto& other) {
    return other.occasion == clock.occasion;
  });
  return clock.occasion.empty() || alike > 1 ? formatInstant(clock.start_at) : clock.occasion;
}

std::string namesOf(const std::vector<store::ClockRow>& some,
                    const std::vector<store::ClockRow>& open) {
  std::string names;
  for (const auto& clock : some) names += (names.empty() ? "" : ", ") + nameOf(clock, open);
  return names;
}

Status nameOne(const std::vector<store::ClockRow>& some, const std::vector<store::ClockRow>& open) {
  return Status::failure("exchange.input_needed",
                         "several such terms are open, name one or all: " + namesOf(some, open),
                         kField);
}

// Those of them that the caller's body owes.
Result<std::vector<store::ClockRow>> ownOf(store::Store& store, const rules::LawBook& law,
                                           Date today, const store::AppealRow& appeal,
                                           const std::vector<store::ClockRow>& open,
                                           const std::string& body) {
  std::vector<store::ClockRow> own;
  for (const auto& clock : open) {
    auto owed = asOwed(store, law, today, clock, appeal);
    if (!owed) return owed.status();
    if (owed->body_bin == body) own.push_back(clock);
  }
  return own;
}

}  // namespace

Result<std::vector<store::ClockRow>> termsMet(store::Store& store, const rules::LawBook& law,
                                              const store::AppealRow& appeal,
                                              const std::vector<store::ClockRow>& clocks,
                                              const Meeting& meeting, const Caller& caller,
                                              Instant now) {
  std::vector<store::ClockRow> open;
  for (const auto& clock : clocks) {
    if (clock.name == meeting.clock && isOpen(clock)) open.push_back(clock);
  }
  const auto today = toLocal(now, law.data().default_zone);
  if (!today) return today.status();
  if (!caller.body.empty() && !open.empty()) {
    auto own = ownOf(store, law, today->date, appeal, open, caller.body);
    if (!own) return own.status();
    if (own->empty()) {
      return Status::failure("exchange.nothing_to_notify",
                             "what is to be told of is another body's");
    }
    open = std::move(*own);
  }
  if (meeting.at) {
    auto begun = open;
    std::erase_if(begun, [&](const auto& clock) { return clock.start_at > *meeting.at; });
    if (!begun.empty()) open = std::move(begun);
  }
  const auto& named = meeting.occasion;
  if (open.empty() || named == kAllOccasions) return open;
  if (named.empty()) {
    if (open.size() == 1) return open;
    return nameOne(open, open);
  }
  const auto* body = law.bodyByAlias(named, today->date);
  const auto moment = parseInstant(named);
  auto met = open;
  std::erase_if(met, [&](const auto& clock) {
    const bool began = moment.ok() && clock.start_at == *moment;
    return !began && clock.occasion != named && (body == nullptr || clock.occasion != body->bin);
  });
  if (met.size() > 1) return nameOne(met, open);
  if (!met.empty()) return met;
  return Status::failure("exchange.bad_input",
                         "no such term is open of this occasion; open: " + namesOf(open, open),
                         kField);
}

rules::LocalText partsOf(const std::vector<store::ClockRow>& met) {
  std::string numbers;
  for (const auto& clock : met) {
    if (clock.occasion.find('/') == std::string::npos) continue;
    numbers += (numbers.empty() ? "" : ", ") + clock.occasion;
  }
  if (numbers.empty()) return {};
  return {"Бөлік: " + numbers, "Часть: " + numbers, "Part: " + numbers};
}

}  // namespace hub::exchange
