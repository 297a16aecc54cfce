// The rest adapter with the akimat's mapping folder against a scripted case system.
#include "adapters/rest/rest_adapter.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapters/kit/outcome.h"
#include "adapters/kit/testing/fake_host.h"
#include "adapters/kit/testing/readme.h"
#include "adapters/kit/text.h"

namespace otinish {
namespace {

using kit::testing::failedCall;
using kit::testing::FakeHost;
using kit::testing::httpAnswer;
using nlohmann::json;

json golden(const std::string& name) {
  return json::parse(kit::testing::readSource("adapters/mappings/akimat/golden/" + name));
}

class Rest : public ::testing::Test {
 protected:
  void SetUp() override {
    FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
    const Answer answer = adapter_.configure(
        host, kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about()));
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  }
  // The akimat's settings, some of them others.
  Answer configured(const json& over) {
    FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
    auto configuration =
        kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
    auto settings = json::parse(configuration.settings_json);
    settings.update(over, true);
    configuration.settings_json = settings.dump();
    configuration.files.push_back(
        {"found.jq", kit::testing::readSource("adapters/mappings/akimat/found.jq")});
    return adapter_.configure(host, configuration);
  }
  Message message(const std::string& name, const std::string& type = "appeal/1") {
    Message m;
    m.message_id = "m-1";
    m.type = type;
    m.body = golden(name).dump();
    return m;
  }
  Answer deliver(const ExchangeResponse& response) {
    FakeHost host([&](const ExchangeRequest&) { return response; });
    return adapter_.deliver(host, message("request.person_kk.in.json"));
  }
  RestAdapter adapter_;
};

TEST_F(Rest, DeliversWithKeyThenAttachments) {
  FakeHost host([](const ExchangeRequest& r) {
    return r.method == "POST" ? httpAnswer(201, R"({"caseId":"AK/1","status":"accepted"})")
                              : httpAnswer(201, "{}");
  });
  const Answer answer = adapter_.deliver(host, message("request.collective_en.in.json"));
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  EXPECT_EQ(answer.external_id, "AK/1");
  ASSERT_EQ(host.requests.size(), 3U);
  EXPECT_EQ(host.requests[0].path, "/api/v1/cases");
  EXPECT_EQ(kit::headerOf(host.requests[0].headers, "idempotency-key"), "m-1");
  EXPECT_EQ(json::parse(host.requests[0].body)["kind"], "proposal");
  EXPECT_EQ(host.requests[1].method, "PUT");
  EXPECT_TRUE(host.requests[1].path.starts_with("/api/v1/cases/AK%2F1/attachments/9f86"));
  EXPECT_EQ(host.requests[1].body_attachment.size(), 64U);
  EXPECT_TRUE(host.requests[1].body.empty());
}

// Of a system that does not look at keys: every POST opens a case, `find` tells the first.
struct ForgetfulSystem {
  int cases = 0, asked = 0;
  ExchangeResponse found = httpAnswer(
      200,
      R"({"items":[{"caseId":"AK-9","externalId":"x"},{"caseId":"AK-1","externalId":"m-1"}]})");

  ExchangeResponse operator()(const ExchangeRequest& r) {
    if (r.method == "GET") {
      ++asked;
      return found;
    }
    if (r.method == "PUT") return httpAnswer(201, "{}");
    return httpAnswer(201, json{{"caseId", "AK-" + std::to_string(++cases)}}.dump());
  }
};

TEST_F(Rest, ASystemThatForgetsKeysIsAskedBeforeAnAppealIsSentAgain) {
  ASSERT_EQ(
      configured({{"find", {{"path", "/api/v1/cases?externalId={message_id}"}, {"none", "404"}}},
                  {"found", "found.jq"}})
          .outcome,
      Outcome::kDone);
  ForgetfulSystem system;
  FakeHost host([&](const ExchangeRequest& r) { return system(r); });
  auto appeal = message("request.collective_en.in.json");
  EXPECT_EQ(adapter_.deliver(host, appeal).external_id, "AK-1");
  EXPECT_EQ(system.asked, 0) << "nothing was sent before the first attempt";
  appeal.attempt = 2;
  EXPECT_EQ(adapter_.deliver(host, appeal).external_id, "AK-1");
  EXPECT_EQ(adapter_.deliver(host, appeal).outcome, Outcome::kPending);
  EXPECT_EQ(system.cases, 1);
  EXPECT_EQ(system.asked, 2);
  EXPECT_EQ(host.requests.back().method, "PUT") << "its files go after it all the same";

  // Sent again by a person who knows of no answer: the number alone does not say that the case is still there.
  appeal.external_id = "AK-1";
  appeal.last_code = "exchange.answer_overdue";
  const Answer found = adapter_.deliver(host, appeal);
  EXPECT_EQ(found.outcome, Outcome::kPending);
  EXPECT_EQ(found.external_id, "AK-1");
  EXPECT_EQ(found.code, "adapter.case_found") << "the hub records nothing as sent";
  EXPECT_EQ(system.asked, 3);
  EXPECT_EQ(system.cases, 1);
  appeal.last_code = "adapter.attachment_not_sent";
  EXPECT_EQ(adapter_.deliver(host, appeal).code, "");
  EXPECT_EQ(system.asked, 3) << "only files are missing";
  appeal.external_id.clear();
  appeal.last_code.clear();

  // What is not an answer is no reason to open a case.
  for (const auto& [answer, outcome] : {std::pair{httpAnswer(503, ""), Outcome::kRetry},
                                        std::pair{httpAnswer(400, ""), Outcome::kFault},
                                        std::pair{httpAnswer(403, ""), Outcome::kMisconfigured},
                                        std::pair{httpAnswer(200, "<html>"), Outcome::kFault}}) {
    system.found = answer;
    EXPECT_EQ(adapter_.deliver(host, appeal).outcome, outcome) << answer.status;
  }
  EXPECT_EQ(system.cases, 1);
  // Nor is an error in the clothes of an answer.
  for (const char* body : {R"({"ok":false,"err":5})", "[]", "null", "7", R"({"items":null})"}) {
    system.found = httpAnswer(200, body);
    const Answer answer = adapter_.deliver(host, appeal);
    EXPECT_EQ(answer.outcome, Outcome::kFault) << body;
    EXPECT_EQ(answer.code, "adapter.bad_answer") << body;
  }
  EXPECT_EQ(system.cases, 1);
  for (const auto& none : {httpAnswer(404, ""),
                           httpAnswer(200, R"({"items":[{"caseId":"AK-9","externalId":"x"}]})")}) {
    system.found = none;
    EXPECT_EQ(adapter_.deliver(host, appeal).outcome, Outcome::kPending);
  }
  EXPECT_EQ(system.cases, 3);
}

TEST_F(Rest, ThatThereIsNoCaseMustBeSaid) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings["find"] = {{"path", "/find"}};
  settings["found"] = "found.jq";
  configuration.settings_json = settings.dump();
  configuration.files.push_back({"found.jq", ""});
  Message appeal = message("request.person_kk.in.json");
  appeal.attempt = 2;
  const auto posts = [&](const char* program) {
    configuration.files.back().bytes = program;
    FakeHost host([](const ExchangeRequest& r) {
      return httpAnswer(200, r.method == "GET" ? "{}" : R"({"caseId":"AK-1"})");
    });
    EXPECT_EQ(adapter_.configure(host, configuration).outcome, Outcome::kDone);
    adapter_.deliver(host, appeal);
    return std::count_if(host.requests.begin(), host.requests.end(),
                         [](const ExchangeRequest& r) { return r.method == "POST"; });
  };
  EXPECT_EQ(posts("{none: true}"), 1);
  for (const char* unsaid : {"{external_id: null}", "{}", "null", "{none: false}",
                             R"({none: true, external_id: "AK-1"})", R"({external_id: "AK-1"})"}) {
    EXPECT_EQ(posts(unsaid), 0) << unsaid;
  }
}

TEST_F(Rest, AskingForACaseNeedsTheCallAndTheProgram) {
  EXPECT_EQ(configured({{"found", "found.jq"}}).code, "adapter.bad_setting");
  EXPECT_EQ(configured({{"find", {{"path", "/x"}}}}).code, "adapter.bad_setting");
  EXPECT_EQ(configured({{"find", {{"method", "GET"}}}, {"found", "found.jq"}}).code,
            "adapter.bad_setting");
}

TEST_F(Rest, AnAttachmentThatFailsMakesTheDeliveryAgain) {
  FakeHost host([](const ExchangeRequest& r) {
    return r.method == "POST" ? httpAnswer(201, R"({"caseId":"AK-1"})") : httpAnswer(503, "");
  });
  EXPECT_EQ(adapter_.deliver(host, message("request.collective_en.in.json")).outcome,
            Outcome::kRetry);
}

// An agency that knows the key of a request it has seen, and answers as `repeat` says then.
struct CaseSystem {
  std::map<std::string, std::string> cases;  // key → case
  int posts = 0;
  ExchangeResponse repeat = httpAnswer(200, R"({"caseId":"AK-1"})");
  ExchangeResponse file = httpAnswer(201, "{}");
  int files = 0;

  ExchangeResponse operator()(const ExchangeRequest& r) {
    if (r.method != "POST") {
      ++files;
      return file;
    }
    ++posts;
    const std::string key = kit::headerOf(r.headers, "idempotency-key");
    if (cases.contains(key)) return repeat;
    const std::string number = "AK-" + std::to_string(cases.size() + 1);
    cases[key] = number;
    return httpAnswer(201, json{{"caseId", number}}.dump());
  }
};

// A second body would make a second case of an appeal that one agency has already.
TEST_F(Rest, AnAttachmentRefusedAfterTheCaseWasOpenedStaysWithTheAgency) {
  const std::vector<ExchangeResponse> refusals = {
      httpAnswer(413, ""), httpAnswer(415, ""), httpAnswer(422, ""),
      httpAnswer(401, ""), httpAnswer(403, ""), httpAnswer(404, ""),
      httpAnswer(405, ""), httpAnswer(302, ""), failedCall("store.not_found", false)};
  for (const ExchangeResponse& refusal : refusals) {
    SCOPED_TRACE(refusal.code + std::to_string(refusal.status));
    CaseSystem agency;
    agency.file = refusal;
    FakeHost host(std::ref(agency));
    const Answer answer = adapter_.deliver(host, message("request.collective_en.in.json"));
    EXPECT_EQ(answer.outcome, Outcome::kFault);
    EXPECT_EQ(answer.code, "adapter.attachment_refused");
    EXPECT_EQ(answer.external_id, "AK-1");
    EXPECT_EQ(agency.files, 2) << "the other file goes all the same";
  }
  CaseSystem agency;
  agency.file = httpAnswer(503, "", {{"Retry-After", "3"}});
  FakeHost host(std::ref(agency));
  const Answer answer = adapter_.deliver(host, message("request.collective_en.in.json"));
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "adapter.attachment_not_sent");
  EXPECT_NE(answer.text.find("HTTP status 503"), std::string::npos) << answer.text;
  EXPECT_EQ(answer.external_id, "AK-1");
  EXPECT_EQ(answer.retry_after_ms, 3000);
}

// Whoever answered is not known to be the agency: the hub hears of it by its code, keeps what came last, and nothing
// more goes there.
TEST_F(Rest, AnAttachmentsAnswerWithAWrongSignatureIsSaidToBeThat) {
  for (const char* code : {"trust.signature_missing", "trust.signer_unknown"}) {
    CaseSystem agency;
    agency.file = failedCall(code, false);
    FakeHost host(std::ref(agency));
    const Answer answer = adapter_.deliver(host, message("request.collective_en.in.json"));
    EXPECT_EQ(answer.outcome, Outcome::kFault);
    EXPECT_EQ(answer.code, code);
    EXPECT_EQ(answer.external_id, "AK-1") << "the case is open";
    EXPECT_EQ(agency.files, 1);

    Message again = message("request.collective_en.in.json");
    again.external_id = "AK-1";
    again.attempt = 2;
    again.last_code = code;
    agency.file = httpAnswer(201, "");
    EXPECT_EQ(adapter_.deliver(host, again).outcome, Outcome::kPending);
    EXPECT_EQ(agency.posts, 1) << "only its files were missing";
  }
}

// An operator has it sent again: an agency that lost the case gets it, one that has it tells so.
TEST_F(Rest, AnAppealOfAKnownNumberThatIsSentAgainGoesOut) {
  CaseSystem agency;
  FakeHost host(std::ref(agency));
  Message m = message("request.collective_en.in.json");
  ASSERT_EQ(adapter_.deliver(host, m).external_id, "AK-1");
  m.external_id = "AK-1";
  m.attempt = 2;
  for (const char* why : {"exchange.answer_overdue", "adapter.not_delivered", ""}) {
    m.last_code = why;
    const int posts = agency.posts;
    const Answer again = adapter_.deliver(host, m);
    EXPECT_EQ(again.outcome, Outcome::kPending) << why;
    EXPECT_EQ(again.code, "") << why;
    EXPECT_EQ(agency.posts, posts + 1) << why;
    EXPECT_EQ(kit::headerOf(host.requests[host.requests.size() - 3].headers, "idempotency-key"),
              "m-1");
  }
  EXPECT_EQ(agency.cases.size(), 1U);

  // It lost the case, and files go into the one it opened anew, whichever attempt they go in.
  agency.cases = {{"other", "AK-1"}};
  agency.file = httpAnswer(503, "");
  const Answer anew = adapter_.deliver(host, m);
  EXPECT_EQ(anew.external_id, "AK-2");
  m.last_code = anew.code;
  agency.file = httpAnswer(201, "");
  host.requests.clear();
  EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kPending);
  for (const auto& request : host.requests) {
    EXPECT_TRUE(request.path.starts_with("/api/v1/cases/AK-2/attachments/")) << request.path;
  }
}

TEST_F(Rest, AnAttemptForFilesAloneEndsAsTheFirstWouldHave) {
  ASSERT_EQ(
      configured({{"response", ""}, {"attachments_up", {{"path", "/files/{sha256}"}}}}).outcome,
      Outcome::kDone);
  CaseSystem agency;
  agency.file = httpAnswer(503, "");
  FakeHost host([&](const ExchangeRequest& r) { return agency(r); });
  Message m = message("request.collective_en.in.json");
  m.last_code = adapter_.deliver(host, m).code;
  m.external_id = "AK-1";  // as an item of the agency may have told
  m.attempt = 2;
  agency.file = httpAnswer(201, "");
  EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kDone) << "no other answer comes";
  EXPECT_EQ(agency.posts, 1);
}

// As the number of a ticket that is told beside a failure.
TEST_F(Rest, WhatWasNotTakenHasNoCase) {
  FakeHost setup([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  for (auto& file : configuration.files) {
    if (file.name == "response.jq") file.bytes = R"({external_id: .body.ticket})";
  }
  ASSERT_EQ(adapter_.configure(setup, configuration).outcome, Outcome::kDone);
  for (const int status : {503, 400, 403}) {
    EXPECT_EQ(deliver(httpAnswer(status, R"({"ticket":"T-1"})")).external_id, "") << status;
  }
  EXPECT_EQ(deliver(httpAnswer(201, R"({"ticket":"T-1"})")).external_id, "T-1");
  EXPECT_EQ(deliver(httpAnswer(422, R"({"ticket":"T-1"})")).external_id, "T-1")
      << "the case that was refused";
}

TEST_F(Rest, AnotherAttemptForAFileOpensNoSecondCase) {
  // Whatever the agency says to the same key: the case, that it is taken, or nothing readable.
  for (const auto& repeat :
       {httpAnswer(200, R"({"caseId":"AK-1"})"),
        httpAnswer(409, R"({"error":{"code":"DUPLICATE_KEY"}})"), httpAnswer(422, "7")}) {
    SCOPED_TRACE(repeat.status);
    CaseSystem agency;
    agency.repeat = repeat;
    agency.file = httpAnswer(413, "");
    FakeHost host(std::ref(agency));
    Message m = message("request.collective_en.in.json");
    const Answer first = adapter_.deliver(host, m);
    m.external_id = first.external_id;  // as the hub does
    m.last_code = first.code;
    m.attempt = 2;
    EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kFault);
    agency.file = httpAnswer(201, "{}");
    const Answer last = adapter_.deliver(host, m);
    EXPECT_EQ(last.outcome, Outcome::kPending) << last.code;
    EXPECT_EQ(last.external_id, "AK-1");
    EXPECT_EQ(agency.cases.size(), 1U);
    EXPECT_EQ(agency.posts, 1) << "its number is known: a system that forgets keys opens another";
  }
}

TEST_F(Rest, OutcomesFollowProgramThenTableThenHttp) {
  EXPECT_EQ(deliver(httpAnswer(200, R"({"caseId":"AK-1"})")).outcome, Outcome::kPending);
  const Answer key = deliver(
      httpAnswer(409, R"({"error":{"code":"DUPLICATE_KEY","message":"ИИН 850101100012"}})"));
  EXPECT_EQ(key.outcome, Outcome::kFault) << "the case is there: no refusal of the appeal";
  EXPECT_EQ(key.code, "adapter.refused_by_agency");
  EXPECT_EQ(key.text, "DUPLICATE_KEY");
  EXPECT_EQ(deliver(httpAnswer(401, "")).outcome, Outcome::kMisconfigured);
  EXPECT_EQ(deliver(httpAnswer(429, "{}", {{"Retry-After", "3"}})).retry_after_ms, 3000);
  EXPECT_EQ(deliver(httpAnswer(503, "<html>busy</html>")).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver(httpAnswer(422, R"({"error":{"code":"X"}})")).outcome, Outcome::kRejected);
  for (const int status : {400, 406, 410, 415, 431}) {
    EXPECT_EQ(deliver(httpAnswer(status, R"({"error":{"code":"X"}})")).outcome, Outcome::kFault)
        << status << ": nobody listed it as a refusal of the appeal";
  }
  EXPECT_EQ(deliver(httpAnswer(201, "not json")).outcome, Outcome::kFault)
      << "sent again, for the akimat knows it by its key, but not without end";
  EXPECT_EQ(deliver(httpAnswer(201, "{}")).code, "adapter.bad_answer");
  EXPECT_EQ(deliver(failedCall("transport.timeout", true)).outcome, Outcome::kRetry);
}

// Sent again it would open a second case with a system that does not look at the key.
TEST_F(Rest, WhatMayHaveBeenTakenIsHeldUnlessARepetitionCanDoNoHarm) {
  const std::vector<ExchangeResponse> unread = {httpAnswer(200, "<html>"),
                                                httpAnswer(201, "{\"caseId\":\"\xC0\xEA-1\"}"),
                                                httpAnswer(201, "{}")};
  ASSERT_EQ(configured({{"knows_repeats", false}}).outcome, Outcome::kDone);
  for (const ExchangeResponse& response : unread) {
    const Answer answer = deliver(response);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
    EXPECT_EQ(answer.code, "adapter.may_be_taken");
    EXPECT_NE(answer.text.find("HTTP status 20"), std::string::npos) << answer.text;
  }
  EXPECT_EQ(deliver(httpAnswer(500, "<html>")).outcome, Outcome::kRetry) << "that is no yes";
  ASSERT_EQ(configured({{"knows_repeats", false},
                        {"find", {{"path", "/api/v1/cases?externalId={message_id}"}}},
                        {"found", "found.jq"}})
                .outcome,
            Outcome::kDone);
  for (const ExchangeResponse& response : unread) {
    const Answer answer = deliver(response);
    EXPECT_EQ(answer.outcome, Outcome::kFault) << "it is asked next";
    EXPECT_EQ(answer.code, "adapter.bad_answer");
  }
  // Nobody can ask for these.
  FakeHost host([&](const ExchangeRequest&) { return unread.front(); });
  Message m = message("supplement.supplement.in.json", "supplement/1");
  m.external_id = "AK-1";
  EXPECT_EQ(adapter_.deliver(host, m).code, "adapter.may_be_taken");
}

TEST_F(Rest, AnOutcomeThatIsNoneIsNamed) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings["knows_repeats"] = false;
  configuration.settings_json = settings.dump();
  for (auto& file : configuration.files) {
    if (file.name == "response.jq") file.bytes = R"({outcome: "PENDNG"})";
  }
  FakeHost none([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  ASSERT_EQ(adapter_.configure(none, configuration).outcome, Outcome::kDone);
  const Answer answer = deliver(httpAnswer(201, R"({"caseId":"AK-1"})"));
  EXPECT_EQ(answer.code, "adapter.may_be_taken");
  EXPECT_NE(answer.text.find("outcome 'PENDNG' is not one"), std::string::npos) << answer.text;
}

// Two rows a page, whichever way they are sorted.
struct NumberedPages {
  json rows = json::array();
  enum class Behind { kEmpty, kLastAgain, kNotFound } behind = Behind::kEmpty;
  int asked = 0;
  int down_at = 0;

  ExchangeResponse operator()(const ExchangeRequest& r) {
    ++asked;
    auto page = std::stoul(r.path.substr(r.path.find("page=") + 5));
    if (static_cast<int>(page) == down_at) return httpAnswer(503, "");
    const std::size_t pages = std::max<std::size_t>(1, (rows.size() + 1) / 2);
    if (page > pages && behind == Behind::kNotFound) return httpAnswer(404, "");
    if (page > pages && behind == Behind::kLastAgain) page = pages;
    json items = json::array();
    for (std::size_t i = (page - 1) * 2; i < std::min(page * 2, rows.size()); ++i) {
      items.push_back(rows[i]);
    }
    return httpAnswer(200, json{{"items", items}}.dump());
  }
};

class RestWalk : public Rest {
 protected:
  Answer walking(const json& over = json::object()) {
    auto configuration =
        kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
    auto settings = json::parse(configuration.settings_json);
    settings["collect"] = {{"path", "/list?page={page}"}, {"items", "items"}, {"paging", "page"}};
    settings["collect"].update(over);
    settings.erase("attachments_down");
    configuration.settings_json = settings.dump();
    for (auto& file : configuration.files) {
      if (file.name == "item.jq") {
        file.bytes = R"jq({item_id: "\(.id)-\(.state)", external_id: .id, type: "status/1",
                           payload: {status: .state, at: "2026-11-24T10:00:00+05:00"}})jq";
      }
    }
    FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
    return adapter_.configure(host, configuration);
  }
  static json row(const std::string& id, const std::string& state) {
    return {{"id", id}, {"state", state}};
  }
  // Ids of a round, all calls of it; each answer reaches the hub.
  std::vector<std::string> round() {
    std::vector<std::string> ids;
    for (last_.more = true; last_.more;) {
      FakeHost host(std::ref(pages_));
      CollectRequest request;
      request.cursor = cursor_;
      request.limit = 100;
      last_ = adapter_.collect(host, request);
      if (last_.outcome != Outcome::kDone) return ids;
      EXPECT_TRUE(!last_.more || last_.cursor != cursor_) << "the hub would not ask again";
      cursor_ = last_.cursor;
      for (const Inbound& item : last_.items) ids.push_back(item.item_id);
    }
    return ids;
  }
  using Ids = std::vector<std::string>;
  NumberedPages pages_;
  std::string cursor_;
  Answer last_;
};

TEST_F(Rest, AProgramReadsAPageOfAnyShape) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  const auto with = [&](const json& collect, const std::string& program) {
    settings["collect"] = collect;
    settings.erase("page");
    if (!program.empty()) settings["page"] = "page.jq";
    configuration.settings_json = settings.dump();
    configuration.files.push_back({"page.jq", program});
    FakeHost none([](const ExchangeRequest&) { return httpAnswer(200, ""); });
    const Answer answer = adapter_.configure(none, configuration);
    configuration.files.pop_back();
    return answer;
  };
  const json paths = {{"path", "/x?c={cursor}"}, {"first_path", "/x"}};
  json dotted = paths;
  dotted["items"] = "res.rows";
  EXPECT_NE(with(dotted, "").text.find("setting collect.items"), std::string::npos);
  EXPECT_NE(with(dotted, "{}").text.find("the program `page` gives it"), std::string::npos);
  ASSERT_EQ(with(paths, "{items: .res.rows, next: .res.last, more: (.res.left > 0)}").outcome,
            Outcome::kDone);
  const auto collected = [&](const std::string& body) {
    FakeHost host([&](const ExchangeRequest&) { return httpAnswer(200, body); });
    return adapter_.collect(host, {});
  };
  const json change = golden("item.registered.in.json");
  const Answer answer = collected(
      json{{"res", {{"rows", json::array({change})}, {"last", 9007199254740993}, {"left", 2}}}}
          .dump());
  ASSERT_EQ(answer.items.size(), 1U) << answer.text;
  EXPECT_TRUE(answer.more);
  EXPECT_EQ(json::parse(answer.cursor)["c"], "9007199254740993") << "no digit is lost";
  EXPECT_EQ(collected(R"({"res":{"rows":null,"last":null,"left":0}})").outcome, Outcome::kDone);
  EXPECT_EQ(collected("[]").code, "adapter.bad_answer");
  EXPECT_EQ(with(json::object(), "{}").code, "adapter.bad_setting");
}

TEST_F(Rest, AnswersAreReadInTheirCharsetAndWithTheirHeaders) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  for (auto& file : configuration.files) {
    if (file.name == "response.jq") {
      file.bytes = R"({outcome: "PENDING", external_id: (.body.caseId // .headers.location)})";
    }
  }
  FakeHost none([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  ASSERT_EQ(adapter_.configure(none, configuration).outcome, Outcome::kDone);
  EXPECT_EQ(deliver(httpAnswer(201, "{}", {{"Location", "/cases/17"}})).external_id, "/cases/17");
  const std::string cp1251 = "{\"caseId\":\"\xC6-1\"}";
  for (const char* type : {"application/json; charset=windows-1251",
                           "application/json;Charset=\"Windows-1251\"; x=y"}) {
    EXPECT_EQ(deliver(httpAnswer(200, cp1251, {{"content-type", type}})).external_id, "Ж-1")
        << type;
  }
  EXPECT_EQ(deliver(httpAnswer(200, cp1251)).code, "adapter.bad_answer");
  for (const char* charset : {"klingon", "windows-1251//ignore", "utf-8", ""}) {
    const std::string type = std::string("application/json; charset=") + charset;
    EXPECT_EQ(deliver(httpAnswer(200, "{\"caseId\":\"\x98\"}", {{"Content-Type", type}})).code,
              "adapter.bad_answer")
        << charset;
  }
  EXPECT_EQ(deliver(httpAnswer(200, R"({"caseId":"Ж"})",
                               {{"Content-Type", "application/json; charset=iso-8859-1"}}))
                .external_id,
            "Ж");
  EXPECT_EQ(deliver(httpAnswer(201, "{}", {{"X-Odd", "\xE8"}, {"Location", "17"}})).external_id,
            "17");
  EXPECT_EQ(deliver(httpAnswer(503, "\x98", {{"Content-Type", "a/b; charset=klingon"}})).outcome,
            Outcome::kRetry);
}

TEST_F(Rest, ABodyThatIsNoJsonIsATextOfTheProgram) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings["content_type"] = "application/x-www-form-urlencoded";
  configuration.settings_json = settings.dump();
  const auto sent = [&](const char* program) {
    for (auto& file : configuration.files) {
      if (file.name == "request.jq") file.bytes = program;
    }
    FakeHost host([](const ExchangeRequest&) { return httpAnswer(201, R"({"caseId":"AK-1"})"); });
    EXPECT_EQ(adapter_.configure(host, configuration).outcome, Outcome::kDone);
    const Answer answer = adapter_.deliver(host, message("request.person_kk.in.json"));
    if (host.requests.empty()) return answer.code;
    EXPECT_EQ(kit::headerOf(host.requests[0].headers, "Content-Type"),
              "application/x-www-form-urlencoded");
    return host.requests[0].body;
  };
  EXPECT_EQ(sent(R"("lang=" + (.appeal.language | @uri))"), "lang=kk");
  EXPECT_EQ(sent("{a: 1}"), "adapter.bad_mapping");
  EXPECT_EQ(configured({{"headers", {{"content-TYPE", "text/plain"}}}}).code,
            "adapter.bad_setting");
  EXPECT_EQ(configured({{"content_type", "json"}}).code, "adapter.bad_setting");
}

TEST_F(RestWalk, NewRowsInFrontAndRowsThatChangeAreSeen) {
  for (const auto behind : {NumberedPages::Behind::kEmpty, NumberedPages::Behind::kLastAgain,
                            NumberedPages::Behind::kNotFound}) {
    ASSERT_EQ(walking().outcome, Outcome::kDone);
    pages_ = {};
    pages_.behind = behind;
    cursor_.clear();
    const std::string tag = std::to_string(static_cast<int>(behind));
    pages_.rows = {row("c" + tag, "in_work"), row("b" + tag, "in_work"), row("a" + tag, "in_work")};
    EXPECT_EQ(round(),
              (Ids{"c" + tag + "-in_work", "b" + tag + "-in_work", "a" + tag + "-in_work"}));
    const std::string cursor = cursor_;
    EXPECT_EQ(round(), Ids());
    EXPECT_EQ(cursor_, cursor) << "nothing for the hub to write";
    pages_.rows.insert(pages_.rows.begin(), row("d" + tag, "in_work"));
    pages_.rows[3]["state"] = "executed";
    EXPECT_EQ(round(), (Ids{"d" + tag + "-in_work", "a" + tag + "-executed"}));
    EXPECT_EQ(round(), Ids());
    EXPECT_EQ(last_.code, "");
  }
}

TEST_F(RestWalk, WhatTheHubDidNotGetIsGivenAgain) {
  ASSERT_EQ(walking().outcome, Outcome::kDone);
  pages_.rows = {row("b", "in_work"), row("a", "in_work")};
  FakeHost host(std::ref(pages_));
  EXPECT_EQ(adapter_.collect(host, {}).items.size(), 2U);
  EXPECT_EQ(adapter_.collect(host, {}).items.size(), 2U) << "the hub died before it kept them";
  EXPECT_EQ(round(), (Ids{"b-in_work", "a-in_work"}));
  EXPECT_EQ(round(), Ids());
  ASSERT_EQ(walking().outcome, Outcome::kDone);
  pages_.rows.push_back(row("0", "in_work"));
  pages_.down_at = 2;
  EXPECT_EQ(round(), Ids());
  EXPECT_EQ(last_.outcome, Outcome::kRetry);
  pages_.down_at = 0;
  EXPECT_EQ(round(), Ids{"0-in_work"});
}

TEST_F(RestWalk, APageOfTheNewestFirstIsTakenFromItsEnd) {
  ASSERT_EQ(walking({{"newest_first", true}}).outcome, Outcome::kDone);
  pages_.rows = {row("a", "extended"), row("a", "in_work")};
  EXPECT_EQ(round(), (Ids{"a-in_work", "a-extended"}));
}

TEST_F(RestWalk, AListThatGoesOnBehindTheLastPageReadIsSaidToDoSo) {
  ASSERT_EQ(walking({{"pages_max", 2}}).outcome, Outcome::kDone);
  for (const char* id : {"a", "b", "c", "d"}) pages_.rows.push_back(row(id, "in_work"));
  EXPECT_EQ(round().size(), 4U);
  EXPECT_EQ(last_.code, "") << last_.text;
  pages_.rows.push_back(row("e", "in_work"));
  EXPECT_EQ(round(), Ids());
  EXPECT_EQ(last_.code, "adapter.list_cut_off");
  EXPECT_NE(last_.text.find("page 2"), std::string::npos);
}

TEST_F(RestWalk, SettingsAreChecked) {
  for (const json& wrong :
       {json{{"path", "/list"}}, json{{"paging", "offset"}}, json{{"pages_max", 0}},
        json{{"pages_max", "many"}}, json{{"newest_first", "yes"}}, json{{"first_path", "/list"}},
        json{{"path", "/list?page={page}&after={cursor}"}}, json{{"next", "n"}}}) {
    EXPECT_EQ(walking(wrong).code, "adapter.bad_setting") << wrong;
  }
}

TEST_F(Rest, AProgramJudgesTheProbe) {
  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings["probed"] = "probed.jq";
  configuration.settings_json = settings.dump();
  configuration.files.push_back({"probed.jq", R"(if .body.ok then {} elif .body.err == 17 then
                       {outcome: "MISCONFIGURED", code: "adapter.refused_by_agency", text: "err 17"}
                       else error({code: "adapter.bad_answer", text: "no ok"}) end)"});
  FakeHost none([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  ASSERT_EQ(adapter_.configure(none, configuration).outcome, Outcome::kDone);
  const auto probed = [&](const ExchangeResponse& response) {
    FakeHost host([&](const ExchangeRequest&) { return response; });
    return adapter_.probe(host);
  };
  EXPECT_EQ(probed(httpAnswer(200, R"({"ok":true})")).outcome, Outcome::kDone);
  const Answer refused = probed(httpAnswer(200, R"({"ok":false,"err":17})"));
  EXPECT_EQ(refused.outcome, Outcome::kMisconfigured);
  EXPECT_EQ(refused.text, "err 17");
  EXPECT_EQ(probed(httpAnswer(200, R"({"ok":false})")).outcome, Outcome::kFault);
  EXPECT_EQ(probed(httpAnswer(200, "<html>")).code, "adapter.bad_answer");
  EXPECT_EQ(probed(httpAnswer(503, "<html>")).outcome, Outcome::kRetry);
  settings.erase("probe");
  configuration.settings_json = settings.dump();
  EXPECT_EQ(adapter_.configure(none, configuration).code, "adapter.bad_setting");
}

// An API that moved would else turn every appeal into one that the body refuses.
TEST_F(Rest, AnAddressThatIsNotThereRefusesNoAppeal) {
  const auto gone = httpAnswer(404, R"({"error":{"code":"NOT_FOUND"}})");
  const auto no_case = httpAnswer(404, R"({"error":{"code":"CASE_UNKNOWN"}})");
  EXPECT_EQ(deliver(gone).outcome, Outcome::kMisconfigured);
  EXPECT_EQ(deliver(no_case).outcome, Outcome::kMisconfigured);
  EXPECT_EQ(deliver(httpAnswer(404, "<html>")).outcome, Outcome::kMisconfigured);
  const auto supplement = [&](const ExchangeResponse& response) {
    FakeHost host([&](const ExchangeRequest&) { return response; });
    Message m = message("supplement.supplement.in.json", "supplement/1");
    m.external_id = "AK-1";
    return adapter_.deliver(host, m).outcome;
  };
  EXPECT_EQ(supplement(no_case), Outcome::kRejected);
  EXPECT_EQ(supplement(gone), Outcome::kMisconfigured);
}

TEST_F(Rest, SupplementsNeedTheCase) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(201, R"({"caseId":"AK-1"})"); });
  Message m = message("supplement.supplement.in.json", "supplement/1");
  const Answer waits = adapter_.deliver(host, m);
  EXPECT_EQ(waits.outcome, Outcome::kRetry) << "the agency may tell the number later";
  EXPECT_EQ(waits.code, "adapter.case_unknown");
  EXPECT_TRUE(host.requests.empty());
  m.external_id = "AK-1";
  EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kDone);
  EXPECT_EQ(host.requests.front().path, "/api/v1/cases/AK-1/supplements");
}

TEST_F(Rest, TellsAChangedTermAndNoOtherStatus) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(201, R"({"caseId":"AK-1"})"); });
  Message m = message("term.changed.in.json", "status/1");
  m.external_id = "AK-1";
  EXPECT_EQ(adapter_.deliver(host, m).outcome, Outcome::kDone);
  ASSERT_EQ(host.requests.size(), 1U);
  EXPECT_EQ(host.requests[0].path, "/api/v1/cases/AK-1/term");
  EXPECT_EQ(kit::headerOf(host.requests[0].headers, "idempotency-key"), "m-1");
  EXPECT_EQ(json::parse(host.requests[0].body)["dueDate"], "2026-12-14");

  m.body = golden("term.other_status.in.json").dump();
  const Answer refused = adapter_.deliver(host, m);
  EXPECT_EQ(refused.outcome, Outcome::kUnsupported);
  EXPECT_EQ(refused.code, "adapter.unknown_code");
  EXPECT_NE(refused.text.find("control_set"), std::string::npos) << refused.text;

  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings.erase("request_status");
  configuration.settings_json = settings.dump();
  const Answer half = RestAdapter().configure(host, configuration);
  EXPECT_EQ(half.outcome, Outcome::kMisconfigured) << "an operation without its program";
  EXPECT_NE(half.text.find("request_status"), std::string::npos) << half.text;
  settings["operations"].erase("status/1");
  configuration.settings_json = settings.dump();
  RestAdapter without;
  ASSERT_EQ(without.configure(host, configuration).outcome, Outcome::kDone);
  const Answer unsupported = without.deliver(host, m);
  EXPECT_EQ(unsupported.outcome, Outcome::kUnsupported);
  EXPECT_EQ(unsupported.code, "adapter.unsupported_type");
  EXPECT_EQ(host.requests.size(), 1U);
}

TEST_F(Rest, CollectsPageByPageAndKeepsTheGoodOnes) {
  const json good = golden("item.registered.in.json");
  const json bad = golden("item.unknown_status.in.json");
  json other = good;
  other["changeId"] = "18";
  FakeHost host([&](const ExchangeRequest& r) {
    EXPECT_EQ(r.path, "/api/v1/changes?limit=2");
    return httpAnswer(
        200, json{{"items", {good, bad, 5, other}}, {"nextCursor", "19"}, {"more", true}}.dump());
  });
  CollectRequest request;
  request.limit = 2;
  const Answer answer = adapter_.collect(host, request);
  ASSERT_EQ(answer.items.size(), 4U);
  EXPECT_TRUE(answer.items[0].problem_code.empty());
  EXPECT_TRUE(answer.items[0].raw.empty());
  EXPECT_EQ(answer.items[1].problem_code, "adapter.unknown_code");
  EXPECT_FALSE(answer.items[1].raw.empty());
  EXPECT_FALSE(answer.items[2].problem_code.empty());
  EXPECT_EQ(answer.items[3].item_id, "18");
  EXPECT_TRUE(answer.more);
  FakeHost next([&](const ExchangeRequest& r) {
    EXPECT_EQ(r.path, "/api/v1/changes?cursor=19&limit=2");
    return httpAnswer(200, R"({"items":[],"more":false})");
  });
  request.cursor = answer.cursor;
  EXPECT_EQ(adapter_.collect(next, request).outcome, Outcome::kDone);
}

TEST_F(Rest, ACursorOfAnotherAdapterIsAWrongSetting) {
  for (const char* cursor : {"page-9", "[]", R"({"f":7})", R"({"c":"1","g":{"a":1}})"}) {
    FakeHost host([](const ExchangeRequest&) {
      ADD_FAILURE() << "nobody is asked";
      return httpAnswer(200, R"({"items":[]})");
    });
    CollectRequest request;
    request.cursor = cursor;
    const Answer answer = adapter_.collect(host, request);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << cursor;
    EXPECT_EQ(answer.code, "adapter.bad_cursor") << cursor;
  }
}

class RestAttachments : public Rest {
 protected:
  Answer collect(const ExchangeResponse& file, std::string cursor = {}) {
    const std::string page = json{
        {"items", {golden("item.decision_application_satisfied.in.json")}},
        {"nextCursor", "5"},
        {"more", false}}.dump();
    FakeHost host([&](const ExchangeRequest& r) {
      if (!r.into_attachment) return first(r, page);
      EXPECT_EQ(r.path, "/api/v1/attachments/f1");
      return file;
    });
    return roundOf(host, std::move(cursor));
  }
  // The page at the beginning; after it there is nothing yet.
  static ExchangeResponse first(const ExchangeRequest& r, const std::string& page) {
    const bool later = r.path.find("cursor=5") != std::string::npos;
    return httpAnswer(200, later ? R"({"items":[],"nextCursor":"5","more":false})" : page);
  }
  // As the hub does it: again at once while there is more; all that was given.
  Answer roundOf(FakeHost& host, std::string cursor) {
    CollectRequest request;
    request.cursor = std::move(cursor);
    std::vector<Inbound> given;
    for (int calls = 0;; ++calls) {
      Answer answer = adapter_.collect(host, request);
      std::move(answer.items.begin(), answer.items.end(), std::back_inserter(given));
      const bool goes_on = answer.more && answer.cursor != request.cursor;
      EXPECT_LT(calls, 50) << "without end";
      if (!goes_on || calls >= 50) {
        answer.items = std::move(given);
        return answer;
      }
      request.cursor = answer.cursor;
    }
  }
  ExchangeResponse fetched(const std::string& sha256) {
    ExchangeResponse r = httpAnswer(200, "");
    r.attachment_sha256 = sha256;
    return r;
  }
  const std::string declared_ = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
};

TEST_F(RestAttachments, TheAnnouncedFileIsFetched) {
  const Answer answer = collect(fetched(declared_));
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_EQ(answer.items[0].type, "decision/1");
}

TEST_F(RestAttachments, AnotherFileIsAProblem) {
  const Answer answer = collect(fetched(std::string(64, '0')));
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.attachment_mismatch");
  EXPECT_EQ(collect(httpAnswer(404, "")).items.at(0).problem_code, "adapter.attachment_missing");
}

TEST_F(RestAttachments, AnAttachmentNoCallCanNameCostsItsItemOnly) {
  for (const char* id : {"", ".", ".."}) {
    SCOPED_TRACE(id);
    json before = golden("item.registered.in.json");
    json bad = golden("item.decision_application_satisfied.in.json");
    json after = before;
    before["changeId"] = "16";
    after["changeId"] = "99";
    for (auto& attachment : bad["decision"]["attachments"]) attachment["id"] = id;
    FakeHost host([&](const ExchangeRequest& r) {
      EXPECT_FALSE(r.into_attachment);
      return httpAnswer(
          200, json{{"items", {before, bad, after}}, {"nextCursor", "5"}, {"more", false}}.dump());
    });
    const Answer answer = adapter_.collect(host, {});
    EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    ASSERT_EQ(answer.items.size(), 3U);
    EXPECT_EQ(answer.items[0].problem_code, "");
    EXPECT_EQ(answer.items[1].problem_code, "adapter.attachment_missing");
    EXPECT_FALSE(answer.items[1].raw.empty());
    EXPECT_EQ(answer.items[2].item_id, "99");
    EXPECT_NE(answer.cursor.find("\"5\""), std::string::npos) << "the feed goes on";
  }
}

// The status of a proxy that signs nothing says more than that its answer is unsigned.
TEST_F(RestAttachments, AnUnsignedTryLaterIsWaitedFor) {
  ExchangeResponse unsigned_busy = failedCall("trust.signature_missing", false, true);
  unsigned_busy.status = 503;
  EXPECT_TRUE(collect(unsigned_busy).items.empty());
  unsigned_busy.status = 200;
  EXPECT_EQ(collect(unsigned_busy).items.at(0).problem_code, "trust.signature_missing");
}

TEST_F(RestAttachments, AFileThatIsNotThereYetDoesNotBlockForEver) {
  std::string cursor;
  for (int i = 0; i < 59; ++i) {
    const Answer answer = collect(httpAnswer(503, ""), cursor);
    EXPECT_EQ(answer.outcome, Outcome::kDone);
    EXPECT_TRUE(answer.items.empty());
    EXPECT_FALSE(answer.more);
    cursor = answer.cursor;
  }
  const Answer last = collect(httpAnswer(503, ""), cursor);
  ASSERT_EQ(last.items.size(), 1U);
  EXPECT_EQ(last.items[0].problem_code, "adapter.attachment_missing");
  EXPECT_NE(last.cursor.find("\"5\""), std::string::npos);
  EXPECT_EQ(collect(fetched(declared_), cursor).items.at(0).problem_code, "");
}

TEST_F(RestAttachments, AFullDiskOfTheHubMakesNoProblem) {
  ASSERT_EQ(configured({{"attachment_rounds_max", 2}}).outcome, Outcome::kDone);
  std::string cursor;
  for (int i = 0; i < 5; ++i) {
    for (const auto& full :
         {failedCall("base.file_unwritable", true), failedCall("store.failed", false)}) {
      const Answer answer = collect(full, cursor);
      EXPECT_TRUE(answer.items.empty()) << full.code;
      EXPECT_EQ(answer.code, "adapter.attachment_waits");
      cursor = answer.cursor;
    }
  }
  EXPECT_EQ(collect(fetched(declared_), cursor).items.at(0).problem_code, "");
}

TEST_F(RestAttachments, WhatStandsBeforeAWaitingItemIsGivenOnce) {
  json before = golden("item.registered.in.json");
  before["changeId"] = "16";
  const json waiting = golden("item.decision_application_satisfied.in.json");
  json after = before;
  after["changeId"] = "99";
  const std::string page =
      json{{"items", {before, waiting, after}}, {"nextCursor", "5"}, {"more", false}}.dump();
  bool down = true;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return first(r, page);
    return down ? failedCall("transport.refused", true) : fetched(declared_);
  });
  const Answer first = roundOf(host, "");
  ASSERT_EQ(first.items.size(), 1U);
  EXPECT_EQ(first.items[0].item_id, "16");
  const Answer second = roundOf(host, first.cursor);
  EXPECT_TRUE(second.items.empty());
  EXPECT_NE(second.cursor, first.cursor);
  down = false;
  const Answer third = roundOf(host, second.cursor);
  ASSERT_EQ(third.items.size(), 2U);
  EXPECT_EQ(third.items[0].type, "decision/1");
  EXPECT_EQ(third.items[0].problem_code, "");
  EXPECT_EQ(third.items[1].item_id, "99");
  EXPECT_EQ(json::parse(third.cursor),
            (json{{"c", "5"}, {"f", json::object()}, {"g", json::object()}}));
}

TEST_F(RestAttachments, OnlyTheAppealOfAMissingFileWaits) {
  const json waiting = golden("item.decision_application_satisfied.in.json");
  json later = golden("item.in_progress.in.json");
  later["caseId"] = waiting["caseId"];
  later["externalId"] = waiting["externalId"];
  later["changeId"] = "98";
  json other = later;
  other["caseId"] = "AK-2026-000777";
  other["externalId"] = "0192f1c0-0000-7000-8000-000000000777";
  other["changeId"] = "99";
  const std::string page =
      json{{"items", {waiting, later, other}}, {"nextCursor", "5"}, {"more", false}}.dump();
  bool down = true;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return first(r, page);
    return down ? httpAnswer(503, "") : fetched(declared_);
  });
  const Answer first = roundOf(host, "");
  EXPECT_EQ(first.outcome, Outcome::kDone);
  EXPECT_EQ(first.code, "adapter.attachment_waits");
  ASSERT_EQ(first.items.size(), 1U);
  EXPECT_EQ(first.items[0].item_id, "99");
  down = false;
  const Answer second = roundOf(host, first.cursor);
  EXPECT_EQ(second.code, "");
  ASSERT_EQ(second.items.size(), 2U);
  EXPECT_EQ(second.items[0].type, "decision/1");
  EXPECT_EQ(second.items[1].item_id, "98");
}

namespace {

json changeOf(const std::string& golden_file, const std::string& id, const std::string& number) {
  json change = golden(golden_file);
  change["changeId"] = id;
  change["caseId"] = "AK-" + number;
  change["externalId"] = "m-" + number;
  return change;
}
constexpr const char* kDecided = "item.decision_application_satisfied.in.json";
constexpr const char* kStatus = "item.in_progress.in.json";

// An agency whose list has pages "", 1, 2, …, the last of which is asked for again and again.
class Pages {
 public:
  explicit Pages(std::vector<json> pages) : pages_(std::move(pages)) {}
  ExchangeResponse answer(const ExchangeRequest& r) {
    const auto mark = r.path.find("cursor=");
    const std::size_t at =
        mark == std::string::npos ? 0 : std::stoul(r.path.substr(mark + std::strlen("cursor=")));
    asked.push_back(at);
    if (at == refused) return httpAnswer(refused_with, "");
    const bool last = at >= pages_.size();
    return httpAnswer(200, json{{"items", last ? json::array() : pages_[at]},
                                {"nextCursor", std::to_string(last ? at : at + 1)},
                                {"more", at + 1 < pages_.size()}}
                               .dump());
  }
  std::vector<std::size_t> asked;
  std::size_t refused = 1'000;
  int refused_with = 410;

 private:
  std::vector<json> pages_;
};

std::string idsOf(const Answer& answer) {
  std::string ids;
  for (const Inbound& item : answer.items) {
    ids += item.item_id + (item.problem_code.empty() ? " " : "! ");
  }
  return ids;
}

}  // namespace

// Other cases go on over all pages; what waits, and what follows it of its case, comes in its order.
TEST_F(RestAttachments, APageWithAWaitingItemHoldsUpNoOther) {
  Pages agency({json::array({changeOf(kDecided, "1", "1"), changeOf(kStatus, "2", "2")}),
                json::array({changeOf(kStatus, "3", "3"), changeOf(kStatus, "4", "1")}),
                json::array({changeOf(kDecided, "5", "5"), changeOf(kStatus, "6", "6")})});
  bool down = true;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return agency.answer(r);
    return down ? httpAnswer(503, "") : fetched(declared_);
  });
  const Answer first = roundOf(host, "");
  EXPECT_EQ(idsOf(first), "2 3 6 ");
  EXPECT_EQ(first.code, "adapter.attachment_waits");
  const Answer second = roundOf(host, first.cursor);
  EXPECT_EQ(idsOf(second), "");
  EXPECT_EQ(second.code, "adapter.attachment_waits");
  agency.asked.clear();
  down = false;
  // An adapter that was started anew knows no more than the cursor.
  RestAdapter fresh;
  ASSERT_EQ(fresh
                .configure(host, kit::testing::configurationOf("adapters/mappings/akimat",
                                                               RestAdapter::about()))
                .outcome,
            Outcome::kDone);
  CollectRequest request;
  request.cursor = second.cursor;
  Answer third = fresh.collect(host, request);
  // The one whose turn it was tells that the store is up: at once all of them.
  EXPECT_EQ(idsOf(third), "5 ");
  EXPECT_TRUE(third.more);
  request.cursor = third.cursor;
  third = fresh.collect(host, request);
  EXPECT_EQ(idsOf(third), "1 4 ");
  EXPECT_EQ(third.code, "");
  EXPECT_EQ(json::parse(third.cursor),
            (json{{"c", "3"}, {"f", json::object()}, {"g", json::object()}}));
  EXPECT_EQ(agency.asked, (std::vector<std::size_t>{0, 1, 2, 0, 1}));
}

// The hub refused it, the agency mends it under its id, and what waits beside it must not hide that.
TEST_F(RestAttachments, WhatIsMendedWhileItsPageWaitsIsGivenAgain) {
  for (const bool last : {true, false}) {
    SCOPED_TRACE(last ? "the page is the last" : "the page is put aside");
    json change = changeOf(kStatus, "2", "2");
    change["status"] = "unheard of";
    bool down = true;
    FakeHost host([&](const ExchangeRequest& r) {
      if (r.into_attachment) return down ? httpAnswer(503, "") : fetched(declared_);
      const bool first = last || r.path.find("cursor=") == std::string::npos;
      json page{
          {"items", json::array()}, {"nextCursor", last ? json() : json("1")}, {"more", false}};
      if (first)
        page["items"] = {changeOf(kDecided, "1", "1"), change, changeOf(kStatus, "3", "3")};
      return httpAnswer(200, page.dump());
    });
    Answer answer = roundOf(host, "");
    EXPECT_EQ(idsOf(answer), "2! 3 ");
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "") << "nothing is mended";
    change["status"] = golden(kStatus)["status"];
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "2 ");
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "");
    down = false;
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "1 ");
  }
}

// As an earlier release wrote it: ids alone.
TEST_F(RestAttachments, ACursorOfIdsAloneIsRead) {
  FakeHost host([&](const ExchangeRequest& r) {
    if (r.into_attachment) return httpAnswer(503, "");
    return httpAnswer(
        200, json{{"items", {changeOf(kDecided, "1", "1"), changeOf(kStatus, "2", "2")}}}.dump());
  });
  const Answer answer = roundOf(
      host, R"({"c":"","f":{"1":1},"g":["2"],"a":[{"c":"x","l":9,"w":["1"],"h":[],"n":1}]})");
  EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  EXPECT_EQ(idsOf(answer), "");
}

TEST_F(RestAttachments, NoMorePagesArePutAsideThanCanBeLookedAt) {
  std::vector<json> pages;
  for (int i = 0; i < 30; ++i) {
    pages.push_back(
        json::array({changeOf(kDecided, "w" + std::to_string(i), std::to_string(i)),
                     changeOf(kStatus, "s" + std::to_string(i), "x" + std::to_string(i))}));
  }
  Pages agency(std::move(pages));
  bool down = true;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return agency.answer(r);
    return down ? httpAnswer(503, "") : fetched(declared_);
  });
  Answer answer = roundOf(host, "");
  EXPECT_EQ(answer.items.size(), 21U) << "of the page that is one too many the others go, too";
  agency.asked.clear();
  answer = roundOf(host, answer.cursor);
  EXPECT_TRUE(answer.items.empty());
  EXPECT_EQ(agency.asked.size(), 21U);
  down = false;
  std::set<std::string> given;
  for (int rounds = 0; rounds < 4; ++rounds) {
    answer = roundOf(host, answer.cursor);
    for (const Inbound& item : answer.items) {
      EXPECT_TRUE(given.insert(item.item_id).second) << item.item_id;
    }
  }
  EXPECT_EQ(given.size(), 30U + 9U) << "none is lost, none comes twice";
  EXPECT_EQ(answer.code, "");
}

TEST_F(RestAttachments, StuckOnesAtTheHeadDoNotKeepTheOthersFromTheirFiles) {
  std::vector<json> pages;
  for (int i = 1; i <= 6; ++i) {
    json change = changeOf(kDecided, std::to_string(i), std::to_string(i));
    change["decision"]["attachments"][0]["id"] = "f" + std::to_string(i);
    pages.push_back(json::array({change}));
  }
  Pages agency(pages);
  std::set<std::string> stuck;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return agency.answer(r);
    return stuck.contains(r.path.substr(r.path.size() - 1)) ? httpAnswer(503, "")
                                                            : fetched(declared_);
  });
  const auto rounds = [](const Answer& answer) {
    int all = 0;
    const json counts = json::parse(answer.cursor)["f"];
    for (const auto& [id, count] : counts.items()) all += count.get<int>();
    return all;
  };
  stuck = {"1", "2", "3", "4", "5", "6"};
  Answer answer = roundOf(host, "");
  EXPECT_EQ(idsOf(answer), "");
  for (int i = 0; i < 3; ++i) {
    const int before = rounds(answer);
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(rounds(answer), before + 1) << "an outage ages one of them, whatever its page";
  }
  stuck = {"1", "2", "3", "4"};
  std::string given;
  for (int i = 0; i < 6; ++i) {
    answer = roundOf(host, answer.cursor);
    given += idsOf(answer);
  }
  EXPECT_EQ(given, "5 6 ");
}

TEST_F(RestAttachments, PagesPutAsideAreLookedAtWhileTheNextPageFails) {
  ASSERT_EQ(configured({{"attachment_rounds_max", 4}}).outcome, Outcome::kDone);
  for (const bool unreadable : {false, true}) {
    SCOPED_TRACE(unreadable);
    Pages agency({json::array({changeOf(kDecided, "1", "1")}),
                  json::array({changeOf(kDecided, "2", "2")}), json::array()});
    bool down = true, gone = false;
    FakeHost host([&](const ExchangeRequest& r) {
      if (gone) return failedCall("transport.unreachable", true);
      if (r.into_attachment) return down ? httpAnswer(503, "") : fetched(declared_);
      const ExchangeResponse page = agency.answer(r);
      return unreadable && agency.asked.back() == 2 ? httpAnswer(200, "<html/>") : page;
    });
    CollectRequest request;
    Answer answer;
    for (int calls = 0; calls < 2; ++calls) {
      answer = adapter_.collect(host, request);
      EXPECT_EQ(idsOf(answer), "");
      request.cursor = answer.cursor;
    }
    if (!unreadable) agency.refused = 2;
    const auto failing = [&] {
      answer = adapter_.collect(host, request);
      EXPECT_NE(answer.outcome, Outcome::kDone) << "the hub must hear of it";
      EXPECT_EQ(answer.code, unreadable ? "adapter.bad_answer" : "adapter.http_status");
    };
    failing();
    down = false;
    answer = adapter_.collect(host, request);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    EXPECT_NE(idsOf(answer), "");
    EXPECT_TRUE(answer.more);
    std::string given = idsOf(answer);
    for (int calls = 0; calls < 4 && answer.outcome == Outcome::kDone; ++calls) {
      request.cursor = answer.cursor;
      answer = adapter_.collect(host, request);
      given += idsOf(answer);
    }
    EXPECT_TRUE(given == "1 2 " || given == "2 1 ") << given;
    EXPECT_NE(answer.outcome, Outcome::kDone);
    gone = true;
    agency.asked.clear();
    const std::size_t before = host.requests.size();
    EXPECT_EQ(adapter_.collect(host, request).code, "transport.unreachable");
    EXPECT_EQ(host.requests.size(), before + 1) << "an agency that is away is asked once";
  }
}

// The hub keeps no cursor of a call that failed, yet waiting must come to an end.
TEST_F(RestAttachments, WhatWaitsBesideAFailingPageIsAProblemInTheEnd) {
  ASSERT_EQ(configured({{"attachment_rounds_max", 4}}).outcome, Outcome::kDone);
  Pages agency({json::array({changeOf(kDecided, "1", "1")}), json::array()});
  FakeHost host([&](const ExchangeRequest& r) {
    return r.into_attachment ? httpAnswer(503, "") : agency.answer(r);
  });
  agency.refused = 1;
  CollectRequest request;
  Answer answer = adapter_.collect(host, request);
  request.cursor = answer.cursor;
  std::string given;
  for (int round = 0; round < 5; ++round) {
    answer = adapter_.collect(host, request);
    given += idsOf(answer);
    if (answer.outcome == Outcome::kDone) request.cursor = answer.cursor;
  }
  EXPECT_EQ(given, "1! ");
}

// The agency may forget: what it no longer lists is a person's matter, and holds up nobody for ever.
TEST_F(RestAttachments, WhatCanNoLongerBeHadOfTheAgencyIsAProblemInTheEnd) {
  ASSERT_EQ(configured({{"attachment_rounds_max", 3}}).outcome, Outcome::kDone);
  for (const bool gone : {false, true}) {
    SCOPED_TRACE(gone);
    bool listed = true;
    Pages agency({json::array({changeOf(kDecided, "1", "1")}), json::array()});
    Pages empty({json::array(), json::array()});
    FakeHost host([&](const ExchangeRequest& r) {
      if (r.into_attachment) return httpAnswer(503, "");
      return listed ? agency.answer(r) : empty.answer(r);
    });
    Answer answer = roundOf(host, "");
    EXPECT_EQ(idsOf(answer), "");
    listed = gone;
    if (gone) agency.refused = 0;
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "");
    answer = roundOf(host, answer.cursor);
    EXPECT_EQ(idsOf(answer), "1! ");
    EXPECT_EQ(answer.items.at(0).problem_code, "adapter.change_gone");
    EXPECT_EQ(answer.items.at(0).external_id, "AK-1") << "a person sees which case it was about";
    EXPECT_EQ(answer.items.at(0).in_reply_to, "m-1");
    EXPECT_EQ(answer.code, "");
  }
}

// An old cursor that the agency cannot serve any more, while it gives everything else.
TEST_F(RestAttachments, APagePutAsideThatIsNotServedHoldsUpNoOther) {
  ASSERT_EQ(configured({{"attachment_rounds_max", 6}}).outcome, Outcome::kDone);
  std::vector<json> pages;
  for (int i = 1; i <= 5; ++i) {
    pages.push_back(json::array({changeOf(kDecided, std::to_string(i), std::to_string(i))}));
  }
  Pages agency(pages);
  agency.refused_with = 500;
  bool down = true;
  FakeHost host([&](const ExchangeRequest& r) {
    if (!r.into_attachment) return agency.answer(r);
    return down ? httpAnswer(503, "") : fetched(declared_);
  });
  Answer answer = roundOf(host, "");
  EXPECT_EQ(idsOf(answer), "");
  agency.refused = 0;
  down = false;
  // The turn may have been that of the item on this page.
  std::set<std::string> given;
  for (int round = 0; round < 2; ++round) {
    answer = roundOf(host, answer.cursor);
    for (const Inbound& item : answer.items) given.insert(item.item_id + item.problem_code);
  }
  EXPECT_EQ(given, (std::set<std::string>{"2", "3", "4", "5"}));
  EXPECT_EQ(answer.code, "adapter.attachment_waits");
  EXPECT_NE(answer.text.find("HTTP status 500"), std::string::npos) << answer.text;
  answer = roundOf(host, answer.cursor);
  for (int round = 0; round < 6 && answer.items.empty(); ++round) {
    answer = roundOf(host, answer.cursor);
  }
  EXPECT_EQ(idsOf(answer), "1! ");
  EXPECT_EQ(answer.items.at(0).problem_code, "adapter.change_gone");
  EXPECT_EQ(answer.items.at(0).external_id, "AK-1");
  EXPECT_EQ(answer.code, "");

  // An agency that is down altogether ages nothing.
  agency.refused = 1'000;
  down = true;
  answer = roundOf(host, "");
  agency.refused = 0;
  for (int i = 0; i < 6; ++i) {
    CollectRequest request;
    request.cursor = answer.cursor;
    FakeHost away([&](const ExchangeRequest&) { return httpAnswer(500, ""); });
    EXPECT_TRUE(adapter_.collect(away, request).items.empty());
  }
  agency.refused = 1'000;
  down = false;
  EXPECT_EQ(roundOf(host, answer.cursor).items.size(), 5U);
}

// The agency is so slow that one call cannot look at all that was put aside.
TEST_F(RestAttachments, EveryPagePutAsideIsLookedAtInTheEnd) {
  std::vector<json> pages;
  for (int i = 0; i < 8; ++i) {
    pages.push_back(json::array({changeOf(kDecided, std::to_string(i), std::to_string(i))}));
  }
  Pages agency(pages);
  FakeHost fast([&](const ExchangeRequest& r) {
    return r.into_attachment ? httpAnswer(503, "") : agency.answer(r);
  });
  std::string cursor = roundOf(fast, "").cursor;
  agency.asked.clear();
  FakeHost slow([&](const ExchangeRequest& r) {
    // The files of the first pages never come.
    if (r.into_attachment) return httpAnswer(503, "");
    return agency.answer(r);
  });
  slow.exchange_ms = 6'000;
  for (int call = 0; call < 10; ++call) {
    slow.time_left_ms = 30'000;
    CollectRequest request;
    request.cursor = cursor;
    cursor = adapter_.collect(slow, request).cursor;
  }
  const std::set<std::size_t> asked(agency.asked.begin(), agency.asked.end());
  for (std::size_t page = 0; page < pages.size(); ++page) EXPECT_TRUE(asked.contains(page)) << page;
}

// What it took back is waited for no more, though the page is still the last.
TEST_F(RestAttachments, WhatIsWithdrawnFromTheLastPageIsForgotten) {
  json items = {changeOf(kDecided, "1", "1"), changeOf(kDecided, "2", "2")};
  FakeHost host([&](const ExchangeRequest& r) {
    if (r.into_attachment) return httpAnswer(503, "");
    return httpAnswer(200, json{{"items", items}, {"more", false}}.dump());
  });
  Answer answer = roundOf(host, "");
  EXPECT_EQ(json::parse(answer.cursor)["v"].size(), 2U);
  items.erase(0);
  answer = roundOf(host, answer.cursor);
  EXPECT_EQ(json::parse(answer.cursor)["v"].size(), 1U);
  EXPECT_FALSE(json::parse(answer.cursor)["f"].contains("1"));
}

// A change whose file is wrong is given as it came, which may be far more than what was made of it.
TEST_F(RestAttachments, WhatBecomesAProblemIsCountedAsLargeAsItIs) {
  json items = json::array();
  for (int i = 0; i < 9; ++i) {
    json change = changeOf(kDecided, std::to_string(i), std::to_string(i));
    change["pad"] = std::string(900'000, 'x');
    items.push_back(change);
  }
  const std::string page = json{{"items", items}, {"nextCursor", "5"}, {"more", false}}.dump();
  FakeHost host([&](const ExchangeRequest& r) {
    return r.into_attachment ? httpAnswer(404, "") : first(r, page);
  });
  CollectRequest request;
  std::string given;
  for (int call = 0; call < 6; ++call) {
    const Answer answer = adapter_.collect(host, request);
    std::size_t bytes = 0;
    for (const Inbound& item : answer.items) bytes += kit::bytesOf(item);
    EXPECT_LE(bytes, kit::kAnswerBytesMax);
    given += idsOf(answer);
    request.cursor = answer.cursor;
  }
  EXPECT_EQ(given, "0! 1! 2! 3! 4! 5! 6! 7! 8! ");
}

// Of a store of files that is down no item but one counts the rounds, and what has no files is given.
TEST_F(RestAttachments, AStoreOfFilesThatIsDownHoldsUpNothingElse) {
  json items = json::array();
  for (int i = 0; i < 5; ++i) {
    json item = golden("item.decision_application_satisfied.in.json");
    item["changeId"] = std::to_string(i + 1);
    item["caseId"] = "AK-" + std::to_string(i + 1);
    item["externalId"] = "m-" + std::to_string(i + 1);
    items.push_back(item);
  }
  json plain = golden("item.in_progress.in.json");
  plain["changeId"] = "9";
  plain["caseId"] = "AK-9";
  plain["externalId"] = "m-9";
  items.push_back(plain);
  const std::string page = json{{"items", items}, {"nextCursor", "5"}, {"more", false}}.dump();
  for (const bool hangs : {false, true}) {
    SCOPED_TRACE(hangs);
    int calls = 0;
    FakeHost host([&](const ExchangeRequest& r) {
      if (!r.into_attachment) return httpAnswer(200, page);
      ++calls;
      return httpAnswer(503, "");
    });
    if (hangs) host.exchange_ms = 11'000;
    const Answer answer = adapter_.collect(host, {});
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    EXPECT_EQ(answer.code, "adapter.attachment_waits");
    ASSERT_EQ(answer.items.size(), 1U);
    EXPECT_EQ(answer.items[0].item_id, "9");
    EXPECT_FALSE(answer.more) << "asked for again at once it would be as far";
    EXPECT_EQ(calls, hangs ? 1 : 3);
    EXPECT_EQ(json::parse(answer.cursor)["f"], (json{{"1", 1}}));
  }
}

TEST_F(Rest, WhatIsRefusedSaysWhichAppealItIsAbout) {
  json item = golden("item.unknown_result.in.json");
  FakeHost host([&](const ExchangeRequest&) {
    return httpAnswer(200, json{{"items", {item}}, {"nextCursor", "5"}, {"more", false}}.dump());
  });
  const Answer answer = adapter_.collect(host, {});
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.unknown_code");
  EXPECT_EQ(answer.items[0].external_id, item["caseId"]);
  EXPECT_EQ(answer.items[0].in_reply_to, item["externalId"]);
  EXPECT_EQ(json::parse(answer.items[0].raw), item);
}

TEST_F(Rest, LargeNumbersStayApart) {
  const auto page = [](const char* first, const char* second) {
    const std::string rest = R"(,"type":"status","status":"registered","caseId":"AK-1",)"
                             R"("changedAt":"2026-11-24T10:00:00+05:00","externalId":"m-1"})";
    return std::string(R"({"items":[{"changeId":)") + first + rest + R"(,{"changeId":)" + second +
           rest + R"(],"nextCursor":1234567890123456789,"more":false})";
  };
  FakeHost host([&](const ExchangeRequest&) {
    return httpAnswer(200, page("1234567890123456789", "1234567890123456790"));
  });
  const Answer answer = adapter_.collect(host, {});
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].problem_code, "") << answer.items[0].problem_text;
  EXPECT_EQ(answer.items[0].item_id, "1234567890123456789");
  EXPECT_EQ(answer.items[1].item_id, "1234567890123456790");
  EXPECT_NE(answer.cursor.find("1234567890123456789"), std::string::npos);
}

// `count` attachments, as a message or a decision announces them.
json manyFiles(int count) {
  json files = json::array();
  for (int i = 0; i < count; ++i) {
    files.push_back({{"id", "f" + std::to_string(i)},
                     {"name", "a.pdf"},
                     {"mime", "application/pdf"},
                     {"size", 1},
                     {"sha256", kit::sha256Hex(std::to_string(i))}});
  }
  return files;
}

// More files than a call has time for: each call answers in time, and none is sent twice.
TEST_F(Rest, FilesOfAMessageTakeAsManyCallsAsTheyNeed) {
  std::map<std::string, int> sent;
  Message m = message("request.collective_en.in.json");
  json body = json::parse(m.body);
  body["appeal"]["attachments"] = manyFiles(60);
  m.body = body.dump();
  Answer answer;
  for (m.attempt = 1; m.attempt < 10 && sent.size() < 60U; ++m.attempt) {
    FakeHost host([&](const ExchangeRequest& r) {
      if (r.method == "POST") return httpAnswer(201, R"({"caseId":"AK-1"})");
      ++sent[r.body_attachment];
      return httpAnswer(201, "{}");
    });
    host.exchange_ms = 600;
    answer = adapter_.deliver(host, m);
    EXPECT_GT(host.time_left_ms, 5'000);
    EXPECT_EQ(answer.external_id, "AK-1");
    if (sent.size() < 60U) {
      EXPECT_EQ(answer.outcome, Outcome::kRetry);
      EXPECT_EQ(answer.code, "adapter.files_follow");
    }
    m.external_id = "AK-1";
  }
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.code;
  EXPECT_LE(m.attempt, 4);
  for (const auto& [digest, times] : sent) EXPECT_EQ(times, 1) << digest;
}

TEST_F(RestAttachments, OfAPageTakeAsManyCallsAsTheyNeed) {
  json items = json::array();
  for (int i = 0; i < 3; ++i) {
    json item = golden("item.decision_application_satisfied.in.json");
    item["changeId"] = std::to_string(i + 1);
    item["decision"]["attachments"] = manyFiles(40);
    items.push_back(item);
  }
  const std::string page = json{{"items", items}, {"nextCursor", "5"}, {"more", false}}.dump();
  int fetched = 0, calls = 0;
  std::vector<std::string> given;
  CollectRequest request;
  while (given.size() < 3U && ++calls < 10) {
    FakeHost host([&](const ExchangeRequest& r) {
      if (!r.into_attachment) return httpAnswer(200, page);
      ++fetched;
      ExchangeResponse file = httpAnswer(200, "");
      file.attachment_sha256 =
          kit::sha256Hex(r.path.substr(std::string("/api/v1/attachments/f").size()));
      return file;
    });
    host.exchange_ms = 600;
    const Answer answer = adapter_.collect(host, request);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    EXPECT_GT(host.time_left_ms, 5'000);
    for (const Inbound& item : answer.items) {
      EXPECT_EQ(item.problem_code, "");
      given.push_back(item.item_id);
    }
    EXPECT_EQ(answer.more, given.size() < 3U);
    request.cursor = answer.cursor;
  }
  EXPECT_EQ(given, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(fetched, 120);
  EXPECT_LE(calls, 4);
}

// A push of one change with more files than fit: refused for now, and taken when it comes again.
TEST_F(RestAttachments, OfAPushTakeAsManyPushesAsTheyNeed) {
  NativeRequest push;
  json change = golden("item.decision_application_satisfied.in.json");
  change["decision"]["attachments"] = manyFiles(40);
  push.body = change.dump();
  int fetched = 0;
  const auto pushed = [&] {
    FakeHost host([&](const ExchangeRequest& r) {
      ++fetched;
      ExchangeResponse file = httpAnswer(200, "");
      file.attachment_sha256 =
          kit::sha256Hex(r.path.substr(std::string("/api/v1/attachments/f").size()));
      return file;
    });
    host.exchange_ms = 600;
    return adapter_.receive(host, push);
  };
  EXPECT_EQ(pushed().native_status, 503);
  EXPECT_EQ(pushed().native_status, 200);
  EXPECT_EQ(fetched, 40);
}

// Changes that together are more than an answer may hold, and more of them than a list may.
TEST_F(Rest, APageThatIsTooMuchIsGivenInParts) {
  for (const auto& [count, size] : {std::pair(9, 900'000), std::pair(501, 1)}) {
    json items = json::array();
    for (int i = 0; i < count; ++i) {
      json change = golden("item.registered.in.json");
      change["changeId"] = std::to_string(i);
      change["note"] = std::string(static_cast<std::size_t>(size), 'x');
      items.push_back(change);
    }
    const std::string page = json{{"items", items}, {"nextCursor", "5"}, {"more", false}}.dump();
    FakeHost host([&](const ExchangeRequest&) { return httpAnswer(200, page); });
    CollectRequest request;
    std::set<std::string> given;
    int calls = 0;
    while (given.size() < items.size()) {
      const Answer answer = adapter_.collect(host, request);
      ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
      ASSERT_FALSE(answer.items.empty());
      EXPECT_LE(answer.items.size(), kit::kAnswerItemsMax);
      std::size_t bytes = 0;
      for (const Inbound& item : answer.items) {
        EXPECT_TRUE(given.insert(item.item_id).second) << item.item_id;
        bytes += kit::bytesOf(item);
      }
      EXPECT_LE(bytes, kit::kAnswerBytesMax);
      EXPECT_EQ(answer.more, given.size() < items.size());
      request.cursor = answer.cursor;
      ++calls;
    }
    EXPECT_GT(calls, 1);
    EXPECT_NE(request.cursor.find("\"5\""), std::string::npos) << request.cursor;
  }
}

TEST_F(Rest, GarbagePagesAreFaults) {
  for (const char* body : {"", "[]", "{}", "{\"items\":5}", "<html/>"}) {
    FakeHost host([&](const ExchangeRequest&) { return httpAnswer(200, body); });
    EXPECT_EQ(adapter_.collect(host, {}).code, "adapter.bad_answer") << body;
  }
}

TEST_F(Rest, PushesAreOneChange) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  NativeRequest push;
  push.body = golden("item.registered.in.json").dump();
  const Answer answer = adapter_.receive(host, push);
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(json::parse(answer.native_body), (json{{"received", true}, {"changeId", "17"}}));
  push.body = "{";
  const Answer refused = adapter_.receive(host, push);
  EXPECT_EQ(refused.outcome, Outcome::kRejected);
  EXPECT_EQ(refused.native_status, 422);
  EXPECT_EQ(refused.items.at(0).problem_code, "adapter.bad_json");
}

TEST_F(Rest, AKeptChangeIsTranslatedAgain) {
  const json bad = golden("item.unknown_status.in.json");
  FakeHost host([&](const ExchangeRequest&) {
    return httpAnswer(200, json{{"items", {bad}}, {"nextCursor", "19"}}.dump());
  });
  const Inbound kept = adapter_.collect(host, {}).items.at(0);
  ASSERT_EQ(kept.problem_code, "adapter.unknown_code");
  NativeRequest request;
  request.method = kTranslate;
  request.path = kept.item_id;
  request.body = kept.raw;
  const Answer still = adapter_.receive(host, request);
  EXPECT_EQ(still.items.at(0).item_id, kept.item_id);
  EXPECT_EQ(still.items.at(0).problem_code, "adapter.unknown_code");
  EXPECT_TRUE(still.native_body.empty()) << "nobody waits for an answer";

  auto configuration =
      kit::testing::configurationOf("adapters/mappings/akimat", RestAdapter::about());
  auto settings = json::parse(configuration.settings_json);
  settings["tables"]["status"][bad.at("status").get<std::string>()] = "in_work";
  configuration.settings_json = settings.dump();
  RestAdapter mended;
  ASSERT_EQ(mended.configure(host, configuration).outcome, Outcome::kDone);
  const Answer answer = mended.receive(host, request);
  ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_EQ(answer.items[0].item_id, kept.item_id);
  EXPECT_EQ(answer.items[0].type, "status/1");
  request.body.assign(1024 * 1024, ' ');
  EXPECT_EQ(mended.receive(host, request).code, "adapter.too_large") << "it may have been cut";
}

// Each names the setting, the key and what is wrong with the value.
TEST_F(Rest, WrongCallsAreWrongSettings) {
  const json post = {{"method", "POST"}, {"path", "/x"}};
  const auto with = [&](const std::string& key, const std::string& value) {
    json call = post;
    call[key] = value;
    return call;
  };
  for (const auto& [settings, text] : std::vector<std::pair<json, std::string>>{
           {{{"operations", {{"appeal/1", with("path", "/api/{nope}")}}}},
            "setting operations.appeal/1.path: '/api/{nope}' asks for {nope}; it may take "},
           {{{"operations", {{"appeal/1", with("metod", "POST")}}}},
            "setting operations.appeal/1.metod: there is no such key; known are method, path"},
           {{{"operations", {{"appeal/1", post}, {"apeal/1", post}}}},
            "setting operations.apeal/1: there is no such message"},
           {{{"operations", {{"appeal/1", with("method", "SEND")}}}},
            "setting operations.appeal/1.method: 'SEND' is not one of its choices: GET, POST"},
           {{{"headers", {{"X-Key", "{nope}"}}}}, "setting headers.X-Key: '{nope}' asks for"},
           {{{"statuses", {{"409", "REJECTD"}}}},
            "setting statuses.409: 'REJECTD' is not one of its choices: DONE, "},
           {{{"statuses", {{"4xx", "RETRY"}}}}, "setting statuses.4xx: '4xx' is not a pattern"},
           {{{"attachments_up", {{"method", "PUT"}, {"path", nullptr}}}},
            "setting attachments_up: it has no path"},
           {{{"attachments_down", {{"path", "/a/{external_id}"}}}},
            "setting attachments_down.path: "},
           {{{"probe", {{"path", "/{message_id}"}}}}, "setting probe.path: "},
           {{{"find", {{"path", "/{external_id}"}}}, {"found", "found.jq"}}, "setting find.path: "},
           {{{"collect", {{"frst_path", "/a"}}}},
            "setting collect.frst_path: there is no such key"},
           {{{"collect", {{"first_path", "/a?{cursor}"}}}}, "setting collect.first_path: "},
           {{{"collect", {{"first_path", nullptr}}}},
            "setting collect.path: it takes {cursor}, which the first call has not"},
           {{{"attachment_rounds_max", -1}},
            "setting attachment_rounds_max: -1 is not within 1 to 1000000"}}) {
    const Answer answer = configured(settings);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << settings;
    EXPECT_EQ(answer.code, "adapter.bad_setting") << settings;
    EXPECT_EQ(answer.text.rfind(text, 0), 0U) << answer.text;
  }
}

TEST_F(Rest, ATableThatRefusesWhateverComesIsRemarkedOn) {
  const Answer all = configured({{"statuses", {{"4*", "REJECTED"}}}});
  EXPECT_EQ(all.outcome, Outcome::kDone);
  EXPECT_TRUE(all.text.starts_with("statuses.4* is REJECTED: ")) << all.text;
  EXPECT_NE(configured({{"statuses", {{"4*", nullptr}, {"*", "REJECTED"}}}}).text, "");
  EXPECT_EQ(configured({{"statuses", {{"4*", "FAULT"}, {"422", "REJECTED"}}}}).text, "");
}

// Not at the first delivery, when an appeal waits.
TEST_F(Rest, AHeaderTheHubWouldNotSendIsAWrongSetting) {
  const Answer answer = configured({{"headers", {{"Content-Length", "0"}}}});
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_EQ(answer.code, "adapter.bad_setting");
  EXPECT_NE(answer.text.find("Content-Length"), std::string::npos) << answer.text;
}

TEST_F(Rest, ProbesByItsHarmlessCall) {
  FakeHost good([](const ExchangeRequest& r) {
    EXPECT_EQ(r.path, "/api/v1/ping");
    return httpAnswer(200, "{\"ok\":true}");
  });
  EXPECT_EQ(adapter_.probe(good).outcome, Outcome::kDone);
  FakeHost bad([](const ExchangeRequest&) { return httpAnswer(503, ""); });
  EXPECT_EQ(adapter_.probe(bad).outcome, Outcome::kRetry);
}

TEST(RestSettings, StandInTheReadme) {
  EXPECT_EQ(kit::testing::readmeProblem(kit::aboutToJson(RestAdapter::about())), "");
}

}  // namespace
}  // namespace otinish
