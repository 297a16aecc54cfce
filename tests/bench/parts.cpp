// CPU time of the parts no hub can do without, in microseconds per appeal, as one JSON line. Both cores
// are kept busy meanwhile (--threads 2), as they are while the whole chain runs: a core that shares
// its caches and execution units with a busy neighbour is slower than a quiet one.
// Arguments: --source FOLDER --template FILE --key FILE --certificate FILE --folder FOLDER
//            [--threads N] [--ms N]   (milliseconds of all parts together)
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "hub/model/codec.h"
#include "tests/bench/raw_parts.h"
#include "tests/bench/support.h"

namespace {

using namespace hub;

model::Clock clock(const char* purpose, const char* rule, int length, const char* due) {
  model::Clock out;
  out.purpose = purpose;
  out.rule_id = rule;
  out.rule_version = "1";
  out.law = "APPC";
  out.article = "76";
  out.day_kind = "working";
  out.length = length;
  out.first_day = "next_day";
  out.start_event = "received";
  out.start_at = "2026-11-23T10:00:00Z";
  out.due_date = due;
  out.calendar_version = "2026.1";
  out.status = "running";
  return out;
}

// What the hub hands to its translator: the appeal with what the hub adds.
std::string canonicalOf(const std::string& appeal) {
  auto message = model::decodeXml(appeal, Limits());
  bench::check(message.status(), "appeal");
  auto& filled = std::get<model::Appeal>(message->payload);
  filled.hub_id = "019d0000-0000-7000-8000-000000000002";
  filled.reg_number = "ЖТ-2026-00000001";
  filled.schema_version = "1";
  filled.procedure = "appeal";
  filled.received_at = filled.state_since = "2026-11-23T10:00:00Z";
  filled.registered_at = filled.received_at;
  filled.state = "routed";
  filled.competent_body = filled.addressee_body;
  filled.clocks = {clock("register", "appc-64", 1, "2026-11-24"),
                   clock("forward", "appc-65", 3, "2026-11-26"),
                   clock("consider", "appc-76", 15, "2026-12-14")};
  message->envelope.message_id = "019d0000-0000-7000-8000-000000000001";
  message->envelope.correlation_id = filled.hub_id;
  message->envelope.from = "hub";
  message->envelope.to = "minfin";
  message->envelope.type = "appeal/1";
  message->envelope.sent_at = filled.received_at;
  return model::encodeXml(*message);
}

// One appeal after the other through all parts, until `ms` of CPU time are spent; microseconds per part.
std::vector<double> microsPerPart(const std::vector<bench::RawParts::Part>& parts, double ms) {
  constexpr int kWarmUp = 100;
  std::vector<double> micros(parts.size());
  for (int i = 0; i < kWarmUp; ++i) {
    for (const auto& part : parts) part.once();
  }
  long appeals = 0;
  const double start = bench::threadCpuMicros();
  double before = start;
  while (before - start < ms * 1000) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      parts[p].once();
      const double now = bench::threadCpuMicros();
      micros[p] += now - before;
      before = now;
    }
    ++appeals;
  }
  for (double& one : micros) one /= static_cast<double>(appeals);
  return micros;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  bench::endWithParent();
  const std::string source = arguments.text("source", ".");
  bench::PartInputs inputs;
  inputs.appeal =
      bench::appealFrom(bench::fileOrDie(arguments.text("template")), "bench-0000001", 1);
  inputs.canonical = canonicalOf(inputs.appeal);
  inputs.key_file = arguments.text("key");
  inputs.certificate_file = arguments.text("certificate");
  auto signer = bench::makeSigner(inputs.key_file, inputs.certificate_file);
  inputs.receipt = bench::gatewayAnswer(signer);
  inputs.schema_file = source + "/contracts/appeal/appeal.xsd";
  inputs.stylesheet_file = source + "/adapters/mappings/minfin/request.xslt";

  const int threads = arguments.number("threads", 2);
  const double ms = arguments.number("ms", 1500);
  std::vector<std::vector<double>> micros(static_cast<std::size_t>(threads));
  std::vector<std::string> names;
  std::barrier together(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      bench::PartInputs own = inputs;
      own.database_file = arguments.text("folder") + "/parts" + std::to_string(i) + ".db";
      bench::RawParts raw(own);
      const auto parts = raw.parts();
      together.arrive_and_wait();
      micros[static_cast<std::size_t>(i)] = microsPerPart(parts, ms);
      if (i == 0) {
        for (const auto& part : parts) names.push_back(part.name);
      }
    });
  }
  for (auto& thread : running) thread.join();
  std::printf("{");
  for (std::size_t p = 0; p < names.size(); ++p) {
    double sum = 0;
    for (const auto& one : micros) sum += one[p];
    std::printf("%s\"%s\": %.2f", p == 0 ? "" : ", ", names[p].c_str(), sum / threads);
  }
  std::printf("}\n");
}
