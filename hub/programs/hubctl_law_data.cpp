#include "hub/programs/hubctl_law_data.h"

#include <unistd.h>

#include "hub/programs/hubctl_answer.h"

namespace hub::ctl {

void printErrors(const Status& status, std::ostream& err) {
  for (const auto& error : status.errors()) {
    err << "  " << error.field << (error.field.empty() ? "" : ": ") << error.text;
    if (error.line > 0) err << " (" << say("line {}", {std::to_string(error.line)}) << ")";
    err << " [" << error.code << "]\n";
  }
}

int refusedLaw(const Status& status, std::ostream& err) {
  err << say("refused:") << "\n";
  printErrors(status, err);
  return kRefused;
}

Result<std::shared_ptr<const rules::LawBook>> loadLaw(const std::string& folder,
                                                      std::ostream& err) {
  auto book = rules::LawBook::load(folder);
  if (!book) {
    err << say("could not: ") << say("the law data in {} is not right:", {folder}) << "\n";
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
    std::cerr << "\r" << say("{} lines", {std::to_string(count_)}) << std::flush;
  }
  return true;
}

}  // namespace hub::ctl
