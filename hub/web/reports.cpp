// Reports of supervision: overdue and at-risk appeals, discipline of bodies and regions. For
// administrators; metadata only.
#include <algorithm>
#include <array>

#include "hub/exchange/cards.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/ended_terms.h"
#include "hub/exchange/forwarder.h"
#include "hub/exchange/sub_order_reports.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/law_book.h"
#include "hub/rules/procedure.h"
#include "hub/rules/supervision.h"
#include "hub/web/parameters.h"
#include "hub/web/render.h"
#include "hub/web/report_parts.h"
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

// What a report of pressing terms is limited to; "" for no limit.
struct PressingFilter {
  CaseLimits cases;
  std::string clock;

  // The names under which such terms are kept.
  std::vector<std::string> names(const rules::LawBook& law) const {
    if (clock == exchange::kSubOrderTerm) return {};
    if (clock == "consider") return {"consider", "consider_extended"};
    if (!clock.empty()) return {exchange::storedName(clock)};
    std::vector<std::string> all;
    for (const auto& [name, label] : law.data().vocabulary.clocks) {
      if (!exchange::isApplicantsTerm(name)) all.push_back(exchange::storedName(name));
    }
    return all;
  }
};

// Adds the open terms of one name due until `until` and those whose due day is unknown; one fact for each.
Status gatherOpen(const Doors& doors, const std::string& name, const std::string& until,
                  const PressingFilter& filter, const rules::LawBook& law, Date today,
                  std::vector<rules::CaseFact>& facts) {
  constexpr int kPage = 500;
  const auto* procedure = law.data().procedure.get();
  const bool outlives = procedure != nullptr && procedure->outlivesCase(name);
  const bool considers = name == "consider" || name == "consider_extended";
  std::vector<store::ClockRow> page;
  store::ClockRow last;
  do {
    auto next =
        doors.service.store().openClocksDue(name, until, last.appeal == 0 ? nullptr : &last, kPage);
    if (!next.ok()) return next.status();
    page = std::move(*next);
    for (const auto& clock : page) {
      auto appeal = doors.service.store().appeal(clock.appeal);
      if (!appeal.ok()) return appeal.status();
      // What a case that is over left open is over with it, unless the law has it run on.
      if (exchange::isFinal(appeal->state) && !outlives) continue;
      // APPC 83: the act is made with its signature; the delivery gives it effect.
      if (considers && appeal->state == "decision_signed") continue;
      appeal = exchange::asOwed(doors.service.store(), law, today, clock, std::move(*appeal));
      if (!appeal.ok()) return appeal.status();
      if (!filter.cases.takes(*appeal, law, today)) continue;
      auto fact = factOf(*appeal, law.data().default_zone);
      if (!fact.ok()) return fact.status();
      fact->clock = considers ? "consider" : name;
      fact->due.reset();
      if (auto day = parseDate(clock.due_date); day.ok()) fact->due = *day;
      facts.push_back(std::move(*fact));
    }
    if (!page.empty()) last = std::move(page.back());
  } while (page.size() == static_cast<std::size_t>(kPage));
  return {};
}

// Adds the open sub-orders due until `until` that have no answer, each for the body that has to act.
Status gatherSubOrders(const Doors& doors, const std::string& until, const PressingFilter& filter,
                       const rules::LawBook& law, Date today, std::vector<rules::CaseFact>& facts) {
  if (!filter.clock.empty() && filter.clock != exchange::kSubOrderTerm) return {};
  return exchange::eachUnanswered(
      doors.service.store(), until,
      [&](const store::SubOrderRow& row, store::AppealRow appeal) -> Status {
        appeal.body_bin = exchange::owedBy(row);
        if (!filter.cases.takes(appeal, law, today)) return {};
        const auto* body = law.bodyByBin(appeal.body_bin, today);
        appeal.destination = body ? body->alias : "";
        auto fact = factOf(appeal, law.data().default_zone);
        if (!fact.ok()) return fact.status();
        fact->clock = exchange::kSubOrderTerm;
        fact->sub_order = row.number;
        fact->due.reset();
        if (auto day = parseDate(row.due_date); day.ok()) fact->due = *day;
        facts.push_back(std::move(*fact));
        return {};
      });
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
      .text("clock", fact.clock)
      .text("due_date", fact.due ? formatDate(*fact.due) : "")
      .flag("overdue", one.overdue);
  if (one.working_days_left) writer.number("working_days", std::abs(*one.working_days_left));
  if (fact.sub_order > 0) writer.number("sub_order", fact.sub_order);
  writer.endObject();
}

void writeDiscipline(JsonWriter& writer, const rules::DisciplineRow& row) {
  writer.beginObject()
      .text("group", row.group)
      .number("received", row.received)
      .number("decided", row.decided)
      .number("running", row.running)
      .number("late", row.late)
      .decimal("late_percent", row.latePercent())
      .number("breaches", row.breaches)
      .number("extended", row.extended)
      .number("deemed_refused", row.deemed_refused)
      .number("late_sub_orders", row.late_sub_orders);
  if (row.median_days) writer.number("median_working_days", *row.median_days);
  if (row.p90_days) writer.number("p90_working_days", *row.p90_days);
  writer.endObject();
}

// What reports on appeals received within a span of time are asked for.
struct OfReceived {
  bool csv = false;
  std::optional<Instant> from, to;
};

Result<OfReceived> ofReceived(Request& request) {
  auto parameters = Parameters::read(request, {"received_from", "received_to", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  auto from = parameters->instant("received_from");
  if (!from.ok()) return from.status();
  auto to = parameters->instant("received_to");
  if (!to.ok()) return to.status();
  return OfReceived{*csv, *from, *to};
}

}  // namespace

Result<Reply> reportMisrouted(const Doors& doors, Request& request) {
  const auto asked = ofReceived(request);
  if (!asked.ok()) return asked.status();
  const auto law = doors.service.law();
  const auto rows =
      exchange::misroutedReport(doors.service.store(), *law, asked->from, asked->to, doors.limits);
  if (!rows.ok()) return rows.status();
  if (asked->csv) {
    std::string text = "rule,topic,region,refused_by,then_to,appeals,last_number,last_note\r\n";
    for (const auto& row : *rows) {
      const auto& way = row.way;
      for (const auto* cell : {&way.rule, &way.topic, &way.region, &way.refused_by, &way.then_to}) {
        text += rules::csvCell(*cell) + ",";
      }
      text += std::to_string(row.times) + "," + rules::csvCell(row.last_number) + "," +
              rules::csvCell(row.last_note) + "\r\n";
    }
    return csvReply(std::move(text), "misrouted");
  }
  JsonWriter writer;
  writer.beginObject().beginArray("rows");
  for (const auto& row : *rows) {
    writer.beginObject()
        .text("rule", row.way.rule)
        .textIf("topic", row.way.topic)
        .textIf("region", row.way.region)
        .text("refused_by", row.way.refused_by)
        .textIf("then_to", row.way.then_to)
        .number("appeals", row.times)
        .textIf("last_number", row.last_number)
        .textIf("last_note", row.last_note)
        .endObject();
  }
  writer.endArray().endObject();
  return jsonReply(writer);
}

Result<Reply> reportRepeats(const Doors& doors, Request& request) {
  const auto asked = ofReceived(request);
  if (!asked.ok()) return asked.status();
  const auto pairs = exchange::repeatsReport(doors.service.store(), asked->from, asked->to);
  if (!pairs.ok()) return pairs.status();
  if (asked->csv) {
    std::string text = "reg_number,other,verdict,nature,percent,body,state,judged_by,judged_at\r\n";
    for (const auto& pair : *pairs) {
      const std::string at = pair.judged_at ? formatInstant(*pair.judged_at) : std::string();
      const std::string percent = std::to_string(pair.percent);
      for (const auto* cell : {&pair.reg_number, &pair.other, &pair.verdict, &pair.nature, &percent,
                               &pair.body, &pair.state, &pair.judged_by}) {
        text += rules::csvCell(*cell) + ",";
      }
      text += at + "\r\n";
    }
    return csvReply(std::move(text), "repeats");
  }
  JsonWriter writer;
  writer.beginObject().beginArray("rows");
  for (const auto& pair : *pairs) {
    writer.beginObject()
        .text("reg_number", pair.reg_number)
        .text("other", pair.other)
        .text("verdict", pair.verdict)
        .text("nature", pair.nature)
        .number("percent", pair.percent)
        .textIf("body", pair.body)
        .text("state", pair.state)
        .textIf("judged_by", pair.judged_by)
        .instantIf("judged_at", pair.judged_at)
        .endObject();
  }
  writer.endArray().endObject();
  return jsonReply(writer);
}

Result<Reply> reportPressing(const Doors& doors, Request& request) {
  auto parameters =
      Parameters::read(request, {"days", "body", "executor", "region", "clock", "format"});
  if (!parameters.ok()) return parameters.status();
  const auto days = parameters->number("days", -1, 0, 60);
  if (!days.ok()) return days.status();
  const auto csv = wantsCsv(*parameters);
  if (!csv.ok()) return csv.status();
  const auto law = doors.service.law();
  const std::string& zone = law->data().default_zone;
  const auto today = toLocal(doors.clock.now(), zone);
  if (!today.ok()) return today.status();
  const auto cases_of = limitsOf(doors, *parameters, *law, today->date);
  if (!cases_of.ok()) return cases_of.status();
  const PressingFilter filter{*cases_of, parameters->text("clock")};
  if (!filter.clock.empty() && filter.clock != exchange::kSubOrderTerm &&
      law->clockNumber(filter.clock) < 0) {
    return Status::failure("web.bad_parameter",
                           "'clock' is a term of vocabulary.yaml, or sub_order", "?clock");
  }
  // Working days are at least two of any seven but for the longest holidays.
  const auto until =
      std::chrono::sys_days(today->date) + std::chrono::days(*days < 0 ? -1 : 4 * *days + 30);
  std::vector<rules::CaseFact> facts;
  for (const auto& name : filter.names(*law)) {
    auto got = gatherOpen(doors, name, formatDate(until), filter, *law, today->date, facts);
    if (!got.ok()) return got;
  }
  if (auto s = gatherSubOrders(doors, formatDate(until), filter, *law, today->date, facts);
      !s.ok()) {
    return s;
  }
  const auto cases = rules::pressing(facts, today->date, *days, law->calendar());
  if (*csv) return csvReply(rules::pressingCsv(cases), "overdue");
  JsonWriter writer;
  writer.beginObject().text("on", formatDate(today->date)).beginArray("cases");
  for (const auto& one : cases) writePressing(writer, one);
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
  auto body = binOf(doors, *law, parameters->text("body"), today->date);
  if (!body.ok()) return body.status();
  filter.body_bin = std::move(*body);
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
  const auto law = doors.service.law();
  const auto today = toLocal(doors.clock.now(), law->data().default_zone);
  if (!today.ok()) return today.status();
  auto body = binOf(doors, *law, parameters->text("body"), today->date);
  if (!body.ok()) return body.status();
  filter.body_bin = std::move(*body);
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
