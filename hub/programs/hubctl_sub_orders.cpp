#include "hub/programs/hubctl_sub_orders.h"

#include <algorithm>
#include <string>

#include "hub/base/ids.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

// "agree (controller)": what may be done next, and by whom.
std::string stepsOf(const Json& object) {
  std::string text;
  for (const Json& step : object.value("steps", Json::array())) {
    std::string by;
    for (const Json& role : step.value("by", Json::array())) {
      by += (by.empty() ? "" : "|") + role.get<std::string>();
    }
    text += (text.empty() ? "" : ", ") + step.value("action", std::string()) + " (" + by + ")";
  }
  return text;
}

void showOne(const Json& json, std::ostream& out) {
  line(out, "number", text(json, "reg_number"));
  line(out, "sub-order", text(json, "number") + " (" + text(json, "kind_name") + ")");
  line(out, "state", text(json, "state") + " (" + text(json, "state_name") + ")");
  line(out, "to", text(json, "target_name") + " (" + text(json, "target") + ")");
  line(out, "goes on from", text(json, "of"));
  line(out, "due", text(json, "due_date") + (json.value("late", false) ? " " + say("LATE") : ""));
  line(out, "text", text(json, "text"));
  line(out, "answer", text(json, "answer"));
  line(out, "reason", text(json, "reason"));
  line(out, "next", stepsOf(json));
}

void showOfCase(const Json& json, std::ostream& out) {
  line(out, "number", text(json, "reg_number"));
  line(out, "state", text(json, "case_state"));
  line(out, "confidence", text(json, "confidence"));
  Table table({"N", "KIND", "STATE", "TO", "DUE", "LATE", "NEXT"});
  for (const Json& r : json.value("sub_orders", Json::array())) {
    table.add({text(r, "number"), text(r, "kind"), text(r, "state"), text(r, "target_name"),
               text(r, "due_date"), r.value("late", false) ? say("yes") : "", stepsOf(r)});
  }
  out << (table.empty() ? say("no sub-orders") + "\n" : table.render());
  const Json steps = json.value("steps", Json::array());
  if (steps.empty()) return;
  std::string kinds;
  for (const Json& kind : json.value("kinds", Json::array())) {
    kinds += (kinds.empty() ? "" : ", ") + text(kind, "kind");
  }
  line(out, "may be asked", stepsOf(json) + ": " + kinds);
}

void showOpen(const Json& json, std::ostream& out) {
  Table table({"NUMBER", "N", "KIND", "STATE", "FROM", "TO", "DUE", "LATE"});
  for (const Json& r : json.value("sub_orders", Json::array())) {
    table.add({text(r, "reg_number"), text(r, "number"), text(r, "kind"), text(r, "state"),
               text(r, "body_name"), text(r, "target_name"), text(r, "due_date"),
               r.value("late", false) ? say("yes") : ""});
  }
  out << (table.empty() ? say("no open sub-orders") + "\n" : table.render());
  if (json.contains("next")) line(out, "more", "--after " + text(json, "next"));
}

}  // namespace

int runSubOrders(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (!arguments.words.empty()) {
    const auto of_the_open = {"--body", "--target", "--state", "--due-to", "--limit", "--after"};
    if (std::any_of(of_the_open.begin(), of_the_open.end(),
                    [&](const char* option) { return arguments.has(option); })) {
      return couldNot(arguments, out, err, "",
                      say("sub-orders takes a number, or options for the open ones"));
    }
    return present(client.get("/v1/appeals/" + segment(arguments.words[0]) + "/sub-orders"),
                   arguments, out, err, [&](const Json& json) { showOfCase(json, out); });
  }
  const auto query = queryOf({{"body", arguments.option("--body")},
                              {"target", arguments.option("--target")},
                              {"state", arguments.option("--state")},
                              {"due_to", arguments.option("--due-to")},
                              {"limit", arguments.option("--limit")},
                              {"after", arguments.option("--after")}});
  return present(client.get("/v1/sub-orders" + query), arguments, out, err,
                 [&](const Json& json) { showOpen(json, out); });
}

int runSubOrder(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto& words = arguments.words;
  const bool creates = words.size() == 2 && words[1] == "create";
  if (!creates && words.size() != 3) {
    return couldNot(
        arguments, out, err, "",
        say("sub-order needs NUMBER create --kind KIND --body BODY --text TEXT --day DAY, or "
            "NUMBER N STEP"));
  }
  Json order = Json::object();
  if (!creates) order["action"] = words[2];
  for (const char* member : {"role", "kind", "body", "text", "day", "of", "answer", "reason"}) {
    const auto option = std::string("--") + member;
    if (arguments.has(option)) order[member] = arguments.option(option);
  }
  if (creates) {
    // The same command again finds what the first one made; to ask the very same once more takes another key.
    const auto content = words[0] + order.dump(-1, ' ', false, Json::error_handler_t::replace);
    order["source_id"] = arguments.has("--source-id")
                             ? arguments.option("--source-id")
                             : "hubctl-" + sha256Hex(content).substr(0, 32);
  }
  std::string target = "/v1/appeals/" + segment(words[0]) + "/sub-orders";
  if (!creates) target += "/" + segment(words[1]) + ":act";
  const auto body = order.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(client.post(target, "application/json", body), arguments, out, err,
                 [&](const Json& json) { showOne(json, out); });
}

}  // namespace hub::ctl
