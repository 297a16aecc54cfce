// Typed access to query parameters; every parameter a handler does not ask for is refused.
// Internal.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "hub/model/codes.h"
#include "hub/web/http.h"

namespace hub::web {

// Nothing if it is no positive number.
std::optional<store::RowId> rowIdFrom(std::string_view text);
// The {id} of the path as a row's number. "store.not_found" for anything else.
Result<store::RowId> rowIdOf(const Request& request);

class Parameters {
 public:
  // "web.unknown_parameter", "web.repeated_parameter", naming it.
  static Result<Parameters> read(const Request& request, const std::set<std::string>& known);
  std::string text(const std::string& name) const;
  bool has(const std::string& name) const { return values_.contains(name); }
  // Failures of the following: "web.bad_parameter", naming it.
  Result<std::string> word(const std::string& name, const model::CodeList& words) const;
  Result<int> number(const std::string& name, int fallback, int min, int max) const;
  Result<std::optional<Instant>> instant(const std::string& name) const;
  Result<std::string> date(const std::string& name) const;
  // The id of the last row of the page before, in lists by id, newest first; 0: none. "store.bad_cursor".
  Result<store::RowId> before() const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace hub::web
