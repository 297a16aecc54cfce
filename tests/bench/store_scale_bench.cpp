// What the store costs and whether its size matters. Prints two tables:
//   1. CPU and time per appeal committed, for groups of 1, 16, 64 and 256 waiting callers;
//   2. times of look-ups and of finding work with few and with many finished appeals in the store.
// Arguments: [many (default 1000000)] [few (default 1000)] [folder (default: a temporary one)].
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "hub/base/log.h"
#include "hub/store/tests/sample.h"

namespace {

using namespace hub::store;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kStart = 1'780'000'000'000'000;

double cpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto micros = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

double microsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count();
}

// Bodies must not all be the same page; 3 KB of printable noise.
std::string bodyOf(std::int64_t n) {
  std::mt19937_64 random(static_cast<std::uint64_t>(n));
  std::string body(3000, ' ');
  for (char& c : body) c = static_cast<char>('a' + random() % 26);
  return body;
}

class Filler {
 public:
  explicit Filler(Store& store) : store_(store) {}

  // Commits `count` appeals keeping `waiting` units queued.
  void fill(std::int64_t count, int waiting, OutboxState state) {
    for (std::int64_t i = 0; i < count; ++i) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_ < waiting; });
        ++open_;
      }
      submit(next_++, state);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
  }

 private:
  void submit(std::int64_t n, OutboxState state) {
    sample::Intake wanted;
    wanted.source_id = "2026/" + std::to_string(n * 7919 % 10'000'019);  // not in order
    wanted.destination = n % 3 == 0 ? "moe" : n % 3 == 1 ? "akimat" : "land";
    wanted.state = state == OutboxState::kDelivered ? "executed" : "registered";
    wanted.outbox_state = state;
    wanted.body = bodies_[static_cast<std::size_t>(n) % bodies_.size()];
    wanted.received_at = sample::at(kStart + n * 1000);
    store_.writeAsync(
        [wanted = std::move(wanted)](Tx& tx) {
          sample::Given given;
          return sample::addIntake(tx, wanted, given);
        },
        [this](hub::Status status) {
          if (!status.ok()) {
            std::fprintf(stderr, "%s: %s\n", status.error().code.c_str(),
                         status.error().text.c_str());
            std::abort();
          }
          std::lock_guard lock(mutex_);
          --open_;
          changed_.notify_one();
        });
  }
  static std::vector<std::string> makeBodies() {
    std::vector<std::string> bodies;
    for (int i = 0; i < 64; ++i) bodies.push_back(bodyOf(i));
    return bodies;
  }

  Store& store_;
  std::vector<std::string> bodies_ = makeBodies();
  std::int64_t next_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0;  // guarded by mutex_
};

void groupTable(const std::string& folder) {
  std::printf("%-10s %16s %16s %14s\n", "waiting", "CPU us/appeal", "us/appeal", "appeals/group");
  for (int waiting : {1, 16, 64, 256}) {
    sample::CountingSealer sealer;
    std::string path = folder + "/group" + std::to_string(waiting) + ".db";
    auto store = sample::openOrDie(path, &sealer);
    Filler filler(*store);
    filler.fill(2000, waiting, OutboxState::kPending);
    std::int64_t count = waiting == 1 ? 3000 : 20'000;
    std::int64_t groups = sealer.calls;
    double cpu = cpuMicros();
    auto start = SteadyClock::now();
    filler.fill(count, waiting, OutboxState::kPending);
    double wall = microsSince(start) / static_cast<double>(count);
    cpu = (cpuMicros() - cpu) / static_cast<double>(count);
    store.reset();
    std::printf("%-10d %16.1f %16.1f %14.1f\n", waiting, cpu, wall,
                static_cast<double>(count) / static_cast<double>(sealer.calls - groups));
  }
}

// Median of 200 single runs, in microseconds.
double medianOf(const std::function<void(int)>& run) {
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    auto start = SteadyClock::now();
    run(i);
    times.push_back(microsSince(start));
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  return times[100];
}

struct Times {
  double number, newest, source, due, next, counts, list, list_state, write, prove, open_ms;
  double outbox, outbox_rejected, outbox_page;
};

void check(bool good) {
  if (good) return;
  std::fprintf(stderr, "a look-up found nothing\n");
  std::abort();
}

Times measure(const std::string& path, std::int64_t finished) {
  Times times{};
  sample::CountingSealer sealer;
  auto store = sample::openOrDie(path, &sealer);
  Filler filler(*store);
  filler.fill(finished, 512, OutboxState::kDelivered);
  filler.fill(300, 512, OutboxState::kPending);
  store.reset();
  auto start = SteadyClock::now();
  store = sample::openOrDie(path, &sealer);
  times.open_ms = microsSince(start) / 1000;
  std::mt19937_64 random(7);
  auto any = [&] {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(finished));
  };
  auto findNumber = [&](std::int64_t serial) {
    char number[32];
    std::snprintf(number, sizeof number, "ЖТ-2026-%08lld", static_cast<long long>(serial));
    check(store->findByNumber(number).value().has_value());
  };
  constexpr std::int64_t kNewest = 1000;
  times.newest = medianOf([&](int) { findNumber(finished - any() % std::min(kNewest, finished)); });
  times.number = medianOf([&](int) { findNumber(any() + 1); });
  times.source = medianOf([&](int) {
    std::string id = "2026/" + std::to_string(any() * 7919 % 10'000'019);
    check(store->findBySource("e-otinish", id).value().has_value());
  });
  hub::Instant now = sample::at(kStart + (finished + 1000) * 1000);
  times.due = medianOf([&](int) { check(store->dueOutbox("moe", now, 50)->size() == 50); });
  times.next = medianOf([&](int) { check(store->nextDue("moe").value().has_value()); });
  times.counts = medianOf([&](int) { check(store->outboxCounts()->size() == 3); });
  times.list = medianOf([&](int) { check(store->listAppeals({}, "", 50)->rows.size() == 50); });
  AppealFilter filter;
  filter.state = "registered";
  times.list_state =
      medianOf([&](int) { check(store->listAppeals(filter, "", 50)->rows.size() == 50); });
  times.outbox =
      medianOf([&](int) { check(store->listOutbox("moe", std::nullopt, 50)->size() == 50); });
  times.outbox_rejected =
      medianOf([&](int) { check(store->listOutbox("", OutboxState::kRejected, 50)->empty()); });
  times.outbox_page = medianOf([&](int) {
    check(store->outboxPage({"moe", OutboxState::kDelivered}, finished, 50)->size() == 50);
  });
  times.write = medianOf([&](int i) {
    sample::Intake wanted;
    wanted.source_id = "late/" + std::to_string(i);
    wanted.body = bodyOf(i);
    sample::Given given;
    check(store->write([&](Tx& tx) { return sample::addIntake(tx, wanted, given); }).ok());
  });
  times.prove = medianOf([&](int) { check(store->prove(any()).ok()); });
  return times;
}

void row(const char* name, double few, double many) {
  std::printf("%-38s %12.1f %12.1f %8.2f\n", name, few, many, many / few);
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t many = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  std::int64_t few = argc > 2 ? std::atoll(argv[2]) : 1'000;
  sample::TempFolder temporary;
  std::string folder = argc > 3 ? argv[3] : temporary.file("");
  hub::setLogLevel(hub::LogLevel::kWarning);
  groupTable(folder);
  Times a = measure(folder + "/few.db", few);
  auto start = SteadyClock::now();
  Times b = measure(folder + "/many.db", many);
  std::printf("\nfilled %lld appeals and measured in %.0f s\n", static_cast<long long>(many),
              microsSince(start) / 1e6);
  std::printf("%-38s %12lld %12lld %8s\n",
              "median us, finished appeals:", static_cast<long long>(few),
              static_cast<long long>(many), "ratio");
  row("appeal by number, of the newest 1,000", a.newest, b.newest);
  row("appeal by number, any", a.number, b.number);
  row("appeal by source key", a.source, b.source);
  row("50 due rows of a destination", a.due, b.due);
  row("next due time", a.next, b.next);
  row("outbox counts", a.counts, b.counts);
  row("list of 50, newest first", a.list, b.list);
  row("list of 50 by state", a.list_state, b.list_state);
  row("50 of a destination's outbox", a.outbox, b.outbox);
  row("rejected deliveries (none)", a.outbox_rejected, b.outbox_rejected);
  row("a later page of 50 delivered", a.outbox_page, b.outbox_page);
  row("one durable intake", a.write, b.write);
  row("journal proof", a.prove, b.prove);
  row("open the store (ms)", a.open_ms, b.open_ms);
  return 0;
}
