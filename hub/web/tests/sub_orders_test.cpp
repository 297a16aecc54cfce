// Sub-orders at the door: who may ask, what is handed on, how it is shown.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hub/web/tests/server_fixture.h"

namespace hub::web::testing {
namespace {

using nlohmann::json;

class SubOrderDoorTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
  }
  static constexpr const char* kPath = "/v1/appeals/ZhT-2026-00000001/sub-orders";
};

TEST_F(SubOrderDoorTest, TheyAreListedForClerksInTheCallersLanguage) {
  EXPECT_EQ(get(kPath).status, 403) << "the applicant's client";
  const auto list = get(kPath, "Accept-Language: ru\r\n", kAdminKey);
  ASSERT_EQ(list.status, 200) << list.body;
  const auto body = json::parse(list.body);
  const auto& order = body["sub_orders"][0];
  EXPECT_EQ(order["number"], 2);
  EXPECT_EQ(order["of"], 1);
  EXPECT_EQ(order["kind_name"], "запрос");
  EXPECT_EQ(order["state_name"], "направлено");
  EXPECT_EQ(order["target_name"], "Акимат");
  EXPECT_EQ(order["text"], "Сведения о доме");
  EXPECT_EQ(order["late"], true);
  EXPECT_EQ(order["steps"][0]["action"], "answer");
  EXPECT_EQ(order["steps"][0]["needs"][0], "answer");
  EXPECT_EQ(body["kinds"][0]["kind"], "request");
  EXPECT_EQ(body["confidence"], "low");
  EXPECT_EQ(body["steps"][0]["name"], "составить");
  EXPECT_EQ(get(std::string(kPath) + "?x=1", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/appeals/none/sub-orders", "", kAdminKey).status, 404);
}

TEST_F(SubOrderDoorTest, OneIsMadeAndItsStepsAreTaken) {
  const auto post = [&](const std::string& path, const std::string& body,
                        const std::string& key = kAdminKey) {
    return ask(withBody("POST", path, "application/json", body, {}, key));
  };
  const std::string order =
      R"({"role":"executor","kind":"request","body":"akimat","text":"Сведения","day":"2026-03-27","of":"3","source_id":"d-1"})";
  EXPECT_EQ(post(kPath, order, kKey).status, 403);
  const auto made = post(kPath, order);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(service_->sub_order_number, 0);
  EXPECT_EQ(service_->sub_ordered.kind, "request");
  EXPECT_EQ(service_->sub_ordered.body, "akimat");
  EXPECT_EQ(service_->sub_ordered.day, "2026-03-27");
  EXPECT_EQ(service_->sub_ordered.of, 3);
  EXPECT_EQ(service_->sub_ordered.source_id, "d-1");
  EXPECT_EQ(json::parse(made.body)["reg_number"], "ЖТ-2026-00000001");
  const std::string second = std::string(kPath) + "/2:act";
  const auto answered = post(
      second, R"({"action":"answer","role":"executor","answer":"96","reason":"x","text":"y"})");
  ASSERT_EQ(answered.status, 200) << answered.body;
  EXPECT_EQ(service_->sub_order_number, 2);
  EXPECT_EQ(service_->sub_ordered.action, "answer");
  EXPECT_EQ(service_->sub_ordered.answer, "96");
  const auto barred = post(second, R"({"action":"sign"})");
  EXPECT_EQ(barred.status, 409);
  EXPECT_EQ(json::parse(barred.body)["code"], "rules.sub_order_not_allowed");
  EXPECT_EQ(post(kPath, R"({"kind":"request","source_id":"known"})").status, 200)
      << "it was made before";
  const auto keyless = post(kPath, R"({"kind":"request"})");
  EXPECT_EQ(keyless.status, 400);
  EXPECT_NE(keyless.body.find("/source_id"), std::string::npos) << keyless.body;
  for (const char* bad : {"[]", R"({"kind":1})", R"({"action":"create"})", R"({"who":"me"})"}) {
    EXPECT_EQ(post(kPath, bad).status, 400) << bad;
  }
  EXPECT_EQ(post(kPath, R"({"kind":"request","source_id":"x","of":"first"})").status, 422);
  EXPECT_EQ(post(second, R"({"role":"head"})").status, 400) << "no action";
  for (const char* number : {"0", "x", "-1", "99999999999999999999"}) {
    EXPECT_EQ(post(std::string(kPath) + "/" + number + ":act", R"({"action":"sign"})").status, 404)
        << number;
  }
}

TEST_F(SubOrderDoorTest, AClientOfABodySeesWhatThatBodyAskedOrWasAsked) {
  ASSERT_EQ(get("/v1/sub-orders", "", kBodyKey).status, 200);
  EXPECT_EQ(service_->sub_order_filter.target, "940140000385");
  EXPECT_TRUE(service_->sub_order_filter.sent) << "not what is still being written";
  ASSERT_EQ(get("/v1/sub-orders?body=940140000385", "", kBodyKey).status, 200);
  EXPECT_EQ(service_->sub_order_filter.target, "");
  EXPECT_FALSE(service_->sub_order_filter.sent);
  EXPECT_EQ(get("/v1/sub-orders?body=990140900507", "", kBodyKey).status, 403);
  EXPECT_EQ(get("/v1/sub-orders?target=990140900507", "", kBodyKey).status, 403);
  ASSERT_EQ(get("/v1/sub-orders?target=990140900507&body=940140000385", "", kBodyKey).status, 200);
  // Of an appeal that another body has, the service tells such a client no more than what it was asked.
  ASSERT_EQ(get(kPath, "", kBodyKey).status, 200);
  EXPECT_EQ(service_->last_caller.body, "940140000385");
}

// A body's client of one source system reads no words of appeals that came from others.
TEST_F(SubOrderDoorTest, OfAClientsSourceSystemAlone) {
  // 0 is an appeal of "portal", 1 of "other", which is the client's.
  service_->sub_orders_of = {0, 0, 1, 0, 1, 0, 0, 1, 0};
  std::string seen, after;
  int pages = 0;
  do {
    const auto list = get("/v1/sub-orders?limit=2" + after, "", kBothKey);
    ASSERT_EQ(list.status, 200) << list.body;
    const auto body = json::parse(list.body);
    for (const auto& order : body["sub_orders"]) {
      seen += order["reg_number"].get<std::string>() + " ";
    }
    after = body.contains("next") ? "&after=" + body["next"].get<std::string>() : "";
    ++pages;
  } while (!after.empty() && pages < 9);
  EXPECT_EQ(seen, "ЖТ-2026-00000002 ЖТ-2026-00000002 ЖТ-2026-00000002 ");
  EXPECT_EQ(service_->sub_order_filter.target, "940140000385");
  // However few it may see, one question reads no more than a bounded number, and tells where to go on.
  service_->sub_orders_of.assign(5000, 0);
  const auto none = json::parse(get("/v1/sub-orders?limit=500", "", kBothKey).body);
  EXPECT_TRUE(none["sub_orders"].empty());
  EXPECT_EQ(none["next"], "1000");
  const auto all = json::parse(get("/v1/sub-orders?limit=500", "", kBodyKey).body);
  EXPECT_EQ(all["sub_orders"].size(), 500u);
}

TEST_F(SubOrderDoorTest, WhatBodiesOweIsListedForAnAdministrator) {
  EXPECT_EQ(get("/v1/sub-orders").status, 403);
  const auto list =
      get("/v1/sub-orders?body=minfin&target=940140000385&state=signed&due_to=2026-03-30&limit=7",
          "", kAdminKey);
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_EQ(json::parse(list.body)["next"], "2026-03-27.1.2");
  EXPECT_EQ(json::parse(list.body)["sub_orders"][0]["number"], 2);
  EXPECT_EQ(service_->sub_order_filter.body, "990140900507");
  EXPECT_EQ(service_->sub_order_filter.target, "940140000385");
  EXPECT_EQ(service_->sub_order_filter.state, "signed");
  EXPECT_EQ(service_->sub_order_filter.due_to, "2026-03-30");
  EXPECT_EQ(service_->rows.last_limit, 7);
  EXPECT_FALSE(service_->sub_order_filter.sent);
  for (const char* bad : {"?due_to=soon", "?limit=0", "?limit=501", "?who=me", "?after=bad",
                          "?state=sined", "?state=checked", "?body=minfn", "?target=akimt"}) {
    EXPECT_EQ(get(std::string("/v1/sub-orders") + bad, "", kAdminKey).status, 400) << bad;
  }
}

}  // namespace
}  // namespace hub::web::testing
