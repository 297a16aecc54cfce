// The unavoidable parts of one appeal, each as the bare library does it: no class of the hub between.
// They are run in the order of parts(), one appeal after the other: each takes over what the one before
// it made, and finds the caches as an appeal finds them that is not repeated in a tight loop.
// Not shared between threads: one object a thread. Failures end the program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct PartInputs {
  std::string appeal;     // as posted
  std::string canonical;  // as translated
  std::string receipt;    // signed answer of the gateway
  std::string schema_file;
  std::string stylesheet_file;
  std::string key_file, certificate_file;
  std::string database_file;
};

class RawParts {
 public:
  explicit RawParts(const PartInputs& inputs);
  ~RawParts();
  struct Part {
    std::string name;
    std::function<void()> once;
  };
  std::vector<Part> parts();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bench
