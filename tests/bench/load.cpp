// The load: posts documents, or asks by number, over kept-alive connections, a thread each, one request
// at a time, and prints what came back as one JSON line. Each document is another appeal made
// from the template; with --numbers the request is a GET, and "@N@" in the path one of so many serials from --first-number.
// Arguments: --port N --count N [--connections N] [--path P] [--key K]
//            --template FILE --prefix TEXT | --numbers N [--first-number N]
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "tests/bench/support.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  int port = 0;
  std::string path, key, prefix, document;
  int count = 0;
  int numbers = 0, first_number = 1;
  std::atomic<int> next{0};
};

std::string lookUpFor(const Plan& plan, int n) {
  std::mt19937 random(static_cast<unsigned>(n));
  std::array<char, 16> serial{};
  const int nth = std::uniform_int_distribution<int>(0, plan.numbers - 1)(random);
  std::snprintf(serial.data(), serial.size(), "%08d", plan.first_number + nth);
  std::string path = plan.path;
  bench::replaceAll(path, "@N@", serial.data());
  return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + plan.key +
         "\r\n\r\n";
}

struct Outcome {
  std::vector<double> micros;
  int failed = 0;
  std::string first_failure;
};

std::string requestFor(const Plan& plan, int n) {
  if (plan.numbers > 0) return lookUpFor(plan, n);
  const std::string id = plan.prefix + "-" + std::to_string(n);
  // The same number in another round is another appeal.
  const auto seed = static_cast<std::uint32_t>(std::hash<std::string>()(id));
  const std::string document = bench::appealFrom(plan.document, id, seed);
  std::string out = "POST " + plan.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!plan.key.empty()) out += "Authorization: Bearer " + plan.key + "\r\n";
  out += "Content-Type: application/xml; charset=utf-8\r\nContent-Length: " +
         std::to_string(document.size()) + "\r\n\r\n" + document;
  return out;
}

void drive(Plan& plan, Outcome& outcome) {
  int descriptor = bench::connectLoopback(plan.port);
  bench::HttpReader reader(descriptor);
  bench::HttpMessage answer;
  for (int n = plan.next++; n < plan.count; n = plan.next++) {
    const std::string request = requestFor(plan, n);
    const auto start = Clock::now();
    if (!bench::sendAll(descriptor, request) || !reader.next(&answer)) {
      bench::die("the connection was lost");
    }
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    outcome.micros.push_back(took.count());
    if (answer.start_line.compare(0, 10, "HTTP/1.1 2") != 0) {
      if (outcome.failed++ == 0) outcome.first_failure = answer.start_line + " " + answer.body;
    }
  }
  close(descriptor);
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(share * last + 0.5)];
}

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  bench::endWithParent();
  Plan plan;
  plan.port = arguments.number("port", 0);
  plan.path = arguments.text("path", "/v1/appeals");
  plan.key = arguments.text("key");
  plan.prefix = arguments.text("prefix", "bench");
  plan.count = arguments.number("count", 1000);
  plan.numbers = arguments.number("numbers", 0);
  plan.first_number = arguments.number("first-number", 1);
  if (plan.numbers == 0) plan.document = bench::fileOrDie(arguments.text("template"));

  const auto connections = static_cast<std::size_t>(arguments.number("connections", 16));
  std::vector<Outcome> outcomes(connections);
  const auto start = Clock::now();
  {
    std::vector<std::thread> threads;
    for (auto& outcome : outcomes) threads.emplace_back([&] { drive(plan, outcome); });
    for (auto& thread : threads) thread.join();
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::vector<double> micros;
  int failed = 0;
  for (const auto& outcome : outcomes) {
    micros.insert(micros.end(), outcome.micros.begin(), outcome.micros.end());
    if (outcome.failed != 0 && failed == 0) {
      std::fprintf(stderr, "first failure: %s\n", outcome.first_failure.c_str());
    }
    failed += outcome.failed;
  }
  std::sort(micros.begin(), micros.end());
  std::printf(
      "{\"sent\": %zu, \"failed\": %d, \"seconds\": %.4f, \"p50_us\": %.1f, "
      "\"p95_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
      micros.size(), failed, took.count(), percentile(micros, 0.5), percentile(micros, 0.95),
      percentile(micros, 0.99), percentile(micros, 1.0));
  return failed == 0 ? 0 : 1;
}
