// Agencies, outbox, health, metrics, published documents, and the agencies' own door.
#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>

#include "hub/base/error_catalogue.h"
#include "hub/base/metrics.h"
#include "hub/base/outage_log.h"
#include "hub/exchange/stopped_acts.h"
#include "hub/web/openapi_text.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

using store::OutboxState;
constexpr std::array kOutboxStates = {OutboxState::kPending,   OutboxState::kInFlight,
                                      OutboxState::kRetryWait, OutboxState::kAwaiting,
                                      OutboxState::kDelivered, OutboxState::kRejected,
                                      OutboxState::kDead,      OutboxState::kHeld};
constexpr std::array kInstanceStates = {
    hosting::InstanceState::kNew,      hosting::InstanceState::kStarting,
    hosting::InstanceState::kReady,    hosting::InstanceState::kBusy,
    hosting::InstanceState::kStopping, hosting::InstanceState::kCooling,
    hosting::InstanceState::kOff};

Reply json(JsonWriter& writer) {
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

// What could not be counted has no sample: 0 would say that there is none.
void gauge(const char* name, const char* help, const metrics::Labels& labels,
           const std::optional<std::int64_t>& value) {
  if (value) {
    metrics::set(name, help, labels, static_cast<double>(*value));
  } else {
    metrics::unset(name, help, labels);
  }
}

// The count, or nullopt and a word in the log.
std::optional<std::int64_t> countOr(const char* what, const Result<std::int64_t>& counted) {
  static OutageLog outages("counts");
  outages.report(what, counted.status());
  return counted.ok() ? std::optional(*counted) : std::nullopt;
}

void setOutboxGauges(store::Store& store) {
  static std::mutex mutex;
  static std::set<std::pair<std::string, std::string>> shown;
  auto counts = store.outboxCounts();
  std::lock_guard lock(mutex);
  auto show = [](const std::string& destination, const std::string& state,
                 std::optional<std::int64_t> value) {
    gauge("hub_outbox_messages", "Unfinished and dead messages by destination and state",
          {{"destination", destination}, {"state", state}}, value);
  };
  // The store names only what exists: what was shown before and is gone now is zero.
  const auto gone = counts.ok() ? std::optional<std::int64_t>(0) : std::nullopt;
  for (const auto& [destination, state] : shown) show(destination, state, gone);
  if (!counts.ok()) return;
  for (const auto& row : *counts) {
    shown.emplace(row.destination, row.state);
    show(row.destination, row.state, row.count);
  }
}

std::optional<std::int64_t> zeroIfKnown(
    const std::vector<exchange::AgencyStatus>& agencies,
    std::optional<std::int64_t> exchange::AgencyStatus::*count) {
  const bool known = !agencies.empty() && agencies.front().*count;
  return known ? std::optional<std::int64_t>(0) : std::nullopt;
}

void setAgencyGauges(const std::vector<exchange::AgencyStatus>& agencies) {
  static std::mutex mutex;
  static std::set<std::string> shown;
  const std::lock_guard lock(mutex);
  auto waits = [](const exchange::AgencyStatus& agency) {
    const metrics::Labels labels{{"alias", agency.alias}};
    gauge("hub_agency_rejected",
          "Refused deliveries whose appeals are at the reception desk, or open", labels,
          agency.rejected);
    gauge("hub_agency_quarantined", "Kept messages that wait for a person", labels,
          agency.quarantined);
    gauge("hub_agency_unsigned", "Kept pushes that nobody signed", labels, agency.nobodys);
  };
  // One that is not configured is told of as long as something waits for it; what is gone now is zero.
  auto gone = shown;
  for (const auto& agency : agencies) gone.erase(agency.alias);
  for (const auto& alias : gone) {
    exchange::AgencyStatus none;
    none.alias = alias;
    // What could not be counted of one could not be counted of any.
    none.rejected = zeroIfKnown(agencies, &exchange::AgencyStatus::rejected);
    none.quarantined = zeroIfKnown(agencies, &exchange::AgencyStatus::quarantined);
    none.nobodys = zeroIfKnown(agencies, &exchange::AgencyStatus::nobodys);
    waits(none);
  }
  for (const auto& agency : agencies) {
    shown.insert(agency.alias);
    waits(agency);
    if (!agency.configured) continue;
    for (const auto state : kInstanceStates) {
      metrics::set("hub_adapter_state", "1 for the state the adapter is in",
                   {{"alias", agency.alias}, {"state", std::string(hosting::toString(state))}},
                   agency.instance.state == state ? 1 : 0);
    }
    metrics::set("hub_adapter_restarts", "Restarts of the adapter since the hub started",
                 {{"alias", agency.alias}}, agency.instance.restarts);
    gauge("hub_agency_overdue", "Deliveries that wait for the final answer beyond their time",
          {{"alias", agency.alias}}, agency.overdue);
    metrics::set("hub_agency_breaker_open", "1 while the circuit breaker holds calls back",
                 {{"alias", agency.alias}}, agency.breaker == "closed" ? 0 : 1);
    metrics::set("hub_agency_collect_breaker_open",
                 "1 while the circuit breaker holds collecting back", {{"alias", agency.alias}},
                 agency.collect_breaker.empty() || agency.collect_breaker == "closed" ? 0 : 1);
  }
}

// What stands still until a person does something alarms here, as what is overdue at an agency does. It reads the
// cases of every stopped act, so scrapers that come more often get the last count again.
void setStoppedGauges(const Doors& doors) {
  constexpr std::chrono::minutes kPause(1);
  const std::unique_lock counting(doors.gauges->mutex, std::try_to_lock);
  if (!counting) return;
  auto& counted = doors.gauges->stopped_acts;
  const Instant now = doors.clock.now();
  if (counted && now >= *counted && now - *counted < kPause) return;
  const auto law = doors.service.law();
  const auto today = toLocal(now, law->data().default_zone);
  if (!today.ok()) return;
  const auto rows = exchange::stoppedActs(doors.service.store(), *law, today->date);
  std::optional<std::int64_t> acts, need_person;
  if (rows.ok()) {
    counted = now;
    const auto count = exchange::countActs(*rows);
    acts = count.acts;
    need_person = count.need_person;
  }
  gauge("hub_stopped_acts", "Acts the execution of which a complaint stops", {}, acts);
  gauge("hub_stopped_acts_need_person",
        "Stopped acts that go on, or end, only when a person does something", {}, need_person);
}

constexpr std::string_view kAtDesk = "awaiting_routing";

bool isBound(const exchange::Caller& caller) {
  return !caller.admin && (!caller.source_system.empty() || !caller.body.empty());
}

// Row ids and states are for clients that may see every source system.
Status refuseBoundClient(const Request& request) {
  if (!isBound(request.caller)) return {};
  return Status::failure("web.forbidden", "this shows more than one source system or body");
}

}  // namespace

std::string nearestNames(const std::string& typed, std::vector<std::string> known) {
  constexpr std::size_t kNamesMax = 5;
  std::string list;
  for (const auto& one : nearestTo(typed, std::move(known), kNamesMax)) {
    (list += list.empty() ? "" : ", ") += one;
  }
  return list.empty() ? "-" : list;
}

Status knowsAlias(const Doors& doors, const std::string& name, const std::string& alias) {
  std::set<std::string> known;
  for (const auto& agency : doors.service.agencies()) known.insert(agency.alias);
  const auto law = doors.service.law();
  for (const auto& body : law->data().bodies) {
    if (!body.alias.empty()) known.insert(body.alias);
  }
  if (known.contains(alias)) return {};
  return Status::failure("web.bad_parameter",
                         "no agency of this alias is known; the nearest are " +
                             nearestNames(alias, {known.begin(), known.end()}),
                         "?" + name);
}

Result<Reply> listAgencies(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  const bool whole = !isBound(request.caller);
  JsonWriter writer;
  writer.beginObject().beginArray("agencies");
  for (const auto& agency : doors.service.agencies()) {
    // One that is not configured is known by what waits for it alone.
    if (!whole && !agency.configured) continue;
    writer.beginObject();
    writeAgency(writer, agency, request.language, whole, request.caller.admin);
    writer.endObject();
  }
  if (!whole) {
    writer.endArray().endObject();
    return json(writer);
  }
  auto at_desk = doors.service.store().appealsIn(kAtDesk);
  writer.endArray().numberOrNull("desk", countOr("desk", at_desk));
  if (!at_desk.ok()) writer.text("not_counted", at_desk.error().code);
  writer.endObject();
  return json(writer);
}

Result<Reply> probeAgency(const Doors& doors, Request& request) {
  auto answer = doors.service.probe(request.path.at("alias"));
  if (!answer.ok()) return answer.status();
  JsonWriter writer;
  writer.beginObject()
      .text("alias", request.path.at("alias"))
      .text("outcome", outcomeName(static_cast<int>(answer->outcome)))
      .textIf("code", answer->code)
      .textIf("text", answer->text);
  if (!answer->result_json.empty() && isJson(answer->result_json)) {
    writer.raw("details", answer->result_json);
  }
  writer.endObject();
  return json(writer);
}

Result<Reply> getCursors(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  const auto& alias = request.path.at("alias");
  auto found = doors.service.cursors(alias, request.caller);
  if (!found.ok()) return found.status();
  JsonWriter writer;
  writer.beginObject().text("alias", alias).textIf("adapter", found->adapter).beginArray("cursors");
  for (const auto& row : found->rows) {
    const bool used =
        !found->adapter.empty() && (row.adapter.empty() || row.adapter == found->adapter);
    writer.beginObject()
        .textIf("adapter", row.adapter)
        .instantIf("at", row.at)
        .number("bytes", static_cast<std::int64_t>(row.cursor.size()))
        .flag("used", used)
        .text("cursor", row.cursor)
        .endObject();
  }
  writer.endArray().endObject();
  auto reply = json(writer);
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Result<Reply> resetCursors(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  const auto& alias = request.path.at("alias");
  auto forgotten = doors.service.resetCursors(alias, request.caller);
  if (!forgotten.ok()) return forgotten.status();
  JsonWriter writer;
  writer.beginObject().text("alias", alias).number("forgotten", *forgotten).endObject();
  return json(writer);
}

Result<Reply> listOutbox(const Doors& doors, Request& request) {
  if (auto status = refuseBoundClient(request); !status.ok()) return status;
  auto parameters = Parameters::read(request, {"destination", "state", "limit", "after"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 1000);
  if (!limit.ok()) return limit.status();
  auto before = parameters->before();
  if (!before.ok()) return before.status();
  store::OutboxFilter filter{parameters->text("destination")};
  if (parameters->has("state")) {
    const std::string wanted = parameters->text("state");
    auto it = std::find_if(kOutboxStates.begin(), kOutboxStates.end(),
                           [&](OutboxState s) { return store::toString(s) == wanted; });
    if (it == kOutboxStates.end()) {
      std::string list;
      for (auto s : kOutboxStates) (list += list.empty() ? "" : ", ") += store::toString(s);
      return Status::failure("web.bad_parameter", "one of " + list, "?state");
    }
    filter.state = *it;
  }
  auto& store = doors.service.store();
  auto rows = store.outboxPage(filter, *before, *limit);
  if (!rows.ok()) return rows.status();
  if (rows->empty() && !filter.destination.empty()) {
    auto any = store.outboxPage({filter.destination}, 0, 1);
    if (!any.ok()) return any.status();
    auto known = any->empty() ? knowsAlias(doors, "destination", filter.destination) : Status();
    if (!known.ok()) return known;
  }
  JsonWriter writer;
  writer.beginObject().beginArray("outbox");
  for (const auto& row : *rows) {
    writer.beginObject();
    writeOutbox(writer, row);
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

Result<Reply> retryOutbox(const Doors& doors, Request& request) {
  auto id = rowIdOf(request);
  if (!id.ok()) return id.status();
  if (auto status = doors.service.retry(*id, request.caller); !status.ok()) return status;
  JsonWriter writer;
  writer.beginObject().number("id", *id).text("state", store::toString(OutboxState::kPending));
  writer.endObject();
  Reply reply = json(writer);
  reply.status = 202;
  return reply;
}

Result<Reply> agencyPush(const Doors& doors, Request& request) {
  auto body = request.body->readAll(doors.limits.body_bytes_max);
  if (!body.ok()) return body.status();
  std::string target = request.rest;
  if (const auto mark = request.target.find('?'); mark != std::string::npos) {
    target += request.target.substr(mark);
  }
  auto answer = doors.service.agencyPush(request.path.at("alias"), request.method, target,
                                         request.headers, *body);
  if (!answer.ok()) return answer.status();
  if (!answer->content_type.empty() && !isMediaType(answer->content_type)) {
    return Status::failure("web.bad_agency_answer", "the adapter's media type is malformed");
  }
  Reply reply;
  reply.status = answer->status;
  reply.type = answer->content_type;
  reply.body = std::move(answer->body);
  reply.headers = std::move(answer->headers);
  return reply;
}

Result<Reply> getHealth(const Doors&, Request&) {
  Reply reply;
  reply.body = R"({"status":"alive"})";
  return reply;
}

Result<Reply> getReady(const Doors& doors, Request&) {
  if (auto status = doors.service.ready(); !status.ok()) return status;
  Reply reply;
  reply.body = R"({"status":"ready"})";
  return reply;
}

Result<Reply> getMetrics(const Doors& doors, Request&) {
  setOutboxGauges(doors.service.store());
  setAgencyGauges(doors.service.agencies());
  setStoppedGauges(doors);
  metrics::set("hub_appeals", "Appeals in the store", {},
               static_cast<double>(doors.service.store().appealCount()));
  auto& store = doors.service.store();
  gauge("hub_appeals_at_desk", "Appeals that wait for a person to direct them", {},
        countOr("desk", store.appealsIn(kAtDesk)));
  gauge("hub_sms_notices_waiting", "Notices by SMS that are still to be sent", {},
        countOr("sms", store.waitingNotices()));
  metrics::set("hub_ready", "1 while intake is open", {}, doors.service.ready().ok() ? 1 : 0);
  Reply reply;
  reply.type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = metrics::render();
  return reply;
}

Result<Reply> getOpenApi(const Doors&, Request&) {
  Reply reply;
  reply.type = "application/yaml; charset=utf-8";
  reply.body = kOpenApiText;
  return reply;
}

Result<Reply> getErrors(const Doors&, Request&) {
  JsonWriter writer;
  writer.beginObject().beginArray("errors");
  for (const auto& entry : errorCatalogue()) {
    writer.beginObject()
        .text("code", entry.code)
        .number("status", entry.http_status)
        .text("en", entry.en)
        .text("ru", entry.ru)
        .text("kk", entry.kk)
        .text("remedy", entry.remedy_en)
        .text("remedy_ru", entry.remedy_ru)
        .text("remedy_kk", entry.remedy_kk)
        .endObject();
  }
  writer.endArray().endObject();
  Reply reply;
  reply.body = writer.take();
  return reply;
}

}  // namespace hub::web
