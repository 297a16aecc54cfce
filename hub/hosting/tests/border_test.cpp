// The C border against adapters of other ages and bad manners, without any file.
#include "hub/hosting/border.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using otinish::Outcome;

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::minutes(1); }
hub_bytes lend(std::string_view text) { return {text.data(), text.size()}; }

// A struct whose last byte is the last byte of a page that is followed by an unreadable one:
// reading beyond its declared size ends the test program.
class AtPageEnd {
 public:
  AtPageEnd(const void* from, std::size_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    pages_ = static_cast<char*>(
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(pages_ + page, page, PROT_NONE);
    at_ = pages_ + page - size;
    std::memcpy(at_, from, size);
    std::memcpy(at_, &size, sizeof size);
    whole_ = 2 * page;
  }
  ~AtPageEnd() { ::munmap(pages_, whole_); }
  AtPageEnd(const AtPageEnd&) = delete;
  AtPageEnd& operator=(const AtPageEnd&) = delete;
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(at_);
  }

 private:
  char* pages_;
  char* at_;
  std::size_t whole_;
};

// The adapter under test: each verb does what the test says.
std::function<void(hub_answer_fn, void*)> on_deliver;

void* create(const hub_host*) {
  static int instance;
  return &instance;
}
void destroy(void*) {}
void configure(void*, void*, const hub_configuration*, hub_answer_fn done, void* context) {
  hub_answer answer{};
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  done(context, &answer);
}
void deliver(void*, void*, const hub_message*, hub_answer_fn done, void* context) {
  on_deliver(done, context);
}

hub_adapter table() {
  hub_adapter result{};
  result.size = sizeof result;
  result.create = create;
  result.destroy = destroy;
  result.configure = configure;
  result.deliver = deliver;
  return result;
}

otinish::Answer deliverOnce(const Limits& limits = {}) {
  const auto adapter = table();
  FakeServices services;
  auto instance = BorderInstance::create(&adapter, limits);
  EXPECT_TRUE(instance.ok());
  return (*instance)->deliver(sampleMessage(), services, soon());
}

TEST(Border, AnOlderAdaptersAnswerIsReadWithinItsSize) {
  hub_answer full{};
  full.outcome = HUB_DONE;
  full.code = lend("code");
  full.text = lend("text");
  full.external_id = lend("NEW");
  full.more = 1;
  // Ends after `text`: later fields did not exist when that adapter was built.
  const AtPageEnd old(&full, offsetof(hub_answer, retry_after_ms));
  on_deliver = [&](hub_answer_fn done, void* context) { done(context, old.as<hub_answer>()); };
  const auto answer = deliverOnce();
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(answer.text, "text");
  EXPECT_EQ(answer.external_id, "");
  EXPECT_FALSE(answer.more);
}

TEST(Border, EverySizeOfAnAnswerIsSafe) {
  hub_answer full{};
  full.outcome = HUB_DONE;
  full.result_json = lend("{}");
  for (std::size_t size = sizeof(size_t); size <= sizeof full; size += 8) {
    const AtPageEnd cut(&full, size);
    on_deliver = [&](hub_answer_fn done, void* context) { done(context, cut.as<hub_answer>()); };
    const auto answer = deliverOnce();
    const bool has_outcome = size >= offsetof(hub_answer, code);
    EXPECT_EQ(answer.outcome, has_outcome ? Outcome::kDone : Outcome::kFault) << size;
    EXPECT_EQ(answer.result_json, size == sizeof full ? "{}" : "") << size;
  }
}

TEST(Border, AnOlderItemIsReadWithinItsSize) {
  hub_inbound full{};
  full.item_id = lend("item");
  full.type = lend("decision/1");
  const AtPageEnd old(&full, offsetof(hub_inbound, form));
  const hub_inbound* items[] = {old.as<hub_inbound>()};
  on_deliver = [&](hub_answer_fn done, void* context) {
    hub_answer answer{};
    answer.size = sizeof answer;
    answer.outcome = HUB_DONE;
    answer.items = items;
    answer.items_count = 1;
    done(context, &answer);
  };
  const auto answer = deliverOnce();
  ASSERT_EQ(answer.items.size(), 1u);
  EXPECT_EQ(answer.items[0].item_id, "item");
  EXPECT_EQ(answer.items[0].type, "decision/1");
  EXPECT_EQ(answer.items[0].body, "");
}

TEST(Border, AnOlderTableLacksTheVerbsBeyondItsSize) {
  auto full = table();
  full.look_up = reinterpret_cast<decltype(full.look_up)>(0x10);  // would crash if called
  const AtPageEnd old(&full, offsetof(hub_adapter, receive));
  FakeServices services;
  auto instance = BorderInstance::create(old.as<hub_adapter>(), {});
  ASSERT_TRUE(instance.ok());
  const auto answer = (*instance)->lookUp({}, services, soon());
  EXPECT_EQ(answer.outcome, Outcome::kUnsupported);
  EXPECT_EQ(answer.code, "hosting.unsupported");
  EXPECT_EQ((*instance)->probe(services, soon()).outcome, Outcome::kUnsupported);
}

TEST(Border, ATableWithoutItsMandatoryFunctionsIsRefused) {
  auto cut = table();
  cut.size = offsetof(hub_adapter, configure);
  auto instance = BorderInstance::create(&cut, {});
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().code, "hosting.missing_entry");
  auto about = readAbout(&cut);
  ASSERT_FALSE(about.ok());
  EXPECT_EQ(about.error().code, "hosting.bad_about");
}

TEST(Border, NullPointersWithASizeAreABadAnswer) {
  on_deliver = [&](hub_answer_fn done, void* context) {
    hub_answer answer{};
    answer.size = sizeof answer;
    answer.outcome = HUB_DONE;
    answer.text = {nullptr, 5};
    done(context, &answer);
  };
  EXPECT_EQ(deliverOnce().code, "hosting.bad_answer");
  on_deliver = [&](hub_answer_fn done, void* context) { done(context, nullptr); };
  EXPECT_EQ(deliverOnce().code, "hosting.bad_answer");
}

TEST(Border, AFailureWithoutACodeGetsOne) {
  on_deliver = [&](hub_answer_fn done, void* context) {
    hub_answer answer{};
    answer.size = sizeof answer;
    answer.outcome = HUB_REJECTED;
    answer.text = lend("why");
    done(context, &answer);
  };
  const auto answer = deliverOnce();
  EXPECT_EQ(answer.outcome, Outcome::kRejected);
  EXPECT_EQ(answer.code, "hosting.no_code");
  EXPECT_EQ(answer.text, "why");
}

TEST(Border, ImpossibleNumbersAreABadAnswer) {
  Limits limits;
  otinish::Answer answer;
  answer.outcome = Outcome::kDone;
  answer.native_status = 99;
  judgeAnswer(answer, limits);
  EXPECT_EQ(answer.code, "hosting.bad_answer");
  answer = {};
  answer.outcome = static_cast<Outcome>(0);
  judgeAnswer(answer, limits);
  EXPECT_EQ(answer.code, "hosting.unknown_outcome");
  EXPECT_EQ(answer.outcome, Outcome::kFault);
}

TEST(Border, AnAnswerAtItsLimitPassesAndOneByteMoreDoesNot) {
  Limits limits;
  limits.adapter_answer_bytes_max = 100;
  std::string body(100, 'x');
  on_deliver = [&](hub_answer_fn done, void* context) {
    hub_answer answer{};
    answer.size = sizeof answer;
    answer.outcome = HUB_DONE;
    answer.result_json = lend(body);
    done(context, &answer);
  };
  EXPECT_EQ(deliverOnce(limits).outcome, Outcome::kDone);
  body += 'x';
  EXPECT_EQ(deliverOnce(limits).code, "hosting.answer_too_large");
}

}  // namespace
}  // namespace hub::hosting
