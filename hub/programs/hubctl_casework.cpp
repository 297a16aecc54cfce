#include "hub/programs/hubctl_casework.h"

#include <string>

#include "hub/base/time.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_law.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

std::string joined(const Json& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return text;
}

std::string grounds(const Json& choice) {
  std::string text;
  for (const Json& one : choice.value("grounds", Json::array())) {
    text += (text.empty() ? "" : ", ") + one.value("ground", std::string()) + " " +
            one.value("name", std::string());
    const auto outcomes = joined(one.value("outcomes", Json::array()));
    if (!outcomes.empty()) text += " (" + outcomes + ")";
  }
  return text;
}

void showSimilar(const Json& list, std::ostream& out) {
  Table table({"NUMBER", "NATURE", "ALIKE", "KIND", "STATE", "RECEIVED", "VERDICT"});
  for (const Json& r : list) {
    table.add({text(r, "reg_number"), text(r, "nature"), text(r, "percent") + " %", text(r, "kind"),
               text(r, "state"), minutes(text(r, "received_at")), text(r, "verdict")});
  }
  out << (table.empty() ? say("nothing looks like it") + "\n" : table.render());
}

}  // namespace

int runRoute(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const bool batch = arguments.has("--batch");
  if (batch && arguments.words.empty() && !arguments.has("--reason")) {
    return routeBatch(arguments, client, out, err);
  }
  if (batch || arguments.words.size() != 2 || !arguments.has("--reason")) {
    return cannot(err, "route needs NUMBER BODY --reason TEXT, or --batch FILE");
  }
  Json order = {{"body", arguments.words[1]}, {"reason", arguments.option("--reason")}};
  if (arguments.has("--not-received")) order["received"] = "no";
  const auto body = order.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(
      client.post("/v1/appeals/" + segment(arguments.words[0]) + ":route", "application/json",
                  body),
      arguments, out, err, [&](const Json& json) {
        Table table({"NUMBER", "BODY", "ADAPTER", "STATE", "DUE", "OUTBOX"});
        table.add({text(json, "reg_number"), text(json, "body_name"), text(json, "destination"),
                   text(json, "state"), text(json, "due_date"), text(json, "outbox")});
        out << table.render();
      });
}

int runActions(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"role", arguments.option("--role")}});
  return present(
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/actions" + query), arguments, out,
      err, [&](const Json& json) {
        line(out, "number", text(json, "reg_number"));
        line(out, "state", text(json, "state") + " (" + text(json, "state_name") + ")");
        Table table({"ACTION", "NAME", "ARTICLE", "BY", "UNTIL", "NEEDS", "OUTCOMES", "GROUNDS"});
        for (const Json& r : json.value("actions", Json::array())) {
          Json needs = r.value("needs", Json::array());
          for (const Json& outcome : r.value("unheard", Json::array())) {
            needs.push_back("waived (" + outcome.get<std::string>() + ")");
          }
          table.add({text(r, "action"), text(r, "name"), text(r, "law") + " " + text(r, "article"),
                     joined(r.value("by", Json::array())), text(r, "until"), joined(needs),
                     joined(r.value("outcomes", Json::array())), grounds(r)});
        }
        out << (table.empty() ? say("nothing may be done now") + "\n" : table.render());
      });
}

int runAct(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  Json order = {{"action", arguments.words[1]}};
  for (const char* member : {"role", "official", "outcome", "reason", "text", "day", "body", "of",
                             "executor", "waived", "ground", "character", "occasion"}) {
    const auto option = std::string("--") + member;
    if (arguments.has(option)) order[member] = arguments.option(option);
  }
  if (arguments.has("--done-on")) order["done_on"] = arguments.option("--done-on");
  const auto body = order.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(
      client.post("/v1/appeals/" + segment(arguments.words[0]) + ":act", "application/json", body),
      arguments, out, err, [&](const Json& json) {
        line(out, "number", text(json, "reg_number"));
        line(out, "action",
             text(json, "action") + " (" + text(json, "law") + " " + text(json, "article") + ")");
        line(out, "state", text(json, "state"));
        line(out, "due", text(json, "due_date"));
        for (const Json& clock : json.value("opened", Json::array())) {
          line(out, "term", say("{} until {}", {text(clock, "name"), text(clock, "due_date")}));
        }
        if (json.contains("part")) {
          line(out, "part",
               say("{} to {}",
                   {text(json["part"], "reg_number"), text(json["part"], "destination")}));
        }
      });
}

int runSimilar(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if ((arguments.words.size() == 2) != arguments.has("--verdict")) {
    return cannot(err, "a verdict needs NUMBER OTHER --verdict linked|duplicate|dismissed");
  }
  const std::string target = "/v1/appeals/" + segment(arguments.words[0]);
  if (arguments.words.size() == 1) {
    return present(client.get(target + "/similar"), arguments, out, err, [&](const Json& json) {
      showSimilar(json.value("similar", Json::array()), out);
    });
  }
  const Json verdict = {{"other", arguments.words[1]}, {"verdict", arguments.option("--verdict")}};
  return present(client.post(target + ":judge-similar", "application/json", verdict.dump()),
                 arguments, out, err,
                 [&](const Json& json) { showSimilar(Json::array({json}), out); });
}

int runExecutors(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/executors"), arguments, out, err,
      [&](const Json& json) {
        line(out, "number", text(json, "reg_number"));
        line(out, "executor", text(json, "executor"));
        line(out, "suggested", text(json, "suggested"));
        line(out, "why", text(json, "why"));
        Table table({"EXECUTOR", "LOAD", "EXCLUDED", "MAY BE COMPLAINED OF"});
        for (const Json& r : json.value("candidates", Json::array())) {
          table.add({text(r, "executor"), text(r, "load_percent") + " %", text(r, "excluded"),
                     text(r, "alike") == "true" ? say("make sure") : ""});
        }
        out << table.render();
      });
}

int runRebalance(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"moves", arguments.option("--moves")}});
  return present(
      client.get("/v1/bodies/" + segment(arguments.words[0]) + "/rebalance" + query), arguments,
      out, err, [&](const Json& json) {
        Table table({"NUMBER", "FROM", "TO", "WHY"});
        for (const Json& r : json.value("moves", Json::array())) {
          table.add({text(r, "reg_number"), text(r, "from"), text(r, "to"), text(r, "why")});
        }
        out << (table.empty() ? say("no move would help") + "\n" : table.render());
      });
}

int runNotified(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (!arguments.has("--channel")) {
    return cannot(err, "notified needs --channel");
  }
  const auto at =
      arguments.has("--at") ? arguments.option("--at") : formatInstant(systemClock().now());
  Json report = {{"at", at}, {"channel", arguments.option("--channel")}};
  if (arguments.has("--of")) report["of"] = arguments.option("--of");
  if (arguments.has("--occasion")) report["occasion"] = arguments.option("--occasion");
  const auto body = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(client.post("/v1/appeals/" + segment(arguments.words[0]) + ":notified",
                             "application/json", body),
                 arguments, out, err, [&](const Json& json) {
                   const Json one = Json::array({json.value("clock", Json::object())});
                   Table table({"NUMBER", "TOLD", "CHANNEL", "TERM", "OCCASION", "DUE", "STATUS"});
                   for (const Json& clock : json.value("clocks", one)) {
                     table.add({text(json, "reg_number"), text(json, "at"), text(json, "channel"),
                                text(clock, "name"), text(clock, "occasion"),
                                text(clock, "due_date"), text(clock, "status")});
                   }
                   out << table.render();
                 });
}

}  // namespace hub::ctl
