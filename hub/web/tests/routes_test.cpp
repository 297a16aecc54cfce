// Every route of the doors against a real server: what goes in, what is asked of the service, what
// comes out.
#include <nlohmann/json.hpp>

#include "hub/base/detail_phrases.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/log.h"
#include "hub/web/shown_evidence.h"
#include "hub/web/tests/server_fixture.h"

namespace hub::web::testing {
namespace {

using nlohmann::json;

class RoutesTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
  }
};

const std::string kAppeal =
    R"({"source_system":"portal","source_id":"P-7","subject_text":"Сұрау"})";

TEST_F(RoutesTest, SubmitCreatesThenRepeatsThenConflicts) {
  auto first = ask(withBody("POST", "/v1/appeals", "application/json; charset=UTF-8", kAppeal));
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.header("Location"), "/v1/appeals/019a0c5e-7c1a-7000-8000-000000000001");
  auto receipt = json::parse(first.body);
  EXPECT_EQ(receipt["reg_number"], "ЖТ-2026-00000001");
  EXPECT_EQ(receipt["record"]["position"], 1);
  EXPECT_EQ(receipt["proof"]["path"].size(), 2u);
  EXPECT_EQ(receipt["proof"]["head"]["signature"], "c2ln");
  auto again = ask(withBody("POST", "/v1/appeals", "application/json", kAppeal));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  auto other = ask(withBody("POST", "/v1/appeals", "application/json", kAppeal + " "));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(json::parse(other.body)["code"], "exchange.duplicate_key");
  EXPECT_EQ(submittedCount(), 1u);
  EXPECT_EQ(service_->last_caller.client, "portal");
}

TEST_F(RoutesTest, SubmitXmlIsPassedAsXml) {
  const std::string xml = "<appeal><source_id>P-9</source_id></appeal>";
  EXPECT_EQ(ask(withBody("POST", "/v1/appeals", "application/xml", xml)).status, 201);
  EXPECT_EQ(service_->last_form, exchange::Form::kXml);
  EXPECT_EQ(ask(withBody("POST", "/v1/appeals", "text/xml; charset=\"utf-8\"", xml)).status, 200);
}

TEST_F(RoutesTest, AppealIsFoundByIdAndBothNumberForms) {
  for (const char* id : {"019a0c5e-7c1a-7000-8000-000000000001", "%D0%96%D0%A2-2026-00000001",
                         "ZhT-2026-00000001"}) {
    auto response = get(std::string("/v1/appeals/") + id, "Accept-Language: kk\r\n");
    ASSERT_EQ(response.status, 200) << response.body;
    auto appeal = json::parse(response.body);
    EXPECT_EQ(appeal["state"], "registered");
    EXPECT_EQ(appeal["clocks"][0]["explanation"], "consider: он бес жұмыс күні");
    EXPECT_EQ(appeal["clocks"][1]["explanation"], "notify: он бес жұмыс күні");
    EXPECT_EQ(appeal["destinations"][0]["state"], store::toString(store::OutboxState::kDead));
    EXPECT_EQ(appeal["destinations"][0]["tries"][0]["outcome"], "RETRY");
    EXPECT_EQ(appeal["external_ids"][0]["id"], "MF-77");
    EXPECT_EQ(appeal["decision"]["outcome"], "answered");
    EXPECT_FALSE(appeal.contains("appeal"));
  }
  auto full = json::parse(get("/v1/appeals/ZhT-2026-00000001?content=1").body);
  EXPECT_EQ(full["appeal"]["subject_text"], "Әріп тексеру: әғқңөұүһі");
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-99999999").status, 404);
}

TEST_F(RoutesTest, APartIsFoundWithItsSlashAsItIsOrEncoded) {
  auto part = service_->rows.appeals.front();
  part.id = 3;
  part.hub_id = "019a0c5e-7c1a-7000-8000-000000000003";
  part.reg_number = "ZhT-2026-00000001/1";
  service_->rows.appeals.push_back(part);
  for (const std::string slash : {"/", "%2F"}) {
    const std::string path = "/v1/appeals/ZhT-2026-00000001" + slash + "1";
    for (const char* below : {"", "/events", "/receipt", "/sub-orders"}) {
      const auto found = get(path + below, {}, kAdminKey);
      EXPECT_EQ(found.status, 200) << path << below;
    }
    EXPECT_EQ(json::parse(get(path).body)["hub_id"], part.hub_id);
    EXPECT_EQ(ask(withBody("POST", path + ":act", "application/json", "{}")).status, 400)
        << "the action is known, its order is not";
    EXPECT_EQ(get(path + "/2").status, 404);
  }
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/2").status, 404) << "no such part";
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/evnts").status, 404);
  EXPECT_EQ(get("/v1/appeals//1").status, 404);
}

TEST_F(RoutesTest, ListPassesFiltersAndPages) {
  auto response = get(
      "/v1/appeals?state=registered&kind=complaint&language=kk&destination=minfin&body=940140000385"
      "&source_system=portal&received_from=2026-01-01T00:00:00%2B05:00"
      "&received_to=2026-12-31T00:00:00+05:00&due_to=2026-04-10&limit=7&after=0");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto& filter = service_->rows.last_filter;
  EXPECT_EQ(filter.state, "registered");
  EXPECT_EQ(filter.kind, "complaint");
  EXPECT_EQ(filter.language, "kk");
  EXPECT_EQ(filter.destination, "minfin");
  EXPECT_EQ(filter.body_bin, "940140000385");
  EXPECT_EQ(filter.source_system, "portal");
  EXPECT_EQ(*filter.received_from, at("2025-12-31T19:00:00Z"));
  EXPECT_EQ(*filter.received_to, at("2026-12-30T19:00:00Z"));
  EXPECT_EQ(filter.due_to, "2026-04-10");
  EXPECT_EQ(service_->rows.last_limit, 7);
  auto page = json::parse(get("/v1/appeals?limit=1").body);
  ASSERT_EQ(page["appeals"].size(), 1u);
  auto last = json::parse(get("/v1/appeals?limit=1&after=" + page["next"].get<std::string>()).body);
  EXPECT_EQ(last["appeals"][0]["reg_number"], "ЖТ-2026-00000002");
  EXPECT_FALSE(last.contains("next"));
}

TEST_F(RoutesTest, ListNamesTheParameterThatIsWrong) {
  struct Case {
    const char *query, *code, *field;
  };
  for (const Case& c : {Case{"colour=red", "web.unknown_parameter", "?colour"},
                        Case{"limit=1&limit=2", "web.repeated_parameter", "?limit"},
                        Case{"limit=0", "web.bad_parameter", "?limit"},
                        Case{"limit=9999", "web.bad_parameter", "?limit"},
                        Case{"limit=5x", "web.bad_parameter", "?limit"},
                        Case{"received_from=yesterday", "web.bad_parameter", "?received_from"},
                        Case{"state=exectued", "web.bad_parameter", "?state"},
                        Case{"kind=poem", "web.bad_parameter", "?kind"},
                        Case{"language=de", "web.bad_parameter", "?language"},
                        Case{"due_to=2026-02-30", "web.bad_parameter", "?due_to"}}) {
    auto response = get(std::string("/v1/appeals?") + c.query);
    EXPECT_EQ(response.status, 400) << c.query;
    auto problem = json::parse(response.body);
    EXPECT_EQ(problem["code"], c.code) << c.query;
    EXPECT_EQ(problem["errors"][0]["field"], c.field) << c.query;
  }
}

TEST_F(RoutesTest, EventsAndReceipt) {
  auto events = get("/v1/appeals/ZhT-2026-00000001/events", "Accept-Language: ru-RU, en;q=0.5\r\n");
  EXPECT_EQ(events.status, 200);
  EXPECT_EQ(json::parse(events.body)["events"][0]["text"], "Зарегистрировано");
  EXPECT_EQ(events.header("Content-Language"), "ru");
  auto receipt = get("/v1/appeals/ZhT-2026-00000001/receipt");
  EXPECT_EQ(receipt.status, 200);
  EXPECT_EQ(json::parse(receipt.body)["message_id"], "019a0c5e-7c1a-7000-8000-00000000000a");
  auto slip = get("/v1/appeals/ZhT-2026-00000001/talon");
  EXPECT_EQ(slip.status, 200);
  EXPECT_EQ(slip.header("Content-Type"), "application/pdf");
  EXPECT_TRUE(slip.body.starts_with("%PDF-"));
  auto page = get("/v1/appeals/ZhT-2026-00000001/talon", "Accept: text/html\r\n");
  EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/talon?format=doc").status, 400);
  EXPECT_EQ(get("/v1/appeals/nothing/talon").status, 404);
  EXPECT_EQ(get("/v1/appeals/nothing/events").status, 404);
  EXPECT_EQ(get("/v1/appeals/nothing/receipt").status, 404);
}

// The certificate of an official names him and his IIN.
TEST_F(RoutesTest, WhoSignedIsShownWithoutNamesAndNumbersOfPeople) {
  const std::string end = " serial=0A1B sha256=5d41";
  for (const auto& [subject, shown] : std::initializer_list<std::pair<const char*, const char*>>{
           {"CN=СЕРИКОВ АРМАН,SN=СЕРИКОВ,serialNumber=IIN850101300012,C=KZ,O=АО \\\"Х\\\"\\, К,"
            "OU=BIN990140900507,GN=БОЛАТҰЛЫ,emailAddress=a@b.kz",
            "CN=***,SN=***,serialNumber=***,C=KZ,O=АО \\\"Х\\\"\\, К,OU=BIN990140900507,GN=***,"
            "emailAddress=***"},
           {"serialNumber=BIN990140900507+CN=gateway", "serialNumber=BIN990140900507+CN=***"},
           {"OU=850101300012,O=ИП 850101300012,L=Астана", "OU=***,O=***,L=***"},
           {"CN=a\\,O=СЕРИКОВ", "CN=***"},
           {"CN=\"a,O=Б\"", "CN=***"},
           {"CN=a serial=0A sha256=0B,O=x", "CN=***,O=x"},
           {"СЕРИКОВ", "?=***"},
           {"", ""}}) {
    EXPECT_EQ(shownEvidence("jws subject=" + std::string(subject) + end),
              "jws subject=" + std::string(shown) + end)
        << subject;
  }
  EXPECT_EQ(shownEvidence("jws subject=CN=a" + end + "; cms subject=CN=b,O=c" + end),
            "jws subject=CN=***" + end + "; cms subject=CN=***,O=c" + end);
  EXPECT_EQ(shownEvidence("xmldsig"), "xmldsig");
  EXPECT_EQ(shownEvidence("wsse subject=CN=СЕРИКОВ"), "wsse subject=***");
  EXPECT_EQ(shownEvidence("СЕРИКОВ"), "***");
  EXPECT_EQ(shownEvidence(""), "");
  const std::string kept =
      "jws subject=CN=СЕРИКОВ АРМАН,serialNumber=IIN850101300012,OU=BIN990140900507" + end;
  const std::string told = "jws subject=CN=***,serialNumber=***,OU=BIN990140900507" + end;
  for (auto& event : service_->rows.event_rows) {
    if (event.type == "decided") event.evidence = kept;
  }
  const std::string card = "/v1/appeals/ZhT-2026-00000001";
  for (const auto& key : {kKey, kAdminKey}) {
    EXPECT_EQ(json::parse(get(card, {}, key).body)["decision_evidence"], told);
    EXPECT_EQ(json::parse(get(card + "?content=1", {}, key).body)["decision_evidence"], kept);
    EXPECT_EQ(json::parse(get(card + "/events", {}, key).body)["events"][1]["evidence"], told);
    const auto whole = json::parse(get(card + "/events?content=1", {}, key).body);
    EXPECT_EQ(whole["events"][1]["evidence"], kept);
    EXPECT_EQ(get("/v1/events", {}, key).body.find("850101300012"), std::string::npos);
  }
}

TEST_F(RoutesTest, ABoundClientSeesOnlyItsOwnSourceSystem) {
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001", {}, kBoundKey).status, 404);
  EXPECT_EQ(get("/v1/appeals/019a0c5e-7c1a-7000-8000-000000000002", {}, kBoundKey).status, 200);
  auto list = json::parse(get("/v1/appeals", {}, kBoundKey).body);
  ASSERT_EQ(list["appeals"].size(), 1u);
  EXPECT_EQ(list["appeals"][0]["source_system"], "other");
  EXPECT_EQ(get("/v1/appeals?source_system=portal", {}, kBoundKey).status, 403);
  EXPECT_EQ(get("/v1/outbox", {}, kBoundKey).status, 403);
  auto foreign = ask(withBody("POST", "/v1/appeals", "application/json", kAppeal, {}, kBoundKey));
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(json::parse(foreign.body)["code"], "exchange.source_not_allowed");
}

TEST_F(RoutesTest, AClerkSeesAndActsOnAppealsOfItsBodyOnly) {
  const std::string own = "/v1/appeals/ZhT-2026-00000001";
  const std::string foreign = "/v1/appeals/019a0c5e-7c1a-7000-8000-000000000002";
  EXPECT_EQ(get(own, {}, kBodyKey).status, 200);
  EXPECT_EQ(get(own + "/executors", {}, kBodyKey).status, 200);
  for (const char* part : {"", "/events", "/actions", "/similar", "/executors", "/talon"}) {
    EXPECT_EQ(get(foreign + part, {}, kBodyKey).status, 404) << part;
  }
  auto similar = json::parse(get(own + "/similar", {}, kBodyKey).body);
  EXPECT_TRUE(similar["similar"].empty()) << "the other one is another body's";
  auto post = [&](const std::string& target, const std::string& body) {
    return ask(withBody("POST", target, "application/json", body, {}, kBodyKey));
  };
  EXPECT_EQ(post(foreign + ":act", R"({"action":"withdraw"})").status, 404);
  EXPECT_EQ(post(own + ":judge-similar",
                 R"({"other":"019a0c5e-7c1a-7000-8000-000000000002","verdict":"linked"})")
                .status,
            404);
  EXPECT_EQ(post(own + ":act", R"({"action":"withdraw","role":"registrar"})").status, 200);
  EXPECT_EQ(service_->last_caller.roles, (std::vector<std::string>{"registrar", "head"}));
  EXPECT_EQ(service_->last_caller.body, "940140000385");
  ask(withBody("POST", own + ":act", "application/json", R"({"action":"withdraw"})", {},
               kReaderKey));
  EXPECT_TRUE(service_->last_caller.roles.empty()) << "a body's system is nobody's applicant";
  EXPECT_EQ(get("/v1/appeals?body=990140900507", {}, kBodyKey).status, 403);
  EXPECT_EQ(get("/v1/outbox", {}, kBodyKey).status, 403);
  EXPECT_EQ(get("/v1/reports/pressing", {}, kBodyKey).status, 403);
}

// APPC 65(1): who forwarded tells the applicant, and says so here, though another body has the appeal by then.
TEST_F(RoutesTest, WhoForwardedMayRecordTheNoticeAndNothingElse) {
  const std::string sent = "/v1/appeals/019a0c5e-7c1a-7000-8000-000000000002";
  auto& rows = service_->rows;
  rows.appeals[1].state = "routed";
  store::OutboxRow first;
  first.appeal = 2;
  first.destination = "akimat";
  first.type = "appeal/1";
  first.created_at = at("2026-03-17T05:00:00Z");
  rows.outbox.push_back(first);
  store::ClockRow notice;
  notice.day_kind = "working";
  notice.appeal = 2;
  notice.name = "forward_notice";
  notice.status = "running";
  notice.start_at = at("2026-03-18T05:00:00Z");
  notice.due_date = "2026-03-18";
  rows.clock_rows.push_back(notice);
  auto post = [&](const std::string& target, const std::string& body) {
    return ask(withBody("POST", sent + target, "application/json", body, {}, kBodyKey));
  };
  EXPECT_NE(post(":act", R"({"action":"notify","role":"registrar"})").status, 404);
  EXPECT_EQ(service_->ordered.action, "notify");
  EXPECT_EQ(post(":act", R"({"action":"withdraw","role":"registrar"})").status, 404);
  EXPECT_NE(post(":notified", R"({"at":"2026-03-18T06:00:00Z","channel":"sms","of":"forwarding"})")
                .status,
            404);
  EXPECT_EQ(post(":notified", R"({"at":"2026-03-18T06:00:00Z","channel":"sms"})").status, 404);
  auto actions = get(sent + "/actions", {}, kBodyKey);
  EXPECT_EQ(actions.status, 200);
  EXPECT_TRUE(json::parse(actions.body)["actions"].empty()) << "what is not this notice";
  EXPECT_EQ(get(sent, {}, kBodyKey).status, 404) << "the appeal itself is another body's";
  rows.appeals[1].state = "terminated";
  EXPECT_EQ(post(":act", R"({"action":"notify","role":"registrar"})").status, 404) << "of the end";
  rows.appeals[1].state = "routed";
  rows.clock_rows.back().status = "met";
  EXPECT_EQ(post(":act", R"({"action":"notify","role":"registrar"})").status, 404);
}

TEST_F(RoutesTest, AttachmentGoesUpAndComesDownInPieces) {
  std::string content(5 * 1024 * 1024 + 3, 'x');
  for (std::size_t i = 0; i < content.size(); i += 97) content[i] = static_cast<char>(i % 251);
  const std::string target = "/v1/attachments/" + sha256Hex(content);
  EXPECT_EQ(get(target).status, 404);
  auto up = ask(withBody("PUT", target, "application/pdf", content));
  EXPECT_EQ(up.status, 201) << up.body;
  EXPECT_EQ(json::parse(up.body)["size"], content.size());
  EXPECT_LE(service_->files.largest_piece, 64u * 1024);
  EXPECT_EQ(ask(withBody("PUT", target, "application/pdf", content)).status, 200);
  auto down = get(target);
  EXPECT_EQ(down.status, 200);
  EXPECT_TRUE(down.body == content);
  EXPECT_EQ(down.header("Content-Type"), "application/pdf");
  EXPECT_EQ(down.header("X-Content-Type-Options"), "nosniff");
  EXPECT_TRUE(down.header("Content-Disposition").starts_with("attachment"));
  auto client = connect();
  client.send(head("HEAD", target) + head("GET", "/healthz", "Connection: close\r\n"));
  auto only_head = client.receive(true);
  EXPECT_EQ(only_head.status, 200);
  EXPECT_EQ(only_head.header("Content-Length"), std::to_string(content.size()));
  EXPECT_EQ(client.receive().body, R"({"status":"alive"})");
}

TEST_F(RoutesTest, AttachmentRefusals) {
  const std::string content = "some bytes";
  auto wrong = ask(withBody("PUT", "/v1/attachments/" + std::string(64, '0'), "", content));
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(json::parse(wrong.body)["code"], "web.attachment_hash_mismatch");
  EXPECT_EQ(ask(withBody("PUT", "/v1/attachments/ABC", "", content)).status, 400);
  EXPECT_EQ(get("/v1/attachments/" + std::string(64, 'A')).status, 400);
  EXPECT_EQ(service_->files.files(), 0);
}

TEST_F(RoutesTest, ADeclaredTypeCannotBecomeAHeader) {
  const std::string content = "<script>";
  const std::string target = "/v1/attachments/" + sha256Hex(content);
  EXPECT_EQ(ask(withBody("PUT", target, "text/html\tX: y", content)).status, 201);
  EXPECT_EQ(get(target).header("Content-Type"), "application/octet-stream");
}

TEST_F(RoutesTest, ABrokenDownloadGoesOn) {
  const std::string content = "0123456789";
  const std::string target = "/v1/attachments/" + sha256Hex(content);
  const std::string etag = "\"" + sha256Hex(content) + "\"";
  ASSERT_EQ(ask(withBody("PUT", target, "text/plain", content)).status, 201);
  EXPECT_EQ(get(target).header("Accept-Ranges"), "bytes");
  struct Case {
    const char *range, *content, *told;
  };
  for (const Case& c :
       {Case{"bytes=0-3", "0123", "bytes 0-3/10"}, Case{"bytes=4-", "456789", "bytes 4-9/10"},
        Case{"bytes=-2", "89", "bytes 8-9/10"}, Case{"bytes=-99", "0123456789", "bytes 0-9/10"},
        Case{"bytes=9-9", "9", "bytes 9-9/10"}, Case{"Bytes=8-99", "89", "bytes 8-9/10"},
        Case{"bytes=5-99999999999999999999", "56789", "bytes 5-9/10"}}) {
    const auto part =
        get(target, "Range: " + std::string(c.range) + "\r\nIf-Range: " + etag + "\r\n");
    EXPECT_EQ(part.status, 206) << c.range;
    EXPECT_EQ(part.body, c.content) << c.range;
    EXPECT_EQ(part.header("Content-Range"), c.told) << c.range;
    EXPECT_EQ(part.header("ETag"), etag);
  }
  for (const char* range : {"bytes=10-", "bytes=99999999999999999999-", "bytes=-0"}) {
    const auto none = get(target, "Accept-Language: kk\r\nRange: " + std::string(range) + "\r\n");
    EXPECT_EQ(none.status, 416) << range;
    EXPECT_EQ(none.header("Content-Range"), "bytes */10") << range;
    EXPECT_EQ(json::parse(none.body)["detail"], "файлда 10 байт бар");
  }
  for (const std::string whole :
       {"Range: bytes=5-3", "Range: bytes=-", "Range: bytes=a-b", "Range: lines=0-3",
        "Range: bytes=0-1,4-5", "Range: bytes=0-1\r\nRange: bytes=4-5", "Range: bytes=+1-2",
        "Range: bytes=0-3\r\nIf-Range: \"other\"",
        "Range: bytes=0-3\r\nIf-Range: Tue, 17 Mar 2026 05:00:00 GMT"}) {
    const auto all = get(target, whole + "\r\n");
    EXPECT_EQ(all.status, 200) << whole;
    EXPECT_EQ(all.body, content) << whole;
  }
  const auto size = ask(head("HEAD", target, "Range: bytes=0-3\r\n"), true);
  EXPECT_EQ(size.status, 200) << "a range is of GET";
  EXPECT_EQ(size.header("Content-Length"), "10");
}

TEST_F(RoutesTest, AFileThatOneHasIsNotSentAgain) {
  const std::string content = "0123456789";
  const std::string target = "/v1/attachments/" + sha256Hex(content);
  const std::string etag = "\"" + sha256Hex(content) + "\"";
  ASSERT_EQ(ask(withBody("PUT", target, "text/plain", content)).status, 201);
  for (const std::string& tags : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    auto client = connect();
    client.send(head("GET", target, "If-None-Match: " + tags + "\r\nRange: bytes=0-3\r\n") +
                head("GET", "/healthz"));
    const auto same = client.receive(true);
    EXPECT_EQ(same.status, 304) << tags;
    EXPECT_EQ(same.header("ETag"), etag);
    EXPECT_EQ(client.receive().status, 200) << "nothing stood between";
  }
  EXPECT_EQ(get(target, "If-None-Match: \"x\"\r\n").status, 200);
}

TEST_F(RoutesTest, Deadlines) {
  const std::string body =
      R"({"kind":"complaint","received_at":"2026-03-17T10:00:00+05:00","explain":true})";
  auto response = ask(withBody("POST", "/v1/deadlines:calculate", "application/json", body,
                               "Accept-Language: ru\r\n"));
  ASSERT_EQ(response.status, 200) << response.body;
  auto clock = json::parse(response.body)["clocks"][2];
  EXPECT_EQ(clock["due_date"], "2026-04-17");
  EXPECT_EQ(clock["article"], "99");
  EXPECT_EQ(clock["confidence"], "high");
  EXPECT_NE(clock["explanation"].get<std::string>().find("20 раб. дн."), std::string::npos);
  auto central = ask(withBody("POST", "/v1/deadlines:calculate", "application/json",
                              R"({"kind":"petition","received_at":"2026-06-01","body":"minfin"})"));
  EXPECT_EQ(json::parse(central.body)["clocks"][2]["due_date"], "2026-07-28") << central.body;
  auto extension = ask(withBody("POST", "/v1/deadlines:calculate", "application/json",
                                R"({"clock":"extend","received_at":"2025-12-31","explain":true})"));
  ASSERT_EQ(extension.status, 200) << extension.body;
  const auto one = json::parse(extension.body)["clocks"];
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["due_date"], "2026-03-02");
  EXPECT_EQ(one[0]["start_event"], "extension_decision");
  EXPECT_EQ(one[0]["start_date"], "2025-12-31");
  EXPECT_TRUE(one[0].contains("explanation"));
  struct Case {
    const char* body;
    int status;
    const char *code, *field;
  };
  for (const Case& c :
       {Case{R"({"clock":"rest","received_at":"2026-03-17"})", 422, "rules.unknown_clock",
             "/clock"},
        Case{R"({"kind":"complaint","received_at":"2026-03-17T10:00:00Z","zone":"Mars/Base"})", 422,
             "rules.unknown_zone", "/zone"},
        Case{R"({"clock":"consider","received_at":"2026-03-17"})", 422, "rules.kind_needed",
             "/kind"},
        Case{R"({"received_at":"2026-03-17"})", 400, "web.bad_json", "/kind"},
        Case{"[1]", 400, "web.bad_json", ""}, Case{"{", 400, "web.bad_json", ""},
        Case{R"({"kind":7})", 400, "web.bad_json", "/kind"},
        Case{R"({"kind":"complaint"})", 400, "web.bad_json", "/received_at"},
        Case{R"({"kind":"complaint","when":"x"})", 400, "web.bad_json", ""},
        Case{R"({"kind":"rumour","received_at":"2026-03-17T10:00:00Z"})", 422, "rules.unknown_kind",
             "/kind"},
        Case{R"({"kind":"complaint","received_at":"x"})", 422, "base.bad_date", "/received_at"}}) {
    auto refused = ask(withBody("POST", "/v1/deadlines:calculate", "application/json", c.body));
    EXPECT_EQ(refused.status, c.status) << c.body;
    auto problem = json::parse(refused.body);
    EXPECT_EQ(problem["code"], c.code) << c.body;
    EXPECT_EQ(problem["errors"][0].value("field", ""), c.field) << c.body;
  }
}

TEST_F(RoutesTest, AWordTheLawDoesNotKnowIsToldInTheCallersLanguage) {
  for (const char* member : {"kind", "level", "special_kind", "procedure"}) {
    auto body = json{{"kind", "complaint"}, {"received_at", "2026-03-17"}};
    body[member] = "zz";
    const auto refused = ask(withBody("POST", "/v1/deadlines:calculate", "application/json",
                                      body.dump(), "Accept-Language: kk\r\n"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(json::parse(refused.body)["detail"], "бұл сөз заң деректерінің сөздігінде жоқ")
        << member << refused.body;
  }
}

TEST_F(RoutesTest, BatchesOfDeadlinesAndRoutes) {
  const char* tsv = "text/tab-separated-values";
  auto response = ask(withBody("POST", "/v1/deadlines:batch", tsv,
                               "kind\treceived_at\tbody\n"
                               "application\t2026-03-17T10:00+05:00\takimat\n"
                               "rumour\t2026-03-17T10:00+05:00\t\n"));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.body.find("\tconsider\t2026-04-10\tAPPC\t76(1)\tA7\t"), std::string::npos);
  EXPECT_NE(response.body.find("\trules.unknown_kind: /kind: "), std::string::npos);
  auto routed = ask(
      withBody("POST", "/v1/routes:batch", tsv, "application\ttax\t\n", "Accept-Language: kk\r\n"));
  EXPECT_NE(routed.body.find("\tminfin\tҚаржы министрлігі\tR1\t"), std::string::npos)
      << routed.body;
  auto refused = ask(withBody("POST", "/v1/deadlines:batch", tsv, "kind\tcolour\n"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(json::parse(refused.body)["code"], "rules.bad_batch");
  EXPECT_EQ(ask(withBody("POST", "/v1/routes:batch", "text/csv", "x")).status, 415);
}

TEST_F(RoutesTest, ReportsOfSupervision) {
  auto pressing = get("/v1/reports/pressing?days=60", "", kAdminKey);
  ASSERT_EQ(pressing.status, 200) << pressing.body;
  EXPECT_TRUE(json::parse(pressing.body)["cases"].is_array());
  auto discipline = get("/v1/reports/discipline?by=kind&format=csv", "", kAdminKey);
  EXPECT_EQ(discipline.status, 200) << discipline.body;
  EXPECT_TRUE(discipline.body.starts_with("group,received,decided,")) << discipline.body;
  EXPECT_EQ(get("/v1/reports/discipline?by=weather", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/reports/pressing").status, 403);
}

// A complaint that is over, and one that is not in the hub: each as JSON and CSV, by body, executor and region.
TEST_F(RoutesTest, StoppedActsAreTold) {
  auto& rows = service_->rows;
  ASSERT_GE(rows.appeals.size(), 2U);
  rows.appeals[0].state = "executed";
  rows.appeals[0].body_bin = "990140900507";
  rows.appeals[0].executor = "mf-02";
  rows.appeals[0].kato = "750000000";
  rows.appeals[1].state = "forwarded_full";
  const auto stop = [&](const std::string& complaint, const char* when) {
    store::EventRow event;
    event.appeal = rows.appeals[0].id;
    event.type = "execution_suspended";
    event.at = at(when);
    event.reason = complaint;
    rows.event_rows.push_back(event);
  };
  stop(rows.appeals[1].reg_number, "2026-03-16T05:00:00Z");
  stop("outside", "2026-03-17T05:00:00Z");
  const auto answer = get("/v1/reports/stopped", "Accept-Language: ru\r\n", kAdminKey);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto told = json::parse(answer.body);
  EXPECT_EQ(told["acts"], 1);
  EXPECT_EQ(told["need_person"], 1);
  ASSERT_EQ(told["stopped"].size(), 2U);
  const auto& first = told["stopped"][0];
  EXPECT_EQ(first["reg_number"], rows.appeals[0].reg_number);
  EXPECT_EQ(first["complaint"], rows.appeals[1].reg_number);
  EXPECT_EQ(first["complaint_state"], "forwarded_full");
  EXPECT_EQ(first["stopped_since"], "2026-03-16T05:00:00Z");
  EXPECT_EQ(first["problem"], "complaint_over");
  EXPECT_EQ(first["needs_person"], true);
  EXPECT_NE(first["what_to_do"].get<std::string>().find("complaint_failed — акт остался в силе"),
            std::string::npos);
  EXPECT_EQ(told["stopped"][1]["complaint"], "outside");
  EXPECT_FALSE(told["stopped"][1].contains("complaint_state"));
  for (const char* query : {"body=minfin", "executor=mf-02", "region=75", "needs_person=true"}) {
    const auto csv =
        get(std::string("/v1/reports/stopped?format=csv&") + query, "", kAdminKey).body;
    EXPECT_TRUE(csv.starts_with("reg_number,hub_id,kind,body,executor,kato,state,")) << csv;
    EXPECT_NE(csv.find(",complaint_over,yes,\"Find out"), std::string::npos) << csv;
  }
  for (const char* query : {"body=zher", "executor=mf-01", "region=71"}) {
    const auto none = get(std::string("/v1/reports/stopped?") + query, "", kAdminKey);
    EXPECT_EQ(json::parse(none.body)["acts"], 0) << none.body;
  }
  EXPECT_EQ(get("/v1/reports/stopped").status, 403);
  for (const char* query :
       {"needs_person=maybe", "body=nobody", "region=7", "format=xml", "days=3"}) {
    EXPECT_EQ(get(std::string("/v1/reports/stopped?") + query, "", kAdminKey).status, 400) << query;
  }
  const auto metrics = get("/metrics").body;
  EXPECT_NE(metrics.find("hub_stopped_acts 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("hub_stopped_acts_need_person 1\n"), std::string::npos);
}

// APPC 83: the act is made with its signature; the delivery gives it effect.
TEST_F(RoutesTest, AnActSignedInTimeIsNeitherOverdueNorLate) {
  service_->rows.appeals.resize(1);
  auto& row = service_->rows.appeals.front();
  auto& term = service_->rows.clock_rows.front();
  const auto pressing = [&] {
    return json::parse(get("/v1/reports/pressing?days=60", "", kAdminKey).body)["cases"].size();
  };
  auto& open = service_->rows.open_clock_rows;
  open = {term};
  EXPECT_EQ(pressing(), 1U);
  row.state = "decision_signed";
  row.state_since = *parseInstant("2026-04-10T10:00:00Z");
  EXPECT_EQ(pressing(), 0U) << "also of an act signed before its term was closed by that";
  open.clear();
  term.status = "met";
  EXPECT_EQ(pressing(), 0U);
  row.state = "executed";
  row.state_since = *parseInstant("2026-04-13T10:00:00Z");
  const auto report = [&] {
    return get("/v1/reports/discipline?by=kind&format=csv", "", kAdminKey).body;
  };
  EXPECT_NE(report().find("complaint,1,1,0,0,"), std::string::npos) << report();
  term.status = "missed";
  EXPECT_NE(report().find("complaint,1,1,0,1,100.0,"), std::string::npos) << report();
  const auto told = json::parse(get("/v1/reports/discipline?by=kind", "", kAdminKey).body);
  EXPECT_EQ(told["rows"][0]["late_percent"], 100.0) << told;
  EXPECT_EQ(told["rows"][0]["breaches"], 0) << told;
}

TEST_F(ServerTest, StoppedActsAreCountedOnceAMinuteForTheMetrics) {
  ManualClock now(at("2026-03-16T05:00:00Z"));
  start(now);
  auto& rows = service_->rows;
  ASSERT_GE(rows.appeals.size(), 2U);
  const auto stop = [&](std::size_t which) {
    rows.appeals[which].state = "executed";
    store::EventRow event;
    event.appeal = rows.appeals[which].id;
    event.type = "execution_suspended";
    event.at = now.now();
    event.reason = "outside";
    rows.event_rows.push_back(event);
  };
  const auto counted = [&] {
    const auto body = get("/metrics").body;
    const std::string name = "\nhub_stopped_acts ";
    const auto found = body.find(name);
    return found == std::string::npos ? "none" : body.substr(found + name.size(), 1);
  };
  stop(0);
  EXPECT_EQ(counted(), "1");
  stop(1);
  now.advance(std::chrono::seconds(59));
  EXPECT_EQ(counted(), "1");
  now.advance(std::chrono::seconds(1));
  EXPECT_EQ(counted(), "2");
}

TEST_F(ServerTest, SubOrdersStandAmongPressingTermsForTheBodyThatHasToAct) {
  ManualClock now(at("2026-01-15T05:00:00Z"));
  start(now);
  auto& rows = service_->rows;
  for (auto& appeal : rows.appeals) appeal.kato = "711210000";
  rows.appeals[0].executor = "mf-01";
  const auto add = [&](std::int64_t number, const char* due, bool sent, bool answered = false) {
    store::SubOrderRow row;
    row.appeal = 1;
    row.number = number;
    row.body = "990140900507";
    row.target = "940140000385";
    row.due_date = due;
    if (sent) row.sent_at = now.now();
    if (answered) row.answered_at = now.now();
    rows.sub_order_rows.push_back(row);
  };
  add(1, "2026-01-13", true);
  add(2, "2026-01-12", true, true);
  add(3, "2026-01-14", false);
  add(4, "2026-01-19", true);
  const auto of = [&](const std::string& query) {
    auto answer = get("/v1/reports/pressing" + query, "", kAdminKey);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string out;
    const auto told = json::parse(answer.body);
    for (const auto& one : told["cases"]) {
      EXPECT_EQ(one["clock"], "sub_order");
      out += std::to_string(one["sub_order"].get<int>()) + " " + one["body"].get<std::string>() +
             (one["overdue"] == true ? " late " : " ") + one["due_date"].get<std::string>() + "; ";
    }
    return out;
  };
  const std::string asked = "1 akimat late 2026-01-13; ", unsent = "3 minfin late 2026-01-14; ",
                    soon = "4 akimat 2026-01-19; ";
  EXPECT_EQ(of(""), asked + unsent);
  EXPECT_EQ(of("?days=2"), asked + unsent + soon);
  EXPECT_EQ(of("?days=2&body=akimat"), asked + soon);
  EXPECT_EQ(of("?body=990140900507"), unsent);
  EXPECT_EQ(of("?executor=mf-01"), asked + unsent);
  EXPECT_EQ(of("?executor=mf-02"), "");
  EXPECT_EQ(of("?region=71&clock=sub_order"), asked + unsent);
  EXPECT_EQ(of("?region=75"), "");
  EXPECT_EQ(of("?clock=consider"), "");
  const auto csv = get("/v1/reports/pressing?format=csv", "", kAdminKey).body;
  EXPECT_NE(csv.find(",working_days,sub_order\r\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",sub_order,2026-01-13,yes,2,1\r\n"), std::string::npos) << csv;
  const auto discipline = get("/v1/reports/discipline?format=csv", "", kAdminKey).body;
  EXPECT_NE(discipline.find(",late_sub_orders\r\n"), std::string::npos) << discipline;
  const auto told = json::parse(get("/v1/reports/discipline?body=akimat", "", kAdminKey).body);
  ASSERT_FALSE(told["rows"].empty()) << told;
  EXPECT_EQ(told["rows"][0]["group"], "akimat");
  EXPECT_EQ(told["rows"][0]["late_sub_orders"], 1);
}

TEST_F(ServerTest, PressingTermsAreOfAnyNameByRegionAndUnknownOnesFirst) {
  ManualClock now(at("2026-01-15T05:00:00Z"));
  start(now);
  auto& rows = service_->rows;
  rows.appeals[0].kato = "711210000";
  rows.appeals[1].kato = "751110000";
  const auto open = [&](store::RowId appeal, const char* name, const char* due) {
    store::ClockRow clock;
    clock.day_kind = "working";
    clock.appeal = appeal;
    clock.name = name;
    clock.due_date = due;
    clock.status = *due != 0 ? "running" : "unknown";
    rows.open_clock_rows.push_back(clock);
  };
  open(1, "forward", "2026-01-12");
  open(1, "complaint_window", "2026-01-12");
  open(2, "extension_notice", "2026-01-13");
  open(2, "consider", "");
  const auto of = [&](const std::string& query) {
    auto answer = get("/v1/reports/pressing" + query, "", kAdminKey);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string clocks;
    const auto told = json::parse(answer.body);
    for (const auto& one : told["cases"]) {
      clocks += one["clock"].get<std::string>() + " ";
    }
    return clocks;
  };
  EXPECT_EQ(of(""), "consider forward extension_notice ");
  EXPECT_EQ(of("?region=71"), "forward ");
  EXPECT_EQ(of("?region=7511"), "consider extension_notice ");
  EXPECT_EQ(of("?clock=complaint_window"), "complaint_window ");
  auto first = json::parse(get("/v1/reports/pressing", "", kAdminKey).body)["cases"][0];
  EXPECT_EQ(first["due_date"], "");
  EXPECT_FALSE(first.contains("working_days"));
  // Each list as CSV too, by body (BIN or alias), executor and region.
  rows.appeals[1].body_bin = "990140900507";
  rows.appeals[1].executor = "mf-02";
  rows.appeals[0].body_bin = "940140000385";
  for (const char* query : {"body=minfin", "body=990140900507", "executor=mf-02", "region=75"}) {
    EXPECT_EQ(of(std::string("?") + query), "consider extension_notice ") << query;
    const auto csv =
        get(std::string("/v1/reports/pressing?format=csv&") + query, "", kAdminKey).body;
    EXPECT_TRUE(csv.starts_with("reg_number,hub_id,kind,topic,body,executor,kato,state,")) << csv;
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << query << "\n" << csv;
  }
  EXPECT_EQ(get("/v1/reports/pressing?region=7", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/reports/pressing?body=minfni", "", kAdminKey).status, 400) << "no such alias";
  EXPECT_EQ(get("/v1/reports/discipline?body=minfni", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/reports/pressing?clock=weather", "", kAdminKey).status, 400);
}

TEST_F(RoutesTest, OpenTermsComePageByPageForAdministrators) {
  store::ClockRow clock;
  clock.day_kind = "working";
  clock.appeal = 1;
  clock.name = "plan";
  clock.rule_id = clock.start_event = "plan";
  clock.due_date = "2026-03-31";
  clock.status = "running";
  service_->rows.open_clock_rows.push_back(clock);
  clock.name = "send_up";
  clock.rule_id = "A29";
  clock.length = 3;
  service_->rows.open_clock_rows.push_back(clock);
  auto page = get("/v1/deadlines/open?limit=100", "", kAdminKey);
  ASSERT_EQ(page.status, 200) << page.body;
  const auto told = json::parse(page.body);
  ASSERT_EQ(told["appeals"].size(), 1U);
  EXPECT_EQ(told["appeals"][0]["reg_number"], "ЖТ-2026-00000001");
  ASSERT_EQ(told["appeals"][0]["clocks"].size(), 2U);
  EXPECT_EQ(told["appeals"][0]["clocks"][0]["named_day"], true);
  EXPECT_EQ(told["appeals"][0]["clocks"][1]["named_day"], false);
  EXPECT_EQ(told["next"], "1");
  const auto end = json::parse(get("/v1/deadlines/open?after=1", "", kAdminKey).body);
  EXPECT_TRUE(end["appeals"].empty());
  EXPECT_FALSE(end.contains("next"));
  auto wrong = get("/v1/deadlines/open?after=one", "", kAdminKey);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(json::parse(wrong.body)["code"], "store.bad_cursor");
  EXPECT_EQ(get("/v1/deadlines/open").status, 403);
}

TEST_F(RoutesTest, AnAgencySpeaksWithoutKeyInAnyMethod) {
  auto response = ask(withBody("POST", "/agency/minfin/callback/a%20b?x=1&y", "text/xml", "<soap/>",
                               "SOAPAction: \"z\"\r\n", ""));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "<ok/>");
  EXPECT_EQ(response.header("Content-Type"), "text/xml");
  EXPECT_EQ(response.header("X-Agency"), "yes");
  EXPECT_EQ(service_->push_alias, "minfin");
  EXPECT_EQ(service_->push_method, "POST");
  EXPECT_EQ(service_->push_target, "/callback/a%20b?x=1&y");
  EXPECT_EQ(service_->push_body, "<soap/>");
  EXPECT_EQ(ask(head("GET", "/agency/minfin?wsdl", {}, "")).status, 200);
  EXPECT_EQ(service_->push_target, "?wsdl");
  EXPECT_EQ(ask(head("PATCH", "/agency/minfin", {}, "")).status, 200);
  EXPECT_EQ(service_->push_method, "PATCH");
  EXPECT_EQ(ask(head("POST", "/agency/nobody", {}, "")).status, 404);
}

TEST_F(RoutesTest, ASoapCallerIsRefusedInSoap) {
  const auto refused = [&](const std::string& alias, const std::string& type,
                           const std::string& body, const std::string& headers = {}) {
    return ask(withBody("POST", "/agency/" + alias, type, body, headers, ""));
  };
  const std::string big(limits_.body_bytes_max + 1, ' ');
  for (const auto& [alias, body, code, status] :
       {std::tuple{"nobody", std::string("<soap/>"), "exchange.unknown_agency", "404"},
        std::tuple{"minfin", big, "web.body_too_large", "413"}}) {
    auto fault = refused(alias, "text/xml; charset=utf-8", body, "Accept-Language: ru\r\n");
    EXPECT_EQ(fault.status, 500);
    EXPECT_EQ(fault.header("Content-Type"), "text/xml; charset=utf-8");
    for (const std::string& part :
         {std::string("<soapenv:Fault><faultcode>soapenv:Client</faultcode>"),
          "<faultstring xml:lang=\"ru\">" + std::string(errorText(code, "ru")) + "</faultstring>",
          "<detail><problem xmlns=\"urn:otinish:problem:1\"><code>" + std::string(code) + "</code>",
          "<status>" + std::string(status) + "</status>",
          "<remedy>" + std::string(errorRemedy(code, "ru")) + "</remedy>",
          "<instance>urn:uuid:" + fault.header("X-Request-Id") + "</instance>"}) {
      EXPECT_NE(fault.body.find(part), std::string::npos) << part << "\n" << fault.body;
    }
  }
  EXPECT_EQ(refused("nobody", "application/octet-stream", "x", "SOAPAction: \"z\"\r\n").status,
            500);
  auto plain = refused("nobody", "application/json", "{}");
  EXPECT_EQ(plain.status, 404);
  EXPECT_EQ(plain.header("Content-Type"), "application/problem+json");
  // Only at this door: our own tells a problem whatever it is sent.
  auto own = ask(withBody("POST", "/v1/appeals", "text/plain", "a", "SOAPAction: z\r\n"));
  EXPECT_EQ(own.header("Content-Type"), "application/problem+json");
}

// A 401 names what would help: at the agencies' door that is a signature.
TEST_F(RoutesTest, AnAgencyIsNotAskedForAKey) {
  const auto refused = ask(withBody("POST", "/agency/unsigned", "application/json", "{}", "", ""));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "MessageSignature realm=\"otinish\"");
  // Their systems name no language; what names one is answered in it.
  EXPECT_EQ(json::parse(refused.body)["title"], errorText("trust.signature_missing", "ru"));
  const auto asked = ask(withBody("POST", "/agency/unsigned", "application/json", "{}",
                                  "Accept-Language: kk\r\n", ""));
  EXPECT_EQ(json::parse(asked.body)["title"], errorText("trust.signature_missing", "kk"));
}

// What bodies said, and how many wait, is about the appeals of all.
TEST_F(RoutesTest, ABoundClientLearnsOfAgenciesWhichThereAreAlone) {
  service_->rows.appeals.front().state = "awaiting_routing";
  for (const auto& key : {kBoundKey, kBodyKey, kReaderKey, kBothKey}) {
    const auto list = json::parse(get("/v1/agencies", {}, key).body);
    ASSERT_EQ(list["agencies"].size(), 1u);
    std::set<std::string> members;
    for (const auto& [name, value] : list["agencies"][0].items()) members.insert(name);
    EXPECT_EQ(members, (std::set<std::string>{"alias", "name", "state"}));
    EXPECT_EQ(list.size(), 1u) << list.dump();
  }
  for (const auto& key : {kKey, kAdminKey}) {
    const auto list = json::parse(get("/v1/agencies", {}, key).body);
    EXPECT_TRUE(list["agencies"][0].contains("waiting"));
    EXPECT_TRUE(list.contains("desk"));
  }
}

TEST_F(RoutesTest, AnAgencyAnswerCannotSplitOurs) {
  service_->push_answer.status = 503;
  service_->push_answer.headers = {{"X-Bad", "a\r\nX-Evil: 1"},
                                   {"Content-Length", "1"},
                                   {"Bad Name", "x"},
                                   {"Retry-After", "9"}};
  auto response = ask(head("POST", "/agency/minfin", {}, ""));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "<ok/>");
  EXPECT_EQ(response.header("X-Evil"), "");
  EXPECT_EQ(response.header("X-Bad"), "");
  EXPECT_EQ(response.header("Retry-After"), "9");
  service_->push_answer.status = 204;
  auto client = connect();
  client.send(head("POST", "/agency/minfin", {}, "") + head("GET", "/healthz", {}, ""));
  EXPECT_EQ(client.receive().status, 204);
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(RoutesTest, AnAgencyMediaTypeIsCheckedBeforeItIsSent) {
  for (const char* good : {"text/xml", "text/xml; charset=utf-8", "application/soap+xml",
                           "multipart/related;type=\"text/xml\"; start=\"<a \\\" b>\"", ""}) {
    service_->push_answer.content_type = good;
    auto response = ask(head("POST", "/agency/minfin", {}, ""));
    EXPECT_EQ(response.status, 200) << good;
    EXPECT_EQ(response.header("Content-Type"), good);
  }
  for (const std::string& bad :
       {std::string("text/xml\r\nX-Evil: 1"), std::string("text/xml\n"), std::string("text"),
        std::string("text/"), std::string("/xml"), std::string("text/xml;"),
        std::string("text/xml; a"), std::string("text/xml; a=\"b"), std::string("text/xml, a/b"),
        std::string("text/xml; a=\"\r\n\""), std::string("text/x\0ml", 9), std::string("текст/xml"),
        "text/" + std::string(300, 'x')}) {
    service_->push_answer.content_type = bad;
    auto response = ask(head("POST", "/agency/minfin", {}, ""));
    EXPECT_EQ(response.status, 502) << bad;
    EXPECT_EQ(json::parse(response.body)["code"], "web.bad_agency_answer");
    EXPECT_EQ(response.header("X-Evil"), "");
  }
}

TEST_F(RoutesTest, AClientOfABodyAndASourceSystemSeesWhatIsOfBothInEveryList) {
  // One is of its body, the other of its source system; then a third, of both.
  auto third = service_->rows.appeals.front();
  third.id = 3;
  third.hub_id = "019a0c5e-7c1a-7000-8000-000000000003";
  third.reg_number = "ЖТ-2026-00000003";
  third.source_system = "other";
  service_->rows.appeals.push_back(third);
  service_->sub_orders_of = {0, 2};
  for (std::int64_t appeal = 1; appeal <= 3; ++appeal) {
    auto event = service_->rows.event_rows.front();
    event.appeal = appeal;
    service_->rows.event_rows.push_back(event);
  }
  for (const std::string path : {"/v1/appeals", "/v1/sub-orders", "/v1/events"}) {
    const auto list = get(path, {}, kBothKey);
    ASSERT_EQ(list.status, 200) << path << list.body;
    EXPECT_NE(list.body.find("ЖТ-2026-00000003"), std::string::npos) << path;
    EXPECT_EQ(list.body.find("ЖТ-2026-00000001"), std::string::npos) << path;
    EXPECT_EQ(list.body.find("ЖТ-2026-00000002"), std::string::npos) << path;
  }
  EXPECT_EQ(get("/v1/outbox", {}, kBothKey).status, 403);
  for (const std::string path :
       {"/v1/quarantine", "/v1/notices", "/v1/deadlines/open", "/v1/reports/pressing",
        "/v1/reports/stopped", "/v1/reports/discipline", "/v1/reports/misrouted",
        "/v1/reports/repeats", "/v1/reports/cards"}) {
    EXPECT_EQ(get(path, {}, kBothKey).status, 403) << path;
  }
  for (const char* list : {"similar", "sub-orders", "notices", "actions", "executors", "events"}) {
    for (const char* number : {"1", "2"}) {
      const bool asked = std::string(list) == "sub-orders" && *number == '2';  // its own source's
      const auto path =
          std::string("/v1/appeals/019a0c5e-7c1a-7000-8000-00000000000") + number + "/" + list;
      EXPECT_EQ(get(path, {}, kBothKey).status, asked ? 200 : 404) << path;
    }
  }
}

TEST_F(RoutesTest, AgenciesAndProbe) {
  auto list = get("/v1/agencies", "Accept-Language: kk\r\n");
  auto agency = json::parse(list.body)["agencies"][0];
  EXPECT_EQ(agency["alias"], "minfin");
  EXPECT_EQ(agency["name"], "Қаржы министрлігі");
  EXPECT_EQ(agency["waiting"], 3);
  EXPECT_EQ(agency["state"], hosting::toString(hosting::InstanceState::kReady));
  EXPECT_EQ(ask(head("POST", "/v1/agencies/minfin:probe")).status, 403);
  auto probe = ask(head("POST", "/v1/agencies/minfin:probe", {}, kAdminKey));
  EXPECT_EQ(probe.status, 200);
  EXPECT_EQ(json::parse(probe.body)["outcome"], "DONE");
  EXPECT_EQ(json::parse(probe.body)["details"]["endpoint"], "ok");
  EXPECT_EQ(ask(head("POST", "/v1/agencies/none:probe", {}, kAdminKey)).status, 404);
}

TEST_F(RoutesTest, AnAdministratorSeesHowFarCollectingHasComeAndResetsIt) {
  EXPECT_EQ(get("/v1/agencies/minfin/cursors").status, 403);
  auto shown = ask(head("GET", "/v1/agencies/minfin/cursors", {}, kAdminKey));
  ASSERT_EQ(shown.status, 200);
  const auto told = json::parse(shown.body);
  EXPECT_EQ(told["adapter"], "rest");
  ASSERT_EQ(told["cursors"].size(), 2u);
  EXPECT_EQ(told["cursors"][0]["adapter"], "filedrop");
  EXPECT_EQ(told["cursors"][0]["used"], false);
  EXPECT_EQ(told["cursors"][1]["used"], true);
  EXPECT_EQ(told["cursors"][1]["cursor"], R"({"c":"42"})");
  EXPECT_EQ(told["cursors"][1]["bytes"], 10);
  EXPECT_EQ(ask(head("GET", "/v1/agencies/none/cursors", {}, kAdminKey)).status, 404);

  EXPECT_EQ(ask(head("POST", "/v1/agencies/minfin/cursors:reset")).status, 403);
  EXPECT_EQ(service_->cursor_reset, "");
  auto reset = ask(head("POST", "/v1/agencies/minfin/cursors:reset", {}, kAdminKey));
  ASSERT_EQ(reset.status, 200);
  EXPECT_EQ(json::parse(reset.body)["forgotten"], 2);
  EXPECT_EQ(service_->cursor_reset, "minfin");
  EXPECT_EQ(ask(head("POST", "/v1/agencies/none/cursors:reset", {}, kAdminKey)).status, 404);
}

TEST_F(RoutesTest, ASourceSystemReportsThatTheApplicantWasTold) {
  auto post = [&](const std::string& id, const std::string& body) {
    return ask(
        withBody("POST", "/v1/appeals/" + id + ":notified", "application/json", body, {}, kKey));
  };
  const std::string report = R"({"at":"2026-03-18T10:00:00+05:00","channel":"sms"})";
  auto done = post("ZhT-2026-00000001", report);
  ASSERT_EQ(done.status, 200) << done.body;
  auto told = json::parse(done.body);
  EXPECT_EQ(told["clock"]["name"], "extension_notice");
  EXPECT_EQ(told["clock"]["status"], "met");
  EXPECT_EQ(told["channel"], "sms");
  EXPECT_EQ(told["at"], "2026-03-18T05:00:00Z");
  EXPECT_FALSE(service_->last_caller.admin) << "the source system's own right";
  for (const char* bad : {"[]", R"({"at":"2026-03-18T10:00:00+05:00"})",
                          R"({"at":"x","channel":"sms","who":"me"})"}) {
    EXPECT_EQ(post("ZhT-2026-00000001", bad).status, 400) << bad;
  }
  EXPECT_EQ(post("019a0c5e-7c1a-7000-8000-000000000002", report).status, 409);
  EXPECT_EQ(post("none", report).status, 404);
}

TEST_F(RoutesTest, ActionsAreListedAndCarriedOut) {
  auto list = get("/v1/appeals/ZhT-2026-00000001/actions", "Accept-Language: ru\r\n");
  ASSERT_EQ(list.status, 200) << list.body;
  auto listed = json::parse(list.body);
  EXPECT_EQ(listed["state_name"], "на рассмотрении");
  EXPECT_EQ(listed["actions"][0]["name"], "отозвать обращение");
  EXPECT_EQ(listed["actions"][0]["article"], "64(9)");
  EXPECT_EQ(listed["actions"][0]["by"][0], "applicant");
  EXPECT_EQ(listed["actions"][0]["unheard"][0], "act_burdensome");
  EXPECT_EQ(listed["actions"][0]["grounds"][0]["ground"], "88(1)(4)");
  EXPECT_EQ(listed["actions"][0]["grounds"][0]["name"], "отозвано");
  EXPECT_EQ(listed["actions"][0]["grounds"][0]["outcomes"][0], "terminated");
  EXPECT_EQ(listed["actions"][0]["characters"]["answered"][0], "explained");
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/actions?role=king").status, 422);
  EXPECT_EQ(get("/v1/appeals/ZhT-2026-00000001/actions?who=me").status, 400);
  auto post = [&](const std::string& body, const std::string& key = kKey) {
    return ask(
        withBody("POST", "/v1/appeals/ZhT-2026-00000001:act", "application/json", body, {}, key));
  };
  auto done = post(R"({"action":"withdraw","reason":"Решено","waived":"urgency"})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(json::parse(done.body)["state"], "withdrawn");
  EXPECT_EQ(service_->ordered.reason, "Решено");
  EXPECT_EQ(service_->ordered.waived, "urgency");
  EXPECT_EQ(service_->last_caller.roles, std::vector<std::string>{"applicant"});
  post(R"({"action":"terminate","role":"head","ground":"70 1","character":"explained"})",
       kAdminKey);
  EXPECT_EQ(service_->ordered.ground, "70 1");
  EXPECT_EQ(service_->ordered.character, "explained");
  auto barred = post(R"({"action":"forward_whole","role":"registrar"})", kAdminKey);
  EXPECT_EQ(barred.status, 409);
  EXPECT_EQ(json::parse(barred.body)["code"], "rules.action_not_allowed");
  EXPECT_NE(json::parse(barred.body)["detail"].get<std::string>().find("65(1)"), std::string::npos);
  for (const char* bad : {"[]", "{}", R"({"action":1})", R"({"action":"withdraw","who":"me"})"}) {
    EXPECT_EQ(post(bad).status, 400) << bad;
  }
  // Nothing is built of what is nested: the first bracket decides, whatever follows.
  const auto nested = post(R"({"action":)" + std::string(1'000'000, '['));
  EXPECT_EQ(nested.status, 400);
  EXPECT_EQ(json::parse(nested.body)["errors"][0]["field"], "/action")
      << nested.body.substr(0, 300);
}

// The law names grounds by their articles; who named a wrong one reads what each is, in his language.
TEST_F(RoutesTest, ARefusedGroundIsToldWithTheOnesThatFit) {
  const auto told = [&](const char* language, const std::string& body) {
    const auto reply = ask(withBody("POST", "/v1/appeals/ZhT-2026-00000001:act", "application/json",
                                    body, "Accept-Language: " + std::string(language) + "\r\n"));
    EXPECT_EQ(reply.status, 409) << reply.body;
    const auto problem = json::parse(reply.body);
    EXPECT_EQ(problem["code"], "rules.action_wrong_ground");
    EXPECT_EQ(problem["errors"][0]["field"], "/ground");
    return problem["detail"].get<std::string>();
  };
  const std::string order = R"({"action":"withdraw","ground":"wrong","outcome":"terminated"})";
  EXPECT_NE(told("ru", order).find("основание — одно из: 88(1)(4) отозвано;"), std::string::npos)
      << told("ru", order);
  EXPECT_NE(told("kk", order).find("мыналардың бірі: 88(1)(4) кері қайтарды;"), std::string::npos);
  EXPECT_NE(told("en", order).find("the ground is one of: 88(1)(4) withdrawn;"), std::string::npos);
  EXPECT_EQ(told("en", order).find("another"), std::string::npos) << "of another outcome";
}

TEST_F(RoutesTest, MisroutingsAreCountedByTheRowThatCausedThem) {
  const auto& appeal = service_->rows.appeals.front();
  auto add = [&](const char* type, const char* actor, const char* reason) {
    store::EventRow event;
    event.appeal = appeal.id;
    event.type = type;
    event.actor = actor;
    event.reason = reason;
    service_->rows.event_rows.push_back(event);
  };
  add("routed", "hub", "R2");
  add("status_refused", "agency:akimat", "refused");
  add("routed", "operator:desk", "operator");
  EXPECT_EQ(get("/v1/reports/repeats").status, 403);
  EXPECT_EQ(get("/v1/reports/repeats", "", kAdminKey).status, 200);
  EXPECT_EQ(get("/v1/reports/repeats?format=csv", "", kAdminKey).body.rfind("reg_number,other,", 0),
            0U);
  EXPECT_EQ(get("/v1/reports/misrouted").status, 403);
  auto report = get("/v1/reports/misrouted", "", kAdminKey);
  ASSERT_EQ(report.status, 200) << report.body;
  auto rows = json::parse(report.body)["rows"];
  ASSERT_EQ(rows.size(), 1U) << report.body;
  EXPECT_EQ(rows[0]["rule"], "R2");
  EXPECT_EQ(rows[0]["refused_by"], "akimat");
  EXPECT_EQ(rows[0]["appeals"], 1);
  auto csv = get("/v1/reports/misrouted?format=csv", "", kAdminKey);
  EXPECT_NE(csv.body.find("R2,"), std::string::npos) << csv.body;
}

// As the body said it only for whoever asks for the content, and never in the feed.
TEST_F(RoutesTest, EventsTellWhatTheBodySaid) {
  auto& rows = service_->rows;
  store::EventRow event;
  event.appeal = 1;
  event.seq = 3;
  event.type = "delivery_refused";
  event.actor = "hub";
  event.at = at("2026-03-17T06:00:00Z");
  event.reason = "agency.not_ours";
  rows.event_rows.push_back(event);
  store::AttemptRow attempt;
  attempt.outbox = 5;
  attempt.ended_at = event.at;
  attempt.code = event.reason;
  attempt.text = "біздікі емес,\nЖСН 850101300123";
  rows.attempt_rows.push_back(attempt);
  const std::string target = "/v1/appeals/ZhT-2026-00000001/events";
  auto events = json::parse(get(target).body)["events"];
  EXPECT_FALSE(events[0].contains("note"));
  EXPECT_EQ(events[2]["note"].get<std::string>().rfind("біздікі емес, ЖСН ", 0), 0U);
  EXPECT_EQ(events[2]["note"].get<std::string>().find("850101300123"), std::string::npos);
  events = json::parse(get(target + "?content=1").body)["events"];
  EXPECT_EQ(events[2]["note"], attempt.text);
  EXPECT_EQ(get(target + "?content=2").status, 400);
  for (const auto& told : json::parse(get("/v1/events", "", kAdminKey).body)["events"]) {
    EXPECT_FALSE(told.contains("note"));
  }
}

TEST_F(RoutesTest, TheFeedGoesOnFromItsCursor) {
  auto& rows = service_->rows;
  store::AppealRow other = rows.appeals.front();
  other.id = 77;
  other.hub_id = "019a0c5e-7c1a-7000-8000-000000000077";
  other.source_system = "other";
  other.body_bin = "990140900507";
  rows.appeals.push_back(other);
  store::EventRow event;
  event.appeal = other.id;
  event.seq = 1;
  event.type = "registered";
  rows.event_rows.push_back(event);
  event.appeal = 1;
  event.seq = 3;
  event.type = "term_moved";
  event.text_kk = "Мерзім";
  rows.event_rows.push_back(event);

  auto answer = get("/v1/events?limit=1", "Accept-Language: kk\r\n", kAdminKey);
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto page = json::parse(answer.body);
  ASSERT_EQ(page["events"].size(), 1U);
  EXPECT_EQ(page["more"], true);
  EXPECT_EQ(page["events"][0]["type"], "registered");
  EXPECT_EQ(page["events"][0]["reg_number"], "ЖТ-2026-00000001");
  EXPECT_EQ(page["events"][0]["text"], "Тіркелді");
  EXPECT_EQ(page["events"][0]["texts"]["en"], "Registered");
  EXPECT_EQ(page["next"], page["events"][0]["cursor"]);

  const auto typesAfter = [&](const std::string& query, const std::string& key) {
    std::vector<std::string> types;
    const auto told = json::parse(get("/v1/events?" + query, "", key).body);
    for (const auto& e : told["events"]) {
      types.push_back(e["source_system"].get<std::string>() + " " + e["type"].get<std::string>());
    }
    return types;
  };
  const std::string own = rows.appeals.front().source_system;
  EXPECT_EQ(typesAfter("after=1", kAdminKey),
            (std::vector<std::string>{own + " decided", "other registered", own + " term_moved"}));
  EXPECT_EQ(typesAfter("types=term_moved,decided&after=2", kAdminKey),
            (std::vector<std::string>{own + " term_moved"}));
  EXPECT_EQ(typesAfter("body=990140900507", kAdminKey),
            (std::vector<std::string>{"other registered"}));
  EXPECT_EQ(typesAfter("", kBoundKey), (std::vector<std::string>{"other registered"}))
      << "a client sees its own source system's";
  auto latest = json::parse(get("/v1/events?after=latest").body);
  EXPECT_TRUE(latest["events"].empty());
  EXPECT_EQ(latest["next"], "4");
  EXPECT_EQ(latest["more"], false);
  EXPECT_EQ(json::parse(get("/v1/events?after=x").body)["code"], "store.bad_cursor");
  EXPECT_EQ(get("/v1/events?types=a,,b").status, 400);
  const auto misspelt = get("/v1/events?types=decided,decidedd");
  EXPECT_EQ(misspelt.status, 400) << "it would be waited for in vain";
  EXPECT_EQ(json::parse(misspelt.body)["errors"][0]["field"], "?types");
  EXPECT_NE(misspelt.body.find("no event is of the type decidedd"), std::string::npos)
      << misspelt.body;
  EXPECT_EQ(get("/v1/events?limit=501").status, 400);
  EXPECT_EQ(get("/v1/events?source_system=portal", "", kBoundKey).status, 403);
}

TEST_F(RoutesTest, CardsAreForAPurposeAndNoFormulas) {
  EXPECT_EQ(get("/v1/reports/cards?purpose=x").status, 403);
  EXPECT_EQ(get("/v1/reports/cards", "", kAdminKey).status, 422);
  auto first = get("/v1/reports/cards?purpose=form%201-OL&body=990140900507", "", kAdminKey);
  ASSERT_EQ(first.status, 200) << first.body;
  auto page = json::parse(first.body);
  EXPECT_EQ(page["columns"][0], "reg_number");
  EXPECT_EQ(page["columns"].size(), page["rows"][0].size());
  EXPECT_EQ(page["next"], "1.1");
  EXPECT_EQ(service_->rows.last_filter.body_bin, "990140900507");
  auto csv = get("/v1/reports/cards?purpose=x&format=csv&after=1.1", "", kAdminKey);
  EXPECT_EQ(csv.status, 200);
  EXPECT_EQ(csv.header("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_NE(csv.body.find("\r\n'=1+1,"), std::string::npos) << csv.body;
  EXPECT_EQ(get("/v1/reports/cards?purpose=x&limit=5000", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/reports/cards?purpose=x&body=", "", kAdminKey).status, 400)
      << "an unset variable is not every body";
  EXPECT_EQ(get("/v1/reports/cards?purpose=x&body=nobody", "", kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/reports/cards?purpose=x&body=minfin", "", kAdminKey).status, 200);
  EXPECT_EQ(service_->rows.last_filter.body_bin.size(), 12U) << "an alias is its body's BIN";
}

TEST_F(RoutesTest, LikenessAndSharingAreShown) {
  const std::string base = "/v1/appeals/ZhT-2026-00000001";
  auto similar = get(base + "/similar", "", kAdminKey);
  ASSERT_EQ(similar.status, 200) << similar.body;
  auto hint = json::parse(similar.body)["similar"][0];
  EXPECT_EQ(hint["nature"], "same_matter");
  EXPECT_EQ(hint["percent"], 77);
  auto judge = [&](const std::string& body) {
    return ask(withBody("POST", base + ":judge-similar", "application/json", body, {}, kAdminKey));
  };
  auto judged = judge(R"({"other":"019a0c5e-7c1a-7000-8000-000000000002","verdict":"linked"})");
  ASSERT_EQ(judged.status, 200) << judged.body;
  EXPECT_EQ(json::parse(judged.body)["verdict"], "linked");
  EXPECT_EQ(judge(R"({"other":"none","verdict":"linked"})").status, 404);
  EXPECT_EQ(judge(R"({"other":"019a0c5e-7c1a-7000-8000-000000000002","verdict":"x"})").status, 422);
  EXPECT_EQ(judge("{}").status, 400);
  auto executors = get(base + "/executors", "", kAdminKey);
  ASSERT_EQ(executors.status, 200) << executors.body;
  EXPECT_EQ(json::parse(executors.body)["suggested"], "mf-01");
  EXPECT_EQ(json::parse(executors.body)["candidates"][0]["load_percent"], 50);
  EXPECT_EQ(get(base + "/executors").status, 403);
  auto moves = get("/v1/bodies/minfin/rebalance?moves=1", "", kAdminKey);
  ASSERT_EQ(moves.status, 200) << moves.body;
  EXPECT_EQ(json::parse(moves.body)["moves"][0]["to"], "mf-02");
  EXPECT_EQ(get("/v1/bodies/zher/rebalance", "", kAdminKey).status, 409);
  EXPECT_EQ(get("/v1/bodies/minfin/rebalance?moves=0", "", kAdminKey).status, 400);
}

TEST_F(RoutesTest, AClerkDirectsAnAppeal) {
  const std::string target = "/v1/appeals/019a0c5e-7c1a-7000-8000-000000000002:route";
  const std::string order = R"({"body":"minfin","reason":"Салық мәселесі"})";
  auto post = [&](const std::string& body, const std::string& key) {
    return ask(withBody("POST", target, "application/json", body, {}, key));
  };
  EXPECT_EQ(post(order, kKey).status, 403);
  auto done = post(order, kAdminKey);
  ASSERT_EQ(done.status, 200) << done.body;
  auto routed = json::parse(done.body);
  EXPECT_EQ(routed["state"], "routed");
  EXPECT_EQ(routed["body_name"], "Ministry of Finance");
  EXPECT_EQ(routed["outbox"], 7);
  EXPECT_EQ(service_->routed_reason, "Салық мәселесі");
  EXPECT_TRUE(service_->last_caller.admin);
  for (const char* bad : {"[]", "{", R"({"body":"minfin"})", R"({"body":"","reason":"x"})",
                          R"({"body":7,"reason":"x"})", R"({"body":"b","reason":"x","force":"y"})",
                          R"({"body":"b","reason":"x","received":"yes"})"}) {
    auto refused = post(bad, kAdminKey);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(json::parse(refused.body)["code"], "web.bad_json") << bad;
  }
  EXPECT_EQ(post(R"({"body":"nobody","reason":"x"})", kAdminKey).status, 422);
  auto wrong = ask(withBody("POST", "/v1/appeals/ZhT-2026-00000001:route", "application/json",
                            order, {}, kAdminKey));
  EXPECT_EQ(wrong.status, 409);
  EXPECT_NE(wrong.body.find("65(1)"), std::string::npos);
  EXPECT_EQ(
      ask(withBody("POST", "/v1/appeals/none:route", "application/json", order, {}, kAdminKey))
          .status,
      404);
}

TEST_F(RoutesTest, AKeptMessageIsLookedAtJudgedAgainAndResolved) {
  for (const char* path : {"/v1/quarantine/9", "/v1/quarantine/9/raw"}) {
    EXPECT_EQ(get(path).status, 403) << path;
  }
  auto one = get("/v1/quarantine/9", {}, kAdminKey);
  EXPECT_EQ(json::parse(one.body)["code"], "adapter.malformed");
  EXPECT_EQ(one.body.find("SECRET"), std::string::npos);
  auto raw = get("/v1/quarantine/9/raw", {}, kAdminKey);
  EXPECT_EQ(raw.status, 200);
  EXPECT_EQ(raw.body, "SECRET RAW CONTENT");
  EXPECT_EQ(raw.header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(raw.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(raw.header("Content-Disposition"), "attachment; filename=\"quarantine-9.bin\"");
  EXPECT_EQ(raw.header("Cache-Control"), "no-store");
  EXPECT_TRUE(service_->last_caller.admin);
  for (const char* path : {"/v1/quarantine/8", "/v1/quarantine/x/raw", "/v1/quarantine/8/raw"}) {
    EXPECT_EQ(get(path, {}, kAdminKey).status, 404) << path;
  }
  EXPECT_EQ(ask(head("POST", "/v1/quarantine/9:replay")).status, 403);
  auto replay = ask(head("POST", "/v1/quarantine/9:replay", {}, kAdminKey));
  EXPECT_EQ(replay.status, 409);
  EXPECT_EQ(json::parse(replay.body)["code"], "exchange.not_replayable");
  auto resolve = [&](const std::string& body, const std::string& key) {
    return ask(withBody("POST", "/v1/quarantine/9:resolve", "application/json", body, {}, key));
  };
  EXPECT_EQ(resolve(R"({"note":"x"})", kKey).status, 403);
  EXPECT_EQ(resolve("{}", kAdminKey).status, 400);
  auto done = json::parse(resolve(R"({"note":"told them"})", kAdminKey).body);
  EXPECT_EQ(done["state"], "resolved");
  EXPECT_EQ(done["note"], "told them");
}

TEST_F(RoutesTest, ListsTakeAliasesAndRefuseMistypedOnes) {
  EXPECT_EQ(get("/v1/appeals?body=minfin").status, 200);
  EXPECT_EQ(service_->rows.last_filter.body_bin,
            service_->law()->bodyByAlias("minfin", std::chrono::year(2026) / 3 / 17)->bin);
  EXPECT_EQ(get("/v1/events?body=minfin").status, 200);
  EXPECT_EQ(get("/v1/appeals?destination=zher").status, 200) << "known, and nothing was sent to it";
  for (const char* path : {"/v1/appeals?destination=minfim", "/v1/appeals?body=minfim",
                           "/v1/events?body=minfim", "/v1/outbox?destination=minfim"}) {
    const auto mistyped = get(path);
    EXPECT_EQ(mistyped.status, 400) << path;
    EXPECT_NE(mistyped.body.find("the nearest are minfin, "), std::string::npos) << mistyped.body;
  }
  // A BIN with a wrong digit is a list that is empty for ever.
  for (const char* path : {"/v1/appeals?body=940140000386", "/v1/events?body=940140000386"}) {
    const auto mistyped = get(path);
    EXPECT_EQ(mistyped.status, 400) << path;
    EXPECT_NE(mistyped.body.find("the nearest are 940140000385, "), std::string::npos)
        << mistyped.body;
  }
  for (const char* path :
       {"/v1/reports/pressing?body=940140000386", "/v1/reports/discipline?body=940140000386",
        "/v1/reports/cards?purpose=x&body=940140000386", "/v1/reports/stopped?body=940140000386",
        "/v1/sub-orders?target=940140000386"}) {
    EXPECT_EQ(get(path, {}, kAdminKey).status, 400) << path;
  }
  service_->rows.appeals.front().body_bin = "940140000386";
  EXPECT_EQ(get("/v1/appeals?body=940140000386").status, 200) << "a BIN the register had once";
}

// Where files lie on the hub's machine is nothing for a portal.
TEST_F(RoutesTest, AnAdaptersFileIsToldToAdministratorsAlone) {
  EXPECT_EQ(get("/v1/agencies").body.find("adapter_file"), std::string::npos);
  EXPECT_NE(get("/v1/agencies").body.find("\"hosting\""), std::string::npos) << "all the rest is";
  EXPECT_NE(get("/v1/agencies", {}, kAdminKey).body.find("hub_adapter_soap.so"), std::string::npos);
}

TEST_F(RoutesTest, OutboxRetryAndQuarantine) {
  const std::string dead(store::toString(store::OutboxState::kDead));
  auto list = json::parse(get("/v1/outbox?destination=minfin&state=" + dead).body);
  ASSERT_EQ(list["outbox"].size(), 1u);
  EXPECT_EQ(list["outbox"][0]["reg_number"], "ЖТ-2026-00000001");
  const auto mistyped = get("/v1/outbox?destination=minfim");
  EXPECT_EQ(mistyped.status, 400) << "it must not read as good news";
  EXPECT_NE(mistyped.body.find("minfin"), std::string::npos);
  EXPECT_EQ(get("/v1/quarantine?party=minfim", {}, kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/outbox?after=x").status, 400);
  EXPECT_EQ(get("/v1/quarantine?after=-1", {}, kAdminKey).status, 400);
  EXPECT_EQ(get("/v1/outbox?state=lost").status, 400);
  EXPECT_EQ(ask(head("POST", "/v1/outbox/5:retry")).status, 403);
  EXPECT_EQ(ask(head("POST", "/v1/outbox/5:retry", {}, kAdminKey)).status, 202);
  EXPECT_EQ(service_->retried, std::vector<store::RowId>{5});
  EXPECT_EQ(ask(head("POST", "/v1/outbox/6:retry", {}, kAdminKey)).status, 409);
  EXPECT_EQ(ask(head("POST", "/v1/outbox/x:retry", {}, kAdminKey)).status, 404);
  EXPECT_EQ(get("/v1/quarantine").status, 403);
  auto held = get("/v1/quarantine?party=minfin", {}, kAdminKey);
  EXPECT_EQ(json::parse(held.body)["quarantine"][0]["code"], "adapter.malformed");
  EXPECT_EQ(json::parse(held.body)["quarantine"][0]["bytes"], 18);
  EXPECT_EQ(held.body.find("SECRET"), std::string::npos);
  EXPECT_EQ(json::parse(get("/v1/quarantine?state=resolved", {}, kAdminKey).body)["quarantine"],
            json::array());
  EXPECT_EQ(get("/v1/quarantine?state=lost", {}, kAdminKey).status, 400);
}

TEST_F(RoutesTest, ListsOfRowsGoOnWhereThePageBeforeEnded) {
  auto& outbox = service_->rows.outbox;
  auto& kept = service_->rows.quarantine;
  for (int i = 0; i < 4; ++i) {
    outbox.push_back(outbox.front());
    outbox.back().id = 100 + i;
    kept.push_back(kept.front());
    kept.back().id = 100 + i;
    kept.back().nobodys = i < 3;
  }
  for (const std::string path : {"/v1/outbox?limit=2", "/v1/quarantine?limit=2"}) {
    const std::string list = path.find("outbox") == path.npos ? "quarantine" : "outbox";
    std::string ids;
    for (std::string next = "200"; !next.empty();) {
      const auto page = json::parse(get(path + "&after=" + next, {}, kAdminKey).body);
      for (const auto& row : page[list]) ids += row["id"].dump() + " ";
      next = page.value("next", "");
    }
    EXPECT_EQ(ids, list == "outbox" ? "103 102 101 100 5 " : "103 102 101 100 9 ");
  }
  const auto real = json::parse(get("/v1/quarantine?unsigned=0", {}, kAdminKey).body);
  EXPECT_EQ(real["quarantine"].size(), 2u) << "what a stranger sent hides nothing";
  const auto junk = json::parse(get("/v1/quarantine?unsigned=1", {}, kAdminKey).body);
  EXPECT_EQ(junk["quarantine"].size(), 3u);
  EXPECT_EQ(junk["quarantine"][0]["unsigned"], true);
  EXPECT_EQ(get("/v1/quarantine?unsigned=yes", {}, kAdminKey).status, 400);
  const auto close = [&](const std::string& query, const std::string& key) {
    return ask(withBody("POST", "/v1/quarantine:resolve" + query, "application/json",
                        R"({"note":"a scanner"})", {}, key));
  };
  EXPECT_EQ(close("?unsigned=1&up_to=102", kKey).status, 403);
  EXPECT_EQ(junk["newest"], 102);
  EXPECT_EQ(close("?unsigned=1", kAdminKey).status, 400) << "what nobody looked at is not closed";
  EXPECT_EQ(close("?unsigned=1&up_to=x", kAdminKey).status, 400);
  EXPECT_EQ(json::parse(close("?unsigned=1&party=minfin&up_to=102", kAdminKey).body)["resolved"],
            3);
  EXPECT_EQ(service_->resolved_up_to, 102);
  EXPECT_FALSE(service_->resolved_all.opened_by);
  const auto seen_at = junk["seen_at"].get<std::string>();
  EXPECT_EQ(close("?unsigned=1&up_to=102&seen_at=yesterday", kAdminKey).status, 400);
  EXPECT_EQ(close("?unsigned=1&party=minfin&up_to=102&seen_at=" + seen_at, kAdminKey).status, 200);
  EXPECT_EQ(service_->resolved_all.opened_by, *parseInstant(seen_at));
  EXPECT_EQ(service_->resolved_all.party, "minfin");
  EXPECT_EQ(service_->resolved_all.nobodys, true);
}

// The signature that is wrong is the agency's: nothing is wrong with the administrator's key.
TEST_F(RoutesTest, AReplayThatIsRefusedAgainIsOneStatusWhateverTheRefusal) {
  const auto replay = [&](const std::string& code) {
    service_->replay_refusal = code;
    return ask(head("POST", "/v1/quarantine/9:replay", {}, kAdminKey));
  };
  for (const char* code :
       {"trust.signature_wrong", "trust.signer_unknown", "exchange.push_rejected",
        "exchange.unknown_reference", "adapter.malformed"}) {
    const auto again = replay(code);
    EXPECT_EQ(again.status, 422) << code;
    EXPECT_EQ(again.header("WWW-Authenticate"), "") << code;
    const auto document = json::parse(again.body);
    EXPECT_EQ(document["code"], code);
    EXPECT_EQ(document["status"], 422);
  }
  EXPECT_EQ(replay("exchange.not_replayable").status, 409);
  EXPECT_EQ(replay("exchange.deliver_again").status, 409);
  EXPECT_EQ(replay("store.unavailable").status, 503);
}

TEST_F(RoutesTest, AnAppealShowsWhatIsKeptOfMessagesAboutIt) {
  service_->rows.quarantine.front().appeal = 1;
  const auto shown =
      json::parse(get("/v1/appeals/ZhT-2026-00000001", {}, kAdminKey).body)["quarantined"];
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0]["id"], 9);
  EXPECT_EQ(shown[0]["code"], "adapter.malformed");
  EXPECT_FALSE(json::parse(get("/v1/appeals/ZhT-2026-00000001").body).contains("quarantined"))
      << "for administrators";
  const auto row = json::parse(get("/v1/quarantine/9", {}, kAdminKey).body);
  EXPECT_EQ(row["reg_number"], "ЖТ-2026-00000001");
  EXPECT_EQ(row["hub_id"], "019a0c5e-7c1a-7000-8000-000000000001");
}

TEST_F(RoutesTest, WhatWaitsForAPersonIsToldWithTheAgencies) {
  service_->rows.appeals.front().state = "awaiting_routing";
  const auto before = json::parse(get("/v1/agencies").body)["desk"].get<int>();
  EXPECT_GE(before, 1);
  const auto metrics = get("/metrics").body;
  EXPECT_NE(metrics.find("hub_appeals_at_desk " + std::to_string(before) + "\n"),
            std::string::npos);
  for (const char* gauge :
       {"hub_agency_rejected{alias=\"minfin\"} 1", "hub_agency_quarantined{alias=\"minfin\"} 2",
        "hub_agency_unsigned{alias=\"minfin\"} 130",
        "hub_agency_collect_breaker_open{alias=\"minfin\"} 1"}) {
    EXPECT_NE(metrics.find(gauge), std::string::npos) << gauge;
  }
}

TEST_F(RoutesTest, WhatCannotBeCountedIsNotZero) {
  get("/metrics");  // all of them had a sample
  service_->rows.counts_fail = true;
  const auto told = json::parse(get("/v1/agencies").body);
  ASSERT_EQ(told["agencies"].size(), 1u) << "what is known is told all the same";
  for (const char* count : {"waiting", "retrying", "awaiting", "overdue", "dead", "rejected",
                            "quarantined", "unsigned"}) {
    EXPECT_TRUE(told["agencies"][0].at(count).is_null()) << count;
  }
  EXPECT_EQ(told["agencies"][0]["not_counted"], "store.unavailable");
  EXPECT_TRUE(told.at("desk").is_null());
  EXPECT_EQ(told["not_counted"], "store.unavailable");
  const std::vector<std::string> samples = {
      "hub_agency_rejected{alias=\"minfin\"}",
      "hub_agency_quarantined{alias=\"minfin\"}",
      "hub_agency_unsigned{alias=\"minfin\"}",
      "hub_agency_overdue{alias=\"minfin\"}",
      "hub_outbox_messages{destination=\"minfin\",state=\"dead\"}",
      "hub_appeals_at_desk ",
      "hub_sms_notices_waiting "};
  const auto without = get("/metrics").body;
  service_->rows.counts_fail = false;
  const auto with = get("/metrics").body;
  for (const auto& sample : samples) {
    EXPECT_EQ(without.find("\n" + sample), std::string::npos) << sample;
    EXPECT_NE(with.find("\n" + sample), std::string::npos) << sample;
  }
  EXPECT_FALSE(json::parse(get("/v1/agencies").body).contains("not_counted"));
}

TEST_F(RoutesTest, HealthReadinessMetricsAndPublishedDocuments) {
  EXPECT_EQ(get("/healthz", {}, "").body, R"({"status":"alive"})");
  EXPECT_EQ(get("/readyz", {}, "").status, 200);
  auto metrics = get("/metrics", {}, "");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.body.find("hub_outbox_messages{destination=\"minfin\",state=\"dead\"} 2"),
            std::string::npos);
  EXPECT_NE(metrics.body.find("hub_adapter_state{alias=\"minfin\""), std::string::npos);
  // A request is counted when its answer has left, which the client may see first.
  for (int i = 0; i < 1'000 && metrics.body.find("route=\"/readyz\"") == std::string::npos; ++i) {
    metrics = get("/metrics", {}, "");
  }
  EXPECT_NE(metrics.body.find("route=\"/readyz\""), std::string::npos);
  EXPECT_EQ(get("/metrics", {}, "wrong").status, 401);
  auto file = get("/v1/openapi.yaml", {}, "");
  EXPECT_TRUE(file.body.starts_with("openapi: 3.0"));
  auto errors = json::parse(get("/v1/errors", {}, "").body)["errors"];
  EXPECT_EQ(errors.size(), errorCatalogue().size());
}

TEST_F(RoutesTest, AClosedIntakeSaysWhenToComeBack) {
  service_->readiness = Status::failure("store.unavailable", "disk nearly full");
  for (const auto& request : {head("GET", "/readyz", {}, ""),
                              withBody("POST", "/v1/appeals", "application/json", kAppeal),
                              withBody("PUT", "/v1/attachments/" + sha256Hex("x"), "", "x")}) {
    auto response = ask(request);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("Retry-After"), "5");
    EXPECT_EQ(json::parse(response.body)["code"], "store.unavailable");
  }
  EXPECT_EQ(submittedCount(), 0u);
  EXPECT_EQ(service_->files.files(), 0);
}

TEST_F(RoutesTest, TheReceiptNamesMembersThatNobodyKnows) {
  auto receipt = json::parse(ask(withBody("POST", "/v1/appeals", "application/json",
                                          R"({"source_id":"P-31","sumary":"x"})"))
                                 .body);
  EXPECT_EQ(receipt["unknown"], json::array({"/appeal/sumary"}));
  receipt = json::parse(
      ask(withBody("POST", "/v1/appeals", "application/json", R"({"source_id":"P-32"})")).body);
  EXPECT_FALSE(receipt.contains("unknown"));
}

TEST_F(RoutesTest, RefusalsSpeakTheCallersLanguage) {
  const std::string bad = R"({"source_id":"P-1","iin":"999999999999"})";
  for (const char* language : {"kk", "ru", "en"}) {
    auto response = ask(withBody("POST", "/v1/appeals", "application/json", bad,
                                 std::string("Accept-Language: ") + language + "\r\n"));
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.header("Content-Language"), language);
    auto problem = json::parse(response.body);
    EXPECT_EQ(problem["type"], "urn:otinish:error:model.iin_check_digit");
    EXPECT_EQ(problem["title"], errorText("model.iin_check_digit", language));
    EXPECT_EQ(problem["instance"], "urn:uuid:" + response.header("X-Request-Id"));
    EXPECT_EQ(problem["remedy"], errorRemedy("model.iin_check_digit", language));
    ASSERT_EQ(problem["errors"].size(), 2u);
    EXPECT_EQ(problem["errors"][0]["field"], "/appeal/applicant/0/iin");
    EXPECT_EQ(problem["errors"][0]["line"], 7);
    EXPECT_EQ(problem["errors"][0]["detail"],
              detailIn("The check digit of the IIN is wrong", language));
    EXPECT_EQ(problem["errors"][1]["text"], errorText("model.required", language));
    EXPECT_EQ(response.body.find("999999999999"), std::string::npos);
  }
}

TEST_F(RoutesTest, UnknownAddressWrongMethodAndMissingRights) {
  EXPECT_EQ(get("/v2/appeals").status, 404);
  EXPECT_EQ(get("/v1/appeals/a/b/c").status, 404);
  auto wrong = ask(head("DELETE", "/v1/appeals"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "POST, GET, HEAD");
  auto nobody = get("/v1/appeals", {}, "");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_TRUE(nobody.header("WWW-Authenticate").starts_with("Bearer"));
  EXPECT_EQ(get("/v1/appeals", {}, "wrong").status, 401);
  EXPECT_EQ(get("/v1/appeals", "Authorization: Bearer " + kKey + "\r\n", "").status, 200);
  EXPECT_EQ(get("/v1/appeals", "Authorization: Basic eDp5\r\n", "").status, 401);
}

std::string logged;
std::mutex logged_mutex;

TEST_F(RoutesTest, TheAccessLogNamesTheRouteAndNeverTheAppeal) {
  setLogSink([](std::string_view line) {
    std::lock_guard lock(logged_mutex);
    (logged += line) += '\n';
  });
  get("/v1/appeals/ZhT-2026-00000001");
  get("/v1/appeals?colour=850101100012");
  server_->stop();
  setLogSink(nullptr);
  std::lock_guard lock(logged_mutex);
  EXPECT_NE(logged.find("/v1/appeals/{id}"), std::string::npos);
  EXPECT_NE(logged.find("portal"), std::string::npos);
  EXPECT_EQ(logged.find("00000001"), std::string::npos);
  EXPECT_EQ(logged.find("850101100012"), std::string::npos);
}

}  // namespace
}  // namespace hub::web::testing
