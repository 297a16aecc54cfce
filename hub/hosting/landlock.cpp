// The file wall of the sandbox. The kernel's structures are written out here, because its headers
// may be older than the kernel.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "hub/hosting/loader.h"
#include "hub/hosting/sandbox.h"
#include "hub/hosting/walls.h"

namespace hub::hosting {
namespace {

// The same numbers on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kVersionFlag = 1;
constexpr int kRulePathBeneath = 1;

struct RulesetAttributes {
  std::uint64_t handled_files;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent_fd;
};

constexpr std::uint64_t kExecute = 1U << 0;
constexpr std::uint64_t kWriteFile = 1U << 1;
constexpr std::uint64_t kReadFile = 1U << 2;
constexpr std::uint64_t kReadFolder = 1U << 3;
constexpr std::uint64_t kTruncate = 1U << 14;
constexpr std::uint64_t kIoctlDevice = 1U << 15;
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;

// What this kernel can watch over: each version knows more.
std::uint64_t rightsOf(int version) {
  if (version >= 5) return (1U << 16) - 1;
  if (version >= 3) return (1U << 15) - 1;
  return version == 2 ? (1U << 14) - 1 : (1U << 13) - 1;
}

constexpr const char* kSystem[] = {"/usr",
                                   "/lib",
                                   "/lib64",
                                   "/bin",
                                   "/etc/ld.so.cache",
                                   "/etc/localtime",
                                   "/proc/self",
                                   "/dev/urandom",
                                   "/dev/random",
                                   "/dev/zero",
                                   "/sys/devices/system/cpu"};

class Ruleset {
 public:
  explicit Ruleset(int version) : rights_(rightsOf(version)) {
    const RulesetAttributes attributes{rights_};
    fd_ = Fd(static_cast<int>(::syscall(kCreateRuleset, &attributes, sizeof attributes, 0)));
  }
  // What is not there needs no leave.
  bool allow(const char* path, std::uint64_t rights) {
    const Fd fd(::open(path, O_PATH | O_CLOEXEC));
    return fd ? allow(fd.get(), rights) : errno == ENOENT || errno == EACCES || errno == ENOTDIR;
  }
  bool allow(int fd, std::uint64_t rights) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return false;
    rights &= rights_;
    if (!S_ISDIR(info.st_mode)) rights &= kOfFiles;
    const PathBeneath rule{rights, fd};
    return ::syscall(kAddRule, fd_.get(), kRulePathBeneath, &rule, 0) == 0;
  }
  bool enforce() { return ::syscall(kRestrictSelf, fd_.get(), 0) == 0; }
  bool made() const { return static_cast<bool>(fd_); }

 private:
  const std::uint64_t rights_;
  Fd fd_;
};

Status failed(const char* step) {
  return Status::failure("hosting.start_failed",
                         std::string("landlock: ") + step + ": " + std::strerror(errno));
}

}  // namespace

int landlockVersion() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kVersionFlag);
  return version > 0 ? static_cast<int>(version) : 0;
}

Status wallOffFiles(const Sandbox& sandbox) {
  const int version = landlockVersion();
  if (version == 0) return {};
  Ruleset rules(version);
  if (!rules.made()) return failed("ruleset");
  const std::uint64_t read =
      kReadFile | kReadFolder | (sandbox.may_execute ? kExecute : std::uint64_t{0});
  for (const char* path : kSystem) {
    if (!rules.allow(path, read)) return failed(path);
  }
  for (const auto& path : sandbox.readable) {
    if (!rules.allow(path.c_str(), read)) return failed(path.c_str());
  }
  if (sandbox.file_fd >= 0 && !rules.allow(sandbox.file_fd, kReadFile)) return failed("the file");
  // Everything but programs and devices: nothing written there is ever started.
  constexpr std::uint64_t kDevices = (1U << 6) | (1U << 11) | kIoctlDevice | kExecute;
  if (!rules.allow(".", ~kDevices)) return failed("the work folder");
  if (!rules.allow("/dev/null", kReadFile | kWriteFile)) return failed("/dev/null");
  if (!rules.enforce()) return failed("enforce");
  return {};
}

}  // namespace hub::hosting
