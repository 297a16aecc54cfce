// Reading of one YAML file of the law data: every mapping is read through `Section`, which knows the
// keys it was asked for, so that a key nobody asked for is refused with its line. For loaders only:
// this header sees yaml-cpp.
#pragma once

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_data.h"

namespace hub::rules::loading {

// One file being read, and where its errors go.
struct Source {
  std::string file;  // name for messages, e.g. "rules/appc-2025-12-29.yaml"
  std::vector<Error>* errors;

  void fail(const char* code, int line, const std::string& text) const {
    errors->push_back(Error{code, file + ":" + std::to_string(line) + ": " + text, {}, line});
  }
};

inline int lineOf(const YAML::Node& node) { return node.Mark().line + 1; }

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

inline std::map<std::string, LocalText> readLabels(const Source& source, const YAML::Node& node) {
  std::map<std::string, LocalText> labels;
  Section::each(source, node, [&](const std::string& key, const YAML::Node& value) {
    labels[key] = Section::readLocal(source, value);
  });
  return labels;
}

}  // namespace hub::rules::loading
