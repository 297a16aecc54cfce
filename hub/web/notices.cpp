// What applicants were told by SMS, and the gateway's door for delivery reports.
#include <algorithm>
#include <array>
#include <charconv>

#include "hub/notify/sms_desk.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

using store::NoticeState;
constexpr std::array kNoticeStates = {NoticeState::kWaiting, NoticeState::kSent,
                                      NoticeState::kDelivered, NoticeState::kFailed,
                                      NoticeState::kSkipped};

Reply json(JsonWriter& writer, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

// The members of an open object.
void writeNotice(JsonWriter& writer, const store::NoticeRow& row) {
  writer.number("id", row.id)
      .text("channel", row.channel)
      .text("kind", row.kind)
      .text("event", row.event)
      .number("event_seq", row.seq)
      .text("language", row.language)
      .text("state", store::toString(row.state))
      .textIf("code", row.code)
      .number("attempts", row.attempts)
      .instant("event_at", row.event_at)
      .instant("created_at", row.created_at);
  if (row.state == NoticeState::kWaiting) writer.instant("next_at", row.next_at);
  writer.instantIf("sent_at", row.sent_at)
      .instantIf("reported_at", row.reported_at)
      .textIf("provider_id", row.provider_id);
}

std::optional<std::int64_t> numberOf(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

// The network's id of a message: what is no plain word is left out.
std::string providerId(const std::string& text) {
  constexpr std::size_t kCharsMax = 64;
  const bool plain = text.size() <= kCharsMax && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
                     });
  return plain ? text : std::string();
}

}  // namespace

Result<Reply> listNotices(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"state", "limit", "after"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 1000);
  if (!limit.ok()) return limit.status();
  std::optional<NoticeState> state;
  if (parameters->has("state")) {
    const std::string wanted = parameters->text("state");
    const auto* found = std::find_if(kNoticeStates.begin(), kNoticeStates.end(),
                                     [&](auto one) { return store::toString(one) == wanted; });
    if (found == kNoticeStates.end()) {
      return Status::failure("web.bad_parameter",
                             "one of waiting, sent, delivered, failed, skipped", "?state");
    }
    state = *found;
  }
  auto before = parameters->before();
  if (!before.ok()) return before.status();
  auto& store = doors.service.store();
  auto rows = store.listNotices(state, *before, *limit);
  if (!rows.ok()) return rows.status();
  JsonWriter writer;
  writer.beginObject().beginArray("notices");
  for (const auto& row : *rows) {
    writer.beginObject();
    writeNotice(writer, row);
    if (auto appeal = store.appeal(row.appeal); appeal.ok()) {
      writer.text("hub_id", appeal->hub_id).textIf("reg_number", appeal->reg_number);
    }
    writer.endObject();
  }
  writer.endArray();
  if (rows->size() == static_cast<std::size_t>(*limit)) {
    writer.text("next", std::to_string(rows->back().id));
  }
  writer.endObject();
  return json(writer);
}

Result<Reply> listNoticesOfAppeal(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto appeal = findFor(doors, request);
  if (!appeal.ok()) return appeal.status();
  auto rows = doors.service.store().noticesOf(appeal->id);
  if (!rows.ok()) return rows.status();
  JsonWriter writer;
  writer.beginObject().text("hub_id", appeal->hub_id).textIf("reg_number", appeal->reg_number);
  writer.beginArray("notices");
  for (const auto& row : *rows) {
    writer.beginObject();
    writeNotice(writer, row);
    writer.endObject();
  }
  writer.endArray().endObject();
  return json(writer);
}

Result<Reply> retryNotice(const Doors& doors, Request& request) {
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  if (doors.sms == nullptr) return Status::failure("notify.not_configured", "no section sms");
  auto row = doors.sms->retry(*id, request.caller);
  if (!row.ok()) return row.status();
  JsonWriter writer;
  writer.beginObject();
  writeNotice(writer, *row);
  writer.endObject();
  return json(writer, 202);
}

// Whatever is wrong with a report, the answer is the same and tells nothing.
Result<Reply> smsReport(const Doors& doors, Request& request) {
  const auto refused = [] { return Status::failure("notify.bad_report", ""); };
  auto parameters = Parameters::read(request, {"notice", "status", "id", "token"});
  if (!parameters.ok() || doors.sms == nullptr) return refused();
  const auto notice = numberOf(parameters->text("notice"));
  const auto kind = numberOf(parameters->text("status"));
  constexpr std::int64_t kKindMax = 255;
  if (!notice || !kind || *kind > kKindMax) return refused();
  auto status = doors.sms->report({*notice, static_cast<int>(*kind),
                                   providerId(parameters->text("id")), parameters->text("token")});
  if (!status.ok()) return status;
  Reply reply;
  reply.status = 204;
  return reply;
}

}  // namespace hub::web
