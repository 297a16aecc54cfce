#include "hub/programs/hubctl_queues.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

void showQuarantined(const Json& json, std::ostream& out) {
  for (auto [name, member] :
       std::initializer_list<std::pair<const char*, const char*>>{{"id", "id"},
                                                                  {"from", "party"},
                                                                  {"kind", "kind"},
                                                                  {"at", "at"},
                                                                  {"item", "item_id"},
                                                                  {"reference", "correlation"},
                                                                  {"code", "code"},
                                                                  {"text", "text"},
                                                                  {"bytes", "bytes"},
                                                                  {"state", "state"},
                                                                  {"closed", "closed_at"},
                                                                  {"closed by", "closed_by"},
                                                                  {"note", "note"}}) {
    line(out, name, text(json, member));
  }
}

// When it is tried next; "" if it is not: it is over, under way, or its answer is awaited.
std::string nextTry(const Json& row) {
  const std::string state = text(row, "state");
  return state == "pending" || state == "retry_wait" ? minutes(text(row, "next_at")) : "";
}

}  // namespace

int runOutbox(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"destination", arguments.option("--destination")},
                              {"state", arguments.option("--state")},
                              {"limit", arguments.option("--limit")}});
  return present(client.get("/v1/outbox" + query), arguments, out, err, [&](const Json& json) {
    Table table(
        {"OUTBOX", "NUMBER", "TO", "TYPE", "STATE", "TRIES", "NEXT", "LAST PROBLEM", "TEXT"});
    for (const Json& r : json.value("outbox", Json::array())) {
      table.add({text(r, "id"), text(r, "reg_number"), text(r, "destination"), text(r, "type"),
                 text(r, "state"), text(r, "attempts"), nextTry(r), text(r, "last_code"),
                 text(r, "last_text")});
    }
    out << (table.empty() ? "nothing there\n" : table.render());
  });
}

int runRetry(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.post("/v1/outbox/" + segment(arguments.words[0]) + ":retry", "", ""),
                 arguments, out, err, [&](const Json& json) {
                   out << "outbox " << text(json, "id") << " will be tried now\n";
                 });
}

int runQuarantine(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  const auto query =
      queryOf({{"party", arguments.option("--party")}, {"state", arguments.option("--state")}});
  return present(client.get("/v1/quarantine" + query), arguments, out, err, [&](const Json& json) {
    Table table({"ID", "FROM", "AT", "CODE", "TEXT", "REFERENCE", "BYTES", "STATE"});
    for (const Json& r : json.value("quarantine", Json::array())) {
      table.add({text(r, "id"), text(r, "party"), minutes(text(r, "at")), text(r, "code"),
                 text(r, "text"), text(r, "correlation"), text(r, "bytes"), text(r, "state")});
    }
    out << (table.empty() ? "nothing there\n" : table.render());
  });
}

// With --raw the bytes as they came, and nothing else.
int runQuarantineShow(const Arguments& arguments, Client& client, std::ostream& out,
                      std::ostream& err) {
  const std::string target = "/v1/quarantine/" + segment(arguments.words[0]);
  if (arguments.has("--raw")) {
    const Answer answer = client.get(target + "/raw");
    if (!answer.ok()) return explain(answer, arguments, out, err);
    out << answer.body;
    return kDone;
  }
  return present(client.get(target), arguments, out, err,
                 [&](const Json& json) { showQuarantined(json, out); });
}

int runQuarantineReplay(const Arguments& arguments, Client& client, std::ostream& out,
                        std::ostream& err) {
  return present(client.post("/v1/quarantine/" + segment(arguments.words[0]) + ":replay", "", ""),
                 arguments, out, err, [&](const Json& json) { showQuarantined(json, out); });
}

int runQuarantineResolve(const Arguments& arguments, Client& client, std::ostream& out,
                         std::ostream& err) {
  if (!arguments.has("--note")) {
    err << "could not: quarantine resolve needs --note\n";
    return kCouldNot;
  }
  const Json order = {{"note", arguments.option("--note")}};
  return present(
      client.post("/v1/quarantine/" + segment(arguments.words[0]) + ":resolve", "application/json",
                  order.dump(-1, ' ', false, Json::error_handler_t::replace)),
      arguments, out, err, [&](const Json& json) { showQuarantined(json, out); });
}

}  // namespace hub::ctl
