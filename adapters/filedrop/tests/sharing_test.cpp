// Several hubs over one folder, none of which was given a name.
#include "adapters/filedrop/tests/drop_fixture.h"

namespace otinish::filedrop_test {
namespace {

class Sharing : public Filedrop {
 protected:
  // A hub with a database of its own: its cursor.
  struct Hub {
    std::unique_ptr<FiledropAdapter> adapter;
    std::string cursor;
    std::vector<Settled> settled;
    std::vector<std::string> taken;
    std::string node() const { return nlohmann::json::parse(cursor)["node"]; }
  };

  Hub hub() {
    Hub hub;
    hub.adapter = std::make_unique<FiledropAdapter>([this] { return now_ms_; });
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
    auto settings = nlohmann::json::parse(c.settings_json);
    settings["csv_charset"] = "UTF-8";
    c.settings_json = settings.dump();
    EXPECT_EQ(hub.adapter->configure(host_, c).outcome, Outcome::kDone);
    return hub;
  }

  static Answer collect(Hub& hub, kit::Host& host, bool commits = true) {
    CollectRequest request;
    request.cursor = hub.cursor;
    request.settled = hub.settled;
    Answer answer = hub.adapter->collect(host, request);
    if (!commits || answer.outcome != Outcome::kDone) return answer;
    hub.cursor = answer.cursor;
    hub.settled.clear();
    for (const Inbound& item : answer.items) {
      hub.settled.push_back({item.item_id, true, "", "", ""});
      hub.taken.push_back(item.item_id);
    }
    return answer;
  }

  const std::string good_ = kHeader + row(1, "ORYNDALUDA");
};

TEST_F(Sharing, AHubClaimsNothingBeforeItsNameIsCommitted) {
  Hub a = hub();
  folder_.files["out/status-1.csv"] = good_;
  for (int i = 0; i < 3; ++i) {
    const Answer first = collect(a, host_, false);
    EXPECT_TRUE(first.items.empty());
    EXPECT_TRUE(first.more);
  }
  EXPECT_TRUE(has("out/status-1.csv"));
  EXPECT_TRUE(host_.requests.empty());
  collect(a, host_);
  const std::string node = a.node();
  EXPECT_EQ(collect(a, host_).items.size(), 1U);
  EXPECT_TRUE(has("out/processing/" + node + "/status-1.csv"));
  EXPECT_EQ(a.node(), node) << "made once";
}

TEST_F(Sharing, OneFileIsHandedOnOnce) {
  Hub a = hub();
  Hub b = hub();
  collect(a, host_);
  collect(b, host_);
  EXPECT_NE(a.node(), b.node());
  folder_.files["out/status-1.csv"] = good_;
  collect(a, host_);
  folder_.files["out/status-2.csv"] = good_;
  // What a has claimed and not settled lies there while b looks, again and again.
  for (int i = 0; i < 3; ++i) collect(b, host_);
  collect(a, host_);
  collect(b, host_);
  ASSERT_EQ(a.taken.size(), 1U);
  ASSERT_EQ(b.taken.size(), 1U);
  EXPECT_TRUE(a.taken[0].starts_with("status-1.csv"));
  EXPECT_TRUE(b.taken[0].starts_with("status-2.csv"));
  EXPECT_TRUE(has("out/done/status-1.csv"));
  EXPECT_TRUE(has("out/done/status-2.csv"));
}

TEST_F(Sharing, NoFolderIsMadeWhereTheAgencyHasNone) {
  Hub a = hub();
  collect(a, host_);
  folder_.files["out/status-1.csv"] = good_;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(collect(a, host_).outcome, Outcome::kDone);
  for (const auto& [path, content] : folder_.files) EXPECT_TRUE(path.starts_with("out/")) << path;
}

TEST_F(Sharing, WhoIsLateForAFileLeavesIt) {
  Hub a = hub();
  Hub b = hub();
  collect(a, host_);
  collect(b, host_);
  folder_.files["out/status-1.csv"] = good_;
  // b is quicker between a's listing and a's claim.
  kit::testing::FakeHost slow([&](const ExchangeRequest& r) {
    if (r.method == "MOVE" && r.path == "out/status-1.csv") collect(b, host_);
    return folder_.answer(r);
  });
  EXPECT_TRUE(collect(a, slow).items.empty());
  EXPECT_EQ(b.taken.size(), 1U);
  EXPECT_NE(slow.logged.find("filedrop.claim_failed transport.not_found"), std::string::npos);
}

TEST_F(Sharing, AFileIsClaimedTogetherWithWhatMakesItComplete) {
  Hub a = hub();
  collect(a, host_);
  folder_.files["out/status-1.csv"] = good_;
  collect(a, host_);
  const auto claim = std::find_if(host_.requests.begin(), host_.requests.end(),
                                  [](const ExchangeRequest& r) { return r.method == "MOVE"; });
  ASSERT_NE(claim, host_.requests.end());
  ASSERT_EQ(claim->headers.size(), 1U);
  EXPECT_EQ(claim->headers[0].name + ": " + claim->headers[0].value, "Companions: required");
}

TEST_F(Sharing, ClaimsOfADeadHubGoToALivingOneAfterTheLease) {
  Hub a = hub();
  Hub b = hub();
  collect(a, host_);
  collect(b, host_);
  folder_.files["out/status-1.csv"] = good_;
  collect(a, host_, false);  // and dies
  pass(599'000);
  EXPECT_TRUE(collect(b, host_).items.empty());
  pass(2'000);
  EXPECT_EQ(collect(b, host_).items.size(), 1U);
  collect(b, host_);
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Sharing, AHubThatComesBackGoesOnWithItsOwnClaims) {
  Hub a = hub();
  collect(a, host_);
  folder_.files["out/status-1.csv"] = good_;
  collect(a, host_);
  Hub again = hub();
  again.cursor = a.cursor;
  again.settled = a.settled;
  pass(86'400'000);
  EXPECT_TRUE(collect(again, host_).items.empty());
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Sharing, ACursorWithAWrongNameIsRefused) {
  Hub a = hub();
  a.cursor = R"({"files":{},"node":"../x"})";
  const Answer answer = collect(a, host_);
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_EQ(answer.code, "adapter.bad_cursor");
}

}  // namespace
}  // namespace otinish::filedrop_test
