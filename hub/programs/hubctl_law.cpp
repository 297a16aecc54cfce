#include "hub/programs/hubctl_law.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "hub/base/detail_phrases.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_law_data.h"
#include "hub/programs/hubctl_table.h"
#include "hub/rules/batch.h"
#include "hub/rules/law_gaps.h"

namespace hub::ctl {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string dayKind(rules::DayKind kind) {
  if (kind == rules::DayKind::kWorking) return "working";
  return kind == rules::DayKind::kCalendar ? "calendar" : "months";
}

int finish(std::int64_t rows, std::int64_t wrong, std::int64_t unknown, std::ostream& out,
           std::ostream& err) {
  out << std::flush;
  if (!out) {
    return cannot(err, "the output cannot be written");
  }
  if (wrong == 0 && unknown == 0) return kDone;
  if (wrong > 0) {
    err << say("{} of {} rows were refused: see the column problem",
               {std::to_string(wrong), std::to_string(rows)})
        << "\n";
  }
  if (unknown > 0) {
    err << say("{} of {} rows have a term whose last day nobody knows: see the column problem",
               {std::to_string(unknown), std::to_string(rows)})
        << "\n";
  }
  return kRefused;
}

using Run = std::function<Result<rules::BatchCounts>(
    const rules::LawBook&, const rules::LineReader&, const rules::LineWriter&)>;

// Tells the first refused rows with the line of the file on which each stands.
class RefusedLines {
 public:
  RefusedLines(std::ostream& err, std::string language)
      : err_(err), language_(std::move(language)) {}
  // One line of the answer; true if its last cell, the problem, tells of a refusal.
  bool note(std::string_view answer, std::int64_t line) {
    const auto problem = trim(answer.substr(answer.rfind('\t') + 1));
    if (problem.empty()) return false;
    if (problem.find(": ") == std::string_view::npos) {
      if (line == unknown_line_) return false;
      unknown_line_ = line;
      ++unknown_;
      tell(line, std::string(problem) + ": " + std::string(errorText(problem, language_)));
      return false;
    }
    tell(line, std::string(problem));
    return true;
  }
  // Rows with a term whose last day nobody knows.
  std::int64_t unknown() const { return unknown_; }

 private:
  void tell(std::int64_t line, const std::string& problem) {
    if (++count_ <= kShownMax)
      err_ << say("line {}", {std::to_string(line)}) << ": " << problem << "\n";
    if (count_ == kShownMax + 1) err_ << "…\n";
  }

  static constexpr int kShownMax = 20;
  std::ostream& err_;
  std::string language_;
  int count_ = 0;
  std::int64_t unknown_ = 0, unknown_line_ = 0;
};

int batchHere(const std::string& folder, const std::string& language, Lines& lines, const Run& run,
              std::ostream& out, std::ostream& err) {
  auto book = loadLaw(folder, err);
  if (!book) return kCouldNot;
  RefusedLines refused_lines(err, language);
  bool heading = true;
  const auto counts = run(
      **book, [&](std::string& line) { return lines.next(line); },
      [&](std::string_view line) {
        out << line;
        if (!heading) refused_lines.note(line, lines.count());
        heading = false;
      });
  if (!counts) return refusedLaw(counts.status(), err);
  return finish(counts->rows, counts->refused, refused_lines.unknown(), out, err);
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

int batchThere(const Arguments& arguments, const std::string& target, Lines& lines, Client& client,
               std::ostream& out, std::ostream& err) {
  constexpr std::size_t kPartBytesMax = 256 * 1024;
  const std::string language = client.language();
  PartReader reader;
  std::string first, line, part;
  bool any = false;
  std::vector<std::int64_t> row_lines;
  RefusedLines refused_lines(err, language);
  const auto send = [&]() -> int {
    const Answer answer = client.post(target, "text/tab-separated-values", part);
    if (!answer.ok()) {
      return explain(answer, arguments, out, err);
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
  return finish(reader.rows, reader.wrong, refused_lines.unknown(), out, err);
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
  if (arguments.json || arguments.has("--explain")) {
    return cannot(err, "--batch answers in tab-separated lines, without --json and --explain");
  }
  Lines lines(arguments.option("--batch"));
  if (!lines.open()) {
    return cannot(err, "cannot read {}", {arguments.option("--batch")});
  }
  const std::string folder = lawFolder(arguments);
  if (!folder.empty()) return batchHere(folder, client.language(), lines, run, out, err);
  return batchThere(arguments, target, lines, client, out, err);
}

// Said as the hub says it, in the words of its catalogue.
int refusedQuestion(const Error& error, const Arguments& arguments, const std::string& language,
                    std::ostream& out, std::ostream& err) {
  const std::string detail = detailIn(error.text, language);
  Json one = {{"code", error.code}, {"text", errorText(error.code, language)}, {"detail", detail}};
  if (!error.field.empty()) one["field"] = error.field;
  Answer answer;
  const auto* known = findError(error.code);
  answer.status = known ? known->http_status : 500;
  answer.body = Json{{"title", errorText(error.code, language)},
                     {"code", error.code},
                     {"remedy", errorRemedy(error.code, language)},
                     {"errors", Json::array({one})}}
                    .dump();
  return explain(answer, arguments, out, err);
}

// A day that nobody can count is no answer.
int tellUnknown(const Json& clocks, std::ostream& err) {
  std::map<std::string, std::string> names;  // by the year
  for (const Json& clock : clocks) {
    if (text(clock, "due_date").empty())
      names[text(clock, "missing_year")] += " " + text(clock, "name");
  }
  for (const auto& [year, terms] : names) {
    err << (year.empty()
                ? say("no calendar of a year that is needed: the last day is not known of{}",
                      {terms})
                : say("no calendar for the year {}: the last day is not known of{}", {year, terms}))
        << "\n";
  }
  return names.empty() ? kDone : kRefused;
}

// Of the hub and of the data here alike: what is not certain stands in it.
Table clockTable(const Json& clocks) {
  Table table(
      {"CLOCK", "START", "DUE", "LENGTH", "DAYS", "LAW", "ARTICLE", "RULE", "SURE", "PROBLEM"});
  for (const Json& c : clocks) {
    table.add({text(c, "name"), text(c, "start_event") + " " + text(c, "start_date"),
               text(c, "due_date"), text(c, "length"), text(c, "day_kind"), text(c, "law"),
               text(c, "article"), text(c, "rule_id"), text(c, "confidence"), text(c, "problem")});
  }
  return table;
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
  if (!clocks) return refusedQuestion(clocks.error(), arguments, language, out, err);
  Json json = {{"kind", row.kind}, {"received_at", row.received_at}, {"clocks", Json::array()}};
  for (const auto& clock : *clocks) {
    const std::string due = clock.due_date ? formatDate(*clock.due_date) : "";
    const std::string sure = clock.low_confidence ? "low" : "high";
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
    if (clock.missing_year) item["missing_year"] = *clock.missing_year;
    if (arguments.has("--explain")) item["explanation"] = clock.explanation.in(language);
    json["clocks"].push_back(item);
  }
  if (arguments.json) {
    out << json.dump() << "\n";
  } else {
    out << clockTable(json["clocks"]).render();
    explainClocks(json["clocks"], out);
  }
  return tellUnknown(json["clocks"], err);
}

int deadlineBatch(const Arguments& arguments, Client& client, std::ostream& out,
                  std::ostream& err) {
  return batch(arguments, client, "/v1/deadlines:batch", rules::deadlineBatch, out, err);
}

}  // namespace

int runDeadline(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (arguments.has("--batch")) return deadlineBatch(arguments, client, out, err);
  if (!arguments.has("--at") || !(arguments.has("--kind") || arguments.has("--clock"))) {
    return cannot(err, "deadline needs --at and --kind or --clock, or --batch FILE");
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
  const Answer answer = client.post("/v1/deadlines:calculate", "application/json", body);
  const int code = present(answer, arguments, out, err, [&](const Json& json) {
    out << clockTable(json.value("clocks", Json::array())).render();
    explainClocks(json.value("clocks", Json::array()), out);
  });
  const Json told = Json::parse(answer.body, nullptr, false);
  if (code != kDone || !told.is_object()) return code;
  return tellUnknown(told.value("clocks", Json::array()), err);
}

int routeBatch(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  if (!arguments.has("--batch")) {
    return cannot(err, "a route of many appeals needs --batch FILE");
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
    remarks.push_back(
        say("the last calendar is that of {}: terms that end later are told as unknown",
            {std::to_string(last)}));
  }
  for (const auto& year : book.data().years) {
    if (year.low_confidence && year.year >= static_cast<int>(today.year())) {
      remarks.push_back(say("calendar {} is marked confidence: low: dates in it may move",
                            {std::to_string(year.year)}));
    }
  }
  for (const auto& body : book.data().bodies) {
    if (body.higher_body.empty() || !body.validity.covers(today)) continue;
    const auto* higher = book.bodyByBin(body.higher_body, today);
    if (higher == nullptr || higher->alias.empty()) {
      remarks.push_back(
          say("body {}: its higher body {} is not connected: complaints are sent up to it by hand",
              {body.bin, body.higher_body}));
    }
  }
  return remarks;
}

}  // namespace

int lawCheck(const Arguments& arguments, Client&, std::ostream& out, std::ostream& err) {
  const std::string& folder = arguments.words[0];
  const auto book = rules::LawBook::load(folder);
  if (!book) return refusedLaw(book.status(), err);
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
  out << say("{} is right: {} tables with {} rules, calendars {} to {}, {} bodies, {} routing rows",
             {folder, std::to_string(data.tables.size()), std::to_string((*book)->rules().size()),
              std::to_string((*book)->calendar().firstYear()),
              std::to_string((*book)->calendar().lastYear()), std::to_string(data.bodies.size()),
              std::to_string(data.routing.size())})
      << "\n";
  for (const auto& remark : remarks) out << say("note: {}", {remark}) << "\n";
  return kDone;
}

}  // namespace hub::ctl
