// Counters, gauges and histograms in Prometheus' text form, over prometheus-cpp. Label values come
// from closed sets (alias, outcome, route), never from messages, so that their number is bounded and no
// personal data can enter. Threads: any.
#pragma once

#include <map>
#include <string>

namespace hub::metrics {

using Labels = std::map<std::string, std::string>;
// Names end in _total. The help text of the first call stands.
void count(const std::string& name, const std::string& help, const Labels& labels, double by = 1);
void set(const std::string& name, const std::string& help, const Labels& labels, double value);
// The value cannot be told at present: there is no sample of it until it is set again.
void unset(const std::string& name, const std::string& help, const Labels& labels);
// Seconds; buckets 0.5 ms … 30 s.
void observe(const std::string& name, const std::string& help, const Labels& labels,
             double seconds);
// Text exposition format 0.0.4.
std::string render();

}  // namespace hub::metrics
