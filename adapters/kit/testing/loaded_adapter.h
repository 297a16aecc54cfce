// An adapter file called through its C border, as the hub's in-process hosting does: for tests of
// the bridge and of adapters as they are shipped.
#pragma once

#include <string>

#include "adapters/kit/adapter.h"

namespace otinish::kit::testing {

// Throws std::runtime_error if the file cannot be loaded. One thread at a time.
class LoadedAdapter {
 public:
  LoadedAdapter(const std::string& file, Host& host);
  ~LoadedAdapter();
  LoadedAdapter(const LoadedAdapter&) = delete;
  LoadedAdapter& operator=(const LoadedAdapter&) = delete;

  std::string aboutJson() const;
  Answer configure(const Configuration& configuration);
  Answer probe();
  Answer deliver(const Message& message);
  Answer receive(const NativeRequest& request);
  // The C call itself, for tests of the border.
  void deliverRaw(const hub_message& message, hub_answer_fn done, void* context);

 private:
  const hub_adapter* table_ = nullptr;
  void* instance_ = nullptr;
  Host& host_;
};

// Path of <build>/adapters/hub_adapter_<name>.so.
std::string adapterFile(const std::string& name);

}  // namespace otinish::kit::testing
