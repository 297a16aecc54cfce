#include "hub/hosting/loader.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "hub/base/ids.h"
#include "hub/base/text.h"

namespace hub::hosting {
namespace {

Status refused(const std::string& path, std::string_view why) {
  return Status::failure("hosting.file_refused", path + ": " + std::string(why));
}

std::string_view whoElseMayWrite(const struct stat& info) {
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return "belongs neither to root nor to the hub's user";
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "is writable by group or others";
  return {};
}

std::string folderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> contentOf(int fd, std::size_t size, const std::string& path) {
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto n = ::pread(fd, content.data() + have, size - have, static_cast<off_t>(have));
    if (n <= 0) return refused(path, "cannot be read in full");
    have += static_cast<std::size_t>(n);
  }
  return content;
}

Status checkHash(int fd, std::size_t size, const std::string& path, const std::string& sha256) {
  if (sha256.empty()) return {};
  auto content = contentOf(fd, size, path);
  if (!content) return content.status();
  if (sha256Hex(*content) != toLowerAscii(sha256)) return refused(path, "has another SHA-256");
  return {};
}

// True if the address belongs to the library itself and not to one it drags in.
bool liesIn(void* library, const void* address) {
  struct link_map* own = nullptr;
  struct link_map* found = nullptr;
  Dl_info info{};
  if (::dlinfo(library, RTLD_DI_LINKMAP, &own) != 0) return false;
  if (::dladdr1(address, &info, reinterpret_cast<void**>(&found), RTLD_DL_LINKMAP) == 0) {
    return false;
  }
  return own == found;
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<Fd> openTrusted(const std::string& path, const std::string& sha256) {
  struct stat folder {};
  if (::stat(folderOf(path).c_str(), &folder) != 0) return refused(path, "its folder is not there");
  if (const auto why = whoElseMayWrite(folder); !why.empty()) {
    return refused(folderOf(path), why);
  }
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return refused(path, "cannot be opened (missing, or a symbolic link)");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return refused(path, "is not a regular file");
  }
  if (const auto why = whoElseMayWrite(info); !why.empty()) return refused(path, why);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > kAdapterFileBytesMax) return refused(path, "is larger than an adapter may be");
  if (auto status = checkHash(file.get(), size, path, sha256); !status) return status;
  return file;
}

Status checkCommand(const std::vector<std::string>& command) {
  if (command.empty() || command.front().empty() || command.front().front() != '/') {
    return Status::failure("hosting.file_refused", "a command starts with an absolute path");
  }
  for (std::size_t i = 0; i < command.size(); ++i) {
    struct stat info {};
    const bool is_file = !command[i].empty() && command[i].front() == '/' &&
                         ::stat(command[i].c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (i > 0 && !is_file) continue;
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(command[i].c_str(), nullptr),
                                                      std::free);
    if (!real) return refused(command[i], "is not there");
    if (auto file = openTrusted(real.get(), {}); !file) return file.status();
  }
  return {};
}

Result<const hub_adapter*> loadAdapter(Fd file) {
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  // Never closed: the dynamic loader compares names, and a reused number would be another file's.
  static_cast<void>(file.release());
  void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return refused("adapter file", why != nullptr ? why : "cannot be loaded");
  }
  const auto* abi = static_cast<const std::uint32_t*>(::dlsym(library, "hub_adapter_abi"));
  if (abi == nullptr || !liesIn(library, abi)) {
    return Error{"hosting.abi", "the file does not export hub_adapter_abi", {}, 0};
  }
  if (*abi != HUB_ADAPTER_ABI) {
    return Error{"hosting.abi",
                 "the adapter was built for contract " + std::to_string(*abi) + ", the hub has " +
                     std::to_string(HUB_ADAPTER_ABI),
                 {},
                 0};
  }
  void* symbol = ::dlsym(library, "hub_adapter_entry");
  if (symbol == nullptr || !liesIn(library, symbol)) {
    return Error{"hosting.missing_entry", "the file does not export hub_adapter_entry", {}, 0};
  }
  const hub_adapter* table = nullptr;
  try {
    table = reinterpret_cast<const hub_adapter* (*)()>(symbol)();
  } catch (...) {
    return Error{"hosting.missing_entry", "hub_adapter_entry let an exception out", {}, 0};
  }
  if (table == nullptr) return Error{"hosting.missing_entry", "hub_adapter_entry gave NULL", {}, 0};
  return table;
}

}  // namespace hub::hosting
