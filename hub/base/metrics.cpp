#include "hub/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <limits>
#include <unordered_map>

namespace hub::metrics {
namespace {

prometheus::Registry& registry() {
  static prometheus::Registry instance(prometheus::Registry::InsertBehavior::Merge);
  return instance;
}

// A thread finds the metrics it has used before without the registry's locks. Metrics are never
// removed and label values come from closed sets, so this neither dangles nor grows without bound.
template <typename Metric, typename Find>
Metric& remembered(const std::string& name, const Labels& labels, const Find& find) {
  thread_local std::unordered_map<std::string, Metric*> known;
  thread_local std::string key;
  key = name;
  for (const auto& [label, value] : labels) {
    key.append(1, '\0').append(label).append(1, '\0').append(value);
  }
  Metric*& metric = known[key];
  if (metric == nullptr) metric = &find();
  return *metric;
}

}  // namespace

void count(const std::string& name, const std::string& help, const Labels& labels, double by) {
  remembered<prometheus::Counter>(name, labels, [&]() -> prometheus::Counter& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(labels);
  }).Increment(by);
}

void set(const std::string& name, const std::string& help, const Labels& labels, double value) {
  remembered<prometheus::Gauge>(name, labels, [&]() -> prometheus::Gauge& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(labels);
  }).Set(value);
}

void observe(const std::string& name, const std::string& help, const Labels& labels,
             double seconds) {
  static const prometheus::Histogram::BucketBoundaries buckets{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  remembered<prometheus::Histogram>(name, labels, [&]() -> prometheus::Histogram& {
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Register(registry())
        .Add(labels, buckets);
  }).Observe(seconds);
}

void unset(const std::string& name, const std::string& help, const Labels& labels) {
  set(name, help, labels, std::numeric_limits<double>::quiet_NaN());
}

std::string render() {
  auto families = registry().Collect();
  for (auto& family : families) {
    if (family.type != prometheus::MetricType::Gauge) continue;
    std::erase_if(family.metric, [](const auto& one) { return std::isnan(one.gauge.value); });
  }
  std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hub::metrics
