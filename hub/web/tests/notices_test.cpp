// Notices as administrators and clients see them, and the gateway's door.
#include <nlohmann/json.hpp>

#include "hub/web/tests/server_fixture.h"

namespace hub::web {
namespace {

using Json = nlohmann::json;
using store::NoticeState;

class FakeDesk final : public notify::SmsDesk {
 public:
  Status report(const notify::SmsReport& report) override {
    std::lock_guard lock(mutex);
    reports.push_back(report);
    return report.token == "right" ? Status() : Status::failure("notify.bad_report", "");
  }
  Result<store::NoticeRow> retry(store::RowId notice, const exchange::Caller& caller) override {
    if (notice != 3) return Status::failure("store.not_found", "no such notice");
    std::lock_guard lock(mutex);
    retried_by = caller.client;
    store::NoticeRow row;
    row.channel = "sms";
    row.language = "kk";
    row.id = notice;
    return row;
  }
  std::mutex mutex;
  std::vector<notify::SmsReport> reports;
  std::string retried_by;
};

class NoticesTest : public testing::ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    for (store::RowId id = 3; id > 0; --id) {
      store::NoticeRow row;
      row.id = id;
      row.appeal = 1;
      row.seq = id + 1;
      row.channel = "sms";
      row.kind = "registered";
      row.event = "registered";
      row.language = "kk";
      row.state = id == 3 ? NoticeState::kFailed : NoticeState::kWaiting;
      row.code = id == 3 ? "notify.not_delivered" : "";
      service_->rows.notices.push_back(row);
    }
    sms_ = &desk_;
  }
  Json read(const std::string& target, const std::string& key) {
    const auto answer = get(target, {}, key);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body);
  }
  FakeDesk desk_;
};

TEST_F(NoticesTest, AdministratorsListThem) {
  start();
  auto all = read("/v1/notices", testing::kAdminKey);
  ASSERT_EQ(all["notices"].size(), 3U);
  EXPECT_FALSE(all.contains("next"));
  const auto first = all["notices"][0];
  EXPECT_EQ(first["id"], 3);
  EXPECT_EQ(first["state"], "failed");
  EXPECT_EQ(first["code"], "notify.not_delivered");
  EXPECT_EQ(first["reg_number"], "ЖТ-2026-00000001");
  EXPECT_FALSE(first.contains("next_at"));
  EXPECT_TRUE(all["notices"][1].contains("next_at"));
  EXPECT_EQ(read("/v1/notices?state=failed", testing::kAdminKey)["notices"].size(), 1U);
  EXPECT_EQ(read("/v1/notices?after=3", testing::kAdminKey)["notices"].size(), 2U);
  EXPECT_EQ(read("/v1/notices?limit=3", testing::kAdminKey)["next"], "1");
  EXPECT_EQ(get("/v1/notices?state=lost", {}, testing::kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/notices?after=x", {}, testing::kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/notices").status, 403);
}

TEST_F(NoticesTest, AClientSeesThoseOfItsAppeal) {
  start();
  const auto seen = read("/v1/appeals/ZhT-2026-00000001/notices", testing::kKey);
  EXPECT_EQ(seen["notices"].size(), 3U);
  EXPECT_EQ(seen["reg_number"], "ЖТ-2026-00000001");
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/notices", {}, testing::kBoundKey).status, 404);
}

TEST_F(NoticesTest, AnAdministratorHasOneSentAgain) {
  start();
  EXPECT_EQ(ask(withBody("POST", "/v1/notices/3:retry", "", "", {}, testing::kAdminKey)).status,
            202);
  EXPECT_EQ(desk_.retried_by, "operator");
  EXPECT_EQ(ask(withBody("POST", "/v1/notices/9:retry", "", "", {}, testing::kAdminKey)).status,
            404);
  EXPECT_EQ(ask(withBody("POST", "/v1/notices/3:retry", "", "")).status, 403);
}

TEST_F(NoticesTest, TheGatewayReportsWithItsTokenAlone) {
  start();
  const auto taken =
      ask(head("GET", "/sms/report?notice=7&status=1&id=20058e41-2c0c&token=right", {}, ""));
  EXPECT_EQ(taken.status, 204);
  ASSERT_EQ(desk_.reports.size(), 1U);
  EXPECT_EQ(desk_.reports[0].notice, 7);
  EXPECT_EQ(desk_.reports[0].kind, 1);
  EXPECT_EQ(desk_.reports[0].provider_id, "20058e41-2c0c");
  EXPECT_EQ(get("/sms/report?notice=7&status=1&id=%3Cb%3E&token=right", {}, "").status, 204);
  EXPECT_EQ(desk_.reports[1].provider_id, "");
}

TEST_F(NoticesTest, WhateverIsWrongWithAReportLooksTheSame) {
  start();
  std::string first;
  for (const char* query :
       {"?notice=7&status=1&token=wrong", "?notice=7&status=1", "?notice=x&status=1&token=right",
        "?notice=7&status=-1&token=right", "?notice=7&status=900&token=right", "",
        "?notice=7&notice=8&status=1&token=right", "?notice=7&status=1&token=right&more=1"}) {
    const auto answer = get(std::string("/sms/report") + query, {}, "");
    EXPECT_EQ(answer.status, 403) << query;
    auto problem = Json::parse(answer.body);
    EXPECT_EQ(problem["code"], "notify.bad_report");
    problem.erase("instance");
    if (first.empty()) first = problem.dump();
    EXPECT_EQ(problem.dump(), first) << query;
  }
}

TEST_F(NoticesTest, WithoutAGatewayNothingIsReportedAndNothingSentAgain) {
  sms_ = nullptr;
  start();
  EXPECT_EQ(get("/sms/report?notice=7&status=1&token=right", {}, "").status, 403);
  const auto answer = ask(withBody("POST", "/v1/notices/3:retry", "", "", {}, testing::kAdminKey));
  EXPECT_EQ(answer.status, 409);
  EXPECT_NE(answer.body.find("notify.not_configured"), std::string::npos);
}

TEST_F(NoticesTest, MetricsShowWhatWaits) {
  start();
  EXPECT_NE(get("/metrics").body.find("hub_sms_notices_waiting 3"), std::string::npos);
}

}  // namespace
}  // namespace hub::web
