// Reports of supervision: overdue and at-risk appeals, discipline of bodies and regions. For
// administrators; metadata only.
#include <algorithm>

#include "hub/exchange/cards.h"
#include "hub/exchange/case_reports.h"
#include "hub/rules/law_book.h"
#include "hub/rules/supervision.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

// A running case as supervision sees it.
Result<rules::CaseFact> factOf(const store::AppealRow& row, const std::string& zone) {
  rules::CaseFact fact;
  fact.reg_number = row.reg_number;
  fact.hub_id = row.hub_id;
  fact.kind = row.kind;
  fact.topic = row.topic;
  fact.body = row.destination.empty() ? row.body_bin : row.destination;
  fact.kato = row.kato;
  fact.executor = row.executor;
  fact.state = row.state;
  const auto received = toLocal(row.received_at, zone);
  if (!received.ok()) return received.status();
  fact.received = fact.registered = received->date;
  if (auto day = parseDate(row.registration_date); day.ok()) fact.registered = *day;
  if (auto day = parseDate(row.due_date); day.ok()) fact.due = *day;
  return fact;
}

// Open appeals due until `until`; a body and an executor if they are named.
Result<std::vector<rules::CaseFact>> gatherOpen(const Doors& doors, const std::string& until,
                                                const Parameters& parameters,
                                                const std::string& zone) {
  constexpr int kPage = 500;
  const std::string body = parameters.text("body");
  const std::string executor = parameters.text("executor");
  std::vector<rules::CaseFact> facts;
  std::string due;
  store::RowId last = 0;
  for (;;) {
    auto page = doors.service.store().openDue(until, due, last, kPage);
    if (!page.ok()) return page.status();
    for (const auto& row : *page) {
      due = row.due_date;
      last = row.id;
      if (!body.empty() && row.body_bin != body) continue;
      if (!executor.empty() && row.executor != executor) continue;
      auto fact = factOf(row, zone);
      if (!fact.ok()) return fact.status();
      facts.push_back(std::move(*fact));
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return facts;
  }
}

Result<bool> wantsCsv(const Parameters& parameters) {
  const std::string format = parameters.text("format");
  if (format == "csv") return true;
  if (format.empty() || format == "json") return false;
  return Status::failure("web.bad_parameter", "'format' is json or csv", "?format");
}

Reply csvReply(std::string text, const char* name) {
  Reply reply;
  reply.type = "text/csv; charset=utf-8";
  reply.body = std::move(text);
  reply.headers.push_back(
      {"Content-Disposition", std::string("attachment; filename=\"") + name + ".csv\""});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Reply jsonReply(JsonWriter& writer) {
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

void writePressing(JsonWriter& writer, const rules::PressingCase& one) {
  const auto& fact = one.fact;
  writer.beginObject()
      .text("hub_id", fact.hub_id)
      .textIf("reg_number", fact.reg_number)
      .text("kind", fact.kind)
      .textIf("topic", fact.topic)
      .textIf("body", fact.body)
      .textIf("kato", fact.kato)
      .textIf("executor", fact.executor)
      .text("state", fact.state)
      .text("registered", formatDate(fact.registered))
      .text("due_date", formatDate(*fact.due))
      .flag("overdue", one.working_days_left < 0)
      .number("working_days", std::abs(one.working_days_left))
      .endObject();
}

void writeDiscipline(JsonWriter& writer, const rules::DisciplineRow& row) {
  writer.beginObject()
      .text("group", row.group)
      .number("received", row.received)
      .number("decided", row.decided)
      .number("running", row.running)
      .number("late", row.late)
      .number("extended", row.extended)
      .number("deemed_refused", row.deemed_refused);
  if (row.median_days) writer.number("median_working_days", *row.median_days);
  if (row.p90_days) writer.number("p90_working_days", *row.p90_days);
  writer.endObject();
}

}  // namespace

Result<Reply> reportMisrouted(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"received_from", "received_to", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  auto from = parameters->instant("received_from");
  if (!from.ok()) return from.status();
  auto to = parameters->instant("received_to");
  if (!to.ok()) return to.status();
  const auto law = doors.service.law();
  const auto rows = exchange::misroutedReport(doors.service.store(), *law, *from, *to);
  if (!rows.ok()) return rows.status();
  if (*csv) {
    std::string text = "rule,topic,region,refused_by,then_to,appeals\r\n";
    for (const auto& [way, count] : *rows) {
      for (const auto* cell : {&way.rule, &way.topic, &way.region, &way.refused_by, &way.then_to}) {
        text += rules::csvCell(*cell) + ",";
      }
      text += std::to_string(count) + "\r\n";
    }
    return csvReply(std::move(text), "misrouted");
  }
  JsonWriter writer;
  writer.beginObject().beginArray("rows");
  for (const auto& [way, count] : *rows) {
    writer.beginObject()
        .text("rule", way.rule)
        .textIf("topic", way.topic)
        .textIf("region", way.region)
        .text("refused_by", way.refused_by)
        .textIf("then_to", way.then_to)
        .number("appeals", count)
        .endObject();
  }
  writer.endArray().endObject();
  return jsonReply(writer);
}

Result<Reply> reportPressing(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"days", "body", "executor", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto days = parameters->number("days", -1, 0, 60);
  if (!days.ok()) return days.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  const auto law = doors.service.law();
  const std::string& zone = law->data().default_zone;
  const auto today = toLocal(doors.clock.now(), zone);
  if (!today.ok()) return today.status();
  // Working days are at least two of any seven but for the longest holidays.
  const auto until = std::chrono::sys_days(today->date) + std::chrono::days(4 * *days + 30);
  auto facts = gatherOpen(doors, formatDate(until), *parameters, zone);
  if (!facts.ok()) return facts.status();
  const auto cases = rules::pressing(*facts, today->date, *days, law->calendar());
  if (!cases.ok()) return cases.status();
  if (*csv) return csvReply(rules::pressingCsv(*cases), "overdue");
  JsonWriter writer;
  writer.beginObject().text("on", formatDate(today->date)).beginArray("cases");
  for (const auto& one : *cases) writePressing(writer, one);
  writer.endArray().endObject();
  return jsonReply(writer);
}

Result<Reply> reportDiscipline(const Doors& doors, Request& request) {
  auto parameters =
      Parameters::read(request, {"by", "body", "received_from", "received_to", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  const std::string by = parameters->text("by").empty() ? "body" : parameters->text("by");
  if (!exchange::isDisciplineGroup(by)) {
    return Status::failure("web.bad_parameter", "'by' is body, region, kind, topic or executor",
                           "?by");
  }
  auto from = parameters->instant("received_from");
  if (!from.ok()) return from.status();
  auto to = parameters->instant("received_to");
  if (!to.ok()) return to.status();
  const auto law = doors.service.law();
  const std::string& zone = law->data().default_zone;
  const auto today = toLocal(doors.clock.now(), zone);
  if (!today.ok()) return today.status();
  store::AppealFilter filter;
  filter.received_from = *from;
  filter.received_to = *to;
  filter.body_bin = parameters->text("body");
  const auto rows =
      exchange::disciplineReport(doors.service.store(), *law, filter, by, today->date);
  if (!rows.ok()) return rows.status();
  if (*csv) return csvReply(rules::disciplineCsv(*rows), "discipline");
  JsonWriter writer;
  writer.beginObject().text("on", formatDate(today->date)).text("by", by).beginArray("rows");
  for (const auto& row : *rows) writeDiscipline(writer, row);
  writer.endArray().endObject();
  return jsonReply(writer);
}

Result<Reply> reportCards(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(
      request, {"received_from", "received_to", "body", "purpose", "limit", "after", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  auto from = parameters->instant("received_from");
  if (!from.ok()) return from.status();
  auto to = parameters->instant("received_to");
  if (!to.ok()) return to.status();
  const auto limit = parameters->number("limit", 500, 1, 2000);
  if (!limit.ok()) return limit.status();
  store::AppealFilter filter;
  filter.received_from = *from;
  filter.received_to = *to;
  filter.body_bin = parameters->text("body");
  auto cards = doors.service.cards(filter, parameters->text("after"), *limit,
                                   parameters->text("purpose"), request.caller);
  if (!cards.ok()) return cards.status();
  if (*csv) {
    std::string text;
    auto add = [&text](const auto& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        text += (i ? "," : "") + rules::csvCell(cells[i]);
      }
      text += "\r\n";
    };
    add(exchange::cardColumns());
    for (const auto& row : cards->rows) add(row);
    Reply reply = csvReply(std::move(text), "cards");
    if (!cards->next.empty()) reply.headers.push_back({"X-Next", cards->next});
    return reply;
  }
  JsonWriter writer;
  writer.beginObject().beginArray("columns");
  for (const auto& name : exchange::cardColumns()) writer.text({}, name);
  writer.endArray().beginArray("rows");
  for (const auto& row : cards->rows) {
    writer.beginArray();
    for (const auto& cell : row) writer.text({}, cell);
    writer.endArray();
  }
  writer.endArray().textIf("next", cards->next).endObject();
  return jsonReply(writer);
}

}  // namespace hub::web
