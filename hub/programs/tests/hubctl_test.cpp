// hubctl as a process against a real server over the fake service: what it prints and how it exits.
#include <Poco/Pipe.h>
#include <Poco/PipeStream.h>
#include <Poco/Process.h>
#include <Poco/StreamCopier.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "hub/base/text.h"
#include "hub/web/tests/server_fixture.h"

namespace hub::web::testing {
namespace {

using nlohmann::json;

struct Ran {
  int code = -1;
  std::string out, err;
};

class HubctlTest : public ServerTest {
 protected:
  void SetUp() override {
    // The language of whoever runs the tests is not that of what they expect.
    ::setenv("LC_ALL", "C", 1);
    ServerTest::SetUp();
    store::NoticeRow told;
    told.id = 4;
    told.appeal = 1;
    told.kind = "extended";
    told.state = store::NoticeState::kFailed;
    told.code = "notify.not_delivered";
    service_->rows.notices.push_back(told);
    start();
    key_file_ = write("key", kKey + "\n");
    admin_file_ = write("admin", kAdminKey);
  }
  std::string write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories(folder_);
    const auto path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  // As typed, without connection options.
  Ran runBare(const std::vector<std::string>& words, const std::string& input = {}) {
    const std::string program = std::string(std::getenv("OTINISH_BINARY_DIR")) + "/bin/hubctl";
    Poco::Pipe in, out, err;
    auto process = Poco::Process::launch(program, words, &in, &out, &err);
    in.writeBytes(input.data(), static_cast<int>(input.size()));
    in.close(Poco::Pipe::CLOSE_WRITE);
    auto read = [](Poco::Pipe& pipe) {
      Poco::PipeInputStream stream(pipe);
      std::string text;
      Poco::StreamCopier::copyToString(stream, text);
      return text;
    };
    auto errors = std::async(std::launch::async, [&] { return read(err); });
    Ran ran;
    ran.out = read(out);
    ran.err = errors.get();
    ran.code = process.wait();
    return ran;
  }
  Ran run(std::vector<std::string> words, bool admin = false, const std::string& input = {}) {
    for (const std::string& option :
         {std::string("--url"), "http://127.0.0.1:" + std::to_string(server_->port()),
          std::string("--key-file"), admin ? admin_file_ : key_file_}) {
      words.push_back(option);
    }
    return runBare(words, input);
  }
  std::string key_file_, admin_file_;
};

TEST_F(HubctlTest, SubmitSaysRegisteredThenKnownThenRefuses) {
  const auto file = write("a.json", R"({"source_id":"P-1","subject_text":"Сұрау"})");
  auto first = run({"submit", file});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.out.find("registered"), std::string::npos);
  EXPECT_NE(first.out.find("ЖТ-2026-00000001"), std::string::npos);
  EXPECT_NE(run({"submit", file}).out.find("known"), std::string::npos);
  const auto other = write("b.json", R"({"source_id":"P-1","subject_text":"Басқа"})");
  auto conflict = run({"submit", other, "--lang", "kk"});
  EXPECT_EQ(conflict.code, 1);
  EXPECT_NE(conflict.err.find("exchange.duplicate_key"), std::string::npos);
}

TEST_F(HubctlTest, SubmitTellsFieldLineAndRemedy) {
  const auto file = write("bad.xml", "<appeal><source_id>P-3</source_id>999999999999</appeal>");
  auto refused = run({"submit", file, "--lang", "ru"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("/appeal/applicant/0/iin строка 7"), std::string::npos) << refused.err;
  EXPECT_NE(
      refused.err.find("  /appeal/subject_text: Не указано обязательное поле [model.required]\n"),
      std::string::npos)
      << "once: " << refused.err;
  EXPECT_NE(refused.err.find("что делать: "), std::string::npos);
  EXPECT_EQ(refused.out, "");
  auto raw = run({"submit", file, "--json"});
  EXPECT_EQ(raw.code, 1);
  EXPECT_EQ(json::parse(raw.out)["errors"].size(), 2u);
}

TEST_F(HubctlTest, SubmitOfAFolderTakesEveryDocumentInOrder) {
  std::filesystem::create_directories(folder_ / "many");
  write("many/2.xml", "<appeal><source_id>P-5</source_id></appeal>");
  write("many/1.json", R"({"source_id":"P-4"})");
  write("many/3.json", R"({"source_id":"P-6","iin":"999999999999"})");
  write("many/readme.txt", "not an appeal");
  auto ran = run({"submit", (folder_ / "many").string()});
  EXPECT_EQ(ran.code, 1);
  EXPECT_LT(ran.out.find("1.json"), ran.out.find("2.xml"));
  EXPECT_NE(ran.err.find("3.json: refused"), std::string::npos);
  EXPECT_EQ(submittedCount(), 2u);
  auto told = run({"submit", (folder_ / "many").string(), "--json"});
  EXPECT_EQ(told.code, 1);
  std::vector<std::string> files;
  for (const auto& line : split(told.out, '\n')) {
    if (line.empty()) continue;
    files.push_back(std::filesystem::path(json::parse(line)["file"].get<std::string>()).filename());
  }
  EXPECT_EQ(files, (std::vector<std::string>{"1.json", "2.xml", "3.json"})) << told.out;
}

TEST_F(HubctlTest, SubmitTellsMembersThatNobodyKnows) {
  const auto file = write("odd.json", R"({"source_id":"P-8","sumary":"x"})");
  const auto ran = run({"submit", file});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.err.find("a member that nobody knows was kept: /appeal/sumary"), std::string::npos)
      << ran.err;
}

TEST_F(HubctlTest, WhatIsTooLargeIsRefusedWithItsProblem) {
  const auto file = write("big.json", std::string(limits_.body_bytes_max + 1, ' '));
  auto refused = run({"submit", file});
  EXPECT_EQ(refused.code, 1) << refused.err;
  EXPECT_NE(refused.err.find("[web.body_too_large]"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("what to do"), std::string::npos) << refused.err;
  // What fits goes on as before, large or not.
  const auto fits = write(
      "large.json", R"({"source_id":"P-9","subject_text":")" + std::string(500'000, 'x') + "\"}");
  EXPECT_EQ(run({"submit", fits}).code, 0);
}

TEST_F(HubctlTest, ShowListEventsReceipt) {
  auto show = run({"show", "ЖТ-2026-00000001", "--lang", "kk"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_NE(show.out.find("\nconsider\n  consider: он бес жұмыс күні"), std::string::npos)
      << show.out;
  EXPECT_NE(show.out.find("\"outcome\": \"answered\""), std::string::npos);
  EXPECT_NE(run({"show", "ZhT-2026-00000001", "--content"}).out.find("әғқңөұүһі"),
            std::string::npos);
  auto list = run({"list", "--limit", "1"});
  EXPECT_NE(list.out.find("ЖТ-2026-00000001"), std::string::npos);
  EXPECT_NE(list.out.find("more: --after 1"), std::string::npos);
  auto all = run({"list", "--limit", "1", "--all", "--kind", "complaint"});
  EXPECT_NE(all.out.find("ЖТ-2026-00000002"), std::string::npos);
  EXPECT_EQ(service_->rows.last_filter.kind, "complaint");
  EXPECT_EQ(json::parse(run({"list", "--json"}).out)["appeals"].size(), 2u);
  const auto whole = json::parse(run({"list", "--limit", "1", "--all", "--json"}).out);
  EXPECT_EQ(whole["appeals"].size(), 2u) << "all pages are one document";
  EXPECT_FALSE(whole.contains("next"));
  EXPECT_NE(run({"events", "ZhT-2026-00000001", "--lang=ru"}).out.find("Зарегистрировано"),
            std::string::npos);
  EXPECT_NE(show.out.find("serial=0A1B"), std::string::npos) << show.out;
  const auto signers = run({"events", "ZhT-2026-00000001"}).out;
  EXPECT_NE(signers.find("serial=0A1B"), std::string::npos) << signers;
  EXPECT_EQ(signers.find("CN=minfin"), std::string::npos) << "a name may be a person's";
  const auto feed = run({"feed", "--limit", "1", "--lang=ru"});
  EXPECT_EQ(feed.code, 0);
  EXPECT_NE(feed.out.find("Зарегистрировано"), std::string::npos) << feed.out;
  EXPECT_NE(feed.out.find("ещё: --after 1"), std::string::npos) << feed.out;
  EXPECT_NE(run({"feed", "--after", "1"}).out.find("go on: --after 2"), std::string::npos);
  EXPECT_EQ(run({"feed", "--after", "latest"}).out, "no events\ngo on: --after 2\n");
  EXPECT_EQ(run({"feed", "--after", "x"}).code, 1);
  EXPECT_NE(run({"receipt", "ZhT-2026-00000001"}).out.find("c2ln"), std::string::npos);
  auto missing = run({"show", "ЖТ-2026-99999999"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("store.not_found"), std::string::npos);
}

TEST_F(HubctlTest, OverdueNamesTheTermAndSaysWhatIsUnknown) {
  store::ClockRow clock;
  clock.appeal = 1;
  clock.name = "execute";
  clock.status = "unknown";
  service_->rows.open_clock_rows.push_back(clock);
  service_->rows.appeals[0].kato = "711210000";
  auto overdue = run({"overdue", "--region", "71", "--clock", "execute"}, true);
  EXPECT_EQ(overdue.code, 0) << overdue.err;
  EXPECT_NE(overdue.out.find("execute"), std::string::npos) << overdue.out;
  EXPECT_NE(overdue.out.find("unknown"), std::string::npos) << overdue.out;
  // The same lists as CSV, and the share late beside its count.
  auto csv = run({"overdue", "--region", "71", "--clock", "execute", "--csv"}, true);
  EXPECT_EQ(csv.code, 0) << csv.err;
  EXPECT_EQ(csv.out.rfind("reg_number,hub_id,", 0), 0U) << csv.out;
  EXPECT_NE(csv.out.find(",execute,"), std::string::npos) << csv.out;
  EXPECT_EQ(run({"misrouted", "--csv"}, true).out.rfind("rule,topic,", 0), 0U);
  EXPECT_NE(run({"misrouted", "--csv", "--json"}, true).code, 0);
  EXPECT_NE(run({"repeats"}, true).out.find("nobody judged"), std::string::npos);
  EXPECT_NE(run({"discipline", "--csv"}, true).out.find(",late,late_percent,"), std::string::npos);
  EXPECT_NE(run({"discipline"}, true).out.find("LATE %"), std::string::npos);
  EXPECT_NE(run({"overdue", "--region", "75"}, true).out.find("nothing is pressing"),
            std::string::npos);
}

TEST_F(HubctlTest, TheApplicantWasTold) {
  auto told =
      run({"notified", "ЖТ-2026-00000001", "--channel", "sms", "--at", "2026-03-18T05:00:00Z"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_NE(told.out.find("extension_notice"), std::string::npos);
  EXPECT_NE(told.out.find("met"), std::string::npos);
  EXPECT_EQ(run({"notified", "ЖТ-2026-00000001", "--channel", "sms"}).code, 0) << "now";
  EXPECT_NE(run({"notified", "ЖТ-2026-00000001"}).code, 0);
  auto nothing = run({"notified", "ЖТ-2026-00000002", "--channel", "sms"}, true);
  EXPECT_EQ(nothing.code, 1);
  EXPECT_NE(nothing.err.find("exchange.nothing_to_notify"), std::string::npos);
}

TEST_F(HubctlTest, ActionsAndAct) {
  auto list = run({"actions", "ЖТ-2026-00000001"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find("withdraw"), std::string::npos);
  EXPECT_NE(list.out.find("APPC 64(9)"), std::string::npos);
  EXPECT_NE(list.out.find("waived (act_burdensome)"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("GROUNDS"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("88(1)(4) "), std::string::npos) << list.out;
  auto done =
      run({"act", "ЖТ-2026-00000001", "withdraw", "--reason", "шешілді", "--waived", "urgency"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find("withdrawn"), std::string::npos);
  EXPECT_EQ(service_->ordered.reason, "шешілді");
  EXPECT_EQ(service_->ordered.waived, "urgency");
  run({"act", "ЖТ-2026-00000001", "terminate", "--ground", "70(1)(2)", "--character", "explained"});
  EXPECT_EQ(service_->ordered.ground, "70(1)(2)");
  EXPECT_EQ(service_->ordered.character, "explained");
  auto barred = run({"act", "ЖТ-2026-00000001", "forward_whole", "--body", "akimat"}, true);
  EXPECT_EQ(barred.code, 1);
  EXPECT_NE(barred.err.find("article 65(1)"), std::string::npos) << barred.err;
}

TEST_F(HubctlTest, SubOrders) {
  auto list = run({"sub-orders", "ЖТ-2026-00000001"}, true);
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find("answer (executor)"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("create (executor): request"), std::string::npos) << list.out;
  auto made = run({"sub-order", "ЖТ-2026-00000001", "create", "--role", "executor", "--kind",
                   "request", "--body", "akimat", "--text", "Үй туралы", "--day", "2026-03-27"},
                  true);
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(service_->sub_order_number, 0);
  EXPECT_EQ(service_->sub_ordered.body, "akimat");
  EXPECT_EQ(service_->sub_ordered.text, "Үй туралы");
  const auto key = service_->sub_ordered.source_id;
  const std::vector<std::string> again = {
      "sub-order", "ЖТ-2026-00000001", "create", "--role",    "executor", "--kind",    "request",
      "--body",    "akimat",           "--text", "Үй туралы", "--day",    "2026-03-27"};
  EXPECT_EQ(run(again, true).code, 0);
  EXPECT_EQ(service_->sub_ordered.source_id, key) << "the same again makes no other";
  auto anew = again;
  anew.insert(anew.end(), {"--source-id", "d-2"});
  EXPECT_EQ(run(anew, true).code, 0);
  EXPECT_EQ(service_->sub_ordered.source_id, "d-2");
  EXPECT_NE(made.out.find("2026-03-27 LATE"), std::string::npos) << made.out;
  EXPECT_EQ(run({"sub-order", "ЖТ-2026-00000001", "2", "answer", "--answer", "96 м²"}, true).code,
            0);
  EXPECT_EQ(service_->sub_order_number, 2);
  EXPECT_EQ(service_->sub_ordered.action, "answer");
  EXPECT_EQ(service_->sub_ordered.answer, "96 м²");
  auto barred = run({"sub-order", "ЖТ-2026-00000001", "2", "sign"}, true);
  EXPECT_EQ(barred.code, 1);
  EXPECT_NE(barred.err.find("rules.sub_order_not_allowed"), std::string::npos) << barred.err;
  EXPECT_EQ(run({"sub-order", "ЖТ-2026-00000001", "2"}, true).code, 2);
  EXPECT_EQ(run({"sub-orders", "ЖТ-2026-00000001", "--state", "signed"}, true).code, 2);
  auto open = run({"sub-orders", "--target", "940140000385", "--due-to", "2026-03-30"}, true);
  EXPECT_EQ(open.code, 0) << open.err;
  EXPECT_EQ(service_->sub_order_filter.target, "940140000385");
  EXPECT_EQ(service_->sub_order_filter.due_to, "2026-03-30");
  EXPECT_NE(open.out.find("--after 2026-03-27.1.2"), std::string::npos) << open.out;
  EXPECT_EQ(json::parse(run({"sub-orders", "--json"}, true).out)["next"], "2026-03-27.1.2");
}

TEST_F(HubctlTest, LawDiffShowsWhatMovesForTheHubsOpenAppeals) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("otinish-law-diff-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::copy("config/law", folder, std::filesystem::copy_options::recursive);
  const auto year = folder / "calendar/2026.yaml";
  std::ifstream in(year);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.insert(text.find("  2026-05-01:"), "  2026-03-31: observed\n");
  std::ofstream(year) << text;
  // What arrival opened, what later actions opened, and a day that the body named.
  store::ClockRow clock;
  const auto add = [&](store::RowId appeal, const char* name, const char* rule, const char* kind,
                       int length, const char* start, const char* due) {
    clock.appeal = appeal;
    clock.name = name;
    clock.rule_id = rule;
    clock.rule_version = "appc-2025-12-29";
    clock.day_kind = kind;
    clock.length = length;
    clock.first_day = "next_day";
    clock.start_event = length == 0 ? rule : "receipt";
    clock.start_at = *parseInstant(start);
    clock.due_date = due;
    clock.status = "running";
    service_->rows.open_clock_rows.push_back(clock);
  };
  add(1, "consider", "A30", "working", 20, "2026-03-17T05:00:00Z", "2026-04-17");
  add(1, "send_up", "A29", "working", 3, "2026-03-27T05:00:00Z", "2026-04-01");
  add(1, "plan", "plan", "calendar", 0, "2026-03-27T05:00:00Z", "2026-03-31");
  add(2, "consider_extended", "A9", "months", 2, "2026-01-31T05:00:00Z", "2026-03-31");
  add(2, "hearing_notice", "A18", "working", 3, "2026-04-02T19:00:00Z", "2026-03-31");
  add(2, "return", "A13", "working", 3, "2026-03-26T19:00:00Z", "2026-04-01");
  add(2, "objection", "A19", "working", 2, "2026-03-26T05:00:00Z", "2026-03-30");
  const std::vector<std::string> words = {"law", "diff", "config/law", folder.string(), "--open"};
  auto diff = run(words, true);
  EXPECT_EQ(diff.code, 0) << diff.err;
  EXPECT_EQ(diff.err, "");
  EXPECT_NE(diff.out.find("2 open appeals with 7 open terms"), std::string::npos) << diff.out;
  auto with_json = words;
  with_json.push_back("--json");
  const auto told = json::parse(run(with_json, true).out);
  std::vector<std::string> moved;
  for (const auto& one : told["moved"]) {
    moved.push_back(one["id"].get<std::string>() + " " + one["clock"].get<std::string>() + " " +
                    one["before"].get<std::string>() + " " + one["after"].get<std::string>());
  }
  EXPECT_EQ(moved, (std::vector<std::string>{
                       "ЖТ-2026-00000001 consider 2026-04-17 2026-04-20",
                       "ЖТ-2026-00000001 send_up 2026-04-01 2026-04-02",
                       "ЖТ-2026-00000001 plan 2026-03-31 2026-04-01",
                       "ЖТ-2026-00000002 consider_extended 2026-03-31 2026-04-01",
                       "ЖТ-2026-00000002 hearing_notice 2026-03-31 2026-03-30",
                       "ЖТ-2026-00000002 return 2026-04-01 2026-04-02",
                   }));
  EXPECT_EQ(told["kept"].size(), 0U) << told["kept"];
  EXPECT_EQ(told["moved"][0]["under_new_rule"], "2026-04-20");
  EXPECT_EQ(told["looked_at"]["named_days"], 1);
  EXPECT_EQ(told["looked_at"]["not_as_in_from"], 0);
  // Said to run other data than it does: told, not hidden.
  auto wrong = run({"law", "diff", folder.string(), folder.string(), "--open"}, true);
  EXPECT_EQ(wrong.code, 0);
  EXPECT_NE(wrong.err.find("the hub runs other data"), std::string::npos) << wrong.err;
  EXPECT_NE(run(words).code, 0) << "for administrators";
  std::filesystem::remove_all(folder);
}

// Of an appeal that came after hours the registration moves, and so does what runs from it; a named day moves when it
// is not worked any more; what ended with its appeal does not.
TEST_F(HubctlTest, LawDiffForeseesAMovedRegistration) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("otinish-law-move-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::copy("config/law", folder, std::filesystem::copy_options::recursive);
  const auto year = folder / "calendar/2026.yaml";
  std::ifstream in(year);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.insert(text.find("  2026-05-27:"), "  2026-05-12: observed\n");
  std::ofstream(year) << text;
  store::ClockRow clock;
  const auto with = [&](store::RowId appeal, const char* name, const char* rule, int length,
                        const char* event, const char* start, const char* due, const char* status) {
    clock.appeal = appeal;
    clock.name = name;
    clock.rule_id = rule;
    clock.rule_version = "appc-2025-12-29";
    clock.day_kind = length == 0 && clock.name == "plan" ? "calendar" : "working";
    clock.length = length;
    clock.first_day = length == 0 ? "same_day" : "next_day";
    clock.start_event = event;
    clock.start_at = *parseInstant(start);
    clock.due_date = due;
    clock.status = status;
    clock.zone = "Asia/Almaty";
    clock.cut_off_minute = clock.name == "register" ? 18 * 60 + 30 : 0;
    return clock;
  };
  const char* friday = "2026-05-08T14:00:00Z";   // 19:00
  const char* tuesday = "2026-05-11T19:00:00Z";  // the first minute of the 12th
  service_->rows.clock_rows = {
      with(1, "register", "A1", 0, "receipt", friday, "2026-05-12", "met")};
  service_->rows.open_clock_rows = {
      with(1, "consider", "A7", 15, "registration", tuesday, "2026-06-03", "running"),
      with(1, "plan", "plan", 0, "plan", friday, "2026-05-12", "running"),
      with(2, "consider", "A7", 15, "registration", tuesday, "2026-06-03", "running")};
  service_->rows.appeals[1].state = "executed";
  const auto told = json::parse(
      run({"law", "diff", "config/law", folder.string(), "--open", "--json"}, true).out);
  std::vector<std::string> moved;
  for (const auto& one : told["moved"]) {
    moved.push_back(one["clock"].get<std::string>() + " " + one["before"].get<std::string>() + " " +
                    one["after"].get<std::string>() + " " +
                    one["under_new_rule"].get<std::string>());
  }
  EXPECT_EQ(moved, (std::vector<std::string>{"register 2026-05-12 2026-05-13 ",
                                             "consider 2026-06-03 2026-06-04 2026-06-04",
                                             "plan 2026-05-12 2026-05-13 "}));
  EXPECT_EQ(told["looked_at"]["appeals"], 1) << "the other one is over";
  EXPECT_EQ(told["looked_at"]["clocks"], 2);
  EXPECT_EQ(told["looked_at"]["not_as_in_from"], 0);
  std::filesystem::remove_all(folder);
}

// A longer term of a rule: open terms keep the old one, and the answer says so and shows the other.
TEST_F(HubctlTest, LawDiffSaysThatOpenTermsKeepTheLengthTheyWereOpenedWith) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("otinish-law-rule-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::copy("config/law", folder, std::filesystem::copy_options::recursive);
  const auto table = folder / "rules/appc-2025-12-29.yaml";
  std::ifstream in(table);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto row = text.find("{id: A30,");
  text.replace(text.find("length: 20", row), 10, "length: 25");
  std::ofstream(table) << text;
  store::ClockRow clock;
  clock.appeal = 1;
  clock.name = "consider";
  clock.rule_id = "A30";
  clock.rule_version = "appc-2025-12-29";
  clock.day_kind = "working";
  clock.length = 20;
  clock.first_day = "next_day";
  clock.start_event = "registration";
  clock.start_at = *parseInstant("2026-03-17T05:00:00Z");
  clock.due_date = "2026-04-17";
  clock.status = "running";
  service_->rows.open_clock_rows.push_back(clock);
  std::vector<std::string> words = {"law", "diff", "config/law", folder.string(), "--open"};
  const auto diff = run(words, true);
  EXPECT_EQ(diff.code, 0) << diff.err;
  for (const char* part : {"appc-2025-12-29/A30", "no due date moves", "UNDER THE NEW RULE",
                           "2026-04-24", "An open term keeps the length it was opened with"}) {
    EXPECT_NE(diff.out.find(part), std::string::npos) << part << "\n" << diff.out;
  }
  words.push_back("--json");
  const auto told = json::parse(run(words, true).out);
  EXPECT_EQ(told["moved"].size(), 0U);
  ASSERT_EQ(told["kept"].size(), 1U);
  EXPECT_EQ(told["kept"][0]["after"], "2026-04-17");
  EXPECT_EQ(told["kept"][0]["under_new_rule"], "2026-04-24");
  std::filesystem::remove_all(folder);
}

// The dry run of a reload says what the reload would refuse.
TEST_F(HubctlTest, LawDiffAndCheckTellOfAFileThatIsGone) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("otinish-law-lost-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::copy("config/law", folder, std::filesystem::copy_options::recursive);
  std::filesystem::remove(folder / "kato.yaml");
  const auto diff = run({"law", "diff", "config/law", folder.string()});
  EXPECT_EQ(diff.code, 1);
  EXPECT_NE(diff.err.find((folder / "kato.yaml: it is gone").string()), std::string::npos)
      << diff.err;
  const auto told = run({"law", "diff", "config/law", folder.string(), "--json"});
  EXPECT_EQ(json::parse(told.out)["lost"].size(), 1U) << told.out;
  const auto ru = run({"law", "diff", "config/law", folder.string(), "--lang", "ru"}).out;
  for (const char* word : {"место", "удалено"}) EXPECT_NE(ru.find(word), std::string::npos) << ru;
  EXPECT_EQ(ru.find("removed"), std::string::npos) << ru;
  const auto kk = run({"law", "diff", folder.string(), "config/law", "--lang", "kk"}).out;
  for (const char* word : {"орын", "қосылды"}) EXPECT_NE(kk.find(word), std::string::npos) << kk;
  const auto codes =
      run({"law", "diff", "config/law", folder.string(), "--json", "--lang", "kk"}).out;
  EXPECT_EQ(json::parse(codes)["changes"][0]["change"], "removed") << "codes are for programs";
  EXPECT_EQ(run({"law", "diff", folder.string(), "config/law"}).code, 0);
  const auto checked = run({"law", "check", folder.string()});
  EXPECT_EQ(checked.code, 0);
  EXPECT_NE(checked.out.find("note: there is no kato.yaml"), std::string::npos) << checked.out;
  std::filesystem::remove_all(folder);
}

TEST_F(HubctlTest, CardsOfAllPagesGoIntoOneFile) {
  const std::string file = ::testing::TempDir() + "cards-" + std::to_string(::getpid()) + ".csv";
  EXPECT_NE(run({"cards", "--out", file}, true).code, 0) << "without a purpose";
  EXPECT_FALSE(std::filesystem::exists(file));
  const auto unset = run({"cards", "--out", file, "--purpose", "form 1-OL", "--body", ""}, true);
  EXPECT_EQ(unset.code, 2) << "an unset variable is not every body";
  EXPECT_NE(unset.err.find("--body"), std::string::npos) << unset.err;
  auto done = run({"cards", "--out", file, "--purpose", "form 1-OL"}, true);
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find("2 cards"), std::string::npos) << done.out;
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(text.rfind("reg_number,hub_id,", 0), 0U);
  EXPECT_NE(text.find("\r\nЖТ-2026-00000001,"), std::string::npos);
  EXPECT_NE(text.find("\r\n'=1+1,"), std::string::npos);
  std::filesystem::remove(file);
}

TEST_F(HubctlTest, SimilarExecutorsRebalance) {
  EXPECT_NE(run({"similar", "ЖТ-2026-00000001"}).out.find("same_matter"), std::string::npos);
  auto judged = run({"similar", "ЖТ-2026-00000001", "ЖТ-2026-00000002", "--verdict", "linked"});
  EXPECT_EQ(judged.code, 0) << judged.err;
  EXPECT_NE(judged.out.find("linked"), std::string::npos);
  EXPECT_EQ(run({"similar", "ЖТ-2026-00000001", "ЖТ-2026-00000002"}).code, 2);
  EXPECT_EQ(run({"similar", "ЖТ-2026-00000001", "--verdict", "linked"}).code, 2)
      << "a verdict on nothing";
  auto executors = run({"executors", "ЖТ-2026-00000001"}, true);
  EXPECT_NE(executors.out.find("the least load"), std::string::npos) << executors.err;
  EXPECT_NE(run({"rebalance", "minfin"}, true).out.find("mf-02"), std::string::npos);
}

TEST_F(HubctlTest, RouteAndTheReceptionQueue) {
  EXPECT_EQ(run({"list", "--state", "reception"}).code, 0);
  EXPECT_EQ(service_->rows.last_filter.state, "awaiting_routing");
  auto routed = run({"route", "ЖТ-2026-00000002", "minfin", "--reason", "салық"}, true);
  EXPECT_EQ(routed.code, 0) << routed.err;
  EXPECT_NE(routed.out.find("Ministry of Finance"), std::string::npos);
  EXPECT_NE(routed.out.find("ЖТ-2026-00000002"), std::string::npos);
  EXPECT_EQ(service_->routed_reason, "салық");
  auto raw = run({"route", "ЖТ-2026-00000002", "minfin", "--reason", "tax", "--json"}, true);
  EXPECT_EQ(json::parse(raw.out)["outbox"], 7);
  auto state = run({"route", "ЖТ-2026-00000001", "minfin", "--reason", "tax"}, true);
  EXPECT_EQ(state.code, 1);
  EXPECT_NE(state.err.find("exchange.not_routable"), std::string::npos);
  EXPECT_NE(state.err.find("65"), std::string::npos);
  EXPECT_EQ(run({"route", "ЖТ-2026-00000002", "nobody", "--reason", "tax"}, true).code, 1);
  EXPECT_EQ(run({"route", "ЖТ-2026-00000002", "minfin", "--reason", "tax"}).code, 1)
      << "not an administrator";
  EXPECT_EQ(run({"route", "ЖТ-2026-00000002", "minfin"}, true).code, 2);
  EXPECT_EQ(run({"route", "ЖТ-2026-00000002", "minfin", "--batch", "file"}, true).code, 2);
}

TEST_F(HubctlTest, QuarantineIsWorkedOff) {
  EXPECT_NE(run({"quarantine", "--state", "resolved"}, true).out.find("nothing"),
            std::string::npos);
  auto show = run({"quarantine", "show", "9"}, true);
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_NE(show.out.find("adapter.malformed"), std::string::npos);
  EXPECT_EQ(show.out.find("SECRET"), std::string::npos);
  EXPECT_EQ(run({"quarantine", "show", "9", "--raw"}, true).out, "SECRET RAW CONTENT");
  EXPECT_EQ(run({"quarantine", "show", "9", "--raw"}).code, 1) << "not an administrator";
  EXPECT_EQ(run({"quarantine", "show", "8"}, true).code, 1);
  auto replay = run({"quarantine", "replay", "9"}, true);
  EXPECT_EQ(replay.code, 1);
  EXPECT_NE(replay.err.find("exchange.not_replayable"), std::string::npos);
  EXPECT_EQ(run({"quarantine", "resolve", "9"}, true).code, 2);
  auto resolved = run({"quarantine", "resolve", "9", "--note", "хабарланды"}, true);
  EXPECT_EQ(resolved.code, 0) << resolved.err;
  EXPECT_NE(resolved.out.find("хабарланды"), std::string::npos);
  EXPECT_EQ(json::parse(run({"quarantine", "show", "9", "--json"}, true).out)["id"], 9);
  auto& kept = service_->rows.quarantine;
  kept.push_back(kept.front());
  kept.back().id = 10;
  kept.back().code = "adapter.bad_row";
  kept.push_back(kept.front());
  kept.back().id = 11;
  kept.back().nobodys = true;
  const auto list = run({"quarantine", "--limit", "1"}, true).out;
  EXPECT_NE(list.find("adapter.bad_row"), std::string::npos) << list;
  EXPECT_NE(list.find("more: --after 10\n"), std::string::npos) << list;
  EXPECT_NE(list.find("hubctl quarantine --unsigned"), std::string::npos) << list;
  EXPECT_NE(run({"quarantine", "--after", "10"}, true).out.find("adapter.malformed"),
            std::string::npos);
  EXPECT_EQ(run({"quarantine", "--code", "adapter.bad_cell"}, true).out.find("adapter."),
            std::string::npos);
  const auto junk = run({"quarantine", "--unsigned"}, true).out;
  EXPECT_NE(junk.find("11 "), std::string::npos) << junk;
  EXPECT_EQ(junk.find("adapter.bad_row"), std::string::npos) << junk;
  const std::vector<std::string> close = {"quarantine", "resolve", "--unsigned", "--note",
                                          "a scanner"};
  for (const char* answer : {"", "no\n"}) {
    const auto asked = run(close, true, answer);
    EXPECT_EQ(asked.code, 2);
    EXPECT_NE(asked.err.find("close 1 kept messages, the newest is 11?"), std::string::npos)
        << asked.err;
    EXPECT_EQ(service_->resolved_up_to, 0) << "nobody said yes";
  }
  const auto closed = run(close, true, "yes\n");
  EXPECT_EQ(closed.out, "closed: 3\n") << closed.err;
  EXPECT_EQ(service_->resolved_up_to, 11);
  EXPECT_TRUE(service_->resolved_all.opened_by) << "what was not open when it was looked stays";
  EXPECT_EQ(
      run({"quarantine", "resolve", "--party", "minfin", "--up-to", "9", "--yes", "--note", "x"},
          true)
          .code,
      0);
  EXPECT_EQ(service_->resolved_up_to, 9);
  EXPECT_EQ(run({"quarantine", "resolve", "9", "--yes", "--note", "x"}, true).code, 2);
  EXPECT_EQ(run({"quarantine", "resolve", "--code", "none", "--note", "x"}, true).out,
            "nothing there\n");
  service_->resolved_all = {};
  EXPECT_EQ(run({"quarantine", "resolve", "--unsigned", "--yes", "--note", "x"}, true).code, 0);
  EXPECT_EQ(service_->resolved_all.nobodys, true);
  EXPECT_EQ(run({"quarantine", "resolve", "--note", "all of it"}, true).code, 2);
  const auto both = run({"quarantine", "resolve", "9", "10", "--note", "x"}, true);
  EXPECT_EQ(both.out, "item 9 is resolved\nitem 10 is resolved\n") << both.err;
  const auto replayed = run({"quarantine", "replay", "--party", "minfin"}, true);
  EXPECT_EQ(replayed.code, 1);
  EXPECT_NE(replayed.err.find("item 9: refused"), std::string::npos) << replayed.err;
  EXPECT_EQ(replayed.err.find("item 11"), std::string::npos) << "nothing there to judge";
}

TEST_F(HubctlTest, TheCursorOfAnAgencyIsShownAndReset) {
  const auto shown = run({"cursor", "show", "minfin"}, true);
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("filedrop"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find(R"({"c":"42"})"), std::string::npos) << shown.out;
  EXPECT_NE(run({"cursor", "show", "minfin", "--json"}, true).out.find(R"("used":true)"),
            std::string::npos);
  EXPECT_EQ(run({"cursor", "show", "none"}, true).code, 1);
  EXPECT_EQ(run({"cursor", "show", "minfin"}).code, 1) << "for administrators";

  const std::vector<std::string> reset = {"cursor", "reset", "minfin"};
  const auto asked = run(reset, true, "no\n");
  EXPECT_EQ(asked.code, 2);
  EXPECT_NE(asked.err.find("ask minfin for everything anew"), std::string::npos) << asked.err;
  EXPECT_EQ(service_->cursor_reset, "") << "nobody said yes";
  const auto done = run(reset, true, "y\n");
  EXPECT_EQ(done.out, "forgotten: 2; minfin is asked for everything anew\n") << done.err;
  EXPECT_EQ(service_->cursor_reset, "minfin");
  EXPECT_EQ(run({"cursor", "reset", "minfin", "--yes", "--json"}, true).out,
            "{\"alias\":\"minfin\",\"forgotten\":2}\n");
  EXPECT_EQ(run({"cursor", "reset", "none", "--yes"}, true).code, 1);
}

TEST_F(HubctlTest, TablesAlignCyrillicByLetters) {
  auto list = run({"list"});
  const auto lines = split(list.out, '\n');
  const auto column = [](const std::string& line, const std::string& word) {
    return utf8Length(line.substr(0, line.find(word)));
  };
  EXPECT_EQ(column(lines[0], "KIND"), column(lines[1], "complaint")) << list.out;
}

TEST_F(HubctlTest, StatusAgenciesAdaptersOutbox) {
  auto status = run({"status"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_NE(status.out.find("intake: open"), std::string::npos);
  EXPECT_NE(status.out.find("OVERDUE"), std::string::npos);
  EXPECT_EQ(status.out.find("stopped acts"), std::string::npos) << "not an administrator";
  EXPECT_EQ(run({"stopped"}).code, 1);
  EXPECT_NE(run({"status"}, true).out.find("stopped acts: 0, of which 0 need a person\n"),
            std::string::npos);
  EXPECT_EQ(run({"stopped"}, true).out, "no such stopped acts\n");
  store::EventRow stop;
  stop.appeal = service_->rows.appeals.front().id;
  stop.type = "execution_suspended";
  stop.at = at("2020-02-03T05:00:00Z");
  stop.reason = "outside";
  service_->rows.event_rows.push_back(stop);
  EXPECT_NE(run({"status"}, true).out.find("stopped acts: 1, of which 1 need a person: hubctl "),
            std::string::npos);
  EXPECT_NE(
      run({"status", "--json"}, true).out.find(R"("stopped_acts":{"acts":1,"need_person":1})"),
      std::string::npos);
  const auto stopped = run({"stopped", "--needs-person"}, true);
  EXPECT_NE(stopped.out.find("outside the hub"), std::string::npos) << stopped.out;
  EXPECT_NE(stopped.out.find("!"), std::string::npos) << stopped.out;
  EXPECT_TRUE(run({"stopped", "--csv"}, true).out.starts_with("reg_number,hub_id,"));
  EXPECT_EQ(run({"stopped", "--body", "nobody"}, true).code, 1);
  EXPECT_NE(run({"agencies", "--lang", "kk"}).out.find("Қаржы министрлігі"), std::string::npos);
  EXPECT_NE(run({"adapter", "list"}).out.find("soap"), std::string::npos);
  EXPECT_EQ(run({"adapter", "check", "minfin"}).code, 1);  // not an administrator
  auto check = run({"adapter", "check", "minfin"}, true);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_NE(check.out.find("minfin: DONE"), std::string::npos);
  EXPECT_NE(run({"outbox", "--destination", "minfin"}).out.find("ЖТ-2026-00000001"),
            std::string::npos);
  EXPECT_NE(run({"notices", "--state", "failed"}, true).out.find("notify.not_delivered"),
            std::string::npos);
  EXPECT_NE(run({"notices", "--appeal", "ZhT-2026-00000001"}).out.find("extended"),
            std::string::npos);
  EXPECT_EQ(run({"notices", "--state", "sent"}, true).out, "nothing there\n");
  EXPECT_EQ(run({"notices"}).code, 1);
  EXPECT_EQ(run({"notices", "--appeal", "ZhT-2026-00000001", "--limit", "5"}).code, 2);
  EXPECT_NE(run({"notices", "retry", "4"}, true).err.find("notify.not_configured"),
            std::string::npos);
  EXPECT_EQ(run({"retry", "5"}, true).code, 0);
  EXPECT_EQ(run({"retry", "6"}, true).code, 1);
  const auto several = run({"retry", "6", "5"}, true);
  EXPECT_EQ(several.code, 1) << "one was refused";
  EXPECT_NE(several.err.find("outbox 6: refused"), std::string::npos) << several.err;
  EXPECT_EQ(several.out, "outbox 5 will be tried now\n");
  EXPECT_EQ(run({"retry", "--state", "dead", "--destination", "minfin"}, true).out,
            "outbox 5 will be tried now\n");
  EXPECT_EQ(run({"retry"}, true).code, 2);
  EXPECT_EQ(run({"retry", "5", "--state", "dead"}, true).code, 2);
  EXPECT_EQ(run({"retry", "--destination", "minfin"}, true).code, 2);
  EXPECT_EQ(run({"outbox", "--destination", "minfim"}, true).code, 1);
  status = run({"status"}, true);
  EXPECT_NE(status.out.find("quarantine: 2 open: hubctl quarantine --state open\n"),
            std::string::npos)
      << status.out;
  EXPECT_NE(status.out.find("desk: "), std::string::npos);
  EXPECT_NE(status.out.find("refused deliveries: 1: hubctl outbox --state rejected\n"),
            std::string::npos);
  EXPECT_NE(status.out.find("unsigned pushes: 130: hubctl quarantine --unsigned"),
            std::string::npos);
  EXPECT_NE(status.out.find("closed, collect open"), std::string::npos) << status.out;
  EXPECT_NE(run({"quarantine"}, true).out.find("adapter.malformed"), std::string::npos);
  service_->readiness = Status::failure("store.unavailable", "full");
  EXPECT_EQ(run({"status"}).code, 2);
}

// What failed last may be of a way that goes well again: each problem has its own time.
TEST_F(HubctlTest, AProblemOfAnAgencyStandsWithItsTime) {
  service_->rows.last_failure = at("2026-03-05T09:30:00Z");
  service_->rows.problems = {{"collect", "adapter.bad_answer", "", at("2026-03-01T08:15:00Z")}};
  auto table = run({"agencies"}, true).out;
  EXPECT_NE(table.find("collecting: adapter.bad_answer"), std::string::npos) << table;
  EXPECT_NE(table.find("2026-03-01"), std::string::npos) << table;
  EXPECT_EQ(table.find("2026-03-05"), std::string::npos) << table;
  service_->rows.problems.insert(service_->rows.problems.begin(),
                                 {"deliver", "transport.timeout", "", at("2026-03-02T07:45:00Z")});
  table = run({"agencies"}, true).out;
  const auto first = table.find("2026-03-02"), second = table.find("2026-03-01");
  EXPECT_LT(table.find("transport.timeout, collecting: adapter.bad_answer"), first) << table;
  EXPECT_LT(first, second) << table;
  EXPECT_NE(second, std::string::npos) << table;
}

TEST_F(HubctlTest, AYesIsUnderstoodInAnyCase) {
  const auto answer = [&](const std::string& word) {
    return run({"quarantine", "resolve", "--party", "minfin", "--note", "x"}, true, word + "\n")
        .code;
  };
  for (const char* yes : {"Y", "YES", "ДА", "Да", "Д", "ИӘ", "Иә"})
    EXPECT_EQ(answer(yes), 0) << yes;
  for (const char* no : {"", "n", "НЕТ", "ЖОҚ", "ДАЖЕ"}) EXPECT_NE(answer(no), 0) << no;
}

TEST_F(HubctlTest, SpeaksTheLanguageOfWhoeverAsks) {
  const auto status = run({"status", "--lang", "ru"}, true);
  EXPECT_EQ(status.code, 0) << status.err;
  for (const char* text :
       {"приём: открыт\n", "карантин: открыто 2: hubctl quarantine --state open\n", "ПСЕВДОНИМ",
        "запросов без подписи: 130: hubctl", "опрос open"}) {
    EXPECT_NE(status.out.find(text), std::string::npos) << text << "\n" << status.out;
  }
  const auto list = run({"list", "--lang=kk"}).out;
  EXPECT_NE(list.find("НӨМІРІ"), std::string::npos) << list;
  const auto show = run({"quarantine", "show", "9", "--lang", "kk"}, true).out;
  EXPECT_NE(show.find("күйі"), std::string::npos) << show;
  EXPECT_NE(show.find("open"), std::string::npos) << "codes are those that options take";
  // Also what is wrong before anything is asked, and a question.
  EXPECT_NE(run({"route", "x", "--lang", "ru"}).err.find("не удалось: для route нужны NUMBER BODY"),
            std::string::npos);
  EXPECT_NE(run({"nothing", "--lang", "kk"}).err.find("nothing командасы жоқ"), std::string::npos);
  EXPECT_NE(run({"list", "--wrong", "--lang", "ru"}).err.find("неизвестный параметр --wrong"),
            std::string::npos);
  const auto asked = run(
      {"quarantine", "resolve", "--party", "minfin", "--note", "x", "--lang", "kk"}, true, "иә\n");
  EXPECT_NE(asked.err.find("[иә/жоқ]"), std::string::npos) << asked.err;
  EXPECT_EQ(asked.out, "жабылды: 3\n");
  const auto refused = run({"show", "nobody", "--lang", "ru"});
  EXPECT_NE(refused.err.find("отказано: "), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("что делать: "), std::string::npos) << refused.err;
  ::setenv("LC_ALL", "kk_KZ.UTF-8", 1);
  EXPECT_NE(run({"status"}).out.find("қабылдау: ашық\n"), std::string::npos);
}

TEST_F(HubctlTest, WhatTheHubCannotCountIsAQuestionMark) {
  service_->rows.counts_fail = true;
  const auto status = run({"status"});
  EXPECT_EQ(status.code, 0) << status.err;
  for (const char* text :
       {"desk: ?: hubctl list --state reception\n",
        "quarantine: ? open: hubctl quarantine --state open\n",
        "dead letters: ?: hubctl outbox --state dead\n", "[store.unavailable]"}) {
    EXPECT_NE(status.out.find(text), std::string::npos) << text << status.out;
  }
  EXPECT_NE(status.out.find("  ?        ?         ?         ?  "), std::string::npos) << status.out;
  const auto told = json::parse(run({"status", "--json"}).out);
  EXPECT_TRUE(told["desk"].is_null());
  EXPECT_EQ(told["not_counted"], "store.unavailable");
}

// A client of one body is told nothing of queues, which is no failure to count them; so is one of an older hub.
TEST_F(HubctlTest, WhatIsNotToldIsLeftOut) {
  const std::string url = "http://127.0.0.1:" + std::to_string(server_->port());
  const auto bound = write("bound", kBodyKey);
  const auto status = runBare({"status", "--url", url, "--key-file", bound});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_NE(status.out.find("minfin"), std::string::npos) << status.out;
  for (const char* word : {"?", "desk", "quarantine:", "dead letters"}) {
    EXPECT_EQ(status.out.find(word), std::string::npos) << word << status.out;
  }
}

TEST_F(HubctlTest, DeadlineAttachErrorsVersion) {
  auto deadline = run({"deadline", "--kind", "complaint", "--at", "2026-03-17T10:00:00+05:00",
                       "--explain", "--lang", "ru"});
  EXPECT_EQ(deadline.code, 0) << deadline.err;
  EXPECT_NE(deadline.out.find("20 раб. дн."), std::string::npos) << deadline.out;
  const auto rows = write("rows.tsv",
                          "kind\treceived_at\tbody\n"
                          "application\t2026-03-17T10:00+05:00\tminfin\n"
                          "rumour\t2026-03-17T10:00+05:00\tminfin\n");
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"deadline", "--batch", rows};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    auto batch = run(words);
    EXPECT_EQ(batch.code, 1) << batch.err;
    EXPECT_NE(batch.out.find("\tconsider\t2026-04-10\tAPPC\t76(1)\tA7\t"), std::string::npos)
        << batch.out;
    EXPECT_NE(batch.err.find("1 of 2 rows"), std::string::npos) << batch.err;
  }
  auto one = run(
      {"deadline", "--kind", "complaint", "--at", "2026-03-17T10:00+05:00", "--law", "config/law"});
  EXPECT_NE(one.out.find("2026-04-17"), std::string::npos) << one.out;
  // What is not certain is told alike.
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"deadline", "--kind", "application", "--at", "2027-12-28"};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    const auto unsure = run(words);
    EXPECT_NE(unsure.out.find("SURE"), std::string::npos) << unsure.out;
    EXPECT_NE(unsure.out.find("rules.calendar_missing"), std::string::npos) << unsure.out;
    EXPECT_NE(unsure.out.find(" low"), std::string::npos) << unsure.out;
  }
  // A term that a later event opens, here and at the hub.
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"deadline", "--clock", "hearing_notice", "--at",
                                      "2026-06-01"};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    const auto notice = run(words);
    EXPECT_EQ(notice.code, 0) << notice.err;
    EXPECT_NE(notice.out.find("act_planned 2026-06-01"), std::string::npos) << notice.out;
    EXPECT_NE(notice.out.find("2026-05-26"), std::string::npos) << notice.out;
    words[2] = "rest";
    const auto unknown = run(words);
    EXPECT_EQ(unknown.code, 1);
    EXPECT_NE(unknown.err.find("rules.unknown_clock"), std::string::npos) << unknown.err;
  }
  EXPECT_EQ(run({"deadline", "--clock", "extend"}).code, 2) << "without a day";
  EXPECT_EQ(run({"deadline", "--batch", "/nowhere"}).code, 2);
  // The refused row is told with the line of the file.
  const auto wrong_place =
      write("wrong.tsv", "# places\nkind\ttopics\tkato\n\napplication\ttax\tabc\n");
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"route", "--batch", wrong_place};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    const auto batch = run(words);
    EXPECT_EQ(batch.code, 1);
    EXPECT_NE(batch.err.find("line 4: rules.bad_kato: /kato: 'abc'"), std::string::npos)
        << batch.err;
  }
  EXPECT_EQ(run({"route"}).code, 2);
  const auto places = write("places.tsv", "application\ttax\t\n");
  EXPECT_NE(run({"route", "--batch", places}).out.find("\tminfin\t"), std::string::npos);
  const auto checked = run({"law", "check", "config/law"});
  EXPECT_EQ(checked.code, 0);
  EXPECT_NE(checked.out.find("is not connected"), std::string::npos) << checked.out;
  EXPECT_EQ(run({"law", "check", "/nowhere"}).code, 1);
  auto same = run({"law", "diff", "config/law", "config/law", "--appeals", rows});
  EXPECT_EQ(same.code, 1) << "a row was refused: " << same.err;
  EXPECT_NE(same.err.find("row 2, line 3: rules.unknown_kind"), std::string::npos) << same.err;
  EXPECT_NE(same.out.find("no due date moves"), std::string::npos) << same.out;
  const auto good = write("good.tsv", "application\t2026-03-17T10:00+05:00\tminfin\n");
  EXPECT_EQ(run({"law", "diff", "config/law", "config/law", "--appeals", good}).code, 0);
  EXPECT_NE(run({"law", "reload"}, true).out.find("dates moved"), std::string::npos);
  EXPECT_EQ(run({"deadline", "--kind", "rumour", "--at", "2026-03-17T10:00:00Z"}).code, 1);
  EXPECT_EQ(run({"deadline"}).code, 2);
  const auto file = write("scan.pdf", std::string(300'000, 'p'));
  auto attach = run({"attach", file});
  EXPECT_EQ(attach.code, 0) << attach.err;
  EXPECT_NE(attach.out.find(sha256Hex(std::string(300'000, 'p'))), std::string::npos);
  EXPECT_EQ(service_->rows.attachment_rows.begin()->second.mime, "application/pdf");
  EXPECT_NE(runBare({"errors", "web.not_found"}).out.find("Бұл мекенжайда"), std::string::npos);
  EXPECT_EQ(runBare({"errors", "no.such"}).code, 1);
  EXPECT_EQ(json::parse(runBare({"errors", "no.such", "--json"}).out)["code"], "ctl.refused");
  const auto missing = run({"submit", "/no/such/file.json", "--json"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(json::parse(missing.out)["code"], "ctl.could_not") << missing.err;
  EXPECT_EQ(runBare({"map", "test", "/no/such/folder"}).code, 2);
  std::filesystem::create_directories(folder_ / "bare");
  const auto untested = runBare({"map", "test", (folder_ / "bare").string()});
  EXPECT_EQ(untested.code, 1) << "nothing was tested";
  EXPECT_NE(untested.err.find("cannot read map.yaml"), std::string::npos) << untested.err;
  EXPECT_FALSE(json::parse(runBare({"version", "--json"}).out)["version"].empty());
}

TEST_F(HubctlTest, SubmitReadsStandardInput) {
  const auto json_given = run({"submit", "-"}, false, R"({"source_id":"P-6"})");
  EXPECT_EQ(json_given.code, 0) << json_given.err;
  EXPECT_NE(json_given.out.find("registered"), std::string::npos) << json_given.out;
  const auto xml =
      run({"submit", "/dev/stdin"}, false, "<appeal><source_id>P-7</source_id></appeal>");
  EXPECT_EQ(xml.code, 0) << xml.err;
  EXPECT_EQ(submittedCount(), 2u);
  EXPECT_EQ(run({"submit", "-"}, false, "").code, 1) << "nothing came";
}

// A refusal names what was typed, and says each thing once.
TEST_F(HubctlTest, RefusalsNameTheOptionAndSayItOnce) {
  const auto when = run({"list", "--from", "yesterday"});
  EXPECT_EQ(when.code, 1);
  EXPECT_NE(when.err.find("  --from: "), std::string::npos) << when.err;
  EXPECT_EQ(when.err.find("received_from"), std::string::npos) << when.err;
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"deadline", "--kind", "complaint", "--at", "2026-03-17",
                                      "--zone",   "Mars",   "--lang",    "kk"};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    const auto zone = run(words);
    EXPECT_EQ(zone.code, 1);
    EXPECT_NE(zone.err.find("  --zone: белгісіз уақыт белдеуі «Mars»\n"), std::string::npos)
        << zone.err;
    const std::string code = "[rules.unknown_zone]";
    EXPECT_EQ(zone.err.find(code), zone.err.rfind(code)) << zone.err;
    EXPECT_NE(zone.err.find("не істеу керек: "), std::string::npos) << zone.err;
  }
  const auto missing = run({"show", "ЖТ-2026-99999999"});
  EXPECT_EQ(missing.err.find("[store.not_found]"), missing.err.rfind("[store.not_found]"));
  const auto batch = run({"deadline", "--batch", "-"}, false, "kind\tcolour\n");
  EXPECT_EQ(batch.code, 1);
  EXPECT_NE(batch.err.find("refused: "), std::string::npos) << batch.err;
  EXPECT_EQ(batch.err.find("{\""), std::string::npos) << "told, not dumped: " << batch.err;
}

// A date that nobody can count is told, and no success.
TEST_F(HubctlTest, ATermOfAYearWithoutACalendarIsNoSuccess) {
  for (const bool here : {false, true}) {
    std::vector<std::string> one = {"deadline", "--kind", "complaint", "--at",
                                    "2031-02-20T10:00+05:00"};
    std::vector<std::string> many = {"deadline", "--batch", "-"};
    if (here) {
      for (auto* words : {&one, &many}) words->insert(words->end(), {"--law", "config/law"});
    }
    const auto alone = run(one);
    EXPECT_EQ(alone.code, 1) << alone.out;
    EXPECT_NE(alone.err.find("no calendar for the year 2031: the last day is not known of"),
              std::string::npos)
        << alone.err;
    const auto batch = run(many, false,
                           "kind\treceived_at\tbody\n"
                           "application\t2026-03-17T10:00+05:00\tminfin\n"
                           "application\t2031-02-20T10:00+05:00\tminfin\n");
    EXPECT_EQ(batch.code, 1);
    EXPECT_NE(batch.err.find("line 3: rules.calendar_missing: There is no production calendar"),
              std::string::npos)
        << batch.err;
    EXPECT_NE(batch.err.find("1 of 2 rows have a term whose last day nobody knows"),
              std::string::npos)
        << batch.err;
    many.push_back("--explain");
    EXPECT_EQ(run(many, false, "kind\treceived_at\tbody\n").code, 2) << "never swallowed";
  }
}

TEST_F(HubctlTest, OnlyTheThreeLanguages) {
  const auto german = run({"list", "--lang", "de"});
  EXPECT_EQ(german.code, 2);
  EXPECT_NE(german.err.find("--lang is kk, ru or en"), std::string::npos) << german.err;
}

// Explanations are many lines each; a table stands as a table.
TEST_F(HubctlTest, ExplanationsStandBelowTheTable) {
  for (const bool here : {false, true}) {
    std::vector<std::string> words = {"deadline",   "--kind",    "complaint", "--at",
                                      "2026-03-17", "--explain", "--lang",    "ru"};
    if (here) words.insert(words.end(), {"--law", "config/law"});
    const auto told = run(words);
    ASSERT_EQ(told.code, 0) << told.err;
    const auto lines = split(told.out, '\n');
    const auto end = std::find(lines.begin(), lines.end(), "");
    ASSERT_NE(end, lines.end());
    EXPECT_GT(end - lines.begin(), 2) << told.out;
    for (auto row = lines.begin(); row != end; ++row) {
      EXPECT_EQ(row->find("день"), std::string::npos) << told.out;
    }
    EXPECT_NE(told.out.find("\n\nconsider\n  "), std::string::npos) << told.out;
  }
}

TEST_F(HubctlTest, OnlyWhatIsTriedAgainHasANextTime) {
  auto& rows = service_->rows.outbox;
  rows.resize(1);
  rows[0].next_at = *parseInstant("2026-03-18T05:00:00Z");
  using State = store::OutboxState;
  for (const auto& [state, told] : std::map<State, bool>{{State::kPending, true},
                                                         {State::kRetryWait, true},
                                                         {State::kAwaiting, false},
                                                         {State::kDelivered, false},
                                                         {State::kRejected, false},
                                                         {State::kDead, false}}) {
    rows[0].state = state;
    const auto outbox = run({"outbox"});
    EXPECT_EQ(outbox.out.find("2026-03-18 10:00+05:00") != std::string::npos, told) << outbox.out;
  }
}

// The names of the options, as the help of a command lists them, each with what it means.
TEST_F(HubctlTest, EveryOptionOfEveryCommandIsExplained) {
  int options = 0;
  for (const auto& line : split(runBare({"help"}).out, '\n')) {
    if (!line.starts_with("  ") || line.starts_with("   ")) continue;
    const auto words = split(std::string(trim(line)), ' ');
    if (words[0].starts_with("--")) continue;
    std::vector<std::string> asked = {"help", words[0]};
    if (words.size() > 1 &&
        (words[0] == "law" || words[0] == "adapter" || words[0] == "map" || words[0] == "cursor" ||
         ((words[0] == "quarantine" || words[0] == "notices") && !words[1].empty() &&
          words[1][0] >= 'a' && words[1][0] <= 'z'))) {
      asked.push_back(words[1]);
    }
    const auto help = runBare(asked);
    ASSERT_EQ(help.code, 0) << help.err;
    for (const auto& option : split(help.out, '\n')) {
      if (!option.starts_with("  --")) continue;
      ++options;
      EXPECT_NE(option.find("  ", 4), std::string::npos) << help.out;
      EXPECT_NE(option.find_last_not_of(' ') + 1, 0u);
      EXPECT_FALSE(option.ends_with(" ")) << "no meaning: " << help.out;
    }
  }
  EXPECT_GT(options, 80);
}

TEST_F(HubctlTest, MapTestNeedsNoHub) {
  auto none = runBare({"map", "test", (folder_ / "nothing").string()});
  EXPECT_EQ(none.code, 2);
  EXPECT_FALSE(none.err.empty());
}

TEST_F(HubctlTest, WrongUseAndNoHubAreTwo) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"fly"},
                                                {"show"},
                                                {"list", "--colour", "red"},
                                                {"status", "--state", "x"},
                                                {"list", "--limit"},
                                                {"adapter"},
                                                {"help", "fly"},
                                                {"status", "--key-file", "/nonexistent"},
                                                {"status", "--url", "ftp://x"},
                                                {"status", "--url", "http://127.0.0.1:1"},
                                                {"submit", "/nonexistent.json"}}) {
    auto ran = runBare(words);
    EXPECT_EQ(ran.code, 2) << (words.empty() ? "" : words.back());
    EXPECT_TRUE(ran.err.starts_with("could not") ||
                ran.err.find(": could not") != std::string::npos)
        << ran.err;
  }
  EXPECT_EQ(runBare({"help"}).code, 0);
  EXPECT_NE(runBare({"help", "list"}).out.find("--due-to"), std::string::npos);
  EXPECT_EQ(runBare({"adapter", "check", "--help"}).code, 0);
}

}  // namespace
}  // namespace hub::web::testing
