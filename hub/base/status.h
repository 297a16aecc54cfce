// Status and Result: how every room of the hub reports failure.
//
// An Error carries a stable code from the catalogue (error_catalogue.h), an English text, which
// callers read in their own language (detail_phrases.h), and where it applies the field path or line that is wrong. Codes are public: clients,
// operators and tests match on them; texts may be reworded. Values of a failed input are never put
// into `text` when they may be personal data.
// Threads: value types, no sharing.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hub {

struct Error {
  std::string code;   // e.g. "model.iin_check_digit"; listed in the catalogue
  std::string text;   // English, for operators; no personal data
  std::string field;  // JSON-pointer-like path ("/applicant/0/iin"), empty if none
  int line = 0;       // 1-based line in the input, 0 if none
};

// Success, or one or more errors. A default-constructed Status is success.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) { errors_.push_back(std::move(error)); }  // NOLINT: implicit on purpose
  explicit Status(std::vector<Error> errors) : errors_(std::move(errors)) {}
  static Status failure(std::string code, std::string text, std::string field = {}, int line = 0) {
    return Status(Error{std::move(code), std::move(text), std::move(field), line});
  }
  bool ok() const { return errors_.empty(); }
  explicit operator bool() const { return ok(); }
  // The first error. Precondition: !ok().
  const Error& error() const {
    assert(!errors_.empty());
    return errors_.front();
  }
  const std::vector<Error>& errors() const { return errors_; }

 private:
  std::vector<Error> errors_;
};

// A value or the errors that prevented it.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT
  Result(Error error) : status_(std::move(error)) {}  // NOLINT: implicit on purpose
  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  T& value() & {
    assert(ok());
    return *value_;
  }
  const T& value() const& {
    assert(ok());
    return *value_;
  }
  T&& value() && {
    assert(ok());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Status& status() const { return status_; }
  const Error& error() const { return status_.error(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace hub
