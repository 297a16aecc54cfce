// The one exception of the kit: input or a mapping that cannot be used, for a reason that will be
// the same on every attempt. Adapters turn it into an answer or into a problem item; the C bridge
// turns one that escapes into FAULT. `text` never quotes input values.
#pragma once

#include <stdexcept>
#include <string>

namespace otinish::kit {

class MappingError : public std::runtime_error {
 public:
  MappingError(std::string code, const std::string& text, int line = 0)
      : std::runtime_error(line > 0 ? text + " (line " + std::to_string(line) + ")" : text),
        code_(std::move(code)),
        line_(line) {}
  const std::string& code() const { return code_; }
  int line() const { return line_; }  // 1-based line of the input or the program, 0 if unknown

 private:
  std::string code_;
  int line_;
};

}  // namespace otinish::kit
