// Writes JSON text front to back; the caller keeps begin and end in balance. Not thread-safe.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/text.h"
#include "hub/base/time.h"

namespace hub::web {

class JsonWriter {
 public:
  JsonWriter& beginObject(std::string_view name = {}) { return open(name, '{'); }
  JsonWriter& endObject() { return close('}'); }
  JsonWriter& beginArray(std::string_view name = {}) { return open(name, '['); }
  JsonWriter& endArray() { return close(']'); }
  JsonWriter& text(std::string_view name, std::string_view value) {
    start(name);
    appendJsonText(out_, value);
    first_ = false;
    return *this;
  }
  // Left out when empty: an unknown fact is absent, not "".
  JsonWriter& textIf(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  JsonWriter& number(std::string_view name, std::int64_t value) {
    return raw(name, std::to_string(value));
  }
  // null where a number is expected and not known: it is not 0.
  JsonWriter& numberOrNull(std::string_view name, const std::optional<std::int64_t>& value) {
    return value ? number(name, *value) : raw(name, "null");
  }
  // A number that is not whole, as it is to be written: "12.5".
  JsonWriter& decimal(std::string_view name, const std::string& value) { return raw(name, value); }
  JsonWriter& flag(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }
  JsonWriter& instant(std::string_view name, Instant value) {
    return text(name, formatInstant(value));
  }
  JsonWriter& instantIf(std::string_view name, const std::optional<Instant>& value) {
    return value ? instant(name, *value) : *this;
  }
  // `json` must be one JSON value.
  JsonWriter& raw(std::string_view name, std::string_view json) {
    start(name);
    out_ += json;
    first_ = false;
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  void start(std::string_view name) {
    if (!first_) out_ += ',';
    if (name.empty()) return;
    appendJsonText(out_, name);
    out_ += ':';
  }
  JsonWriter& open(std::string_view name, char bracket) {
    start(name);
    out_ += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace hub::web
