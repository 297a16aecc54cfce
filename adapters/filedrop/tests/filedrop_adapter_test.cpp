// The filedrop adapter with the land committee's mapping folder over a folder in memory: each rule
// of the drop folder has a test, failures of every step included.
#include "adapters/filedrop/filedrop_adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapters/filedrop/tests/drop_fixture.h"
#include "adapters/kit/testing/readme.h"
#include "contracts/adapter/listing.h"

namespace otinish {
namespace {

using filedrop_test::Filedrop;
using filedrop_test::fresh;
using filedrop_test::kHeader;
using filedrop_test::kIdle;
using filedrop_test::row;
using kit::testing::failedCall;
using kit::testing::FakeFolder;
using kit::testing::FakeHost;
using kit::testing::readSource;

std::string rows(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += row(i, "ORYNDALUDA");
  return out;
}

TEST_F(Filedrop, DefaultsThatAreNewAreSaidWhereTheyMatter) {
  const auto said = [&](const std::vector<const char*>& left_out) {
    FiledropAdapter adapter;
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
    auto settings = nlohmann::json::parse(c.settings_json);
    for (const char* name : left_out) settings.erase(name);
    c.settings_json = settings.dump();
    const Answer answer = adapter.configure(host_, c);
    EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    return answer.text;
  };
  EXPECT_EQ(said({}), "") << "all of it is set";
  EXPECT_NE(said({"order"}).find("order is not set and is modified"), std::string::npos);
  EXPECT_EQ(said({"order"}).find("csv_quotes"), std::string::npos);
  const auto both = said({"order", "csv_quotes"});
  EXPECT_NE(both.find("order is not set and is modified"), std::string::npos) << both;
  EXPECT_NE(both.find("csv_quotes is not set and is one_line"), std::string::npos) << both;
  EXPECT_EQ(said({"csv_quotes", "csv_mapping", "csv_columns"}), "") << "no CSV is read";
  EXPECT_EQ(said({"order", "csv_quotes", "csv_mapping", "csv_columns", "xml_mapping", "ack_mapping",
                  "err_mapping"}),
            "")
      << "nothing is collected";
}

TEST_F(Filedrop, DeliversAttachmentsThenTheMessage) {
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.body = readSource("adapters/mappings/zher/golden/request.collective_en.in.xml");
  folder_.attachments["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] = "plan";
  folder_.attachments["60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"] = "photo";
  const Answer answer = adapter_->deliver(host_, m);
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  EXPECT_TRUE(answer.external_id.empty());
  ASSERT_EQ(host_.requests.size(), 3U);
  EXPECT_EQ(host_.requests.back().path, "in/m-1.xml");
  EXPECT_NE(folder_.files["in/m-1.xml"].find("USYNYS"), std::string::npos);
  EXPECT_EQ(
      folder_.files["in/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
      "plan");
  m.message_id = "../m";
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kUnsupported);
}

TEST_F(Filedrop, TellsAChangedTermAndNoOtherStatus) {
  const std::string golden = "adapters/mappings/zher/golden/";
  Message m;
  m.message_id = "m-2";
  m.type = "status/1";
  m.reg_number = "ЖТ-2026-00000001";
  m.body = readSource(golden + "request.term_changed.in.xml");
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kPending);
  ASSERT_EQ(asked("PUT"), 1U);
  const std::string file = folder_.files["in/m-2.xml"];
  EXPECT_NE(file.find("<KZM_MerzimOzgerisi"), std::string::npos) << file;
  EXPECT_NE(file.find("<Merzimi>2026-12-14</Merzimi>"), std::string::npos) << file;

  m.message_id = "m-3";
  m.body = readSource(golden + "request.other_status.in.xml");
  const Answer refused = adapter_->deliver(host_, m);
  EXPECT_EQ(refused.outcome, Outcome::kUnsupported);
  EXPECT_EQ(refused.code, "adapter.unknown_code");
  EXPECT_NE(refused.text.find("control_set"), std::string::npos) << refused.text;

  configure({{"request_status", ""}});
  const Answer unsupported = adapter_->deliver(host_, m);
  EXPECT_EQ(unsupported.outcome, Outcome::kUnsupported);
  EXPECT_EQ(unsupported.code, "adapter.unsupported_type");
  EXPECT_EQ(asked("PUT"), 1U);
}

TEST_F(Filedrop, AFileIsDoneOnlyAfterTheHubSettledIt) {
  folder_.files["out/status-20261124-1.csv"] =
      kHeader + row(1, "ORYNDALUDA") + row(2, "UZARTYLDY", "2026-12-31");
  const Answer first = collect();
  ASSERT_EQ(first.items.size(), 2U);
  EXPECT_EQ(first.items[0].in_reply_to, "m-1");
  EXPECT_TRUE(first.items[0].item_id.starts_with("status-20261124-1.csv#1@"));
  EXPECT_TRUE(has("out/processing/n/status-20261124-1.csv"));
  EXPECT_FALSE(has("out/done/status-20261124-1.csv"));
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/done/status-20261124-1.csv"));
  EXPECT_TRUE(folder_.files["out/ack/status-20261124-1.csv.ack"].starts_with("OK;"));
  EXPECT_EQ(cursor_, kIdle);
}

TEST_F(Filedrop, ABadRowCostsItselfOnly) {
  folder_.files["out/status-1.csv"] =
      kHeader + row(1, "ORYNDALUDA") + "x;;\r\n" + row(3, "ZHOGALDY") + row(4, "ORYNDALDY");
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 4U);
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_EQ(answer.items[1].problem_code, "adapter.bad_row");
  EXPECT_TRUE(answer.items[1].raw.ends_with("\nx;;"));
  EXPECT_TRUE(answer.items[1].raw.starts_with("seq;case_no;")) << "with its header";
  EXPECT_EQ(answer.items[2].problem_code, "adapter.unknown_code");
  EXPECT_EQ(answer.items[3].problem_code, "");
  collect();
  EXPECT_TRUE(has("out/error/status-1.csv"));
  const auto reason = nlohmann::json::parse(folder_.files["out/error/status-1.csv.reason.json"]);
  EXPECT_EQ(reason["problems"].size(), 2U);
  EXPECT_EQ(reason["accepted_items"], 2);
  EXPECT_EQ(nlohmann::json::parse(folder_.files["out/ack/status-1.csv.err"])["code"],
            "adapter.bad_row");
}

// The mapping is mended: what was kept is given back to the adapter under its id.
TEST_F(Filedrop, KeptItemsAreTranslatedAgain) {
  configure({{"out_files_folder", "out/files"}, {"csv_charset", "windows-1251"}});
  std::string unknown = row(2, "ZHOGALDY");
  const std::string note = "ескерту";
  unknown.replace(unknown.find(note), note.size(), "\xE5\xF1\xEA\xE5\xF0\xF2\xF3");
  folder_.files["out/status-1.csv"] = kHeader + unknown + "x;;\r\n";
  folder_.files["out/decision-1.xml"] = "<KZM_Zhauap";
  folder_.files["out/decision-2.xml"] =
      readSource("adapters/mappings/zher/golden/decision.unknown_result.in.xml");
  folder_.files["out/decision-3.xml"] =
      readSource("adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
  folder_.files["err/m-2.xml.err"] = "{}";
  std::map<std::string, Inbound> kept;  // by code
  for (const Inbound& item : collect().items) {
    if (!item.problem_code.empty()) kept[item.problem_code + item.item_id.substr(0, 4)] = item;
  }
  ASSERT_EQ(kept.size(), 6U);

  auto c = kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  auto settings = nlohmann::json::parse(c.settings_json);
  settings["tables"]["status"]["ZHOGALDY"] = "in_work";
  settings["tables"]["natizhe"]["*"] = "act_favourable";
  configure({{"out_files_folder", "out/files"},
             {"csv_charset", "windows-1251"},
             {"tables", settings["tables"]}});
  folder_.files["out/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] =
      "test";
  const auto again = [&](const std::string& code) {
    NativeRequest request;
    request.method = kTranslate;
    request.path = kept.at(code).item_id;
    request.body = kept.at(code).raw;
    return adapter_->receive(host_, request);
  };
  const Answer status = again("adapter.unknown_codestat");
  ASSERT_EQ(status.items.size(), 1U) << status.code << status.text;
  EXPECT_EQ(status.items[0].item_id, kept.at("adapter.unknown_codestat").item_id);
  EXPECT_EQ(status.items[0].type, "status/1");
  EXPECT_EQ(status.items[0].in_reply_to, "m-1");
  EXPECT_NE(status.items[0].body.find(note), std::string::npos) << "converted once only";
  const Answer decision = again("adapter.unknown_codedeci");
  ASSERT_EQ(decision.items.size(), 1U) << decision.code << decision.text;
  EXPECT_EQ(decision.items[0].type, "decision/1");
  const Answer mended = again("adapter.attachment_missingdeci");
  ASSERT_EQ(mended.items.size(), 1U) << mended.code << mended.text;
  EXPECT_EQ(mended.items[0].problem_code, "") << "the file came meanwhile";
  // What is still wrong is said as collect would say it.
  EXPECT_EQ(again("adapter.bad_rowstat").items.at(0).problem_code, "adapter.bad_row");
  EXPECT_EQ(again("adapter.bad_xmldeci").items.at(0).problem_code, "adapter.bad_xml");
  NativeRequest request;
  request.method = kTranslate;
  request.path = "no file's";
  EXPECT_EQ(adapter_->receive(host_, request).outcome, Outcome::kRejected);
  request.body.assign(1024 * 1024, 'x');
  EXPECT_EQ(adapter_->receive(host_, request).code, "adapter.too_large") << "it may have been cut";
  request.method = "POST";
  EXPECT_EQ(adapter_->receive(host_, request).outcome, Outcome::kUnsupported) << "nobody pushes";
}

TEST_F(Filedrop, CharsetsAreConvertedOrRefused) {
  configure({{"csv_charset", "windows-1251"}});
  folder_.files["out/status-1.csv"] =
      std::string(kHeader) +
      "1;Z;m-1;ORYNDALUDA;2026-11-24T10:00:00+05:00;;\xCF\xF0\xE8\xED\xFF\xF2\xEE\r\n";
  folder_.files["out/status-2.csv"] = "\xEF\xBB\xBF" + std::string(kHeader) + row(1, "ORYNDALUDA");
  folder_.files["out/status-3.csv"] = std::string(kHeader) + "1;Z;m-1;ORYNDALUDA;t;;\x98\r\n";
  folder_.files["out/status-4.csv"] = kHeader + row(1, "ORYNDALUDA");
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 4U);
  EXPECT_NE(answer.items[0].body.find("Принято"), std::string::npos);
  EXPECT_NE(answer.items[1].body.find("ескерту"), std::string::npos);
  EXPECT_EQ(answer.items[2].problem_code, "adapter.bad_charset");
  EXPECT_EQ(answer.items[3].problem_code, "adapter.bad_charset")
      << "UTF-8, whose letters would be others in windows-1251";
}

TEST_F(Filedrop, ACrashBeforeTheCommitReadsAgainUnderTheSameIds) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  const Answer lost =
      adapter_->collect(host_, fresh());  // the hub died: neither cursor nor items kept
  configure({});
  const Answer again = collect();
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_EQ(again.items[0].item_id, lost.items[0].item_id);
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, SettlementsTrickleInAndNothingIsReadTwice) {
  folder_.files["out/status-1.csv"] =
      kHeader + row(1, "ORYNDALUDA") + row(2, "ORYNDALUDA") + row(3, "ORYNDALDY");
  ASSERT_EQ(collect().items.size(), 3U);
  settled_max_ = 1;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(collect().items.empty());
    EXPECT_TRUE(has("out/processing/n/status-1.csv"));
  }
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/done/status-1.csv"));
  EXPECT_EQ(asked("GET"), 1U);
}

TEST_F(Filedrop, ALongFileIsGivenInPartsAndFinished) {
  configure({{"stop_on_error", true}});
  folder_.files["out/status-1.csv"] = kHeader + rows(1250);
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALDY");
  std::set<std::string> ids;
  std::size_t cursor_bytes = 0;
  for (int call = 0; call < 12; ++call) {
    const Answer answer = collect();
    EXPECT_EQ(answer.items.size(), 100U);
    EXPECT_TRUE(answer.more);
    for (const Inbound& item : answer.items) ids.insert(item.item_id);
    cursor_bytes = std::max(cursor_bytes, cursor_.size());
  }
  const Answer last = collect();
  EXPECT_FALSE(last.more);
  ASSERT_EQ(last.items.size(), 51U);
  for (const Inbound& item : last.items) ids.insert(item.item_id);
  EXPECT_EQ(ids.size(), 1251U);
  EXPECT_TRUE(last.items[49].item_id.starts_with("status-1.csv#1250@"));
  EXPECT_TRUE(last.items[50].item_id.starts_with("status-2.csv#1@"));
  EXPECT_LT(cursor_bytes, 10'000U);
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/done/status-1.csv"));
  EXPECT_TRUE(has("out/done/status-2.csv"));
  EXPECT_EQ(cursor_, kIdle);
}

TEST_F(Filedrop, ManyBadRowsDoNotSwellTheCursor) {
  std::string bad = kHeader;
  for (int i = 0; i < 300; ++i) bad += "x;;\r\n";
  folder_.files["out/status-1.csv"] = bad + row(301, "ORYNDALUDA");
  for (int call = 0; call < 5; ++call) {
    collect();
    EXPECT_LT(cursor_.size(), 40'000U);
  }
  const auto reason = nlohmann::json::parse(folder_.files["out/error/status-1.csv.reason.json"]);
  EXPECT_EQ(reason["problems"].size(), 50U);
  EXPECT_EQ(reason["more_problems"], 250);
  EXPECT_EQ(reason["accepted_items"], 1);
}

TEST_F(Filedrop, AnAnswerStaysBelowTheHubsSize) {
  configure({{"file_bytes_max", 64 << 20}});
  const std::string raw(700'000, 'x');
  std::string bad = kHeader;
  for (int i = 0; i < 20; ++i) bad += raw + ";;\r\n";
  folder_.files["out/status-1.csv"] = bad;
  std::size_t items = 0;
  for (int call = 0; call < 5 && !has("out/error/status-1.csv"); ++call) {
    const Answer answer = collect();
    std::size_t bytes = answer.cursor.size();
    for (const Inbound& item : answer.items) bytes += item.raw.size() + item.body.size();
    EXPECT_LE(bytes, 5U << 20);
    items += answer.items.size();
  }
  EXPECT_EQ(items, 20U);
  EXPECT_TRUE(has("out/error/status-1.csv"));
}

TEST_F(Filedrop, AFileThatChangesBetweenItsPartsIsPoison) {
  folder_.files["out/status-1.csv"] = kHeader + rows(150);
  EXPECT_EQ(collect().items.size(), 100U);
  folder_.files["out/processing/n/status-1.csv"] = kHeader + rows(140);
  const Answer second = collect();
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].problem_code, "adapter.poison_file");
  collect();
  EXPECT_TRUE(has("out/error/status-1.csv"));
}

TEST_F(Filedrop, ALongFileIsReadOnceForAllItsParts) {
  const auto put = [this](const std::string& path, int count, std::int64_t at) {
    folder_.files[path] = kHeader + rows(count);
    folder_.modified_ms[path] = at;
  };
  put("out/status-1.csv", 1250, 1'000);
  std::set<std::string> ids;
  for (int call = 0; call < 13; ++call) {
    for (const Inbound& item : collect().items) ids.insert(item.item_id);
  }
  EXPECT_EQ(ids.size(), 1250U);
  EXPECT_EQ(asked("GET"), 1U);
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
  // An adapter that is started anew in between reads it once more and goes on where it was.
  put("out/status-2.csv", 250, 2'000);
  EXPECT_EQ(collect().items.size(), 100U);
  configure({});
  EXPECT_EQ(collect().items.size(), 100U);
  EXPECT_EQ(collect().items.size(), 50U);
  EXPECT_EQ(asked("GET"), 3U);
  // Another file in its place is noticed all the same.
  put("out/status-3.csv", 150, 3'000);
  EXPECT_EQ(collect().items.size(), 100U);
  put("out/processing/n/status-3.csv", 140, 3'000);
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.poison_file") << "by its size";
  put("out/status-4.csv", 150, 4'000);
  EXPECT_EQ(collect().items.size(), 100U);
  put("out/processing/n/status-4.csv", 149, 4'000);
  folder_.files["out/processing/n/status-4.csv"] += row(150, "ORYNDALDI");
  folder_.modified_ms["out/processing/n/status-4.csv"] = 5'000;
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.poison_file") << "by its time";
}

TEST_F(Filedrop, AFolderThatIsNotListedYetHoldsUpNoOther) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALDY");
  folder_.files["err/m-1.xml.err"] =
      R"({"message_id":"m-1","code":"XSD_INVALID","rule":"r","element":"e","line":1,"text":"t"})";
  FakeHost slow([&](const ExchangeRequest& r) {
    if (r.method != "LIST" || r.path != "out") return folder_.answer(r);
    ExchangeResponse response = kit::testing::failedCall("transport.listing_goes_on", true);
    response.text = "30000 files of it are listed so far";
    return response;
  });
  const Answer answer = adapter_->collect(slow, fresh());
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].in_reply_to, "m-1");
  EXPECT_EQ(answer.code, "adapter.folder_not_listed");
  EXPECT_EQ(answer.text, "out: 30000 files of it are listed so far");
}

// Nor one that can be listed at no time; and what was claimed before goes on.
TEST_F(Filedrop, AFolderThatIsTooLargeHoldsUpNoOther) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALDY");
  ASSERT_EQ(collect().items.size(), 1U);
  for (const char* code : {"transport.folder_too_large", "transport.listing_goes_on"}) {
    SCOPED_TRACE(code);
    const bool goes_on = code == std::string_view("transport.listing_goes_on");
    folder_.files["out/processing/n/status-2.csv"] = kHeader + row(2, "ORYNDALDY");
    folder_.files[goes_on ? "err/m-1.xml.err" : "err/m-2.xml.err"] =
        R"({"message_id":"m-)" + std::string(goes_on ? "1" : "2") + R"(","code":"XSD_INVALID"})";
    FakeHost large([&](const ExchangeRequest& r) {
      const bool out = r.method == "LIST" && r.path == "out";
      return out ? kit::testing::failedCall(code, goes_on) : folder_.answer(r);
    });
    CollectRequest request;
    request.cursor = cursor_;
    request.settled = std::exchange(settled_, {});
    const Answer answer = adapter_->collect(large, request);
    EXPECT_EQ(answer.outcome, Outcome::kDone);
    EXPECT_EQ(answer.code, goes_on ? "adapter.folder_not_listed" : code);
    EXPECT_EQ(answer.items.size(), 2U) << "of err/, and what was claimed";
    EXPECT_TRUE(has("out/done/status-1.csv")) << "settled";
    const auto shows = [](const auto& f) { return f.first.ends_with(".lease"); };
    EXPECT_TRUE(std::any_of(folder_.files.begin(), folder_.files.end(), shows));
    cursor_ = answer.cursor;
    for (const Inbound& item : answer.items) {
      settled_.push_back({item.item_id, true, "", "", ""});
    }
    collect();
    cursor_ = kIdle;
  }
}

TEST_F(Filedrop, AnItemTheHubCannotTakeCostsItselfOnly) {
  configure({{"attempts_max", 3}});
  folder_.files["out/status-1.csv"] =
      kHeader + row(1, "ORYNDALUDA") + row(2, "ORYNDALDY") + row(3, "ORYNDALUDA");
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  const auto takes = [](const Inbound& item) {
    return item.body.find("executed") == std::string::npos;
  };
  std::map<std::string, std::string> taken;  // item id → problem code
  std::string poison;
  for (int call = 0; call < 40 && !has("out/error/status-1.csv"); ++call) {
    const std::string before = cursor_;
    const Answer answer = collect(true, takes);
    if (cursor_ == before) continue;
    for (const Inbound& item : answer.items) {
      taken[item.item_id.substr(0, item.item_id.find('@'))] = item.problem_code;
      if (!item.problem_code.empty()) poison = item.raw;
    }
  }
  EXPECT_EQ(taken, (std::map<std::string, std::string>{{"status-1.csv#1", ""},
                                                       {"status-1.csv#2", "adapter.poison_file"},
                                                       {"status-1.csv#3", ""},
                                                       {"status-2.csv#1", ""}}));
  EXPECT_NE(poison.find("executed"), std::string::npos) << "a person sees what it was";
  collect();
  EXPECT_TRUE(has("out/done/status-2.csv"));
}

TEST_F(Filedrop, AnItemWhoseContentTheHubCannotTakeAtAllGoesWithoutIt) {
  configure({{"attempts_max", 3}});
  folder_.files["out/status-1.csv"] = kHeader + row(2, "ORYNDALDY");
  const auto takes = [](const Inbound& item) {
    return (item.body + item.raw).find("executed") == std::string::npos;
  };
  std::vector<Inbound> taken;
  for (int call = 0; call < 40 && !has("out/error/status-1.csv"); ++call) {
    const std::string before = cursor_;
    const Answer answer = collect(true, takes);
    if (cursor_ != before) taken.insert(taken.end(), answer.items.begin(), answer.items.end());
  }
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].problem_code, "adapter.poison_file");
  EXPECT_EQ(taken[0].raw, "");
}

// An item may wait in the hub for a delivery of another appeal that is stuck.
TEST_F(Filedrop, WhatTheHubSettlesLateIsNoPoison) {
  configure({{"attempts_max", 3}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  ASSERT_EQ(collect().items.size(), 1U);
  const std::vector<Settled> late = std::exchange(settled_, {});
  for (int round = 0; round < 20; ++round) EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/processing/n/status-1.csv"));
  settled_ = late;
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, AHubThatStoresNothingForAWhileCostsNoItem) {
  configure({{"attempts_max", 2}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  // Nothing is committed, counts included.
  for (int call = 0; call < 20; ++call) adapter_->collect(host_, fresh());
  std::vector<Inbound> items;
  for (int call = 0; call < 4; ++call) {
    for (Inbound& item : collect().items) items.push_back(item);
  }
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].problem_code, "");
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, AHubWithoutRoomForAnItemRefusesNothing) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  CollectRequest request = fresh();
  for (int i = 0; i < 20; ++i) {
    const Answer answer = adapter_->collect(host_, request);
    ASSERT_EQ(answer.items.size(), 1U) << i;
    EXPECT_EQ(answer.items[0].problem_code, "");
    request.no_room = true;
  }
}

TEST_F(Filedrop, ACursorOfVersionOneIsUnderstood) {
  folder_.files["out/processing/status-1.csv"] = kHeader + row(1, "ORYNDALUDA") + "x;;\r\n";
  cursor_ = R"({"files":{"out/status-1.csv":{"s":1,"n":0,"t":false,"f":"2026-11-24T00:00:00Z",)"
            R"("h":"ab","i":{"status-1.csv#1@ab":{"s":1},"status-1.csv#2@ab":{"s":0}}}}})";
  settled_.push_back({"status-1.csv#2@ab", true, "", "", ""});
  const Answer named = collect();
  EXPECT_TRUE(named.more);
  EXPECT_TRUE(named.items.empty());
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, ProcessedButNotMovedIsMovedLaterAndNeverReadAgain) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect();
  folder_.immovable.insert("out/processing/n/status-1.csv");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(collect().items.empty());
    EXPECT_TRUE(has("out/processing/n/status-1.csv"));
  }
  EXPECT_EQ(asked("PUT"), 1U) << "one ack";
  folder_.immovable.clear();
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, NothingIsOverwrittenInDone) {
  folder_.files["out/done/status-1.csv"] = "older";
  folder_.files["out/done/status-1.csv.1"] = "old";
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect();
  collect();
  EXPECT_EQ(folder_.files["out/done/status-1.csv"], "older");
  EXPECT_EQ(folder_.files["out/done/status-1.csv.1"], "old");
  EXPECT_TRUE(has("out/done/status-1.csv.2"));
}

TEST_F(Filedrop, ASecondFileOfTheSameNameWaitsForTheFirst) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect();
  folder_.files["out/status-1.csv"] = kHeader + row(2, "ORYNDALDY");
  const Answer second = collect();
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_NE(second.items[0].body.find("executed"), std::string::npos);
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
  EXPECT_TRUE(has("out/done/status-1.csv.1"));
}

std::string pathWith(const FakeFolder& folder, const std::string& start, const std::string& end) {
  for (const auto& [path, content] : folder.files) {
    if (path.starts_with(start) && path.ends_with(end)) return path;
  }
  return {};
}

TEST_F(Filedrop, HubsThatShareAFolderClaimIntoTheirOwn) {
  configure({{"node", "a"}});
  FiledropAdapter other([this] { return now_ms_; });
  Configuration c =
      kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  c.settings_json.insert(1, "\"node\":\"b\",");
  ASSERT_EQ(other.configure(host_, c).outcome, Outcome::kDone);
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  ASSERT_EQ(collect().items.size(), 1U);
  EXPECT_TRUE(has("out/processing/a/status-1.csv"));
  EXPECT_FALSE(pathWith(folder_, "out/processing/a@", ".lease").empty());
  folder_.files["out/status-2.csv"] = kHeader + row(2, "ORYNDALUDA");
  const Answer theirs = other.collect(host_, fresh());
  ASSERT_EQ(theirs.items.size(), 1U) << "only what nobody has claimed";
  EXPECT_TRUE(theirs.items[0].item_id.starts_with("status-2.csv"));
  EXPECT_TRUE(has("out/processing/b/status-2.csv"));
  collect();
  EXPECT_TRUE(has("out/done/status-1.csv"));
  EXPECT_TRUE(has("out/processing/b/status-2.csv")) << "another's claim is not ours to settle";
}

TEST_F(Filedrop, TwoHubsThatSeeOneFileClaimItOnce) {
  configure({{"node", "a"}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  // The other hub is quicker between our listing and our claim.
  FakeHost host([this](const ExchangeRequest& r) {
    if (r.method == "MOVE" && has(r.path)) {
      folder_.files["out/processing/b/status-1.csv"] = folder_.files[r.path];
      folder_.files.erase(r.path);
    }
    return folder_.answer(r);
  });
  const Answer answer = adapter_->collect(host, fresh());
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_TRUE(answer.items.empty());
  EXPECT_NE(host.logged.find("filedrop.claim_failed"), std::string::npos);
}

TEST_F(Filedrop, ClaimsOfADeadHubGoBackAfterItsLease) {
  configure({{"node", "a"}});
  folder_.files["out/processing/dead@1000000000.lease"] = "dead";
  folder_.files["out/processing/dead/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.files["out/processing/alive@99999999999.lease"] = "alive";
  folder_.files["out/processing/alive/status-2.csv"] = kHeader + row(2, "ORYNDALUDA");
  folder_.files["out/processing/status-3.csv"] = kHeader + row(3, "ORYNDALUDA");
  folder_.files["out/processing/a@1000000000.lease"] = "a";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_TRUE(has("out/processing/a/status-1.csv"));
  EXPECT_TRUE(has("out/processing/a/status-3.csv")) << "claimed before the hub had a node";
  EXPECT_TRUE(has("out/processing/alive/status-2.csv"));
  EXPECT_FALSE(has("out/processing/dead@1000000000.lease"));
  EXPECT_FALSE(has("out/processing/a@1000000000.lease")) << "renewed";
  EXPECT_FALSE(pathWith(folder_, "out/processing/a@", ".lease").empty());
  EXPECT_NE(host_.logged.find("filedrop.node_expired dead"), std::string::npos);
}

TEST_F(Filedrop, WithoutALeaseNothingIsClaimed) {
  configure({{"node", "a"}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  FakeHost host([this](const ExchangeRequest& r) {
    return r.method == "PUT" ? failedCall("transport.disk", true) : folder_.answer(r);
  });
  EXPECT_EQ(adapter_->collect(host, fresh()).outcome, Outcome::kRetry);
  EXPECT_TRUE(has("out/status-1.csv"));
}

TEST_F(Filedrop, ANameComesAgainByThePolicy) {
  const auto again = [&](const std::string& policy, const std::string& content) {
    folder_.files.clear();
    cursor_ = kIdle;
    settled_.clear();
    configure({{"same_name", policy}});
    folder_.files["out/done/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
    folder_.files["out/status-1.csv"] = content;
    const Answer answer = collect();
    collect();
    return answer;
  };
  const std::string other = kHeader + row(1, "ORYNDALDY");
  ASSERT_EQ(again("process", other).items.size(), 1U);
  EXPECT_TRUE(has("out/done/status-1.csv.1"));

  const Answer refused = again("refuse", other);
  ASSERT_EQ(refused.items.size(), 1U);
  EXPECT_EQ(refused.items[0].problem_code, "adapter.same_name");
  EXPECT_TRUE(has("out/error/status-1.csv"));
  EXPECT_EQ(nlohmann::json::parse(folder_.files["out/ack/status-1.csv.err"])["code"],
            "adapter.same_name");

  EXPECT_TRUE(again("ignore", other).items.empty());
  EXPECT_TRUE(has("out/ack/status-1.csv.ack"));
  EXPECT_TRUE(has("out/done/status-1.csv.1"));
  EXPECT_FALSE(has("out/processing/n/status-1.csv"));

  // The same bytes again are the same items, which the hub knows.
  const Answer same = again("refuse", kHeader + row(1, "ORYNDALUDA"));
  ASSERT_EQ(same.items.size(), 1U);
  EXPECT_EQ(same.items[0].problem_code, "");
}

TEST_F(Filedrop, TheRejectFileNamesFileAndLines) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA") + row(2, "NOBODY_KNOWS") +
                                      row(3, "ORYNDALUDA") + "4;too;short\r\n";
  EXPECT_EQ(collect().items.size(), 4U);
  collect();
  const auto err = nlohmann::json::parse(folder_.files["out/ack/status-1.csv.err"]);
  EXPECT_EQ(err["file"], "status-1.csv");
  EXPECT_EQ(err["line"], 3);
  ASSERT_EQ(err["problems"].size(), 2U);
  EXPECT_EQ(err["problems"][0]["line"], 3);
  EXPECT_EQ(err["problems"][1]["line"], 5);
  EXPECT_EQ(err["problems"][1]["code"], "adapter.bad_row");

  folder_.files["out/decision-1.xml"] = "<KZM_Zhauap>\n<a>\n</KZM_Zhauap>";
  collect();
  collect();
  const auto xml = nlohmann::json::parse(folder_.files["out/ack/decision-1.xml.err"]);
  EXPECT_EQ(xml["code"], "adapter.bad_xml");
  EXPECT_EQ(xml["line"], 3);
  EXPECT_EQ(nlohmann::json::parse(
                folder_.files["out/error/decision-1.xml.reason.json"])["problems"][0]["line"],
            3);
}

TEST_F(Filedrop, AFileThatWaitsTooLongIsSaidOnce) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.modified_ms["out/status-1.csv"] = 1'000'000'000'000;
  folder_.incomplete.insert("out/status-1.csv");
  collect();
  collect();
  const auto first = host_.logged.find("filedrop.oldest_waiting out: ");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(host_.logged.find("filedrop.oldest_waiting", first + 1), std::string::npos);
}

TEST_F(Filedrop, NodeSettingsAreChecked) {
  Configuration c =
      kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  for (const std::string bad :
       {"\"node\":\"../x\",", "\"node\":\"a@b\",", "\"node_lease_s\":10,"}) {
    Configuration wrong = c;
    wrong.settings_json.insert(1, bad);
    const Answer answer = FiledropAdapter().configure(host_, wrong);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << bad;
    EXPECT_EQ(answer.code, "adapter.bad_setting") << bad;
  }
}

TEST_F(Filedrop, NamesFoldersAndNumbersAreChecked) {
  const Configuration c =
      kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, nlohmann::json>>{{"in_name", "{nope}.xml"},
                                                           {"in_name", "../{message_id}.xml"},
                                                           {"in_name", "{external_id}.xml"},
                                                           {"in_folder", "../in"},
                                                           {"in_folder", ""},
                                                           {"files_folder", "/files"},
                                                           {"out_folder", "../out"},
                                                           {"out_files_folder", "out/../../x"},
                                                           {"ack_folder", "ack/"},
                                                           {"err_folder", ".."},
                                                           {"attempts_max", -1},
                                                           {"incomplete_looks_max", 0},
                                                           {"attachment_rounds_max", -5},
                                                           {"file_bytes_max", 0},
                                                           {"oldest_warn_s", -1},
                                                           {"csv_charset", "klingon"},
                                                           {"csv_separator", ";;"}}) {
    Configuration wrong = c;
    auto settings = nlohmann::json::parse(c.settings_json);
    settings[name] = value;
    wrong.settings_json = settings.dump();
    const Answer answer = FiledropAdapter().configure(host_, wrong);
    EXPECT_EQ(answer.outcome, Outcome::kMisconfigured) << name << value;
    EXPECT_EQ(answer.code, "adapter.bad_setting") << name << value;
    EXPECT_EQ(answer.text.rfind("setting " + name + ": ", 0), 0U) << answer.text;
  }
}

TEST_F(Filedrop, PoisonIsSetAsideAndTheRestGoesOn) {
  configure({{"attempts_max", 3}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.unreadable.insert("out/processing/n/status-1.csv");
  EXPECT_EQ(collect().items.size(), 1U);
  EXPECT_TRUE(collect().items.empty());
  const Answer third = collect();
  ASSERT_EQ(third.items.size(), 1U);
  EXPECT_EQ(third.items[0].problem_code, "trust.bad_signature");
  EXPECT_NE(third.items[0].problem_text.find("scripted"), std::string::npos);
  collect();
  EXPECT_TRUE(has("out/error/status-1.csv"));
  EXPECT_TRUE(has("out/done/status-2.csv"));
  EXPECT_EQ(nlohmann::json::parse(folder_.files["out/error/status-1.csv.reason.json"])["attempts"],
            3);
}

// As a mapping that never ends, or takes all memory: the process is gone, with all the call had.
struct Death {};

TEST_F(Filedrop, AFileThatEndsTheProcessCostsItselfOnly) {
  configure({{"attempts_max", 5}});
  const std::string deadly = kHeader + row(1, "ORYNDALUDA") + "deadly";
  for (const char* name : {"out/status-1.csv", "out/status-2.csv", "out/status-4.csv"}) {
    folder_.files[name] = kHeader + row(1, "ORYNDALUDA");
  }
  folder_.files["out/status-3.csv"] = deadly;
  int deaths = 0;
  std::vector<std::string> given;
  for (int call = 0; call < 20 && !has("out/error/status-3.csv"); ++call) {
    FakeHost host([&](const ExchangeRequest& r) {
      ExchangeResponse response = folder_.answer(r);
      if (r.method == "GET" && response.body == deadly) throw Death();
      return response;
    });
    CollectRequest request;
    request.cursor = cursor_;
    request.settled = settled_;
    try {
      const Answer answer = adapter_->collect(host, request);
      ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
      settled_.clear();
      cursor_ = answer.cursor;
      for (const Inbound& item : answer.items) {
        given.push_back(item.item_id.substr(0, 12) + item.problem_code);
        settled_.push_back({item.item_id, item.problem_code.empty(), item.problem_code, "", ""});
      }
      EXPECT_TRUE(deaths <= 3 || given.size() >= 3U) << "the good ones came too late";
    } catch (const Death&) {
      ++deaths;
      configure({{"attempts_max", 5}});  // another process
    }
  }
  EXPECT_EQ(deaths, 6) << "once as it was claimed, and attempts_max times more";
  ASSERT_EQ(given.size(), 4U);
  EXPECT_EQ(std::set<std::string>(given.begin(), given.begin() + 3),
            (std::set<std::string>{"status-1.csv", "status-2.csv", "status-4.csv"}));
  EXPECT_EQ(given[3], "status-3.csvadapter.poison_file");
  EXPECT_EQ(jsonAt("out/error/status-3.csv.reason.json")["attempts"], 5);
  for (const char* name :
       {"out/done/status-1.csv", "out/done/status-2.csv", "out/done/status-4.csv"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  collect();
  for (const auto& [name, content] : folder_.files) {
    EXPECT_FALSE(name.ends_with(".trial")) << name;
  }
}

TEST_F(Filedrop, WhatTheHubRefusesGoesToErrorWithItsReason) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect(false);
  collect();
  EXPECT_TRUE(has("out/error/status-1.csv"));
  EXPECT_NE(folder_.files["out/error/status-1.csv.reason.json"].find("exchange.unknown_appeal"),
            std::string::npos);
}

TEST_F(Filedrop, HalfWrittenHiddenAndSideFilesAreLeftAlone) {
  folder_.files["out/status-1.csv"] = kHeader;
  folder_.incomplete.insert("out/status-1.csv");
  folder_.files["out/.status-2.csv.tmp"] = "x";
  folder_.files["out/status-3.csv.p7s"] = "x";
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(collect().items.empty());
  EXPECT_EQ(asked("MOVE"), 0U);
  folder_.incomplete.clear();
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  EXPECT_EQ(collect().items.size(), 1U);
}

TEST_F(Filedrop, AFileThatStaysIncompleteIsShownInTheEnd) {
  configure({{"incomplete_looks_max", 3}, {"attempts_max", 1}});
  folder_.files["out/status-1.csv"] = kHeader;
  folder_.incomplete.insert("out/status-1.csv");
  folder_.unreadable.insert("out/processing/n/status-1.csv");
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/status-1.csv"));
  const Answer third = collect();
  ASSERT_EQ(third.items.size(), 1U);
  EXPECT_EQ(third.items[0].problem_code, "trust.bad_signature");
  collect();
  EXPECT_TRUE(has("out/error/status-1.csv"));
}

// A folder that takes long to list is told again for some time: nobody looked whether the file is whole now.
TEST_F(Filedrop, WhatIsToldAgainIsNoLookAtAnIncompleteFile) {
  configure({{"incomplete_looks_max", 3}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.incomplete.insert("out/status-1.csv");
  FakeHost kept([&](const ExchangeRequest& r) {
    ExchangeResponse response = folder_.answer(r);
    if (r.method == "LIST" && r.path == "out") {
      response.headers.push_back({std::string(kListKept), "yes"});
    }
    return response;
  });
  EXPECT_TRUE(collect().items.empty());
  for (int call = 0; call < 5; ++call) {
    CollectRequest request;
    request.cursor = cursor_;
    const Answer answer = adapter_->collect(kept, request);
    EXPECT_TRUE(answer.items.empty()) << call;
    cursor_ = answer.cursor;
  }
  EXPECT_TRUE(collect().items.empty());
  EXPECT_EQ(collect().items.size(), 1U);
}

TEST_F(Filedrop, AnAckOfEarlierDaysIsNotOverwritten) {
  folder_.files["out/ack/status-1.csv.ack"] = "of another file";
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect();
  collect();
  EXPECT_EQ(folder_.files["out/ack/status-1.csv.ack"], "of another file");
  EXPECT_TRUE(has("out/ack/status-1.csv.ack.1"));
  EXPECT_TRUE(has("out/done/status-1.csv"));
}

TEST_F(Filedrop, OddFilesBecomeProblems) {
  folder_.files["out/readme.doc"] = "?";
  folder_.files["out/status-1.csv"] = "";
  folder_.files["out/decision-1.xml"] = "<!DOCTYPE x><x/>";
  folder_.files["out/decision-2.xml"] = "<KZM_Zhauap";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 4U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.empty_file");
  EXPECT_EQ(answer.items[1].problem_code, "adapter.dtd_refused");
  EXPECT_EQ(answer.items[2].problem_code, "adapter.bad_xml");
  EXPECT_EQ(answer.items[3].problem_code, "adapter.unknown_file");
  collect();
  EXPECT_TRUE(has("out/error/readme.doc"));
  EXPECT_TRUE(has("out/error/decision-1.xml.reason.json"));
}

TEST_F(Filedrop, DecisionsAcksAndErrsBecomeItems) {
  folder_.files["out/decision-ZHK-1-1.xml"] =
      readSource("adapters/mappings/zher/golden/decision.shagym_ishinara.in.xml");
  folder_.files["ack/m-1.xml.ack"] = "OK;ZHK-1;2026-11-23T10:00:00+05:00;m-1\n";
  folder_.files["err/m-2.xml.err"] =
      R"({"message_id":"m-2","code":"NUMBER_INVALID","rule":"r","element":"Turi","line":7,"text":"жоқ"})";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 3U);
  EXPECT_EQ(answer.items[0].in_reply_to, "m-1");
  EXPECT_EQ(answer.items[0].external_id, "ZHK-1");
  EXPECT_TRUE(answer.items[0].item_id.starts_with("ack/m-1.xml.ack#1@"));
  EXPECT_EQ(answer.items[1].in_reply_to, "m-2");
  EXPECT_NE(answer.items[1].body.find("refused"), std::string::npos);
  EXPECT_EQ(answer.items[2].type, "decision/1");
  EXPECT_NE(answer.items[2].body.find("act_cancelled_new"), std::string::npos);
  collect();
  EXPECT_TRUE(has("ack/done/m-1.xml.ack"));
  EXPECT_TRUE(has("err/done/m-2.xml.err"));
  EXPECT_FALSE(has("ack/ack/m-1.xml.ack.ack"));
}

TEST_F(Filedrop, AnAckSpeaksOfTheMessageItsContentNames) {
  const std::string ack = "OK;ZHK-1;2026-11-23T10:00:00+05:00";
  folder_.files["ack/m-1.xml.ack"] = ack + ";m-2\n";
  folder_.files["ack/m-3.xml.ack"] = ack + "\n";
  folder_.files["ack/other.ack"] = ack + ";other\n";
  folder_.files["err/m-4.xml.err"] = R"({"message_id":"m-5","code":"XSD_INVALID"})";
  folder_.files["err/m-6.xml.err"] = R"({"code":"NUMBER_INVALID"})";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 5U);
  for (const Inbound& item : answer.items) {
    EXPECT_EQ(item.problem_code, "adapter.wrong_message") << item.item_id;
    EXPECT_TRUE(item.in_reply_to.empty());
  }
  collect();
  EXPECT_TRUE(has("ack/error/m-1.xml.ack"));

  configure({{"ack_message_id", "optional"}});
  folder_.files = {{"ack/m-1.xml.ack", ack + ";m-2\n"}, {"ack/m-3.xml.ack", ack + "\n"}};
  const Answer optional = collect();
  ASSERT_EQ(optional.items.size(), 2U);
  EXPECT_EQ(optional.items[0].problem_code, "adapter.wrong_message");
  EXPECT_EQ(optional.items[1].problem_code, "");
  EXPECT_EQ(optional.items[1].in_reply_to, "m-3");
}

// That a file did not please is not that the committee refuses the appeal: another body would get it as well.
TEST_F(Filedrop, OnlyListedCodesOfAnErrAreARefusal) {
  for (const char* code :
       {"XSD_INVALID", "SIGNATURE_WRONG", "FILE_MISSING", "DUPLICATE_MESSAGE", "NEW"}) {
    const bool known = code == std::string_view("DUPLICATE_MESSAGE");
    folder_.files["err/m-1.xml.err"] =
        R"({"message_id":"m-1","code":")" + std::string(code) + "\"}";
    const Answer answer = collect();
    ASSERT_EQ(answer.items.size(), 1U) << code;
    EXPECT_EQ(answer.items[0].problem_code,
              known ? "adapter.message_known" : "adapter.refused_by_agency")
        << code;
    EXPECT_EQ(answer.items[0].problem_text, code);
    EXPECT_EQ(answer.items[0].in_reply_to, "m-1");
    collect();
  }
  folder_.files["err/m-1.xml.err"] = R"({"message_id":"m-1","code":"COUNT_INVALID"})";
  const Answer refused = collect();
  ASSERT_EQ(refused.items.size(), 1U);
  EXPECT_EQ(refused.items[0].problem_code, "");
  EXPECT_NE(refused.items[0].body.find("refused"), std::string::npos);
}

TEST_F(Filedrop, NamesAreComparedByThePatternTheyWereMadeWith) {
  const std::string ack = "OK;ZHK-1;2026-11-23T10:00:00+05:00;m-1\n";
  configure({{"in_name", "KZM-{message_id}.xml"}});
  folder_.files = {{"ack/KZM-m-1.xml.ack", ack}, {"ack/m-1.xml.ack", ack}};
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].problem_code, "");
  EXPECT_EQ(answer.items[1].problem_code, "adapter.wrong_message");
}

class FiledropOutage : public Filedrop {
 protected:
  Answer collectDown(const ExchangeResponse& file = kit::testing::failedCall("transport.refused",
                                                                             true)) {
    FakeHost down(
        [&](const ExchangeRequest& r) { return r.into_attachment ? file : folder_.answer(r); });
    CollectRequest request;
    request.cursor = cursor_;
    const Answer answer = adapter_->collect(down, request);
    cursor_ = answer.cursor;
    return answer;
  }
  const std::string decision_ =
      readSource("adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
};

TEST_F(FiledropOutage, AnItemWaitsForItsAttachmentWhileThePlaceIsDown) {
  configure({{"out_files_folder", "out/files"}, {"attachment_rounds_max", 3}});
  folder_.files["out/decision-1.xml"] = decision_;
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  const Answer first = collectDown();
  EXPECT_EQ(first.outcome, Outcome::kDone);
  EXPECT_FALSE(first.more);
  ASSERT_EQ(first.items.size(), 1U);
  EXPECT_TRUE(first.items[0].item_id.starts_with("status-1.csv"));
  const std::string waiting = cursor_;
  EXPECT_TRUE(collectDown().items.empty());
  const Answer third = collectDown();
  ASSERT_EQ(third.items.size(), 1U);
  EXPECT_EQ(third.items[0].problem_code, "adapter.attachment_missing");

  configure({{"out_files_folder", "out/files"}, {"attachment_rounds_max", 3}});
  cursor_ = waiting;
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.attachment_missing");  // it answers: none
}

TEST_F(FiledropOutage, AFullDiskOfTheHubMakesNoProblem) {
  configure({{"out_files_folder", "out/files"}, {"attachment_rounds_max", 2}});
  folder_.files["out/decision-1.xml"] = decision_;
  for (int i = 0; i < 5; ++i) {
    for (const auto& full : {kit::testing::failedCall("base.file_unwritable", true),
                             kit::testing::failedCall("store.failed", false)}) {
      EXPECT_TRUE(collectDown(full).items.empty()) << full.code;
    }
  }
}

TEST_F(Filedrop, AnnouncedAttachmentsMustBeThere) {
  configure({{"out_files_folder", "out/files"}});
  const std::string decision =
      readSource("adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
  folder_.files["out/decision-1.xml"] = decision;
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.attachment_missing");
  folder_.files["out/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] =
      "other";
  folder_.files["out/decision-2.xml"] = decision;
  EXPECT_EQ(collect().items.at(0).problem_code, "adapter.attachment_mismatch");
}

// What keeps our own file out of the folder must not send the appeal to another body.
TEST_F(Filedrop, ANameThatIsTakenOrOddIsNoRefusal) {
  configure({{"in_name", "{reg_number}.xml"}});
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.reg_number = "ЖТ-2026-1/2";
  m.body = readSource("adapters/mappings/zher/golden/request.person_kk.in.xml");
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kPending);
  EXPECT_TRUE(has("in/ЖТ-2026-1%2F2.xml"));
  folder_.files["in/ЖТ-2026-1%2F2.xml"] = "an earlier message of that number";
  const Answer waits = adapter_->deliver(host_, m);
  EXPECT_EQ(waits.outcome, Outcome::kRetry);
  EXPECT_EQ(waits.code, "transport.name_taken");
  folder_.files.erase("in/ЖТ-2026-1%2F2.xml");
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kPending);
  m.reg_number = "..%";
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kPending);
  EXPECT_TRUE(has("in/%2E.%25.xml"));
}

// Its attachments may be hundreds of megabytes; they lie there already.
TEST_F(Filedrop, AMessageThatWaitsForItsNameSendsItsAttachmentsOnce) {
  configure({{"in_name", "{reg_number}.xml"}});
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.reg_number = "N-1";
  m.body = readSource("adapters/mappings/zher/golden/request.collective_en.in.xml");
  folder_.attachments["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] = "plan";
  folder_.attachments["60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"] = "photo";
  folder_.files["in/N-1.xml"] = "an earlier message of that number";
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_EQ(adapter_->deliver(host_, m).code, "transport.name_taken");
  }
  folder_.files.erase("in/N-1.xml");
  EXPECT_EQ(adapter_->deliver(host_, m).outcome, Outcome::kPending);
  const auto sent = std::count_if(
      host_.requests.begin(), host_.requests.end(),
      [](const ExchangeRequest& r) { return r.method == "PUT" && !r.body_attachment.empty(); });
  EXPECT_EQ(sent, 2);
}

// What is not listed is not gone.
TEST_F(Filedrop, WhileTheFolderOfFilesIsNotListedNothingOfAMessageIsSentAgain) {
  configure({{"in_name", "{reg_number}.xml"}});
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.reg_number = "N-1";
  m.body = readSource("adapters/mappings/zher/golden/request.collective_en.in.xml");
  const std::string plan = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  folder_.attachments[plan] = "plan";
  folder_.attachments["60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"] = "photo";
  folder_.files["in/N-1.xml"] = "an earlier message of that number";
  bool listed = false;
  FakeHost slow([&](const ExchangeRequest& r) {
    if (r.method == "LIST" && !listed) return failedCall("transport.listing_goes_on", true);
    return folder_.answer(r);
  });
  const auto sent = [&] {
    return std::count_if(slow.requests.begin(), slow.requests.end(), [](const auto& r) {
      return r.method == "PUT" && !r.body_attachment.empty();
    });
  };
  EXPECT_EQ(adapter_->deliver(slow, m).code, "transport.name_taken");
  folder_.files.erase("in/N-1.xml");
  folder_.files.erase("in/files/" + plan);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Answer waits = adapter_->deliver(slow, m);
    EXPECT_EQ(waits.outcome, Outcome::kRetry);
    EXPECT_EQ(waits.code, "adapter.files_go_on") << "which no breaker counts";
    EXPECT_FALSE(has("in/N-1.xml"));
  }
  EXPECT_EQ(sent(), 2);
  listed = true;
  EXPECT_EQ(adapter_->deliver(slow, m).outcome, Outcome::kPending);
  EXPECT_EQ(sent(), 3) << "the one that was taken away";
  EXPECT_TRUE(has("in/files/" + plan));
}

TEST_F(Filedrop, AProbePutsAFileWhereMessagesGo) {
  EXPECT_EQ(adapter_->probe(host_).outcome, Outcome::kDone);
  EXPECT_TRUE(folder_.files.empty()) << "no folder is made for it";
  folder_.files["in/m-1.xml"] = "waits";
  const auto before = folder_.files;
  EXPECT_EQ(adapter_->probe(host_).outcome, Outcome::kDone);
  EXPECT_EQ(folder_.files, before);
  EXPECT_EQ(asked("PUT"), 1U);
  FakeHost full([this](const ExchangeRequest& r) {
    return r.method == "PUT" ? kit::testing::failedCall("transport.disk", true) : folder_.answer(r);
  });
  const Answer answer = adapter_->probe(full);
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "transport.disk");

  // Where the agency does not fetch its files an operator wants to know whether the hub can write.
  for (const char* code : {"transport.listing_goes_on", "transport.folder_too_large"}) {
    bool disk_full = false;
    FakeHost large([&](const ExchangeRequest& r) {
      if (r.method == "LIST") return kit::testing::failedCall(code, true);
      return disk_full ? kit::testing::failedCall("transport.disk", true) : folder_.answer(r);
    });
    EXPECT_EQ(adapter_->probe(large).outcome, Outcome::kDone) << code;
    disk_full = true;
    EXPECT_EQ(adapter_->probe(large).code, "transport.disk") << code;
  }
}

// A slow place: each call answers in time, goes on where the last one ended, and nothing travels twice.
TEST_F(Filedrop, FilesTakeAsManyCallsAsTheyNeed) {
  configure({{"out_files_folder", "out/files"}});
  std::string decision =
      readSource("adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
  const auto from = decision.find("<Fail>"), to = decision.find("</Fail>") + 7;
  const std::string one = decision.substr(from, to - from);
  decision.erase(from, to - from);
  std::string message = readSource("adapters/mappings/zher/golden/request.collective_en.in.xml");
  const std::string digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  const auto at = message.find("<attachments>");
  std::string attachment = message.substr(at, message.find("</attachments>") + 14 - at);
  message.erase(at, message.rfind("</attachments>") + 14 - at);
  for (int i = 0; i < 60; ++i) {
    const std::string bytes = "file " + std::to_string(i);
    const std::string sha256 = kit::sha256Hex(bytes);
    std::string file = one, sent = attachment;
    decision.insert(from, file.replace(file.find(digest), 64, sha256));
    message.insert(at, sent.replace(sent.find(digest), 64, sha256));
    folder_.files["out/files/" + sha256] = bytes;
    folder_.attachments[sha256] = bytes;
  }
  folder_.files["out/decision-1.xml"] = decision;
  const auto slow = [&](const auto& call) {
    host_.time_left_ms = 30'000;
    host_.exchange_ms = 600;
    Answer answer = call();
    EXPECT_GT(host_.time_left_ms, 5'000);
    return answer;
  };
  Answer answer;
  int calls = 0;
  do {
    answer = slow([this] { return collect(); });
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
    EXPECT_EQ(answer.more, answer.items.empty());
  } while (answer.items.empty() && ++calls < 10);
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "") << answer.items[0].problem_text;
  const auto fetched = std::count_if(host_.requests.begin(), host_.requests.end(),
                                     [](const ExchangeRequest& r) { return r.into_attachment; });
  EXPECT_EQ(fetched, 60);

  host_.requests.clear();
  Message m;
  m.message_id = "m-1";
  m.type = "appeal/1";
  m.body = message;
  for (calls = 0; calls < 5; ++calls) {
    answer = slow([&] { return adapter_->deliver(host_, m); });
    if (answer.outcome != Outcome::kRetry) break;
    EXPECT_EQ(answer.code, "adapter.files_go_on");
    EXPECT_FALSE(has("in/m-1.xml"));
  }
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  EXPECT_EQ(asked("PUT"), 61U);

  m.message_id = "m-2";
  answer = slow([&] { return adapter_->deliver(host_, m); });
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  std::erase_if(folder_.files, [](const auto& f) { return f.first.starts_with("in/"); });
  for (calls = 0; calls < 5 && answer.outcome == Outcome::kRetry; ++calls) {
    answer = slow([&] { return adapter_->deliver(host_, m); });
  }
  EXPECT_EQ(answer.outcome, Outcome::kPending) << answer.text;
  const auto there = std::count_if(folder_.files.begin(), folder_.files.end(),
                                   [](const auto& f) { return f.first.starts_with("in/files/"); });
  EXPECT_EQ(there, 60) << "what was taken away meanwhile is sent again";
}

TEST_F(Filedrop, ManySettledFilesAreMovedOverSeveralCalls) {
  for (int i = 100; i < 150; ++i) {
    folder_.files["out/status-" + std::to_string(i) + ".csv"] = kHeader + row(1, "ORYNDALUDA");
  }
  host_.exchange_ms = 400;
  int calls = 0;
  const auto done = [&] {
    return std::count_if(folder_.files.begin(), folder_.files.end(), [](const auto& file) {
      return file.first.starts_with("out/done/status-");
    });
  };
  while (done() < 50 && ++calls < 20) {
    host_.time_left_ms = 30'000;
    EXPECT_EQ(collect().outcome, Outcome::kDone);
    EXPECT_GT(host_.time_left_ms, 5'000);
  }
  EXPECT_EQ(done(), 50);
}

TEST_F(Filedrop, AFolderLargerThanAListingIsWorkedThrough) {
  folder_.listed_max = 7;
  for (int i = 100; i < 130; ++i) {
    folder_.files["out/status-" + std::to_string(i) + ".csv"] = kHeader + row(1, "ORYNDALUDA");
  }
  std::size_t items = collect().items.size();
  EXPECT_EQ(items, 30U) << "a listing of a part is none of the folder";
  collect();
  for (int i = 100; i < 130; ++i) {
    EXPECT_TRUE(has("out/done/status-" + std::to_string(i) + ".csv")) << i;
  }
}

TEST_F(Filedrop, OrderAndLimit) {
  for (const char* n : {"3", "1", "2"})
    folder_.files[std::string("out/status-") + n + ".csv"] = kHeader + row(1, "ORYNDALUDA");
  CollectRequest request = fresh();
  request.limit = 2;
  const Answer first = adapter_->collect(host_, request);
  ASSERT_EQ(first.items.size(), 2U);
  EXPECT_TRUE(first.more);
  EXPECT_TRUE(first.items[0].item_id.starts_with("status-1.csv"));
  EXPECT_TRUE(first.items[1].item_id.starts_with("status-2.csv"));
  EXPECT_TRUE(has("out/status-3.csv"));

  configure({});
  folder_.files.clear();
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.modified_ms["out/status-1.csv"] = 2000;
  folder_.modified_ms["out/status-2.csv"] = 1000;
  EXPECT_TRUE(adapter_->collect(host_, fresh()).items.at(0).item_id.starts_with("status-2.csv"));
}

// "decision-" sorts before "status-": what was told first comes first all the same.
TEST_F(Filedrop, AnExtensionIsReadBeforeTheDecisionThatFollowedIt) {
  const std::string decision =
      readSource("adapters/mappings/zher/golden/decision.ariz_ishinara.in.xml");
  const auto types = [&](std::int64_t of_status, std::int64_t of_decision,
                         const nlohmann::json& more = {}) {
    configure(more);
    folder_.files.clear();
    folder_.files["out/decision-ZHK-1-1.xml"] = decision;
    folder_.files["out/status-1.csv"] = kHeader + row(1, "UZARTYLDY", "2026-12-30");
    folder_.modified_ms["out/decision-ZHK-1-1.xml"] = of_decision;
    folder_.modified_ms["out/status-1.csv"] = of_status;
    std::string out;
    for (const Inbound& item : adapter_->collect(host_, fresh()).items) out += item.type + " ";
    return out;
  };
  EXPECT_EQ(types(1000, 2000), "status/1 decision/1 ");
  EXPECT_EQ(types(2000, 2000), "status/1 decision/1 ") << "SFTP tells whole seconds";
  EXPECT_EQ(types(3000, 2000), "decision/1 status/1 ");
  EXPECT_EQ(types(1000, 2000, {{"order", "name"}}), "decision/1 status/1 ");
}

TEST_F(Filedrop, AFileOfAnotherShapeIsRefusedWhole) {
  folder_.files["out/status-1.csv"] = "case_no;our_ref;status\r\nZHK-1;m-1;ORYNDALUDA\r\n";
  folder_.files["out/status-2.csv"] = "case_no,our_ref,status\r\nZHK-1,m-1,ORYNDALUDA\r\n";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  for (const Inbound& item : answer.items) EXPECT_EQ(item.problem_code, "adapter.bad_csv");
  EXPECT_NE(answer.items[0].problem_text.find("changed_at"), std::string::npos);
  EXPECT_NE(answer.items[1].problem_text.find("','"), std::string::npos);
}

TEST_F(Filedrop, QuotesAreTextOrEndOnTheirLine) {
  const std::string text = std::string(kHeader) +
                           "1;ZHK-1;m-1;ORYNDALUDA;2026-11-24T10:00:00+05:00;;\"JShS Romashka\r\n"
                           "2;ZHK-1;m-1;ORYNDALUDA;2026-11-24T10:00:00+05:00;;Alma\"\r\n";
  folder_.files["out/status-1.csv"] = text;
  const Answer plain = collect();
  ASSERT_EQ(plain.items.size(), 2U);
  EXPECT_EQ(plain.items[1].problem_code, "");
  EXPECT_NE(plain.items[1].body.find("Alma\\\""), std::string::npos) << plain.items[1].body;

  configure({{"csv_quotes", "one_line"}});
  folder_.files["out/status-2.csv"] = text;
  collect(false);
  const Answer quoted = collect(false);
  ASSERT_EQ(quoted.items.size(), 0U);
  collect();
  const auto reason = jsonAt("out/error/status-2.csv.reason.json");
  ASSERT_EQ(reason["problems"].size(), 2U) << reason;
  EXPECT_EQ(reason["problems"][0]["line"], 2);
  EXPECT_EQ(reason["problems"][1]["line"], 3);
}

TEST_F(Filedrop, AnAckMaySayTheSameTwice) {
  const std::string same = R"({type: "status/1", in_reply_to: .fields[2], external_id: .fields[1],)"
                           R"( payload: {status: "in_work"}})";
  configure({}, {{"ack.jq", same}});
  folder_.files["ack/17.xml.ack"] = "OK;17;17\n";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "") << answer.items[0].problem_text;
  EXPECT_EQ(answer.items[0].external_id, "17");
}

TEST_F(Filedrop, StrictOrderStopsAtTheFirstError) {
  configure({{"stop_on_error", true}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.unreadable.insert("out/processing/n/status-1.csv");
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(has("out/status-2.csv"));
  folder_.unreadable.clear();
  EXPECT_EQ(collect().items.size(), 2U);
}

TEST_F(Filedrop, FailuresOfThePlaceItselfAreRetried) {
  FakeHost down(
      [](const ExchangeRequest&) { return kit::testing::failedCall("transport.refused", true); });
  EXPECT_EQ(adapter_->collect(down, fresh()).outcome, Outcome::kRetry);
  EXPECT_EQ(adapter_->probe(down).outcome, Outcome::kRetry);
  CollectRequest request;
  request.cursor = "not a cursor";
  EXPECT_EQ(adapter_->collect(host_, request).outcome, Outcome::kMisconfigured);
}

TEST(FiledropSettings, StandInTheReadme) {
  EXPECT_EQ(kit::testing::readmeProblem(kit::aboutToJson(FiledropAdapter::about())), "");
}

}  // namespace
}  // namespace otinish
