#include "hub/exchange/event_notes.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/agency_messages.h"

namespace hub::exchange {
namespace {

constexpr std::string_view kAgency = "agency:";
constexpr std::string_view kHub = "hub";

bool isOfStatus(const store::EventRow& event) {
  return event.actor.starts_with(kAgency) &&
         (event.type.starts_with("status_") || event.type == "message_refused");
}

bool isOfAnswer(const store::EventRow& event) {
  return event.actor == kHub &&
         (event.type == "delivery_refused" || event.type == "message_refused" ||
          event.type == "delivery_failed" || event.type == "escalated");
}

// A status and its event are written in one unit of work, at the same instant.
Status addNotesOfStatuses(store::Store& store, store::RowId appeal,
                          const std::vector<store::EventRow>& events, const Limits& limits,
                          std::vector<std::string>& notes) {
  auto rows = store.messages(appeal, true);
  if (!rows) return rows.status();
  std::vector<bool> told(events.size(), false);
  for (const auto& row : *rows) {
    if (row.type != "status/1" || row.direction != "in") continue;
    const auto message = readKept(row, limits);
    const auto* status = message ? std::get_if<model::StatusUpdate>(&message->payload) : nullptr;
    if (status == nullptr) continue;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& event = events[i];
      if (told[i] || !isOfStatus(event) || event.at != row.at || event.reason != status->status ||
          event.actor.substr(kAgency.size()) != row.party) {
        continue;
      }
      told[i] = true;
      notes[i] = status->note.value_or("");
      break;
    }
  }
  return {};
}

// An attempt and its event, too.
Status addNotesOfAnswers(store::Store& store, store::RowId appeal,
                         const std::vector<store::EventRow>& events,
                         std::vector<std::string>& notes) {
  auto rows = store.outboxOf(appeal);
  if (!rows) return rows.status();
  for (const auto& row : *rows) {
    auto attempts = store.attempts(row.id);
    if (!attempts) return attempts.status();
    for (const auto& attempt : *attempts) {
      const auto event = std::find_if(events.begin(), events.end(), [&](const auto& one) {
        return isOfAnswer(one) && one.at == attempt.ended_at && one.reason == attempt.code;
      });
      if (event == events.end()) continue;
      notes[static_cast<std::size_t>(event - events.begin())] = attempt.text;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> eventNotes(store::Store& store, store::RowId appeal,
                                            const std::vector<store::EventRow>& events,
                                            const Limits& limits) {
  std::vector<std::string> notes(events.size());
  if (std::any_of(events.begin(), events.end(), isOfStatus)) {
    if (auto s = addNotesOfStatuses(store, appeal, events, limits, notes); !s) return s;
  }
  if (std::any_of(events.begin(), events.end(), isOfAnswer)) {
    if (auto s = addNotesOfAnswers(store, appeal, events, notes); !s) return s;
  }
  return notes;
}

std::string shownNote(std::string_view note) {
  constexpr std::size_t kCharsMax = 500;
  std::string line;
  for (const char c : trim(note)) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20;
    if (!blank) line += c;
    if (blank && !line.ends_with(' ')) line += ' ';
  }
  line = maskText(line);
  std::size_t chars = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (starts && chars++ == kCharsMax) {
      line.resize(i);
      return line + "…";
    }
  }
  return line;
}

}  // namespace hub::exchange
