// The soap adapter with the ministry's mapping folder against a scripted gateway.
#include "adapters/soap/soap_adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/files.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/testing/fake_host.h"
#include "adapters/kit/testing/readme.h"
#include "adapters/kit/text.h"

namespace otinish {
namespace {

using kit::testing::failedCall;
using kit::testing::FakeHost;
using kit::testing::httpAnswer;
using kit::testing::readSource;

constexpr const char* kGolden = "adapters/mappings/minfin/golden/";

std::string golden(const std::string& name) { return readSource(kGolden + name); }

std::string messages(const std::string& inner) {
  return "<soap:Body xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/' "
         "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
         "<t:getMessagesResponse xmlns:t='http://bip.bee.kz/AsyncChannel/v10/Types'><response>" +
         inner + "</response></t:getMessagesResponse></soap:Body>";
}

std::string message(const std::string& id) {
  return "<messages><messageInfo><messageId>" + id +
         "</messageId><correlationId>c</correlationId><messageType>NOTIFICATION</messageType></"
         "messageInfo>"
         "<messageData><data xmlns:n='http://esedo.nitec.kz/service/model/notification' "
         "xsi:type='n:stateDelivered'><date>2026-11-24T10:00:00+05:00</date></data></messageData></"
         "messages>";
}

class Soap : public ::testing::Test {
 protected:
  void SetUp() override {
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
    FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
    const Answer answer = adapter_.configure(host, c);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  }
  Answer deliver(const ExchangeResponse& response, const std::string& type = "appeal/1") {
    FakeHost host([&](const ExchangeRequest& r) {
      sent_ = r;
      return response;
    });
    Message m;
    m.message_id = "m-1";
    m.type = type;
    m.body = golden("request.person_kk.in.xml");
    return adapter_.deliver(host, m);
  }
  SoapAdapter adapter_;
  ExchangeRequest sent_;
};

TEST_F(Soap, DeliversAndTakesTheCorrelationId) {
  const Answer answer = deliver(httpAnswer(200, golden("response.accepted.in.xml")));
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  EXPECT_EQ(answer.external_id, "5b0c7a50-aaaa-4bbb-8ccc-000000000001\nmessage:m-1")
      << "both ids: the messageId is what the gateway tells its fate by";
  EXPECT_EQ(sent_.method, "POST");
  EXPECT_EQ(sent_.endpoint, "gateway");
  EXPECT_EQ(sent_.path, "");
  EXPECT_NE(sent_.body.find("<value>m-1</value>"), std::string::npos);
  EXPECT_NE(sent_.body.find("Әғқңөұүһі"), std::string::npos);
}

// The ministry compares what comes under one number: only dates outside `data` may change.
TEST_F(Soap, TheSameMessageGivesTheSameData) {
  const auto data = [this] { return sent_.body.substr(sent_.body.find("<messageData>")); };
  deliver(httpAnswer(200, golden("response.accepted.in.xml")));
  const std::string first = data();
  deliver(httpAnswer(200, golden("response.accepted.in.xml")));
  EXPECT_EQ(data(), first);
}

TEST_F(Soap, OutcomesFollowTheTables) {
  EXPECT_EQ(deliver(httpAnswer(500, golden("response.fault.in.xml"))).outcome, Outcome::kRetry);
  const Answer plain = deliver(httpAnswer(500, golden("response.plain_fault.in.xml")));
  EXPECT_EQ(plain.outcome, Outcome::kFault);
  EXPECT_EQ(plain.code, "adapter.soap_fault");
  EXPECT_EQ(deliver(httpAnswer(503, "busy", {{"retry-after", "7"}})).retry_after_ms, 7000);
  EXPECT_EQ(deliver(httpAnswer(503, "busy")).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver(httpAnswer(401, "")).outcome, Outcome::kMisconfigured);
  // Garbage after a 200: they may have the message, so it goes again under the same id, which they know.
  EXPECT_EQ(deliver(httpAnswer(200, golden("response.garbage.in.xml"))).outcome, Outcome::kFault);
  EXPECT_EQ(deliver(httpAnswer(200, "<<<")).code, "adapter.bad_answer");
  EXPECT_EQ(deliver(httpAnswer(200, "")).outcome, Outcome::kFault);
  EXPECT_EQ(deliver(failedCall("transport.timeout", true)).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver(failedCall("trust.bad_signature", false)).outcome, Outcome::kMisconfigured);
  EXPECT_EQ(deliver(failedCall("trust.bad_signature", false, true)).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver(httpAnswer(200, ""), "query/1").outcome, Outcome::kUnsupported);
}

// A refusal takes the appeal from the body and gives it to a person, who may direct it to another one: a second
// case, should the first body have it after all.
TEST_F(Soap, OnlyListedCodesAreARefusal) {
  const auto fault = [&](const std::string& from, const std::string& to) {
    std::string body = golden(from);
    const std::string code = from == "response.fault.in.xml" ? "TEMP_UNAVAILABLE" : "soap:Client";
    body.replace(body.find(code), code.size(), to);
    return deliver(httpAnswer(500, body)).outcome;
  };
  const auto coded = [&](const std::string& code) { return fault("response.fault.in.xml", code); };
  const auto plain = [&](const std::string& code) {
    return fault("response.plain_fault.in.xml", code);
  };
  EXPECT_EQ(coded("DATA_INVALID"), Outcome::kRejected);
  EXPECT_EQ(coded("SOMETHING_NEW"), Outcome::kFault);
  EXPECT_EQ(coded("FILE_MISSING"), Outcome::kFault) << "another attempt brings the files again";
  EXPECT_EQ(coded(""), Outcome::kFault);
  EXPECT_EQ(coded("AUTH_PASSWORD"), Outcome::kMisconfigured);
  EXPECT_EQ(coded("SERVICE_UNKNOWN"), Outcome::kMisconfigured);
  EXPECT_EQ(coded("XSD_INVALID"), Outcome::kUnsupported);
  for (const char* code : {"soap:Server", "Server", "s:Server.Timeout"}) {
    EXPECT_EQ(plain(code), Outcome::kRetry) << code;
  }
  for (const char* code : {"soap:Client", "soap:MustUnderstand", "", "soap:ServerX"}) {
    EXPECT_EQ(plain(code), Outcome::kFault) << code;
  }
  EXPECT_EQ(deliver(httpAnswer(400, "")).outcome, Outcome::kFault) << "of whatever stands before";

  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  auto settings = nlohmann::json::parse(c.settings_json);
  settings["faults"] = {{"*", "REJECTED"}, {"soap:Server.Full", "MISCONFIGURED"}};
  c.settings_json = settings.dump();
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  ASSERT_EQ(adapter_.configure(host, c).outcome, Outcome::kDone);
  EXPECT_EQ(coded("SOMETHING_NEW"), Outcome::kRejected) << "who lists all means all";
  EXPECT_EQ(plain("soap:Server"), Outcome::kRetry);
  EXPECT_EQ(plain("soap:Server.Full"), Outcome::kMisconfigured);
}

TEST_F(Soap, TellsAChangedTermAndNoOtherStatus) {
  FakeHost host(
      [](const ExchangeRequest&) { return httpAnswer(200, golden("response.accepted.in.xml")); });
  Message m;
  m.message_id = "m-1";
  m.type = "status/1";
  m.external_id = "c-1";
  m.reg_number = "ЖТ-2026-00000001";
  m.body = golden("request.term_changed.in.xml");
  EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kPending);
  ASSERT_EQ(host.requests.size(), 1U);
  for (const char* part : {"n:stateNewExDate", "<execDate>2026-12-14</execDate>",
                           "<correlationId>c-1</correlationId>"}) {
    EXPECT_NE(host.requests[0].body.find(part), std::string::npos) << part;
  }

  m.body = golden("request.other_status.in.xml");
  const Answer refused = adapter_.deliver(host, m);
  EXPECT_EQ(refused.outcome, Outcome::kUnsupported);
  EXPECT_EQ(refused.code, "adapter.unknown_code");
  EXPECT_NE(refused.text.find("control_set"), std::string::npos) << refused.text;

  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  auto settings = nlohmann::json::parse(c.settings_json);
  settings.erase("request_status");
  c.settings_json = settings.dump();
  SoapAdapter without;
  ASSERT_EQ(without.configure(host, c).outcome, Outcome::kDone);
  const Answer unsupported = without.deliver(host, m);
  EXPECT_EQ(unsupported.outcome, Outcome::kUnsupported);
  EXPECT_EQ(unsupported.code, "adapter.unsupported_type");
  EXPECT_EQ(host.requests.size(), 1U);
}

// Only an envelope says that the message was taken, and only one says that nothing waits.
TEST_F(Soap, AnAnswerWithoutABodyIsNoYes) {
  for (const int status : {200, 202, 204}) {
    FakeHost host([&](const ExchangeRequest&) { return httpAnswer(status, ""); });
    EXPECT_EQ(deliver(httpAnswer(status, "")).outcome, Outcome::kFault) << status;
    EXPECT_EQ(adapter_.collect(host, {}).outcome, Outcome::kRetry) << status;
    for (const Answer& answer : {deliver(httpAnswer(status, "")), adapter_.collect(host, {})}) {
      EXPECT_EQ(answer.code, "adapter.bad_answer");
      EXPECT_TRUE(answer.text.starts_with("HTTP status " + std::to_string(status) + " without"))
          << answer.text;
    }
  }
}

TEST_F(Soap, WhatMayHaveBeenTakenIsHeldWhereRepetitionsAreNotKnown) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  auto settings = nlohmann::json::parse(configuration.settings_json);
  settings["knows_repeats"] = false;
  configuration.settings_json = settings.dump();
  FakeHost none([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  ASSERT_EQ(adapter_.configure(none, configuration).outcome, Outcome::kDone);
  for (const std::string& body :
       {std::string(), std::string("<<<"), golden("response.garbage.in.xml")}) {
    const Answer answer = deliver(httpAnswer(200, body));
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << body;
    EXPECT_EQ(answer.code, "adapter.may_be_taken");
  }
  EXPECT_EQ(deliver(httpAnswer(500, "<html>")).outcome, Outcome::kRetry);
}

TEST_F(Soap, APageOfAProxyIsToldByItsStatus) {
  for (const int status : {500, 502, 503}) {
    ExchangeResponse page = httpAnswer(status, "<html><body>Bad Gateway<br></body></html>");
    page.headers.push_back({"Retry-After", "40"});
    FakeHost host([&](const ExchangeRequest&) { return page; });
    for (const Answer& answer : {deliver(page), adapter_.collect(host, {})}) {
      EXPECT_EQ(answer.outcome, Outcome::kRetry) << status;
      EXPECT_EQ(answer.code, "adapter.http_status");
      EXPECT_TRUE(answer.text.starts_with("HTTP status " + std::to_string(status))) << answer.text;
      EXPECT_EQ(answer.retry_after_ms, 40'000);
    }
  }
}

TEST_F(Soap, ACursorOfAnotherAdapterIsAWrongSetting) {
  for (const char* cursor : {"page-9", "[]", R"({"open":7})", R"({"failures":{"a":"b"}})"}) {
    FakeHost host([](const ExchangeRequest&) {
      ADD_FAILURE() << "nobody is asked";
      return httpAnswer(200, "<x/>");
    });
    CollectRequest request;
    request.cursor = cursor;
    const Answer answer = adapter_.collect(host, request);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << cursor;
    EXPECT_EQ(answer.code, "adapter.bad_cursor") << cursor;
  }
}

TEST_F(Soap, CollectsAndAcknowledgesWhatWasSettled) {
  std::vector<std::string> asked;
  FakeHost host([&](const ExchangeRequest& r) {
    asked.push_back(r.body);
    if (r.body.find("sendDeliveryNotification") != std::string::npos)
      return httpAnswer(200, "<x/>");
    return httpAnswer(200, messages(message("id-1") + message("id-2")));
  });
  CollectRequest request;
  request.limit = 2;
  const Answer first = adapter_.collect(host, request);
  ASSERT_EQ(first.outcome, Outcome::kDone) << first.text;
  ASSERT_EQ(first.items.size(), 2U);
  EXPECT_EQ(first.items[0].item_id, "id-1");
  EXPECT_EQ(first.items[0].type, "status/1");
  EXPECT_TRUE(first.more);

  asked.clear();
  request.cursor = first.cursor;
  request.settled = {{"id-1", true, "", "", "r"},
                     {"id-2", false, "exchange.unknown_appeal", "no", ""},
                     {"pushed", true, "", "", ""}};
  const Answer second = adapter_.collect(host, request);
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_NE(asked[0].find("MESSAGE_ACCEPTED"), std::string::npos);
  EXPECT_NE(asked[1].find("MESSAGE_NOT_ACCTEPTED"), std::string::npos);
  EXPECT_NE(asked[1].find("exchange.unknown_appeal"), std::string::npos);
  EXPECT_NE(asked[2].find("getMessages"), std::string::npos);
  EXPECT_EQ(second.items.size(), 2U);
}

TEST_F(Soap, AnUntoldAcknowledgementIsRememberedAndDoesNotSpin) {
  FakeHost host([&](const ExchangeRequest& r) {
    if (r.body.find("sendDeliveryNotification") != std::string::npos)
      return failedCall("transport.reset", true);
    return httpAnswer(200, messages(message("id-1")));
  });
  CollectRequest request;
  request.limit = 1;
  const Answer first = adapter_.collect(host, request);
  request.cursor = first.cursor;
  request.settled = {{"id-1", true, "", "", ""}};
  const Answer second = adapter_.collect(host, request);
  EXPECT_NE(second.cursor.find("id-1"), std::string::npos);
  EXPECT_FALSE(second.more);
}

// A gateway with its own memory: it gives what was not acknowledged, oldest first.
struct Gateway {
  std::vector<std::string> waiting;
  std::function<ExchangeResponse(const std::string& id)> answer;  // to an acknowledgement
  std::size_t limit = 100;

  ExchangeResponse operator()(const ExchangeRequest& r) {
    if (r.body.find("sendDeliveryNotification") != std::string::npos) {
      for (const std::string& id : waiting) {
        if (r.body.find(">" + id + "<") != std::string::npos) return answer(std::string(id));
      }
      ADD_FAILURE() << "acknowledged what is not there";
      return httpAnswer(200, "<x/>");
    }
    std::string page;
    for (std::size_t i = 0; i < std::min(limit, waiting.size()); ++i) page += message(waiting[i]);
    return httpAnswer(200, messages(page));
  }
  void forget(const std::string& id) { std::erase(waiting, id); }
};

// As the hub does: everything that came is settled by the next call.
Answer collectNext(SoapAdapter& adapter, Gateway& gateway, CollectRequest& request) {
  FakeHost host(std::ref(gateway));
  Answer answer = adapter.collect(host, request);
  EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  request.cursor = answer.cursor;
  request.settled.clear();
  for (const Inbound& item : answer.items)
    request.settled.push_back({item.item_id, true, "", "", ""});
  return answer;
}

// The gateway drops the connection after it noted each acknowledgement.
TEST_F(Soap, LostAnswersToAcknowledgementsLeaveNothingBehind) {
  Gateway gateway;
  gateway.answer = [&](const std::string& id) {
    gateway.forget(id);
    return failedCall("transport.reset", true, true);
  };
  CollectRequest request;
  for (int i = 0; i < 10'200; ++i) gateway.waiting.push_back("id-" + std::to_string(i) + "-");
  int calls = 0;
  while (!gateway.waiting.empty()) {
    ASSERT_LT(++calls, 200) << gateway.waiting.size() << " are never acknowledged";
    collectNext(adapter_, gateway, request);
  }
  gateway.waiting = {"last"};
  EXPECT_EQ(collectNext(adapter_, gateway, request).items.size(), 1U);
  const Answer over = collectNext(adapter_, gateway, request);
  EXPECT_TRUE(gateway.waiting.empty());
  EXPECT_EQ(over.code, "");
  EXPECT_EQ(over.cursor, R"({"open":[]})");
}

// It gives the same page for ever: somebody must hear of it, and of nothing once it works.
TEST_F(Soap, AcknowledgementsThatAreRefusedAreAProblem) {
  Gateway gateway;
  bool refuses = true;
  gateway.answer = [&](const std::string& id) {
    if (refuses) return httpAnswer(500, "<fault/>");
    gateway.forget(id);
    return httpAnswer(200, "<x/>");
  };
  CollectRequest request;
  request.limit = 100;
  for (int i = 0; i < 150; ++i) gateway.waiting.push_back("id-" + std::to_string(i) + "-");
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "");
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "") << "an answer may be lost once";
  const Answer stuck = collectNext(adapter_, gateway, request);
  EXPECT_EQ(stuck.code, "adapter.acknowledge_failed");
  EXPECT_EQ(stuck.text, "100 items given again could not be acknowledged again");
  EXPECT_FALSE(stuck.more) << "it would be asked without end";
  refuses = false;
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "");
  collectNext(adapter_, gateway, request);
  EXPECT_TRUE(gateway.waiting.empty());
}

// Items that come and never have an end: the oldest are forgotten aloud, and new ones go on.
TEST_F(Soap, ItemsWithoutAnEndAreForgottenAloud) {
  Gateway gateway;
  gateway.answer = [&](const std::string& id) {
    gateway.forget(id);
    return httpAnswer(200, "<x/>");
  };
  gateway.waiting = {"new"};
  nlohmann::json cursor;
  for (int i = 0; i < 10'000; ++i) cursor["open"].push_back("old-" + std::to_string(i));
  CollectRequest request;
  // Their number, and the length of their ids.
  nlohmann::json long_ids;
  for (int i = 0; i < 2'200; ++i) {
    long_ids["open"].push_back("old-" + std::to_string(i) + std::string(1'000, 'x'));
  }
  request.cursor = long_ids.dump();
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "adapter.acknowledge_failed");
  EXPECT_LT(request.cursor.size(), 100U);
  request.settled.clear();
  request.cursor = cursor.dump();
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "adapter.acknowledge_failed");
  EXPECT_EQ(collectNext(adapter_, gateway, request).code, "");
  EXPECT_TRUE(gateway.waiting.empty()) << "it is acknowledged all the same";
}

// A page of a hundred and a slow gateway: a call that only acknowledges would be ended by the hub, and the
// next one would begin with the same hundred.
TEST_F(Soap, AcknowledgesAsMuchAsItHasTimeFor) {
  std::string page;
  std::vector<Settled> settled;
  for (int i = 0; i < 100; ++i) {
    page += message("id-" + std::to_string(i));
    settled.push_back({"id-" + std::to_string(i), true, "", "", ""});
  }
  std::set<std::string> told;
  int pages = 0;
  const auto script = [&](const ExchangeRequest& r) {
    if (r.body.find("sendDeliveryNotification") == std::string::npos) {
      ++pages;
      return httpAnswer(200, messages(pages == 1 ? page : ""));
    }
    for (const Settled& s : settled) {
      if (r.body.find(s.item_id + "<") != std::string::npos) told.insert(s.item_id);
    }
    return httpAnswer(200, "<x/>");
  };
  CollectRequest request;
  FakeHost before(script);
  request.cursor = adapter_.collect(before, request).cursor;
  request.settled = settled;
  std::size_t calls = 0;
  while (told.size() < settled.size()) {
    const std::size_t told_before = told.size();
    FakeHost host(script);
    host.exchange_ms = 400;
    const Answer answer = adapter_.collect(host, request);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    ASSERT_EQ(pages, static_cast<int>(++calls) + 1) << "the page was not asked for";
    EXPECT_GT(host.time_left_ms, 10'000);
    ASSERT_GT(told.size(), told_before);
    request.cursor = answer.cursor;
  }
  EXPECT_LE(calls, 4U);
  EXPECT_EQ(request.cursor.find("id-"), std::string::npos) << request.cursor;

  request.cursor = R"({"open":["id-0","id-1"]})";
  told.clear();
  FakeHost late(script);
  late.time_left_ms = 1;
  late.exchange_ms = 400;
  adapter_.collect(late, request);
  EXPECT_EQ(told, std::set<std::string>{"id-0"}) << "one a call, however little time there is";
}

// A gateway that does not look at the limit, and messages that together are more than an answer may hold.
TEST_F(Soap, APageThatIsTooMuchIsGivenInParts) {
  std::string page;
  for (int i = 0; i < 9; ++i) {
    std::string one = message("id-" + std::to_string(i));
    // What the stylesheet cannot read is kept whole, so that it is as large as it came.
    const std::string type = "stateDelivered";
    one.replace(one.find(type), type.size(), "unknown" + std::string(900'000, 'x'));
    page += one;
  }
  FakeHost host([&](const ExchangeRequest&) { return httpAnswer(200, messages(page)); });
  CollectRequest request;
  const Answer large = adapter_.collect(host, request);
  ASSERT_EQ(large.outcome, Outcome::kDone) << large.text;
  std::size_t bytes = 0;
  for (const Inbound& item : large.items) bytes += kit::bytesOf(item);
  EXPECT_LT(large.items.size(), 9U);
  EXPECT_LE(bytes, kit::kAnswerBytesMax);
  EXPECT_TRUE(large.more);
  page.clear();
  for (int i = 0; i < 600; ++i) page += message("id-" + std::to_string(i));
  const Answer many = adapter_.collect(host, request);
  EXPECT_EQ(many.items.size(), kit::kAnswerItemsMax) << many.text;
  EXPECT_TRUE(many.more);
}

TEST_F(Soap, CollectFailuresHaveOutcomes) {
  const auto collect = [&](const ExchangeResponse& r) {
    FakeHost host([&](const ExchangeRequest&) { return r; });
    return adapter_.collect(host, {});
  };
  EXPECT_EQ(collect(httpAnswer(200, "garbage")).outcome, Outcome::kFault);
  EXPECT_EQ(collect(httpAnswer(500, golden("inbound.fault.in.xml"))).outcome,
            Outcome::kMisconfigured);
  EXPECT_EQ(collect(httpAnswer(503, "")).outcome, Outcome::kRetry);
  EXPECT_EQ(collect(failedCall("transport.refused", true)).outcome, Outcome::kRetry);
  const Answer mixed = collect(httpAnswer(200, golden("inbound.messages.in.xml")));
  EXPECT_EQ(mixed.items.size(), 8U);
  int problems = 0;
  for (const Inbound& i : mixed.items) problems += i.problem_code.empty() ? 0 : 1;
  EXPECT_EQ(problems, 3);
}

TEST_F(Soap, AKeptMessageIsTranslatedAgain) {
  FakeHost host(
      [](const ExchangeRequest&) { return httpAnswer(200, golden("inbound.messages.in.xml")); });
  std::vector<Inbound> kept;
  for (Inbound& item : adapter_.collect(host, {}).items) {
    if (item.problem_code == "adapter.unknown_code") kept.push_back(std::move(item));
  }
  ASSERT_EQ(kept.size(), 1U);
  NativeRequest request;
  request.method = kTranslate;
  request.path = kept[0].item_id;
  request.body = kept[0].raw;
  const Answer still = adapter_.receive(host, request);
  EXPECT_EQ(still.items.at(0).problem_code, "adapter.unknown_code");
  EXPECT_TRUE(still.native_body.empty()) << "nobody waits for an answer";

  auto configuration =
      kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  auto settings = nlohmann::json::parse(configuration.settings_json);
  settings["tables"]["resolution"]["*"] = {{"outcome", "answered"}};
  configuration.settings_json = settings.dump();
  SoapAdapter mended;
  ASSERT_EQ(mended.configure(host, configuration).outcome, Outcome::kDone);
  const Answer answer = mended.receive(host, request);
  ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_EQ(answer.items[0].item_id, kept[0].item_id);
  EXPECT_EQ(answer.items[0].external_id, kept[0].external_id);
  EXPECT_EQ(answer.items[0].type, "decision/1");
  request.body = "<other/>";
  EXPECT_EQ(mended.receive(host, request).outcome, Outcome::kRejected);
  request.body.assign(1024 * 1024, ' ');
  EXPECT_EQ(mended.receive(host, request).code, "adapter.too_large") << "it may have been cut";
}

TEST_F(Soap, AMessageWithoutAnIdCostsItselfOnly) {
  FakeHost host([&](const ExchangeRequest&) {
    return httpAnswer(200, messages(message("id-1") + message("") + message("id-2")));
  });
  CollectRequest request;
  request.limit = 3;
  const Answer first = adapter_.collect(host, request);
  ASSERT_EQ(first.items.size(), 3U) << first.code << first.text;
  EXPECT_EQ(first.items[0].item_id, "id-1");
  EXPECT_EQ(first.items[1].item_id, "") << "the hub gives it its digest";
  EXPECT_EQ(first.items[1].problem_code, "adapter.bad_answer");
  EXPECT_NE(first.items[1].raw.find("stateDelivered"), std::string::npos);
  EXPECT_EQ(first.items[2].item_id, "id-2");
  EXPECT_EQ(first.items[2].problem_code, "");
  request.cursor = first.cursor;
  EXPECT_FALSE(adapter_.collect(host, request).more) << "what comes again is nothing new";

  FakeHost quiet([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  NativeRequest push;
  push.body = golden("inbound.push_registered.in.xml");
  const std::string id = "id-1";
  push.body.replace(push.body.find(id), id.size(), "");
  EXPECT_EQ(adapter_.receive(quiet, push).outcome, Outcome::kRejected);
}

TEST_F(Soap, PushesAreAnsweredInTheDialect) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  NativeRequest push;
  push.body = golden("inbound.push_registered.in.xml");
  const Answer answer = adapter_.receive(host, push);
  ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_NE(answer.items[0].body.find("МФ-2026-000001"), std::string::npos);
  EXPECT_EQ(answer.native_status, 200);
  EXPECT_NE(answer.native_body.find("<messageId>id-1</messageId>"), std::string::npos);
  push.body = golden("inbound.push_state_change.in.xml");
  EXPECT_TRUE(adapter_.receive(host, push).items.empty());

  push.body = "not xml at all";
  const Answer refused = adapter_.receive(host, push);
  EXPECT_EQ(refused.outcome, Outcome::kRejected);
  EXPECT_EQ(refused.native_status, 500);
  EXPECT_NE(refused.native_body.find("Fault"), std::string::npos);
  ASSERT_EQ(refused.items.size(), 1U);
  EXPECT_EQ(refused.items[0].raw, "not xml at all");
}

// ---- files --------------------------------------------------------------------------------------

const std::string kFile = "бір файл";

std::string appealWithFile(std::size_t size = kFile.size()) {
  std::string body = golden("request.person_kk.in.xml");
  body.insert(body.find("<state>"),
              "<attachments><id>a1</id><name>акт.pdf</name><mime>"
              "application/pdf</mime><size>" +
                  std::to_string(size) + "</size><sha256>" + kit::sha256Hex(kFile) +
                  "</sha256></attachments>");
  return body;
}

// A gateway, its temporary store and the hub's attachments.
struct Files {
  std::vector<std::string> seen;  // "READ", "up", "message", "down", "KEEP", "collect"
  std::string message, uploaded, kept, collected;
  std::map<std::string, ExchangeResponse> answers;  // replaces the usual one

  ExchangeResponse operator()(const ExchangeRequest& r) {
    std::string name = r.method;
    if (r.method == "POST") {
      const auto has = [&](const char* what) { return r.body.find(what) != std::string::npos; };
      name = has("UPLOAD")        ? "up"
             : has("DOWNLOAD")    ? "down"
             : has("getMessages") ? "collect"
                                  : "message";
      EXPECT_EQ(r.endpoint, name == "up" || name == "down" ? "files" : "gateway");
    }
    seen.push_back(name);
    if (name == "collect") collected = r.body;
    if (answers.contains(name)) return answers[name];
    ExchangeResponse response = httpAnswer(200, "");
    if (name == "READ") response.body = kFile;
    if (name == "up") {
      uploaded = r.body;
      response.body = golden("files.uploaded.in.xml");
    }
    if (name == "message") {
      message = r.body;
      response.body = golden("response.accepted.in.xml");
    }
    if (name == "down") response.body = download(kFile);
    if (name == "KEEP") {
      kept = r.body;
      response.attachment_sha256 = kit::sha256Hex(r.body);
    }
    return response;
  }
  static std::string download(const std::string& bytes) {
    std::string body = golden("files.downloaded.in.xml");
    const auto at = body.find("JVBERi0=");
    return body.replace(at, 8, kit::toBase64(bytes));
  }
  static std::string decision(const std::string& sha256) {
    std::string body = golden("inbound.decision_files.in.xml");
    const auto first = body.find("<messages>"), end = body.find("</messages>") + 11;
    body = body.substr(first, end - first);
    const std::string second = "<attachments><fileIdentifier>f-2</fileIdentifier></attachments>";
    body.erase(body.find(second), second.size());
    const auto at = body.find("sha256=") + 7;
    return messages(body.replace(at, 64, sha256));
  }
};

class SoapFiles : public Soap {
 protected:
  Answer send(const std::string& body) {
    FakeHost host(std::ref(files_));
    Message m;
    m.message_id = "m-1";
    m.type = "appeal/1";
    m.body = body;
    return adapter_.deliver(host, m);
  }
  Answer take(const std::string& cursor = {}) {
    FakeHost host(std::ref(files_));
    CollectRequest request;
    request.cursor = cursor;
    return adapter_.collect(host, request);
  }
  Files files_;
};

TEST_F(SoapFiles, GoUpBeforeTheMessageThatNamesThem) {
  const Answer answer = send(appealWithFile());
  ASSERT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  EXPECT_EQ(files_.seen, (std::vector<std::string>{"READ", "up", "message"}));
  EXPECT_NE(files_.uploaded.find(kit::toBase64(kFile)), std::string::npos);
  EXPECT_NE(files_.uploaded.find("fileProcessIdentifier>m-1-1<"), std::string::npos);
  EXPECT_NE(files_.message.find("<attachments><fileIdentifier>f-1</fileIdentifier>"),
            std::string::npos);
}

TEST_F(SoapFiles, AreNeverLeftOutSilently) {
  const Answer large = send(appealWithFile(4'194'305));
  EXPECT_EQ(large.code, "adapter.attachments_too_large");
  EXPECT_EQ(large.outcome, Outcome::kUnsupported) << "a dead letter: the agency refused nothing";
  EXPECT_TRUE(files_.seen.empty()) << "nothing is sent of a message that cannot go whole";
  EXPECT_EQ(send(appealWithFile(1)).code, "adapter.attachment_mismatch");
  files_.answers["up"] = httpAnswer(500, golden("files.fault.in.xml"));
  EXPECT_EQ(send(appealWithFile()).outcome, Outcome::kRetry);
  files_.answers["up"] = httpAnswer(200, golden("files.garbage.in.xml"));
  EXPECT_EQ(send(appealWithFile()).outcome, Outcome::kRetry);
  files_.answers["READ"] = failedCall("store.not_found", false);
  EXPECT_EQ(send(appealWithFile()).outcome, Outcome::kFault);
  EXPECT_TRUE(files_.message.empty()) << "the message went without its file";
}

TEST_F(SoapFiles, TheSettingDecides) {
  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  const auto with = [&](const std::string& from, const std::string& to) {
    Configuration changed = c;
    const auto at = changed.settings_json.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.settings_json.replace(at, from.size(), to);
    FakeHost host(std::ref(files_));
    return adapter_.configure(host, changed);
  };
  EXPECT_EQ(with("\"attachments\":\"upload\"", "\"attachments\":\"describe\"").code,
            "adapter.bad_setting");
  EXPECT_EQ(with("4194304", "0").code, "adapter.bad_setting");
  EXPECT_EQ(with("\"upload_response\":\"files.xslt\"", "\"upload_response\":\"\"").code,
            "adapter.bad_setting");
  c.settings_json.replace(c.settings_json.find("\"upload_request\":\"upload.xslt\""), 30,
                          "\"upload_request\":\"\"");
  c.settings_json.replace(c.settings_json.find("\"upload_response\":\"files.xslt\""), 30,
                          "\"upload_response\":\"\"");
  ASSERT_EQ(with("\"attachments\":\"upload\"", "\"attachments\":\"refuse\"").outcome,
            Outcome::kDone);
  EXPECT_EQ(send(appealWithFile()).code, "adapter.attachments_refused");
  EXPECT_EQ(send(appealWithFile()).outcome, Outcome::kUnsupported);
  ASSERT_EQ(with("\"attachments\":\"upload\"", "\"attachments\":\"describe\"").outcome,
            Outcome::kDone);
  EXPECT_EQ(send(appealWithFile()).outcome, Outcome::kPending);
  EXPECT_NE(files_.message.find("file=акт.pdf sha256="), std::string::npos);
}

// More files than a call has time for: each call answers in time, and none travels twice.
TEST_F(SoapFiles, TakeAsManyCallsAsTheyNeed) {
  std::string body = appealWithFile();
  const auto at = body.find("<attachments>");
  const std::string one = body.substr(at, body.find("</attachments>") + 14 - at);
  for (int i = 0; i < 2; ++i) body.insert(at, one);
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.body = body;
  const auto count = [&](const std::string& what) {
    return std::count(files_.seen.begin(), files_.seen.end(), what);
  };
  const auto deliver = [&] {
    FakeHost host(std::ref(files_));
    host.exchange_ms = 5'000;
    Answer answer = adapter_.deliver(host, m);
    EXPECT_GE(host.time_left_ms, 5'000);
    return answer;
  };
  const Answer first = deliver();
  EXPECT_EQ(first.outcome, Outcome::kRetry);
  EXPECT_EQ(first.code, "adapter.files_go_on");
  EXPECT_TRUE(files_.message.empty());
  EXPECT_EQ(deliver().outcome, Outcome::kPending);
  EXPECT_EQ(count("up"), 3);
  EXPECT_NE(files_.message.find("<fileIdentifier>f-1</fileIdentifier>"), std::string::npos);

  std::string page = messages("");
  for (int i = 0; i < 2; ++i) {
    std::string decision = Files::decision(kit::sha256Hex(kFile));
    const auto from = decision.find("<messages>");
    decision = decision.substr(from, decision.find("</messages>") + 11 - from);
    decision.replace(decision.find("id-100"), 6, "id-10" + std::to_string(i));
    const std::string file = "<attachments><fileIdentifier>f-1</fileIdentifier></attachments>";
    // The second with one file more, which its note does not announce.
    if (i > 0) {
      decision.insert(decision.find(file),
                      "<attachments><fileIdentifier>f-0</fileIdentifier></attachments>");
    }
    page.insert(page.find("</response>"), decision);
  }
  files_.answers["collect"] = httpAnswer(200, page);
  std::vector<std::string> given;
  CollectRequest request;
  int calls = 0;
  while (given.size() < 2U && ++calls < 5) {
    FakeHost host(std::ref(files_));
    host.exchange_ms = 5'000;
    const Answer answer = adapter_.collect(host, request);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    EXPECT_GE(host.time_left_ms, 5'000);
    for (const Inbound& item : answer.items) {
      if (std::find(given.begin(), given.end(), item.item_id) == given.end()) {
        given.push_back(item.item_id);
      }
    }
    request.cursor = answer.cursor;
  }
  EXPECT_EQ(given, (std::vector<std::string>{"id-100", "id-101"}));
  EXPECT_LE(count("down"), 4) << "the first is fetched again with its page, the second's are not";
}

TEST_F(SoapFiles, OfADecisionAreFetchedAndChecked) {
  files_.answers["collect"] = httpAnswer(200, Files::decision(kit::sha256Hex(kFile)));
  const Answer answer = take();
  ASSERT_EQ(answer.items.size(), 1U) << answer.text;
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_NE(answer.items[0].body.find("<attachments><id>f-1</id><name>шешім.pdf</name><mime>"
                                      "application/pdf</mime><size>15</size><sha256>" +
                                      kit::sha256Hex(kFile)),
            std::string::npos)
      << answer.items[0].body;
  EXPECT_EQ(files_.kept, kFile);

  files_.answers["down"] = httpAnswer(200, Files::download("another file"));
  const Answer wrong = take();
  ASSERT_EQ(wrong.items.size(), 1U);
  EXPECT_EQ(wrong.items[0].problem_code, "adapter.attachment_mismatch");
  EXPECT_FALSE(wrong.items[0].raw.empty());
  files_.answers["down"] = httpAnswer(200, golden("files.expired.in.xml"));
  EXPECT_EQ(take().items.at(0).problem_code, "adapter.attachment_missing");
  files_.answers["down"] = failedCall("trust.signature_wrong", false);
  EXPECT_EQ(take().items.at(0).problem_code, "trust.signature_wrong");
}

TEST_F(SoapFiles, AnItemWaitsForItsFilesButNotForEver) {
  files_.answers["collect"] = httpAnswer(200, Files::decision(kit::sha256Hex(kFile)));
  files_.answers["down"] = failedCall("transport.timeout", true);
  Answer answer = take();
  for (int round = 1; round < 60; ++round) {
    EXPECT_EQ(answer.outcome, Outcome::kDone);
    EXPECT_TRUE(answer.items.empty()) << round;
    EXPECT_FALSE(answer.more);
    answer = take(answer.cursor);
  }
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.attachment_missing");

  FakeHost host(std::ref(files_));
  NativeRequest push;
  push.body = Files::decision(kit::sha256Hex(kFile));
  const auto swap = [&](const std::string& from, const std::string& to) {
    for (auto at = push.body.find(from); at != std::string::npos; at = push.body.find(from))
      push.body.replace(at, from.size(), to);
  };
  swap("getMessagesResponse", "sendMessage");
  swap("<response><messages>", "<request>");
  swap("</messages></response>", "</request>");
  const Answer later = adapter_.receive(host, push);
  EXPECT_EQ(later.outcome, Outcome::kRetry);
  EXPECT_EQ(later.native_status, 503);
  EXPECT_TRUE(later.items.empty());
  files_.answers.erase("down");
  const Answer now = adapter_.receive(host, push);
  ASSERT_EQ(now.outcome, Outcome::kDone) << now.text;
  EXPECT_EQ(now.items.at(0).problem_code, "");
}

// Of an agency that gives by a cursor: what is behind it never comes again.
TEST_F(SoapFiles, TheCursorStaysWhileAnItemWaits) {
  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  for (auto& file : c.files) {
    if (file.name != "get_messages.xslt") continue;
    file.bytes.insert(file.bytes.find("<xsl:template"), "<xsl:param name='cursor'/>");
    file.bytes.insert(file.bytes.find("<requestDate>"),
                      "<cursor><xsl:value-of select='$cursor'/></cursor>");
  }
  c.files.push_back({"paged.xslt", R"(<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:a="urn:otinish:adapter:1"
    exclude-result-prefixes="a"><xsl:template match="/"><a:answer cursor="{//cursor}">
    <xsl:for-each select="//message"><a:item item_id="{@id}" type="supplement/1" external_id="c-1">
    <xsl:if test="@about"><xsl:attribute name="external_id"><xsl:value-of select="@about"/></xsl:attribute></xsl:if>
    <a:payload><supplement xmlns="urn:otinish:appeal:1"><text>x</text><xsl:for-each select="file">
    <a:file reference="{.}"/></xsl:for-each></supplement></a:payload></a:item></xsl:for-each></a:answer>
    </xsl:template></xsl:stylesheet>)"});
  auto settings = nlohmann::json::parse(c.settings_json);
  settings["collect_response"] = "paged.xslt";
  c.settings_json = settings.dump();
  FakeHost host(std::ref(files_));
  const Answer configured = adapter_.configure(host, c);
  ASSERT_EQ(configured.outcome, Outcome::kDone) << configured.text;

  files_.answers["collect"] = httpAnswer(
      200,
      "<page><cursor>2</cursor><message id='1'/><message id='2'><file>f-1</file></message></page>");
  files_.answers["down"] = httpAnswer(503, "");
  const Answer first = take(R"({"open":[],"cursor":"1"})");
  ASSERT_EQ(first.items.size(), 1U) << first.text;
  EXPECT_EQ(first.items[0].item_id, "1");
  const Answer second = take(first.cursor);
  EXPECT_NE(files_.collected.find("<cursor>1</cursor>"), std::string::npos) << files_.collected;
  EXPECT_TRUE(second.items.empty()) << "it was given once";
  // Mended by the agency under its id meanwhile, since the hub refused it.
  files_.answers["collect"] =
      httpAnswer(200,
                 "<page><cursor>2</cursor><message id='1' about='c-9'/><message "
                 "id='2'><file>f-1</file></message></page>");
  const Answer mended = take(second.cursor);
  ASSERT_EQ(mended.items.size(), 1U);
  EXPECT_EQ(mended.items[0].external_id, "c-9");
  EXPECT_TRUE(take(mended.cursor).items.empty());
  EXPECT_TRUE(take(R"({"open":[],"given":["1"],"failures":{"2":1},"cursor":"1"})").items.empty())
      << "a cursor of an earlier release";
  files_.answers.erase("down");
  const Answer third = take(mended.cursor);
  ASSERT_EQ(third.items.size(), 1U);
  EXPECT_EQ(third.items[0].item_id, "2");
  EXPECT_EQ(third.items[0].problem_code, "");
  take(third.cursor);
  EXPECT_NE(files_.collected.find("<cursor>2</cursor>"), std::string::npos) << files_.collected;

  // An acknowledgement that got no answer: of an item that is never given again nothing is kept.
  const Answer next = take(R"({"open":[],"untold":["0"],"cursor":""})");
  EXPECT_EQ(next.cursor.find("untold"), std::string::npos) << next.cursor;
}

class SoapManyFiles : public SoapFiles {
 protected:
  // Items 1 to 20 name a file each.
  void SetUp() override {
    SoapFiles::SetUp();
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
    c.files.push_back({"many.xslt", R"(<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:a="urn:otinish:adapter:1"
    exclude-result-prefixes="a"><xsl:template match="/"><a:answer>
    <xsl:for-each select="//message"><a:item item_id="{@id}" type="supplement/1" external_id="c-{@id}">
    <a:payload><supplement xmlns="urn:otinish:appeal:1"><text>x</text><xsl:for-each select="file">
    <a:file reference="{.}"/></xsl:for-each></supplement></a:payload></a:item></xsl:for-each></a:answer>
    </xsl:template></xsl:stylesheet>)"});
    auto settings = nlohmann::json::parse(c.settings_json);
    settings["collect_response"] = "many.xslt";
    settings["attachment_rounds_max"] = 4;
    c.settings_json = settings.dump();
    FakeHost host(std::ref(files_));
    const Answer configured = adapter_.configure(host, c);
    ASSERT_EQ(configured.outcome, Outcome::kDone) << configured.text;
    std::string page = "<page>";
    for (int i = 1; i <= 20; ++i) {
      page += "<message id='" + std::to_string(i) + "'><file>f-" + std::to_string(i) +
              "</file></message>";
    }
    files_.answers["collect"] = httpAnswer(200, page + "<message id='plain'/></page>");
  }
};

// Of a store of files that is down no item but one counts the rounds, few of them ask it, and what has no files is given.
TEST_F(SoapManyFiles, AStoreThatIsDownIsNotAskedForEveryItemOfAPage) {
  files_.answers["down"] = httpAnswer(503, "");
  const auto asked = [this] {
    return std::count(files_.seen.begin(), files_.seen.end(), std::string("down"));
  };
  Answer answer = take();
  ASSERT_EQ(answer.items.size(), 1U) << answer.text;
  EXPECT_EQ(answer.items[0].item_id, "plain");
  EXPECT_EQ(answer.code, "adapter.attachment_waits");
  EXPECT_FALSE(answer.more) << "asked for again at once it would be as far";
  EXPECT_EQ(asked(), 3);
  for (int round = 2; round < 4; ++round) answer = take(answer.cursor);
  answer = take(answer.cursor);
  EXPECT_EQ(asked(), 12);
  std::string problems;
  for (const Inbound& item : answer.items) {
    if (!item.problem_code.empty()) problems += item.item_id + " ";
  }
  EXPECT_EQ(problems, "") << "an outage is no fault of any of them";
  files_.answers.erase("down");
  std::set<std::string> good;
  do {
    answer = take(answer.cursor);
    for (const Inbound& item : answer.items) {
      if (item.problem_code.empty()) good.insert(item.item_id);
    }
  } while (answer.more);
  EXPECT_EQ(good.size(), 21U);
}

// Each of them has its turn, and so has one whose file came meanwhile.
TEST_F(SoapManyFiles, StuckOnesAtTheHeadDoNotKeepTheOthersFromTheirFiles) {
  std::set<std::string> stuck = {"f-1", "f-2", "f-3", "f-4", "f-5"};
  std::set<std::string> given;
  std::string cursor;
  const auto round = [&] {
    bool more = true;
    while (more) {
      FakeHost host([&](const ExchangeRequest& r) {
        const bool waits = std::any_of(stuck.begin(), stuck.end(), [&](const std::string& file) {
          return r.body.find(">" + file + "<") != std::string::npos;
        });
        return waits ? httpAnswer(503, "") : files_(r);
      });
      CollectRequest request;
      request.cursor = cursor;
      const Answer answer = adapter_.collect(host, request);
      for (const Inbound& item : answer.items) {
        EXPECT_EQ(item.problem_code, "") << item.item_id;
        given.insert(item.item_id);
      }
      cursor = answer.cursor;
      more = answer.more;
    }
  };
  round();
  EXPECT_EQ(given.size(), 1U) << "as far as can be told the store is down";
  round();
  round();
  EXPECT_EQ(given.size(), 16U);
  stuck.erase("f-4");
  for (int i = 0; i < 6 && !given.contains("4"); ++i) round();
  EXPECT_TRUE(given.contains("4"));
}

TEST_F(SoapFiles, TheRoundsOfWaitingAreASetting) {
  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  c.settings_json.insert(1, R"("attachment_rounds_max":3,)");
  FakeHost host(std::ref(files_));
  const Answer configured = adapter_.configure(host, c);
  ASSERT_EQ(configured.outcome, Outcome::kDone) << configured.text;
  files_.answers["collect"] = httpAnswer(200, Files::decision(kit::sha256Hex(kFile)));
  files_.answers["down"] = failedCall("transport.timeout", true);
  const Answer first = take();
  EXPECT_TRUE(first.items.empty());
  EXPECT_EQ(first.code, "adapter.attachment_waits");
  EXPECT_EQ(first.outcome, Outcome::kDone);
  const Answer second = take(first.cursor);
  EXPECT_TRUE(second.items.empty());
  EXPECT_EQ(take(second.cursor).items.at(0).problem_code, "adapter.attachment_missing");
}

TEST_F(SoapFiles, AFullDiskOfTheHubMakesNoProblem) {
  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  c.settings_json.insert(1, R"("attachment_rounds_max":2,)");
  FakeHost host(std::ref(files_));
  ASSERT_EQ(adapter_.configure(host, c).outcome, Outcome::kDone);
  files_.answers["collect"] = httpAnswer(200, Files::decision(kit::sha256Hex(kFile)));
  std::string cursor;
  for (int i = 0; i < 5; ++i) {
    for (const auto& full :
         {failedCall("base.file_unwritable", true), failedCall("store.failed", false)}) {
      files_.answers["KEEP"] = full;
      const Answer answer = take(cursor);
      EXPECT_TRUE(answer.items.empty()) << full.code;
      EXPECT_EQ(answer.code, "adapter.attachment_waits");
      cursor = answer.cursor;
    }
  }
  files_.answers.erase("KEEP");
  EXPECT_EQ(take(cursor).items.at(0).problem_code, "");
}

TEST_F(Soap, TheProbeAsksTheServiceItself) {
  const auto probed = [this](const ExchangeResponse& response) {
    FakeHost host([&](const ExchangeRequest& request) {
      EXPECT_NE(request.body.find("getMessages"), std::string::npos);
      return response;
    });
    return adapter_.probe(host);
  };
  EXPECT_EQ(probed(httpAnswer(200, golden("inbound.no_messages.in.xml"))).outcome, Outcome::kDone);
  EXPECT_EQ(probed(httpAnswer(503, "busy")).outcome, Outcome::kRetry);
  EXPECT_EQ(probed(httpAnswer(404, "<html/>")).outcome, Outcome::kMisconfigured);
  EXPECT_EQ(probed(httpAnswer(200, "<html/>")).code, "adapter.bad_answer");
  const Answer fault = probed(httpAnswer(500, golden("inbound.fault.in.xml")));
  EXPECT_EQ(fault.code, "adapter.soap_fault") << fault.text;
  EXPECT_EQ(probed(failedCall("transport.unreachable", true)).outcome, Outcome::kRetry);
}

// A page of whatever stands before the file store is no answer of it, signed or not.
TEST_F(SoapFiles, AStoreThatIsAwayIsWaitedFor) {
  files_.answers["collect"] = httpAnswer(200, Files::decision(kit::sha256Hex(kFile)));
  ExchangeResponse refused = failedCall("trust.no_signature", false, true);
  refused.status = 502;
  for (const auto& away :
       {httpAnswer(502, "<html><body>Bad Gateway</body></html>"), httpAnswer(503, "busy<"),
        httpAnswer(429, ""), httpAnswer(500, "<html>not even XML"), refused}) {
    SCOPED_TRACE(away.status);
    files_.answers["down"] = away;
    EXPECT_TRUE(take().items.empty());
  }
  files_.answers["down"] = httpAnswer(404, "<html/>");
  EXPECT_EQ(take().items.at(0).problem_code, "adapter.attachment_missing");
  files_.answers["down"] = httpAnswer(200, "<html>not even XML");
  EXPECT_EQ(take().items.at(0).problem_code, "adapter.bad_xml");
}

TEST(SoapSettings, AreCheckedAtConfigure) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  Configuration c = kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
  for (auto& file : c.files) {
    if (file.name == "response.xslt") file.bytes = "<broken";
  }
  const Answer answer = SoapAdapter().configure(host, c);
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_EQ(answer.code, "adapter.bad_mapping");
  EXPECT_NE(answer.text.find("response"), std::string::npos);
}

// As settings of earlier releases have it.
TEST(SoapSettings, ATableThatRefusesWhateverComesIsRemarkedOn) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  const auto remark = [&](const nlohmann::json& faults) {
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/minfin", SoapAdapter::about());
    auto settings = nlohmann::json::parse(c.settings_json);
    settings["faults"] = faults;
    c.settings_json = settings.dump();
    const Answer answer = SoapAdapter().configure(host, c);
    EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    return answer.text;
  };
  for (const char* pattern : {"*", "*:*", "?*"}) {
    const std::string said = remark({{pattern, "REJECTED"}, {"TEMP*", "RETRY"}});
    EXPECT_TRUE(said.starts_with(std::string("faults.") + pattern + " is REJECTED: ")) << said;
    EXPECT_NE(said.find("docs/upgrade.md"), std::string::npos);
  }
  EXPECT_EQ(remark({{"*", "FAULT"}, {"DATA_*", "REJECTED"}, {"*:Client*", "REJECTED"}}), "");
  EXPECT_EQ(remark(nlohmann::json::object()), "");
}

TEST(SoapSettings, StandInTheReadme) {
  EXPECT_EQ(kit::testing::readmeProblem(kit::aboutToJson(SoapAdapter::about())), "");
}

}  // namespace
}  // namespace otinish
