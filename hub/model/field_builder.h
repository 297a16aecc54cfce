// Builds rows of a TypeDescription from pointers to members. Included by describe_*.cpp only.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "hub/model/field.h"

namespace hub::model::builder {

template <class T>
struct Holder {
  using Item = T;
  static constexpr bool kOptional = false, kVector = false;
};
template <class T>
struct Holder<std::optional<T>> {
  using Item = T;
  static constexpr bool kOptional = true, kVector = false;
};
template <class T>
struct Holder<std::vector<T>> {
  using Item = T;
  static constexpr bool kOptional = false, kVector = true;
};

template <class T>
constexpr bool kIsScalar =
    std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>;

template <auto M>
struct Slot;
template <class C, class F, F C::*M>
struct Slot<M> {
  using H = Holder<F>;
  using Item = typename H::Item;
  static constexpr bool kAlways = kIsScalar<F>;

  static std::size_t count(const void* object) {
    const F& field = static_cast<const C*>(object)->*M;
    if constexpr (H::kVector) {
      return field.size();
    } else if constexpr (H::kOptional) {
      return field.has_value() ? 1 : 0;
    } else if constexpr (std::is_same_v<F, std::string>) {
      return field.empty() ? 0 : 1;
    } else if constexpr (kAlways) {
      return 1;
    } else {
      static const F kAbsent{};
      return field == kAbsent ? 0 : 1;
    }
  }
  static const void* at(const void* object, std::size_t i) {
    const F& field = static_cast<const C*>(object)->*M;
    if constexpr (H::kVector) {
      return &field[i];
    } else if constexpr (H::kOptional) {
      return &*field;
    } else {
      return &field;
    }
  }
  static void* append(void* object) {
    F& field = static_cast<C*>(object)->*M;
    if constexpr (H::kVector) {
      return &field.emplace_back();
    } else if constexpr (H::kOptional) {
      return &field.emplace();
    } else {
      return &field;
    }
  }
};

template <class T>
constexpr Kind defaultKind() {
  if constexpr (std::is_same_v<T, std::string>)
    return Kind::kString;
  else if constexpr (std::is_same_v<T, bool>)
    return Kind::kBool;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return Kind::kInt;
  else if constexpr (std::is_same_v<T, double>)
    return Kind::kDouble;
  else
    return Kind::kStruct;
}

// A row under construction; every step returns the row.
struct Row {
  FieldDescription f;
  Row must() {
    f.mandatory = true;
    return *this;
  }
  Row byHub() {
    f.hub_owned = true;
    return *this;
  }
  Row codes(const CodeList& list) {
    f.kind = Kind::kCode;
    f.codes = &list;
    f.length_max = 60;
    return *this;
  }
  Row is(Format format) {
    f.format = format;
    return *this;
  }
  Row slug() {
    f.kind = Kind::kCode;
    f.format = Format::kSlug;
    f.length_max = 60;
    return *this;
  }
  Row chars(std::size_t max) {
    f.length_max = max;
    return *this;
  }
  Row range(double min, double max) {
    f.min = min;
    f.max = max;
    return *this;
  }
  Row text() {
    f.kind = Kind::kText;
    f.length_max = 100'000;
    return *this;
  }
  Row date() {
    f.kind = Kind::kDate;
    f.length_max = 10;
    return *this;
  }
  Row time() {
    f.kind = Kind::kTimestamp;
    f.length_max = 40;
    return *this;
  }
  Row personal(Personal p) {
    f.personal = p;
    return *this;
  }
};

template <auto M>
Row field(std::string_view name, std::int16_t thrift_id) {
  using S = Slot<M>;
  using Item = typename S::Item;
  Row row;
  row.f.name = name;
  row.f.thrift_id = thrift_id;
  row.f.kind = defaultKind<Item>();
  row.f.repeated = S::H::kVector;
  row.f.always = S::kAlways;
  if constexpr (defaultKind<Item>() == Kind::kStruct) row.f.sub = &describe<Item>;
  row.f.count = &S::count;
  row.f.at = &S::at;
  row.f.append = &S::append;
  return row;
}

template <class T>
TypeDescription type(std::string_view name, std::initializer_list<Row> rows) {
  TypeDescription d;
  d.name = name;
  for (const Row& row : rows) d.fields.push_back(row.f);
  d.unknown = [](void* object) -> Unknown& { return static_cast<T*>(object)->unknown; };
  return d;
}

}  // namespace hub::model::builder
