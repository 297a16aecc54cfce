// A strict reader over one YAML document: every key is asked for by name, what was not asked for is an
// error, and every error carries file and line. Collects all errors instead of stopping at the first.
// Threads: one.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/status.h"

namespace hub::programs {

class YamlErrors {
 public:
  explicit YamlErrors(std::string file) : file_(std::move(file)) {}
  void add(const YAML::Node& at, const std::string& path, const std::string& text) {
    int line = at.Mark().is_null() ? 0 : at.Mark().line + 1;
    errors_.push_back(
        Error{"programs.bad_config",
              file_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + path + ": " + text,
              path, line});
  }
  bool empty() const { return errors_.empty(); }
  const std::string& file() const { return file_; }
  std::vector<Error> take() { return std::move(errors_); }

 private:
  std::string file_;
  std::vector<Error> errors_;
};

// One mapping of the document. Destroying it reports the keys nobody asked for. Of what is no mapping that is told
// alone: what it lacks then is no second mistake.
class YamlMap {
 public:
  YamlMap(const YAML::Node& node, std::string path, YamlErrors& errors)
      : node_(node), path_(std::move(path)), errors_(errors) {
    if (node_ && !node_.IsNull() && !node_.IsMap()) {
      errors_.add(node_, path_, "must be a mapping of keys to values");
      node_ = YAML::Node();
      broken_ = true;
    }
  }
  ~YamlMap() {
    // Who was stopped on the way did not ask for the rest.
    if (std::uncaught_exceptions() > exceptions_ || !node_ || !node_.IsMap()) return;
    for (const auto& entry : node_) {
      std::string key = entry.first.Scalar();
      if (!asked_.count(key)) {
        errors_.add(entry.first, path_.empty() ? key : path_ + "." + key,
                    "unknown key; known here: " + known());
      }
    }
  }
  YamlMap(const YamlMap&) = delete;
  YamlMap& operator=(const YamlMap&) = delete;

  bool has(const std::string& key) {
    asked_.insert(key);
    return node_ && node_.IsMap() && node_[key] && !node_[key].IsNull();
  }
  std::string text(const std::string& key, const std::string& fallback) {
    if (!has(key)) return fallback;
    auto value = node_[key];
    if (!value.IsScalar()) {
      errors_.add(value, at(key), "must be a text");
      return fallback;
    }
    return value.Scalar();
  }
  std::string mandatoryText(const std::string& key) {
    std::string value = text(key, "");
    const bool told = has(key) && !node_[key].IsScalar();
    if (value.empty() && !told) complain(key, "is mandatory");
    return value;
  }
  std::int64_t number(const std::string& key, std::int64_t fallback, std::int64_t low,
                      std::int64_t high) {
    if (!has(key)) return fallback;
    auto value = node_[key];
    std::int64_t result = 0;
    if (!value.IsScalar() || !YAML::convert<std::int64_t>::decode(value, result) || result < low ||
        result > high) {
      errors_.add(
          value, at(key),
          "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
      return fallback;
    }
    return result;
  }
  bool flag(const std::string& key, bool fallback) {
    if (!has(key)) return fallback;
    bool result = fallback;
    if (!node_[key].IsScalar() || !YAML::convert<bool>::decode(node_[key], result)) {
      errors_.add(node_[key], at(key), "must be true or false");
    }
    return result;
  }
  std::string choice(const std::string& key, const std::string& fallback,
                     const std::set<std::string>& choices) {
    std::string value = text(key, fallback);
    if (!choices.count(value)) {
      std::string all;
      for (const auto& c : choices) all += (all.empty() ? "" : ", ") + c;
      complain(key, "must be one of: " + all);
      return fallback;
    }
    return value;
  }
  std::vector<std::string> texts(const std::string& key) {
    std::vector<std::string> result;
    if (!has(key)) return result;
    auto value = node_[key];
    if (!value.IsSequence()) {
      errors_.add(value, at(key), "must be a list");
      return result;
    }
    for (const auto& item : value) {
      if (item.IsScalar())
        result.push_back(item.Scalar());
      else
        errors_.add(item, at(key), "must be a list of texts");
    }
    return result;
  }
  int line(const std::string& key) {
    return has(key) && !node_[key].Mark().is_null() ? node_[key].Mark().line + 1 : 0;
  }
  YAML::Node node(const std::string& key) {
    return has(key) ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
  }
  // The items of a list of mappings.
  std::vector<YAML::Node> list(const std::string& key) {
    std::vector<YAML::Node> result;
    if (!has(key)) return result;
    if (!node_[key].IsSequence()) {
      errors_.add(node_[key], at(key), "must be a list");
      return result;
    }
    for (const auto& item : node_[key]) result.push_back(item);
    return result;
  }
  // The entries of a mapping with keys of the file's own choice.
  std::vector<std::pair<std::string, YAML::Node>> entries(const std::string& key) {
    std::vector<std::pair<std::string, YAML::Node>> result;
    if (!has(key)) return result;
    if (!node_[key].IsMap()) {
      errors_.add(node_[key], at(key), "must be a mapping");
      return result;
    }
    for (const auto& entry : node_[key]) {
      if (entry.first.IsScalar())
        result.emplace_back(entry.first.Scalar(), entry.second);
      else
        errors_.add(entry.first, at(key), "a key must be a text");
    }
    return result;
  }
  std::string at(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  void complain(const std::string& key, const std::string& text) {
    if (broken_) return;
    errors_.add(has(key) ? node_[key] : node_, at(key), text);
  }
  YamlErrors& errors() { return errors_; }

 private:
  std::string known() const {
    std::string all;
    for (const auto& key : asked_) all += (all.empty() ? "" : ", ") + key;
    return all;
  }
  YAML::Node node_;
  std::string path_;
  YamlErrors& errors_;
  bool broken_ = false;
  int exceptions_ = std::uncaught_exceptions();
  std::set<std::string> asked_;
};

}  // namespace hub::programs
