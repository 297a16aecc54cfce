// Random canonical messages for property tests, filled by the field descriptions, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "hub/model/field.h"

namespace hub::model::testing {

struct SampleOptions {
  UnknownField::Family family = UnknownField::Family::kXml;
  bool unknown = false;       // sprinkle unknown elements of the family
  double fill = 0.5;          // chance that an optional field is present
  std::size_t items_max = 3;  // items of a list
  std::size_t chars_max = 60;
};

class Sampler {
 public:
  explicit Sampler(std::uint64_t seed) : random_(seed) {}
  // A message whose payload is payloads()[index]; every value has its field's shape.
  Message message(std::size_t index, const SampleOptions& options);
  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }
  bool chance(double p) { return static_cast<double>(random_() % 1'000'000) < p * 1e6; }
  std::string text(std::size_t chars_max, bool xml_special);

 private:
  void fill(const TypeDescription& type, void* object, const SampleOptions& options);
  void value(const FieldDescription& field, void* slot, const SampleOptions& options);
  std::string shaped(const FieldDescription& field, const SampleOptions& options);
  std::string digits(std::size_t n);
  std::string hex(std::size_t n);
  UnknownField unknown(const SampleOptions& options);

  std::mt19937_64 random_;
  int next_unknown_ = 0;
};

}  // namespace hub::model::testing
