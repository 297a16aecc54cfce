// jq mapping (libjq 1.6). A program is compiled per thread that uses it at the same time (a
// compiled jq program is not shareable) and kept for the next call. It sees its input and
// `$settings` (the adapter's tables) and nothing else: env, input, import, include, module data,
// halt and debug output do not exist. A program must give exactly one output.
//
// Whole numbers beyond 2^53 come to it as texts (largeIntegersAsText).
// A mapping refuses an input on purpose with error({code: "adapter.…", text: "…"}).
// A program that never ends is stopped by the call's deadline in a child process; libjq offers no
// earlier hook, so run programs you do not trust in that hosting.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace otinish::kit {

// JSON whose whole numbers beyond 2^53 stand as texts. jq counts in doubles, for which two such numbers may
// be one; one is a name and nothing to reckon with, and "\(.id)" writes the text as it wrote the number. Pure.
std::string largeIntegersAsText(std::string_view json);

class JqMapping {
 public:
  // `settings_json`: a JSON object. Failure: MappingError "adapter.bad_mapping" with jq's text.
  static JqMapping compile(std::string_view program, std::string_view settings_json = "{}");
  JqMapping();
  ~JqMapping();
  JqMapping(JqMapping&&) noexcept;
  JqMapping& operator=(JqMapping&&) noexcept;

  bool empty() const { return !state_; }
  // JSON in, JSON out. Any thread. Failure: MappingError "adapter.bad_json", "adapter.too_deep",
  // "adapter.too_large", "adapter.mapping_failed", or the program's own code.
  std::string apply(std::string_view json) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace otinish::kit
