// Runs the text cases of tests/cases (language: tests/cases/README.md) against a law book.
#pragma once

#include <string>
#include <vector>

#include "hub/rules/law_book.h"

namespace hub::rules::test {

struct CaseFailure {
  int line = 0;  // of the case file
  std::string message;
};

struct CaseReport {
  int cases = 0;
  int checks = 0;  // `then` lines that were compared
  std::vector<CaseFailure> failures;
};

// A line that cannot be understood, a case without a `then`, or a file without act and article is a
// failure like a wrong date.
CaseReport runCases(const LawBook& book, const std::string& text);

}  // namespace hub::rules::test
