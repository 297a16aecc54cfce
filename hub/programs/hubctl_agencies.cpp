#include "hub/programs/hubctl_agencies.h"

#include <iostream>
#include <optional>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

// Of deliveries, and of collecting if that one is not closed.
std::string breakers(const Json& agency) {
  const std::string collect = text(agency, "collect_breaker");
  const std::string deliver = text(agency, "breaker");
  return collect.empty() || collect == "closed" ? deliver
                                                : deliver + ", " + say("collect {}", {collect});
}

// Of delivering, and of collecting by its name.
std::string problemsOf(const Json& agency) {
  std::string all;
  for (const Json& one : agency.value("problems", Json::array())) {
    all += (all.empty() ? "" : ", ") + (text(one, "way") == "collect"
                                            ? say("collecting: {}", {text(one, "code")})
                                            : text(one, "code"));
  }
  return all;
}

// When each of them was, in the same order: what failed last may be of a way that goes well again.
std::string timesOf(const Json& agency) {
  std::string all;
  for (const Json& one : agency.value("problems", Json::array())) {
    all += (all.empty() ? "" : ", ") + minutes(text(one, "at"));
  }
  return all;
}

// "?": it could not be counted. "": this client is not told, or the hub is of a release that counts no such thing.
std::string countOf(const Json& object, const char* member) {
  if (!object.contains(member)) return "";
  const std::string count = text(object, member);
  return count.empty() ? "?" : count;
}

std::string agencyTable(const Json& json) {
  Table table({"ALIAS", "NAME", "ADAPTER", "BREAKER", "WAITING", "RETRYING", "AWAITING", "OVERDUE",
               "DEAD", "REJECTED", "QUARANTINE", "LAST SUCCESS", "LAST PROBLEM", "AT"});
  for (const Json& a : json.value("agencies", Json::array())) {
    table.add({text(a, "alias"), text(a, "name"),
               a.value("configured", true) ? text(a, "state") : say("no section"), breakers(a),
               countOf(a, "waiting"), countOf(a, "retrying"), countOf(a, "awaiting"),
               countOf(a, "overdue"), countOf(a, "dead"), countOf(a, "rejected"),
               countOf(a, "quarantined"), minutes(text(a, "last_success")), problemsOf(a),
               timesOf(a)});
  }
  return table.render();
}

// None if one of them is not known.
std::optional<std::int64_t> sumOf(const Json& json, const char* member) {
  std::int64_t sum = 0;
  for (const Json& a : json.value("agencies", Json::array())) {
    const Json count = a.value(member, Json(0));
    if (!count.is_number()) return std::nullopt;
    sum += count.get<std::int64_t>();
  }
  return sum;
}

// Whether it is counted for this client at all.
bool isTold(const Json& json, const char* member) {
  const Json agencies = json.value("agencies", Json::array());
  return agencies.empty() || std::any_of(agencies.begin(), agencies.end(),
                                         [&](const Json& a) { return a.contains(member); });
}

// Why some are not known; "" if all are.
std::string notCounted(const Json& json) {
  std::string why = text(json, "not_counted");
  for (const Json& a : json.value("agencies", Json::array())) {
    if (why.empty()) why = text(a, "not_counted");
  }
  return why;
}

// What goes on only when a person does something, and the command that shows it.
std::string waitingLines(const Json& json) {
  std::string out;
  const auto line = [&](const char* text, std::optional<std::int64_t> count, const char* command,
                        bool always = false, bool told = true) {
    if (!told || (!always && count == 0)) return;
    out += say(text, {count ? std::to_string(*count) : "?"});
    if (count != 0) out += std::string(": ") + command;
    out += "\n";
  };
  const Json desk = json.value("desk", Json());
  line("desk: {}", desk.is_number() ? std::optional(desk.get<std::int64_t>()) : std::nullopt,
       "hubctl list --state reception", true, json.contains("desk"));
  line("quarantine: {} open", sumOf(json, "quarantined"), "hubctl quarantine --state open", true,
       isTold(json, "quarantined"));
  line("refused deliveries: {}", sumOf(json, "rejected"), "hubctl outbox --state rejected");
  line("dead letters: {}", sumOf(json, "dead"), "hubctl outbox --state dead");
  line("unsigned pushes: {}", sumOf(json, "unsigned"), "hubctl quarantine --unsigned --state open");
  if (const auto why = notCounted(json); !why.empty()) {
    out += say("?: the hub could not count these, there may be some [{}]", {why}) + "\n";
  }
  for (const Json& a : json.value("agencies", Json::array())) {
    std::int64_t waits = 0;
    for (const char* name : {"waiting", "retrying", "awaiting", "dead"}) {
      if (const Json count = a.value(name, Json()); count.is_number()) {
        waits += count.get<std::int64_t>();
      }
    }
    if (a.value("configured", true) || waits == 0) continue;
    out += say("no agency '{}' is configured: what waits for it goes nowhere; see hubctl outbox "
               "--destination {}, hubctl route",
               {text(a, "alias"), text(a, "alias")}) +
           "\n";
  }
  return out;
}

// Acts that complaints keep from being executed; nothing if the hub did not tell.
std::string stoppedLine(const Answer& answer) {
  const Json json = answer.ok() ? Json::parse(answer.body, nullptr, false) : Json();
  if (!json.is_object()) return {};
  const auto need = text(json, "need_person");
  return say("stopped acts: {}, of which {} need a person", {text(json, "acts"), need}) +
         (need == "0" ? "\n" : ": hubctl stopped --needs-person\n");
}
std::string notCountedMember(const Json& told) {
  const std::string why = text(told, "not_counted");
  return why.empty() ? why : ",\"not_counted\":" + Json(why).dump();
}
std::string stoppedMember(const Answer& answer) {
  const Json json = answer.ok() ? Json::parse(answer.body, nullptr, false) : Json();
  if (!json.is_object()) return {};
  const Json counts = {{"acts", json.value("acts", 0)},
                       {"need_person", json.value("need_person", 0)}};
  return ",\"stopped_acts\":" + counts.dump();
}

}  // namespace

int runStatus(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const Answer ready = client.get("/readyz");
  if (ready.status == 0) return explain(ready, arguments, out, err);
  const Answer agencies = client.get("/v1/agencies");
  if (!agencies.ok()) return explain(agencies, arguments, out, err);
  constexpr int kForbidden = 403;  // they are for administrators
  const Answer stopped = client.get("/v1/reports/stopped");
  if (!stopped.ok() && stopped.status != kForbidden && ready.ok()) {
    return explain(stopped, arguments, out, err);
  }
  const Json told = Json::parse(agencies.body, nullptr, false);
  if (!told.is_object())
    return couldNot(arguments, out, err, "", say("the hub's answer is not JSON"));
  if (arguments.json) {
    out << "{\"ready\":" << (ready.ok() ? "true" : "false")
        << ",\"agencies\":" << told.value("agencies", Json::array()).dump()
        << ",\"desk\":" << told.value("desk", Json()).dump() << notCountedMember(told)
        << stoppedMember(stopped) << "}\n";
    return ready.ok() ? kDone : kCouldNot;
  }
  out << say(ready.ok() ? "intake: open" : "intake: closed") << "\n"
      << stoppedLine(stopped) << waitingLines(told) << "\n"
      << agencyTable(told);
  return ready.ok() ? kDone : explain(ready, arguments, out, err);
}

int runAgencies(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.get("/v1/agencies"), arguments, out, err, [&](const Json& json) {
    out << waitingLines(json) << "\n" << agencyTable(json);
  });
}

int runAdapterList(const Arguments& arguments, Client& client, std::ostream& out,
                   std::ostream& err) {
  return present(client.get("/v1/agencies"), arguments, out, err, [&](const Json& json) {
    Table table(
        {"ALIAS", "ADAPTER", "VERSION", "HOSTING", "STATE", "RESTARTS", "LAST PROBLEM", "FILE"});
    for (const Json& a : json.value("agencies", Json::array())) {
      table.add({text(a, "alias"), text(a, "adapter"), text(a, "adapter_version"),
                 text(a, "hosting"), text(a, "state"), text(a, "restarts"), text(a, "last_problem"),
                 text(a, "adapter_file")});
    }
    out << table.render();
  });
}

int runAdapterCheck(const Arguments& arguments, Client& client, std::ostream& out,
                    std::ostream& err) {
  const Answer answer =
      client.post("/v1/agencies/" + segment(arguments.words[0]) + ":probe", "", "");
  bool good = true;
  const int code = present(answer, arguments, out, err, [&](const Json& json) {
    out << text(json, "alias") << ": " << text(json, "outcome");
    if (json.contains("code")) out << " [" << text(json, "code") << "]";
    if (json.contains("text")) out << " " << text(json, "text");
    if (json.contains("details")) out << "\n" << json["details"].dump(2);
    out << "\n";
  });
  if (code == kDone) good = text(Json::parse(answer.body, nullptr, false), "outcome") == "DONE";
  return good ? code : kRefused;
}

int runCursorShow(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  const Answer answer = client.get("/v1/agencies/" + segment(arguments.words[0]) + "/cursors");
  return present(answer, arguments, out, err, [&](const Json& json) {
    Table table({"ADAPTER", "AT", "BYTES", "USED", "CURSOR"});
    for (const Json& r : json.value("cursors", Json::array())) {
      table.add({text(r, "adapter"), minutes(text(r, "at")), text(r, "bytes"),
                 r.value("used", false) ? say("yes") : say("no"), text(r, "cursor")});
    }
    out << (table.empty() ? say("nothing there") + "\n" : table.render());
  });
}

int runCursorReset(const Arguments& arguments, Client& client, std::ostream& out,
                   std::ostream& err) {
  const auto& alias = arguments.words[0];
  if (!arguments.has("--yes")) {
    err << say("ask {} for everything anew, as if it were a new agency? [y/n] ", {alias})
        << std::flush;
    if (!saysYes(std::cin)) return couldNot(arguments, out, err, "", say("nothing is reset"));
  }
  const Answer answer = client.post("/v1/agencies/" + segment(alias) + "/cursors:reset", "", "");
  return present(answer, arguments, out, err, [&](const Json& json) {
    out << say("forgotten: {}; {} is asked for everything anew", {text(json, "forgotten"), alias})
        << "\n";
  });
}

}  // namespace hub::ctl
