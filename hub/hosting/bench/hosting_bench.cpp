// What hosting itself costs per call: the smallest adapter, a 4 KiB message, both hostings.
#include <benchmark/benchmark.h>

#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

void deliver(benchmark::State& state, Hosting hosting) {
  const TemporaryFolder folder;
  FakeServices services;
  auto config = configFor(shelf("bad_unknown_outcome"), hosting, folder);
  auto adapter = startAdapter(config, services, {});
  if (!adapter) {
    state.SkipWithError(adapter.error().text.c_str());
    return;
  }
  auto message = sampleMessage();
  message.body.assign(4096, 'x');
  for (auto _ : state) benchmark::DoNotOptimize((*adapter)->deliver(message, 30'000));
}
BENCHMARK_CAPTURE(deliver, in_process, Hosting::kInProcess);
BENCHMARK_CAPTURE(deliver, child_process, Hosting::kChildProcess)->UseRealTime();

}  // namespace
}  // namespace hub::hosting

BENCHMARK_MAIN();
