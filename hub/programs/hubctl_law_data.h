// What hubctl's commands about the law data share: a folder read, its mistakes told, the lines of a batch.
#pragma once

#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "hub/base/status.h"
#include "hub/rules/law_book.h"

namespace hub::ctl {

void printErrors(const Status& status, std::ostream& err);
// Tells them; the exit code of what was refused.
int refusedLaw(const Status& status, std::ostream& err);
// Tells what is wrong in the folder.
Result<std::shared_ptr<const rules::LawBook>> loadLaw(const std::string& folder, std::ostream& err);

// Lines of a file or, for "-", of standard input; a person at a terminal sees how far it is.
class Lines {
 public:
  explicit Lines(const std::string& file);
  bool open() const { return in_ == &std::cin || file_.is_open(); }
  std::int64_t count() const { return count_; }  // lines given so far
  bool next(std::string& line);

 private:
  std::ifstream file_;
  std::istream* in_ = nullptr;
  std::int64_t count_ = 0;
};

}  // namespace hub::ctl
