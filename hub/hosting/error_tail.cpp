#include "hub/hosting/error_tail.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "hub/base/log.h"
#include "hub/base/text.h"

namespace hub::hosting {

bool ErrorTail::readFrom(int fd) {
  char chunk[4096];
  // A flood must not keep its reader from its other work.
  for (int i = 0; i < 16; ++i) {
    const auto n = ::read(fd, chunk, sizeof chunk);
    if (n > 0) {
      add({chunk, static_cast<std::size_t>(n)});
    } else if (n == 0) {
      return false;
    } else {
      return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }
  }
  return true;
}

void ErrorTail::add(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      if (!growing_.empty()) complete_ = std::move(growing_);
      growing_.clear();
    } else if (growing_.size() < kLineBytesMax) {
      growing_ += c;
    }
  }
}

void ErrorTail::clear() {
  complete_.clear();
  growing_.clear();
}

std::string ErrorTail::lastLine() const {
  std::string line = growing_.empty() ? complete_ : growing_;
  const bool readable = isUtf8(line);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) c = '?';
  }
  return maskText(line);
}

}  // namespace hub::hosting
