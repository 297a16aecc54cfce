#include "hub/store/store.h"

#include <array>

#include "hub/base/ids.h"

namespace hub::store {
namespace {

// One field of a hashed line: tab, line feed and backslash are escaped, so that no two different
// rows have the same text.
void appendField(std::string& line, std::string_view field) {
  line += '\t';
  std::size_t from = 0;
  for (std::size_t at = 0; at < field.size(); ++at) {
    const char c = field[at];
    if (c != '\t' && c != '\n' && c != '\\') continue;
    line.append(field.substr(from, at - from));
    from = at + 1;
    line += c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\\\";
  }
  line.append(field.substr(from));
}

template <class... Fields>
std::string lineOf(std::string_view kind, const Fields&... fields) {
  std::string line(kind);
  line.reserve(512);
  (appendField(line, fields), ...);
  return line;
}

}  // namespace

std::string_view toString(OutboxState state) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "pending", "in_flight", "retry_wait", "awaiting", "delivered", "rejected", "dead", "held"};
  auto index = static_cast<std::size_t>(state);
  return index < kNames.size() ? kNames[index] : "unknown";
}

bool isUnfinished(OutboxState state) {
  return state != OutboxState::kDelivered && state != OutboxState::kRejected &&
         state != OutboxState::kDead;
}

std::string_view toString(NoticeState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"waiting", "sent", "delivered",
                                                             "failed", "skipped"};
  auto index = static_cast<std::size_t>(state);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::string eventSha256(const EventRow& row) {
  // Without evidence the text is what it was before events had any.
  std::string evidence;
  if (!row.evidence.empty()) appendField(evidence, row.evidence);
  return sha256Hex(lineOf("event/1", std::to_string(row.appeal), std::to_string(row.seq),
                          row.event_id, row.type, formatInstant(row.at), row.actor, row.from_state,
                          row.to_state, row.reason, row.text_kk, row.text_ru, row.text_en,
                          row.payload_sha256, row.previous_sha256) +
                   evidence);
}

std::string journalText(const JournalRow& row) {
  return lineOf("journal/1", std::to_string(row.position), formatInstant(row.at), row.direction,
                row.party, row.message_id, row.type, row.body_sha256, row.signature);
}

}  // namespace hub::store
