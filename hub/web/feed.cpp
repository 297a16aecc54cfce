// GET /v1/events: what happened to all appeals a client may see, in the order in which it became durable, for
// whoever tells applicants or keeps a copy: one cursor instead of a question for each appeal.
#include <algorithm>

#include "hub/base/text.h"
#include "hub/exchange/event_texts.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/report_parts.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

constexpr int kReadAtOnce = 200;
// A client that sees little of what happens gets an answer, and a place to go on from, all the same.
constexpr int kReadMax = 5000;
constexpr std::string_view kTypeLetters = "abcdefghijklmnopqrstuvwxyz_";

struct Wanted {
  std::vector<std::string> types;  // none: all
  std::string source_system, body;

  bool takes(const store::EventRow& event) const {
    return types.empty() || std::find(types.begin(), types.end(), event.type) != types.end();
  }
  bool takes(const store::AppealRow& appeal) const {
    return (source_system.empty() || appeal.source_system == source_system) &&
           (body.empty() || appeal.body_bin == body);
  }
};

Result<Wanted> wantedBy(const Doors& doors, const Parameters& parameters,
                        const exchange::Caller& caller) {
  Wanted wanted;
  if (const std::string types = parameters.text("types"); !types.empty()) {
    wanted.types = split(types, ',');
    for (const auto& type : wanted.types) {
      if (type.empty() || type.find_first_not_of(kTypeLetters) != std::string::npos) {
        return Status::failure("web.bad_parameter", "not a list of event types", "?types");
      }
      // Whoever waits for a misspelt one would wait for ever.
      if (!exchange::isEventType(type)) {
        return Status::failure("web.bad_parameter", "no event is of the type " + type, "?types");
      }
    }
  }
  wanted.source_system = parameters.text("source_system");
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  auto body = binOf(doors, *law, parameters.text("body"), today->date);
  if (!body.ok()) return body.status();
  wanted.body = std::move(*body);
  auto narrowed = narrowTo(caller, wanted.source_system, wanted.body);
  if (!narrowed.ok()) return narrowed;
  return wanted;
}

void writeItem(JsonWriter& writer, const store::FeedPage::Item& item,
               const store::AppealRow& appeal, const std::string& language) {
  writer.beginObject()
      .text("cursor", item.cursor)
      .text("hub_id", appeal.hub_id)
      .textIf("reg_number", appeal.reg_number)
      .text("source_system", appeal.source_system)
      .text("source_id", appeal.source_id)
      .text("language", appeal.language)
      .textIf("body", appeal.body_bin);
  writeEvent(writer, item.event, language);
  writer.beginObject("texts")
      .textIf("kk", item.event.text_kk)
      .textIf("ru", item.event.text_ru)
      .textIf("en", item.event.text_en)
      .endObject();
  writer.endObject();
}

}  // namespace

Result<Reply> getFeed(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"after", "limit", "types", "source_system", "body"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 500);
  if (!limit.ok()) return limit.status();
  auto wanted = wantedBy(doors, *parameters, request.caller);
  if (!wanted.ok()) return wanted.status();
  auto& store = doors.service.store();
  std::string next = parameters->text("after");
  if (next == "latest") {
    auto end = store.feedEnd();
    if (!end.ok()) return end.status();
    next = *end;
  }
  JsonWriter writer;
  writer.beginObject().beginArray("events");
  bool more = true;
  store::AppealRow appeal;  // the last one: its events come in a row
  for (int shown = 0, read = 0; more && shown < *limit && read < kReadMax;) {
    auto page = store.feed(next, kReadAtOnce);
    if (!page.ok()) return page.status();
    next = page->next;
    more = page->more;
    for (const auto& item : page->items) {
      ++read;
      if (shown == *limit) {
        more = true;
        break;
      }
      next = item.cursor;
      if (!wanted->takes(item.event)) continue;
      if (appeal.id != item.event.appeal) {
        auto row = store.appeal(item.event.appeal);
        if (!row.ok()) return row.status();
        appeal = std::move(*row);
      }
      if (!wanted->takes(appeal)) continue;
      writeItem(writer, item, appeal, request.language);
      ++shown;
    }
  }
  writer.endArray().text("next", next).flag("more", more).endObject();
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  reply.headers.push_back({"Content-Language", request.language});
  return reply;
}

}  // namespace hub::web
