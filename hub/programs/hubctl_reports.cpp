#include "hub/programs/hubctl_reports.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"
#include "hub/rules/supervision.h"

namespace hub::ctl {
namespace {

void writeCsvLine(const Json& cells, std::ostream& out) {
  bool first = true;
  for (const auto& cell : cells) {
    out << (first ? "" : ",") << rules::csvCell(cell.get<std::string>());
    first = false;
  }
  out << "\r\n";
}

// A report as a table, as JSON, or as the hub's own CSV.
template <class Show>
int report(const std::string& path, std::vector<std::pair<std::string, std::string>> query,
           const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err,
           Show show) {
  if (!arguments.has("--csv")) {
    return present(client.get(path + queryOf(query)), arguments, out, err, show);
  }
  if (arguments.json) {
    return cannot(err, "either --csv or --json");
  }
  query.emplace_back("format", "csv");
  const Answer answer = client.get(path + queryOf(query));
  if (!answer.ok()) return explain(answer, arguments, out, err);
  out << answer.body;
  return kDone;
}

}  // namespace

int runOverdue(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return report(
      "/v1/reports/pressing",
      {{"days", arguments.option("--days")},
       {"body", arguments.option("--body")},
       {"executor", arguments.option("--executor")},
       {"region", arguments.option("--region")},
       {"clock", arguments.option("--clock")}},
      arguments, client, out, err, [&](const Json& json) {
        Table table({"NUMBER", "KIND", "BODY", "EXECUTOR", "REGION", "STATE", "TERM", "DUE",
                     "OVERDUE", "DAYS"});
        for (const Json& a : json.value("cases", Json::array())) {
          const bool known = !text(a, "due_date").empty();
          table.add({text(a, "reg_number"), text(a, "kind"), text(a, "body"), text(a, "executor"),
                     text(a, "kato"), text(a, "state"),
                     text(a, "clock") + (a.contains("sub_order") ? " " + text(a, "sub_order") : ""),
                     known ? text(a, "due_date") : say("unknown"),
                     !known ? "?" : say(text(a, "overdue") == "true" ? "yes" : "no"),
                     text(a, "working_days")});
        }
        out << (table.empty() ? say("nothing is pressing") + "\n" : table.render());
      });
}

int runStopped(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return report("/v1/reports/stopped",
                {{"body", arguments.option("--body")},
                 {"executor", arguments.option("--executor")},
                 {"region", arguments.option("--region")},
                 {"needs_person", arguments.has("--needs-person") ? "true" : ""}},
                arguments, client, out, err, [&](const Json& json) {
                  Table table({"NUMBER", "BODY", "EXECUTOR", "REGION", "STOPPED", "COMPLAINT",
                               "ITS STATE", "DUE", "WRONG", "WHAT TO DO"});
                  for (const Json& a : json.value("stopped", Json::array())) {
                    const std::string state = text(a, "complaint_state");
                    const std::string about = text(a, "due_reckoned") == "true" ? "~" : "";
                    const std::string wrong = text(a, "needs_person") == "true" ? "!" : "";
                    table.add({text(a, "reg_number"), text(a, "body"), text(a, "executor"),
                               text(a, "kato"), minutes(text(a, "stopped_since")),
                               text(a, "complaint"), state.empty() ? say("outside the hub") : state,
                               about + text(a, "complaint_due"), wrong + text(a, "problem"),
                               text(a, "what_to_do")});
                  }
                  out << (table.empty() ? say("no such stopped acts") + "\n" : table.render());
                });
}

int runDiscipline(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  return report(
      "/v1/reports/discipline",
      {{"by", arguments.option("--by")},
       {"body", arguments.option("--body")},
       {"received_from", arguments.option("--from")},
       {"received_to", arguments.option("--to")}},
      arguments, client, out, err, [&](const Json& json) {
        Table table({"GROUP", "RECEIVED", "DECIDED", "RUNNING", "LATE", "LATE %", "BREACHES",
                     "EXTENDED", "DEEMED", "MEDIAN", "P90", "LATE SUB-ORDERS"});
        for (const Json& row : json.value("rows", Json::array())) {
          table.add({text(row, "group"), text(row, "received"), text(row, "decided"),
                     text(row, "running"), text(row, "late"), text(row, "late_percent"),
                     text(row, "breaches"), text(row, "extended"), text(row, "deemed_refused"),
                     text(row, "median_working_days"), text(row, "p90_working_days"),
                     text(row, "late_sub_orders")});
        }
        out << table.render();
      });
}

int runRepeats(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return report(
      "/v1/reports/repeats",
      {{"received_from", arguments.option("--from")}, {"received_to", arguments.option("--to")}},
      arguments, client, out, err, [&](const Json& json) {
        Table table(
            {"NUMBER", "OTHER", "VERDICT", "NATURE", "ALIKE", "BODY", "STATE", "JUDGED BY", "AT"});
        for (const Json& r : json.value("rows", Json::array())) {
          table.add({text(r, "reg_number"), text(r, "other"), text(r, "verdict"), text(r, "nature"),
                     text(r, "percent") + " %", text(r, "body"), text(r, "state"),
                     text(r, "judged_by"), minutes(text(r, "judged_at"))});
        }
        out << (table.empty() ? say("nobody judged any two appeals") + "\n" : table.render());
      });
}

int runMisrouted(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return report(
      "/v1/reports/misrouted",
      {{"received_from", arguments.option("--from")}, {"received_to", arguments.option("--to")}},
      arguments, client, out, err, [&](const Json& json) {
        Table table(
            {"RULE", "TOPIC", "REGION", "REFUSED BY", "THEN TO", "APPEALS", "LAST ONE", "WHY"});
        for (const Json& r : json.value("rows", Json::array())) {
          table.add({text(r, "rule"), text(r, "topic"), text(r, "region"), text(r, "refused_by"),
                     text(r, "then_to"), text(r, "appeals"), text(r, "last_number"),
                     text(r, "last_note")});
        }
        out << (table.empty() ? say("no body refused an appeal") + "\n" : table.render());
      });
}

// All pages into one file, which appears whole or not at all.
int runCards(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string file = arguments.option("--out");
  if (file.empty() || !arguments.has("--purpose")) {
    return cannot(err, "cards needs --out FILE.csv and --purpose TEXT");
  }
  const std::string part = file + ".part";
  std::ofstream table(part, std::ios::binary | std::ios::trunc);
  std::size_t count = 0;
  std::string after;
  do {
    const auto query = queryOf({{"purpose", arguments.option("--purpose")},
                                {"received_from", arguments.option("--from")},
                                {"received_to", arguments.option("--to")},
                                {"body", arguments.option("--body")},
                                {"after", after}});
    const Answer answer = client.get("/v1/reports/cards" + query);
    if (!answer.ok()) {
      table.close();
      std::filesystem::remove(part);
      return explain(answer, arguments, out, err);
    }
    const auto json = Json::parse(answer.body, nullptr, false);
    if (!json.is_object()) {
      table.close();
      std::filesystem::remove(part);
      return cannot(err, "the hub's answer is not JSON");
    }
    if (after.empty()) writeCsvLine(json.value("columns", Json::array()), table);
    for (const Json& row : json.value("rows", Json::array())) {
      writeCsvLine(row, table);
      ++count;
    }
    after = text(json, "next");
    if (!after.empty()) err << say("{} cards …", {std::to_string(count)}) << "\n";
  } while (!after.empty());
  table.close();
  std::error_code failed;
  if (table) std::filesystem::rename(part, file, failed);
  if (!table || failed) {
    std::filesystem::remove(part, failed);
    return cannot(err, "cannot write {}", {file});
  }
  if (arguments.json) {
    out << Json{{"file", file}, {"cards", count}}.dump() << "\n";
  } else {
    out << file << "  " << say("{} cards", {std::to_string(count)}) << "\n";
  }
  return kDone;
}

}  // namespace hub::ctl
