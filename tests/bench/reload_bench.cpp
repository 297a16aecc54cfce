// What a late order on days off costs: every open clock in the store counted again, those that moved
// superseded and told, beside the same counting without a store:
//   reload_bench APPEALS   (200,000 by default; two open clocks each)
// CPU time of the whole process and wall time. Run in the source folder (config/law).
#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/recount.h"
#include "hub/store/sqlite_store.h"

namespace {

using namespace hub;
namespace fs = std::filesystem;

double cpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "reload_bench: %s\n", why.c_str());
  std::exit(2);
}

std::shared_ptr<const rules::LawBook> bookOf(const std::string& folder) {
  auto book = rules::LawBook::load(folder);
  if (!book) die(book.error().text);
  return *book;
}

// One working day of `year.yaml` becomes a day off.
void dayOff(const std::string& file, const std::string& before, const std::string& line) {
  auto text = readFile(file, 1 << 20);
  if (!text) die(text.error().text);
  const auto at = text->find(before);
  if (at == std::string::npos) die(file + " has no " + before);
  std::ofstream(file) << text->insert(at, line);
}

void fill(store::Store& store, const rules::LawBook& law, int appeals, Instant received) {
  rules::ClockRequest request;
  request.kind = "application";
  constexpr int kAtOnce = 500;
  for (int first = 0; first < appeals; first += kAtOnce) {
    auto status = store.write([&](store::Tx& tx) -> Status {
      for (int i = first; i < std::min(appeals, first + kAtOnce); ++i) {
        request.received_at = received + std::chrono::minutes(i % 3000);
        auto clocks = rules::computeClocks(law, request);
        if (!clocks) return clocks.status();
        store::AppealRow row;
        row.hub_id = newUuid7(request.received_at);
        row.source_system = "bench";
        row.source_id = std::to_string(i);
        row.content_sha256 = std::string(64, '0');
        row.kind = request.kind;
        row.state = "in_work";
        row.received_at = row.state_since = row.updated_at = request.received_at;
        for (const auto& clock : *clocks) {
          if (clock.name == "consider") row.due_date = formatDate(*clock.due_date);
        }
        auto id = tx.addAppeal(row);
        if (!id) return id.status();
        for (const auto& clock : *clocks) {
          auto s = tx.addClock(
              exchange::clockRow(*id, clock, clock.name == "register" ? "met" : "running"));
          if (!s) return s;
        }
      }
      return {};
    });
    if (!status) die(status.error().text);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int appeals = argc > 1 ? std::atoi(argv[1]) : 200'000;
  if (appeals < 1) die("how many appeals?");
  setLogLevel(LogLevel::kError);
  auto name = (fs::temp_directory_path() / "otinish-reload-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) die("no temporary folder");
  const fs::path folder = name;
  const std::string law_folder = (folder / "law").string();
  fs::copy("config/law", law_folder, fs::copy_options::recursive);
  const auto law = bookOf(law_folder);
  ManualClock clock(*parseInstant("2026-03-20T05:00:00Z"));
  store::SqliteOptions options;
  options.path = (folder / "hub.db").string();
  auto store = store::openSqlite(options, Limits(), nullptr);
  if (!store) die(store.error().text);
  std::printf("filling the store with %d appeals …\n", appeals);
  fill(**store, *law, appeals, *parseInstant("2026-03-10T05:00:00Z"));
  for (const bool moved : {false, true}) {
    // A day that no open term reaches, then one that every consideration term counts.
    const std::string year = law_folder + "/calendar/2026.yaml";
    if (moved) {
      dayOff(year, "  2026-05-01:", "  2026-03-31: observed\n");
    } else {
      dayOff(year, "  2026-12-16:", "  2026-12-14: observed\n");
    }
    const auto changed = bookOf(law_folder);
    const double cpu = cpuSeconds();
    const auto wall = std::chrono::steady_clock::now();
    auto done = exchange::ClockReview(**store, *changed, clock, "bench").run();
    if (!done) die(done.error().text);
    const double cpu_took = cpuSeconds() - cpu;
    const std::chrono::duration<double> wall_took = std::chrono::steady_clock::now() - wall;
    const double million = 1e6 / static_cast<double>(done->clocks);
    std::printf(
        "  %lld clocks, %lld moved: %.2f s CPU, %.2f s wall; for 1,000,000 clocks %.1f s CPU\n",
        static_cast<long long>(done->clocks), static_cast<long long>(done->moved), cpu_took,
        wall_took.count(), cpu_took * million);
  }
  store->reset();
  fs::remove_all(folder);
  return 0;
}
