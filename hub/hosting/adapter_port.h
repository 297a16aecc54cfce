// The port through which the hub calls an adapter, whatever its hosting (in-process, child process).
// Values: contracts/adapter/verbs.h.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"

namespace hub::hosting {

struct CryptoAnswer {
  bool ok = false;
  std::string bytes;
  std::string signer;
  std::string code;
  std::string text;
};

// What the hub does for the adapter while a verb runs; implemented by the exchange room over the
// agency's endpoints. Called on hosting threads; must be thread-safe.
class HostServices {
 public:
  virtual ~HostServices() = default;
  virtual otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request,
                                             std::chrono::steady_clock::time_point deadline) = 0;
  virtual CryptoAnswer sign(std::string_view key, std::string_view profile,
                            std::string_view bytes) = 0;
  virtual CryptoAnswer verify(std::string_view profile, std::string_view bytes,
                              std::string_view signature) = 0;
  virtual void log(int level, std::string_view event, std::string_view text) = 0;
  // A call that had to wait for its turn asks before it begins, on the thread that made it: what it was
  // made for may be over by then. False: it does not begin ("hosting.overtaken", kRetry).
  virtual bool isStillWanted() { return true; }
};

enum class InstanceState { kNew, kStarting, kReady, kBusy, kStopping, kCooling, kOff };
std::string_view toString(InstanceState state);

struct InstanceStatus {
  InstanceState state = InstanceState::kNew;
  std::string about_name, about_version;
  int restarts = 0;
  std::string last_problem;  // last reason for a restart, or last stderr line of the child, or
                             // that the kernel has no Landlock
  std::string remark;        // what the adapter says of settings that are right, masked
  int process_id = 0;        // 0 in-process
};

// One configured adapter. Every verb returns an Answer and never throws: a crash, a hang past the
// deadline or a malformed answer becomes kRetry or kFault with code "hosting.…". Threads: any; calls
// beyond the instance's concurrency wait for at most `deadline_ms` ("hosting.busy", kRetry, after
// that); a call that has begun gets `deadline_ms` again, for itself alone. So a verb returns after
// at most twice its `deadline_ms`, which Limits::call_ms_max bounds.
class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual otinish::About about() const = 0;  // as read at start
  virtual otinish::Answer probe(int deadline_ms) = 0;
  virtual otinish::Answer deliver(const otinish::Message& message, int deadline_ms) = 0;
  virtual otinish::Answer collect(const otinish::CollectRequest& request, int deadline_ms) = 0;
  virtual otinish::Answer receive(const otinish::NativeRequest& request, int deadline_ms) = 0;
  virtual otinish::Answer lookUp(const otinish::LookUpQuery& query, int deadline_ms) = 0;
  virtual InstanceStatus status() const = 0;
  // Ends the child (or the instance). Idempotent. Also done by the destructor.
  virtual void stop() = 0;
};

enum class Hosting { kInProcess, kChildProcess };

struct AdapterConfig {
  std::string alias;
  std::string file;                  // adapter .so, or for `command` adapters empty; its libraries
                                     // stand in the system's folders, nothing else can be read
  std::string sha256;                // pinned hash of `file`; empty: owner and mode only (demo)
  std::vector<std::string> command;  // any-language adapter: program and arguments; it may read
                                     // the folder of each file named here: keep keys elsewhere
  Hosting hosting = Hosting::kChildProcess;
  int processes = 1;        // children of this adapter; in-process: calls at once if thread_safe
  std::string runner;       // path of hub-adapter-runner
  std::string work_folder;  // the adapter's own folder, created 0700
  std::string run_as_user;  // "" : the hub's user; else the hub must be root or that user, and
                            // the adapter a child process: "hosting.start_failed" otherwise
  std::int64_t memory_bytes_max = 512LL * 1024 * 1024;
  int files_max = 64;
  otinish::Configuration configuration;
  std::map<std::string, std::string>
      settings_at;  // "setting" and "setting.key" -> "file:line", for messages; may lack some
};

// Starts and configures the adapter. Unknown or missing settings are refused before configure
// ("hosting.unknown_setting", "hosting.missing_setting"). Failures: "hosting.file_refused" (owner,
// mode, hash), "hosting.abi", "hosting.missing_entry", "hosting.start_failed", "hosting.misconfigured".
// `services` must outlive the adapter.
Result<std::unique_ptr<Adapter>> startAdapter(const AdapterConfig& config, HostServices& services,
                                              const Limits& limits);

}  // namespace hub::hosting
