// Names used again and again, and what cannot be moved: no file waits for ever in silence.
#include "adapters/filedrop/tests/drop_fixture.h"
#include "adapters/kit/text.h"

namespace otinish::filedrop_test {
namespace {

constexpr int kFiles = 30;  // more than a name has numbers

std::size_t countBelow(const kit::testing::FakeFolder& folder, const std::string& prefix,
                       const std::string& end) {
  return static_cast<std::size_t>(
      std::count_if(folder.files.begin(), folder.files.end(), [&](const auto& file) {
        return file.first.starts_with(prefix) && file.first.ends_with(end) == !end.empty();
      }));
}

class Names : public Filedrop {
 protected:
  std::set<std::string> below(const std::string& folder) const {
    std::set<std::string> names;
    for (const auto& [path, content] : folder_.files) {
      const std::string name = path.substr(std::min(path.size(), folder.size() + 1));
      if (path.starts_with(folder + "/") && name.find('/') == std::string::npos) names.insert(name);
    }
    return names;
  }
};

TEST_F(Names, ANameUsedAgainAndAgainIsProcessedEveryTime) {
  std::set<std::string> contents;
  for (int i = 1; i <= kFiles; ++i) {
    folder_.files["out/status-day.csv"] = kHeader + row(i, "ORYNDALUDA");
    contents.insert(folder_.files["out/status-day.csv"]);
    EXPECT_EQ(collect().items.size(), 1U) << i;
    pass(1);
    const Answer settled = collect();
    EXPECT_EQ(settled.code, "") << settled.text;
  }
  EXPECT_EQ(below("out/processing/n").size(), 0U);
  const auto done = below("out/done");
  EXPECT_EQ(done.size(), std::size_t{kFiles});
  for (const std::string& name : done) contents.erase(folder_.files["out/done/" + name]);
  EXPECT_TRUE(contents.empty()) << "every one of them is kept";
  EXPECT_EQ(below("out/ack").size(), std::size_t{kFiles});
}

TEST_F(Names, ANameRefusedAgainAndAgainIsKeptEveryTimeWithItsReason) {
  for (int i = 1; i <= kFiles; ++i) {
    folder_.files["out/status-day.csv"] = kHeader + row(i, "NOBODY_KNOWS");
    EXPECT_EQ(collect().items.size(), 1U) << i;
    pass(1);
    EXPECT_EQ(collect().code, "");
  }
  const auto error = below("out/error");
  EXPECT_EQ(error.size(), std::size_t{2 * kFiles});
  for (const std::string& name : error) {
    if (name.ends_with(".reason.json")) continue;
    ASSERT_TRUE(error.contains(name + ".reason.json")) << name;
    EXPECT_EQ(jsonAt("out/error/" + name + ".reason.json")["sha256"],
              kit::sha256Hex(folder_.files["out/error/" + name]));
  }
  EXPECT_EQ(below("out/ack").size(), std::size_t{kFiles});
}

TEST_F(Names, AckOfANameWithoutNumbersLeftIsWrittenOnce) {
  for (int i = 0; i <= 20; ++i) {
    const std::string name = "out/ack/status-a.csv.ack" + (i == 0 ? "" : "." + std::to_string(i));
    folder_.files[name] = "of another file";
  }
  folder_.files["out/status-a.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect();
  folder_.immovable.insert("out/processing/n/status-a.csv");
  const auto put = [&] {
    // Written, but we never heard so.
    kit::testing::FakeHost deaf([this](const ExchangeRequest& r) {
      const ExchangeResponse answer = folder_.answer(r);
      const bool ack = r.method == "PUT" && r.path.starts_with("out/ack/") && answer.ok;
      return ack ? kit::testing::failedCall("transport.broken", true, true) : answer;
    });
    CollectRequest request;
    request.cursor = cursor_;
    request.settled = settled_;
    return adapter_->collect(deaf, request);
  };
  EXPECT_EQ(put().code, "adapter.ack_not_written");
  pass(5'000);
  collect();
  EXPECT_EQ(below("out/ack").size(), 22U) << "21 of others, and one of ours";
}

TEST_F(Names, AFileThatCannotBeMovedIsTheAgencysProblem) {
  folder_.files["out/status-a.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.files["out/status-b.csv"] = kHeader + row(2, "ORYNDALUDA");
  collect();
  folder_.immovable = {"out/processing/n/status-a.csv", "out/processing/n/status-b.csv"};
  folder_.files["out/status-c.csv"] = kHeader + row(3, "ORYNDALUDA");
  const Answer stuck = collect();
  EXPECT_EQ(stuck.outcome, Outcome::kDone) << "the others go on";
  EXPECT_EQ(stuck.items.size(), 1U);
  EXPECT_EQ(stuck.code, "adapter.file_not_moved");
  EXPECT_EQ(stuck.text, "out: 2 files wait for it, first status-a.csv: transport.not_now");
  EXPECT_EQ(collect().code, "adapter.file_not_moved") << "as long as it lasts";
  folder_.immovable.clear();
  EXPECT_EQ(collect().code, "");
  EXPECT_EQ(below("out/done").size(), 3U);
}

TEST_F(Names, AFileThatCannotBeClaimedIsTheAgencysProblem) {
  folder_.files["out/status-a.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.immovable.insert("out/status-a.csv");
  EXPECT_EQ(collect().code, "adapter.file_not_claimed");
  folder_.immovable.clear();
  EXPECT_EQ(collect().code, "");
}

TEST_F(Names, ATroubleThatLastsIsLoggedOnceWithoutAName) {
  for (const char* name : {"out/status-a.csv", "out/status-b.csv"}) {
    folder_.files[name] = kHeader + row(1, "ORYNDALUDA");
    folder_.immovable.insert(name);
  }
  for (int look = 0; look < 5; ++look) {
    EXPECT_EQ(collect().text, "out: 2 files wait for it, first status-a.csv: transport.not_now");
  }
  const std::string line = "filedrop.file_not_claimed out: 2 files: transport.not_now";
  const auto first = host_.logged.find(line);
  ASSERT_NE(first, std::string::npos) << host_.logged;
  EXPECT_EQ(host_.logged.find("filedrop.file_not_claimed", first + 1), std::string::npos);
  pass(600'000);
  collect();
  EXPECT_NE(host_.logged.find(line, first + 1), std::string::npos);
  EXPECT_EQ(host_.logged.find("status-a"), std::string::npos) << "a name may tell of a person";
}

// The hub shows such a name as U+FFFD and the byte's digits; there is no file of the shown name.
TEST_F(Names, ANameThatIsNoTextIsTold) {
  folder_.files
      ["out/st\xEF\xBF\xBD"
       "d1tus.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.incomplete.insert(
      "out/st\xEF\xBF\xBD"
      "d1tus.csv");
  folder_.files["out/status-b.csv"] = kHeader + row(2, "ORYNDALUDA");
  const Answer answer = collect();
  EXPECT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.code, "adapter.bad_file_name");
  EXPECT_EQ(answer.text,
            "out: 1 files wait for it, first st\xEF\xBF\xBD"
            "d1tus.csv: the name is not UTF-8");
  EXPECT_EQ(collect().code, "adapter.bad_file_name") << "as long as it is there";
}

// U+FFFD itself is a letter like others, whatever stands behind it.
TEST_F(Names, ANameWithTheReplacementCharacterIsProcessed) {
  const std::string name =
      "out/status-\xEF\xBF\xBD"
      "d1.csv";
  const std::string other = "out/status-\xEF\xBF\xBD.csv";
  folder_.files[name] = kHeader + row(1, "ORYNDALUDA");
  folder_.files[other] = kHeader + row(2, "ORYNDALUDA");
  folder_.incomplete.insert(other);
  const Answer first = collect();
  EXPECT_EQ(first.items.size(), 1U);
  EXPECT_EQ(first.code, "") << "one that is still being written is not unreadable";
  folder_.incomplete.clear();
  EXPECT_EQ(collect().items.size(), 1U);
  collect();
  EXPECT_EQ(below("out/done").size(), 2U);
}

// A signature comes before its file, so one alone is news only after a while.
TEST_F(Names, ASignatureAloneIsToldAfterAWhile) {
  configure({{"incomplete_looks_max", 3}});
  folder_.files["out/status-a.csv.p7s"] = "signature";
  folder_.incomplete.insert("out/status-a.csv.p7s");
  EXPECT_EQ(collect().code, "");
  EXPECT_EQ(collect().code, "");
  for (int look = 0; look < 3; ++look) {
    const Answer answer = collect();
    EXPECT_EQ(answer.code, "adapter.signature_alone");
    EXPECT_EQ(answer.text, "out: 1 files wait for it, first status-a.csv.p7s: its file never came");
  }
  folder_.files.erase("out/status-a.csv.p7s");
  EXPECT_EQ(collect().code, "");
}

// It is never read, and whoever put it there waits.
TEST_F(Names, WhatIsNoFileIsTold) {
  kit::testing::FakeHost host([this](const ExchangeRequest& r) {
    ExchangeResponse answer = folder_.answer(r);
    if (r.method == "LIST" && r.path == "out") {
      answer.headers.push_back({"Strange", "2"});
      answer.headers.push_back({"Strange-Name", "status-1.csv"});
    }
    return answer;
  });
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  const Answer answer = adapter_->collect(host, fresh());
  EXPECT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.code, "adapter.not_a_file");
  EXPECT_EQ(
      answer.text,
      "out: 2 files wait for it, first status-1.csv: a link, a pipe or the like is never read");
}

TEST_F(Names, ASignatureNobodyAskedForIsLeftAlone) {
  configure({{"incomplete_looks_max", 1}});
  folder_.files["out/status-a.csv.p7s"] = "signature";
  for (int look = 0; look < 3; ++look) EXPECT_EQ(collect().code, "");
  EXPECT_EQ(cursor_.find(".p7s"), std::string::npos) << cursor_;
}

TEST_F(Names, OfManySignaturesAloneTheCursorKeepsSome) {
  configure({{"incomplete_looks_max", 2}});
  for (int i = 0; i < 150; ++i) {
    const std::string name = "out/s" + std::to_string(i) + ".csv.p7s";
    folder_.files[name] = "signature";
    folder_.incomplete.insert(name);
  }
  collect();
  EXPECT_EQ(collect().code, "adapter.signature_alone");
  EXPECT_EQ(nlohmann::json::parse(cursor_)["files"].size(), 100U);
}

TEST_F(Names, NothingStandsInErrorWithoutItsReason) {
  folder_.files["out/status-a.csv"] = kHeader + row(1, "NOBODY_KNOWS");
  collect();
  kit::testing::FakeHost full([this](const ExchangeRequest& r) {
    const bool reason = r.method == "PUT" && r.path.ends_with(".reason.json");
    return reason ? kit::testing::failedCall("transport.disk", true) : folder_.answer(r);
  });
  CollectRequest request;
  request.cursor = cursor_;
  request.settled = settled_;
  const Answer stuck = adapter_->collect(full, request);
  EXPECT_EQ(stuck.code, "adapter.file_not_moved");
  EXPECT_TRUE(below("out/error").empty());
  EXPECT_TRUE(has("out/processing/n/status-a.csv"));
  // The reason first: whoever looks into error/ at any moment finds one beside the file.
  kit::testing::FakeHost watched([this](const ExchangeRequest& r) {
    if (r.method == "MOVE" && r.to_path.starts_with("out/error/")) {
      EXPECT_TRUE(has(r.to_path + ".reason.json"));
    }
    return folder_.answer(r);
  });
  adapter_->collect(watched, request);
  EXPECT_TRUE(has("out/error/status-a.csv"));
}

// A reason beside a file that it is not of says something wrong about it.
TEST_F(Names, WhileErrorIsNotListedNothingIsPutThere) {
  folder_.files["out/error/status-a.csv"] = "put there by hand, without a reason";
  folder_.files["out/status-a.csv"] = kHeader + row(1, "NOBODY_KNOWS");
  folder_.files["out/status-b.csv"] = kHeader + row(2, "NOBODY_KNOWS");
  collect();
  int lists = 0;
  kit::testing::FakeHost slow([&](const ExchangeRequest& r) {
    if (r.method != "LIST" || r.path != "out/error") return folder_.answer(r);
    ++lists;
    auto goes_on = kit::testing::failedCall("transport.listing_goes_on", true);
    goes_on.text = "30000 files of it are listed so far";
    return goes_on;
  });
  CollectRequest request;
  request.cursor = cursor_;
  request.settled = settled_;
  const Answer waits = adapter_->collect(slow, request);
  EXPECT_EQ(waits.outcome, Outcome::kDone);
  EXPECT_EQ(waits.code, "adapter.folder_not_listed");
  EXPECT_EQ(waits.text, "out/error: 30000 files of it are listed so far");
  EXPECT_EQ(lists, 1) << "it has its part of the call's time once";
  EXPECT_EQ(below("out/error").size(), 1U);
  EXPECT_TRUE(has("out/processing/n/status-a.csv"));
  request.cursor = waits.cursor;
  request.settled.clear();
  EXPECT_EQ(adapter_->collect(host_, request).code, "");
  EXPECT_TRUE(has("out/error/status-a.csv.1"));
  EXPECT_TRUE(has("out/error/status-a.csv.1.reason.json"));
  EXPECT_FALSE(has("out/error/status-a.csv.reason.json"));
  EXPECT_TRUE(has("out/error/status-b.csv"));
}

TEST_F(Names, AVeryLongNameFindsRoomForWhatStandsBesideIt) {
  std::string name;
  while (name.size() < 240) name += "ә";
  folder_.files["out/status-1" + name + ".csv"] = kHeader + row(1, "NOBODY_KNOWS");
  folder_.files["out/status-2" + name + ".csv"] = kHeader + row(1, "ORYNDALUDA");
  kit::testing::FakeHost disk([this](const ExchangeRequest& r) {
    const std::string& path = r.to_path.empty() ? r.path : r.to_path;
    const std::size_t beside = r.method == "PUT" ? 15 : 0;  // the temporary name
    const bool fits = path.size() - path.rfind('/') - 1 + beside <= 255;
    return fits ? folder_.answer(r) : kit::testing::failedCall("transport.disk", true);
  });
  CollectRequest request = fresh();
  Answer answer = adapter_->collect(disk, request);
  ASSERT_EQ(answer.items.size(), 2U);
  request.cursor = answer.cursor;
  for (const Inbound& item : answer.items) {
    request.settled.push_back({item.item_id, item.problem_code.empty(), item.problem_code, "", ""});
  }
  answer = adapter_->collect(disk, request);
  EXPECT_EQ(answer.code, "") << answer.text;
  EXPECT_EQ(countBelow(folder_, "out/error/", ".reason.json"), 1U);
  EXPECT_EQ(countBelow(folder_, "out/done/", ".csv"), 0U) << "the end of it was cut";
  EXPECT_EQ(below("out/done").size(), 1U);
}

TEST_F(Names, UnreadableFilesOfOneNameAreDifferentItems) {
  configure({{"attempts_max", 1}});
  folder_.unreadable.insert("out/processing/n/status-a.csv");
  std::vector<Inbound> items;
  for (const std::string content : {"first", "second"}) {
    folder_.files["out/status-a.csv"] = content;
    const Answer answer = collect(false);
    ASSERT_EQ(answer.items.size(), 1U);
    items.push_back(answer.items[0]);
    collect();
  }
  EXPECT_NE(items[0].item_id, items[1].item_id);
  EXPECT_EQ(jsonAt("out/error/status-a.csv.1.reason.json")["size"], 6);
}

TEST_F(Names, ARefusedSignatureTellsWhatItWasOf) {
  configure({{"attempts_max", 1}});
  kit::testing::FakeHost signing([this](const ExchangeRequest& r) {
    if (r.method != "GET") return folder_.answer(r);
    ExchangeResponse refused = kit::testing::failedCall("trust.signature_wrong", false);
    refused.text = "the signed digest is another";
    refused.headers = {{"Content-SHA256", kit::sha256Hex(folder_.files[r.path])}};
    return refused;
  });
  CollectRequest request = fresh();
  for (const std::string content : {"first", "secon", "first"}) {
    folder_.files["out/status-a.csv"] = content;
    const Answer answer = adapter_->collect(signing, request);
    ASSERT_EQ(answer.items.size(), 1U);
    const Inbound& item = answer.items[0];
    EXPECT_TRUE(item.item_id.ends_with(kit::sha256Hex(content).substr(0, 12))) << item.item_id;
    EXPECT_EQ(item.problem_code, "trust.signature_wrong");
    EXPECT_NE(item.problem_text.find("the signed digest is another"), std::string::npos);
    request.cursor = answer.cursor;
    // Of an item that it knows the hub gives the code alone.
    request.settled = {{item.item_id, false, item.problem_code, "", ""}};
    request.cursor = adapter_->collect(signing, request).cursor;
    request.settled.clear();
    pass(2'000);
  }
  for (const std::string name : {"status-a.csv", "status-a.csv.1", "status-a.csv.2"}) {
    const auto reason = jsonAt("out/error/" + name + ".reason.json");
    EXPECT_EQ(reason["sha256"], kit::sha256Hex(folder_.files["out/error/" + name])) << name;
    EXPECT_EQ(reason["problems"][0]["code"], "trust.signature_wrong");
    EXPECT_EQ(reason["problems"][0]["rule"], "security");
    EXPECT_NE(reason["problems"][0]["text"], "") << name;
  }
}

}  // namespace
}  // namespace otinish::filedrop_test
