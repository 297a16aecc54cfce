// Frames and Thrift: what arrives is what was sent, and foreign bytes do no harm.
#include "hub/hosting/wire.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <thread>

#include "hub/hosting/border.h"
#include "hub/hosting/conversation.h"
#include "hub/hosting/error_tail.h"
#include "hub/hosting/loader.h"
#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using Clock = std::chrono::steady_clock;

struct Sockets {
  Sockets() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    a = Fd(fds[0]);
    b = Fd(fds[1]);
  }
  Fd a, b;
};

Deadline soon() { return Clock::now() + std::chrono::minutes(1); }
Deadline now() { return Clock::now(); }

FrameBytes bytesOf(std::string_view text) {
  FrameBytes bytes;
  bytes.data = std::make_unique<char[]>(text.size());
  bytes.size = text.size();
  std::memcpy(bytes.data.get(), text.data(), text.size());
  return bytes;
}

TEST(Channel, CarriesFramesOfEverySize) {
  Sockets pair;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5'000'000}}) {
    const std::string sent(size, 'x');
    std::thread sender([&] { EXPECT_EQ(sendFrame(pair.a.get(), sent, soon()), Io::kOk); });
    FrameBytes got;
    EXPECT_EQ(receiveFrame(pair.b.get(), got, 5'000'000, soon()), Io::kOk);
    sender.join();
    EXPECT_EQ(got.view(), sent);
  }
}

TEST(Channel, KnowsAFrameIsTooLargeFromItsLength) {
  Sockets pair;
  ASSERT_EQ(::write(pair.a.get(), "\x7f\xff\xff\xff", 4), 4);
  FrameBytes got;
  EXPECT_EQ(receiveFrame(pair.b.get(), got, 1000, soon()), Io::kTooLarge);
}

TEST(Channel, TheDeadlineIsForTheWholeFrame) {
  Sockets pair;
  // Half a frame: something arrived, yet the frame is not there at the deadline.
  ASSERT_EQ(::write(pair.a.get(), "\0\0\0\x08half", 8), 8);
  FrameBytes got;
  EXPECT_EQ(receiveFrame(pair.b.get(), got, 1000, now()), Io::kDeadline);
  // Nobody reads: the socket's buffer fills, then the deadline counts.
  EXPECT_EQ(sendFrame(pair.a.get(), std::string(8'000'000, 'x'), now()), Io::kDeadline);
}

TEST(Channel, SeesThatThePeerIsGone) {
  Sockets pair;
  pair.b.reset();
  FrameBytes got;
  EXPECT_EQ(receiveFrame(pair.a.get(), got, 1000, soon()), Io::kClosed);
  EXPECT_EQ(sendFrame(pair.a.get(), "x", soon()), Io::kClosed);
}

// Gives back what it was asked, as one answer.
class EchoVerbs final : public wire::AdapterVerbs {
 public:
  otinish::About about() override {
    otinish::About about;
    about.name = "echo";
    about.form = "xml";
    about.settings.push_back({"mode", "enum", true, "a", "meaning", {"a", "b"}, true});
    return about;
  }
  otinish::Answer configure(const otinish::Configuration& c, Deadline) override {
    configuration = c;
    return done();
  }
  otinish::Answer probe(Deadline) override { return done(); }
  otinish::Answer deliver(const otinish::Message& m, Deadline) override {
    message = m;
    return full;
  }
  otinish::Answer collect(const otinish::CollectRequest& r, Deadline) override {
    collected = r;
    return done();
  }
  otinish::Answer receive(const otinish::NativeRequest& r, Deadline) override {
    received = r;
    return done();
  }
  otinish::Answer lookUp(const otinish::LookUpQuery& q, Deadline) override {
    query = q;
    return done();
  }
  static otinish::Answer done() {
    otinish::Answer answer;
    answer.outcome = otinish::Outcome::kDone;
    return answer;
  }
  otinish::Configuration configuration;
  otinish::Message message;
  otinish::CollectRequest collected;
  otinish::NativeRequest received;
  otinish::LookUpQuery query;
  otinish::Answer full = done();
};

FrameBytes served(EchoVerbs& verbs, const wire::Frame& request) {
  auto reply = wire::serveAdapter(bytesOf(request.bytes), verbs, {});
  EXPECT_TRUE(reply.ok());
  return bytesOf(reply->bytes);
}

TEST(Wire, EveryFieldOfARequestArrives) {
  EchoVerbs verbs;
  served(verbs, wire::deliverRequest(1000, sampleMessage()));
  const auto sent = sampleMessage();
  EXPECT_EQ(verbs.message.message_id, sent.message_id);
  EXPECT_EQ(verbs.message.correlation_id, sent.correlation_id);
  EXPECT_EQ(verbs.message.type, sent.type);
  EXPECT_EQ(verbs.message.form, sent.form);
  EXPECT_EQ(verbs.message.body, sent.body);
  EXPECT_EQ(verbs.message.external_id, sent.external_id);
  EXPECT_EQ(verbs.message.reg_number, sent.reg_number);
  EXPECT_EQ(verbs.message.attempt, 2);
  EXPECT_EQ(verbs.message.last_code, sent.last_code);

  served(verbs, wire::configureRequest(1000, {"destination", "{}", {{"a.xsl", "<x/>"}}}));
  EXPECT_EQ(verbs.configuration.destination, "destination");
  ASSERT_EQ(verbs.configuration.files.size(), 1u);
  EXPECT_EQ(verbs.configuration.files[0].bytes, "<x/>");

  served(verbs, wire::collectRequest(1000, {"cursor", 7, {{"i", true, "c", "t", "r"}}, true}));
  EXPECT_EQ(verbs.collected.cursor, "cursor");
  EXPECT_EQ(verbs.collected.limit, 7);
  ASSERT_EQ(verbs.collected.settled.size(), 1u);
  EXPECT_TRUE(verbs.collected.settled[0].accepted);
  EXPECT_EQ(verbs.collected.settled[0].reference, "r");
  EXPECT_TRUE(verbs.collected.no_room);

  served(verbs, wire::receiveRequest(1000, {"POST", "/p", {{"H", "v"}}, "body", "CN=x"}));
  EXPECT_EQ(verbs.received.headers.at(0).value, "v");
  EXPECT_EQ(verbs.received.signer, "CN=x");

  served(verbs, wire::lookUpRequest(1000, {"iin", "850101100012", "test"}));
  EXPECT_EQ(verbs.query.purpose, "test");
}

TEST(Wire, EveryFieldOfAnAnswerArrives) {
  EchoVerbs verbs;
  auto& full = verbs.full;
  full = {otinish::Outcome::kPending,
          "code",
          "text",
          5'000'000'000,
          "external",
          {{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}},
          "cursor",
          true,
          202,
          "text/xml",
          "native",
          "{}"};
  auto got =
      wire::readAnswerReply(wire::Verb::kDeliver, served(verbs, wire::deliverRequest(1, {})), {});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->outcome, otinish::Outcome::kPending);
  EXPECT_EQ(got->code + got->text + got->external_id + got->cursor, "codetextexternalcursor");
  EXPECT_EQ(got->retry_after_ms, 5'000'000'000);
  EXPECT_TRUE(got->more);
  EXPECT_EQ(got->native_status, 202);
  EXPECT_EQ(got->native_type + got->native_body + got->result_json, "text/xmlnative{}");
  ASSERT_EQ(got->items.size(), 1u);
  const auto& i = got->items[0];
  EXPECT_EQ(i.item_id + i.type + i.form + i.body + i.correlation_id + i.in_reply_to +
                i.external_id + i.reg_number + i.problem_code + i.problem_text + i.raw,
            "1234567891011");
}

TEST(Wire, AboutArrivesWithItsSettings) {
  EchoVerbs verbs;
  auto about = wire::readAboutReply(served(verbs, wire::aboutRequest(1000)), {});
  ASSERT_TRUE(about.ok());
  EXPECT_EQ(about->name, "echo");
  ASSERT_EQ(about->settings.size(), 1u);
  EXPECT_TRUE(about->settings[0].mandatory && about->settings[0].secret);
  EXPECT_EQ(about->settings[0].choices.size(), 2u);
}

TEST(Wire, AReplyToAnotherVerbIsRefused) {
  EchoVerbs verbs;
  const auto reply = served(verbs, wire::probeRequest(1000));
  EXPECT_TRUE(wire::readAnswerReply(wire::Verb::kProbe, reply, {}).ok());
  auto wrong = wire::readAnswerReply(wire::Verb::kDeliver, reply, {});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, "hosting.bad_answer");
}

TEST(Wire, AListLongerThanItsLimitIsRefused) {
  EchoVerbs verbs;
  verbs.full.items.resize(1001);
  const auto reply = served(verbs, wire::deliverRequest(1, {}));
  EXPECT_FALSE(wire::readAnswerReply(wire::Verb::kDeliver, reply, {}).ok());
}

// Every damaged frame is refused or read as something; none is believed blindly and none crashes.
TEST(Wire, DamagedFramesDoNoHarm) {
  EchoVerbs verbs;
  verbs.full.items.resize(3);
  verbs.full.items[1].body = "body";
  FakeServices services;
  const auto good = served(verbs, wire::deliverRequest(1, {}));
  const auto request = wire::deliverRequest(1, sampleMessage());
  std::mt19937 random(20260317);
  for (int round = 0; round < 4000; ++round) {
    std::string damaged(round % 2 == 0 ? good.view() : request.bytes);
    const int flips = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < flips; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    if (random() % 3 == 0) damaged.resize(random() % damaged.size());
    auto answer = wire::readAnswerReply(wire::Verb::kDeliver, bytesOf(damaged), {});
    if (answer.ok()) judgeAnswer(*answer, {});
    static_cast<void>(wire::readAboutReply(bytesOf(damaged), {}).ok());
    static_cast<void>(wire::serveHost(bytesOf(damaged), services, soon(), {}).ok());
    static_cast<void>(wire::serveAdapter(bytesOf(damaged), verbs, {}).ok());
  }
}

TEST(Conversation, AHostCallOutOfTurnIsABreach) {
  Sockets adapter, host;
  ASSERT_EQ(sendFrame(host.b.get(), "asked while no verb ran", soon()), Io::kOk);
  FakeServices services;
  FrameBytes reply;
  EXPECT_EQ(talk({adapter.a.get(), host.a.get(), -1, {}}, "request", soon(), services, {}, reply),
            Talk::kBreach);
}

TEST(Conversation, ARequestNobodyCanReadIsNotSent) {
  Sockets adapter, host;
  adapter.b.reset();
  FakeServices services;
  FrameBytes reply;
  EXPECT_EQ(talk({adapter.a.get(), host.a.get(), -1, {}}, "request", soon(), services, {}, reply),
            Talk::kNotSent);
}

TEST(ErrorTail, KeepsTheLastLinePrintableAndMasked) {
  ErrorTail tail;
  tail.add("first\nIIN 850101100012 \x1b[31mred\n");
  EXPECT_EQ(tail.lastLine().find("850101100012"), std::string::npos);
  EXPECT_EQ(tail.lastLine().find('\x1b'), std::string::npos);
  EXPECT_NE(tail.lastLine().find("red"), std::string::npos);
  tail.add(std::string(10'000, 'x') + "\n");
  EXPECT_EQ(tail.lastLine().size(), ErrorTail::kLineBytesMax);
  tail.add("\xff\xfe");
  EXPECT_EQ(tail.lastLine(), "??");
}

}  // namespace
}  // namespace hub::hosting
