// What the reports of supervision cost over many appeals: the discipline of bodies and what was misrouted,
// as they are made, and page by page with the clocks or events of each appeal asked for.
//   report_bench APPEALS   (200,000 by default; four clocks and five events each, one in fifty extended,
//                          one in a hundred refused by a body)
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/clock_rows.h"
#include "hub/rules/deadlines.h"
#include "hub/store/sqlite_store.h"

namespace {

using namespace hub;
namespace fs = std::filesystem;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "report_bench: %s\n", why.c_str());
  std::exit(1);
}

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Run>
void timed(const char* what, int appeals, const Run& run) {
  const double cpu = cpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  const auto found = run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const double used = cpuSeconds() - cpu;
  std::printf("  %-32s %8.2f s CPU, %8.2f s wall; for 1,000,000 appeals %6.1f s CPU (%lld)\n", what,
              used, took.count(), used * 1e6 / appeals, static_cast<long long>(found));
}

Status addOne(store::Tx& tx, const rules::LawBook& law, int i, Instant first) {
  constexpr std::array kBodies = {"minfin", "akimat", "zher", "health", "education"};
  rules::ClockRequest request;
  request.kind = "application";
  request.received_at = first + std::chrono::minutes(i % 130'000);  // three months
  auto clocks = rules::computeClocks(law, request);
  if (!clocks) return clocks.status();
  const bool ended = i % 5 != 0;
  const bool refused = i % 100 == 7;
  store::AppealRow row;
  row.hub_id = newUuid7(request.received_at);
  row.source_system = "bench";
  row.source_id = std::to_string(i);
  row.content_sha256 = std::string(64, '0');
  row.reg_number = "ЖТ-2026-" + std::to_string(10'000'000 + i);
  row.kind = request.kind;
  row.language = "kk";
  row.character = "individual";
  row.topic = "utilities";
  row.kato = i % 2 == 0 ? "751110000" : "632810000";
  row.body_bin = "940140000385";
  row.destination = kBodies[static_cast<std::size_t>(i) % kBodies.size()];
  row.executor = "ex-" + std::to_string(i % 40);
  row.state = ended ? "executed" : "in_work";
  row.received_at = row.updated_at = request.received_at;
  row.state_since = request.received_at + std::chrono::hours(24 * (i % 30));
  if (const auto day = rules::registrationDay(*clocks)) row.registration_date = formatDate(*day);
  for (const auto& clock : *clocks) {
    if (clock.name == "consider" && clock.due_date) row.due_date = formatDate(*clock.due_date);
  }
  auto id = tx.addAppeal(row);
  if (!id) return id.status();
  for (const auto& clock : *clocks) {
    if (auto s = tx.addClock(exchange::clockRow(*id, clock, "met")); !s) return s;
  }
  store::ClockRow more = exchange::clockRow(*id, clocks->back(), "running");
  more.name = i % 50 == 3 ? "consider_extended" : "complaint_window";
  if (auto s = tx.addClock(more); !s) return s;
  for (const char* type : {"received", "registered", "routed", "delivered", "decided"}) {
    store::EventRow event;
    event.appeal = *id;
    event.at = row.received_at;
    event.event_id = newUuid7(event.at);
    event.type = refused && std::string_view(type) == "delivered" ? "status_refused" : type;
    event.actor = "agency:minfin";
    event.reason = "R2";
    event.text_kk = event.text_ru = "Направляется в компетентный орган: Министерство";
    if (auto s = tx.addEvent(event); !s) return s;
  }
  return {};
}

void fill(store::Store& store, const rules::LawBook& law, int appeals, Instant first) {
  constexpr int kAtOnce = 1000;
  for (int from = 0; from < appeals; from += kAtOnce) {
    auto status = store.write([&](store::Tx& tx) -> Status {
      for (int i = from; i < std::min(appeals, from + kAtOnce); ++i) {
        if (auto s = addOne(tx, law, i, first); !s) return s;
      }
      return {};
    });
    if (!status) die(status.error().text);
  }
}

// What each appeal costs if it is asked for alone.
template <class Ask>
std::int64_t pageByPage(store::Store& store, const Ask& ask) {
  std::int64_t found = 0;
  std::string after;
  do {
    auto page = store.listAppeals({}, after, 500);
    if (!page) die(page.status().error().text);
    for (const auto& row : page->rows) found += ask(row);
    after = page->next;
  } while (!after.empty());
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  const int appeals = argc > 1 ? std::atoi(argv[1]) : 200'000;
  if (appeals < 1) die("how many appeals?");
  setLogLevel(LogLevel::kError);
  auto name = (fs::temp_directory_path() / "otinish-reports-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) die("no temporary folder");
  const fs::path folder = name;
  auto law = rules::LawBook::load("config/law");
  if (!law) die(law.error().text);
  store::SqliteOptions options;
  options.path = (folder / "hub.db").string();
  auto opened = store::openSqlite(options, Limits(), nullptr);
  if (!opened) die(opened.error().text);
  store::Store& store = **opened;
  std::printf("filling the store with %d appeals …\n", appeals);
  timed("filling", appeals, [&] {
    fill(store, **law, appeals, *parseInstant("2026-01-05T05:00:00Z"));
    return store.appealCount();
  });
  for (const char* by : {"body", "region"}) {
    timed((std::string("discipline by ") + by).c_str(), appeals, [&] {
      auto rows = exchange::disciplineReport(store, **law, {}, by, *parseDate("2026-05-04"));
      if (!rows) die(rows.error().text);
      std::int64_t all = 0;
      for (const auto& row : *rows) all += row.extended;
      return all;
    });
  }
  timed("misrouted", appeals, [&] {
    auto rows = exchange::misroutedReport(store, **law, std::nullopt, std::nullopt, Limits());
    if (!rows) die(rows.error().text);
    std::int64_t all = 0;
    for (const auto& row : *rows) all += row.times;
    return all;
  });
  timed("pages, the clocks of each", appeals, [&] {
    return pageByPage(store, [&](const store::AppealRow& row) {
      auto clocks = store.clocks(row.id);
      if (!clocks) die(clocks.error().text);
      return std::count_if(clocks->begin(), clocks->end(),
                           [](const auto& c) { return c.name == "consider_extended"; });
    });
  });
  timed("pages, the events of each", appeals, [&] {
    return pageByPage(store, [&](const store::AppealRow& row) {
      auto events = store.events(row.id);
      if (!events) die(events.error().text);
      return std::count_if(events->begin(), events->end(),
                           [](const auto& e) { return e.type == "status_refused"; });
    });
  });
  opened->reset();
  fs::remove_all(folder);
  return 0;
}
