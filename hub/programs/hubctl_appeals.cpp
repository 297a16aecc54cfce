#include "hub/programs/hubctl_appeals.h"

#include <chrono>
#include <initializer_list>
#include <string>
#include <thread>
#include <utility>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

void showAppeal(const Json& json, std::ostream& out) {
  for (auto [name, member] : std::initializer_list<std::pair<const char*, const char*>>{
           {"number", "reg_number"},
           {"hub id", "hub_id"},
           {"source", "source_system"},
           {"source id", "source_id"},
           {"kind", "kind"},
           {"language", "language"},
           {"topic", "topic"},
           {"body", "body"},
           {"adapter", "destination"},
           {"state", "state"},
           {"received", "received_at"},
           {"registered", "registration_date"},
           {"due", "due_date"},
           {"decision", "decision_outcome"},
           {"character", "decision_character"},
           {"signed by", "decision_evidence"}}) {
    line(out, name, text(json, member));
  }
  Table clocks({"CLOCK", "STATUS", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE"});
  for (const Json& c : json.value("clocks", Json::array())) {
    clocks.add({text(c, "name"), text(c, "status"), text(c, "due_date"), text(c, "length"),
                text(c, "day_kind"), text(c, "law"), text(c, "article")});
  }
  if (!clocks.empty()) out << "\n" << clocks.render();
  explainClocks(json.value("clocks", Json::array()), out);
  Table destinations(
      {"OUTBOX", "TO", "TYPE", "STATE", "TRIES", "THEIR NUMBER", "LAST PROBLEM", "TEXT"});
  for (const Json& d : json.value("destinations", Json::array())) {
    destinations.add({text(d, "id"), text(d, "destination"), text(d, "type"), text(d, "state"),
                      text(d, "attempts"), text(d, "external_id"), text(d, "last_code"),
                      text(d, "last_text")});
  }
  if (!destinations.empty()) out << "\n" << destinations.render();
  Table kept({"QUARANTINED", "FROM", "AT", "CODE", "STATE"});
  for (const Json& q : json.value("quarantined", Json::array())) {
    kept.add({text(q, "id"), text(q, "party"), minutes(text(q, "at")), text(q, "code"),
              text(q, "state")});
  }
  if (!kept.empty()) out << "\n" << kept.render();
  if (json.contains("decision"))
    out << "\n" << say("decision") << ":\n" << json["decision"].dump(2) << "\n";
  if (json.contains("appeal"))
    out << "\n" << say("appeal") << ":\n" << json["appeal"].dump(2) << "\n";
}

// "reception": what waits for a person at the reception desk.
std::string stateOf(const Arguments& arguments) {
  const std::string state = arguments.option("--state");
  return state == "reception" ? "awaiting_routing" : state;
}

}  // namespace

int runShow(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string target = "/v1/appeals/" + segment(arguments.words[0]) +
                             (arguments.has("--content") ? "?content=1" : "");
  return present(client.get(target), arguments, out, err,
                 [&](const Json& json) { showAppeal(json, out); });
}

int runList(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  std::string after = arguments.option("--after");
  Table table(
      {"NUMBER", "KIND", "LANG", "BODY", "ADAPTER", "RECEIVED", "DUE", "STATE", "DECISION"});
  Json all = {{"appeals", Json::array()}};
  for (;;) {
    const Answer answer =
        client.get("/v1/appeals" + queryOf({{"state", stateOf(arguments)},
                                            {"kind", arguments.option("--kind")},
                                            {"language", arguments.option("--language")},
                                            {"destination", arguments.option("--destination")},
                                            {"body", arguments.option("--body")},
                                            {"source_system", arguments.option("--source-system")},
                                            {"received_from", arguments.option("--from")},
                                            {"received_to", arguments.option("--to")},
                                            {"due_to", arguments.option("--due-to")},
                                            {"limit", arguments.option("--limit")},
                                            {"after", after}}));
    after.clear();
    if (arguments.json && arguments.has("--all") && answer.ok()) {
      Json page = Json::parse(answer.body, nullptr, false);
      if (!page.is_object() || !page["appeals"].is_array()) {
        return couldNot(arguments, out, err, "", say("the hub's answer is not JSON"));
      }
      for (Json& appeal : page["appeals"]) all["appeals"].push_back(std::move(appeal));
      after = text(page, "next");
      if (!after.empty()) continue;
      out << all.dump() << "\n";
      return kDone;
    }
    const int code = present(answer, arguments, out, err, [&](const Json& json) {
      for (const Json& a : json.value("appeals", Json::array())) {
        table.add({text(a, "reg_number"), text(a, "kind"), text(a, "language"), text(a, "body"),
                   text(a, "destination"), minutes(text(a, "received_at")), text(a, "due_date"),
                   text(a, "state"), text(a, "decision_outcome")});
      }
      after = text(json, "next");
    });
    if (code != kDone || arguments.json) return code;
    // A page of a rare kind of appeal may be empty, and the next one not.
    if (after.empty() || !(arguments.has("--all") || table.empty())) break;
  }
  out << (table.empty() ? say("no appeals") + "\n" : table.render());
  if (!after.empty()) out << say("more: --after {}", {after}) << "\n";
  return kDone;
}

int runEvents(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.get("/v1/appeals/" + segment(arguments.words[0]) + "/events" +
                            (arguments.has("--content") ? "?content=1" : "")),
                 arguments, out, err, [&](const Json& json) {
                   Table table({"#", "AT", "TYPE", "ACTOR", "FROM", "TO", "REASON", "TEXT", "NOTE",
                                "SIGNED BY"});
                   for (const Json& e : json.value("events", Json::array())) {
                     table.add({text(e, "seq"), text(e, "at"), text(e, "type"), text(e, "actor"),
                                text(e, "from_state"), text(e, "to_state"), text(e, "reason"),
                                text(e, "text"), text(e, "note"), text(e, "evidence")});
                   }
                   out << table.render();
                 });
}

int runFeed(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  constexpr std::chrono::seconds kPause{2};
  const bool follow = arguments.has("--follow");
  std::string after = arguments.option("--after");
  for (;;) {
    bool more = false;
    Table table({"AT", "NUMBER", "TYPE", "ACTOR", "STATE", "REASON", "TEXT"});
    const Answer answer =
        client.get("/v1/events" + queryOf({{"after", after},
                                           {"types", arguments.option("--types")},
                                           {"source_system", arguments.option("--source-system")},
                                           {"body", arguments.option("--body")},
                                           {"limit", arguments.option("--limit")}}));
    if (!answer.ok()) return explain(answer, arguments, out, err);
    const Json json = Json::parse(answer.body, nullptr, false);
    if (json.is_discarded()) {
      return couldNot(arguments, out, err, "", say("the hub's answer is not JSON"));
    }
    for (const Json& e : json.value("events", Json::array())) {
      table.add({text(e, "at"), text(e, "reg_number"), text(e, "type"), text(e, "actor"),
                 text(e, "to_state"), text(e, "reason"), text(e, "text")});
    }
    after = text(json, "next");
    more = json.value("more", false);
    if (arguments.json) {
      if (!follow || !table.empty()) out << answer.body << "\n";
    } else if (!table.empty()) {
      out << table.render();
    }
    if (!follow) {
      if (!arguments.json) {
        if (table.empty()) out << say("no events") << "\n";
        out << say(more ? "more: --after {}" : "go on: --after {}", {after}) << "\n";
      }
      return kDone;
    }
    out.flush();
    if (!more) std::this_thread::sleep_for(kPause);
  }
}

}  // namespace hub::ctl
