// What agencies sent and could not be taken, for administrators.
#include "hub/base/error_catalogue.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

Reply json(JsonWriter& writer) {
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

void writeQuarantined(JsonWriter& writer, store::Store& store, const store::QuarantineRow& row) {
  writer.beginObject().number("id", row.id).text("party", row.party);
  if (row.appeal > 0) {
    if (auto appeal = store.appeal(row.appeal); appeal.ok()) {
      writer.text("hub_id", appeal->hub_id).textIf("reg_number", appeal->reg_number);
    }
  }
  if (row.nobodys) writer.flag("unsigned", true);
  writer.textIf("item_id", row.item_id)
      .textIf("kind", row.kind)
      .instant("at", row.at)
      .text("code", row.code)
      .textIf("text", row.text)
      .textIf("correlation", row.correlation)
      .number("bytes", row.bytes)
      .text("state", row.state)
      .instantIf("opened_at", row.opened_at)
      .instantIf("closed_at", row.closed_at)
      .textIf("closed_by", row.closed_by)
      .textIf("note", row.note)
      .endObject();
}

Reply one(const Doors& doors, const store::QuarantineRow& row) {
  JsonWriter writer;
  writeQuarantined(writer, doors.service.store(), row);
  return json(writer);
}

constexpr std::size_t kNoteBytesMax = 8192;

Result<std::string> noteOf(Request& request) {
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kNoteBytesMax);
  if (!body.ok()) return body.status();
  auto order = parseStrings(*body, {"note"});
  if (!order.ok()) return order.status();
  return order->at("note");
}

// What lists and closings are limited to; the state is the list's alone.
Result<store::QuarantineFilter> filterOf(const Parameters& parameters) {
  store::QuarantineFilter filter;
  filter.party = parameters.text("party");
  filter.code = parameters.text("code");
  if (parameters.has("unsigned")) {
    auto nobodys = parameters.number("unsigned", 0, 0, 1);
    if (!nobodys.ok()) return nobodys.status();
    filter.nobodys = *nobodys == 1;
  }
  return filter;
}

// A failure of the replay itself; any other code is the message's, which was refused again.
bool isOfReplay(std::string_view code) {
  const auto* entry = findError(code);
  return code.starts_with("store.") || code == "exchange.not_replayable" ||
         code == "exchange.deliver_again" || (entry != nullptr && entry->http_status == 503);
}

}  // namespace

Result<Reply> listQuarantine(const Doors& doors, Request& request) {
  auto parameters =
      Parameters::read(request, {"party", "state", "code", "unsigned", "limit", "after"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 1000);
  if (!limit.ok()) return limit.status();
  auto before = parameters->before();
  if (!before.ok()) return before.status();
  auto filter = filterOf(*parameters);
  if (!filter.ok()) return filter.status();
  filter->state = parameters->text("state");
  const auto& state = filter->state;
  if (!state.empty() && state != "open" && state != "resolved" && state != "waiting") {
    return Status::failure("web.bad_parameter", "one of open, resolved, waiting", "?state");
  }
  auto& store = doors.service.store();
  // What is judged at this moment may be in the answer or not.
  const Instant seen_at = doors.clock.now() - std::chrono::seconds(2);
  auto rows = store.quarantinePage(*filter, *before, *limit);
  if (!rows.ok()) return rows.status();
  if (rows->empty() && !filter->party.empty()) {
    auto any = store.quarantinePage({filter->party}, 0, 1);
    if (!any.ok()) return any.status();
    auto known = any->empty() ? knowsAlias(doors, "party", filter->party) : Status();
    if (!known.ok()) return known;
  }
  JsonWriter writer;
  writer.beginObject().beginArray("quarantine");
  for (const auto& row : *rows) writeQuarantined(writer, store, row);
  writer.endArray();
  if (!rows->empty()) writer.number("newest", rows->front().id).instant("seen_at", seen_at);
  if (rows->size() == static_cast<std::size_t>(*limit)) {
    writer.text("next", std::to_string(rows->back().id));
  }
  writer.endObject();
  return json(writer);
}

Result<Reply> getQuarantine(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  auto row = doors.service.store().findQuarantine(*id, false);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "no such item");
  return one(doors, **row);
}

Result<Reply> getQuarantineRaw(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  auto raw = doors.service.quarantineRaw(*id, request.caller);
  if (!raw.ok()) return raw.status();
  Reply reply;
  reply.type = "application/octet-stream";
  reply.body = std::move(*raw);
  reply.headers.push_back({"Content-Disposition",
                           "attachment; filename=\"quarantine-" + std::to_string(*id) + ".bin\""});
  reply.headers.push_back({"Content-Security-Policy", "default-src 'none'; sandbox"});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> replayQuarantine(const Doors& doors, Request& request) {
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  auto row = doors.service.replayQuarantined(*id, request.caller);
  if (!row.ok() && isOfReplay(row.status().error().code)) return row.status();
  // What the message was refused for is nothing that is wrong with the request: its own status (401 of a signature, say)
  // would speak of the administrator.
  if (!row.ok()) return problem(row.status(), request, nullptr, 422);
  return one(doors, *row);
}

Result<Reply> resolveQuarantine(const Doors& doors, Request& request) {
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  auto note = noteOf(request);
  if (!note.ok()) return note.status();
  auto row = doors.service.resolveQuarantined(*id, *note, request.caller);
  if (!row.ok()) return row.status();
  return one(doors, *row);
}

Result<Reply> resolveAllQuarantine(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"party", "code", "unsigned", "up_to", "seen_at"});
  if (!parameters.ok()) return parameters.status();
  const auto up_to = rowIdFrom(parameters->text("up_to"));
  if (!up_to) {
    return Status::failure("web.bad_parameter",
                           "the newest id that was looked at is needed: `newest` of the list",
                           "?up_to");
  }
  auto filter = filterOf(*parameters);
  if (!filter.ok()) return filter.status();
  auto seen_at = parameters->instant("seen_at");
  if (!seen_at.ok()) return seen_at.status();
  filter->opened_by = *seen_at;
  auto note = noteOf(request);
  if (!note.ok()) return note.status();
  auto closed = doors.service.resolveAllQuarantined(*filter, *up_to, *note, request.caller);
  if (!closed.ok()) return closed.status();
  JsonWriter writer;
  writer.beginObject().number("resolved", *closed).endObject();
  return json(writer);
}

}  // namespace hub::web
