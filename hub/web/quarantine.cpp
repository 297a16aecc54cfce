// What agencies sent and could not be taken, for administrators.
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

void writeQuarantined(JsonWriter& writer, const store::QuarantineRow& row) {
  writer.beginObject()
      .number("id", row.id)
      .text("party", row.party)
      .textIf("item_id", row.item_id)
      .textIf("kind", row.kind)
      .instant("at", row.at)
      .text("code", row.code)
      .textIf("text", row.text)
      .textIf("correlation", row.correlation)
      .number("bytes", row.bytes)
      .text("state", row.state)
      .instantIf("closed_at", row.closed_at)
      .textIf("closed_by", row.closed_by)
      .textIf("note", row.note)
      .endObject();
}

Reply one(const store::QuarantineRow& row) {
  JsonWriter writer;
  writeQuarantined(writer, row);
  return json(writer);
}

}  // namespace

Result<Reply> listQuarantine(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"party", "state", "limit"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 1000);
  if (!limit.ok()) return limit.status();
  const std::string state = parameters->text("state");
  if (!state.empty() && state != "open" && state != "resolved" && state != "waiting") {
    return Status::failure("web.bad_parameter", "one of open, resolved, waiting", "?state");
  }
  auto rows = doors.service.store().listQuarantine(parameters->text("party"), state, *limit);
  if (!rows.ok()) return rows.status();
  JsonWriter writer;
  writer.beginObject().beginArray("quarantine");
  for (const auto& row : *rows) writeQuarantined(writer, row);
  writer.endArray().endObject();
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
  return one(**row);
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
  if (!row.ok()) return row.status();
  return one(*row);
}

Result<Reply> resolveQuarantine(const Doors& doors, Request& request) {
  constexpr std::size_t kNoteBytesMax = 8192;
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kNoteBytesMax);
  if (!body.ok()) return body.status();
  auto order = parseStrings(*body, {"note"});
  if (!order.ok()) return order.status();
  auto row = doors.service.resolveQuarantined(*id, order->at("note"), request.caller);
  if (!row.ok()) return row.status();
  return one(*row);
}

}  // namespace hub::web
