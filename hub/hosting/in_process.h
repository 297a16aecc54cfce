// In-process hosting: the adapter's verbs run on the caller's thread. For our own, stable adapters
// only: a crash takes the hub along, and a hang cannot be ended (stop() waits for it).
#pragma once

#include <memory>

#include "hub/hosting/adapter_port.h"

namespace hub::hosting {

// As startAdapter, for Hosting::kInProcess.
Result<std::unique_ptr<Adapter>> startInProcess(const AdapterConfig& config, HostServices& services,
                                                const Limits& limits);

}  // namespace hub::hosting
