#include "hub/programs/hubctl_law_data.h"

#include <unistd.h>

#include "hub/programs/hubctl_answer.h"

namespace hub::ctl {

void printErrors(const Status& status, std::ostream& err) {
  for (const auto& error : status.errors()) {
    err << "  " << error.field << (error.field.empty() ? "" : ": ") << error.text;
    if (error.line > 0) err << " (line " << error.line << ")";
    err << " [" << error.code << "]\n";
  }
}

int refusedLaw(const Status& status, std::ostream& err) {
  err << "refused:\n";
  printErrors(status, err);
  return kRefused;
}

Result<std::shared_ptr<const rules::LawBook>> loadLaw(const std::string& folder,
                                                      std::ostream& err) {
  auto book = rules::LawBook::load(folder);
  if (!book) {
    err << "could not: the law data in " << folder << " is not right:\n";
    printErrors(book.status(), err);
  }
  return book;
}

Lines::Lines(const std::string& file) {
  if (file != "-") file_.open(file);
  in_ = file == "-" ? &std::cin : &file_;
}

bool Lines::next(std::string& line) {
  if (!std::getline(*in_, line)) return false;
  ++count_;
  if (count_ % 50'000 == 0 && ::isatty(2) != 0) {
    std::cerr << "\r" << count_ << " lines" << std::flush;
  }
  return true;
}

}  // namespace hub::ctl
