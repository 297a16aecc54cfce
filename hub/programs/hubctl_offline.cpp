#include "hub/programs/hubctl_offline.h"

#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>

#include "adapters/kit/map_test.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/limits.h"
#include "hub/model/translated.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {

namespace {

Json failuresOf(const otinish::kit::MapTestResult& result) {
  Json list = Json::array();
  for (const auto& failure : result.failures) {
    Json one = {{"about", failure.about}, {"why", failure.why}};
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
             {"golden", failure.golden}, {"because", failure.because}, {"diff", failure.diff}}) {
      if (!value.empty()) one[name] = value;
    }
    list.push_back(std::move(one));
  }
  return list;
}

// A hint in a few lines, and none where a failure is to be seen.
void showLost(const std::set<std::string>& fields, std::ostream& out) {
  constexpr std::size_t kColumns = 100;
  std::string line = "  " + say("no mapping reads:");
  for (const auto& field : fields) {
    const bool last = field == *fields.rbegin();
    if (line.size() + field.size() + 2 > kColumns) {
      out << line << "\n";
      line = "   ";
    }
    line += " " + field + (last ? "" : ",");
  }
  if (!fields.empty()) out << line << "\n";
}

// What the hub would say of a status or a decision that a mapping made.
std::string whyRefused(const otinish::Inbound& item) {
  const Limits limits;
  const auto problems = model::problemsOfTranslated(item.type, item.form, item.body, limits);
  if (problems.empty()) return {};
  const auto& first = problems.front();
  return first.code + (first.field.empty() ? "" : " at " + first.field) +
         (first.text.empty() ? "" : ": " + first.text);
}

}  // namespace

int runMapTest(const Arguments& arguments, Client&, std::ostream& out, std::ostream& err) {
  bool all_good = true;
  Json report = Json::array();
  for (const auto& folder : arguments.words) {
    if (!std::filesystem::is_directory(folder)) {
      return couldNot(arguments, out, err, folder + ": ", say("there is no such folder"));
    }
    const auto result =
        otinish::kit::runMapTests(folder, arguments.has("--update"), err, 20'000, &whyRefused);
    const bool empty = result.ok() && result.passed + result.updated == 0;
    if (empty)
      err << folder << ": " << say("refused: ")
          << say("no golden case there, so nothing was tested") << "\n";
    all_good = all_good && result.ok() && !empty;
    if (arguments.json) {
      report.push_back({{"folder", folder},
                        {"passed", result.passed},
                        {"failed", result.failed},
                        {"updated", result.updated},
                        {"failures", failuresOf(result)},
                        {"lost_fields", result.lost_fields}});
      continue;
    }
    out << folder << ": "
        << say("{} passed, {} failed",
               {std::to_string(result.passed), std::to_string(result.failed)});
    if (result.updated > 0) out << ", " << say("{} updated", {std::to_string(result.updated)});
    out << "\n";
    if (result.ok()) showLost(result.lost_fields, out);
  }
  if (arguments.json) out << report.dump() << "\n";
  return all_good ? kDone : kRefused;
}

int runErrors(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string& language = client.language();
  Json list = Json::array();
  Table table({"CODE", "HTTP", "TEXT", "WHAT TO DO"});
  const std::string wanted = arguments.words.empty() ? "" : arguments.words[0];
  for (const auto& e : errorCatalogue()) {
    if (!wanted.empty() && e.code != wanted) continue;
    if (!wanted.empty() && !arguments.json) {
      out << e.code << " (HTTP " << e.http_status << ")\n  en  " << e.en << "\n  ru  " << e.ru
          << "\n  kk  " << e.kk << "\n  " << errorRemedy(e.code, language) << "\n";
      return kDone;
    }
    table.add({std::string(e.code), std::to_string(e.http_status),
               std::string(errorText(e.code, language)),
               std::string(errorRemedy(e.code, language))});
    list.push_back({{"code", e.code},
                    {"status", e.http_status},
                    {"en", e.en},
                    {"ru", e.ru},
                    {"kk", e.kk},
                    {"remedy", e.remedy_en},
                    {"remedy_ru", e.remedy_ru},
                    {"remedy_kk", e.remedy_kk}});
  }
  if (list.empty()) {
    if (arguments.json)
      out << Json{{"code", "ctl.refused"}, {"detail", "no such code"}}.dump() << "\n";
    err << say("refused: ") << say("no such code") << "\n";
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

}  // namespace hub::ctl
