// Adapters from the shelf in processes of their own.
#include <gtest/gtest.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <future>
#include <thread>

#include "contracts/adapter/listing.h"
#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/hosting/child_host.h"
#include "hub/hosting/child_process.h"
#include "hub/hosting/sandbox.h"
#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using otinish::Outcome;
constexpr int kLong = 30'000;

class ChildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setLogSink([](std::string_view) {});
  }
  void TearDown() override { setLogSink(nullptr); }

  AdapterConfig config(const std::string& name, const std::string& settings = "{}") {
    auto result = configFor(shelf(name), Hosting::kChildProcess, folder_);
    result.configuration.settings_json =
        name == "good_c_adapter" && settings == "{}" ? R"({"prefix":"x"})" : settings;
    return result;
  }
  std::unique_ptr<Adapter> started(const AdapterConfig& config) {
    auto adapter = startAdapter(config, services_, limits_);
    EXPECT_TRUE(adapter.ok()) << adapter.error().code << " " << adapter.error().text;
    return adapter.ok() ? std::move(*adapter) : nullptr;
  }
  std::unique_ptr<Adapter> started(const std::string& name) { return started(config(name)); }
  void expectRefused(const AdapterConfig& config, const std::string& code,
                     const std::string& text = {}) {
    auto adapter = startAdapter(config, services_, limits_);
    ASSERT_FALSE(adapter.ok());
    EXPECT_EQ(adapter.error().code, code) << adapter.error().text;
    EXPECT_NE(adapter.error().text.find(text), std::string::npos) << adapter.error().text;
    expectKnown(code);
  }
  // True for as long as the process exists, a zombie included.
  static bool exists(int pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

  TemporaryFolder folder_;
  FakeServices services_;
  Limits limits_;
};

TEST_F(ChildTest, AWellBehavedAdapterGetsAndGivesEverything) {
  auto settings = config("good_c_adapter");
  settings.configuration.files.push_back({"map.xsl", "<x/>"});
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  EXPECT_EQ(adapter->about().name, "good");
  EXPECT_EQ(adapter->about().settings.size(), 3u);
  const auto message = sampleMessage();
  const auto answer = adapter->deliver(message, kLong);
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(answer.external_id, "test-1-" + message.message_id + "/2");
  ASSERT_EQ(answer.items.size(), 1u);
  EXPECT_EQ(answer.items[0].body, message.body);
  EXPECT_EQ(answer.items[0].raw, message.body);
  EXPECT_EQ(answer.items[0].correlation_id, "correlation");
  const auto pushed = adapter->receive({"POST", "/p", {{"H", "v"}}, "body", "CN=x"}, kLong);
  EXPECT_EQ(pushed.native_body + pushed.native_type + pushed.external_id + pushed.cursor,
            "bodyvCN=x/p");
  const auto collected = adapter->collect({"c1", 5, {{"i1", false, "c", "t", "r"}}}, kLong);
  ASSERT_EQ(collected.items.size(), 1u);
  EXPECT_EQ(collected.items[0].reg_number, "r");
  EXPECT_EQ(collected.cursor, "c1");
  EXPECT_EQ(adapter->status().state, InstanceState::kReady);
  EXPECT_GT(adapter->status().process_id, 0);
}

TEST_F(ChildTest, HostFunctionsReachTheServices) {
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  const auto answer = adapter->lookUp({"registry", "value", "purpose"}, kLong);
  EXPECT_EQ(answer.result_json,
            "registry,POST,path,value,to,digest,into|CN=fake||purpose|listed.xml|1 201 0 0 "
            "9000000000|signed:key:profile:value|CN=signer|trust.fake||");
  EXPECT_EQ(adapter->probe(kLong).result_json, "{\"time_left\":true}");
  EXPECT_EQ(services_.lastLog(), "1 good.probe");
  services_.throws = true;
  EXPECT_NE(
      adapter->lookUp({"registry", "value", ""}, kLong).result_json.find("hosting.host_failed"),
      std::string::npos);
}

// More than any other list may hold: a folder that grew while nobody looked must still be listed.
TEST_F(ChildTest, ALargeListingReachesTheAdapter) {
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  services_.listed = otinish::kListedFilesMax;
  const auto answer = adapter->lookUp({"registry", "value", "purpose"}, kLong);
  EXPECT_NE(answer.result_json.find("|listed.xml|1 201 "), std::string::npos) << answer.result_json;
}

TEST_F(ChildTest, TheRunnerKnowsHowLongAListMayBe) {
  limits_.list_items_max = 2'000;
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  otinish::CollectRequest request;
  request.settled.assign(1'500, {"i", true, "", "", ""});
  EXPECT_EQ(adapter->collect(request, kLong).outcome, Outcome::kDone);
}

TEST_F(ChildTest, LargeBodiesPassBothWays) {
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  auto message = sampleMessage();
  message.body.assign(limits_.body_bytes_max, 'x');
  const auto answer = adapter->deliver(message, kLong);
  ASSERT_EQ(answer.items.size(), 1u) << answer.code;
  EXPECT_EQ(answer.items[0].body, message.body);
  message.body.assign(9 * 1024 * 1024, 'x');
  const auto refused = adapter->deliver(message, kLong);
  EXPECT_EQ(refused.code, "hosting.request_too_large");
  EXPECT_EQ(refused.outcome, Outcome::kUnsupported) << "the agency has seen nothing";
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
}

TEST_F(ChildTest, BadMannersAreFaultsAndTheProcessLivesOn) {
  const std::pair<const char*, const char*> cases[] = {
      {"bad_throws", "hosting.exception"},
      {"bad_unknown_outcome", "hosting.unknown_outcome"},
      {"bad_answers_twice", "hosting.bad_answer"},
      {"bad_floods_answer", "hosting.answer_too_large"}};
  for (const auto& [name, code] : cases) {
    auto adapter = started(name);
    ASSERT_TRUE(adapter);
    const int pid = adapter->status().process_id;
    const auto answer = adapter->deliver(sampleMessage(), kLong);
    EXPECT_EQ(answer.outcome, Outcome::kFault) << name;
    EXPECT_EQ(answer.code, code) << name;
    adapter->deliver(sampleMessage(), kLong);
    EXPECT_EQ(adapter->status().process_id, pid) << name;
  }
}

TEST_F(ChildTest, ADeathBySignalIsToldApartFromAnExit) {
  auto by_signal = started("bad_segfaults");
  auto by_exit = started("bad_exits");
  ASSERT_TRUE(by_signal && by_exit);
  auto answer = by_signal->deliver(sampleMessage(), kLong);
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "hosting.crashed");
  EXPECT_NE(answer.text.find("signal 11"), std::string::npos) << answer.text;
  answer = by_exit->deliver(sampleMessage(), kLong);
  EXPECT_EQ(answer.code, "hosting.crashed");
  EXPECT_NE(answer.text.find("exit status 3"), std::string::npos) << answer.text;
}

TEST_F(ChildTest, ADeadProcessIsReplacedAndItsLastLineKeptMasked) {
  auto adapter = started("bad_segfaults");
  ASSERT_TRUE(adapter);
  const int before = adapter->status().process_id;
  adapter->deliver(sampleMessage(), kLong);
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);  // waits for the next process
  const auto status = adapter->status();
  EXPECT_NE(status.process_id, before);
  EXPECT_FALSE(exists(before)) << "not reaped";
  EXPECT_EQ(status.restarts, 1);
  EXPECT_NE(status.last_problem.find("signal 11"), std::string::npos) << status.last_problem;
  EXPECT_NE(status.last_problem.find("about to fail"), std::string::npos) << status.last_problem;
  EXPECT_EQ(status.last_problem.find("850101100012"), std::string::npos);
}

TEST_F(ChildTest, AProcessKilledWhileIdleIsReplacedUnnoticed) {
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  for (int i = 0; i < 3; ++i) {
    ::kill(adapter->status().process_id, SIGKILL);
    const auto answer = adapter->deliver(sampleMessage(), kLong);
    // Either the request never reached the dead process, or the call ended with it; never a hang.
    EXPECT_TRUE(answer.outcome == Outcome::kDone || answer.code == "hosting.crashed");
    EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  }
}

TEST_F(ChildTest, ACallPastItsDeadlineEndsTheProcess) {
  auto adapter = started("bad_hangs");
  ASSERT_TRUE(adapter);
  const int before = adapter->status().process_id;
  const auto answer = adapter->deliver(sampleMessage(), 50);
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "hosting.deadline");
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  EXPECT_FALSE(exists(before));
  EXPECT_NE(adapter->status().last_problem.find("deadline"), std::string::npos);
}

TEST_F(ChildTest, AnotherAdapterAnswersWhileOneHangs) {
  auto hung = started("bad_hangs");
  auto good = started("good_c_adapter");
  ASSERT_TRUE(hung && good);
  auto call = std::async(std::launch::async, [&] { return hung->deliver(sampleMessage(), kLong); });
  while (hung->status().state != InstanceState::kBusy) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(good->deliver(sampleMessage(), kLong).outcome, Outcome::kDone);
  }
  hung->stop();
  const auto answer = call.get();
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "hosting.stopped");
  expectKnown("hosting.stopped");
}

TEST_F(ChildTest, ACallThatFindsNoFreeProcessSaysSo) {
  auto adapter = started("bad_hangs");
  ASSERT_TRUE(adapter);
  auto call =
      std::async(std::launch::async, [&] { return adapter->deliver(sampleMessage(), kLong); });
  while (adapter->status().state != InstanceState::kBusy) std::this_thread::yield();
  const auto answer = adapter->probe(20);
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "hosting.busy");
  expectKnown("hosting.busy");
  adapter->stop();
  call.get();
}

TEST_F(ChildTest, WaitingForAProcessTakesNothingFromTheCall) {
  HoldingServices services;
  auto adapter = startAdapter(config("good_c_adapter"), services, limits_);
  ASSERT_TRUE(adapter.ok());
  expectWaitingTakesNothing(**adapter, services);
}

TEST_F(ChildTest, ACallThatWasOvertakenWhileItWaitedDoesNotBegin) {
  HoldingServices services;
  auto adapter = startAdapter(config("good_c_adapter"), services, limits_);
  ASSERT_TRUE(adapter.ok());
  expectOvertakenCallsDoNotBegin(**adapter, services);
  expectKnown("hosting.overtaken");
}

// An agency that answers nothing: the exchange ends first, and the adapter says so itself.
TEST_F(ChildTest, AnExchangeEndsBeforeItsCall) {
  SilentServices services;
  auto adapter = startAdapter(config("good_c_adapter"), services, limits_);
  ASSERT_TRUE(adapter.ok());
  const int process = (*adapter)->status().process_id;
  const auto answer = (*adapter)->lookUp({"registry", "value", ""}, 2'000);
  EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.code;
  EXPECT_NE(answer.result_json.find("transport.timeout"), std::string::npos) << answer.result_json;
  EXPECT_EQ((*adapter)->status().process_id, process) << "it was ended with the call";
}

TEST_F(ChildTest, SeveralProcessesServeAtOnce) {
  auto settings = config("bad_hangs");
  settings.processes = 2;
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  auto call =
      std::async(std::launch::async, [&] { return adapter->deliver(sampleMessage(), kLong); });
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  adapter->stop();
  EXPECT_EQ(call.get().code, "hosting.stopped");
}

TEST_F(ChildTest, MemoryIsLimited) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more address space than any limit";
#endif
  auto settings = config("bad_floods_memory");
  settings.memory_bytes_max = 256 * 1024 * 1024;
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  const auto answer = adapter->deliver(sampleMessage(), kLong);
  EXPECT_EQ(answer.code, "hosting.crashed");
  EXPECT_NE(answer.text.find("signal 6"), std::string::npos) << answer.text;
}

TEST_F(ChildTest, RubbishOnTheSocketIsAFaultAndEndsTheProcess) {
  auto adapter = started("bad_writes_rubbish");
  ASSERT_TRUE(adapter);
  auto answer = adapter->deliver(sampleMessage(), kLong);
  EXPECT_EQ(answer.outcome, Outcome::kFault);
  EXPECT_EQ(answer.code, "hosting.bad_answer");
  auto message = sampleMessage();
  message.message_id = "huge";
  answer = adapter->deliver(message, kLong);
  EXPECT_EQ(answer.outcome, Outcome::kFault);
  EXPECT_EQ(answer.code, "hosting.answer_too_large");
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  EXPECT_EQ(adapter->status().restarts, 2);
}

TEST_F(ChildTest, NothingLeadsOutOfTheProcess) {
  ::setenv("OTINISH_TEST_SECRET", "x", 1);
  auto adapter = started("bad_escapes");
  ASSERT_TRUE(adapter);
  EXPECT_EQ(adapter->deliver(sampleMessage(), kLong).external_id, "nothing");
  ::unsetenv("OTINISH_TEST_SECRET");
}

TEST_F(ChildTest, FilesOutsideTheWorkFolderAreOutOfReach) {
  if (landlockVersion() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const auto key = folder_ / "hub.key";
  ASSERT_TRUE(writeFileAtomically(key, "the key", 0600).ok());
  auto adapter = started("bad_steals");
  ASSERT_TRUE(adapter);
  auto message = sampleMessage();
  message.body = key;
  EXPECT_EQ(adapter->deliver(message, kLong).external_id, "own");
  EXPECT_EQ(readFile(key, 100).ok() ? *readFile(key, 100) : "gone", "the key");
  struct stat info {};
  ASSERT_EQ(::stat(key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(key + ".new"));
  EXPECT_EQ(adapter->status().last_problem, "");
}

// In a process of its own: takes Landlock away, then 0 if the operator is told of it.
int withoutLandlock(const AdapterConfig& config, HostServices& services) {
  constexpr int kCreateRuleset = 444;
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  if (::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), kCreateRuleset, 0) != 0) return 1;
  if (::seccomp_load(filter) != 0) return 2;
  static std::atomic<int> warnings{0};
  setLogSink([](std::string_view line) {
    if (line.find("hosting.no_landlock") != std::string_view::npos) ++warnings;
  });
  for (int i = 0; i < 2; ++i) {
    auto adapter = startAdapter(config, services, Limits());
    if (!adapter.ok()) return 3;
    if ((*adapter)->deliver(sampleMessage(), kLong).outcome != Outcome::kDone) return 4;
    const auto problem = (*adapter)->status().last_problem;
    if (problem.find("Landlock") == std::string::npos) return 5;
  }
  return warnings == 1 ? 0 : 6;
}

TEST_F(ChildTest, AKernelWithoutLandlockIsSaidAloud) {
  const auto settings = config("good_c_adapter");
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) ::_exit(withoutLandlock(settings, services_));
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(ChildTest, AUserThatCannotBeHonouredIsRefused) {
  auto unknown = config("good_c_adapter");
  unknown.run_as_user = "no_such_user_here";
  expectRefused(unknown, "hosting.start_failed", "no such user");
  unknown.hosting = Hosting::kInProcess;
  expectRefused(unknown, "hosting.start_failed", "run_as_user");
  const uid_t before = ::geteuid();
  if (before == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto other = resolveUser(before == 0 ? "daemon" : "root");
  const auto own = resolveUser(before == 0 ? "nobody" : "");
  ASSERT_EQ(::seteuid(before), 0);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, "hosting.start_failed");
  EXPECT_TRUE(own.ok() && !own->has_value());
}

TEST_F(ChildTest, TheWorkFolderIsPrivate) {
  auto adapter = started("good_c_adapter");
  ASSERT_TRUE(adapter);
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "work").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(ChildTest, RunsAsAnotherUserWhenStartedByRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can change the user";
  auto settings = config("good_c_adapter");
  settings.run_as_user = "nobody";
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  EXPECT_EQ(adapter->deliver(sampleMessage(), kLong).outcome, Outcome::kDone);
  struct stat info {};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(adapter->status().process_id)).c_str(), &info), 0);
  auto text = readFile("/proc/" + std::to_string(adapter->status().process_id) + "/status", 65536);
  ASSERT_TRUE(text.ok());
  EXPECT_NE(text->find("Uid:\t65534\t65534\t65534\t65534"), std::string::npos);
  EXPECT_NE(text->find("NoNewPrivs:\t1"), std::string::npos);
  EXPECT_NE(text->find("Seccomp:\t2"), std::string::npos);
  settings.run_as_user = "no_such_user_here";
  expectRefused(settings, "hosting.start_failed", "no such user");
}

TEST_F(ChildTest, FilesThatAreNoAdaptersAreRefused) {
  expectRefused(config("bad_abi_two"), "hosting.abi", "contract 2");
  expectRefused(config("bad_no_abi"), "hosting.abi");
  expectRefused(config("bad_missing_entry"), "hosting.missing_entry");
  expectRefused(config("bad_exits_at_start"), "hosting.start_failed", "exit status 9");
  expectRefused(config("no_such_adapter"), "hosting.file_refused");
  auto pinned = config("good_c_adapter");
  pinned.sha256 = std::string(64, '0');
  expectRefused(pinned, "hosting.file_refused", "SHA-256");
  auto homeless = config("good_c_adapter");
  homeless.work_folder.clear();
  expectRefused(homeless, "hosting.start_failed", "work folder");
  auto runnerless = config("good_c_adapter");
  runnerless.runner = folder_ / "no-runner";
  expectRefused(runnerless, "hosting.start_failed");
}

TEST_F(ChildTest, APinnedFileStarts) {
  auto pinned = config("good_c_adapter");
  pinned.sha256 = sha256Hex(*readFile(pinned.file, 64 * 1024 * 1024));
  EXPECT_TRUE(started(pinned));
}

TEST_F(ChildTest, SettingsAreCheckedBeforeConfigure) {
  expectRefused(config("good_c_adapter", R"({"mode":"fast"})"), "hosting.missing_setting");
  expectRefused(config("good_c_adapter", R"({"prefix":"x","colour":1})"),
                "hosting.unknown_setting");
  expectRefused(config("good_c_adapter", R"({"prefix":"x","mode":"slow"})"), "hosting.bad_setting");
  expectRefused(config("good_c_adapter", R"({"prefix":"refuse"})"), "hosting.misconfigured",
                "good.refused");
}

TEST_F(ChildTest, StopReapsEverythingAndIsIdempotent) {
  auto settings = config("good_c_adapter");
  settings.processes = 3;
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  const int pid = adapter->status().process_id;
  adapter->stop();
  adapter->stop();
  EXPECT_FALSE(exists(pid));
  EXPECT_EQ(adapter->status().state, InstanceState::kOff);
  EXPECT_EQ(adapter->status().process_id, 0);
  EXPECT_EQ(adapter->deliver(sampleMessage(), kLong).code, "hosting.stopped");
  int status = 0;
  EXPECT_EQ(::waitpid(-1, &status, WNOHANG), -1) << "a process was left behind";
}

TEST_F(ChildTest, ManyCallersShareAFewProcesses) {
  auto settings = config("good_c_adapter");
  settings.processes = 2;
  auto adapter = started(settings);
  ASSERT_TRUE(adapter);
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto answer = adapter->lookUp({"registry", "value", ""}, kLong);
        if (answer.outcome == Outcome::kDone) ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 300);
  EXPECT_EQ(services_.exchanges, 300);
}

}  // namespace
}  // namespace hub::hosting
