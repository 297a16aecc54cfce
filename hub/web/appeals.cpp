// POST and GET of appeals, their events and receipts.
#include <algorithm>

#include "hub/base/text.h"
#include "hub/exchange/event_notes.h"
#include "hub/exchange/forwarder.h"
#include "hub/exchange/likeness.h"
#include "hub/exchange/sending_on.h"
#include "hub/model/charset.h"
#include "hub/web/parameters.h"
#include "hub/web/refusal_names.h"
#include "hub/web/render.h"
#include "hub/web/report_parts.h"
#include "hub/web/router.h"
#include "hub/web/shown_evidence.h"

namespace hub::web {

namespace {

bool isOfSource(const exchange::Caller& caller, const store::AppealRow& row) {
  return caller.admin || caller.source_system.empty() || row.source_system == caller.source_system;
}

bool maySee(const exchange::Caller& caller, const store::AppealRow& row) {
  return isOfSource(caller, row) && (caller.body.empty() || row.body_bin == caller.body);
}

}  // namespace

Result<store::AppealRow> findFor(const Doors& doors, const Request& request) {
  auto row = doors.service.find(request.path.at("id"));
  if (row.ok() && !maySee(request.caller, *row)) {
    return Status::failure("store.not_found", "no such appeal");
  }
  return row;
}

Result<store::AppealRow> findForNotice(const Doors& doors, const Request& request,
                                       bool& owes_only) {
  owes_only = false;
  auto row = doors.service.find(request.path.at("id"));
  if (!row.ok() || maySee(request.caller, *row)) return row;
  const auto hidden = Status::failure("store.not_found", "no such appeal");
  if (request.caller.body.empty() || !isOfSource(request.caller, *row)) return hidden;
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  const auto owes = exchange::owesForwardNotice(doors.service.store(), *law, today->date, *row,
                                                request.caller.body);
  if (!owes.ok()) return owes.status();
  owes_only = *owes;
  return *owes ? row : hidden;
}

Status narrowTo(const exchange::Caller& caller, std::string& source_system, std::string& body) {
  if (!caller.admin && !caller.source_system.empty()) {
    if (!source_system.empty() && source_system != caller.source_system) {
      return Status::failure("web.forbidden", "another source system's appeals", "?source_system");
    }
    source_system = caller.source_system;
  }
  if (!caller.body.empty()) {
    if (!body.empty() && body != caller.body) {
      return Status::failure("web.forbidden", "another body's appeals", "?body");
    }
    body = caller.body;
  }
  return {};
}

namespace {

Reply json(JsonWriter& writer, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Status writeClocks(const Doors& doors, const Request& request,
                   const std::vector<store::ClockRow>& clocks, JsonWriter& writer) {
  auto explanations = doors.service.explain(clocks);
  if (!explanations.ok()) return explanations.status();
  writer.beginArray("clocks");
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    writer.beginObject();
    writeClock(writer, clocks[i], (*explanations)[i].in(request.language));
    writer.endObject();
  }
  writer.endArray();
  return {};
}

Status writeDestinations(const Doors& doors, store::RowId appeal, JsonWriter& writer) {
  auto rows = doors.service.store().outboxOf(appeal);
  if (!rows.ok()) return rows.status();
  writer.beginArray("destinations");
  for (const auto& row : *rows) {
    auto attempts = doors.service.store().attempts(row.id);
    if (!attempts.ok()) return attempts.status();
    writer.beginObject();
    writeOutbox(writer, row);
    writer.beginArray("tries");
    for (const auto& attempt : *attempts) {
      writer.beginObject();
      writeAttempt(writer, attempt);
      writer.endObject();
    }
    writer.endArray().endObject();
  }
  writer.endArray();
  auto ids = doors.service.store().externalIds(appeal);
  if (!ids.ok()) return ids.status();
  writer.beginArray("external_ids");
  for (const auto& [system, id] : *ids) {
    writer.beginObject().text("system", system).text("id", id).endObject();
  }
  writer.endArray();
  return {};
}

// Kept messages that are about the appeal and wait for a person.
Status writeQuarantined(const Doors& doors, store::RowId appeal, JsonWriter& writer) {
  constexpr int kShownMax = 20;
  auto rows = doors.service.store().quarantineOf(appeal, kShownMax);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return {};
  writer.beginArray("quarantined");
  for (const auto& row : *rows) {
    writer.beginObject()
        .number("id", row.id)
        .text("party", row.party)
        .instant("at", row.at)
        .text("code", row.code)
        .textIf("kind", row.kind)
        .text("state", row.state)
        .endObject();
  }
  writer.endArray();
  return {};
}

}  // namespace

Result<Reply> postAppeal(const Doors& doors, Request& request) {
  if (auto ready = doors.service.ready(); !ready.ok()) return ready;
  auto media = checkMediaType(request, {"application/json", "application/xml", "text/xml"});
  if (!media.ok()) return media.status();
  auto document = request.body->readAll(doors.limits.body_bytes_max);
  if (!document.ok()) return document.status();
  if (document->empty()) return Status::failure("web.body_empty", "no document was sent");
  if (auto utf8 = model::checkUtf8(*document, "the body is not UTF-8"); !utf8.ok()) return utf8;
  const auto form = *media == "application/json" ? exchange::Form::kJson : exchange::Form::kXml;
  auto submitted = doors.service.submit(*document, form, request.caller);
  if (!submitted.ok()) return submitted.status();
  Reply reply;
  reply.status = submitted->created ? 201 : 200;
  reply.body = renderReceipt(submitted->receipt, submitted->unknown);
  reply.headers.push_back({"Location", "/v1/appeals/" + submitted->receipt.appeal.hub_id});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> getAppeal(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"content"});
  if (!parameters.ok()) return parameters.status();
  auto with_content = parameters->number("content", 0, 0, 1);
  if (!with_content.ok()) return with_content.status();
  const auto one_state = doors.service.store().snapshot();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto clocks = doors.service.store().clocks(row->id);
  if (!clocks.ok()) return clocks.status();
  JsonWriter writer;
  writer.beginObject();
  writeAppeal(writer, *row);
  auto duplicate_of = exchange::duplicateOf(doors.service.store(), row->id);
  if (!duplicate_of.ok()) return duplicate_of.status();
  if (!duplicate_of->empty()) {
    const auto first = doors.service.find(*duplicate_of);
    if (first.ok() && maySee(request.caller, *first)) writer.text("duplicate_of", *duplicate_of);
  }
  if (auto status = writeClocks(doors, request, *clocks, writer); !status.ok()) return status;
  if (auto status = writeDestinations(doors, row->id, writer); !status.ok()) return status;
  if (request.caller.admin) {
    if (auto status = writeQuarantined(doors, row->id, writer); !status.ok()) return status;
  }
  auto decision = doors.service.decisionJson(row->id, *with_content == 1);
  if (!decision.ok()) return decision.status();
  if (!decision->empty()) {
    writer.raw("decision", *decision);
    auto events = doors.service.store().events(row->id);
    if (!events.ok()) return events.status();
    auto decided = std::find_if(events->rbegin(), events->rend(), [](const auto& event) {
      return event.type == "decided" || event.type == "decision_corrected" ||
             event.reason == exchange::kSendToHigher;
    });
    if (decided != events->rend()) {
      writer.textIf("decision_evidence",
                    *with_content == 1 ? decided->evidence : shownEvidence(decided->evidence));
    }
  }
  if (*with_content == 1) {
    auto content = doors.service.appealJson(row->id);
    if (!content.ok()) return content.status();
    writer.raw("appeal", *content);
  }
  writer.endObject();
  Reply reply = json(writer);
  reply.headers.push_back({"Content-Language", request.language});
  return reply;
}

Result<Reply> listAppeals(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(
      request, {"state", "kind", "language", "destination", "body", "source_system",
                "received_from", "received_to", "due_to", "limit", "after"});
  if (!parameters.ok()) return parameters.status();
  store::AppealFilter filter;
  auto state = parameters->word("state", model::codes::kState);
  if (!state.ok()) return state.status();
  auto kind = parameters->word("kind", model::codes::kKind);
  if (!kind.ok()) return kind.status();
  auto language = parameters->word("language", model::codes::kLanguage);
  if (!language.ok()) return language.status();
  filter.state = *state;
  filter.kind = *kind;
  filter.language = *language;
  filter.destination = parameters->text("destination");
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  auto body = binOf(doors, *law, parameters->text("body"), today->date);
  if (!body.ok()) return body.status();
  filter.body_bin = std::move(*body);
  filter.source_system = parameters->text("source_system");
  auto from = parameters->instant("received_from");
  if (!from.ok()) return from.status();
  auto to = parameters->instant("received_to");
  if (!to.ok()) return to.status();
  auto due = parameters->date("due_to");
  if (!due.ok()) return due.status();
  auto limit = parameters->number("limit", 50, 1, 500);
  if (!limit.ok()) return limit.status();
  filter.received_from = *from;
  filter.received_to = *to;
  filter.due_to = *due;
  auto narrowed = narrowTo(request.caller, filter.source_system, filter.body_bin);
  if (!narrowed.ok()) return narrowed;
  auto page = doors.service.store().listAppeals(filter, parameters->text("after"), *limit);
  if (!page.ok()) return page.status();
  if (page->rows.empty() && page->next.empty() && !filter.destination.empty()) {
    store::AppealFilter once;
    once.destination = filter.destination;
    auto any = doors.service.store().listAppeals(once, "", 1);
    if (!any.ok()) return any.status();
    const bool there = !any->rows.empty() || !any->next.empty();
    auto known = there ? Status() : knowsAlias(doors, "destination", filter.destination);
    if (!known.ok()) return known;
  }
  JsonWriter writer;
  writer.beginObject().beginArray("appeals");
  for (const auto& row : page->rows) {
    writer.beginObject();
    writeAppeal(writer, row);
    writer.endObject();
  }
  writer.endArray().textIf("next", page->next).endObject();
  return json(writer);
}

Result<Reply> getEvents(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"content"});
  if (!parameters.ok()) return parameters.status();
  auto with_content = parameters->number("content", 0, 0, 1);
  if (!with_content.ok()) return with_content.status();
  const auto one_state = doors.service.store().snapshot();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto events = doors.service.store().events(row->id);
  if (!events.ok()) return events.status();
  auto notes = exchange::eventNotes(doors.service.store(), row->id, *events, doors.limits);
  if (!notes.ok()) return notes.status();
  JsonWriter writer;
  writer.beginObject().text("hub_id", row->hub_id).textIf("reg_number", row->reg_number);
  writer.beginArray("events");
  for (std::size_t i = 0; i < events->size(); ++i) {
    const auto& note = (*notes)[i];
    writer.beginObject();
    writeEvent(writer, (*events)[i], request.language, *with_content == 1);
    writer.textIf("note", *with_content == 1 ? note : exchange::shownNote(note));
    writer.endObject();
  }
  writer.endArray().endObject();
  Reply reply = json(writer);
  reply.headers.push_back({"Content-Language", request.language});
  return reply;
}

Result<Reply> getReceipt(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto receipt = doors.service.receipt(row->hub_id);
  if (!receipt.ok()) return receipt.status();
  Reply reply;
  reply.body = renderReceipt(*receipt);
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> routeAppeal(const Doors& doors, Request& request) {
  constexpr std::size_t kOrderBytesMax = 8192;
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kOrderBytesMax);
  if (!body.ok()) return body.status();
  auto order = parseStrings(*body, {"body", "reason"}, {"received"});
  if (!order.ok()) return order.status();
  const auto& received = (*order)["received"];
  if (!received.empty() && received != "no") {
    return Status::failure("web.bad_json", "no, or left out", "/received");
  }
  auto routed = doors.service.route(request.path.at("id"), order->at("body"), order->at("reason"),
                                    request.caller, received == "no");
  if (!routed.ok()) return refusal(routed.status(), request, *doors.service.law());
  JsonWriter writer;
  writer.beginObject();
  writeAppeal(writer, routed->appeal);
  writer
      .text("body_name",
            inLanguage(request.language, routed->name_kk, routed->name_ru, routed->name_en))
      .number("outbox", routed->outbox)
      .text("message_id", routed->message_id)
      .endObject();
  return json(writer);
}

Result<Reply> notifiedAppeal(const Doors& doors, Request& request) {
  constexpr std::size_t kReportBytesMax = 4096;
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kReportBytesMax);
  if (!body.ok()) return body.status();
  auto report = parseStrings(*body, {"at", "channel"}, {"of", "occasion"});
  if (!report.ok()) return report.status();
  bool owes_only = false;
  auto row = findForNotice(doors, request, owes_only);
  if (!row.ok()) return row.status();
  if (owes_only && (*report)["of"] != "forwarding") {
    return Status::failure("store.not_found", "no such appeal");
  }
  auto told = doors.service.notified(row->hub_id, report->at("at"), report->at("channel"),
                                     request.caller, (*report)["of"], (*report)["occasion"]);
  if (!told.ok()) return told.status();
  JsonWriter writer;
  auto met = told->others;
  met.push_back(told->clock);
  auto explanations = doors.service.explain(met);
  if (!explanations.ok()) return explanations.status();
  writer.beginObject()
      .text("hub_id", told->appeal.hub_id)
      .textIf("reg_number", told->appeal.reg_number)
      .instant("at", told->at)
      .text("channel", told->channel)
      .beginObject("clock");
  writeClock(writer, told->clock, explanations->back().in(request.language));
  writer.endObject();
  if (met.size() > 1) {
    writer.beginArray("clocks");
    for (std::size_t i = 0; i < met.size(); ++i) {
      writer.beginObject();
      writeClock(writer, met[i], (*explanations)[i].in(request.language));
      writer.endObject();
    }
    writer.endArray();
  }
  writer.endObject();
  return json(writer);
}

}  // namespace hub::web
