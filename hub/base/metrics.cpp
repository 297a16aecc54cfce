#include "hub/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace hub::metrics {
namespace {

prometheus::Registry& registry() {
  static prometheus::Registry instance(prometheus::Registry::InsertBehavior::Merge);
  return instance;
}

}  // namespace

void count(const std::string& name, const std::string& help, const Labels& labels, double by) {
  prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(labels).Increment(by);
}

void set(const std::string& name, const std::string& help, const Labels& labels, double value) {
  prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(labels).Set(value);
}

void observe(const std::string& name, const std::string& help, const Labels& labels,
             double seconds) {
  static const prometheus::Histogram::BucketBoundaries buckets{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry())
      .Add(labels, buckets)
      .Observe(seconds);
}

std::string render() { return prometheus::TextSerializer().Serialize(registry().Collect()); }

}  // namespace hub::metrics
