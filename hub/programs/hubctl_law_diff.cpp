// `hubctl law diff`: what new law data changes, and the dry run of its reload.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_law.h"
#include "hub/programs/hubctl_law_data.h"
#include "hub/programs/hubctl_table.h"
#include "hub/rules/law_diff.h"
#include "hub/rules/law_gaps.h"
#include "hub/rules/recount.h"

namespace hub::ctl {
namespace {

using Moved = std::function<void(const rules::MovedClock&)>;

struct OpenCounts {
  std::int64_t appeals = 0, clocks = 0, named = 0;
  std::int64_t foreign = 0;  // not as the data counts that the hub is said to run
  std::int64_t no_rule = 0;  // of a rule that the new data do not have
};

constexpr const char* kNoSuchRule = "no such rule";

rules::OpenClock openClock(const Json& c) {
  rules::OpenClock clock;
  clock.name = c.value("name", "");
  clock.due_date = c.value("due_date", "");
  clock.length = c.value("length", 0);
  clock.day_kind = c.value("day_kind", "");
  clock.first_day = c.value("first_day", "");
  clock.start_event = c.value("start_event", "");
  clock.rule_id = c.value("rule_id", "");
  clock.rule_version = c.value("rule_version", "");
  clock.named_day = c.value("named_day", false);
  clock.zone = c.value("zone", "");
  clock.cut_off_minute = c.value("cut_off_minute", 0);
  clock.closed = c.value("closed", false);
  if (auto at = parseInstant(c.value("start_at", "")); at.ok()) clock.start_at = *at;
  return clock;
}

// The day that each term would have, were it opened by the new data; "no such rule" where they have none.
std::vector<std::string> daysUnderNewRules(const rules::LawBook& to,
                                           const std::vector<rules::OpenClock>& clocks) {
  std::vector<rules::OpenClock> anew = clocks;
  std::vector<bool> known(clocks.size(), false);
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const auto opened = rules::underNewRule(to, clocks[i]);
    known[i] = opened.has_value();
    if (opened) anew[i] = *opened;
  }
  const auto counted = rules::recountAppeal(to, anew, [](const auto&, const auto&) {});
  std::vector<std::string> days(clocks.size(), kNoSuchRule);
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    if (!known[i] || !counted[i]) continue;
    days[i] = counted[i]->due_date ? formatDate(*counted[i]->due_date) : "unknown";
  }
  return days;
}

// The running hub's open terms of one appeal, moved as a reload of `to` would move them.
void foresee(const rules::LawBook& from, const rules::LawBook& to, const Json& appeal,
             OpenCounts& counts, const Moved& moved) {
  std::vector<rules::OpenClock> clocks;
  for (const Json& c : appeal.value("clocks", Json::array())) clocks.push_back(openClock(c));
  const bool over = appeal.value("over", false);
  const auto ignore = [](const rules::OpenClock&, const Error&) {};
  for (const auto& move : rules::movesOf(from, clocks, ignore)) {
    counts.foreign += rules::runsOn(from, clocks[move.place].name, over) ? 1 : 0;
  }
  std::map<std::size_t, std::string> moves;
  for (auto& move : rules::movesOf(to, clocks, ignore)) {
    moves[move.place] = move.due_date.empty() ? "unknown" : move.due_date;
  }
  const auto under_new = daysUnderNewRules(to, clocks);
  const auto left = std::count_if(clocks.begin(), clocks.end(), [&](const auto& clock) {
    return !clock.closed && rules::runsOn(to, clock.name, over);
  });
  if (left == 0) return;
  ++counts.appeals;
  counts.clocks += left;
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const auto& clock = clocks[i];
    if (!rules::runsOn(to, clock.name, over)) continue;
    counts.named += clock.named_day ? 1 : 0;
    const std::string now = clock.due_date.empty() ? "unknown" : clock.due_date;
    const std::string then = moves.contains(i) ? moves[i] : now;
    // A day that a person named, or that is over, is opened by no rule anew.
    const bool by_rule = !clock.named_day && !clock.closed;
    const std::string anew = by_rule ? under_new[i] : "";
    counts.no_rule += anew == kNoSuchRule ? 1 : 0;
    if (then == now && (anew == now || anew.empty() || anew == kNoSuchRule)) continue;
    moved({counts.appeals, appeal.value("reg_number", appeal.value("hub_id", "")),
           appeal.value("kind", ""), clock.name, now, then, anew});
  }
}

// Page by page; the answer of the page that failed, if one did.
std::optional<Answer> movedOpen(const rules::LawBook& from, const rules::LawBook& to,
                                Client& client, OpenCounts& counts, const Moved& moved) {
  for (std::string after = "0"; !after.empty();) {
    Answer answer = client.get("/v1/deadlines/open?limit=2000&after=" + after);
    const Json json = answer.ok() ? Json::parse(answer.body, nullptr, false) : Json();
    if (!json.is_object()) return answer;
    for (const Json& appeal : json.value("appeals", Json::array())) {
      foresee(from, to, appeal, counts, moved);
    }
    after = json.value("next", "");
  }
  return std::nullopt;
}

int failed(const Answer& answer, std::ostream& err) {
  err << (answer.status == 0 ? say("could not: ") + answer.problem : say("refused: ") + answer.body)
      << "\n";
  return answer.status >= 400 && answer.status < 500 ? kRefused : kCouldNot;
}

// What the comparison says in words of its own, in the caller's language; anything else is of the data.
std::string inWords(const std::string& said) {
  static const std::map<std::string, std::string> words = {
      {"table", say("table")},
      {"rule", say("rule")},
      {"calendar", say("calendar")},
      {"calendar day", say("calendar day")},
      {"body", say("body")},
      {"place", say("place")},
      {"routing row", say("routing row")},
      {"procedure row", say("procedure row")},
      {"role", say("role")},
      {"state", say("state")},
      {"group of states", say("group of states")},
      {"group of procedures", say("group of procedures")},
      {"group of clocks", say("group of clocks")},
      {"ground", say("ground")},
      {"kind", say("kind")},
      {"procedure", say("procedure")},
      {"level", say("level")},
      {"special kind", say("special kind")},
      {"event", say("event")},
      {"clock", say("clock")},
      {"article", say("article")},
      {"topic", say("topic")},
      {"staff", say("staff")},
      {"executor", say("executor")},
      {"file", say("file")},
      {"added", say("added")},
      {"removed", say("removed")},
      {"changed", say("changed")},
      {"unknown", say("unknown")},
      {"no such rule", say("no such rule")}};
  const auto found = words.find(said);
  return found == words.end() ? said : found->second;
}

// What `law diff` tells, as text and as JSON.
class DiffReport {
 public:
  void add(const rules::LawChange& change) {
    const auto shown = [](const std::string& value) { return value.empty() ? "-" : value; };
    changes_.add({inWords(change.what), change.which, inWords(change.change), change.field,
                  shown(change.before), shown(change.after)});
    procedure_ =
        procedure_ || change.what == "procedure row" || change.what.starts_with("group of ");
    json_["changes"].push_back({{"what", change.what},
                                {"which", change.which},
                                {"change", change.change},
                                {"field", change.field},
                                {"before", change.before},
                                {"after", change.after}});
  }
  void add(const rules::MovedClock& one) {
    const bool moves = one.before != one.after;
    any_moves_ = any_moves_ || moves;
    auto& table = open_ ? open_terms_ : terms_;
    std::vector<std::string> cells = {
        std::to_string(one.row), one.id, one.kind, one.clock, inWords(one.before),
        inWords(one.after)};
    Json item = {{"row", one.row},     {"id", one.id},         {"kind", one.kind},
                 {"clock", one.clock}, {"before", one.before}, {"after", one.after}};
    if (open_) {
      cells.push_back(inWords(one.under_new_rule));
      item["under_new_rule"] = one.under_new_rule;
    }
    table.add(cells);
    json_[moves ? "moved" : "kept"].push_back(std::move(item));
  }
  void lost(const std::string& what) { json_["lost"].push_back(what); }
  void refused(std::int64_t row, const Error& error) {
    json_["refused"].push_back({{"row", row}, {"code", error.code}, {"text", error.text}});
  }
  void lookedAtOpen(const OpenCounts& counts) {
    json_["looked_at"] = {{"appeals", counts.appeals},
                          {"clocks", counts.clocks},
                          {"named_days", counts.named},
                          {"not_as_in_from", counts.foreign},
                          {"without_new_rule", counts.no_rule}};
    looked_ = say("{} open appeals with {} open terms looked at, {} of them days that a body named",
                  {std::to_string(counts.appeals), std::to_string(counts.clocks),
                   std::to_string(counts.named)}) +
              "\n" +
              say("An open term keeps the length it was opened with: a reload moves it (AFTER) by "
                  "the calendar only.") +
              "\n" +
              say("UNDER THE NEW RULE is the day it would have, were it opened by the new data; no "
                  "term gets it.") +
              "\n";
    if (counts.no_rule > 0) {
      looked_ +=
          say("{} terms run by a rule that the new data lack", {std::to_string(counts.no_rule)}) +
          "\n";
    }
  }
  void lookedAt(std::int64_t rows) {
    looked_ = say("{} appeals looked at", {std::to_string(rows)}) + "\n";
  }
  void openTerms() {
    open_ = true;
    json_["kept"] = Json::array();
  }

  void print(bool json, std::ostream& out) const {
    if (json) {
      out << json_.dump() << "\n";
      return;
    }
    out << (changes_.empty() ? say("the law data is the same") + "\n" : changes_.render());
    if (looked_.empty()) return;
    const Table& table = open_ ? open_terms_ : terms_;
    out << "\n" << looked_ << (any_moves_ ? "" : say("no due date moves") + "\n");
    if (!table.empty()) out << table.render();
    if (procedure_) {
      out << say("Rows of the procedure change: that moves no date, but what may be done and when.")
          << "\n";
    }
  }

 private:
  Json json_ = {{"changes", Json::array()}, {"moved", Json::array()}};
  Table changes_{{"WHAT", "WHICH", "CHANGE", "FIELD", "BEFORE", "AFTER"}};
  Table terms_{{"ROW", "ID", "KIND", "CLOCK", "BEFORE", "AFTER"}};
  Table open_terms_{{"ROW", "ID", "KIND", "CLOCK", "BEFORE", "AFTER", "UNDER THE NEW RULE"}};
  std::string looked_;
  bool open_ = false, any_moves_ = false, procedure_ = false;
};

}  // namespace

int lawDiff(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  auto from = loadLaw(arguments.words[0], err);
  if (!from) return kCouldNot;
  auto to = loadLaw(arguments.words[1], err);
  if (!to) return kCouldNot;
  const auto changes = rules::lawDiff(arguments.words[0], arguments.words[1]);
  if (!changes) return refusedLaw(changes.status(), err);
  DiffReport report;
  for (const auto& change : *changes) report.add(change);
  const Moved note = [&](const rules::MovedClock& one) { report.add(one); };
  std::int64_t wrong = 0;
  if (arguments.has("--open")) {
    OpenCounts counts;
    report.openTerms();
    if (const auto answer = movedOpen(**from, **to, client, counts, note)) {
      return failed(*answer, err);
    }
    report.lookedAtOpen(counts);
    if (counts.foreign > 0) {
      err << say("{} open terms do not end as {} counts: the hub runs other data",
                 {std::to_string(counts.foreign), arguments.words[0]})
          << "\n";
    }
  } else if (arguments.has("--appeals")) {
    Lines lines(arguments.option("--appeals"));
    if (!lines.open()) {
      return cannot(err, "cannot read {}", {arguments.option("--appeals")});
    }
    constexpr int kShownMax = 20;
    int shown = 0;
    const auto counts = rules::movedClocks(
        **from, **to, [&](std::string& line) { return lines.next(line); }, note,
        [&](std::int64_t row, const Error& error) {
          report.refused(row, error);
          if (++shown <= kShownMax) {
            err << say("row {}, line {}", {std::to_string(row), std::to_string(lines.count())})
                << ": " << error.code << ": " << error.field << (error.field.empty() ? "" : ": ")
                << error.text << "\n";
          }
          if (shown == kShownMax + 1) err << "…\n";
        });
    if (!counts) return refusedLaw(counts.status(), err);
    report.lookedAt(counts->rows - counts->refused);
    wrong = counts->refused;
    if (wrong > 0)
      err << say("{} of {} rows were refused",
                 {std::to_string(wrong), std::to_string(counts->rows)})
          << "\n";
  }
  // Told as the reload would tell it.
  const auto lost = rules::findLost((*from)->data(), (*to)->data(), arguments.words[1]);
  for (const auto& error : lost) report.lost(error.text);
  report.print(arguments.json, out);
  if (!lost.empty())
    err << say("a hub that works by {} refuses to reload this:", {arguments.words[0]}) << "\n";
  printErrors(Status(lost), err);
  return wrong > 0 || !lost.empty() ? kRefused : kDone;
}

}  // namespace hub::ctl
