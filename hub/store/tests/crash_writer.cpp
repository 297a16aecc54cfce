// Writes appeals with several threads until it is killed, and prints one line for each that the
// store acknowledged: "<source id> <number> <journal position>". Used by crash_test.cpp.
// Arguments: database file, prefix of the source ids.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "hub/store/tests/sample.h"

namespace {

using namespace hub::store;

void writeForEver(Store& store, const std::string& prefix) {
  for (int i = 0;; ++i) {
    sample::Intake wanted;
    wanted.source_id = prefix + std::to_string(i);
    wanted.body = std::string(3000, 'x');
    sample::Given given;
    hub::Status status = store.write([&](Tx& tx) -> hub::Status {
      hub::Status added = sample::addIntake(tx, wanted, given);
      // Some units fail on purpose, after they have written everything.
      if (added.ok() && i % 7 == 3) return hub::Status::failure("base.internal", "on purpose");
      return added;
    });
    if (!status.ok()) continue;
    std::string line = wanted.source_id + " " + std::to_string(given.number) + " " +
                       std::to_string(given.position) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  sample::CountingSealer sealer;
  std::unique_ptr<Store> store = sample::openOrDie(argv[1], &sealer);
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    std::string prefix = std::string(argv[2]) + std::to_string(t) + "-";
    threads.emplace_back([&store, prefix] { writeForEver(*store, prefix); });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}
