#include "hub/programs/hubctl_commands.h"

#include <Poco/Crypto/DigestEngine.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "adapters/kit/map_test.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/base/time.h"
#include "hub/programs/hubctl_law.h"
#include "hub/programs/hubctl_table.h"
#include "hub/rules/supervision.h"

namespace hub::ctl {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kDocumentBytesMax = 64 * 1024 * 1024;

// A member as text; "" if it is absent.
std::string text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return {};
  const Json& value = object.at(name);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

std::string minutes(const std::string& instant) {  // 2026-03-17T05:00:00Z → 2026-03-17 05:00
  if (instant.size() < 16) return instant;
  return instant.substr(0, 10) + " " + instant.substr(11, 5);
}

// Prints why it did not work; the exit code.
int explain(const Answer& answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
            const std::string& what = {}) {
  const std::string prefix = what.empty() ? "" : what + ": ";
  if (answer.status == 0) {
    err << prefix << "could not: " << answer.problem << "\n";
    return kCouldNot;
  }
  const int code = answer.status >= 500 ? kCouldNot : kRefused;
  if (arguments.json) {
    out << answer.body << "\n";
    return code;
  }
  const Json problem = Json::parse(answer.body, nullptr, false);
  err << prefix << (code == kRefused ? "refused: " : "could not: ");
  if (!problem.is_object()) {
    err << "HTTP " << answer.status << "\n";
    return code;
  }
  err << text(problem, "title") << " [" << text(problem, "code") << "]\n";
  for (const Json& error : problem.value("errors", Json::array())) {
    err << "  " << text(error, "field");
    if (error.contains("line")) err << " line " << text(error, "line");
    err << (error.contains("field") || error.contains("line") ? ": " : "") << text(error, "text")
        << " [" << text(error, "code") << "]";
    if (error.contains("detail")) err << " (" << text(error, "detail") << ")";
    err << "\n";
  }
  if (problem.contains("remedy")) err << "  what to do: " << text(problem, "remedy") << "\n";
  err << "  request: " << text(problem, "instance") << "\n";
  return code;
}

// Prints raw JSON, or hands the parsed answer to `show`.
template <class Show>
int present(const Answer& answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
            Show show) {
  if (!answer.ok()) return explain(answer, arguments, out, err);
  if (arguments.json) {
    out << answer.body << "\n";
    return kDone;
  }
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) {
    err << "could not: the hub's answer is not JSON\n";
    return kCouldNot;
  }
  show(json);
  return kDone;
}

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

int runStatus(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const Answer ready = client.get("/readyz");
  if (ready.status == 0) return explain(ready, arguments, out, err);
  const Answer agencies = client.get("/v1/agencies");
  if (!agencies.ok()) return explain(agencies, arguments, out, err);
  if (arguments.json) {
    out << "{\"ready\":" << (ready.ok() ? "true" : "false") << ",\"agencies\":"
        << Json::parse(agencies.body, nullptr, false).value("agencies", Json::array()).dump()
        << "}\n";
    return ready.ok() ? kDone : kCouldNot;
  }
  out << "intake: " << (ready.ok() ? "open" : "closed") << "\n\n"
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

std::string mediaTypeOf(const std::string& path, const std::string& content) {
  const auto extension = toLowerAscii(std::filesystem::path(path).extension().string());
  if (extension == ".json") return "application/json";
  if (extension == ".xml") return "application/xml";
  return trim(content).starts_with('<') ? "application/xml" : "application/json";
}

// Files as given; of a folder, its .json and .xml files by name.
std::vector<std::string> filesOf(const std::vector<std::string>& words) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const auto& word : words) {
    std::error_code error;
    if (!fs::is_directory(word, error)) {
      files.push_back(word);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(word, error)) {
      const auto extension = toLowerAscii(entry.path().extension().string());
      if (extension == ".json" || extension == ".xml") inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

int runSubmit(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto files = filesOf(arguments.words);
  Table table({"FILE", "RESULT", "NUMBER", "DUE", "BODY", "STATE"});
  int worst = kDone;
  for (const auto& file : files) {
    const std::string name = files.size() > 1 ? file : "";
    auto content = readFile(file, kDocumentBytesMax);
    if (!content.ok()) {
      err << file << ": could not: " << content.error().text << "\n";
      worst = kCouldNot;
      continue;
    }
    const Answer answer = client.post("/v1/appeals", mediaTypeOf(file, *content), *content);
    if (!answer.ok()) {
      worst = std::max(worst, explain(answer, arguments, out, err, name));
      if (answer.status == 0)
        break;  // the hub is not there: the next file would not find it either
      continue;
    }
    if (arguments.json) {
      out << answer.body << "\n";
      continue;
    }
    const Json json = Json::parse(answer.body, nullptr, false);
    const std::string body = text(json, "body_name");
    table.add({file, answer.status == 201 ? "registered" : "known", text(json, "reg_number"),
               text(json, "due_date"), body.empty() ? text(json, "body") : body,
               text(json, "state")});
  }
  if (files.empty()) {
    err << "could not: no .json or .xml file there\n";
    return kCouldNot;
  }
  if (!arguments.json && !table.empty()) out << table.render();
  return worst;
}

std::string fileType(const std::string& path) {
  static const std::map<std::string, std::string> types = {
      {".pdf", "application/pdf"}, {".png", "image/png"},       {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},     {".txt", "text/plain"},      {".csv", "text/csv"},
      {".svg", "image/svg+xml"},   {".xml", "application/xml"}, {".json", "application/json"}};
  auto it = types.find(toLowerAscii(std::filesystem::path(path).extension().string()));
  return it == types.end() ? "application/octet-stream" : it->second;
}

// SHA-256 of a file read in pieces; "" if it cannot be read.
std::string fileHash(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  Poco::Crypto::DigestEngine digest("SHA256");
  std::vector<char> piece(64 * 1024);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    digest.update(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  return Poco::DigestEngine::digestToHex(digest.digest());
}

int runAttach(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  Table table({"FILE", "SHA-256", "SIZE", "RESULT"});
  int worst = kDone;
  for (const auto& file : arguments.words) {
    const std::string hash = fileHash(file);
    if (hash.empty()) {
      err << file << ": could not: it cannot be read\n";
      worst = kCouldNot;
      continue;
    }
    const Answer answer = client.putFile("/v1/attachments/" + hash, fileType(file), file);
    if (!answer.ok()) {
      worst = std::max(worst, explain(answer, arguments, out, err, file));
    } else if (arguments.json) {
      out << answer.body << "\n";
    } else {
      table.add({file, hash, text(Json::parse(answer.body, nullptr, false), "size"),
                 answer.status == 201 ? "stored" : "known"});
    }
  }
  if (!arguments.json && !table.empty()) out << table.render();
  return worst;
}

void line(std::ostream& out, const char* name, const std::string& value) {
  if (!value.empty())
    out << name << std::string(16 - std::string_view(name).size(), ' ') << value << "\n";
}

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
  Table clocks({"CLOCK", "STATUS", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE", "WHY"});
  for (const Json& c : json.value("clocks", Json::array())) {
    clocks.add({text(c, "name"), text(c, "status"), text(c, "due_date"), text(c, "length"),
                text(c, "day_kind"), text(c, "law"), text(c, "article"), text(c, "explanation")});
  }
  if (!clocks.empty()) out << "\n" << clocks.render();
  Table destinations({"OUTBOX", "TO", "TYPE", "STATE", "TRIES", "THEIR NUMBER", "LAST PROBLEM"});
  for (const Json& d : json.value("destinations", Json::array())) {
    destinations.add({text(d, "id"), text(d, "destination"), text(d, "type"), text(d, "state"),
                      text(d, "attempts"), text(d, "external_id"), text(d, "last_code")});
  }
  if (!destinations.empty()) out << "\n" << destinations.render();
  if (json.contains("decision")) out << "\ndecision:\n" << json["decision"].dump(2) << "\n";
  if (json.contains("appeal")) out << "\nappeal:\n" << json["appeal"].dump(2) << "\n";
}

int runShow(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string target = "/v1/appeals/" + segment(arguments.words[0]) +
                             (arguments.has("--content") ? "?content=1" : "");
  return present(client.get(target), arguments, out, err,
                 [&](const Json& json) { showAppeal(json, out); });
}

// "reception": what waits for a person at the reception desk.
std::string stateOf(const Arguments& arguments) {
  const std::string state = arguments.option("--state");
  return state == "reception" ? "awaiting_routing" : state;
}

int runList(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  std::string after = arguments.option("--after");
  Table table(
      {"NUMBER", "KIND", "LANG", "BODY", "ADAPTER", "RECEIVED", "DUE", "STATE", "DECISION"});
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
    const int code = present(answer, arguments, out, err, [&](const Json& json) {
      for (const Json& a : json.value("appeals", Json::array())) {
        table.add({text(a, "reg_number"), text(a, "kind"), text(a, "language"), text(a, "body"),
                   text(a, "destination"), minutes(text(a, "received_at")), text(a, "due_date"),
                   text(a, "state"), text(a, "decision_outcome")});
      }
      after = text(json, "next");
    });
    if (code != kDone || arguments.json) return code;
    if (!arguments.has("--all") || after.empty()) break;
  }
  out << (table.empty() ? "no appeals\n" : table.render());
  if (!after.empty()) out << "more: --after " << after << "\n";
  return kDone;
}

int runEvents(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/events"), arguments, out, err,
      [&](const Json& json) {
        Table table({"#", "AT", "TYPE", "ACTOR", "FROM", "TO", "REASON", "TEXT", "SIGNED BY"});
        for (const Json& e : json.value("events", Json::array())) {
          table.add({text(e, "seq"), text(e, "at"), text(e, "type"), text(e, "actor"),
                     text(e, "from_state"), text(e, "to_state"), text(e, "reason"), text(e, "text"),
                     text(e, "evidence")});
        }
        out << table.render();
      });
}

int runRoute(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (arguments.has("--batch")) return routeBatch(arguments, client, out, err);
  if (arguments.words.size() != 2 || !arguments.has("--reason")) {
    err << "could not: route needs NUMBER BODY --reason TEXT, or --batch FILE\n";
    return kCouldNot;
  }
  const Json order = {{"body", arguments.words[1]}, {"reason", arguments.option("--reason")}};
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

std::string joined(const Json& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return text;
}

int runActions(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"role", arguments.option("--role")}});
  return present(
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/actions" + query), arguments, out,
      err, [&](const Json& json) {
        line(out, "number", text(json, "reg_number"));
        line(out, "state", text(json, "state") + " (" + text(json, "state_name") + ")");
        Table table({"ACTION", "NAME", "ARTICLE", "BY", "UNTIL", "NEEDS", "OUTCOMES"});
        for (const Json& r : json.value("actions", Json::array())) {
          Json needs = r.value("needs", Json::array());
          for (const Json& outcome : r.value("unheard", Json::array())) {
            needs.push_back("waived (" + outcome.get<std::string>() + ")");
          }
          table.add({text(r, "action"), text(r, "name"), text(r, "law") + " " + text(r, "article"),
                     joined(r.value("by", Json::array())), text(r, "until"), joined(needs),
                     joined(r.value("outcomes", Json::array()))});
        }
        out << (table.empty() ? "nothing may be done now\n" : table.render());
      });
}

int runAct(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  Json order = {{"action", arguments.words[1]}};
  for (const char* member : {"role", "official", "outcome", "reason", "text", "day", "body", "of",
                             "executor", "waived"}) {
    const auto option = std::string("--") + member;
    if (arguments.has(option)) order[member] = arguments.option(option);
  }
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
          line(out, "term", text(clock, "name") + " until " + text(clock, "due_date"));
        }
        if (json.contains("part")) {
          line(out, "part",
               text(json["part"], "reg_number") + " to " + text(json["part"], "destination"));
        }
      });
}

int runExecutors(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/executors"), arguments, out, err,
      [&](const Json& json) {
        line(out, "number", text(json, "reg_number"));
        line(out, "executor", text(json, "executor"));
        line(out, "suggested", text(json, "suggested"));
        line(out, "why", text(json, "why"));
        Table table({"EXECUTOR", "LOAD", "EXCLUDED"});
        for (const Json& r : json.value("candidates", Json::array())) {
          table.add({text(r, "executor"), text(r, "load_percent") + " %", text(r, "excluded")});
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
        out << (table.empty() ? "the load is even\n" : table.render());
      });
}

void showSimilar(const Json& list, std::ostream& out) {
  Table table({"NUMBER", "NATURE", "ALIKE", "KIND", "STATE", "RECEIVED", "VERDICT"});
  for (const Json& r : list) {
    table.add({text(r, "reg_number"), text(r, "nature"), text(r, "percent") + " %", text(r, "kind"),
               text(r, "state"), minutes(text(r, "received_at")), text(r, "verdict")});
  }
  out << (table.empty() ? "nothing looks like it\n" : table.render());
}

int runSimilar(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
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

int runNotified(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (!arguments.has("--channel")) {
    err << "could not: notified needs --channel\n";
    return kCouldNot;
  }
  const auto at =
      arguments.has("--at") ? arguments.option("--at") : formatInstant(systemClock().now());
  const Json report = {{"at", at}, {"channel", arguments.option("--channel")}};
  const auto body = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(client.post("/v1/appeals/" + segment(arguments.words[0]) + ":notified",
                             "application/json", body),
                 arguments, out, err, [&](const Json& json) {
                   const Json clock = json.value("clock", Json::object());
                   Table table({"NUMBER", "TOLD", "CHANNEL", "TERM", "DUE", "STATUS"});
                   table.add({text(json, "reg_number"), text(json, "at"), text(json, "channel"),
                              text(clock, "name"), text(clock, "due_date"), text(clock, "status")});
                   out << table.render();
                 });
}

int runTalon(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string file = arguments.option("--out");
  const std::string kind = std::filesystem::path(file).extension().string();
  if (kind != ".pdf" && kind != ".html") {
    err << "could not: talon needs --out FILE that ends with .pdf or .html\n";
    return kCouldNot;
  }
  const Answer answer =
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/talon?format=" + kind.substr(1));
  if (!answer.ok()) return explain(answer, arguments, out, err);
  std::ofstream slip(file, std::ios::binary | std::ios::trunc);
  slip << answer.body << std::flush;
  if (!slip) {
    err << "could not: cannot write " << file << "\n";
    return kCouldNot;
  }
  if (arguments.json) {
    out << Json{{"file", file}, {"bytes", answer.body.size()}}.dump() << "\n";
  } else {
    out << file << "  " << answer.body.size() << " bytes\n";
  }
  return kDone;
}

int runOverdue(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(
      client.get("/v1/reports/pressing" + queryOf({{"days", arguments.option("--days")},
                                                   {"body", arguments.option("--body")},
                                                   {"executor", arguments.option("--executor")},
                                                   {"region", arguments.option("--region")},
                                                   {"clock", arguments.option("--clock")}})),
      arguments, out, err, [&](const Json& json) {
        Table table(
            {"NUMBER", "KIND", "BODY", "EXECUTOR", "STATE", "TERM", "DUE", "OVERDUE", "DAYS"});
        for (const Json& a : json.value("cases", Json::array())) {
          const bool known = !text(a, "due_date").empty();
          table.add({text(a, "reg_number"), text(a, "kind"), text(a, "body"), text(a, "executor"),
                     text(a, "state"), text(a, "clock"), known ? text(a, "due_date") : "unknown",
                     !known                         ? "?"
                     : text(a, "overdue") == "true" ? "yes"
                                                    : "no",
                     text(a, "working_days")});
        }
        out << (table.empty() ? "nothing is pressing\n" : table.render());
      });
}

int runDiscipline(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  return present(
      client.get("/v1/reports/discipline" + queryOf({{"by", arguments.option("--by")},
                                                     {"body", arguments.option("--body")},
                                                     {"received_from", arguments.option("--from")},
                                                     {"received_to", arguments.option("--to")}})),
      arguments, out, err, [&](const Json& json) {
        Table table({"GROUP", "RECEIVED", "DECIDED", "RUNNING", "LATE", "EXTENDED", "DEEMED",
                     "MEDIAN", "P90"});
        for (const Json& row : json.value("rows", Json::array())) {
          table.add({text(row, "group"), text(row, "received"), text(row, "decided"),
                     text(row, "running"), text(row, "late"), text(row, "extended"),
                     text(row, "deemed_refused"), text(row, "median_working_days"),
                     text(row, "p90_working_days")});
        }
        out << table.render();
      });
}

int runMisrouted(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf(
      {{"received_from", arguments.option("--from")}, {"received_to", arguments.option("--to")}});
  return present(client.get("/v1/reports/misrouted" + query), arguments, out, err,
                 [&](const Json& json) {
                   Table table({"RULE", "TOPIC", "REGION", "REFUSED BY", "THEN TO", "APPEALS"});
                   for (const Json& r : json.value("rows", Json::array())) {
                     table.add({text(r, "rule"), text(r, "topic"), text(r, "region"),
                                text(r, "refused_by"), text(r, "then_to"), text(r, "appeals")});
                   }
                   out << (table.empty() ? "no body refused an appeal\n" : table.render());
                 });
}

void writeCsvLine(const Json& cells, std::ostream& out) {
  bool first = true;
  for (const auto& cell : cells) {
    out << (first ? "" : ",") << rules::csvCell(cell.get<std::string>());
    first = false;
  }
  out << "\r\n";
}

// All pages into one file, which appears whole or not at all.
int runCards(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string file = arguments.option("--out");
  if (file.empty() || !arguments.has("--purpose")) {
    err << "could not: cards needs --out FILE.csv and --purpose TEXT\n";
    return kCouldNot;
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
      err << "could not: the hub's answer is not JSON\n";
      return kCouldNot;
    }
    if (after.empty()) writeCsvLine(json.value("columns", Json::array()), table);
    for (const Json& row : json.value("rows", Json::array())) {
      writeCsvLine(row, table);
      ++count;
    }
    after = text(json, "next");
    if (!after.empty()) err << count << " cards …\n";
  } while (!after.empty());
  table.close();
  std::error_code failed;
  if (table) std::filesystem::rename(part, file, failed);
  if (!table || failed) {
    err << "could not: cannot write " << file << "\n";
    return kCouldNot;
  }
  if (arguments.json) {
    out << Json{{"file", file}, {"cards", count}}.dump() << "\n";
  } else {
    out << file << "  " << count << " cards\n";
  }
  return kDone;
}

int runLawReload(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.post("/v1/law:reload", "application/json", ""), arguments, out, err,
                 [&](const Json& json) {
                   line(out, "open appeals", text(json, "appeals"));
                   line(out, "open clocks", text(json, "clocks"));
                   line(out, "dates moved", text(json, "moved"));
                   line(out, "dates found", text(json, "determined"));
                 });
}

int runReceipt(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.get("/v1/appeals/" + segment(arguments.words[0]) + "/receipt"), arguments,
                 out, err, [&](const Json& json) {
                   line(out, "number", text(json, "reg_number"));
                   line(out, "hub id", text(json, "hub_id"));
                   line(out, "received", text(json, "received_at"));
                   line(out, "due", text(json, "due_date"));
                   line(out, "body", text(json, "body_name"));
                   const Json proof = json.value("proof", Json::object());
                   const Json head = proof.value("head", Json::object());
                   line(out, "journal record", text(json.value("record", Json::object()), "text"));
                   line(out, "tree size", text(head, "size"));
                   line(out, "tree root", text(head, "root"));
                   line(out, "signature", text(head, "signature"));
                   out << "the whole proof: --json\n";
                 });
}

int runOutbox(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"destination", arguments.option("--destination")},
                              {"state", arguments.option("--state")},
                              {"limit", arguments.option("--limit")}});
  return present(client.get("/v1/outbox" + query), arguments, out, err, [&](const Json& json) {
    Table table(
        {"OUTBOX", "NUMBER", "TO", "TYPE", "STATE", "TRIES", "NEXT", "LAST PROBLEM", "TEXT"});
    for (const Json& r : json.value("outbox", Json::array())) {
      table.add({text(r, "id"), text(r, "reg_number"), text(r, "destination"), text(r, "type"),
                 text(r, "state"), text(r, "attempts"), minutes(text(r, "next_at")),
                 text(r, "last_code"), text(r, "last_text")});
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

int runDeadline(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (arguments.has("--batch")) return deadlineBatch(arguments, client, out, err);
  if (!arguments.has("--kind") || !arguments.has("--at")) {
    err << "could not: deadline needs --kind and --at, or --batch FILE\n";
    return kCouldNot;
  }
  if (const std::string law = lawFolder(arguments); !law.empty()) {
    return deadlineHere(law, arguments, client.language(), out, err);
  }
  Json query = {{"kind", arguments.option("--kind")},
                {"received_at", arguments.option("--at")},
                {"explain", arguments.has("--explain")}};
  const std::vector<std::pair<const char*, const char*>> more = {
      {"--body", "body"},   {"--procedure", "procedure"},      {"--special", "special_kind"},
      {"--level", "level"}, {"--registered", "registered_at"}, {"--zone", "zone"}};
  for (const auto& [option, member] : more) {
    if (arguments.has(option)) query[member] = arguments.option(option);
  }
  const auto body = query.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(client.post("/v1/deadlines:calculate", "application/json", body), arguments, out,
                 err, [&](const Json& json) {
                   Table table({"CLOCK", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE", "RULE", "WHY"});
                   for (const Json& c : json.value("clocks", Json::array())) {
                     table.add({text(c, "name"), text(c, "due_date"), text(c, "length"),
                                text(c, "day_kind"), text(c, "law"), text(c, "article"),
                                text(c, "rule_id"), text(c, "explanation")});
                   }
                   out << table.render();
                 });
}

int runMapTest(const Arguments& arguments, Client&, std::ostream& out, std::ostream& err) {
  bool all_good = true;
  Json report = Json::array();
  for (const auto& folder : arguments.words) {
    const auto result = otinish::kit::runMapTests(folder, arguments.has("--update"), err);
    all_good = all_good && result.ok();
    if (arguments.json) {
      report.push_back({{"folder", folder},
                        {"passed", result.passed},
                        {"failed", result.failed},
                        {"updated", result.updated},
                        {"lost_fields", result.lost_fields}});
      continue;
    }
    out << folder << ": " << result.passed << " passed, " << result.failed << " failed";
    if (result.updated > 0) out << ", " << result.updated << " updated";
    out << "\n";
    for (const auto& field : result.lost_fields) out << "  no mapping reads " << field << "\n";
  }
  if (arguments.json) out << report.dump() << "\n";
  return all_good ? kDone : kRefused;
}

int runErrors(const Arguments& arguments, Client&, std::ostream& out, std::ostream& err) {
  Json list = Json::array();
  Table table({"CODE", "HTTP", "TEXT", "WHAT TO DO"});
  const std::string wanted = arguments.words.empty() ? "" : arguments.words[0];
  for (const auto& e : errorCatalogue()) {
    if (!wanted.empty() && e.code != wanted) continue;
    if (!wanted.empty() && !arguments.json) {
      out << e.code << " (HTTP " << e.http_status << ")\n  en  " << e.en << "\n  ru  " << e.ru
          << "\n  kk  " << e.kk << "\n  " << e.remedy << "\n";
      return kDone;
    }
    table.add({std::string(e.code), std::to_string(e.http_status), std::string(e.en),
               std::string(e.remedy)});
    list.push_back({{"code", e.code},
                    {"status", e.http_status},
                    {"en", e.en},
                    {"ru", e.ru},
                    {"kk", e.kk},
                    {"remedy", e.remedy}});
  }
  if (list.empty()) {
    err << "refused: no such code\n";
    return kRefused;
  }
  out << (arguments.json ? list.dump() + "\n" : table.render());
  return kDone;
}

int runVersion(const Arguments& arguments, Client&, std::ostream& out, std::ostream&) {
  if (arguments.json) {
    out << "{\"version\":\"" << OTINISH_VERSION << "\"}\n";
  } else {
    out << "hubctl " << OTINISH_VERSION << "\n";
  }
  return kDone;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"status", "", "Is intake open, and how are the agencies?", 0, 0, {}, runStatus},
      {"submit", "FILE|FOLDER…", "Submits appeals (JSON or canonical XML).", 1, -1, {}, runSubmit},
      {"attach",
       "FILE…",
       "Stores files, to be named by their SHA-256 in an appeal.",
       1,
       -1,
       {},
       runAttach},
      {"show",
       "NUMBER|ID",
       "One appeal: clocks, deliveries, decision.",
       1,
       1,
       {{"--content", ""}},
       runShow},
      {"list",
       "",
       "Appeals, newest first.",
       0,
       0,
       {{"--state", "STATE|reception"},
        {"--kind", "KIND"},
        {"--language", "kk|ru|en|other"},
        {"--destination", "ALIAS"},
        {"--body", "BIN"},
        {"--source-system", "NAME"},
        {"--from", "TIME"},
        {"--to", "TIME"},
        {"--due-to", "DAY"},
        {"--limit", "N"},
        {"--after", "CURSOR"},
        {"--all", ""}},
       runList},
      {"events", "NUMBER|ID", "What happened to an appeal.", 1, 1, {}, runEvents},
      {"receipt", "NUMBER|ID", "The signed proof of acceptance.", 1, 1, {}, runReceipt},
      {"overdue",
       "",
       "Terms that run and are past, or have few days left (admin).",
       0,
       0,
       {{"--days", "N"},
        {"--body", "BIN"},
        {"--executor", "ID"},
        {"--region", "KATO"},
        {"--clock", "TERM"}},
       runOverdue},
      {"discipline",
       "",
       "How terms are kept (admin).",
       0,
       0,
       {{"--by", "body|region|kind|topic|executor"},
        {"--body", "BIN"},
        {"--from", "TIME"},
        {"--to", "TIME"}},
       runDiscipline},
      {"misrouted",
       "",
       "Appeals a body did not take, by the row that sent them there (admin).",
       0,
       0,
       {{"--from", "TIME"}, {"--to", "TIME"}},
       runMisrouted},
      {"cards",
       "--out FILE.csv --purpose TEXT",
       "Registration cards with the applicants' data (admin, recorded).",
       0,
       0,
       {{"--out", "FILE.csv"},
        {"--purpose", "TEXT"},
        {"--from", "TIME"},
        {"--to", "TIME"},
        {"--body", "BIN"}},
       runCards},
      {"law reload",
       "",
       "Reads the law data anew, counts open clocks again (admin).",
       0,
       0,
       {},
       runLawReload},
      {"talon",
       "NUMBER|ID --out FILE",
       "The receipt slip for the applicant, FILE.pdf or FILE.html.",
       1,
       1,
       {{"--out", "FILE"}},
       runTalon},
      {"route",
       "NUMBER|ID BODY --reason TEXT | --batch FILE",
       "Directs a waiting appeal to a body (admin); --batch: where appeals would go.",
       0,
       2,
       {{"--reason", "TEXT"}, {"--batch", "FILE"}, {"--law", "FOLDER"}},
       runRoute},
      {"actions",
       "NUMBER|ID",
       "What may be done with an appeal today, by whom, until when.",
       1,
       1,
       {{"--role", "ROLE"}},
       runActions},
      {"act",
       "NUMBER|ID ACTION",
       "Carries out an action of the procedure (see actions).",
       2,
       2,
       {{"--role", "ROLE"},
        {"--official", "WHO"},
        {"--outcome", "CODE"},
        {"--reason", "TEXT"},
        {"--text", "TEXT"},
        {"--day", "DAY"},
        {"--body", "BIN|ALIAS"},
        {"--of", "NUMBER"},
        {"--executor", "ID"},
        {"--waived", "CODE"}},
       runAct},
      {"similar",
       "NUMBER|ID [OTHER --verdict linked|dismissed]",
       "Appeals that look like it; a person's verdict on one.",
       1,
       2,
       {{"--verdict", "linked|dismissed"}},
       runSimilar},
      {"executors",
       "NUMBER|ID",
       "Who of the body's executors should get it, and why.",
       1,
       1,
       {},
       runExecutors},
      {"rebalance",
       "BODY",
       "Moves that would even the load within a body (admin).",
       1,
       1,
       {{"--moves", "N"}},
       runRebalance},
      {"notified",
       "NUMBER|ID --channel CODE",
       "The applicant was told of the extension, now or at --at.",
       1,
       1,
       {{"--channel", "CODE"}, {"--at", "TIME"}},
       runNotified},
      {"agencies", "", "Agencies and their queues.", 0, 0, {}, runAgencies},
      {"adapter list", "", "Adapters and their processes.", 0, 0, {}, runAdapterList},
      {"adapter check", "ALIAS", "Probes an agency now (admin).", 1, 1, {}, runAdapterCheck},
      {"outbox",
       "",
       "Messages on their way.",
       0,
       0,
       {{"--destination", "ALIAS"}, {"--state", "STATE"}, {"--limit", "N"}},
       runOutbox},
      {"retry",
       "OUTBOX_ID",
       "Tries a dead, waiting or overdue message now (admin).",
       1,
       1,
       {},
       runRetry},
      {"quarantine show",
       "ID",
       "One kept message; --raw prints what came (admin, recorded).",
       1,
       1,
       {{"--raw", ""}},
       runQuarantineShow},
      {"quarantine replay",
       "ID",
       "Judges it again, as the hub is configured now (admin).",
       1,
       1,
       {},
       runQuarantineReplay},
      {"quarantine resolve",
       "ID --note TEXT",
       "Closes it with a note (admin).",
       1,
       1,
       {{"--note", "TEXT"}},
       runQuarantineResolve},
      {"quarantine",
       "",
       "What agencies sent and could not be taken (admin).",
       0,
       0,
       {{"--party", "ALIAS"}, {"--state", "STATE"}},
       runQuarantine},
      {"deadline",
       "--kind KIND --at TIME | --batch FILE",
       "Legal deadlines; --law FOLDER needs no hub.",
       0,
       0,
       {{"--kind", "KIND"},
        {"--at", "TIME"},
        {"--explain", ""},
        {"--body", "BIN|ALIAS"},
        {"--procedure", "PROCEDURE"},
        {"--special", "SPECIAL_KIND"},
        {"--level", "central|local"},
        {"--registered", "TIME"},
        {"--zone", "ZONE"},
        {"--batch", "FILE"},
        {"--law", "FOLDER"}},
       runDeadline},
      {"law check", "FOLDER", "Checks law data (no hub needed).", 1, 1, {}, lawCheck},
      {"law diff",
       "FROM TO",
       "What new law data changes; --open: for the open terms of the running hub.",
       2,
       2,
       {{"--appeals", "FILE"}, {"--open", ""}},
       lawDiff},
      {"map test",
       "FOLDER…",
       "Runs the golden tests of mapping folders (no hub needed).",
       1,
       -1,
       {{"--update", ""}},
       runMapTest},
      {"errors",
       "[CODE]",
       "Error codes and what to do about them (no hub needed).",
       0,
       1,
       {},
       runErrors},
      {"version", "", "The version of this program.", 0, 0, {}, runVersion},
  };
  return table;
}

}  // namespace hub::ctl
