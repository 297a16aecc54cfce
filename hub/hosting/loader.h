// Finds out whether an adapter file may be trusted, and loads it.
//
// Trust: a regular file (no symbolic link) that belongs to root or to the hub's own user and that
// nobody else may write, in a folder of which the same holds, with the pinned SHA-256. The file is
// opened once; the same open file is hashed and loaded, so it cannot be exchanged in between.
#pragma once

#include <string>
#include <vector>

#include "contracts/adapter/hub_adapter.h"
#include "hub/base/status.h"

namespace hub::hosting {

inline constexpr std::size_t kAdapterFileBytesMax = 256 * 1024 * 1024;

// An owned file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// Opens the file close-on-exec after the checks above; an empty `sha256` skips only the hash.
// Failure: "hosting.file_refused", whose text says which rule was broken.
Result<Fd> openTrusted(const std::string& path, const std::string& sha256);

// The same trust for an adapter that is a program: the program and every argument that names a
// file. Symbolic links are followed first, since interpreters are usually reached by one.
Status checkCommand(const std::vector<std::string>& command);

// Loads an adapter from an open file, which stays open for good (the file is never unloaded, and
// the loader knows it by the descriptor's number). Checks hub_adapter_abi before anything is
// called, and that both symbols lie in this very file. Failures: "hosting.file_refused" (not
// loadable), "hosting.abi", "hosting.missing_entry".
Result<const hub_adapter*> loadAdapter(Fd file);

}  // namespace hub::hosting
