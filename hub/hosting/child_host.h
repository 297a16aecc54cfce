// Child hosting: the adapter runs in processes of its own, kept alive by one keeper thread each. A
// call takes a ready process, talks to it on the caller's thread, and gives it back; a process that
// hangs, dies or breaks the protocol is ended and replaced by its keeper, off the call path.
#pragma once

#include <memory>

#include "hub/hosting/adapter_port.h"
#include "hub/hosting/slot_machine.h"

namespace hub::hosting {

// As startAdapter, for Hosting::kChildProcess. Success means: the first process is ready; the
// others start meanwhile.
Result<std::unique_ptr<Adapter>> startChildHost(const AdapterConfig& config, HostServices& services,
                                                const Limits& limits, RestartPolicy policy = {});

}  // namespace hub::hosting
