// hub-adapter-runner: the process an adapter lives in. Started by the hub
// (hub/hosting/child_host.h), never by hand. It first takes away from itself what an adapter must
// not have, then either loads the adapter file it was given open and serves the contract over its
// sockets, or becomes the command of an adapter in another language.
//
//   hub-adapter-runner --file-fd N [--answer-bytes-max N] [--exchange-bytes-max N]
//   [--body-bytes-max N] [--list-items-max N]
//   hub-adapter-runner --exec PROGRAM [ARGUMENT…]
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hub/hosting/border.h"
#include "hub/hosting/channel.h"
#include "hub/hosting/loader.h"
#include "hub/hosting/sandbox.h"
#include "hub/hosting/start_error.h"
#include "hub/hosting/wire.h"

// Read by jemalloc. One thread works here, under a limit of its address space: no arena to spare, and
// memory that was freed goes back within a second.
extern "C" __attribute__((visibility("default"))) const char* malloc_conf;
const char* malloc_conf = "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0";

namespace {

using hub::hosting::Deadline;

// Leaves without destructors of foreign libraries, which may hang or need what is forbidden now.
[[noreturn]] void leave(int status) {
  std::fflush(nullptr);
  ::_exit(status);
}

[[noreturn]] void fail(int status, const hub::Error& error) {
  std::fprintf(stderr, "%s: %s\n", error.code.c_str(), error.text.c_str());
  leave(status);
}

int exitStatusFor(std::string_view code) {
  if (code == "hosting.file_refused") return hub::hosting::kExitFileRefused;
  if (code == "hosting.abi") return hub::hosting::kExitAbi;
  if (code == "hosting.missing_entry") return hub::hosting::kExitMissingEntry;
  if (code == "hosting.bad_about") return hub::hosting::kExitBadAbout;
  return hub::hosting::kExitStartFailed;
}

struct Arguments {
  int file_fd = -1;
  hub::Limits limits;
};

bool number(std::string_view text, std::size_t& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(int argc, char** argv, Arguments& to) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    std::size_t value = 0;
    if (!number(argv[i + 1], value)) return false;
    if (name == "--file-fd") {
      to.file_fd = static_cast<int>(value);
    } else if (name == "--answer-bytes-max") {
      to.limits.adapter_answer_bytes_max = value;
    } else if (name == "--exchange-bytes-max") {
      to.limits.exchange_bytes_max = value;
    } else if (name == "--body-bytes-max") {
      to.limits.body_bytes_max = value;
    } else if (name == "--list-items-max") {
      to.limits.list_items_max = value;
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && to.file_fd >= 0;
}

int descriptorFrom(const char* variable) {
  const char* text = std::getenv(variable);
  std::size_t value = 0;
  return text != nullptr && number(text, value) ? static_cast<int>(value) : -1;
}

class Verbs final : public hub::hosting::wire::AdapterVerbs {
 public:
  Verbs(otinish::About about, hub::hosting::BorderInstance& instance,
        hub::hosting::HostServices& host)
      : about_(std::move(about)), instance_(instance), host_(host) {}
  otinish::About about() override { return about_; }
  otinish::Answer configure(const otinish::Configuration& configuration,
                            Deadline deadline) override {
    return instance_.configure(configuration, host_, deadline);
  }
  otinish::Answer probe(Deadline deadline) override { return instance_.probe(host_, deadline); }
  otinish::Answer deliver(const otinish::Message& message, Deadline deadline) override {
    return instance_.deliver(message, host_, deadline);
  }
  otinish::Answer collect(const otinish::CollectRequest& request, Deadline deadline) override {
    return instance_.collect(request, host_, deadline);
  }
  otinish::Answer receive(const otinish::NativeRequest& request, Deadline deadline) override {
    return instance_.receive(request, host_, deadline);
  }
  otinish::Answer lookUp(const otinish::LookUpQuery& query, Deadline deadline) override {
    return instance_.lookUp(query, host_, deadline);
  }

 private:
  otinish::About about_;
  hub::hosting::BorderInstance& instance_;
  hub::hosting::HostServices& host_;
};

// Serves until the hub hangs up.
void serve(int fd, Verbs& verbs, const hub::Limits& limits) {
  using namespace hub::hosting;
  while (true) {
    // An idle adapter waits as long as the hub lives; a hub that dies ends the process itself.
    const auto patient = std::chrono::steady_clock::now() + std::chrono::hours(24 * 365);
    FrameBytes request;
    if (receiveFrame(fd, request, wire::frameBytesMax(limits), patient) != Io::kOk) return;
    auto reply = wire::serveAdapter(request, verbs, limits);
    if (!reply || reply->bytes.size() > wire::answerFrameBytesMax(limits)) return;
    if (sendFrame(fd, reply->bytes, patient) != Io::kOk) return;
  }
}

int runFile(const Arguments& arguments) {
  using namespace hub::hosting;
  const int adapter_fd = descriptorFrom("OTINISH_ADAPTER_FD");
  const int host_fd = descriptorFrom("OTINISH_HOST_FD");
  if (adapter_fd < 0 || host_fd < 0) return kExitUsage;
  // Before the file is loaded, because loading already runs its constructors.
  Sandbox sandbox;
  sandbox.file_fd = arguments.file_fd;
  if (auto status = enterSandbox(sandbox); !status) fail(kExitStartFailed, status.error());
  auto table = loadAdapter(Fd(arguments.file_fd));
  if (!table) fail(exitStatusFor(table.error().code), table.error());
  auto about = readAbout(*table);
  if (!about) fail(exitStatusFor(about.error().code), about.error());
  auto instance = BorderInstance::create(*table, arguments.limits);
  if (!instance) fail(exitStatusFor(instance.error().code), instance.error());
  const auto host = wire::hostOverSocket(host_fd, arguments.limits);
  Verbs verbs(std::move(*about), **instance, *host);
  serve(adapter_fd, verbs, arguments.limits);
  instance->reset();
  return 0;
}

// A program is made of more than one file: what lies beside it, or beside a file among its
// arguments (an interpreter's script), may be read too.
std::vector<std::string> foldersOf(char** command) {
  std::vector<std::string> folders;
  for (char** word = command; *word != nullptr; ++word) {
    std::error_code error;
    if ((*word)[0] != '/' || !std::filesystem::is_regular_file(*word, error)) continue;
    const auto real = std::filesystem::canonical(*word, error);
    if (error) continue;
    // Beside a file at the root lies everything.
    const bool at_root = real.parent_path() == real.root_path();
    folders.push_back(at_root ? real : real.parent_path());
  }
  return folders;
}

int runCommand(char** command) {
  using namespace hub::hosting;
  Sandbox sandbox;
  sandbox.may_execute = true;
  sandbox.readable = foldersOf(command);
  if (auto status = enterSandbox(sandbox); !status) fail(kExitStartFailed, status.error());
  ::execv(command[0], command);
  std::fprintf(stderr, "cannot execute the command: %s\n", std::strerror(errno));
  return kExitStartFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "--exec") leave(runCommand(argv + 2));
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fprintf(stderr, "hub-adapter-runner is started by the hub\n");
    leave(hub::hosting::kExitUsage);
  }
  leave(runFile(arguments));
}
