// What the hub knows about one agency's system: its adapter, its endpoints, who signs, how often to ask.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/hosting/adapter_port.h"
#include "hub/transport/endpoint.h"
#include "hub/trust/profile.h"

namespace hub::exchange {

// How the adapter comes to life; tests put a scripted one in its place.
using AdapterStarter = std::function<Result<std::unique_ptr<hosting::Adapter>>(
    const hosting::AdapterConfig&, hosting::HostServices&, const Limits&)>;

struct AgencyConfig {
  hosting::AdapterConfig adapter;           // adapter.alias is the destination's name
  std::vector<std::string> former_aliases;  // what the store holds under these is this agency's
  std::vector<transport::EndpointConfig> endpoints;
  trust::ProfileConfig push;  // profile of /agency/{alias}
  bool push_allowed = false;
  std::map<std::string, trust::ProfileConfig> payload_profiles;  // for the adapter's sign/verify
  int concurrency = 4;                                           // deliveries at once
  std::int64_t collect_every_ms = 5'000;                         // 0: never asks
  int deliver_ms_max = 30'000;
  int collect_ms_max = 60'000;
  // A PENDING delivery without a final answer after so long is brought to an operator.
  int await_hours_max = 24;
  // Its system is told ("status/1", term_changed) when the calendar moved an appeal's due date.
  bool tell_term_changes = false;
  int failures_to_open = 5;  // circuit breaker
  std::int64_t open_ms_first = 5'000;
  std::int64_t open_ms_max = 60'000;
  AdapterStarter start = hosting::startAdapter;
};

}  // namespace hub::exchange
