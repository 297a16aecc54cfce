// What hubd does to its own process before anything else.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace hub::programs {
namespace {

constexpr uid_t kNobody = 65534;

// hubd as a user that is not root, stopped where it opens its configuration: a pipe.
pid_t startHubd(int program, const std::string& config) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(99);
  char* const arguments[] = {const_cast<char*>("hubd"), const_cast<char*>("--config"),
                             const_cast<char*>(config.c_str()), nullptr};
  // In a sanitizer build the leak check at the end opens the process for its own tracer.
  char leaks[] = "ASAN_OPTIONS=detect_leaks=0";
  char* const environment[] = {leaks, nullptr};
  ::fexecve(program, arguments, environment);
  ::_exit(98);
}

// The kernel gives the /proc files of a process that others may not look into to root.
TEST(Hubd, ItsMemoryIsClosedToItsOwnUser) {
  const char* build = std::getenv("OTINISH_BINARY_DIR");
  ASSERT_NE(build, nullptr);
  const int program = ::open((std::string(build) + "/bin/hubd").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(program, 0);
  std::string folder = "/tmp/hubd_test_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  const std::string config = folder + "/hub.yaml";
  ASSERT_EQ(::mkfifo(config.c_str(), 0600), 0);
  ASSERT_EQ(::chmod(config.c_str(), 0644), 0);
  const pid_t pid = startHubd(program, config);
  ASSERT_GT(pid, 0);
  const int writer = ::open(config.c_str(), O_WRONLY | O_CLOEXEC);  // waits for hubd
  struct stat info {};
  EXPECT_EQ(::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0u);
  ::close(writer);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::close(program);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hub::programs
