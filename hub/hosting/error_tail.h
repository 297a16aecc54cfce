// The end of what an adapter's process wrote to standard error, for the operator: bounded,
// printable, masked. One thread.
#pragma once

#include <string>

namespace hub::hosting {

class ErrorTail {
 public:
  // Reads what is there without waiting; false once the other end is closed.
  bool readFrom(int fd);
  void add(std::string_view bytes);
  void clear();
  // The last line that is not empty, at most kLineBytesMax, personal data masked.
  std::string lastLine() const;

  static constexpr std::size_t kLineBytesMax = 300;

 private:
  std::string complete_;  // last whole line
  std::string growing_;   // the line being written
};

}  // namespace hub::hosting
