#include "adapters/kit/map_test.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "adapters/kit/error.h"
#include "adapters/kit/jq_mapping.h"
#include "adapters/kit/json.h"
#include "adapters/kit/line_diff.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/xml.h"
#include "adapters/kit/xslt_mapping.h"

namespace otinish::kit {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string readAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw MappingError("adapter.bad_setting", "cannot read " + path.filename().string());
  return {std::istreambuf_iterator<char>(file), {}};
}

// Failure: MappingError with the file and the line.
YAML::Node loadYaml(const fs::path& path) {
  const std::string name = path.filename().string(), text = readAll(path);
  if (const int line = lineOfBadUtf8(text); line > 0) {
    throw MappingError("adapter.bad_setting", name + ":" + std::to_string(line) + ": not UTF-8");
  }
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& e) {
    throw MappingError("adapter.bad_setting",
                       name + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg);
  }
}

ordered_json toJson(const YAML::Node& node) {
  if (node.IsMap()) {
    ordered_json out = ordered_json::object();
    for (const auto& entry : node) out[entry.first.as<std::string>()] = toJson(entry.second);
    return out;
  }
  if (node.IsSequence()) {
    ordered_json out = ordered_json::array();
    for (const auto& entry : node) out.push_back(toJson(entry));
    return out;
  }
  if (node.IsNull()) return {};
  // As the hub reads its configuration: a quoted scalar is text, whatever it looks like.
  std::int64_t number = 0;
  const std::string& text = node.Scalar();
  if (node.Tag() != "!" && YAML::convert<std::int64_t>::decode(node, number)) return number;
  if (node.Tag() != "!" && (text == "true" || text == "false")) return text == "true";
  return text;
}

std::string cellText(const ordered_json& cell) {
  return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

StringMap stringMap(const YAML::Node& node) {
  StringMap out;
  if (node) {
    for (const auto& e : node) out[e.first.as<std::string>()] = e.second.as<std::string>();
  }
  return out;
}

struct Mapping {
  std::string name;
  std::string file;
  std::string canonical;  // "in", "out" or ""
  StringMap parameters;
  std::string source;
  XsltMapping xslt;
  JqMapping jq;
};

struct Case {
  fs::path input;
  fs::path expected;    // existing, or where --update writes
  fs::path parameters;  // may not exist
};

std::string baseOf(const fs::path& input) {
  const std::string name = input.filename().string();
  return name.substr(0, name.rfind(".in."));
}

std::vector<Case> casesOf(const fs::path& folder, const std::string& mapping) {
  std::vector<Case> cases;
  if (!fs::is_directory(folder / "golden")) return cases;
  for (const auto& entry : fs::directory_iterator(folder / "golden")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(mapping + ".") || name.find(".in.") == std::string::npos) continue;
    Case c;
    c.input = entry.path();
    const std::string base = (folder / "golden" / baseOf(entry.path())).string();
    for (const char* end : {".out.xml", ".out.json", ".out.txt"}) {
      if (fs::exists(base + end)) c.expected = base + end;
    }
    c.parameters = base + ".parameters.yaml";
    cases.push_back(std::move(c));
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.input < b.input; });
  return cases;
}

// What the mapping makes of the input, in the form golden files have, and that form's extension.
struct Made {
  std::string text;
  std::string extension;
  std::string why = {};  // of a refusal
};

Made apply(const Mapping& mapping, const Case& c) {
  const std::string input = readAll(c.input);
  try {
    if (!mapping.jq.empty()) {
      return {ordered_json::parse(mapping.jq.apply(input)).dump(2) + "\n", ".out.json"};
    }
    StringMap parameters = mapping.parameters;
    if (fs::exists(c.parameters)) {
      for (const auto& [k, v] : stringMap(loadYaml(c.parameters))) parameters[k] = v;
    }
    return {prettyXml(mapping.xslt.apply(XmlDocument::parse(input), parameters)), ".out.xml"};
  } catch (const MappingError& e) {
    return {"refused: " + e.code() + "\n", ".out.txt", e.what()};
  }
}

void writeAll(int to, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(to, text.data() + done, text.size() - done);
    if (put < 0 && errno != EINTR) return;
    if (put > 0) done += static_cast<std::size_t>(put);
  }
}

// In a process of its own, since nothing else ends a mapping that loops. Failure: MappingError.
Made applyInTime(const Mapping& mapping, const Case& c, int case_ms_max) {
  int ends[2];
  if (::pipe(ends) != 0) throw MappingError("adapter.mapping_failed", "no pipe for the case");
  const pid_t child = ::fork();
  if (child < 0) throw MappingError("adapter.mapping_failed", "no process for the case");
  if (child == 0) {
    ::close(ends[0]);
    const Made made = apply(mapping, c);
    writeAll(ends[1], made.extension + '\0' + made.why + '\0' + made.text + '\0');
    ::_exit(0);
  }
  ::close(ends[1]);
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(case_ms_max);
  std::string told;
  bool late = false;
  while (!late) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd ready{ends[0], POLLIN, 0};
    const int polled = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    late = polled == 0;
    if (polled <= 0) continue;
    char piece[65'536];
    const ssize_t got = ::read(ends[0], piece, sizeof piece);
    if (got == 0) break;
    if (got > 0) told.append(piece, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (late) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (late) {
    throw MappingError("adapter.mapping_failed",
                       "it did not end in " + std::to_string(case_ms_max / 1000.0).substr(0, 5) +
                           " s: a loop without an end?");
  }
  const auto first = told.find('\0');
  const auto second = first == told.npos ? told.npos : told.find('\0', first + 1);
  if (second == told.npos || told.back() != '\0') {
    throw MappingError("adapter.mapping_failed", "the mapping brought the test down");
  }
  return {told.substr(second + 1, told.size() - second - 2), told.substr(0, first),
          told.substr(first + 1, second - first - 1)};
}

void fail(MapTestFailure failure, std::ostream& out, MapTestResult& result) {
  out << "FAILED " << failure.about << ": " << failure.why << "\n";
  if (!failure.because.empty()) out << "  because:  " << failure.because << "\n";
  out << failure.diff;
  ++result.failed;
  result.failures.push_back(std::move(failure));
}

// What a case made is not what its golden file says.
MapTestFailure differing(const Case& c, const std::string& expected, const Made& made) {
  const std::string golden = "golden/" + c.expected.filename().string();
  MapTestFailure failure{c.input.filename().string(), golden, {}, made.why, {}};
  const bool refused = made.extension == ".out.txt";
  if (refused && !c.expected.string().ends_with(".out.txt")) {
    failure.why =
        made.text.substr(0, made.text.find('\n')) + ", and " + golden + " says what should be made";
    return failure;
  }
  failure.why = golden + " (-) is not what was made (+)";
  failure.diff = lineDiff(expected, made.text);
  return failure;
}

Inbound itemOf(const nlohmann::json& mapped) {
  Inbound item;
  item.type = textMember(mapped, "type");
  item.form = "json";
  item.problem_code = textMember(mapped, "problem_code");
  if (const auto payload = mapped.find("payload"); payload != mapped.end())
    item.body = payload->dump();
  return item;
}

// Why the hub, or the adapter, would refuse what was made; "" if they would not.
std::string refusalOf(const Mapping& mapping, const Made& made, const CanonicalCheck& check) {
  std::vector<Inbound> items;
  try {
    if (made.extension == ".out.json") {
      const nlohmann::json mapped = parseJson(made.text);
      if (mapping.name == "response" && mapped.is_object()) {
        const std::string outcome = textMember(mapped, "outcome");
        if (!outcome.empty()) outcomeOf(outcome);
      }
      if (mapping.canonical == "out" && mapped.is_object()) items.push_back(itemOf(mapped));
    } else if (made.extension == ".out.xml" && mapping.canonical == "out") {
      items = readAnswer(XmlDocument::parse(made.text)).answer.items;
    }
  } catch (const MappingError& e) {
    return e.what();
  }
  for (const Inbound& item : items) {
    if (!item.problem_code.empty() || !check) continue;
    if (std::string why = check(item); !why.empty()) return why;
  }
  return {};
}

void runCase(const Mapping& mapping, const Case& c, bool update, int case_ms_max, std::ostream& out,
             MapTestResult& result, const CanonicalCheck& check) {
  const std::string title = c.input.filename().string();
  Made made;
  try {
    made = applyInTime(mapping, c, case_ms_max);
  } catch (const MappingError& e) {
    fail({title, {}, e.what(), {}, {}}, out, result);
    return;
  }
  if (const std::string why = refusalOf(mapping, made, check); !why.empty()) {
    fail({title, {}, "the hub would refuse what was made", why, {}}, out, result);
    return;
  }
  if (update) {
    const fs::path target = c.input.parent_path() / (baseOf(c.input) + made.extension);
    if (!c.expected.empty() && c.expected != target) fs::remove(c.expected);
    std::ofstream(target, std::ios::binary) << made.text;
    ++result.updated;
    return;
  }
  if (c.expected.empty()) {
    fail({title, {}, "no expected file; --update writes it", made.why, {}}, out, result);
    return;
  }
  const std::string expected = readAll(c.expected);
  if (expected == made.text) {
    ++result.passed;
  } else {
    fail(differing(c, expected, made), out, result);
  }
}

void jsonNames(const nlohmann::json& value, std::set<std::string>& names) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      names.insert(key);
      jsonNames(member, names);
    }
  } else if (value.is_array()) {
    for (const auto& member : value) jsonNames(member, names);
  }
}

bool isNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::set<std::string> fieldNames(const std::string& document) {
  std::set<std::string> names;
  if (document.find('<') != 0 && document.find("<?xml") != 0) {
    jsonNames(parseJson(document), names);
    return names;
  }
  for (std::size_t at = document.find('<'); at != std::string::npos;
       at = document.find('<', at + 1)) {
    std::size_t end = at + 1;
    while (end < document.size() && isNameByte(document[end])) ++end;
    if (end > at + 1) names.insert(document.substr(at + 1, end - at - 1));
  }
  return names;
}

bool isWordIn(const std::string& word, const std::string& text) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool left = at == 0 || !isNameByte(text[at - 1]);
    const std::size_t end = at + word.size();
    if (left && (end == text.size() || !isNameByte(text[end]))) return true;
  }
  return false;
}

void findLost(const Mapping& mapping, const std::vector<Case>& cases, MapTestResult& result) {
  if (mapping.canonical != "in") return;
  for (const Case& c : cases) {
    for (const std::string& name : fieldNames(readAll(c.input))) {
      if (!isWordIn(name, mapping.source)) result.lost_fields.insert(name);
    }
  }
}

// A misspelt name, or what is left of a case whose input is gone, would test nothing.
void findStrays(const fs::path& folder, const std::set<std::string>& bases, std::ostream& out,
                MapTestResult& result) {
  if (!fs::is_directory(folder / "golden")) return;
  std::set<std::string> strays;
  for (const auto& entry : fs::directory_iterator(folder / "golden")) {
    const std::string name = entry.path().filename().string();
    const bool known = std::any_of(bases.begin(), bases.end(), [&](const std::string& base) {
      return name.starts_with(base + ".in.") || name.starts_with(base + ".out.") ||
             name == base + ".parameters.yaml";
    });
    if (!known) strays.insert(name);
  }
  for (const std::string& name : strays) {
    fail({name,
          {},
          "it belongs to no case: no input MAPPING.CASE.in.(xml|json) of a mapping of map.yaml",
          {},
          {}},
         out, result);
  }
}

Tables tablesOf(const ordered_json& tables) {
  Tables out;
  for (const auto& [table, rows] : tables.items()) {
    for (const auto& [key, value] : rows.items()) {
      if (value.is_object()) {
        for (const auto& [column, cell] : value.items()) out[table][key][column] = cellText(cell);
      } else {
        out[table][key][""] = cellText(value);
      }
    }
  }
  return out;
}

ordered_json loadTables(const fs::path& folder, const YAML::Node& map) {
  if (!map["tables"]) return ordered_json::object();
  const YAML::Node settings = loadYaml(folder / map["tables"].as<std::string>());
  return settings["tables"] ? toJson(settings["tables"]) : ordered_json::object();
}

void checkMapKeys(const YAML::Node& node, const std::string& where,
                  const std::set<std::string>& known) {
  if (!node.IsMap()) {
    throw MappingError("adapter.bad_setting", "map.yaml:" + std::to_string(node.Mark().line + 1) +
                                                  ": " + where + " must be a mapping");
  }
  std::string choices;
  for (const std::string& key : known) choices += (choices.empty() ? "" : ", ") + key;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (known.contains(key)) continue;
    throw MappingError("adapter.bad_setting",
                       "map.yaml:" + std::to_string(entry.first.Mark().line + 1) +
                           ": unknown key '" + key + "'; known in " + where + ": " + choices);
  }
}

Mapping loadMapping(const fs::path& folder, const std::string& name, const YAML::Node& node,
                    const ordered_json& tables) {
  Mapping m;
  m.name = name;
  checkMapKeys(node, "mappings." + name, {"file", "canonical", "parameters"});
  const auto canonical = node["canonical"] ? node["canonical"].as<std::string>() : "";
  if (node["canonical"] && canonical != "in" && canonical != "out") {
    throw MappingError("adapter.bad_setting",
                       "map.yaml:" + std::to_string(node["canonical"].Mark().line + 1) +
                           ": canonical of " + name + " is in or out, or left out");
  }
  if (!node["file"])
    throw MappingError("adapter.bad_setting", "map.yaml: mappings." + name + " names no file");
  m.file = node["file"].as<std::string>();
  m.canonical = canonical;
  m.parameters = stringMap(node["parameters"]);
  m.source = readAll(folder / m.file);
  try {
    if (m.file.ends_with(".jq")) {
      m.jq = JqMapping::compile(m.source, tables.dump());
    } else {
      m.xslt = XsltMapping::compile(m.source, tablesOf(tables));
    }
  } catch (const MappingError& e) {
    throw MappingError(e.code(), m.file + ": " + e.what());
  }
  return m;
}

}  // namespace

MapTestResult runMapTests(const std::string& folder, bool update, std::ostream& out,
                          int case_ms_max, const CanonicalCheck& check) {
  MapTestResult result;
  std::set<std::string> bases;
  try {
    const fs::path root(folder);
    const YAML::Node map = loadYaml(root / "map.yaml");
    checkMapKeys(map, "map.yaml", {"mappings", "tables"});
    const ordered_json tables = loadTables(root, map);
    for (const auto& entry : map["mappings"]) {
      const auto name = entry.first.as<std::string>();
      const Mapping mapping = loadMapping(root, name, entry.second, tables);
      const auto cases = casesOf(root, name);
      if (cases.empty()) {
        fail({name, {}, "no golden case", {}, {}}, out, result);
      }
      for (const Case& c : cases) {
        runCase(mapping, c, update, case_ms_max, out, result, check);
        bases.insert(baseOf(c.input));
      }
      findLost(mapping, cases, result);
    }
    findStrays(root, bases, out, result);
  } catch (const std::exception& e) {
    fail({folder, {}, e.what(), {}, {}}, out, result);
  }
  return result;
}

Configuration readSettingsFolder(const std::string& folder, const About& about) {
  Configuration out;
  const fs::path root(folder);
  try {
    const YAML::Node yaml = YAML::Load(readAll(root / "settings.yaml"));
    const ordered_json settings = toJson(yaml);
    out.settings_json = settings.dump();
    for (const Setting& s : about.settings) {
      if (s.kind != "file" || !settings.contains(s.name)) continue;
      const auto name = settings[s.name].get<std::string>();
      out.files.push_back({name, readAll(root / name)});
    }
  } catch (const YAML::Exception& e) {
    throw MappingError("adapter.bad_setting", "settings.yaml is not YAML", e.mark.line + 1);
  }
  return out;
}

}  // namespace otinish::kit
