// What a late order on days off costs: every open clock in the store counted again, those that moved
// superseded and told, beside the naive way in the same run: appeal by appeal, day by day, with a unit of work for
// each clock that moves (over a part of the appeals, in a store of its own, for the same number of clocks).
//   reload_bench APPEALS   (200,000 by default; two open clocks each)
// CPU time of the whole process and wall time, and the limit for 1,000,000 open clocks. Run in the source folder
// (config/law).
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
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

// Seconds of one core for 1,000,000 open clocks after a change of the calendar.
constexpr double kLimit = 10;
constexpr int kNaive = 5'000;

std::vector<store::RowId> fill(store::Store& store, const rules::LawBook& law, int appeals,
                               Instant received) {
  std::vector<store::RowId> ids;
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
        ids.push_back(*id);
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
  return ids;
}

struct Cost {
  long long clocks = 0, moved = 0;
  double cpu = 0, wall = 0;
  double perMillion() const { return cpu * 1e6 / static_cast<double>(clocks); }
};
template <class Work>
Cost costOf(Work work) {
  const double cpu = cpuSeconds();
  const auto wall = std::chrono::steady_clock::now();
  Cost cost = work();
  cost.cpu = cpuSeconds() - cpu;
  cost.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  return cost;
}
void print(const char* how, const Cost& cost) {
  std::printf("  %-7s %8lld clocks, %7lld moved: %6.2f s CPU, %6.2f s wall; 1,000,000: %7.2f s CPU",
              how, cost.clocks, cost.moved, cost.cpu, cost.wall, cost.perMillion());
}

// Day by day, asking the calendar for each.
Date naiveTerm(const rules::Calendar& calendar, Date day, int count) {
  while (count > 0) {
    day = Date(std::chrono::sys_days(day) + std::chrono::days(1));
    const auto works = calendar.isWorkingDay(day);
    if (!works) die(works.error().text);
    count -= *works ? 1 : 0;
  }
  return day;
}

Cost naively(store::Store& store, const rules::LawBook& law, const std::vector<store::RowId>& ids,
             Instant now) {
  Cost cost;
  for (const auto id : ids) {
    auto clocks = store.clocks(id);
    if (!clocks) die(clocks.error().text);
    for (const auto& clock : *clocks) {
      if (clock.status != "running") continue;
      ++cost.clocks;
      const auto start = toLocal(clock.start_at, clock.zone);
      if (!start) die(start.error().text);
      auto next = clock;
      next.due_date = formatDate(naiveTerm(law.calendar(), start->date, clock.length));
      if (next.due_date == clock.due_date) continue;
      ++cost.moved;
      auto status = store.write([&](store::Tx& tx) -> Status {
        auto done = tx.supersedeClock(clock, next);
        if (!done) return done.status();
        if (auto s = tx.setAppealDue(id, next.due_date, now); !s) return s;
        return tx.addEvent(exchange::makeEvent(id, "term_moved", now, "hub", "in_work", "in_work",
                                               "bench", next.due_date));
      });
      if (!status) die(status.error().text);
    }
  }
  return cost;
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
  const Instant received = *parseInstant("2026-03-10T05:00:00Z");
  fill(**store, *law, appeals, received);
  options.path = (folder / "naive.db").string();
  auto other = store::openSqlite(options, Limits(), nullptr);
  if (!other) die(other.error().text);
  const auto ids = fill(**other, *law, std::min(appeals, kNaive), received);
  for (const bool moved : {false, true}) {
    // A day that no open term reaches, then one that every consideration term counts.
    const std::string year = law_folder + "/calendar/2026.yaml";
    if (moved) {
      dayOff(year, "  2026-05-01:", "  2026-03-31: observed\n");
    } else {
      dayOff(year, "  2026-12-16:", "  2026-12-14: observed\n");
    }
    const auto changed = bookOf(law_folder);
    const auto here = costOf([&] {
      auto done = exchange::ClockReview(**store, *changed, clock, "bench").run();
      if (!done) die(done.error().text);
      return Cost{done->clocks, done->moved, 0, 0};
    });
    const auto naive = costOf([&] { return naively(**other, *changed, ids, clock.now()); });
    if ((naive.moved > 0) != (here.moved > 0)) die("the naive way finds other days");
    print("here", here);
    std::printf(", limit %.0f\n", kLimit);
    print("naive", naive);
    std::printf(", x%.1f\n", naive.perMillion() / here.perMillion());
  }
  store->reset();
  other->reset();
  fs::remove_all(folder);
  return 0;
}
