#include "hub/hosting/child_host.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "hub/base/log.h"
#include "hub/hosting/border.h"
#include "hub/hosting/child_process.h"
#include "hub/hosting/conversation.h"
#include "hub/hosting/error_tail.h"
#include "hub/hosting/in_process.h"
#include "hub/hosting/sandbox.h"
#include "hub/hosting/settings.h"
#include "hub/hosting/start_error.h"
#include "hub/hosting/wire.h"

namespace hub::hosting {
namespace {

using otinish::Answer;
using otinish::Outcome;
using Clock = std::chrono::steady_clock;

// How long an idle process may take to leave by itself when the adapter is stopped.
constexpr std::chrono::milliseconds kGrace{500};

constexpr const char* kNoFileWall =
    "the kernel has no Landlock: the adapter can open every file its user may";

// One process position. Everything is guarded by the host's mutex, except what the keeper alone
// touches (tail) and the child's descriptors, which stay open while in_call.
struct Slot {
  explicit Slot(RestartPolicy policy) : machine(policy) {}
  SlotMachine machine;
  std::unique_ptr<ChildProcess> child;
  bool in_call = false;
  bool broken = false;      // a caller asks the keeper to end the process
  bool tried = false;       // the first start has succeeded or failed
  Status first_start;       // how it went
  std::uint64_t ended = 0;  // processes of this slot that are gone
  Ending last_ending;
  std::string cause;  // why a caller had this process ended
  std::string last_problem;
  ErrorTail tail;
  Fd wake;
  std::thread keeper;
};

void ring(const Slot& slot) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(slot.wake.get(), &one, sizeof one);
}

// The runner says by its exit status what was wrong with the file.
std::string_view startCode(const Ending& ending) {
  if (ending.by_signal) return "hosting.start_failed";
  switch (ending.number) {
    case kExitFileRefused:
      return "hosting.file_refused";
    case kExitAbi:
      return "hosting.abi";
    case kExitMissingEntry:
      return "hosting.missing_entry";
    case kExitBadAbout:
      return "hosting.bad_about";
    default:
      return "hosting.start_failed";
  }
}

class ChildHost final : public Adapter {
 public:
  ChildHost(const AdapterConfig& config, HostServices& services, const Limits& limits,
            RestartPolicy policy)
      : config_(config), services_(services), limits_(limits), policy_(policy) {
    for (int i = 0; i < std::max(1, config_.processes); ++i) {
      slots_.push_back(std::make_unique<Slot>(policy_));
    }
  }
  ~ChildHost() override { stop(); }

  // Success: the first process is ready.
  Status start();

  otinish::About about() const override {
    const std::lock_guard lock(mutex_);
    return about_;
  }
  Answer probe(int deadline_ms) override {
    return call(wire::Verb::kProbe, deadline_ms, [](int ms) { return wire::probeRequest(ms); });
  }
  Answer deliver(const otinish::Message& message, int deadline_ms) override {
    return call(wire::Verb::kDeliver, deadline_ms,
                [&](int ms) { return wire::deliverRequest(ms, message); });
  }
  Answer collect(const otinish::CollectRequest& request, int deadline_ms) override {
    return call(wire::Verb::kCollect, deadline_ms,
                [&](int ms) { return wire::collectRequest(ms, request); });
  }
  Answer receive(const otinish::NativeRequest& request, int deadline_ms) override {
    return call(wire::Verb::kReceive, deadline_ms,
                [&](int ms) { return wire::receiveRequest(ms, request); });
  }
  Answer lookUp(const otinish::LookUpQuery& query, int deadline_ms) override {
    return call(wire::Verb::kLookUp, deadline_ms,
                [&](int ms) { return wire::lookUpRequest(ms, query); });
  }
  InstanceStatus status() const override;
  void stop() override;

 private:
  using Encode = std::function<wire::Frame(int deadline_ms)>;
  // stop() waits until every call has left, so that the host may be destroyed after it.
  class CallerScope {
   public:
    explicit CallerScope(ChildHost& host) : host_(host) {
      const std::lock_guard lock(host_.mutex_);
      ++host_.callers_;
    }
    ~CallerScope() {
      const std::lock_guard lock(host_.mutex_);
      if (--host_.callers_ == 0) host_.changed_.notify_all();
    }
    CallerScope(const CallerScope&) = delete;
    CallerScope& operator=(const CallerScope&) = delete;

   private:
    ChildHost& host_;
  };

  // The call path.
  Answer call(wire::Verb verb, int deadline_ms, const Encode& encode);
  Slot* claim(Deadline deadline, Answer& refusal, bool& waited);
  void release(Slot& slot);
  void breakSlot(Slot& slot, std::string why);
  Answer afterFailedTalk(Slot& slot, Talk talk);
  Answer afterHangUp(Slot& slot);

  // The keeper's path.
  void keep(Slot& slot);
  Status bringUp(Slot& slot);
  Result<ChildSpec> makeSpec(Fd& file) const;
  Status handshake(Slot& slot);
  Result<FrameBytes> ask(Slot& slot, const Encode& encode);
  void watch(Slot& slot);
  Ending bringDown(Slot& slot);
  void reportStart(Slot& slot, const Status& started);
  bool coolDown(Slot& slot);

  const AdapterConfig config_;
  HostServices& services_;
  const Limits limits_;
  const RestartPolicy policy_;
  std::mutex stop_mutex_;            // one stop() at a time
  mutable std::mutex mutex_;         // guards everything below
  std::condition_variable ready_;    // a slot became ready, or all is over
  std::condition_variable changed_;  // anything a keeper or a failed call waits for
  std::vector<std::unique_ptr<Slot>> slots_;
  otinish::About about_;
  std::string remark_;
  bool stopping_ = false;
  int callers_ = 0;
};

// ---- the call path ------------------------------------------------------------------------------

Slot* ChildHost::claim(Deadline deadline, Answer& refusal, bool& waited) {
  std::unique_lock lock(mutex_);
  Slot* found = nullptr;
  const auto find = [&] {
    for (auto& slot : slots_) {
      if (slot->machine.state() == InstanceState::kReady && !slot->broken && !slot->in_call) {
        found = slot.get();
        return true;
      }
    }
    return stopping_;
  };
  const bool at_once = find();
  const bool woken = at_once || ready_.wait_until(lock, deadline, find);
  waited = waited || !at_once;
  if (stopping_) {
    refusal = failedAnswer(Outcome::kRetry, "hosting.stopped", "the adapter is stopped");
    return nullptr;
  }
  if (!woken || found == nullptr) {
    refusal = failedAnswer(Outcome::kRetry, "hosting.busy",
                           "no process of the adapter became free in time");
    return nullptr;
  }
  found->machine.apply(SlotEvent::kCall, Clock::now());
  found->in_call = true;
  return found;
}

void ChildHost::release(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slot.machine.apply(SlotEvent::kAnswered, Clock::now());
    slot.in_call = false;
    if (slot.broken || stopping_) changed_.notify_all();
  }
  // Without the lock, which the one who wakes needs. The caller's scope keeps the host alive.
  ready_.notify_one();
}

// Gives the process to its keeper to be ended.
void ChildHost::breakSlot(Slot& slot, std::string why) {
  const std::lock_guard lock(mutex_);
  slot.broken = true;
  slot.cause = std::move(why);
  slot.in_call = false;
  ring(slot);
  changed_.notify_all();
}

// The child hung up: its ending, which the keeper learns in a moment, tells the operator why.
Answer ChildHost::afterHangUp(Slot& slot) {
  std::uint64_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = slot.ended;
  }
  breakSlot(slot, {});
  std::unique_lock lock(mutex_);
  const bool known =
      changed_.wait_for(lock, std::chrono::seconds(5), [&] { return slot.ended != before; });
  if (stopping_) return failedAnswer(Outcome::kRetry, "hosting.stopped", "the adapter is stopped");
  return failedAnswer(Outcome::kRetry, "hosting.crashed",
                      "the adapter's process ended: " +
                          (known ? toText(slot.last_ending) : std::string("not known how")));
}

Answer ChildHost::afterFailedTalk(Slot& slot, Talk talk) {
  switch (talk) {
    case Talk::kDeadline:
      breakSlot(slot, "a call passed its deadline");
      return failedAnswer(Outcome::kRetry, "hosting.deadline",
                          "the adapter did not answer within its time and was ended");
    case Talk::kTooLarge:
      breakSlot(slot, "an answer was larger than its limit");
      return failedAnswer(Outcome::kFault, "hosting.answer_too_large",
                          "the adapter's answer is larger than its limit");
    case Talk::kBreach:
      breakSlot(slot, "it broke the protocol");
      return failedAnswer(Outcome::kFault, "hosting.protocol",
                          "the adapter's process broke the protocol");
    default:
      return afterHangUp(slot);
  }
}

Answer ChildHost::call(wire::Verb verb, int deadline_ms, const Encode& encode) {
  const std::chrono::milliseconds time(std::clamp(deadline_ms, 0, limits_.call_ms_max));
  const Deadline wait_until = Clock::now() + time;
  const CallerScope scope(*this);
  Answer answer;
  bool waited = false;
  while (Slot* slot = claim(wait_until, answer, waited)) {
    if (waited && !services_.isStillWanted()) {
      release(*slot);
      return overtakenAnswer();
    }
    // The adapter gets its whole time: what the caller waited is not its fault, and a process that
    // is given a moment only would be ended for nothing.
    const Deadline deadline = Clock::now() + time;
    const auto frame = encode(pollMs(deadline));
    if (frame.bytes.size() > wire::frameBytesMax(limits_)) {
      release(*slot);
      // Nobody refused it: the agency has seen nothing.
      return failedAnswer(Outcome::kUnsupported, "hosting.request_too_large",
                          "the request to the adapter is larger than its limit");
    }
    FrameBytes reply;
    const TalkFds fds{slot->child->adapterFd(), slot->child->hostFd(), -1, {}};
    const Talk result = talk(fds, frame.bytes, deadline, services_, limits_, reply);
    if (result == Talk::kNotSent) {
      breakSlot(*slot, {});
      continue;
    }
    if (result != Talk::kAnswered) return afterFailedTalk(*slot, result);
    auto read = wire::readAnswerReply(verb, reply, limits_);
    if (!read && read.error().code != "hosting.exception") {
      breakSlot(*slot, read.error().text);
    } else {
      release(*slot);
    }
    if (!read) return failedAnswer(Outcome::kFault, read.error().code, read.error().text);
    judgeAnswer(*read, limits_);
    return std::move(*read);
  }
  return answer;
}

// ---- the keeper's path --------------------------------------------------------------------------

Result<ChildSpec> ChildHost::makeSpec(Fd& file) const {
  ChildSpec spec;
  spec.program = config_.runner;
  spec.work_folder = config_.work_folder;
  spec.memory_bytes_max = config_.memory_bytes_max;
  spec.files_max = config_.files_max;
  spec.environment = {"OTINISH_ADAPTER_FD=" + std::to_string(kChildAdapterFd),
                      "OTINISH_HOST_FD=" + std::to_string(kChildHostFd)};
  auto user = resolveUser(config_.run_as_user);
  if (!user) return user.status();
  spec.user = *user;
  if (auto status = prepareWorkFolder(spec.work_folder, spec.user); !status) return status;
  if (config_.command.empty()) {
    auto opened = openTrusted(config_.file, config_.sha256);
    if (!opened) return opened.status();
    file = std::move(*opened);
    spec.file_fd = file.get();
    spec.arguments = {"--file-fd",
                      std::to_string(kChildFileFd),
                      "--answer-bytes-max",
                      std::to_string(limits_.adapter_answer_bytes_max),
                      "--exchange-bytes-max",
                      std::to_string(limits_.exchange_bytes_max),
                      "--body-bytes-max",
                      std::to_string(limits_.body_bytes_max),
                      "--list-items-max",
                      std::to_string(limits_.list_items_max)};
    return spec;
  }
  if (auto status = checkCommand(config_.command); !status) return status;
  spec.environment.push_back("PATH=/usr/bin:/bin");
  spec.arguments = {"--exec"};
  spec.arguments.insert(spec.arguments.end(), config_.command.begin(), config_.command.end());
  return spec;
}

Result<FrameBytes> ChildHost::ask(Slot& slot, const Encode& encode) {
  const Deadline deadline = Clock::now() + std::chrono::milliseconds(limits_.call_ms_max);
  const auto frame = encode(limits_.call_ms_max);
  if (frame.bytes.size() > wire::frameBytesMax(limits_)) {
    return Error{"hosting.start_failed", "the configuration is larger than a frame may be", {}, 0};
  }
  FrameBytes reply;
  const int side = slot.child->errorFd();
  const TalkFds fds{slot.child->adapterFd(), slot.child->hostFd(), side,
                    [&] { return slot.tail.readFrom(side); }};
  switch (talk(fds, frame.bytes, deadline, services_, limits_, reply)) {
    case Talk::kAnswered:
      return reply;
    case Talk::kDeadline:
      return Error{"hosting.start_failed", "it did not answer in time at start", {}, 0};
    case Talk::kTooLarge:
    case Talk::kBreach:
      return Error{"hosting.start_failed", "it broke the protocol at start", {}, 0};
    default:
      return Error{"hosting.start_failed", {}, {}, 0};
  }
}

Status ChildHost::handshake(Slot& slot) {
  auto described = ask(slot, [](int ms) { return wire::aboutRequest(ms); });
  if (!described) return described.status();
  auto about = wire::readAboutReply(*described, limits_);
  if (!about) return about.status();
  if (auto status = checkSettings(*about, config_.configuration); !status) return status;
  auto configured =
      ask(slot, [&](int ms) { return wire::configureRequest(ms, config_.configuration); });
  if (!configured) return configured.status();
  auto answer = wire::readAnswerReply(wire::Verb::kConfigure, *configured, limits_);
  if (!answer) return answer.status();
  judgeAnswer(*answer, limits_);
  if (answer->outcome != Outcome::kDone) return configureError(*answer);
  const std::lock_guard lock(mutex_);
  about_ = std::move(*about);
  remark_ = remarkOf(*answer);
  return {};
}

Status ChildHost::bringUp(Slot& slot) {
  Fd file;
  slot.tail.clear();
  auto spec = makeSpec(file);
  if (!spec) return spec.status();
  auto child = ChildProcess::start(*spec);
  if (!child) return child.status();
  {
    const std::lock_guard lock(mutex_);
    slot.child = std::move(*child);
    if (stopping_) return Status::failure("hosting.stopped", "the adapter is stopped");
  }
  return handshake(slot);
}

// Returns when the process has ended, or shall be ended.
void ChildHost::watch(Slot& slot) {
  pollfd entries[3] = {{slot.child->exitFd(), POLLIN, 0},
                       {slot.wake.get(), POLLIN, 0},
                       {slot.child->errorFd(), POLLIN, 0}};
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (slot.broken || stopping_) return;
    }
    if (::poll(entries, 3, -1) < 0 && errno != EINTR) return;
    if (entries[2].revents != 0 && !slot.tail.readFrom(slot.child->errorFd())) entries[2].fd = -1;
    if (entries[1].revents != 0) {
      std::uint64_t rung = 0;
      [[maybe_unused]] const auto n = ::read(slot.wake.get(), &rung, sizeof rung);
    }
    if (entries[0].revents != 0) return;
  }
}

// Ends the process, waits for the caller that may still talk to it, and keeps how it ended.
Ending ChildHost::bringDown(Slot& slot) {
  std::chrono::milliseconds grace{0};
  {
    const std::lock_guard lock(mutex_);
    if (!slot.child) return {};
    if (stopping_ && !slot.in_call && !slot.broken) grace = kGrace;
    slot.broken = true;  // no call takes it any more
    slot.child->hangUp();
  }
  const Ending ending = slot.child->end(grace);
  slot.tail.readFrom(slot.child->errorFd());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !slot.in_call; });
  slot.last_ending = ending;
  ++slot.ended;
  slot.child.reset();
  changed_.notify_all();
  return ending;
}

void ChildHost::reportStart(Slot& slot, const Status& started) {
  const std::lock_guard lock(mutex_);
  slot.machine.apply(started.ok() ? SlotEvent::kReady : SlotEvent::kBroken, Clock::now());
  if (!slot.tried) slot.first_start = started;
  slot.tried = true;
  changed_.notify_all();
  ready_.notify_all();
}

// Waits until the next start is due. False: the adapter is being stopped.
bool ChildHost::coolDown(Slot& slot) {
  std::unique_lock lock(mutex_);
  slot.machine.apply(SlotEvent::kBroken, Clock::now());
  const auto last = slot.tail.lastLine();
  slot.last_problem = slot.cause.empty() ? toText(slot.last_ending) : slot.cause;
  if (!last.empty()) slot.last_problem += ": " + last;
  const auto problem = slot.last_problem;
  const auto pause = slot.machine.pause();
  if (!stopping_) {
    lock.unlock();
    logWarning("adapter.ended", {{"alias", config_.alias},
                                 {"reason", problem},
                                 {"restart_in_ms", static_cast<long long>(pause.count())}});
    lock.lock();
  }
  changed_.wait_until(lock, slot.machine.startDue(), [&] { return stopping_; });
  if (stopping_) {
    slot.machine.apply(SlotEvent::kStop, Clock::now());
    slot.machine.apply(SlotEvent::kEnded, Clock::now());
    return false;
  }
  slot.broken = false;
  slot.cause.clear();
  return slot.machine.apply(SlotEvent::kStart, Clock::now());
}

void ChildHost::keep(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slot.machine.apply(SlotEvent::kStart, Clock::now());
  }
  do {
    Status started = bringUp(slot);
    if (started.ok()) {
      reportStart(slot, started);
      watch(slot);
      bringDown(slot);
      continue;
    }
    const Ending ending = bringDown(slot);
    if (!started.error().text.empty()) {
      const std::lock_guard lock(mutex_);
      slot.cause = started.error().text;
    } else {
      const auto last = slot.tail.lastLine();
      started = Status::failure(std::string(startCode(ending)),
                                toText(ending) + (last.empty() ? "" : ": " + last));
    }
    reportStart(slot, started);
  } while (coolDown(slot));
}

Status ChildHost::start() {
  for (auto& slot : slots_) {
    slot->wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!slot->wake) return Status::failure("hosting.start_failed", "no descriptors are left");
  }
  Slot& first = *slots_.front();
  first.keeper = std::thread([this, &first] { keep(first); });
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return first.tried; });
    if (!first.first_start.ok()) return first.first_start;
  }
  for (std::size_t i = 1; i < slots_.size(); ++i) {
    Slot& slot = *slots_[i];
    slot.keeper = std::thread([this, &slot] { keep(slot); });
  }
  return {};
}

InstanceStatus ChildHost::status() const {
  // The liveliest process speaks for the adapter.
  constexpr InstanceState kOrder[] = {InstanceState::kReady,    InstanceState::kBusy,
                                      InstanceState::kStarting, InstanceState::kCooling,
                                      InstanceState::kStopping, InstanceState::kNew,
                                      InstanceState::kOff};
  const std::lock_guard lock(mutex_);
  InstanceStatus status;
  status.about_name = about_.name;
  status.about_version = about_.version;
  status.remark = remark_;
  status.state = InstanceState::kOff;
  const auto rank = [&](InstanceState s) { return std::find(kOrder, std::end(kOrder), s); };
  for (const auto& slot : slots_) {
    status.restarts += slot->machine.restarts();
    if (!slot->last_problem.empty()) status.last_problem = slot->last_problem;
    if (slot->child && status.process_id == 0) status.process_id = slot->child->pid();
    if (rank(slot->machine.state()) < rank(status.state)) status.state = slot->machine.state();
  }
  if (status.last_problem.empty() && landlockVersion() == 0) status.last_problem = kNoFileWall;
  return status;
}

void ChildHost::stop() {
  const std::lock_guard only(stop_mutex_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& slot : slots_) {
      // A process that is starting would otherwise be waited for until its deadline.
      if (slot->child && slot->machine.state() == InstanceState::kStarting) slot->child->hangUp();
      slot->machine.apply(SlotEvent::kStop, Clock::now());
      if (slot->wake) ring(*slot);
    }
    ready_.notify_all();
    changed_.notify_all();
  }
  for (auto& slot : slots_) {
    if (slot->keeper.joinable()) slot->keeper.join();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return callers_ == 0; });
}

}  // namespace

Result<std::unique_ptr<Adapter>> startChildHost(const AdapterConfig& config, HostServices& services,
                                                const Limits& limits, RestartPolicy policy) {
  static std::once_flag once;
  if (landlockVersion() == 0) {
    std::call_once(once, [] { logWarning("hosting.no_landlock", {{"reason", kNoFileWall}}); });
  }
  auto host = std::make_unique<ChildHost>(config, services, limits, policy);
  if (auto status = host->start(); !status) return status;
  return std::unique_ptr<Adapter>(std::move(host));
}

namespace {

// Of the setting, or of the innermost of its keys, that is known.
std::string placeOf(const AdapterConfig& config, const std::string& setting) {
  for (std::size_t size = setting.size(); size != std::string::npos;) {
    const auto at = config.settings_at.find(setting.substr(0, size));
    if (at != config.settings_at.end()) return at->second;
    size = size == 0 ? std::string::npos : setting.rfind('.', size - 1);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Adapter>> startAdapter(const AdapterConfig& config, HostServices& services,
                                              const Limits& limits) {
  auto adapter = config.hosting == Hosting::kInProcess ? startInProcess(config, services, limits)
                                                       : startChildHost(config, services, limits);
  if (adapter.ok()) return adapter;
  // Of many agencies the operator must know which.
  auto errors = adapter.status().errors();
  constexpr std::string_view kSetting = "/settings/";
  for (auto& error : errors) {
    error.text = "agency " + config.alias + ": " + error.text;
    if (!error.field.starts_with(kSetting)) continue;
    const auto place = placeOf(config, error.field.substr(kSetting.size()));
    if (!place.empty()) error.text = place + ": " + error.text;
  }
  return Status(std::move(errors));
}

}  // namespace hub::hosting
