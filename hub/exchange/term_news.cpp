#include "hub/exchange/term_news.h"

#include <algorithm>

#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"

namespace hub::exchange {
namespace {

Result<model::Message> messageOf(store::Store& store, const std::string& message_id,
                                 const Limits& limits) {
  auto row = store.message(message_id);
  if (!row) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "the message body is missing");
  return model::decodeXml((*row)->body, limits);
}

// The term of consideration in the document that a body gets; "" if it names none.
std::string dueDateIn(const model::Appeal& document) {
  const auto& clocks = document.clocks;
  const auto newest = std::find_if(clocks.rbegin(), clocks.rend(), [](const model::Clock& clock) {
    return clock.purpose == "consider" || clock.purpose == "consider_extended";
  });
  return newest == clocks.rend() ? "" : newest->due_date;
}

}  // namespace

bool hasTaken(const std::vector<store::OutboxRow>& rows, const std::string& destination) {
  return std::any_of(rows.begin(), rows.end(), [&](const store::OutboxRow& row) {
    return row.type == "appeal/1" && row.destination == destination &&
           (row.state == store::OutboxState::kDelivered ||
            row.state == store::OutboxState::kAwaiting);
  });
}

store::MessageRow termNews(const store::AppealRow& appeal, const std::string& due_date,
                           const std::string& node_name, Instant now, std::string_view why) {
  const auto words =
      makeEvent(appeal.id, why, now, "hub", appeal.state, appeal.state, "", spokenDate(due_date));
  model::Message message;
  auto& status = message.payload.emplace<model::StatusUpdate>();
  status.appeal_ref = refTo(appeal);
  status.status = "term_changed";
  status.at = formatInstant(now);
  status.until = due_date;
  status.language = appeal.language == "kk" || appeal.language == "en" ? appeal.language : "ru";
  status.note = *status.language == "kk"   ? words.text_kk
                : *status.language == "en" ? words.text_en
                                           : words.text_ru;
  return outgoing(std::move(message), "status/1", appeal, node_name, now);
}

Result<bool> isNewsTrue(store::Store& store, const store::OutboxRow& row, const Limits& limits) {
  auto message = messageOf(store, row.message_id, limits);
  if (!message) return message.status();
  const auto* news = std::get_if<model::StatusUpdate>(&message->payload);
  auto appeal = store.appeal(row.appeal);
  if (!appeal) return appeal.status();
  if (news == nullptr || news->until.value_or("") != appeal->due_date ||
      appeal->destination != row.destination || appeal->state == "awaiting_routing" ||
      isFinal(appeal->state)) {
    return false;
  }
  auto rows = store.outboxOf(row.appeal);
  if (!rows) return rows.status();
  return hasTaken(*rows, row.destination);
}

Result<bool> tellWhatMovedMeanwhile(store::Store& store, store::Tx& tx,
                                    const store::AppealRow& appeal, const store::OutboxRow& row,
                                    const std::string& node_name, const Limits& limits,
                                    Instant now) {
  // An appeal that nothing happened to since it was queued has the date it was queued with.
  if (appeal.updated_at <= row.created_at || appeal.due_date.empty() ||
      appeal.destination != row.destination || isFinal(appeal.state)) {
    return false;
  }
  auto message = messageOf(store, row.message_id, limits);
  if (!message) return message.status();
  const auto* document = std::get_if<model::Appeal>(&message->payload);
  if (document == nullptr) return false;
  const std::string told = dueDateIn(*document);
  if (told.empty() || told == appeal.due_date) return false;
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  const bool restarted = std::any_of(events->begin(), events->end(), [&](const auto& event) {
    return event.type == kTermRestarted && event.at >= row.created_at;
  });
  const auto news =
      termNews(appeal, appeal.due_date, node_name, now, restarted ? kTermRestarted : "term_moved");
  if (auto s = queueMessage(tx, news, now); !s) return s;
  return true;
}

}  // namespace hub::exchange
