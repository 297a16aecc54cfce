#include "hub/programs/hubctl_notices.h"

#include <string>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {

// Of all appeals, the newest first (admin); with --appeal of one, in the order of its events.
int runNotices(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string appeal = arguments.option("--appeal");
  const std::string state = arguments.option("--state");
  if (!appeal.empty() && (arguments.has("--limit") || arguments.has("--after"))) {
    return cannot(err, "--limit and --after are not for the notices of one appeal, which come all");
  }
  const std::string target = appeal.empty()
                                 ? "/v1/notices" + queryOf({{"state", state},
                                                            {"limit", arguments.option("--limit")},
                                                            {"after", arguments.option("--after")}})
                                 : "/v1/appeals/" + segment(appeal) + "/notices";
  return present(client.get(target), arguments, out, err, [&](const Json& json) {
    Table table({"NOTICE", "NUMBER", "TOLD", "EVENT", "LANGUAGE", "STATE", "TRIES", "SENT",
                 "REPORTED", "CODE"});
    for (const Json& r : json.value("notices", Json::array())) {
      if (!state.empty() && text(r, "state") != state) continue;
      const std::string number = text(appeal.empty() ? r : json, "reg_number");
      table.add({text(r, "id"), number, text(r, "kind"), minutes(text(r, "event_at")),
                 text(r, "language"), text(r, "state"), text(r, "attempts"),
                 minutes(text(r, "sent_at")), minutes(text(r, "reported_at")), text(r, "code")});
    }
    out << (table.empty() ? say("nothing there") + "\n" : table.render());
    if (const auto next = text(json, "next"); !next.empty()) {
      out << say("more: --after {}", {next}) << "\n";
    }
  });
}

int runNoticesRetry(const Arguments& arguments, Client& client, std::ostream& out,
                    std::ostream& err) {
  return present(client.post("/v1/notices/" + segment(arguments.words[0]) + ":retry", "", ""),
                 arguments, out, err, [&](const Json& json) {
                   out << say("notice {} will be sent again", {text(json, "id")}) << "\n";
                 });
}

}  // namespace hub::ctl
