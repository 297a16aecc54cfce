// The report of stopped acts: what complaints keep from being executed. For administrators; metadata only.
#include "hub/exchange/stopped_acts.h"
#include "hub/web/report_parts.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

void writeStopped(JsonWriter& writer, const exchange::StoppedAct& act, const Request& request) {
  const auto& appeal = act.appeal;
  writer.beginObject()
      .text("hub_id", appeal.hub_id)
      .textIf("reg_number", appeal.reg_number)
      .text("kind", appeal.kind)
      .textIf("topic", appeal.topic)
      .textIf("body", appeal.destination.empty() ? appeal.body_bin : appeal.destination)
      .textIf("kato", appeal.kato)
      .textIf("executor", appeal.executor)
      .text("state", appeal.state)
      .instant("stopped_since", act.since)
      .text("complaint", act.complaint)
      .textIf("complaint_hub_id", act.complaint_hub_id)
      .textIf("complaint_state", act.complaint_state)
      .instant("complaint_since", act.complaint_since)
      .textIf("complaint_due", act.due ? formatDate(*act.due) : std::string());
  if (act.due) writer.flag("due_reckoned", act.due_reckoned);
  writer.textIf("beside", act.beside)
      .textIf("problem", act.problem)
      .flag("needs_person", act.needsPerson())
      .textIf("what_to_do", whatToDo(act).in(request.language))
      .endObject();
}

}  // namespace

Result<Reply> reportStopped(const Doors& doors, Request& request) {
  auto parameters =
      Parameters::read(request, {"body", "executor", "region", "needs_person", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  const auto only = parameters->text("needs_person");
  if (!only.empty() && only != "true" && only != "false") {
    return Status::failure("web.bad_parameter", "'needs_person' is true or false", "?needs_person");
  }
  const auto law = doors.service.law();
  const auto& zone = law->data().default_zone;
  const auto today = toLocal(doors.clock.now(), zone);
  if (!today.ok()) return today.status();
  const auto limits = limitsOf(doors, *parameters, *law, today->date);
  if (!limits.ok()) return limits.status();
  auto rows = exchange::stoppedActs(
      doors.service.store(), *law, today->date,
      [&](const store::AppealRow& row) { return limits->takes(row, *law, today->date); });
  if (!rows.ok()) return rows.status();
  if (!only.empty()) {
    std::erase_if(*rows, [&](const auto& row) { return row.needsPerson() != (only == "true"); });
  }
  if (*csv) return csvReply(exchange::stoppedCsv(*rows, zone, request.language), "stopped");
  const auto count = exchange::countActs(*rows);
  JsonWriter writer;
  writer.beginObject()
      .text("on", formatDate(today->date))
      .number("acts", static_cast<std::int64_t>(count.acts))
      .number("need_person", static_cast<std::int64_t>(count.need_person))
      .beginArray("stopped");
  for (const auto& row : *rows) writeStopped(writer, row, request);
  writer.endArray().endObject();
  return jsonReply(writer);
}

}  // namespace hub::web
