// The C border (contracts/adapter/hub_adapter.h, contract 0) seen from the hub: turns verbs.h
// values into borrowed C structs and the adapter's C answers back into values. Used in the hub
// (in-process hosting) and inside hub-adapter-runner (child hosting), so that both read an adapter
// alike.
#pragma once

#include <chrono>
#include <memory>

#include "contracts/adapter/hub_adapter.h"
#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/hosting/adapter_port.h"

namespace hub::hosting {

using Deadline = std::chrono::steady_clock::time_point;

// When an exchange within a call must be over: a little before the call itself, so that an adapter whose
// exchange found no answer in time is not ended with it, but says what it has and what it waits for.
Deadline exchangeDeadline(Deadline call);

// What a failed verb is answered with.
otinish::Answer failedAnswer(otinish::Outcome outcome, std::string_view code, std::string text,
                             std::int64_t retry_after_ms = 0);

// Of a call that was no longer wanted when its turn came.
otinish::Answer overtakenAnswer();

// Contract rules any answer must keep, whatever the hosting: a known outcome
// ("hosting.unknown_outcome"), a code on every failure ("hosting.no_code"), a possible HTTP status,
// sizes within `limits`
// ("hosting.answer_too_large"). An answer that breaks them is replaced by kFault, except that a
// missing code is filled in.
void judgeAnswer(otinish::Answer& answer, const Limits& limits);

// Reads About from a table. Failures: "hosting.bad_about", "hosting.exception".
Result<otinish::About> readAbout(const hub_adapter* table);

// One created instance of an adapter. Threads: as About::thread_safe allows; the owner sees to it.
// No exception leaves: a throwing adapter becomes kFault "hosting.exception".
class BorderInstance {
 public:
  // Failure: "hosting.start_failed" (create gave NULL or threw). `table` is never unloaded.
  static Result<std::unique_ptr<BorderInstance>> create(const hub_adapter* table,
                                                        const Limits& limits);
  ~BorderInstance();
  BorderInstance(const BorderInstance&) = delete;
  BorderInstance& operator=(const BorderInstance&) = delete;

  otinish::Answer configure(const otinish::Configuration& configuration, HostServices& services,
                            Deadline deadline);
  otinish::Answer probe(HostServices& services, Deadline deadline);
  otinish::Answer deliver(const otinish::Message& message, HostServices& services,
                          Deadline deadline);
  otinish::Answer collect(const otinish::CollectRequest& request, HostServices& services,
                          Deadline deadline);
  otinish::Answer receive(const otinish::NativeRequest& request, HostServices& services,
                          Deadline deadline);
  otinish::Answer lookUp(const otinish::LookUpQuery& query, HostServices& services,
                         Deadline deadline);

 private:
  BorderInstance(const hub_adapter& table, void* instance, const Limits& limits)
      : table_(table), instance_(instance), limits_(limits) {}

  hub_adapter table_;  // a copy whose fields beyond the adapter's own `size` are NULL
  void* instance_;
  Limits limits_;
};

}  // namespace hub::hosting
