// What questions to the law cost, each beside a naive way of doing the same, in one run:
//   law_bench COUNT   (clocks recounted and appeals searched; 1,000,000 by default)
// CPU time of one thread. Run in the source folder (config/law).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "hub/rules/deadlines.h"
#include "hub/rules/duplicates.h"
#include "hub/rules/recount.h"

namespace {

using namespace hub;
using namespace hub::rules;
using std::chrono::days;
using std::chrono::sys_days;

double cpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::size_t sink = 0;  // what is computed must be used

// Day by day, asking the calendar for each: what a term costs without prefix sums.
Date naiveTerm(const Calendar& calendar, Date day, int count) {
  while (count > 0) {
    day = Date(sys_days(day) + days(1));
    count -= *calendar.isWorkingDay(day) ? 1 : 0;
  }
  return day;
}

void line(const char* what, double each, const char* unit, double naive) {
  std::printf("  %-58s %10.3f %-3s %12.3f %-3s  x%.1f\n", what, each, unit, naive, unit,
              naive / each);
}

void deadlines(const LawBook& book) {
  constexpr int kCount = 200'000;
  ClockRequest request;
  request.kind = "application";
  const Instant first = *parseInstant("2026-01-05T05:00:00Z");
  double took[2] = {0, 0};
  for (const bool explained : {false, true}) {
    request.explain = explained;
    const int count = explained ? kCount / 20 : kCount;
    const double begun = cpuSeconds();
    for (int i = 0; i < count; ++i) {
      request.received_at = first + std::chrono::hours(24 * (i % 300));
      sink += computeClocks(book, request)->size();
    }
    took[explained ? 1 : 0] = (cpuSeconds() - begun) / count * 1e6;
  }
  const double begun = cpuSeconds();
  for (int i = 0; i < kCount; ++i) {
    const auto day = toLocal(first + std::chrono::hours(24 * (i % 300)), "Asia/Almaty")->date;
    for (const int term : {1, 3, 15}) {
      sink += static_cast<unsigned>(naiveTerm(book.calendar(), day, term).day());
    }
  }
  const double naive = (cpuSeconds() - begun) / kCount * 1e6;
  line("three clocks of an appeal, without explanation", took[0], "us", naive);
  line("the same with every day explained in three languages", took[1], "us", naive);
}

void recounts(const LawBook& book, int count) {
  OpenTerm term{DayKind::kWorking, 15, FirstDay::kNextDay, {}, 600, 0};
  const sys_days first = *parseDate("2026-01-05");
  double begun = cpuSeconds();
  for (int i = 0; i < count; ++i) {
    term.start_date = Date(first + days(i % 300));
    sink += static_cast<unsigned>(recount(book, term)->due_date->day());
  }
  const double took = cpuSeconds() - begun;
  begun = cpuSeconds();
  for (int i = 0; i < count; ++i) {
    sink +=
        static_cast<unsigned>(naiveTerm(book.calendar(), Date(first + days(i % 300)), 15).day());
  }
  const std::string what = std::to_string(count) + " open clocks counted again (without the store)";
  line(what.c_str(), took, "s", cpuSeconds() - begun);
}

// Words of a small language, so that texts of one matter are alike by chance as real ones are.
std::string textOf(std::mt19937_64& random) {
  static const std::vector<std::string> kWords = [] {
    std::mt19937_64 seed(7);
    std::vector<std::string> words(4000);
    for (auto& word : words) {
      for (std::uint64_t i = 0; i < 3 + seed() % 8; ++i)
        word += static_cast<char>('a' + seed() % 26);
    }
    return words;
  }();
  std::string text;
  for (int i = 0; i < 80; ++i) text += kWords[random() % kWords.size()] + " ";
  return text;
}

void duplicates(int count) {
  DuplicateIndex index;
  std::mt19937_64 random(20260317);
  const sys_days first = *parseDate("2026-01-05");
  const auto entryOf = [&](std::int64_t id, const std::string& text) {
    DuplicateEntry entry;
    entry.id = id;
    entry.applicant = random() | 1U;
    entry.topic = "t" + std::to_string(random() % 12);
    entry.kato = std::to_string(100'000'000 + random() % 20 * 10'000'000);
    entry.day = Date(first + days(static_cast<int>(random() % 90)));
    entry.sketch = sketchOf(text);
    return entry;
  };
  std::vector<DuplicateEntry> all;
  std::vector<std::string> texts;
  const double begun = cpuSeconds();
  for (int i = 0; i < count; ++i) {
    const std::string text = textOf(random);
    all.push_back(entryOf(i + 1, text));
    index.add(all.back());
    if (i % (count / 1000 + 1) == 0) texts.push_back(text);
  }
  const double build = (cpuSeconds() - begun) / count * 1e6;
  std::vector<double> took;
  std::size_t found = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    DuplicateEntry asked = all[i * static_cast<std::size_t>(count / 1000 + 1)];
    asked.id = count + 1 + static_cast<std::int64_t>(i);
    asked.applicant = random() | 1U;
    const double at = cpuSeconds();
    asked.sketch = sketchOf(texts[i] + " please");
    const auto answer = index.find(asked, 10);
    took.push_back((cpuSeconds() - at) * 1e3);
    found += answer.hints.empty() ? 0 : 1;
  }
  std::sort(took.begin(), took.end());
  const auto at = [&](double part) {
    return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
  };
  constexpr int kNaive = 5;
  const double scan = cpuSeconds();
  for (std::size_t i = 0; i < kNaive; ++i) {
    const auto sketch = sketchOf(texts[i]);
    for (const auto& entry : all) sink += similarity(sketch, entry.sketch) >= 0.8 ? 1 : 0;
  }
  const double naive = (cpuSeconds() - scan) / kNaive * 1e3;
  const std::string what = "nearest duplicates among " + std::to_string(count) + ", ";
  line((what + "p50").c_str(), at(0.5), "ms", naive);
  line((what + "p95").c_str(), at(0.95), "ms", naive);
  line((what + "p99").c_str(), at(0.99), "ms", naive);
  std::printf("  found %zu of %zu; taking one in: %.1f us with its sketch and its making\n", found,
              texts.size(), build);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(std::atoi(argv[1]), 1000) : 1'000'000;
  const auto book = LawBook::load("config/law");
  if (!book) {
    std::fprintf(stderr, "law_bench: config/law cannot be read; run it in the source folder\n");
    return 2;
  }
  std::printf("  %-58s %14s %16s\n", "CPU time of one thread", "here", "naive");
  deadlines(**book);
  recounts(**book, count);
  duplicates(count);
  return sink == 0 ? 1 : 0;
}
