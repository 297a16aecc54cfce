// Questions to the law: deadlines and routes, one or many, and reading the law data anew.
#include <charconv>

#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/batch.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

constexpr const char* kTsv = "text/tab-separated-values";

std::string_view dayKind(rules::DayKind kind) {
  if (kind == rules::DayKind::kWorking) return "working";
  return kind == rules::DayKind::kCalendar ? "calendar" : "months";
}

void writeCounted(JsonWriter& writer, const rules::Clock& clock, const std::string& explanation) {
  writer.beginObject()
      .text("name", clock.name)
      .text("due_date", clock.due_date ? formatDate(*clock.due_date) : "")
      .text("start_event", clock.start_event)
      .text("start_date", formatDate(clock.start_date))
      .number("length", clock.length)
      .text("day_kind", std::string(dayKind(clock.day_kind)))
      .text("law", clock.law)
      .text("article", clock.article)
      .text("rule_id", clock.rule_id)
      .text("rule_version", clock.rule_version)
      .text("calendar_version", clock.calendar_version)
      .text("confidence", clock.low_confidence ? "low" : "high")
      .textIf("problem", clock.problem);
  if (clock.missing_year) writer.number("missing_year", *clock.missing_year);
  writer.textIf("explanation", explanation).endObject();
}

// Runs a batch over the body's lines.
template <typename Run>
Result<Reply> answerBatch(const Doors& doors, Request& request, const Run& run) {
  auto media = checkMediaType(request, {kTsv});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(doors.limits.body_bytes_max);
  if (!body.ok()) return body.status();
  std::size_t at = 0;
  const auto next = [&](std::string& line) {
    if (at >= body->size()) return false;
    auto end = body->find('\n', at);
    if (end == std::string::npos) end = body->size();
    line.assign(*body, at, end - at);
    at = end + 1;
    return true;
  };
  Reply reply;
  reply.type = std::string(kTsv) + "; charset=utf-8";
  const auto counts = run(next, [&](std::string_view line) { reply.body += line; });
  if (!counts.ok()) return counts.status();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

}  // namespace

Result<Reply> calculateDeadlines(const Doors& doors, Request& request) {
  constexpr std::size_t kQueryBytesMax = 4096;
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kQueryBytesMax);
  if (!body.ok()) return body.status();
  auto query = parseDeadlineQuery(*body);
  if (!query.ok()) return query.status();
  const rules::DeadlineRow row{"",           query->kind,          query->received_at,
                               query->body,  query->procedure,     query->special_kind,
                               query->level, query->registered_at, query->zone,
                               query->clock};
  auto clocks = rules::clocksOf(*doors.service.law(), row, query->explain);
  if (!clocks.ok()) return clocks.status();
  JsonWriter writer;
  writer.beginObject().text("kind", query->kind).text("received_at", query->received_at);
  writer.beginArray("clocks");
  for (const auto& clock : *clocks) {
    writeCounted(writer, clock, clock.explanation.in(request.language));
  }
  writer.endArray().endObject();
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> batchDeadlines(const Doors& doors, Request& request) {
  return answerBatch(doors, request, [&](const auto& in, const auto& out) {
    return rules::deadlineBatch(*doors.service.law(), in, out);
  });
}

// The open terms as a reload would count them again: what `hubctl law diff --open` compares.
Result<Reply> listOpenDeadlines(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"limit", "after"});
  if (!parameters.ok()) return parameters.status();
  const auto limit = parameters->number("limit", 1000, 100, 2000);
  if (!limit.ok()) return limit.status();
  const std::string cursor = parameters->text("after");
  store::RowId after = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), after);
  if (!cursor.empty() && (error != std::errc() || end != cursor.data() + cursor.size())) {
    return Status::failure("store.bad_cursor", "not a page cursor of this list", "?after");
  }
  const auto law = doors.service.law();
  const exchange::ClockReview review(doors.service.store(), *law, doors.clock, "");
  const auto page = review.open(after, *limit);
  if (!page.ok()) return page.status();
  JsonWriter writer;
  writer.beginObject().beginArray("appeals");
  for (const auto& [row, clocks] : page->appeals) {
    writer.beginObject()
        .text("hub_id", row.hub_id)
        .textIf("reg_number", row.reg_number)
        .text("kind", row.kind)
        .text("state", row.state)
        .flag("over", exchange::isFinal(row.state))
        .beginArray("clocks");
    for (const auto& clock : clocks) {
      writer.beginObject()
          .text("name", clock.name)
          .text("due_date", clock.due_date)
          .number("length", clock.length)
          .text("day_kind", clock.day_kind)
          .text("first_day", clock.first_day)
          .text("start_event", clock.start_event)
          .text("start_at", formatInstant(clock.start_at))
          .text("rule_id", clock.rule_id)
          .text("rule_version", clock.rule_version)
          .flag("named_day", exchange::isNamedDay(clock))
          .flag("closed", !exchange::isOpen(clock))
          .textIf("zone", clock.zone);
      if (clock.cut_off_minute > 0) writer.number("cut_off_minute", clock.cut_off_minute);
      writer.endObject();
    }
    writer.endArray().endObject();
  }
  writer.endArray().textIf("next", page->next > 0 ? std::to_string(page->next) : "").endObject();
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> batchRoutes(const Doors& doors, Request& request) {
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  return answerBatch(doors, request, [&](const auto& in, const auto& out) {
    return rules::routeBatch(*law, today->date, request.language, in, out);
  });
}

Result<Reply> reloadLaw(const Doors& doors, Request& request) {
  auto done = doors.service.reloadLaw(request.caller);
  if (!done.ok()) return done.status();
  JsonWriter writer;
  writer.beginObject()
      .number("appeals", done->appeals)
      .number("clocks", done->clocks)
      .number("moved", done->moved)
      .number("determined", done->determined)
      .number("lost", done->lost)
      .endObject();
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

}  // namespace hub::web
