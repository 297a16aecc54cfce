// Reads config/law. Every mapping is read through `Section`, which knows the keys it was asked for,
// so that a key nobody asked for is refused with its line.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "hub/base/text.h"
#include "hub/rules/law_book.h"

namespace hub::rules {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

// One file being read, and where its errors go.
struct Source {
  std::string file;  // name for messages, e.g. "rules/appc-2025-12-29.yaml"
  std::vector<Error>* errors;

  void fail(const char* code, int line, const std::string& text) const {
    errors->push_back(Error{code, file + ":" + std::to_string(line) + ": " + text, {}, line});
  }
};

int lineOf(const YAML::Node& node) { return node.Mark().line + 1; }

class Section {
 public:
  Section(const Source& source, const YAML::Node& node) : source_(source), node_(node) {
    if (!node_.IsMap()) {
      source_.fail("rules.data_bad_value", lineOf(node_), "a mapping is expected here");
      return;
    }
    std::set<std::string> seen;
    for (const auto& item : node_) {
      if (!item.first.IsScalar() || !seen.insert(item.first.Scalar()).second) {
        source_.fail("rules.data_bad_value", lineOf(item.first), "a key is repeated or not a word");
      }
    }
  }

  int line() const { return lineOf(node_); }
  Origin origin() const { return {source_.file, line()}; }

  // The value of a key that must be there; an undefined node (already reported) if it is not.
  YAML::Node need(const std::string& key) {
    YAML::Node value = maybe(key);
    if (!value) source_.fail("rules.data_missing_key", line(), "'" + key + "' is missing");
    return value;
  }
  YAML::Node maybe(const std::string& key) {
    asked_.insert(key);
    if (node_.IsMap()) {
      for (const auto& item : node_) {
        if (item.first.IsScalar() && item.first.Scalar() == key) return item.second;
      }
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }

  std::string text(const std::string& key) { return scalar(need(key), key); }
  std::string textOr(const std::string& key, const std::string& fallback) {
    const YAML::Node value = maybe(key);
    return value ? scalar(value, key) : fallback;
  }
  int number(const std::string& key) {
    const YAML::Node value = need(key);
    const std::string digits = scalar(value, key);
    int parsed = 0;
    if (digits.empty()) return 0;
    if (!YAML::convert<int>::decode(value, parsed)) bad(value, key, "must be a whole number");
    return parsed;
  }
  bool flag(const std::string& key) { return choice(key, "false", {"false", "true"}) == 1; }
  Date date(const std::string& key) { return dateOf(need(key), key); }
  std::optional<Date> maybeDate(const std::string& key) {
    const YAML::Node value = maybe(key);
    if (!value) return std::nullopt;
    return dateOf(value, key);
  }
  // Position of the value in `words`; an empty fallback makes the key compulsory.
  int choice(const std::string& key, const std::string& fallback,
             const std::vector<std::string>& words) {
    const std::string word = fallback.empty() ? text(key) : textOr(key, fallback);
    const auto found = std::find(words.begin(), words.end(), word);
    if (found != words.end()) return static_cast<int>(found - words.begin());
    if (!word.empty()) {
      std::string list;
      for (const auto& w : words) list += (list.empty() ? "" : ", ") + w;
      bad(maybe(key), key, "must be one of: " + list);
    }
    return 0;
  }
  std::vector<std::string> list(const std::string& key) {
    std::vector<std::string> items;
    const YAML::Node value = maybe(key);
    if (!value) return items;
    if (!value.IsSequence()) {
      bad(value, key, "must be a list");
      return items;
    }
    for (const auto& item : value) items.push_back(scalar(item, key));
    return items;
  }
  LocalText local(const std::string& key) {
    const YAML::Node value = need(key);
    return value ? readLocal(source_, value) : LocalText{};
  }
  static LocalText readLocal(const Source& source, const YAML::Node& node) {
    Section section(source, node);
    LocalText text{section.text("kk"), section.text("ru"), section.text("en")};
    section.finish();
    return text;
  }
  // "18:30" as a minute of the day.
  int minute(const std::string& key) {
    const YAML::Node value = need(key);
    const std::string clock = scalar(value, key);
    const bool shape = clock.size() == 5 && clock[2] == ':' &&
                       std::all_of(clock.begin(), clock.end(),
                                   [](char c) { return c == ':' || (c >= '0' && c <= '9'); });
    const int minutes = shape ? std::atoi(clock.c_str()) * 60 + std::atoi(clock.c_str() + 3) : 0;
    if (!clock.empty() && (!shape || minutes < 1 || minutes > 24 * 60 || clock[3] > '5')) {
      bad(value, key, "must be a time such as \"18:30\"");
    }
    return minutes;
  }

  // Refuses the keys nobody asked for. To be called once, after the last question.
  void finish() {
    if (!node_.IsMap()) return;
    for (const auto& item : node_) {
      if (!item.first.IsScalar() || asked_.contains(item.first.Scalar())) continue;
      source_.fail("rules.data_unknown_key", lineOf(item.first),
                   "unknown key '" + item.first.Scalar() + "'");
    }
  }

  template <class Visit>
  static void each(const Source& source, const YAML::Node& map, Visit visit) {
    if (!map) return;
    Section shape(source, map);  // reports what is not a mapping and repeated keys
    if (!map.IsMap()) return;
    for (const auto& item : map) {
      if (item.first.IsScalar()) visit(item.first.Scalar(), item.second);
    }
  }
  template <class Visit>
  static void eachItem(const Source& source, const YAML::Node& list, Visit visit) {
    if (!list) return;
    if (!list.IsSequence()) {
      source.fail("rules.data_bad_value", lineOf(list), "a list is expected here");
      return;
    }
    for (const auto& item : list) visit(item);
  }

 private:
  void bad(const YAML::Node& value, const std::string& key, const std::string& why) const {
    source_.fail("rules.data_bad_value", lineOf(value), "'" + key + "' " + why);
  }
  std::string scalar(const YAML::Node& value, const std::string& key) const {
    if (!value) return {};
    if (!value.IsScalar() || value.Scalar().empty()) {
      bad(value, key, "must be a text that is not empty");
      return {};
    }
    return value.Scalar();
  }
  Date dateOf(const YAML::Node& value, const std::string& key) const {
    const std::string text = scalar(value, key);
    const Date none = std::chrono::year(2000) / 1 / 1;
    if (text.empty()) return none;
    const auto parsed = parseDate(text);
    if (!parsed) bad(value, key, "must be a day such as 2026-03-17");
    return parsed ? *parsed : none;
  }

  const Source& source_;
  YAML::Node node_;
  std::set<std::string> asked_;
};

std::map<std::string, LocalText> readLabels(const Source& source, const YAML::Node& node) {
  std::map<std::string, LocalText> labels;
  Section::each(source, node, [&](const std::string& key, const YAML::Node& value) {
    labels[key] = Section::readLocal(source, value);
  });
  return labels;
}

void readVocabulary(const Source& source, const YAML::Node& root, LawData& data) {
  Section top(source, root);
  Vocabulary& words = data.vocabulary;
  words.default_level = top.text("default_level");
  Section::each(source, top.need("kinds"), [&](const std::string& key, const YAML::Node& value) {
    Section kind(source, value);
    words.kinds[key] = {kind.text("procedure"), kind.local("label")};
    kind.finish();
  });
  words.procedures = readLabels(source, top.need("procedures"));
  words.levels = readLabels(source, top.need("levels"));
  words.special_kinds = readLabels(source, top.need("special_kinds"));
  words.events = readLabels(source, top.need("events"));
  words.clocks = readLabels(source, top.need("clocks"));
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
  year.version = top.text("version");
  year.low_confidence = lowConfidence(top);
  top.text("source");
  const auto dated = [&](const std::string& text, int line) {
    const auto date = parseDate(text);
    if (!date || static_cast<int>(date->year()) != year.year) {
      source.fail("rules.data_bad_value", line, "a day of the year of this file is expected");
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

RuleData readRule(const Source& source, const YAML::Node& node) {
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
  Section::eachItem(source, top.need("rules"),
                    [&](const YAML::Node& item) { table.rules.push_back(readRule(source, item)); });
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
  body.alias = section.text("alias");
  body.level = section.text("level");
  body.names = section.local("names");
  body.kato = section.list("kato");
  body.topics = section.list("topics");
  body.validity = readValidity(section);
  body.higher_body = section.textOr("higher_body", "");
  body.zone = section.textOr("zone", data.default_zone);
  body.closes_minute =
      section.maybe("closes") ? section.minute("closes") : data.default_closes_minute;
  section.finish();
  if (body.bin.size() != 12 || body.bin.find_first_not_of("0123456789") != std::string::npos) {
    source.fail("rules.data_bad_value", body.origin.line, "'bin' must have 12 digits");
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

using Reader = void (*)(const Source&, const YAML::Node&, LawData&);

void readOne(const std::string& folder, const std::string& name, Reader reader, LawData& data,
             std::vector<Error>& errors) {
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
  readOne(folder, "vocabulary.yaml", readVocabulary, data, errors);
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
  if (!errors.empty()) return Status(std::move(errors));
  return build(std::move(data));
}

}  // namespace hub::rules
