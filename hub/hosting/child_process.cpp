#include "hub/hosting/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hub::hosting {
namespace {

Status failed(const std::string& step, int error) {
  return Status::failure("hosting.start_failed", step + ": " + std::strerror(error));
}

// What the child tells the hub if it cannot become the program; written to a close-on-exec pipe.
struct Refusal {
  int step;
  int error;
};
constexpr const char* kSteps[] = {"descriptors", "work folder", "limits", "user",
                                  "privileges",  "hub is gone", "execute"};

// Everything the child needs, laid out before fork: afterwards only async-signal-safe calls are
// allowed, because other threads of the hub may hold any lock.
struct Prepared {
  const ChildSpec* spec;
  std::vector<char*> argv;
  std::vector<char*> envp;
  int program_fd;
  int adapter_fd, host_fd, null_fd, error_fd, report_fd;
  pid_t hub;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void refuse(const Prepared& p, int step) {
  const Refusal refusal{step, errno};
  [[maybe_unused]] const auto n = ::write(p.report_fd, &refusal, sizeof refusal);
  ::_exit(127);
}

void resetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Moves the wanted descriptors to 0–5 by way of high numbers, so that none overwrites another, and
// closes everything else.
bool arrangeDescriptors(Prepared& p) {
  constexpr int kHigh = 40;
  const int wanted[] = {p.null_fd,    p.error_fd, p.error_fd,
                        p.adapter_fd, p.host_fd,  p.spec->file_fd};
  int high[6];
  for (int i = 0; i < 6; ++i) {
    high[i] = wanted[i] < 0 ? -1 : ::fcntl(wanted[i], F_DUPFD_CLOEXEC, kHigh);
    if (wanted[i] >= 0 && high[i] < 0) return false;
  }
  p.report_fd = ::fcntl(p.report_fd, F_DUPFD_CLOEXEC, kHigh);
  p.program_fd = ::fcntl(p.program_fd, F_DUPFD_CLOEXEC, kHigh);
  if (p.report_fd < 0 || p.program_fd < 0) return false;
  for (int i = 0; i < 6; ++i) {
    if (high[i] < 0) {
      ::close(i);
    } else if (::dup2(high[i], i) < 0) {
      return false;
    }
  }
  // Marked rather than closed: the report pipe and the program must live until execution.
  return ::syscall(SYS_close_range, 6u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0;
}

bool limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0;
}

bool applyLimits(const ChildSpec& spec) {
  bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, static_cast<rlim_t>(spec.files_max));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Sanitizers reserve terabytes of address space, so the limit is for plain builds.
  if (spec.memory_bytes_max > 0) {
    ok = ok && limit(RLIMIT_AS, static_cast<rlim_t>(spec.memory_bytes_max));
  }
#endif
  // Counted per user: with a user of its own the number is the adapter's, else it would be the
  // hub's.
  if (spec.user) ok = ok && limit(RLIMIT_NPROC, 256);
  return ok;
}

// Raw calls: libc's wrappers would talk to threads that do not exist after fork.
bool becomeUser(const ChildSpec& spec) {
  if (!spec.user) return true;
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, spec.user->gid, spec.user->gid, spec.user->gid) == 0 &&
         ::syscall(SYS_setresuid, spec.user->uid, spec.user->uid, spec.user->uid) == 0;
}

[[noreturn]] void becomeProgram(Prepared& p) {
  ::setsid();
  resetSignals();
  if (!arrangeDescriptors(p)) refuse(p, 0);
  if (::chdir(p.spec->work_folder.c_str()) != 0) refuse(p, 1);
  if (!applyLimits(*p.spec)) refuse(p, 2);
  if (!becomeUser(*p.spec)) refuse(p, 3);
  // After the change of user, which clears it.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    refuse(p, 4);
  }
  if (::getppid() != p.hub) refuse(p, 5);
  ::syscall(SYS_execveat, p.program_fd, "", p.argv.data(), p.envp.data(), AT_EMPTY_PATH);
  refuse(p, 6);
}

struct Pair {
  Fd ours, theirs;
};

bool makeSockets(Pair& pair) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) return false;
  pair = {Fd(fds[0]), Fd(fds[1])};
  return true;
}

bool makePipe(Pair& pair) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return false;
  pair = {Fd(fds[0]), Fd(fds[1])};
  return true;
}

// Forks with all signals blocked, so that no handler of the hub runs in the child.
pid_t forkInto(Prepared& p) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) becomeProgram(p);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

Ending reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

}  // namespace

std::string toText(const Ending& ending) {
  if (!ending.by_signal) return "exit status " + std::to_string(ending.number);
  const char* name = ::sigabbrev_np(ending.number);
  return "signal " + std::to_string(ending.number) +
         (name != nullptr ? " (SIG" + std::string(name) + ")" : "");
}

Result<std::optional<ChildUser>> resolveUser(const std::string& name) {
  if (name.empty()) return std::optional<ChildUser>();
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Error{"hosting.start_failed", "no such user for the adapter: " + name, {}, 0};
  }
  if (::geteuid() != 0) {
    if (entry.pw_uid == ::geteuid()) return std::optional<ChildUser>();
    return Error{"hosting.start_failed",
                 "run_as_user needs a hub started by root: cannot become " + name,
                 {},
                 0};
  }
  return std::optional<ChildUser>(ChildUser{entry.pw_uid, entry.pw_gid});
}

Status prepareWorkFolder(const std::string& path, const std::optional<ChildUser>& user) {
  if (path.empty()) return Status::failure("hosting.start_failed", "the work folder is not named");
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("work folder", errno);
  const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return failed("work folder", errno);
  if (user && ::fchown(folder.get(), user->uid, user->gid) != 0) {
    return failed("work folder", errno);
  }
  if (::fchmod(folder.get(), 0700) != 0) return failed("work folder", errno);
  return {};
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ChildSpec& spec) {
  Pair adapter, host, error, report;
  if (!makeSockets(adapter) || !makeSockets(host) || !makePipe(error) || !makePipe(report)) {
    return failed("descriptors", errno);
  }
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd program(::open(spec.program.c_str(), O_PATH | O_CLOEXEC));
  if (!program) return failed("execute " + spec.program, errno);
  std::vector<std::string> arguments{spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  Prepared prepared{&spec,         pointers(arguments),  pointers(spec.environment),
                    program.get(), adapter.theirs.get(), host.theirs.get(),
                    null.get(),    error.theirs.get(),   report.theirs.get(),
                    ::getpid()};
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  child->pid_ = forkInto(prepared);
  if (child->pid_ < 0) return failed("fork", errno);
  report.theirs.reset();
  Refusal refusal{};
  ssize_t n = 0;
  while ((n = ::read(report.ours.get(), &refusal, sizeof refusal)) < 0 && errno == EINTR) {
  }
  if (n == static_cast<ssize_t>(sizeof refusal)) return failed(kSteps[refusal.step], refusal.error);
  child->exit_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child->pid_, 0)));
  if (!child->exit_) return failed("pidfd", errno);
  ::fcntl(error.ours.get(), F_SETFL, O_NONBLOCK);
  child->adapter_ = std::move(adapter.ours);
  child->host_ = std::move(host.ours);
  child->error_ = std::move(error.ours);
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) end(std::chrono::milliseconds(0));
}

void ChildProcess::hangUp() {
  ::shutdown(adapter_.get(), SHUT_RDWR);
  ::shutdown(host_.get(), SHUT_RDWR);
}

Ending ChildProcess::end(std::chrono::milliseconds grace) {
  if (ending_) return *ending_;
  if (grace.count() > 0) {
    pollfd entry{exit_.get(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(grace.count()));
  }
  // Not reaped yet, so the number still is this process's and its group's.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  ending_ = reap(pid_);
  return *ending_;
}

}  // namespace hub::hosting
