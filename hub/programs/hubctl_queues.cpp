#include "hub/programs/hubctl_queues.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/text.h"
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
                                                                  {"number", "reg_number"},
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

void showMore(const Json& json, std::ostream& out) {
  if (const auto next = text(json, "next"); !next.empty())
    out << say("more: --after {}", {next}) << "\n";
}

// What is listed under `member`, all pages; an answer that is not ok ends it.
std::vector<std::string> idsOf(Client& client, const std::string& path, const char* member,
                               std::vector<std::pair<std::string, std::string>> query,
                               Answer& answer, std::string* seen_at = nullptr) {
  std::vector<std::string> ids;
  query.emplace_back("limit", "1000");
  query.emplace_back("after", "");
  for (;;) {
    answer = client.get(path + queryOf(query));
    const Json json = answer.ok() ? Json::parse(answer.body, nullptr, false) : Json();
    if (!json.is_object()) return ids;
    if (seen_at && ids.empty()) *seen_at = text(json, "seen_at");
    for (const Json& row : json.value(member, Json::array())) ids.push_back(text(row, "id"));
    query.back().second = text(json, "next");
    if (query.back().second.empty()) return ids;
  }
}

// Does `one` for each of them and goes on after one that is refused; the worst exit code.
template <class One>
int forEach(const std::vector<std::string>& ids, std::ostream& out, One one) {
  if (ids.empty()) out << say("nothing there") << "\n";
  int worst = kDone;
  for (const auto& id : ids) worst = std::max(worst, one(id));
  return worst;
}

// Which open ones of the quarantine are meant, if not by their ids.
bool hasFilter(const Arguments& arguments) {
  return arguments.has("--party") || arguments.has("--code") || arguments.has("--unsigned");
}
std::vector<std::pair<std::string, std::string>> filterOf(const Arguments& arguments) {
  return {{"party", arguments.option("--party")},
          {"code", arguments.option("--code")},
          {"unsigned", arguments.has("--unsigned") ? "1" : ""}};
}

// The same, and of pushes without a signature none unless they are asked for: what the list of them shows.
std::vector<std::pair<std::string, std::string>> shownFilterOf(const Arguments& arguments) {
  auto filter = filterOf(arguments);
  filter.back().second = arguments.has("--unsigned") ? "1" : "0";
  return filter;
}

std::int64_t idOf(const std::string& text) {
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  return error == std::errc() && stop == end ? id : 0;
}

// All that a filter takes, as far as it was seen: what comes meanwhile stays open.
int resolveTogether(const Arguments& arguments, Client& client, const std::string& order,
                    std::ostream& out, std::ostream& err) {
  auto query = shownFilterOf(arguments);
  auto seen = query;
  seen.emplace_back("state", "open");
  Answer answer;
  std::string seen_at;
  auto ids = idsOf(client, "/v1/quarantine", "quarantine", seen, answer, &seen_at);
  if (!answer.ok()) return explain(answer, arguments, out, err);
  if (const auto up_to = arguments.option("--up-to"); !up_to.empty()) {
    const auto last = idOf(up_to);
    if (last <= 0) return couldNot(arguments, out, err, "", say("--up-to wants an id"));
    std::erase_if(ids, [&](const auto& id) { return idOf(id) > last; });
  }
  if (ids.empty()) {
    out << (arguments.json ? "{\"resolved\":0}" : say("nothing there")) << "\n";
    return kDone;
  }
  if (!arguments.has("--yes")) {
    err << say("close {} kept messages, the newest is {}? [y/n] ",
               {std::to_string(ids.size()), ids.front()})
        << std::flush;
    if (!saysYes(std::cin)) return couldNot(arguments, out, err, "", say("nothing is closed"));
  }
  query.emplace_back("up_to", ids.front());
  query.emplace_back("seen_at", seen_at);
  return present(client.post("/v1/quarantine:resolve" + queryOf(query), "application/json", order),
                 arguments, out, err, [&](const Json& json) {
                   out << say("closed: {}", {text(json, "resolved")}) << "\n";
                 });
}

// Either ids or a filter.
bool isOneOf(const Arguments& arguments, bool filtered, const char* options, std::ostream& err) {
  if (arguments.words.empty() != filtered) {
    cannot(err, "{} wants ids, or {}", {arguments.command, options});
    return false;
  }
  return true;
}

}  // namespace

int runOutbox(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto query = queryOf({{"destination", arguments.option("--destination")},
                              {"state", arguments.option("--state")},
                              {"limit", arguments.option("--limit")},
                              {"after", arguments.option("--after")}});
  return present(client.get("/v1/outbox" + query), arguments, out, err, [&](const Json& json) {
    Table table(
        {"OUTBOX", "NUMBER", "TO", "TYPE", "STATE", "TRIES", "NEXT", "LAST PROBLEM", "TEXT"});
    for (const Json& r : json.value("outbox", Json::array())) {
      table.add({text(r, "id"), text(r, "reg_number"), text(r, "destination"), text(r, "type"),
                 text(r, "state"), text(r, "attempts"), nextTry(r), text(r, "last_code"),
                 text(r, "last_text")});
    }
    out << (table.empty() ? say("nothing there") + "\n" : table.render());
    showMore(json, out);
  });
}

int runRetry(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const bool filtered = arguments.has("--state");
  if (!isOneOf(arguments, filtered, "--state", err)) return kCouldNot;
  auto ids = arguments.words;
  if (filtered) {
    Answer answer;
    ids = idsOf(client, "/v1/outbox", "outbox",
                {{"state", arguments.option("--state")},
                 {"destination", arguments.option("--destination")}},
                answer);
    if (!answer.ok()) return explain(answer, arguments, out, err);
  } else if (arguments.has("--destination")) {
    return cannot(err, "--destination goes with --state");
  }
  return forEach(ids, out, [&](const std::string& id) {
    const Answer answer = client.post("/v1/outbox/" + segment(id) + ":retry", "", "");
    if (!answer.ok())
      return explain(answer, arguments, out, err, ids.size() > 1 ? say("outbox {}", {id}) : "");
    return present(answer, arguments, out, err, [&](const Json& json) {
      out << say("outbox {} will be tried now", {text(json, "id")}) << "\n";
    });
  });
}

// What nobody signed is shown by itself: anybody can send as much of it as he likes.
int runQuarantine(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  auto query = shownFilterOf(arguments);
  query.emplace_back("state", arguments.option("--state"));
  query.emplace_back("limit", arguments.option("--limit"));
  query.emplace_back("after", arguments.option("--after"));
  const Answer answer = client.get("/v1/quarantine" + queryOf(query));
  return present(answer, arguments, out, err, [&](const Json& json) {
    Table table({"ID", "FROM", "AT", "NUMBER", "CODE", "TEXT", "REFERENCE", "BYTES", "STATE"});
    for (const Json& r : json.value("quarantine", Json::array())) {
      table.add({text(r, "id"), text(r, "party"), minutes(text(r, "at")), text(r, "reg_number"),
                 text(r, "code"), text(r, "text"), text(r, "correlation"), text(r, "bytes"),
                 text(r, "state")});
    }
    out << (table.empty() ? say("nothing there") + "\n" : table.render());
    showMore(json, out);
    if (arguments.has("--unsigned") || arguments.has("--after")) return;
    const Answer others = client.get("/v1/quarantine?unsigned=1&state=open&limit=1");
    const Json junk = others.ok() ? Json::parse(others.body, nullptr, false) : Json();
    if (junk.is_object() && !junk.value("quarantine", Json::array()).empty()) {
      out << say("pushes that nobody signed are apart: {}", {"hubctl quarantine --unsigned"})
          << "\n";
    }
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
  const bool filtered = hasFilter(arguments);
  if (!isOneOf(arguments, filtered, "--code, --party", err)) return kCouldNot;
  auto ids = arguments.words;
  if (filtered) {
    Answer answer;
    auto query = filterOf(arguments);
    query.back().second = "0";  // nothing of those can be judged again
    query.emplace_back("state", "open");
    ids = idsOf(client, "/v1/quarantine", "quarantine", query, answer);
    if (!answer.ok()) return explain(answer, arguments, out, err);
    // In the order in which they came.
    std::reverse(ids.begin(), ids.end());
  }
  return forEach(ids, out, [&](const std::string& id) {
    const Answer answer = client.post("/v1/quarantine/" + segment(id) + ":replay", "", "");
    const bool many = ids.size() > 1;
    if (!answer.ok()) return explain(answer, arguments, out, err, many ? say("item {}", {id}) : "");
    return present(answer, arguments, out, err, [&](const Json& json) {
      if (many) {
        out << say("item {} is {}", {id, text(json, "state")}) << "\n";
      } else {
        showQuarantined(json, out);
      }
    });
  });
}

int runQuarantineResolve(const Arguments& arguments, Client& client, std::ostream& out,
                         std::ostream& err) {
  if (!arguments.has("--note")) {
    return cannot(err, "quarantine resolve needs --note");
  }
  const bool filtered = hasFilter(arguments);
  if (!isOneOf(arguments, filtered, "--code, --party, --unsigned", err)) return kCouldNot;
  const std::string order = Json{{"note", arguments.option("--note")}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
  if (filtered) return resolveTogether(arguments, client, order, out, err);
  if (arguments.has("--up-to") || arguments.has("--yes")) {
    return cannot(err, "--up-to and --yes go with --code, --party, --unsigned");
  }
  const bool many = arguments.words.size() > 1;
  return forEach(arguments.words, out, [&](const std::string& id) {
    const Answer answer =
        client.post("/v1/quarantine/" + segment(id) + ":resolve", "application/json", order);
    if (!answer.ok()) return explain(answer, arguments, out, err, many ? say("item {}", {id}) : "");
    return present(answer, arguments, out, err, [&](const Json& json) {
      if (many) {
        out << say("item {} is {}", {id, text(json, "state")}) << "\n";
      } else {
        showQuarantined(json, out);
      }
    });
  });
}

}  // namespace hub::ctl
