// What stands beside a file in error/: everything a person needs to find the appeal and the fault.
#include "adapters/filedrop/tests/drop_fixture.h"

namespace otinish::filedrop_test {
namespace {

constexpr const char* kMessage = "0192f1c0-0000-7000-8000-000000000001";
constexpr const char* kAppeal = "0192f1c0-0000-7000-8000-0000000000aa";

TEST_F(Filedrop, AReasonNamesTheMessageOfARefusedRow) {
  folder_.files["out/status-1.csv"] =
      kHeader + row(1, "ORYNDALUDA") + row(2, "NOBODY_KNOWS") + row(3, "UZARTYLDY") + "x;;\r\n";
  const Answer answer = collect();
  EXPECT_EQ(answer.items.at(1).in_reply_to, "m-1") << "the quarantine finds the appeal by it";
  EXPECT_NE(answer.items.at(1).raw.find("\n2;"), std::string::npos)
      << "the record after the header";
  collect();
  const auto problems = jsonAt("out/error/status-1.csv.reason.json")["problems"];
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0]["in_reply_to"], "m-1");
  EXPECT_EQ(problems[0]["rule"], "csv_mapping");
  EXPECT_EQ(problems[0]["line"], 3);
  EXPECT_EQ(problems[1]["code"], "adapter.bad_row");
  EXPECT_EQ(problems[1]["in_reply_to"], "m-1");
  EXPECT_FALSE(problems[2].contains("in_reply_to")) << "fields that do not fit name nothing";
  EXPECT_EQ(jsonAt("out/ack/status-1.csv.err")["problems"][0]["in_reply_to"], "m-1");
  EXPECT_EQ(jsonAt("out/ack/status-1.csv.err")["rule"], "csv_mapping");
}

TEST_F(Filedrop, AReasonCarriesTheCorrelationIdOfTheItem) {
  configure({},
            {{"status.jq", R"({type: "status/1", correlation_id: .fields.our_ref, payload: {}})"}});
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  collect(false);
  collect();
  const auto reason = jsonAt("out/error/status-1.csv.reason.json");
  EXPECT_EQ(reason["problems"][0]["correlation_id"], "m-1");
  EXPECT_EQ(reason["problems"][0]["code"], "exchange.unknown_appeal");
  EXPECT_EQ(reason["problems"][0]["rule"], "hub");
  EXPECT_FALSE(reason["first_seen"].get<std::string>().empty());
  EXPECT_EQ(reason["attempts"], 0);
}

TEST_F(Filedrop, AReasonNamesTheLineOfARowThatTheHubRefused) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA") + row(2, "ORYNDALUDA");
  collect(false);
  collect();
  const auto problems = jsonAt("out/error/status-1.csv.reason.json")["problems"];
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0]["code"], "exchange.unknown_appeal");
  EXPECT_EQ(problems[0]["line"], 2);
  EXPECT_EQ(problems[1]["line"], 3);
}

TEST_F(Filedrop, AReasonSaysWhenAFileThatWaitedWasFirstSeen) {
  folder_.files["out/status-1.csv"] = kHeader + row(1, "ORYNDALUDA");
  folder_.incomplete.insert("out/status-1.csv");
  collect();
  auto waiting = nlohmann::json::parse(cursor_);
  auto& seen = waiting["files"]["out/status-1.csv"]["f"];
  EXPECT_FALSE(seen.get<std::string>().empty());
  seen = "2026-11-20T05:00:00Z";
  cursor_ = waiting.dump();
  collect();
  folder_.incomplete.clear();
  collect(false);
  collect();
  EXPECT_EQ(jsonAt("out/error/status-1.csv.reason.json")["first_seen"], "2026-11-20T05:00:00Z");
}

TEST_F(Filedrop, AReasonOfADecisionNamesItsMessage) {
  configure({{"out_files_folder", "out/files"}});
  std::string decision = kit::testing::readSource(
      "adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
  folder_.files["out/decision-1.xml"] = decision;
  const std::string known = "QANAGATTANDYRYLDY";
  decision.replace(decision.find(known), known.size(), "BELGISIZ");
  folder_.files["out/decision-2.xml"] = decision;
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].in_reply_to, kMessage);
  EXPECT_EQ(answer.items[1].raw, decision);
  collect();
  const auto missing = jsonAt("out/error/decision-1.xml.reason.json")["problems"][0];
  EXPECT_EQ(missing["code"], "adapter.attachment_missing");
  EXPECT_EQ(missing["rule"], "out_files_folder");
  EXPECT_EQ(missing["in_reply_to"], kMessage);
  const auto unknown = jsonAt("out/error/decision-2.xml.reason.json")["problems"][0];
  EXPECT_EQ(unknown["code"], "adapter.unknown_code");
  EXPECT_EQ(unknown["rule"], "xml_mapping");
  EXPECT_EQ(unknown["in_reply_to"], kMessage);
}

TEST_F(Filedrop, AnUnreadableAckIsOfTheFileItIsNamedAfter) {
  const std::string names = std::string(kAppeal) + "-" + kMessage + ".xml";
  configure({{"in_name", "{correlation_id}-{message_id}.xml"}});
  folder_.files["ack/" + names + ".ack"] = "?";
  folder_.files["ack/other.ack"] = "?";
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_TRUE(answer.items[0].in_reply_to.empty())
      << "a name is not signed: nothing is resolved by it";
  collect();
  const auto named = jsonAt("ack/error/" + names + ".ack.reason.json")["problems"][0];
  EXPECT_EQ(named["correlation_id"], kAppeal);
  EXPECT_EQ(named["in_reply_to"], kMessage);
  EXPECT_EQ(named["rule"], "ack_mapping");
  const auto other = jsonAt("ack/error/other.ack.reason.json")["problems"][0];
  EXPECT_FALSE(other.contains("correlation_id"));
  EXPECT_FALSE(other.contains("in_reply_to"));

  configure({});
  folder_.files["err/m-7.xml.err"] = "not JSON";
  collect();
  collect();
  EXPECT_EQ(jsonAt("err/error/m-7.xml.err.reason.json")["problems"][0]["in_reply_to"], "m-7");
}

TEST_F(Filedrop, ATooLargeFileIsRefusedUnreadWithItsReason) {
  configure({{"file_bytes_max", 1000}});
  folder_.files["out/status-1.csv"] = kHeader + std::string(2000, 'x');
  folder_.files["out/status-2.csv"] = kHeader + row(1, "ORYNDALUDA");
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.too_large");
  EXPECT_EQ(answer.items[1].problem_code, "");
  EXPECT_EQ(asked("GET"), 1U) << "only the other one was read";
  const std::string first = answer.items[0].item_id;
  collect();
  const auto reason = jsonAt("out/error/status-1.csv.reason.json")["problems"][0];
  EXPECT_EQ(reason["code"], "adapter.too_large");
  EXPECT_EQ(reason["rule"], "file_bytes_max");
  EXPECT_EQ(reason["text"], "the file is larger than file_bytes_max");
  EXPECT_EQ(jsonAt("out/ack/status-1.csv.err")["code"], "adapter.too_large");

  folder_.files["out/status-1.csv"] = kHeader + std::string(3000, 'x');
  EXPECT_NE(collect().items.at(0).item_id, first) << "the hub would take it for the first again";
}

TEST_F(Filedrop, AFileThatGrewPastTheLimitIsRefusedAtOnce) {
  configure({{"file_bytes_max", 1000}});
  folder_.files["out/status-1.csv"] = kHeader;
  folder_.files["out/status-2.csv"] = kHeader;
  kit::testing::FakeHost host([this](const ExchangeRequest& r) {
    if (r.method == "GET" && r.path.ends_with("status-1.csv")) {
      return kit::testing::failedCall("transport.too_large", false);
    }
    if (r.method == "GET") return kit::testing::httpAnswer(200, std::string(1001, 'x'));
    return folder_.answer(r);
  });
  const Answer answer = adapter_->collect(host, fresh());
  ASSERT_EQ(answer.items.size(), 2U) << "not after attempts_max reads";
  EXPECT_EQ(answer.items[0].problem_code, "adapter.too_large");
  EXPECT_NE(answer.items[0].problem_text.find("exchange_bytes_max"), std::string::npos);
  EXPECT_EQ(answer.items[1].problem_code, "adapter.too_large");
}

TEST_F(Filedrop, ATooLargeAttachmentIsSaidToBeThat) {
  configure({{"out_files_folder", "out/files"}});
  folder_.files["out/decision-1.xml"] = kit::testing::readSource(
      "adapters/mappings/zher/golden/decision.ariz_qanagattandyryldy.in.xml");
  kit::testing::FakeHost host([this](const ExchangeRequest& r) {
    if (!r.into_attachment) return folder_.answer(r);
    EXPECT_EQ(r.method, "GET");
    return kit::testing::failedCall("exchange.attachment_too_large", false);
  });
  const Answer answer = adapter_->collect(host, fresh());
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].problem_code, "adapter.attachment_too_large");
  EXPECT_EQ(answer.items[0].in_reply_to, kMessage);
}

TEST_F(Filedrop, ALimitOfNothingIsRefused) {
  Configuration c =
      kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
  c.settings_json.insert(1, "\"file_bytes_max\":0,");
  const Answer answer = FiledropAdapter().configure(host_, c);
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_NE(answer.text.find("file_bytes_max"), std::string::npos);
}

}  // namespace
}  // namespace otinish::filedrop_test
