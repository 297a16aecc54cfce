// How long files stay, and what is remembered of those that are gone.
#include "adapters/filedrop/known.h"
#include "adapters/filedrop/tests/drop_fixture.h"
#include "contracts/adapter/listing.h"

namespace otinish::filedrop_test {
namespace {

class Retention : public Filedrop {
 protected:
  // As an agency writes it now.
  void drop(const std::string& path, const std::string& content) {
    folder_.files[path] = content;
    folder_.modified_ms[path] = now_ms_;
  }
  void process(const std::string& name, const std::string& content) {
    drop("out/" + name, content);
    collect();
    collect();
  }
  std::size_t filesIn(const std::string& folder) const {
    return static_cast<std::size_t>(
        std::count_if(folder_.files.begin(), folder_.files.end(),
                      [&](const auto& f) { return f.first.starts_with(folder + "/"); }));
  }
  // But for the leases, which come and go.
  std::map<std::string, std::string> files() const {
    auto all = folder_.files;
    std::erase_if(all, [](const auto& f) { return f.first.ends_with(".lease"); });
    return all;
  }
  // A collect in each hour, as an idle hub does.
  void hours(int count) {
    for (int i = 0; i < count; ++i) {
      pass(3'600'000);
      collect();
    }
  }
  const std::string good_ = kHeader + row(1, "ORYNDALUDA");
  const std::string other_ = kHeader + row(1, "ORYNDALDY");
  const std::string bad_ = kHeader + row(1, "NOBODY_KNOWS");
};

TEST_F(Retention, NothingIsDeletedByDefault) {
  process("status-1.csv", good_);
  process("status-2.csv", bad_);
  const auto before = files();
  passDays(20'000);
  collect();
  collect();
  EXPECT_EQ(files(), before);
  EXPECT_EQ(asked("DELETE"), 0U);
}

// As NothingIsDeletedByDefault and its neighbours, of folders that one listing does not tell.
TEST_F(Retention, FoldersLargerThanAListingAreKeptInOrderToo) {
  folder_.listed_max = 3;
  configure({{"done_days", 30}, {"error_days", 30}, {"same_name", "refuse"}});
  for (int i = 0; i < 20; ++i) {
    process("status-" + std::to_string(i) + ".csv", i % 2 == 0 ? good_ : bad_);
  }
  EXPECT_EQ(filesIn("out/error"), 20U) << "ten with their reasons";
  passDays(31);
  drop("out/status-0.csv", other_);
  collect();
  for (int i = 0; i < 10; ++i) collect();
  for (const auto& [name, content] : folder_.files) {
    const bool old =
        name.starts_with("out/error/status-") && !name.starts_with("out/error/status-0.");
    const bool done = name.starts_with("out/done/status-");
    EXPECT_FALSE(old || done) << name;
  }
  EXPECT_TRUE(folder_.files.contains("out/error/status-0.csv")) << "known by its marker";
}

TEST_F(Retention, DoneFilesAreDeletedAfterTheirDaysAndErrorsAreNot) {
  configure({{"done_days", 30}});
  process("status-1.csv", good_);
  process("status-2.csv", bad_);
  folder_.files["out/done/of-unknown-age"] = "x";
  drop("out/done/sub/status-9.csv", "x");
  drop("in/m-1.xml", "x");
  drop("out/ack/status-0.csv.ack", "x");
  passDays(29);
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
  passDays(2);
  folder_.incomplete.insert("out/status-3.csv");
  drop("out/status-3.csv", "x");
  folder_.modified_ms["out/status-3.csv"] = 1;
  collect();
  EXPECT_FALSE(has("out/done/status-1.csv"));
  EXPECT_EQ(asked("DELETE"), 1U);
  for (const char* kept : {"out/error/status-2.csv", "out/error/status-2.csv.reason.json",
                           "out/done/of-unknown-age", "out/done/sub/status-9.csv", "in/m-1.xml",
                           "out/ack/status-0.csv.ack", "out/status-3.csv"}) {
    EXPECT_TRUE(has(kept)) << kept;
  }
}

TEST_F(Retention, ErrorsAreDeletedWithTheirReasonsWhereThatIsAsked) {
  configure({{"error_days", 90}});
  process("status-1.csv", good_);
  process("status-2.csv", bad_);
  passDays(80);
  drop("out/status-3.csv", bad_);
  // Written long ago, refused only now.
  folder_.modified_ms["out/status-3.csv"] = 1'000'000'000'000;
  collect();
  collect();
  passDays(11);
  collect();
  EXPECT_FALSE(has("out/error/status-2.csv"));
  EXPECT_FALSE(has("out/error/status-2.csv.reason.json"));
  EXPECT_TRUE(has("out/error/status-3.csv"));
  EXPECT_TRUE(has("out/error/status-3.csv.reason.json"));
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Retention, AFileIsKeptItsDaysFromWhenItWasDone) {
  configure({{"done_days", 30}});
  drop("out/status-1.csv", good_);
  folder_.modified_ms["out/status-1.csv"] = 1'000'000'000'000;
  collect();
  collect();
  passDays(29);
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
  passDays(2);
  collect();
  EXPECT_FALSE(has("out/done/status-1.csv"));
}

TEST_F(Retention, DeletesInSmallBatchesUntilTheEnd) {
  configure({{"done_days", 30}});
  for (int i = 0; i < 120; ++i) drop("out/done/status-" + std::to_string(i) + ".csv", "x");
  passDays(31);
  for (const std::size_t left : {70U, 20U, 0U}) {
    collect();
    EXPECT_EQ(filesIn("out/done"), left);
  }
  // Not before an hour has passed, lest every collect lists all of done/.
  drop("out/done/status-x.csv", "x");
  folder_.modified_ms["out/done/status-x.csv"] = 1'000'000'000'000;
  collect();
  EXPECT_TRUE(has("out/done/status-x.csv"));
  pass(3'600'000);
  collect();
  EXPECT_FALSE(has("out/done/status-x.csv"));
}

TEST_F(Retention, FilesThatCannotBeDeletedDoNotKeepTheOthers) {
  configure({{"done_days", 30}});
  for (int i = 0; i < 60; ++i) drop("out/done/a-" + std::to_string(i) + ".csv", "x");
  drop("out/done/b.csv", "x");
  passDays(31);
  kit::testing::FakeHost host([this](const ExchangeRequest& r) {
    const bool stays = r.method == "DELETE" && r.path.starts_with("out/done/a-");
    return stays ? kit::testing::failedCall("transport.refused", true) : folder_.answer(r);
  });
  for (int i = 0; i < 2; ++i) {
    const Answer answer = adapter_->collect(host, {cursor_, 100, {}});
    EXPECT_EQ(answer.outcome, Outcome::kDone);
    cursor_ = answer.cursor;
  }
  EXPECT_EQ(filesIn("out/done"), 60U);
  EXPECT_FALSE(has("out/done/b.csv"));
}

TEST_F(Retention, ANameIsKnownAfterItsFileIsGone) {
  for (const std::string policy : {"refuse", "ignore"}) {
    folder_ = {};
    cursor_ = kIdle;
    settled_.clear();
    pass(0);
    configure({{"same_name", policy}, {"done_days", 30}});
    process("status-1.csv", good_);
    passDays(31);
    collect();
    ASSERT_FALSE(has("out/done/status-1.csv"));
    drop("out/status-1.csv", other_);
    const Answer again = collect();
    if (policy == "refuse") {
      EXPECT_EQ(again.items.at(0).problem_code, "adapter.same_name");
    } else {
      EXPECT_TRUE(again.items.empty());
    }
    collect();
    drop("out/status-1.csv", good_);
    const Answer same = collect();
    ASSERT_EQ(same.items.size(), 1U) << "the same items, which the hub knows";
    EXPECT_EQ(same.items[0].problem_code, "");
    collect();
    drop("out/status-1.csv", other_);
    const Answer ignored = collect();
    EXPECT_TRUE(ignored.items.empty() || !ignored.items[0].problem_code.empty())
        << "ignored once is not processed";
  }
}

TEST_F(Retention, WhatWasDoneBeforeNamesWereRememberedIsReadBeforeItGoes) {
  configure({{"same_name", "refuse"}, {"done_days", 30}});
  drop("out/done/status-1.csv", "v1");
  drop("out/done/status-1.csv.1", "v2");
  drop("out/done/status-2.csv", "unverifiable");
  folder_.unreadable.insert("out/done/status-2.csv");
  passDays(31);
  collect();
  EXPECT_FALSE(has("out/done/status-1.csv"));
  EXPECT_FALSE(has("out/done/status-2.csv"));
  // Its name was remembered just now, as if it had been done now.
  EXPECT_TRUE(has("out/done/status-1.csv.1"));
  passDays(31);
  collect();
  EXPECT_FALSE(has("out/done/status-1.csv.1"));
  drop("out/status-1.csv", "v3");
  drop("out/status-2.csv", "v3");
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.same_name");
  EXPECT_EQ(answer.items[1].problem_code, "adapter.same_name");
}

TEST_F(Retention, NamesAreForgottenAfterTheirDaysButNeverWhileTheFileIsThere) {
  configure({{"same_name", "refuse"}, {"done_days", 30}, {"duplicate_days", 100}});
  process("status-1.csv", good_);
  process("status-2.csv", good_);
  const std::string gone = "out/done/" + knownPath("status-1.csv", kit::sha256Hex(good_));
  const std::string there = "out/done/" + knownPath("status-2.csv", kit::sha256Hex(good_));
  ASSERT_TRUE(has(gone));
  const std::string foreign = "out/done/" + knownShelf("status-1.csv") + "/readme";
  folder_.files[foreign] = "x";
  folder_.modified_ms[foreign] = 1;
  passDays(99);
  hours(33);
  EXPECT_FALSE(has("out/done/status-1.csv"));
  // Put back by hand, as its second version.
  folder_.files["out/done/status-2.csv.1"] = good_;
  folder_.modified_ms["out/done/status-2.csv.1"] = now_ms_;
  passDays(2);
  hours(33);
  EXPECT_FALSE(has(gone));
  EXPECT_TRUE(has(there));
  passDays(31);
  hours(33);
  EXPECT_FALSE(has(there));
  EXPECT_TRUE(has(foreign)) << "not a marker";
}

// done/ takes two calls to list: the shelves that were due in the hour wait for the second.
TEST_F(Retention, NamesAreForgottenWhereAListingTakesSeveralCalls) {
  configure({{"done_days", 30}, {"duplicate_days", 100}});
  process("status-1.csv", good_);
  const std::string marker = "out/done/" + knownPath("status-1.csv", kit::sha256Hex(good_));
  passDays(99);
  hours(33);
  ASSERT_FALSE(has("out/done/status-1.csv"));
  ASSERT_TRUE(has(marker));
  passDays(2);
  int lists = 0;
  kit::testing::FakeHost slow([&](const ExchangeRequest& r) {
    const bool goes_on = r.method == "LIST" && r.path == "out/done" && ++lists % 4 != 0;
    return goes_on ? kit::testing::failedCall("transport.listing_goes_on", true)
                   : folder_.answer(r);
  });
  CollectRequest request;
  request.cursor = cursor_;
  for (int hour = 0; hour < 33; ++hour) {
    pass(3'600'000);
    for (int calls = 0; calls < 4; ++calls) {
      request.cursor = adapter_->collect(slow, request).cursor;
    }
  }
  EXPECT_FALSE(has(marker));
}

// More than the hub lists: what it tells of is cleared away, and what it cannot list at all an operator hears of.
TEST_F(Retention, AFolderThatIsTooLargeIsTidiedAllTheSame) {
  configure({{"done_days", 30}});
  drop("out/done/status-1.csv", good_);
  passDays(31);
  bool refused = true;
  kit::testing::FakeHost large([&](const ExchangeRequest& r) {
    if (r.method != "LIST" || r.path != "out/done") return folder_.answer(r);
    if (refused) return kit::testing::failedCall("transport.folder_too_large", false);
    ExchangeResponse response = folder_.answer(r);
    response.headers.push_back({std::string(kListPartial), "yes"});
    return response;
  });
  Answer answer = adapter_->collect(large, fresh());
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(answer.code, "transport.folder_too_large");
  EXPECT_TRUE(has("out/done/status-1.csv"));
  pass(3'600'001);
  refused = false;
  answer = adapter_->collect(large, fresh());
  EXPECT_EQ(answer.code, "");
  EXPECT_FALSE(has("out/done/status-1.csv"));
}

TEST_F(Retention, WorkGoesFirst) {
  configure({{"done_days", 30}});
  drop("out/done/status-0.csv", "x");
  passDays(31);
  for (int i = 1; i <= 3; ++i) drop("out/status-" + std::to_string(i) + ".csv", good_);
  CollectRequest request = fresh();
  request.limit = 1;
  const Answer busy = adapter_->collect(host_, request);
  EXPECT_TRUE(busy.more);
  EXPECT_TRUE(has("out/done/status-0.csv"));
  request.cursor = busy.cursor;
  request.limit = 100;
  EXPECT_FALSE(adapter_->collect(host_, request).more);
  EXPECT_FALSE(has("out/done/status-0.csv"));
}

TEST_F(Retention, WithoutDeletingNamesStayKnownAsLongAsFilesStay) {
  configure({{"same_name", "refuse"}, {"duplicate_days", 10}});
  process("status-1.csv", good_);
  passDays(5'000);
  hours(33);
  drop("out/status-1.csv", other_);
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.same_name");
}

TEST_F(Retention, WrongDaysAreRefused) {
  Configuration c =
      kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  for (const std::string name : {"done_days", "error_days", "duplicate_days"}) {
    for (const int value : {-1, 1'000'000}) {
      Configuration wrong = c;
      auto settings = nlohmann::json::parse(c.settings_json);
      settings[name] = value;
      wrong.settings_json = settings.dump();
      const Answer answer = FiledropAdapter().configure(host_, wrong);
      EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << name;
      EXPECT_EQ(answer.code, "adapter.bad_setting");
      EXPECT_NE(answer.text.find(name), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace otinish::filedrop_test
