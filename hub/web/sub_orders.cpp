// Sub-orders of a case to other bodies: what was asked, the steps of each, and what bodies owe. For clerks: the
// applicant reads in the events that another body was asked, not what.
#include <algorithm>
#include <charconv>

#include "hub/rules/procedure.h"
#include "hub/web/parameters.h"
#include "hub/web/refusal_names.h"
#include "hub/web/render.h"
#include "hub/web/report_parts.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

const std::string& spoken(const Request& request, const rules::LocalText& text) {
  return inLanguage(request.language, text.kk, text.ru, text.en);
}

void writeWords(JsonWriter& writer, std::string_view name, const std::vector<std::string>& words) {
  if (words.empty()) return;
  writer.beginArray(name);
  for (const auto& word : words) writer.text({}, word);
  writer.endArray();
}

void writeSteps(JsonWriter& writer, const Request& request,
                const std::vector<exchange::SubOrderChoice>& steps) {
  writer.beginArray("steps");
  for (const auto& step : steps) {
    writer.beginObject().text("action", step.action).text("name", spoken(request, step.label));
    writeWords(writer, "by", step.by);
    writeWords(writer, "needs", step.needs);
    writeWords(writer, "may", step.may);
    writer.endObject();
  }
  writer.endArray();
}

// The members of an open object.
void writeSubOrder(JsonWriter& writer, const Request& request, const exchange::SubOrderView& view) {
  const auto& row = view.row;
  writer.number("number", row.number)
      .text("kind", row.kind)
      .textIf("kind_name", spoken(request, view.kind))
      .text("state", row.state)
      .textIf("state_name", spoken(request, view.state))
      .flag("open", row.open)
      .text("body", row.body)
      .text("body_name", spoken(request, view.body))
      .text("target", row.target)
      .text("target_name", spoken(request, view.target));
  if (row.follows > 0) writer.number("of", row.follows);
  writer.text("text", row.text).text("due_date", row.due_date).flag("late", view.late);
  writer.textIf("source_id", row.source_id)
      .instantIf("sent_at", row.sent_at)
      .flag("missed", row.missed)
      .textIf("answer", row.answer)
      .instantIf("answered_at", row.answered_at)
      .textIf("reason", row.reason)
      .text("created_by", row.created_by)
      .instant("created_at", row.created_at)
      .instant("state_since", row.state_since);
}

Reply answer(JsonWriter& writer, const Request& request, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  reply.headers.push_back({"Content-Language", request.language});
  return reply;
}

Status requireClerk(const exchange::Caller& caller) {
  const bool clerk = std::any_of(caller.roles.begin(), caller.roles.end(),
                                 [](const auto& role) { return role != "applicant"; });
  return clerk ? Status() : Status::failure("web.forbidden", "this is for clerks of the body");
}

// A state that no open one can have would read as good news.
Status checkOpenState(const rules::LawBook& law, const std::string& state) {
  const auto* procedure = law.data().procedure.get();
  if (state.empty() || procedure == nullptr || !procedure->data().sub_orders) return {};
  const auto& rules = *procedure->data().sub_orders;
  const auto& ends = rules.final_states;
  std::string list;
  for (const auto& [code, label] : rules.states) {
    if (std::find(ends.begin(), ends.end(), code) != ends.end()) continue;
    if (code == state) return {};
    (list += list.empty() ? "" : ", ") += code;
  }
  return Status::failure("web.bad_parameter", "one of " + list, "?state");
}

bool isOfSource(const exchange::Caller& caller, const store::AppealRow& row) {
  return caller.admin || caller.source_system.empty() || row.source_system == caller.source_system;
}

// A page of those that the caller's source system may see. A client that may see few of them gets an answer, and a place
// to go on from, all the same.
Result<exchange::SubOrderPage> openFor(const Doors& doors, const exchange::Caller& caller,
                                       const store::SubOrderFilter& filter, std::string after,
                                       int limit) {
  constexpr int kReadMax = 1000;
  if (caller.admin || caller.source_system.empty()) {
    return doors.service.openSubOrders(filter, after, limit);
  }
  exchange::SubOrderPage shown;
  for (int read = 0; read < kReadMax;) {
    const int room = limit - static_cast<int>(shown.orders.size());
    auto page = doors.service.openSubOrders(filter, after, room);
    if (!page.ok()) return page;
    read += std::max(1, static_cast<int>(page->orders.size()));
    for (auto& view : page->orders) {
      auto row = doors.service.store().appeal(view.row.appeal);
      if (!row.ok()) return row.status();
      if (isOfSource(caller, *row)) shown.orders.push_back(std::move(view));
    }
    after = shown.next = std::move(page->next);
    if (after.empty() || static_cast<int>(shown.orders.size()) >= limit) break;
  }
  return shown;
}

// Not only those who see the appeal: the body asked sees what it was asked, the service looks after that.
Result<store::AppealRow> appealFor(const Doors& doors, const Request& request) {
  if (auto s = requireClerk(request.caller); !s.ok()) return s;
  const auto& caller = request.caller;
  auto row = doors.service.find(request.path.at("id"));
  if (!row.ok()) return row;
  if (!isOfSource(caller, *row)) return Status::failure("store.not_found", "no such appeal");
  return row;
}

Result<std::int64_t> numberOf(const std::string& text, const char* field) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stop == end && value > 0) return value;
  return Status::failure("exchange.bad_input", "the number of a sub-order of the case", field);
}

Result<exchange::SubOrderOrder> orderOf(const Doors& doors, Request& request, bool creates) {
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(doors.limits.body_bytes_max);
  if (!body.ok()) return body.status();
  auto said =
      creates ? parseStrings(*body, {"source_id"}, {"role", "kind", "body", "text", "day", "of"})
              : parseStrings(*body, {"action"}, {"role", "text", "day", "answer", "reason"});
  if (!said.ok()) return said.status();
  auto& m = *said;
  exchange::SubOrderOrder order;
  if (!creates) order.action = m["action"];
  order.role = m["role"];
  order.kind = m["kind"];
  order.body = m["body"];
  order.text = m["text"];
  order.day = m["day"];
  order.answer = m["answer"];
  order.reason = m["reason"];
  order.source_id = m["source_id"];
  if (!m["of"].empty()) {
    auto of = numberOf(m["of"], "/of");
    if (!of.ok()) return of.status();
    order.of = *of;
  }
  return order;
}

Result<Reply> take(const Doors& doors, Request& request, std::int64_t number) {
  auto row = appealFor(doors, request);
  if (!row.ok()) return row.status();
  auto order = orderOf(doors, request, number == 0);
  if (!order.ok()) return order.status();
  auto done = doors.service.actOnSubOrder(row->hub_id, number, *order, request.caller);
  if (!done.ok()) return refusal(done.status(), request, *doors.service.law());
  const auto& view = done->orders.front();
  JsonWriter writer;
  writer.beginObject().text("hub_id", view.hub_id).textIf("reg_number", view.reg_number);
  writeSubOrder(writer, request, view);
  writeSteps(writer, request, view.steps);
  writer.endObject();
  return answer(writer, request, done->made ? 201 : 200);
}

}  // namespace

Result<Reply> listSubOrders(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto row = appealFor(doors, request);
  if (!row.ok()) return row.status();
  auto list = doors.service.subOrders(row->hub_id, request.caller);
  if (!list.ok()) return list.status();
  JsonWriter writer;
  writer.beginObject()
      .text("hub_id", list->appeal.hub_id)
      .textIf("reg_number", list->appeal.reg_number)
      .text("case_state", list->appeal.state)
      .textIf("confidence", list->low_confidence ? "low" : "");
  writer.beginArray("sub_orders");
  for (const auto& view : list->orders) {
    writer.beginObject();
    writeSubOrder(writer, request, view);
    writeSteps(writer, request, view.steps);
    writer.endObject();
  }
  writer.endArray();
  // What may be asked anew, and by whom.
  writer.beginArray("kinds");
  for (const auto& [kind, label] : list->kinds) {
    writer.beginObject().text("kind", kind).text("name", spoken(request, label)).endObject();
  }
  writer.endArray();
  writeSteps(writer, request, list->steps);
  writer.endObject();
  return answer(writer, request);
}

Result<Reply> createSubOrder(const Doors& doors, Request& request) {
  return take(doors, request, 0);
}

Result<Reply> actOnSubOrder(const Doors& doors, Request& request) {
  auto number = numberOf(request.path.at("number"), "{number}");
  if (!number.ok()) return Status::failure("store.not_found", "the appeal has no such sub-order");
  return take(doors, request, *number);
}

Result<Reply> listOpenSubOrders(const Doors& doors, Request& request) {
  auto parameters =
      Parameters::read(request, {"body", "target", "state", "due_to", "limit", "after"});
  if (!parameters.ok()) return parameters.status();
  auto limit = parameters->number("limit", 100, 1, 500);
  if (!limit.ok()) return limit.status();
  auto due_to = parameters->date("due_to");
  if (!due_to.ok()) return due_to.status();
  const auto& caller = request.caller;
  if (auto s = requireClerk(caller); !s.ok()) return s;
  store::SubOrderFilter filter;
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  for (auto [name, bin] : {std::pair{"body", &filter.body}, std::pair{"target", &filter.target}}) {
    auto known = binOf(doors, *law, parameters->text(name), today->date);
    if (!known.ok()) {
      Error error = known.status().error();
      error.field = std::string("?") + name;
      return Status(std::move(error));
    }
    *bin = std::move(*known);
  }
  filter.state = parameters->text("state");
  if (auto s = checkOpenState(*law, filter.state); !s.ok()) return s;
  filter.due_to = *due_to;
  // A body's client sees what that body asked, or was asked; another one what all did, if it is an administrator's.
  if (caller.body.empty() && !caller.admin) {
    return Status::failure("web.forbidden", "this is for clerks of the body");
  }
  if (!caller.body.empty() && filter.body.empty() && filter.target.empty()) {
    filter.target = caller.body;
  }
  if (!caller.body.empty() && filter.body != caller.body && filter.target != caller.body) {
    return Status::failure("web.forbidden", "another body's appeals", "?body");
  }
  // The body asked sees what was sent to it, not what is still being written.
  filter.sent = !caller.body.empty() && filter.body != caller.body;
  auto page = openFor(doors, caller, filter, parameters->text("after"), *limit);
  if (!page.ok()) return page.status();
  JsonWriter writer;
  writer.beginObject().beginArray("sub_orders");
  for (const auto& view : page->orders) {
    writer.beginObject().text("hub_id", view.hub_id).textIf("reg_number", view.reg_number);
    writeSubOrder(writer, request, view);
    writer.endObject();
  }
  writer.endArray().textIf("next", page->next).endObject();
  return answer(writer, request);
}

}  // namespace hub::web
