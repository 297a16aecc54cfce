#include "hub/hosting/in_process.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "hub/base/log.h"
#include "hub/hosting/border.h"
#include "hub/hosting/loader.h"
#include "hub/hosting/settings.h"
#include "hub/hosting/start_error.h"

namespace hub::hosting {
namespace {

using otinish::Answer;
using otinish::Outcome;

class InProcessAdapter final : public Adapter {
 public:
  InProcessAdapter(otinish::About about, std::string remark,
                   std::unique_ptr<BorderInstance> instance, int at_once, HostServices& services,
                   const Limits& limits)
      : about_(std::move(about)),
        remark_(std::move(remark)),
        at_once_(about_.thread_safe ? std::max(1, at_once) : 1),
        services_(services),
        limits_(limits),
        instance_(std::move(instance)) {}
  ~InProcessAdapter() override { stop(); }

  otinish::About about() const override { return about_; }

  Answer probe(int deadline_ms) override {
    return run(deadline_ms, [&](Deadline d) { return instance_->probe(services_, d); });
  }
  Answer deliver(const otinish::Message& message, int deadline_ms) override {
    return run(deadline_ms, [&](Deadline d) { return instance_->deliver(message, services_, d); });
  }
  Answer collect(const otinish::CollectRequest& request, int deadline_ms) override {
    return run(deadline_ms, [&](Deadline d) { return instance_->collect(request, services_, d); });
  }
  Answer receive(const otinish::NativeRequest& request, int deadline_ms) override {
    return run(deadline_ms, [&](Deadline d) { return instance_->receive(request, services_, d); });
  }
  Answer lookUp(const otinish::LookUpQuery& query, int deadline_ms) override {
    return run(deadline_ms, [&](Deadline d) { return instance_->lookUp(query, services_, d); });
  }

  InstanceStatus status() const override {
    const std::lock_guard lock(mutex_);
    InstanceStatus status;
    status.about_name = about_.name;
    status.about_version = about_.version;
    status.last_problem = last_problem_;
    status.remark = remark_;
    status.state = stopped_ ? (instance_ ? InstanceState::kStopping : InstanceState::kOff)
                   : running_ >= at_once_ ? InstanceState::kBusy
                                          : InstanceState::kReady;
    return status;
  }

  void stop() override {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return running_ == 0; });
    auto ended = std::move(instance_);
    lock.unlock();
  }

 private:
  template <class Verb>
  Answer run(int deadline_ms, Verb&& verb) {
    const std::chrono::milliseconds time(std::clamp(deadline_ms, 0, limits_.call_ms_max));
    bool waited = false;
    {
      const auto wait_until = std::chrono::steady_clock::now() + time;
      std::unique_lock lock(mutex_);
      waited = running_ >= at_once_;
      const bool free =
          changed_.wait_until(lock, wait_until, [&] { return stopped_ || running_ < at_once_; });
      if (stopped_)
        return failedAnswer(Outcome::kRetry, "hosting.stopped", "the adapter is stopped");
      if (!free) {
        return failedAnswer(Outcome::kRetry, "hosting.busy", "the adapter was busy all the time");
      }
      ++running_;
    }
    // Its whole time, however long the caller waited.
    const bool wanted = !waited || services_.isStillWanted();
    Answer answer = wanted ? verb(std::chrono::steady_clock::now() + time) : overtakenAnswer();
    const std::lock_guard lock(mutex_);
    --running_;
    if (answer.outcome == Outcome::kFault) last_problem_ = answer.code;
    changed_.notify_all();
    return answer;
  }

  const otinish::About about_;
  const std::string remark_;
  const int at_once_;
  HostServices& services_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;       // guarded by mutex_
  bool stopped_ = false;  // guarded by mutex_
  std::string last_problem_;
  std::unique_ptr<BorderInstance> instance_;  // replaced only when nothing runs
};

}  // namespace

std::string remarkOf(const Answer& answer) { return maskText(answer.text); }

Status configureError(const Answer& answer) {
  const bool settings = answer.outcome == Outcome::kMisconfigured;
  // "setting NAME: …" or "setting NAME.KEY: …", as write-one.md asks for.
  constexpr std::string_view kSetting = "setting ";
  const auto end = answer.text.find(": ");
  std::string field;
  if (settings && answer.text.starts_with(kSetting) && end != std::string::npos) {
    field = "/settings/" + answer.text.substr(kSetting.size(), end - kSetting.size());
  }
  return Status::failure(settings ? "hosting.misconfigured" : "hosting.start_failed",
                         "configure answered " + answer.code + ": " + answer.text, field);
}

Result<std::unique_ptr<Adapter>> startInProcess(const AdapterConfig& config, HostServices& services,
                                                const Limits& limits) {
  if (config.file.empty()) {
    return Error{"hosting.start_failed", "only an adapter file can run in-process", {}, 0};
  }
  if (!config.run_as_user.empty()) {
    return Error{"hosting.start_failed", "run_as_user needs a process of its own", {}, 0};
  }
  auto file = openTrusted(config.file, config.sha256);
  if (!file) return file.status();
  auto table = loadAdapter(std::move(*file));
  if (!table) return table.status();
  auto about = readAbout(*table);
  if (!about) return about.status();
  if (auto status = checkSettings(*about, config.configuration); !status) return status;
  auto instance = BorderInstance::create(*table, limits);
  if (!instance) return instance.status();
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.call_ms_max);
  const auto answer = (*instance)->configure(config.configuration, services, deadline);
  if (answer.outcome != Outcome::kDone) return configureError(answer);
  return std::unique_ptr<Adapter>(new InProcessAdapter(std::move(*about), remarkOf(answer),
                                                       std::move(*instance), config.processes,
                                                       services, limits));
}

}  // namespace hub::hosting
