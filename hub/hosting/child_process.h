// One adapter process: how it is started (bare), how it is ended, and how it ended. The starter's
// thread must outlive the process, because the kernel ends the process with that thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/hosting/loader.h"

namespace hub::hosting {

// Descriptors inside the child.
inline constexpr int kChildAdapterFd = 3;
inline constexpr int kChildHostFd = 4;
inline constexpr int kChildFileFd = 5;

struct ChildUser {
  uid_t uid;
  gid_t gid;
};

struct ChildSpec {
  std::string program;                   // absolute path
  std::vector<std::string> arguments;    // without the program itself
  std::vector<std::string> environment;  // "NAME=value", the whole of it
  std::string work_folder;               // becomes the current folder
  std::optional<ChildUser> user;         // only when started by root
  std::int64_t memory_bytes_max = 0;     // 0: no limit
  int files_max = 64;
  int file_fd = -1;  // becomes kChildFileFd; -1: none
};

// An exit status and a signal are different things and are kept apart.
struct Ending {
  bool by_signal = false;
  int number = 0;
};
std::string toText(const Ending& ending);  // "signal 11 (SIGSEGV)", "exit status 3"

// nullopt when no user is named, or the hub is that user. Failure: "hosting.start_failed" (unknown
// user, or the hub is not root and cannot become another).
Result<std::optional<ChildUser>> resolveUser(const std::string& name);
// Makes the folder (0700, owned by the user). Failure: "hosting.start_failed".
Status prepareWorkFolder(const std::string& path, const std::optional<ChildUser>& user);

class ChildProcess {
 public:
  // Failure: "hosting.start_failed" with the step and errno; nothing is left running then.
  static Result<std::unique_ptr<ChildProcess>> start(const ChildSpec& spec);
  // Kills and reaps what is still there.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int adapterFd() const { return adapter_.get(); }
  int hostFd() const { return host_.get(); }
  int errorFd() const { return error_.get(); }  // its stdout and stderr, non-blocking
  int exitFd() const { return exit_.get(); }    // readable once it has ended
  pid_t pid() const { return pid_; }

  // Ends both conversations; a caller that waits on them wakes up. Any thread.
  void hangUp();
  // Waits up to `grace` for it to end by itself, then kills its group, and reaps it. Idempotent.
  Ending end(std::chrono::milliseconds grace);

 private:
  ChildProcess() = default;
  Fd adapter_, host_, error_, exit_;
  pid_t pid_ = -1;
  std::optional<Ending> ending_;
};

}  // namespace hub::hosting
