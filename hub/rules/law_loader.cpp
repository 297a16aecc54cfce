// Reads config/law.
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "hub/base/text.h"
#include "hub/rules/law_book.h"
#include "hub/rules/law_gaps.h"
#include "hub/rules/law_section.h"
#include "hub/rules/procedure.h"

namespace hub::rules {
namespace {

using loading::lineOf;
using loading::readLabels;
using loading::Section;
using loading::Source;

constexpr std::size_t kFileBytesMax = 1024 * 1024;

using Origins = std::map<std::string, Origin>;

void readVocabulary(const Source& source, const YAML::Node& root, LawData& data,
                    Origins& specials) {
  Section top(source, root);
  Vocabulary& words = data.vocabulary;
  words.default_level = top.text("default_level");
  Section::each(source, top.need("kinds"), [&](const std::string& key, const YAML::Node& value) {
    Section kind(source, value);
    words.kinds[key] = {kind.text("procedure"), kind.list("also"), kind.local("label")};
    kind.finish();
  });
  words.procedures = readLabels(source, top.need("procedures"));
  words.levels = readLabels(source, top.need("levels"));
  words.without_terms = top.list("without_terms");
  Section::each(
      source, top.need("special_kinds"), [&](const std::string& key, const YAML::Node& value) {
        Section special(source, value);
        words.special_of[key] = special.list("kinds");
        words.special_in[key] = special.list("procedures");
        specials[key] = Origin{source.file, lineOf(value)};
        words.special_kinds[key] = {special.text("kk"), special.text("ru"), special.text("en")};
        special.finish();
      });
  words.events = readLabels(source, top.need("events"));
  words.clocks = readLabels(source, top.need("clocks"));
  if (const auto articles = top.maybe("articles")) words.articles = readLabels(source, articles);
  top.finish();
}

void readReasons(const Source& source, const YAML::Node& root, LawData& data) {
  data.day_off_reasons = readLabels(source, root);
}

bool lowConfidence(Section& section) {
  return section.choice("confidence", "", {"high", "low"}) == 1;
}

void readYear(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  CalendarYear year;
  year.year = top.number("year");
  const int stands = lineOf(top.maybe("year"));
  year.at = source.file + ":" + std::to_string(stands);
  for (const auto& other : data.years) {
    if (other.year != year.year || year.year == 0) continue;
    source.fail("rules.data_overlap", stands,
                "the year " + std::to_string(year.year) + " stands at " + other.at + " already");
    return;
  }
  year.version = top.text("version");
  year.low_confidence = lowConfidence(top);
  top.text("source");
  std::map<std::string, int> lines;  // of the days so far
  const auto dated = [&](const std::string& text, int line) {
    const auto date = parseDate(text);
    if (!date || static_cast<int>(date->year()) != year.year) {
      source.fail("rules.data_bad_value", line, "a day of the year of this file is expected");
      return std::optional<Date>();
    }
    if (const auto [first, added] = lines.insert({text, line}); !added) {
      source.fail("rules.data_bad_value", line,
                  text + " stands at line " + std::to_string(first->second) + " already");
      return std::optional<Date>();
    }
    return std::optional<Date>(*date);
  };
  Section::each(source, top.need("days_off"), [&](const std::string& key, const YAML::Node& value) {
    const auto date = dated(key, lineOf(value));
    const std::string reason = value.IsScalar() ? value.Scalar() : std::string();
    if (date && !data.day_off_reasons.contains(reason)) {
      source.fail("rules.data_unknown_word", lineOf(value),
                  "reason '" + reason + "' is not in calendar/names.yaml");
    } else if (date) {
      year.days_off.push_back({*date, reason});
    }
  });
  Section::eachItem(source, top.need("working_days"), [&](const YAML::Node& item) {
    const auto date = dated(item.IsScalar() ? item.Scalar() : std::string(), lineOf(item));
    if (date) year.working_days.push_back(*date);
  });
  top.finish();
  data.years.push_back(std::move(year));
}

Validity readValidity(Section& section) {
  return {section.date("valid_from"), section.maybeDate("valid_until")};
}

RuleData readRule(const Source& source, const YAML::Node& node, bool table_low) {
  Section section(source, node);
  RuleData rule;
  rule.origin = section.origin();
  rule.id = section.text("id");
  rule.clock = section.text("clock");
  rule.article = section.text("article");
  rule.opens_at_intake = section.choice("opens", "", {"event", "intake"}) == 1;
  rule.kinds = section.list("kinds");
  rule.procedures = section.list("procedures");
  rule.special = section.list("special");
  rule.levels = section.list("levels");
  rule.start = section.text("start");
  rule.day_kind =
      static_cast<DayKind>(section.choice("day_kind", "", {"working", "calendar", "months"}));
  rule.length = section.number("length");
  rule.first_day = static_cast<FirstDay>(section.choice("first_day", "", {"next_day", "same_day"}));
  rule.back = section.choice("direction", "forward", {"forward", "back"}) == 1;
  rule.cut_off = section.flag("cut_off");
  rule.extended_by = section.list("extended_by");
  rule.notices = section.list("notices");
  rule.low_confidence = section.maybe("confidence") ? lowConfidence(section) : table_low;
  section.finish();
  return rule;
}

void readTable(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  RuleTable table;
  table.origin = top.origin();
  table.version = top.text("version");
  if (const YAML::Node node = top.need("law")) {
    Section law(source, node);
    table.law_code = law.text("code");
    table.law_name = law.local("name");
    law.finish();
  }
  table.validity = readValidity(top);
  table.low_confidence = lowConfidence(top);
  table.source = top.text("source");
  Section::eachItem(source, top.need("rules"), [&](const YAML::Node& item) {
    table.rules.push_back(readRule(source, item, table.low_confidence));
  });
  top.finish();
  data.tables.push_back(std::move(table));
}

Topic readTopic(const Source& source, const YAML::Node& node, const char* children) {
  Section section(source, node);
  Topic topic;
  topic.label = section.local("label");
  Section::each(source, section.maybe(children),
                [&](const std::string& key, const YAML::Node& value) {
                  if (std::string_view(children) == "categories") {
                    topic.children[key] = readTopic(source, value, "subcategories");
                  } else {
                    topic.children[key] = {Section::readLocal(source, value), {}};
                  }
                });
  section.finish();
  return topic;
}

void readTopics(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  data.topics_version = top.text("version");
  Section::each(source, top.need("sections"), [&](const std::string& key, const YAML::Node& value) {
    data.topics[key] = readTopic(source, value, "categories");
  });
  top.finish();
}

Body readBody(const Source& source, const YAML::Node& node, const LawData& data) {
  Section section(source, node);
  Body body;
  body.origin = section.origin();
  body.bin = section.text("bin");
  body.alias = section.textOr("alias", "");
  body.level = section.text("level");
  body.names = section.local("names");
  body.kato = section.list("kato");
  body.topics = section.list("topics");
  body.validity = readValidity(section);
  body.higher_body = section.textOr("higher_body", "");
  body.predecessors = section.list("predecessors");
  body.zone = section.textOr("zone", data.default_zone);
  body.closes_minute =
      section.maybe("closes") ? section.minute("closes") : data.default_closes_minute;
  section.finish();
  if (body.bin.size() != 12 || body.bin.find_first_not_of("0123456789") != std::string::npos) {
    source.fail("rules.data_bad_value", body.origin.line, "'bin' must have 12 digits");
  }
  if (body.zone != data.default_zone && !toLocal(Instant{}, body.zone)) {
    source.fail("rules.data_bad_value", body.origin.line, "'zone' is not an IANA time zone");
  }
  return body;
}

void readBodies(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  if (const YAML::Node node = top.need("defaults")) {
    Section defaults(source, node);
    data.default_zone = defaults.text("zone");
    data.default_closes_minute = defaults.minute("closes");
    defaults.finish();
    if (!toLocal(Instant{}, data.default_zone)) {
      source.fail("rules.data_bad_value", defaults.line(), "'zone' is not an IANA time zone");
    }
  }
  Section::eachItem(source, top.need("bodies"), [&](const YAML::Node& item) {
    data.bodies.push_back(readBody(source, item, data));
  });
  top.finish();
}

void readRouting(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  data.routing_version = top.text("version");
  Section::eachItem(source, top.need("rules"), [&](const YAML::Node& item) {
    Section section(source, item);
    RoutingRule rule;
    rule.origin = section.origin();
    rule.id = section.text("id");
    rule.topics = section.list("topics");
    rule.kato = section.list("kato");
    rule.kinds = section.list("kinds");
    rule.body = section.text("body");
    rule.validity = readValidity(section);
    section.finish();
    if (rule.topics.empty()) {
      source.fail("rules.data_missing_key", rule.origin.line, "'topics' is missing or empty");
    }
    data.routing.push_back(std::move(rule));
  });
  top.finish();
}

Executor readExecutor(const Source& source, const YAML::Node& node) {
  Section section(source, node);
  Executor executor;
  executor.id = section.text("id");
  executor.official = section.textOr("official", "");
  executor.topics = section.list("topics");
  executor.languages = section.list("languages");
  if (section.maybe("capacity")) executor.capacity_percent = section.number("capacity");
  if (executor.capacity_percent < 0 || executor.capacity_percent > 200) {
    source.fail("rules.data_bad_value", section.line(), "'capacity' is 0 to 200 per cent");
  }
  if (const YAML::Node absences = section.maybe("absences")) {
    Section::eachItem(source, absences, [&](const YAML::Node& item) {
      Section absence(source, item);
      const Absence away{absence.date("from"), absence.date("until")};
      absence.finish();
      if (away.until < away.from) {
        source.fail("rules.data_bad_value", absence.line(), "'until' is before 'from'");
      }
      executor.absences.push_back(away);
    });
  }
  section.finish();
  return executor;
}

void readRegions(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  top.text("source");
  Section::eachItem(source, top.need("regions"), [&](const YAML::Node& item) {
    Section section(source, item);
    Region region;
    region.origin = section.origin();
    region.code = section.text("code");
    region.label = section.local("label");
    region.validity = readValidity(section);
    region.predecessors = section.list("predecessors");
    section.finish();
    data.regions.push_back(std::move(region));
  });
  Section::eachItem(source, top.maybe("districts"), [&](const YAML::Node& item) {
    Section section(source, item);
    District district;
    district.origin = section.origin();
    district.code = section.text("code");
    district.region = section.text("region");
    district.label = section.local("label");
    district.validity = readValidity(section);
    district.low_confidence = lowConfidence(section);
    section.finish();
    data.districts.push_back(std::move(district));
  });
  top.finish();
}

void readStaff(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  Section::eachItem(source, top.need("bodies"), [&](const YAML::Node& item) {
    Section section(source, item);
    LawData::Team team;
    team.origin = section.origin();
    team.body = section.text("body");
    Section::eachItem(source, section.need("executors"), [&](const YAML::Node& one) {
      team.executors.push_back(readExecutor(source, one));
    });
    section.finish();
    data.staff.push_back(std::move(team));
  });
  top.finish();
}

using Reader = std::function<void(const Source&, const YAML::Node&, LawData&)>;

void readOne(const std::string& folder, const std::string& name, const Reader& reader,
             LawData& data, std::vector<Error>& errors) {
  const Source source{name, &errors};
  const auto text = readFile(folder + "/" + name, kFileBytesMax);
  if (!text) {
    source.fail("rules.data_unreadable", 0, text.error().text);
    return;
  }
  try {
    const YAML::Node root = YAML::Load(*text);
    reader(source, root, data);
  } catch (const YAML::Exception& fault) {
    source.fail("rules.data_syntax", fault.mark.line + 1, fault.msg);
  }
}

// Names of the *.yaml files of a sub-folder, sorted, so that errors and versions come in one order.
std::vector<std::string> filesOf(const std::string& folder, const std::string& part) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + part, failed)) {
    if (entry.path().extension() != ".yaml") continue;
    names.push_back(part + "/" + entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<std::shared_ptr<const LawBook>> LawBook::load(const std::string& folder) {
  const std::string names = "calendar/names.yaml";
  LawData data;
  std::vector<Error> errors;
  Origins specials;
  const auto vocabulary = [&](const Source& source, const YAML::Node& root, LawData& words) {
    readVocabulary(source, root, words, specials);
  };
  readOne(folder, "vocabulary.yaml", vocabulary, data, errors);
  readOne(folder, "topics.yaml", readTopics, data, errors);
  readOne(folder, "bodies.yaml", readBodies, data, errors);
  readOne(folder, "routing.yaml", readRouting, data, errors);
  readOne(folder, names, readReasons, data, errors);
  for (const auto& file : filesOf(folder, "calendar")) {
    if (file != names) readOne(folder, file, readYear, data, errors);
  }
  const auto tables = filesOf(folder, "rules");
  if (tables.empty()) {
    errors.push_back(Error{"rules.data_unreadable", folder + "/rules: no rule table", {}, 0});
  }
  for (const auto& file : tables) readOne(folder, file, readTable, data, errors);
  if (std::filesystem::exists(folder + "/kato.yaml")) {
    readOne(folder, "kato.yaml", readRegions, data, errors);
  }
  if (std::filesystem::exists(folder + "/staff.yaml")) {
    readOne(folder, "staff.yaml", readStaff, data, errors);
  }
  const std::string procedure = folder + "/procedure.yaml";
  if (errors.empty() && std::filesystem::exists(procedure)) {
    std::set<std::string> laws;
    for (const auto& rules : data.tables) laws.insert(rules.law_code);
    auto table = ProcedureTable::load(procedure, data.vocabulary, laws);
    if (!table) return table.status();
    data.procedure = std::move(*table);
  }
  if (errors.empty()) errors = findUnnamedSpecials(data, specials);
  if (!errors.empty()) return Status(std::move(errors));
  return build(std::move(data));
}

}  // namespace hub::rules
