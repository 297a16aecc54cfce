// The adapter's settings as configure got them, with the About's fallbacks filled in.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kit/jq_mapping.h"
#include "adapters/kit/text.h"
#include "adapters/kit/xslt_mapping.h"
#include "contracts/adapter/verbs.h"

namespace otinish::kit {

// Immutable after construction; any thread.
class Settings {
 public:
  // Failure: MappingError "adapter.bad_setting" naming the setting (checks.h): not JSON, an unknown name, a
  // mandatory one missing, a value of the wrong kind or outside the choices, a file not handed
  // over.
  Settings(const Configuration& configuration, const About& about);
  ~Settings();
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  std::string text(const std::string& name) const;
  // Whether the configuration gives it; else it has its fallback.
  bool isGiven(const std::string& name) const;
  std::int64_t number(const std::string& name) const;
  // Refused outside [least, most].
  std::int64_t number(const std::string& name, std::int64_t least, std::int64_t most) const;
  bool flag(const std::string& name) const;
  // Bytes of the file a "file" setting names; nullptr if the setting is empty.
  const std::string* file(const std::string& name) const;
  // A "table" of plain values; empty when absent.
  StringMap strings(const std::string& name) const;
  // One call, {method, path} and such: no other key than these; "path" is there unless the table is empty.
  StringMap call(const std::string& name, const std::vector<std::string>& known) const;
  // A table of patterns to names of outcomes.
  StringMap outcomes(const std::string& name) const;
  // Every row a table of plain values ({"appeal/1": {"method": "POST"}}).
  std::map<std::string, StringMap> rows(const std::string& name) const;
  // The "tables" setting as mappings see it.
  Tables tables(const std::string& name) const;
  // One setting as JSON text; "null" when absent.
  std::string jsonText(const std::string& name) const;
  // All string, int, bool and enum settings, by name: the parameters of a stylesheet.
  StringMap scalars() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Compiles the stylesheet, or the jq program, of a "file" setting; empty mapping when the setting is empty.
// Failure: MappingError "adapter.bad_mapping" with the text "setting NAME: FILE: WHY".
XsltMapping stylesheetOf(const Settings& settings, const std::string& name);
JqMapping programOf(const Settings& settings, const std::string& name);

}  // namespace otinish::kit
