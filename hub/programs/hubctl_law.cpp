#include "hub/programs/hubctl_law.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <vector>

#include "hub/base/text.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"
#include "hub/rules/batch.h"
#include "hub/rules/law_diff.h"
#include "hub/rules/law_gaps.h"
#include "hub/rules/recount.h"

namespace hub::ctl {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void printErrors(const Status& status, std::ostream& err) {
  for (const auto& error : status.errors()) {
    err << "  " << error.field << (error.field.empty() ? "" : ": ") << error.text;
    if (error.line > 0) err << " (line " << error.line << ")";
    err << " [" << error.code << "]\n";
  }
}

int refused(const Status& status, std::ostream& err) {
  err << "refused:\n";
  printErrors(status, err);
  return kRefused;
}

Result<std::shared_ptr<const rules::LawBook>> loadLaw(const std::string& folder,
                                                      std::ostream& err) {
  auto book = rules::LawBook::load(folder);
  if (!book) {
    err << "could not: the law data in " << folder << " is not right:\n";
    printErrors(book.status(), err);
  }
  return book;
}

std::string dayKind(rules::DayKind kind) {
  if (kind == rules::DayKind::kWorking) return "working";
  return kind == rules::DayKind::kCalendar ? "calendar" : "months";
}

// Lines of a file or of standard input.
class Lines {
 public:
  explicit Lines(const std::string& file) {
    if (file != "-") file_.open(file);
    in_ = file == "-" ? &std::cin : &file_;
  }
  bool open() const { return in_ == &std::cin || file_.is_open(); }
  std::int64_t count() const { return count_; }  // lines given so far
  bool next(std::string& line) {
    if (!std::getline(*in_, line)) return false;
    ++count_;
    if (count_ % 50'000 == 0 && ::isatty(2) != 0)
      std::cerr << "\r" << count_ << " lines" << std::flush;
    return true;
  }

 private:
  std::ifstream file_;
  std::istream* in_ = nullptr;
  std::int64_t count_ = 0;
};

int finish(std::int64_t rows, std::int64_t wrong, std::ostream& out, std::ostream& err) {
  out << std::flush;
  if (!out) {
    err << "could not: the output cannot be written\n";
    return kCouldNot;
  }
  if (wrong == 0) return kDone;
  err << wrong << " of " << rows << " rows were refused: see the column problem\n";
  return kRefused;
}

using Run = std::function<Result<rules::BatchCounts>(
    const rules::LawBook&, const rules::LineReader&, const rules::LineWriter&)>;

// Tells the first refused rows with the line of the file on which each stands.
class RefusedLines {
 public:
  explicit RefusedLines(std::ostream& err) : err_(err) {}
  // One line of the answer; true if its last cell, the problem, tells of a refusal.
  bool note(std::string_view answer, std::int64_t line) {
    const auto problem = trim(answer.substr(answer.rfind('\t') + 1));
    if (problem.find(": ") == std::string_view::npos) return false;
    if (++count_ <= kShownMax) err_ << "line " << line << ": " << problem << "\n";
    if (count_ == kShownMax + 1) err_ << "…\n";
    return true;
  }

 private:
  static constexpr int kShownMax = 20;
  std::ostream& err_;
  int count_ = 0;
};

int batchHere(const std::string& folder, Lines& lines, const Run& run, std::ostream& out,
              std::ostream& err) {
  auto book = loadLaw(folder, err);
  if (!book) return kCouldNot;
  RefusedLines refused_lines(err);
  bool heading = true;
  const auto counts = run(
      **book, [&](std::string& line) { return lines.next(line); },
      [&](std::string_view line) {
        out << line;
        if (!heading) refused_lines.note(line, lines.count());
        heading = false;
      });
  if (!counts) return refused(counts.status(), err);
  return finish(counts->rows, counts->refused, out, err);
}

// A part of the answer with its row numbers moved by the rows before; counts rows and refusals.
struct PartReader {
  std::int64_t before = 0;
  std::int64_t rows = 0, wrong = 0;
  // `lines`: of the rows of this part.
  void copy(const std::string& body, bool with_heading, const std::vector<std::int64_t>& lines,
            RefusedLines& refused, std::ostream& out) {
    bool heading = true;
    std::int64_t last = 0;
    for (const auto& line : split(body, '\n')) {
      if (line.empty()) continue;
      if (heading) {
        heading = false;
        if (with_heading) out << line << "\n";
        continue;
      }
      const auto tab = line.find('\t');
      const std::int64_t row = std::strtoll(line.c_str(), nullptr, 10);
      if (row != last) ++rows;
      last = row;
      const auto place = static_cast<std::size_t>(row - 1);
      if (refused.note(line, place < lines.size() ? lines[place] : 0)) ++wrong;
      out << before + row << (tab == std::string::npos ? "" : line.substr(tab)) << "\n";
    }
    before = rows;
  }
};

int batchThere(const std::string& target, Lines& lines, Client& client, std::ostream& out,
               std::ostream& err) {
  constexpr std::size_t kPartBytesMax = 256 * 1024;
  PartReader reader;
  std::string first, line, part;
  bool any = false;
  std::vector<std::int64_t> row_lines;
  RefusedLines refused_lines(err);
  const auto send = [&]() -> int {
    const Answer answer = client.post(target, "text/tab-separated-values", part);
    if (!answer.ok()) {
      err << (answer.status == 0 ? "could not: " + answer.problem : "refused: " + answer.body)
          << "\n";
      return answer.status >= 400 && answer.status < 500 ? kRefused : kCouldNot;
    }
    reader.copy(answer.body, !any, row_lines, refused_lines, out);
    row_lines.clear();
    any = true;
    return kDone;
  };
  while (lines.next(line)) {
    if (trim(line).empty() || line[0] == '#') continue;
    if (first.empty()) {
      first = line;
      part = line + "\n";
      if (first.find("kind") == std::string::npos) row_lines.push_back(lines.count());
      continue;
    }
    part += line + "\n";
    row_lines.push_back(lines.count());
    if (part.size() < kPartBytesMax) continue;
    if (const int code = send(); code != kDone) return code;
    // Every part begins with the heading; rows without one are sent as they are.
    part = first.find("kind") != std::string::npos ? first + "\n" : "";
  }
  if (!part.empty()) {
    if (const int code = send(); code != kDone) return code;
  }
  return finish(reader.rows, reader.wrong, out, err);
}

// The law folder to work with here: --law, else OTINISH_LAW, else config/law of this folder unless a
// hub was named (--url, OTINISH_URL); "" means: ask the hub.
std::string lawFolder(const Arguments& arguments) {
  if (arguments.has("--law")) return arguments.option("--law");
  std::string named = environment("OTINISH_LAW");
  if (!named.empty()) return named;
  if (arguments.has("--url") || !environment("OTINISH_URL").empty()) return {};
  std::error_code none;
  return std::filesystem::exists("config/law/vocabulary.yaml", none) ? "config/law" : "";
}

int batch(const Arguments& arguments, Client& client, const std::string& target, const Run& run,
          std::ostream& out, std::ostream& err) {
  Lines lines(arguments.option("--batch"));
  if (!lines.open()) {
    err << "could not: cannot read " << arguments.option("--batch") << "\n";
    return kCouldNot;
  }
  const std::string folder = lawFolder(arguments);
  if (!folder.empty()) return batchHere(folder, lines, run, out, err);
  return batchThere(target, lines, client, out, err);
}

// Clocks of one appeal, by the data of `folder`.
int deadlineHere(const std::string& folder, const Arguments& arguments, const std::string& language,
                 std::ostream& out, std::ostream& err) {
  auto book = loadLaw(folder, err);
  if (!book) return kCouldNot;
  const rules::DeadlineRow row{"",
                               arguments.option("--kind"),
                               arguments.option("--at"),
                               arguments.option("--body"),
                               arguments.option("--procedure"),
                               arguments.option("--special"),
                               arguments.option("--level"),
                               arguments.option("--registered"),
                               arguments.option("--zone"),
                               arguments.option("--clock")};
  const auto clocks = rules::clocksOf(**book, row, arguments.has("--explain"));
  if (!clocks) return refused(clocks.status(), err);
  Json json = {{"kind", row.kind}, {"received_at", row.received_at}, {"clocks", Json::array()}};
  Table table(
      {"CLOCK", "START", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE", "RULE", "SURE", "PROBLEM"});
  std::string why;
  for (const auto& clock : *clocks) {
    const std::string due = clock.due_date ? formatDate(*clock.due_date) : "";
    const std::string sure = clock.low_confidence ? "low" : "high";
    table.add({clock.name, clock.start_event + " " + formatDate(clock.start_date), due,
               std::to_string(clock.length), dayKind(clock.day_kind), clock.law, clock.article,
               clock.rule_id, sure, clock.problem});
    Json item = {{"name", clock.name},
                 {"due_date", due},
                 {"start_event", clock.start_event},
                 {"start_date", formatDate(clock.start_date)},
                 {"length", clock.length},
                 {"day_kind", dayKind(clock.day_kind)},
                 {"law", clock.law},
                 {"article", clock.article},
                 {"rule_id", clock.rule_id},
                 {"rule_version", clock.rule_version},
                 {"calendar_version", clock.calendar_version},
                 {"confidence", sure}};
    if (!clock.problem.empty()) item["problem"] = clock.problem;
    if (arguments.has("--explain")) item["explanation"] = clock.explanation.in(language);
    json["clocks"].push_back(item);
    why += "\n" + clock.explanation.in(language) + "\n";
  }
  if (arguments.json) {
    out << json.dump() << "\n";
  } else {
    out << table.render();
    if (arguments.has("--explain")) out << why;
  }
  return kDone;
}

int deadlineBatch(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  return batch(arguments, client, "/v1/deadlines:batch", rules::deadlineBatch, out, err);
}

}  // namespace

int runDeadline(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (arguments.has("--batch")) return deadlineBatch(arguments, client, out, err);
  if (!arguments.has("--at") || !(arguments.has("--kind") || arguments.has("--clock"))) {
    err << "could not: deadline needs --at and --kind or --clock, or --batch FILE\n";
    return kCouldNot;
  }
  if (const std::string law = lawFolder(arguments); !law.empty()) {
    return deadlineHere(law, arguments, client.language(), out, err);
  }
  Json query = {{"received_at", arguments.option("--at")}, {"explain", arguments.has("--explain")}};
  const std::vector<std::pair<const char*, const char*>> more = {{"--kind", "kind"},
                                                                 {"--clock", "clock"},
                                                                 {"--body", "body"},
                                                                 {"--procedure", "procedure"},
                                                                 {"--special", "special_kind"},
                                                                 {"--level", "level"},
                                                                 {"--registered", "registered_at"},
                                                                 {"--zone", "zone"}};
  for (const auto& [option, member] : more) {
    if (arguments.has(option)) query[member] = arguments.option(option);
  }
  const auto body = query.dump(-1, ' ', false, Json::error_handler_t::replace);
  return present(
      client.post("/v1/deadlines:calculate", "application/json", body), arguments, out, err,
      [&](const Json& json) {
        Table table({"CLOCK", "START", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE", "RULE", "WHY"});
        for (const Json& c : json.value("clocks", Json::array())) {
          table.add({text(c, "name"), text(c, "start_event") + " " + text(c, "start_date"),
                     text(c, "due_date"), text(c, "length"), text(c, "day_kind"), text(c, "law"),
                     text(c, "article"), text(c, "rule_id"), text(c, "explanation")});
        }
        out << table.render();
      });
}

int routeBatch(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (!arguments.has("--batch")) {
    err << "could not: a route of many appeals needs --batch FILE\n";
    return kCouldNot;
  }
  const std::string language = client.language();
  return batch(
      arguments, client, "/v1/routes:batch",
      [&](const rules::LawBook& book, const rules::LineReader& in,
          const rules::LineWriter& lines) -> Result<rules::BatchCounts> {
        const auto today = toLocal(systemClock().now(), book.data().default_zone);
        if (!today) return today.status();
        return rules::routeBatch(book, today->date, language, in, lines);
      },
      out, err);
}

int runLawReload(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.post("/v1/law:reload", "application/json", ""), arguments, out, err,
                 [&](const Json& json) {
                   line(out, "open appeals", text(json, "appeals"));
                   line(out, "open clocks", text(json, "clocks"));
                   line(out, "dates moved", text(json, "moved"));
                   line(out, "dates found", text(json, "determined"));
                   line(out, "dates lost", text(json, "lost"));
                 });
}

namespace {

// What is right and still wants a look: terms of the coming months that would be counted by doubtful days, or
// by none.
std::vector<std::string> remarksOn(const rules::LawBook& book, Date today) {
  auto remarks = rules::leftOut(book.data());
  const int last = book.calendar().lastYear();
  constexpr int kLongestTermYears = 1;  // a decision extended by two months, six months to complain
  if (last < static_cast<int>(today.year()) + kLongestTermYears) {
    remarks.push_back("the last calendar is that of " + std::to_string(last) +
                      ": terms that end later are told as unknown");
  }
  for (const auto& year : book.data().years) {
    if (year.low_confidence && year.year >= static_cast<int>(today.year())) {
      remarks.push_back("calendar " + std::to_string(year.year) +
                        " is marked confidence: low: dates in it may move");
    }
  }
  for (const auto& body : book.data().bodies) {
    if (body.higher_body.empty() || !body.validity.covers(today)) continue;
    const auto* higher = book.bodyByBin(body.higher_body, today);
    if (higher == nullptr || higher->alias.empty()) {
      remarks.push_back("body " + body.bin + ": its higher body " + body.higher_body +
                        " is not connected: complaints are sent up to it by hand");
    }
  }
  return remarks;
}

}  // namespace

int lawCheck(const Arguments& arguments, Client&, std::ostream& out, std::ostream& err) {
  const std::string& folder = arguments.words[0];
  const auto book = rules::LawBook::load(folder);
  if (!book) return refused(book.status(), err);
  const rules::LawData& data = (*book)->data();
  const auto today = toLocal(systemClock().now(), data.default_zone);
  const auto remarks = today ? remarksOn(**book, today->date) : std::vector<std::string>();
  if (arguments.json) {
    out << Json{{"folder", folder},
                {"tables", data.tables.size()},
                {"rules", (*book)->rules().size()},
                {"years", data.years.size()},
                {"bodies", data.bodies.size()},
                {"routing_rows", data.routing.size()},
                {"remarks", remarks}}
               .dump()
        << "\n";
    return kDone;
  }
  out << folder << " is right: " << data.tables.size() << " tables with " << (*book)->rules().size()
      << " rules, calendars " << (*book)->calendar().firstYear() << " to "
      << (*book)->calendar().lastYear() << ", " << data.bodies.size() << " bodies, "
      << data.routing.size() << " routing rows\n";
  for (const auto& remark : remarks) out << "note: " << remark << "\n";
  return kDone;
}

namespace {

using Moved = std::function<void(const rules::MovedClock&)>;

struct OpenCounts {
  std::int64_t appeals = 0, clocks = 0, named = 0;
  std::int64_t foreign = 0;  // not as the data counts that the hub is said to run
  std::int64_t no_rule = 0;  // of a rule that the new data do not have
};

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
  if (auto at = parseInstant(c.value("start_at", "")); at.ok()) clock.start_at = *at;
  return clock;
}

// The running hub's open terms of one appeal, counted again as a reload of `to` would.
void recountOne(const rules::LawBook& from, const rules::LawBook& to, const Json& appeal,
                OpenCounts& counts, const Moved& moved) {
  std::vector<rules::OpenClock> clocks;
  for (const Json& c : appeal.value("clocks", Json::array())) clocks.push_back(openClock(c));
  const auto ignore = [](const rules::OpenClock&, const Error&) {};
  const auto before = rules::recountAppeal(from, clocks, ignore);
  const auto after = rules::recountAppeal(to, clocks, ignore);
  std::vector<rules::OpenClock> anew = clocks;
  std::vector<bool> known(clocks.size(), false);
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    if (clocks[i].named_day) continue;
    const auto opened = rules::underNewRule(to, clocks[i]);
    known[i] = opened.has_value();
    if (opened) anew[i] = *opened;
  }
  const auto under_new = rules::recountAppeal(to, anew, ignore);
  const auto dayOf = [](const rules::Recount& counted) {
    return counted.due_date ? formatDate(*counted.due_date) : std::string("unknown");
  };
  ++counts.appeals;
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    ++counts.clocks;
    counts.named += clocks[i].named_day ? 1 : 0;
    const std::string now = clocks[i].due_date.empty() ? "unknown" : clocks[i].due_date;
    if (before[i] && dayOf(*before[i]) != now) ++counts.foreign;
    if (!after[i]) continue;
    counts.no_rule += known[i] ? 0 : 1;
    const std::string then = dayOf(*after[i]);
    const std::string anew_day = known[i] && under_new[i] ? dayOf(*under_new[i]) : "no such rule";
    if (then == now && (anew_day == now || !known[i])) continue;
    moved({counts.appeals, appeal.value("reg_number", appeal.value("hub_id", "")),
           appeal.value("kind", ""), clocks[i].name, now, then, anew_day});
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
      recountOne(from, to, appeal, counts, moved);
    }
    after = json.value("next", "");
  }
  return std::nullopt;
}

int failed(const Answer& answer, std::ostream& err) {
  err << (answer.status == 0 ? "could not: " + answer.problem : "refused: " + answer.body) << "\n";
  return answer.status >= 400 && answer.status < 500 ? kRefused : kCouldNot;
}

}  // namespace

namespace {

// What `law diff` tells, as text and as JSON.
class DiffReport {
 public:
  void add(const rules::LawChange& change) {
    const auto shown = [](const std::string& value) { return value.empty() ? "-" : value; };
    changes_.add({change.what, change.which, change.change, change.field, shown(change.before),
                  shown(change.after)});
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
        std::to_string(one.row), one.id, one.kind, one.clock, one.before, one.after};
    Json item = {{"row", one.row},     {"id", one.id},         {"kind", one.kind},
                 {"clock", one.clock}, {"before", one.before}, {"after", one.after}};
    if (open_) {
      cells.push_back(one.under_new_rule);
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
    looked_ = std::to_string(counts.appeals) + " open appeals with " +
              std::to_string(counts.clocks) + " open terms looked at, " +
              std::to_string(counts.named) +
              " of them days that a body named\n"
              "An open term keeps the length it was opened with: a reload moves it (AFTER) by the "
              "calendar only.\nUNDER THE NEW RULE is the day it would have, were it opened by the "
              "new data; no term gets it.\n";
    if (counts.no_rule > 0) {
      looked_ += std::to_string(counts.no_rule) + " terms run by a rule that the new data lack\n";
    }
  }
  void lookedAt(std::int64_t rows) { looked_ = std::to_string(rows) + " appeals looked at\n"; }
  void openTerms() {
    open_ = true;
    json_["kept"] = Json::array();
  }

  void print(bool json, std::ostream& out) const {
    if (json) {
      out << json_.dump() << "\n";
      return;
    }
    out << (changes_.empty() ? "the law data is the same\n" : changes_.render());
    if (looked_.empty()) return;
    const Table& table = open_ ? open_terms_ : terms_;
    out << "\n" << looked_ << (any_moves_ ? "" : "no due date moves\n");
    if (!table.empty()) out << table.render();
    if (procedure_) {
      out << "Rows of the procedure change: that moves no date, but what may be done and when.\n";
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
  if (!changes) return refused(changes.status(), err);
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
      err << counts.foreign << " open terms do not end as " << arguments.words[0]
          << " counts: the hub runs other data\n";
    }
  } else if (arguments.has("--appeals")) {
    Lines lines(arguments.option("--appeals"));
    if (!lines.open()) {
      err << "could not: cannot read " << arguments.option("--appeals") << "\n";
      return kCouldNot;
    }
    constexpr int kShownMax = 20;
    int shown = 0;
    const auto counts = rules::movedClocks(
        **from, **to, [&](std::string& line) { return lines.next(line); }, note,
        [&](std::int64_t row, const Error& error) {
          report.refused(row, error);
          if (++shown <= kShownMax) {
            err << "row " << row << ", line " << lines.count() << ": " << error.code << ": "
                << error.field << (error.field.empty() ? "" : ": ") << error.text << "\n";
          }
          if (shown == kShownMax + 1) err << "…\n";
        });
    if (!counts) return refused(counts.status(), err);
    report.lookedAt(counts->rows - counts->refused);
    wrong = counts->refused;
    if (wrong > 0) err << wrong << " of " << counts->rows << " rows were refused\n";
  }
  // Told as the reload would tell it.
  const auto lost = rules::findLost((*from)->data(), (*to)->data(), arguments.words[1]);
  for (const auto& error : lost) report.lost(error.text);
  report.print(arguments.json, out);
  if (!lost.empty())
    err << "a hub that works by " << arguments.words[0] << " refuses to reload this:\n";
  printErrors(Status(lost), err);
  return wrong > 0 || !lost.empty() ? kRefused : kDone;
}

}  // namespace hub::ctl
