#include "adapters/kit/map_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace otinish::kit {
namespace {

namespace fs = std::filesystem;

class MapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "map_test_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::create_directory(folder_ / "golden");
    write("map.yaml", "tables: settings.yaml\nmappings:\n  item: {file: item.jq, canonical: in}\n");
    write("settings.yaml", "tables:\n  kinds: {a: ARIZ}\n");
    write("item.jq", "{t: $settings.kinds[.kind]}\n");
    write("golden/item.one.in.json", "{\"kind\":\"a\",\"forgotten\":1}");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  MapTestResult run(bool update = false) {
    out_.str("");
    return runMapTests(folder_.string(), update, out_);
  }
  fs::path folder_;
  std::ostringstream out_;
};

TEST_F(MapTest, UpdatesThenPassesThenCatchesAChange) {
  EXPECT_EQ(run().failed, 1);
  EXPECT_EQ(run(true).updated, 1);
  const auto passed = run();
  EXPECT_TRUE(passed.ok());
  EXPECT_EQ(passed.passed, 1);
  EXPECT_EQ(passed.lost_fields, std::set<std::string>{"forgotten"});
  write("item.jq", "{t: \"changed\"}\n");
  const auto failed = run();
  ASSERT_EQ(failed.failures.size(), 1U);
  EXPECT_EQ(failed.failed, 1);
  const auto& failure = failed.failures.front();
  EXPECT_EQ(failure.about, "item.one.in.json");
  EXPECT_EQ(failure.golden, "golden/item.one.out.json");
  EXPECT_NE(failure.diff.find("\n+  \"t\": \"changed\"\n"), std::string::npos) << failure.diff;
  EXPECT_NE(out_.str().find("golden/item.one.out.json (-) is not what was made (+)\n@@ -"),
            std::string::npos)
      << out_.str();
}

TEST_F(MapTest, AMappingThatFailsIsNotComparedLineByLine) {
  run(true);
  write("item.jq", "error({code:\"adapter.refused\",text:\"no\"})");
  const auto failed = run();
  ASSERT_EQ(failed.failures.size(), 1U);
  EXPECT_EQ(failed.failures.front().why,
            "refused: adapter.refused, and golden/item.one.out.json says what should be made");
  EXPECT_FALSE(failed.failures.front().because.empty());
  EXPECT_EQ(failed.failures.front().diff, "");
}

TEST_F(MapTest, ARefusalIsAGoldenResultToo) {
  write("item.jq", "error({code:\"adapter.refused\",text:\"no\"})");
  run(true);
  EXPECT_TRUE(fs::exists(folder_ / "golden/item.one.out.txt"));
  EXPECT_TRUE(run().ok());
}

TEST_F(MapTest, ACaseThatDoesNotEndFails) {
  write("item.jq", "def again: again; again");
  write("golden/item.two.in.json", "{\"kind\":\"a\"}");
  out_.str("");
  const auto result = runMapTests(folder_.string(), false, out_, 200);
  EXPECT_EQ(result.failed, 2) << "the next case is tried, too";
  EXPECT_NE(out_.str().find("FAILED item.one.in.json: it did not end in"), std::string::npos)
      << out_.str();
}

TEST_F(MapTest, AFileOfNoCaseFails) {
  run(true);
  EXPECT_TRUE(run().ok());
  for (const char* stray : {"item.two.out.json", "itme.one.in.json", "item.two.parameters.yaml"}) {
    write(std::string("golden/") + stray, "{}");
    EXPECT_EQ(run().failed, 1) << stray;
    EXPECT_NE(out_.str().find(std::string("FAILED ") + stray + ": it belongs to no case"),
              std::string::npos)
        << out_.str();
    fs::remove(folder_ / "golden" / stray);
  }
}

TEST_F(MapTest, WhatComesOutMustBeWhatTheHubTakes) {
  write("map.yaml", "mappings:\n  item: {file: item.jq, canonical: out}\n");
  write("item.jq", R"({type: "status/1", payload: {status: .kind}})");
  const auto checked = [&](bool update) {
    out_.str("");
    return runMapTests(folder_.string(), update, out_, 20'000, [](const Inbound& item) {
      EXPECT_EQ(item.type + item.form, "status/1json");
      return item.body == R"({"status":"a"})" ? "model.unknown_code at /status" : "";
    });
  };
  EXPECT_TRUE(run(true).ok()) << "nobody looks";
  EXPECT_EQ(checked(false).failed, 1);
  EXPECT_NE(out_.str().find("because:  model.unknown_code at /status"), std::string::npos)
      << out_.str();
  EXPECT_EQ(checked(true).updated, 0) << "a wrong output becomes no promise";
  write("item.jq",
        R"({type: "status/1", problem_code: "adapter.unknown_code", payload: {status: .kind}})");
  EXPECT_EQ(checked(true).updated, 1);
  write("item.jq", R"({type: "status/1", payload: {status: "in_work"}})");
  EXPECT_EQ(checked(true).updated, 1);
  EXPECT_TRUE(checked(false).ok());
}

TEST_F(MapTest, AnswersNameOutcomesThatThereAre) {
  write("map.yaml", "mappings:\n  response: {file: response.jq}\n");
  write("response.jq", R"({outcome: "PENDNG"})");
  write("golden/response.one.in.json", "{}");
  fs::remove(folder_ / "golden/item.one.in.json");
  EXPECT_EQ(run(true).failed, 1);
  EXPECT_NE(out_.str().find("'PENDNG' is not one of the contract's"), std::string::npos)
      << out_.str();
  write("response.jq", R"({outcome: "PENDING"})");
  EXPECT_TRUE(run(true).ok());
  write("response.jq", R"({external_id: "1"})");
  EXPECT_TRUE(run(true).ok());
}

TEST_F(MapTest, TheMapIsRefusedByItsLine) {
  const auto says = [&](const std::string& map, const std::string& what) {
    write("map.yaml", map);
    EXPECT_EQ(run().failed, 1) << map;
    EXPECT_NE(out_.str().find(what), std::string::npos) << out_.str();
  };
  says("mappings:\n  item:\n    file: item.jq\n    canonicl: out\n",
       "map.yaml:4: unknown key 'canonicl'");
  says("mappings:\n  item: {file: item.jq, canonical: sideways}\n",
       "map.yaml:2: canonical of item");
  says("mapings:\n  item: {file: item.jq}\n", "map.yaml:1: unknown key 'mapings'");
  says("mappings:\n  item: item.jq\n", "map.yaml:2: mappings.item must be a mapping");
  says("mappings:\n  item: {canonical: out}\n", "names no file");
  says("mappings:\n\titem: {file: item.jq}\n", "map.yaml:2: ");
  says("mappings: {\n", "map.yaml:");
  says("mappings:\n  item: {file: item.jq} # \xE8\n", "map.yaml:2: not UTF-8");
  write("settings.yaml", "tables: {\n");
  says("tables: settings.yaml\nmappings:\n  item: {file: item.jq}\n", "settings.yaml:");
}

TEST_F(MapTest, BrokenFoldersFailInWords) {
  write("item.jq", "{");
  EXPECT_EQ(run().failed, 1);
  EXPECT_EQ(runMapTests((folder_ / "none").string(), false, out_).failed, 1);
}

}  // namespace
}  // namespace otinish::kit
