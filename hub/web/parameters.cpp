#include "hub/web/parameters.h"

#include <charconv>

namespace hub::web {
namespace {

// A caller's name is repeated only if it looks like a name; anything else may be personal data.
std::string fieldOf(const std::string& name) {
  const bool plain = name.size() <= 40 &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return plain ? "?" + name : "?";
}

Status bad(const std::string& name, const std::string& why) {
  return Status::failure("web.bad_parameter", why, fieldOf(name));
}

}  // namespace

std::optional<store::RowId> rowIdFrom(std::string_view text) {
  store::RowId id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stop != end || id <= 0) return std::nullopt;
  return id;
}

Result<store::RowId> rowIdOf(const Request& request) {
  const auto id = rowIdFrom(request.path.at("id"));
  if (!id) return Status::failure("store.not_found", "an id here is a positive number");
  return *id;
}

Result<Parameters> Parameters::read(const Request& request, const std::set<std::string>& known) {
  Parameters made;
  for (const auto& [name, value] : request.query) {
    if (!known.contains(name)) {
      std::string list;
      for (const auto& k : known) (list += list.empty() ? "" : ", ") += k;
      return Status::failure("web.unknown_parameter",
                             known.empty() ? "no parameter is known here" : "known are " + list,
                             fieldOf(name));
    }
    // A caller's variable that is not set must not widen what is asked for. A page after "" is the first one.
    if (value.empty() && name != "after")
      return bad(name, "given empty: leave it out or give a value");
    if (!made.values_.emplace(name, value).second) {
      return Status::failure("web.repeated_parameter", "give it once", fieldOf(name));
    }
  }
  return made;
}

std::string Parameters::text(const std::string& name) const {
  auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

Result<std::string> Parameters::word(const std::string& name, const model::CodeList& words) const {
  std::string value = text(name);
  if (value.empty() || model::hasCode(words, value)) return value;
  std::string list;
  for (const auto& code : words.codes) (list += list.empty() ? "" : ", ") += code;
  return bad(name, "one of " + list);
}

Result<int> Parameters::number(const std::string& name, int fallback, int min, int max) const {
  auto it = values_.find(name);
  if (it == values_.end()) return fallback;
  int value = 0;
  const char* end = it->second.data() + it->second.size();
  auto [stop, error] = std::from_chars(it->second.data(), end, value);
  if (error != std::errc() || stop != end || value < min || value > max) {
    return bad(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

Result<std::optional<Instant>> Parameters::instant(const std::string& name) const {
  auto it = values_.find(name);
  if (it == values_.end()) return std::optional<Instant>();
  auto parsed = parseInstant(it->second);
  if (!parsed.ok()) return bad(name, "a time such as 2026-03-17T10:00:00Z");
  return std::optional<Instant>(*parsed);
}

Result<store::RowId> Parameters::before() const {
  const std::string given = text("after");
  if (given.empty()) return 0;
  const auto id = rowIdFrom(given);
  if (!id) return Status::failure("store.bad_cursor", "not a cursor of this list", "?after");
  return *id;
}

Result<std::string> Parameters::date(const std::string& name) const {
  auto it = values_.find(name);
  if (it == values_.end()) return std::string();
  if (!parseDate(it->second).ok()) return bad(name, "a day such as 2026-03-17");
  return it->second;
}

}  // namespace hub::web
