#include "hub/programs/hubctl_agencies.h"

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

std::string agencyTable(const Json& json) {
  Table table({"ALIAS", "NAME", "ADAPTER", "BREAKER", "WAITING", "RETRYING", "AWAITING", "OVERDUE",
               "DEAD", "LAST SUCCESS", "LAST PROBLEM"});
  for (const Json& a : json.value("agencies", Json::array())) {
    table.add({text(a, "alias"), text(a, "name"), text(a, "state"), text(a, "breaker"),
               text(a, "waiting"), text(a, "retrying"), text(a, "awaiting"), text(a, "overdue"),
               text(a, "dead"), minutes(text(a, "last_success")), text(a, "last_code")});
  }
  return table.render();
}

// Acts that complaints keep from being executed; nothing if the hub did not tell.
std::string stoppedLine(const Answer& answer) {
  const Json json = answer.ok() ? Json::parse(answer.body, nullptr, false) : Json();
  if (!json.is_object()) return {};
  const auto need = text(json, "need_person");
  return "stopped acts: " + text(json, "acts") + ", of which " + need + " need a person" +
         (need == "0" ? "\n" : ": hubctl stopped --needs-person\n");
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
  if (arguments.json) {
    out << "{\"ready\":" << (ready.ok() ? "true" : "false") << ",\"agencies\":"
        << Json::parse(agencies.body, nullptr, false).value("agencies", Json::array()).dump()
        << stoppedMember(stopped) << "}\n";
    return ready.ok() ? kDone : kCouldNot;
  }
  out << "intake: " << (ready.ok() ? "open" : "closed") << "\n"
      << stoppedLine(stopped) << "\n"
      << agencyTable(Json::parse(agencies.body, nullptr, false));
  return ready.ok() ? kDone : explain(ready, arguments, out, err);
}

int runAgencies(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.get("/v1/agencies"), arguments, out, err,
                 [&](const Json& json) { out << agencyTable(json); });
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

}  // namespace hub::ctl
