// What a careless or hostile client can do to the connection itself: framing, sizes, slowness, and
// what stopping the server does to requests under way.
#include <future>

#include "hub/base/error_catalogue.h"
#include "hub/web/tests/server_fixture.h"

namespace hub::web::testing {
namespace {

using HostileTest = ServerTest;

const std::string kSmuggled = "GET /v1/errors HTTP/1.1\r\nHost: hub\r\n\r\n";

std::string codeOf(const Response& response) {
  const auto from = response.body.find("\"code\":\"");
  if (from == std::string::npos) return "";
  return response.body.substr(from + 8, response.body.find('"', from + 8) - from - 8);
}

TEST_F(HostileTest, ARefusedBodyIsNeverTakenForTheNextRequest) {
  start();
  for (const std::string& refused :
       {withBody("POST", "/v1/appeals", "application/json", kSmuggled, {}, ""),
        withBody("POST", "/v1/appeals", "text/plain", kSmuggled),
        withBody("POST", "/v9", "text/plain", kSmuggled),
        withBody("DELETE", "/v1/appeals", "text/plain", kSmuggled),
        withBody("GET", "/v1/agencies", "", kSmuggled),
        withBody("PUT", "/v1/attachments/x", "", kSmuggled)}) {
    auto client = connect();
    client.send(refused);
    auto response = client.receive();
    EXPECT_GE(response.status, 200);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.closed()) << "a second response came: " << refused;
  }
}

TEST_F(HostileTest, AnOversizedBodyIsRefusedByItsAnnouncement) {
  limits_.body_bytes_max = 1000;
  start();
  auto client = connect();
  client.send(
      head("POST", "/v1/appeals",
           "Content-Type: application/json\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n"));
  auto response = client.receive();
  EXPECT_EQ(response.status, 413);  // and no "100 Continue" before it
  EXPECT_EQ(codeOf(response), "web.body_too_large");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, AnOversizedBodyIsRefusedWhileReading) {
  limits_.body_bytes_max = 1000;
  start();
  auto client = connect();
  client.send(head("POST", "/v1/appeals",
                   "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 5; ++i) client.send("100\r\n" + std::string(0x100, 'x') + "\r\n");
  auto response = client.receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, AnOversizedAttachmentIsRefusedEarlyAndWhileStreaming) {
  limits_.attachment_bytes_max = 200'000;
  start();
  const std::string target = "/v1/attachments/" + std::string(64, 'a');
  auto early = ask(head("PUT", target, "Content-Length: 200001\r\n"));
  EXPECT_EQ(early.status, 413);
  EXPECT_EQ(codeOf(early), "web.attachment_too_large");
  EXPECT_EQ(service_->files.bytes_written, 0u);
  auto client = connect();
  client.send(head("PUT", target, "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 4; ++i) client.send("10000\r\n" + std::string(0x10000, 'x') + "\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_LE(service_->files.bytes_written, 200'000u);
  EXPECT_EQ(service_->files.files(), 0);
}

TEST_F(HostileTest, DrippingFramingIsCutLikeADrippingBody) {
  options_.body_ms_grace = 100;
  start();
  // A chunk extension, a trailer: bytes that are framing alone, as long as anyone likes.
  for (const char* begin : {"13;", "13\r\n{\"source_id\":\"P-1\"}\r\n0\r\nX-Trailer: "}) {
    auto client = connect();
    client.send(head("POST", "/v1/appeals",
                     "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
                begin);
    // Fewer bytes than a line may have.
    for (int i = 0; i < 900 && !client.answered(10); ++i) client.send("x");
    ASSERT_TRUE(client.answered(0)) << begin;
    auto response = client.receive();
    EXPECT_EQ(response.status, 408) << begin;
    EXPECT_EQ(codeOf(response), "web.body_timeout") << begin;
  }
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, ATruncatedBodyStoresNothing) {
  start();
  struct Case {
    std::string bytes;
  };
  const std::string json = "Content-Type: application/json\r\n";
  const std::string file = "/v1/attachments/" + sha256Hex("whole file");
  for (const std::string& bytes :
       {head("POST", "/v1/appeals", json + "Content-Length: 50\r\n") + "{\"source_id\":\"P-1\"}",
        head("POST", "/v1/appeals", json + "Transfer-Encoding: chunked\r\n") +
            "13\r\n{\"source_id\":\"P-1\"}\r\n",
        head("POST", "/v1/appeals", json + "Transfer-Encoding: chunked\r\n") + "20\r\n{\"sou",
        head("PUT", file, "Content-Length: 11\r\n") + "whole file"}) {
    auto client = connect();
    client.send(bytes);
    client.finishSending();
    auto response = client.receive();
    EXPECT_EQ(response.status, 400) << bytes;
    EXPECT_EQ(codeOf(response), "web.body_truncated");
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(submittedCount(), 0u);
  EXPECT_EQ(service_->files.files(), 0);
  EXPECT_TRUE(service_->rows.attachment_rows.empty());
}

TEST_F(HostileTest, BrokenChunksCloseTheConnection) {
  start();
  const std::string before = head(
      "POST", "/v1/appeals", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
  for (const char* body : {"zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx\r\n0\r\n\r\n", "-1\r\n\r\n",
                           "\r\n0\r\n\r\n", "fffffffffffffff\r\n"}) {
    auto client = connect();
    client.send(before + body + kSmuggled);
    auto response = client.receive();
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(codeOf(response), "web.body_malformed") << body;
    EXPECT_TRUE(client.closed()) << body;
  }
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, AmbiguousFramingIsRefused) {
  start();
  for (const char* framing :
       {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 2\r\nContent-Length: 40\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Length: -2\r\n", "Content-Length: 2x\r\n", "Content-Length : 2\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"}) {
    auto client = connect();
    client.send(
        head("POST", "/v1/appeals", std::string("Content-Type: application/json\r\n") + framing) +
        "{}" + kSmuggled);
    auto response = client.receive();
    EXPECT_EQ(response.status, 400) << framing;
    EXPECT_EQ(codeOf(response), "web.bad_request") << framing;
    EXPECT_TRUE(client.closed()) << framing;
  }
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, BadHeads) {
  start();
  EXPECT_EQ(ask("GET /healthz HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(ask("GET healthz HTTP/1.1\r\nHost: hub\r\n\r\n").status, 400);
  EXPECT_EQ(ask(head("GET", "/v1/appeals/%zz")).status, 400);
  EXPECT_EQ(ask(head("GET", "/v1/appeals/%00")).status, 400);
  EXPECT_EQ(ask(head("GET", "/v1/appeals/%FF")).status, 400);
  EXPECT_EQ(ask(head("GET", "/v1/../healthz")).status, 400);
  EXPECT_EQ(ask(head("GET", "/v1/appeals/" + std::string(9000, 'x'))).status, 414);
  EXPECT_EQ(ask(head("GET", "/healthz", "Expect: miracles\r\n")).status, 417);
  EXPECT_EQ(ask(head("GET", "/healthz", "Authorization: Bearer x\r\n")).status, 400);
  std::string many;
  for (int i = 0; i < 70; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(ask(head("GET", "/healthz", many)).status, 431);
  // Past the bounds of the library that parses a head, too.
  const auto refused = [&](const std::string& target, const std::string& headers, int status,
                           const std::string& code) {
    for (const bool first : {true, false}) {
      const std::string kazakh = "Accept-Language: kk\r\n";
      const auto answer = ask(head("GET", target, first ? kazakh + headers : headers + kazakh));
      EXPECT_EQ(answer.status, status) << code;
      EXPECT_EQ(codeOf(answer), code);
      EXPECT_EQ(answer.header("Content-Language"), "kk") << code;
      EXPECT_NE(answer.body.find(std::string(errorText(code, "kk"))), std::string::npos);
    }
  };
  std::string very_many;
  for (int i = 0; i < 2000; ++i) very_many += "X-" + std::to_string(i) + ": 1\r\n";
  refused("/healthz", very_many, 431, "web.too_many_headers");
  refused("/healthz", "X-Long: " + std::string(9000, 'x') + "\r\n", 431, "web.header_too_long");
  refused("/healthz", std::string(9000, 'x') + ": 1\r\n", 431, "web.header_too_long");
  refused("/healthz?" + std::string(20'000, 'x'), "", 414, "web.target_too_long");
  refused("/healthz?" + std::string(200'000, 'x'), "", 414, "web.target_too_long");
  refused("/healthz", "no colon\r\n", 400, "web.bad_request");
  EXPECT_EQ(ask(head("GET", "/healthz", "X-Long: " + std::string(8000, 'x') + "\r\n")).status, 200);
  EXPECT_EQ(ask("\r\n" + head("GET", "/healthz")).status, 200) << "RFC 9112 2.2";
  // RFC 9110 5.5: a value may have bytes from 0x80 on, and proxies pass on names so.
  EXPECT_EQ(ask(head("GET", "/healthz", "X-Name: Өтініш \xFF\r\n")).status, 200);
  // What another reader may take for the end of a line, or of the head.
  refused("/healthz", "\rX: 1\r\n", 400, "web.bad_request");
  refused("/healthz", "X: 1\rY: 2\r\n", 400, "web.bad_request");
  refused("/healthz", std::string("X: 1\0002\r\n", 8), 400, "web.bad_request");
  // Words of RFC 2047 are of mail: a length in one would be seen by whoever decodes it only.
  const auto encoded =
      ask(head("POST", "/v1/appeals", "Content-Length: =?utf-8?Q?5?=\r\n") + "12345");
  EXPECT_EQ(encoded.status, 400) << encoded.body;
  EXPECT_EQ(ask(head("GET", "/healthz", "X: =?utf-8?Q?a=0D=0AExpect:=20miracles?=\r\n")).status,
            200);
  EXPECT_EQ(ask(head("GET", "/healthz", "X: 1\r\n  2\r\n")).status, 200) << "RFC 9112 5.2";
  EXPECT_EQ(ask("GET /healthz HTTP/1.1\r\n Host: hub\r\n\r\n").status, 400);
  const auto query = ask(head("GET", "/v1/appeals?%zz"));
  EXPECT_EQ(query.status, 400);
  EXPECT_EQ(query.header("Allow"), "") << "that is for 405";
  auto garbage = ask("\x16\x03\x01 this is not http\r\n\r\n");
  EXPECT_TRUE(garbage.status == 400 || garbage.status == 0);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(HostileTest, MediaTypeCharsetAndEncodingOfAnAppeal) {
  start();
  struct Case {
    const char *type, *headers, *body, *code;
    int status;
  };
  const char* utf8 = "{\"source_id\":\"P-1\"}";
  for (const Case& c :
       {Case{"text/csv", "", utf8, "web.media_type", 415},
        Case{"", "", utf8, "web.media_type", 415},
        Case{"application/json; charset=windows-1251", "", utf8, "web.charset", 415},
        Case{"application/xml; charset=\"KOI8-R\"", "", utf8, "web.charset", 415},
        Case{"application/json", "Content-Encoding: gzip\r\n", utf8, "web.content_encoding", 415},
        Case{"application/json", "", "\xcf\xf0\xe8", "model.bad_charset", 400},
        Case{"application/xml", "", "<\xd0>", "model.bad_charset", 400},
        Case{"application/xml", "", "<a>\xd0", "model.truncated", 400},
        Case{"application/json", "", "{\"text\": \"\xd2\x9b\xd0", "model.truncated", 400},
        Case{"application/json", "", "", "web.body_empty", 400}}) {
    auto response = ask(withBody("POST", "/v1/appeals", c.type, c.body, c.headers));
    EXPECT_EQ(response.status, c.status) << c.type;
    EXPECT_EQ(codeOf(response), c.code) << c.type;
  }
  auto response = ask(withBody("POST", "/v1/appeals", "application/json", "{\n \"a\": \"\xcf\"}"));
  EXPECT_NE(response.body.find("\"line\":2"), std::string::npos) << response.body;
  EXPECT_EQ(submittedCount(), 0u);
}

TEST_F(HostileTest, ContinueIsSentOnlyWhenTheBodyIsWanted) {
  start();
  const std::string body = "{\"source_id\":\"P-1\"}";
  auto client = connect();
  client.send(head("POST", "/v1/appeals",
                   "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n"));
  const auto go_on = client.receive(true);
  EXPECT_EQ(go_on.head, "HTTP/1.1 100 Continue");
  client.send(body);
  EXPECT_EQ(client.receive().status, 201);
  auto refused = connect();
  refused.send(head("POST", "/v1/appeals", "Expect: 100-continue\r\nContent-Length: 9\r\n", ""));
  EXPECT_EQ(refused.receive().status, 401);
  EXPECT_TRUE(refused.closed());
}

TEST_F(HostileTest, ConnectionsLiveOnAfterCompleteRequests) {
  start();
  auto client = connect();
  const std::string body = "{\"source_id\":\"P-1\"}";
  // Pipelined: three requests in one write, chunked in the middle, three answers in order.
  client.send(withBody("POST", "/v1/appeals", "application/json", body) +
              head("POST", "/v1/appeals",
                   "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
              "5;x=y\r\n{\"sou\r\ne\r\nrce_id\":\"P-2\"}\r\n0\r\nTrailer: t\r\n\r\n" +
              head("GET", "/healthz"));
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(client.receive().status, 200);
  // A refusal whose body was read whole does not cost the connection.
  client.send(withBody("POST", "/v1/appeals", "application/json", "{\"id\":999999999999}"));
  auto refused = client.receive();
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.header("Connection"), "keep-alive");
  client.send(head("GET", "/healthz", "Connection: close\r\n"));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(submittedCount(), 2u);
}

TEST_F(HostileTest, Http10ClosesUnlessAsked) {
  start();
  auto client = connect();
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.closed());
}

TEST_F(HostileTest, AHeadThatNeverEndsIsCutOff) {
  options_.head_ms_max = 300;
  start();
  auto silent = connect();
  silent.send("GET /healthz HTTP/1.1\r\nHost: h");
  EXPECT_TRUE(silent.closed());
  auto dripping = connect();
  dripping.send("GET /healthz HTTP/1.1\r\n");
  // Each read gets its byte in time; only the limit on the whole head can end this.
  bool cut = false;
  for (int i = 0; i < 2'000'000 && !cut; ++i) cut = !dripping.send("x");
  EXPECT_TRUE(cut);
}

TEST_F(HostileTest, StopFinishesRunningRequestsAndClosesIdleOnes) {
  start();
  service_->hold_agencies = true;
  auto idle = connect();
  idle.send(head("GET", "/healthz"));
  EXPECT_EQ(idle.receive().status, 200);
  auto running = connect();
  running.send(head("GET", "/v1/agencies"));
  {
    std::unique_lock lock(service_->mutex);
    service_->changed.wait(lock, [this] { return service_->agencies_entered; });
  }
  auto stopping = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_TRUE(idle.closed());
  {
    std::lock_guard lock(service_->mutex);
    service_->hold_agencies = false;
    service_->changed.notify_all();
  }
  auto response = running.receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(running.closed());
  stopping.get();
  EXPECT_THROW(connect(), std::runtime_error);
  server_->stop();
}

TEST_F(HostileTest, ManyConnectionsAtOnceAllGetAnswers) {
  limits_.http_threads_max = 8;
  start();
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 24; ++i) {
    answers.push_back(std::async(
        std::launch::async, [this] { return get("/v1/appeals", "Connection: close\r\n").status; }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST_F(HostileTest, PlainHttpOnlyOnLoopbackAndOnlyIfAllowed) {
  options_.port = 0;
  auto code = [this] {
    auto started = WebServer::start(options_, *service_, limits_, systemClock());
    return started.ok() ? std::string("started") : started.error().code;
  };
  EXPECT_EQ(code(), "web.insecure_listen");
  options_.allow_plain_loopback = true;
  options_.host = "0.0.0.0";
  EXPECT_EQ(code(), "web.insecure_listen");
  options_.host = "hub.example";
  EXPECT_EQ(code(), "web.listen");
  options_.host = "127.0.0.1";
  options_.clients = {{"a", "", "", "", false}};
  EXPECT_EQ(code(), "web.bad_client");
  options_.clients = {{"a", "ABC", "", "", false}};
  EXPECT_EQ(code(), "web.bad_client");
  options_.clients = {{"a", std::string(64, 'a'), "", "", false}, {"a", "", "CN=b", "", false}};
  EXPECT_EQ(code(), "web.bad_client");
  options_.clients = {{"a", std::string(64, 'a'), "", "x", false},
                      {"b", std::string(64, 'a'), "", "", true}};
  EXPECT_EQ(code(), "web.bad_client") << "the first one's key would be an administrator's";
  options_.clients.clear();
  options_.tls.certificate = "/nonexistent.crt";
  options_.tls.key = "/nonexistent.key";
  EXPECT_EQ(code(), "web.tls");
}

}  // namespace
}  // namespace hub::web::testing
