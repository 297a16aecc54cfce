// What can go wrong between the hub and an HTTP server, byte by byte.
#include <signal.h>

#include <future>

#include "hub/transport/tests/scripted_server.h"
#include "hub/transport/tests/support.h"

namespace hub::transport::testing {
namespace {

using namespace std::chrono_literals;
using Peer = ScriptedServer::Peer;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct HttpFaultsTest : ::testing::Test {
  World world;
  EndpointConfig config;

  // As the hub's programs do.
  static void SetUpTestSuite() { signal(SIGPIPE, SIG_IGN); }
  std::unique_ptr<Endpoint> endpointTo(const std::string& url) {
    config.name = "agency";
    config.url = url;
    return world.open(config);
  }
  static ExchangeRequest request(const std::string& method, const std::string& path = "x") {
    ExchangeRequest out;
    out.method = method;
    out.path = path;
    if (method == "POST") out.body = "<question/>";
    return out;
  }
  // One POST to a server that answers every request with `bytes` and closes.
  ExchangeResponse answered(const std::string& bytes,
                            const ExchangeRequest& what = request("POST")) {
    ScriptedServer server([&](Peer& peer) {
      if (!peer.request().empty()) peer.say(bytes);
    });
    return endpointTo(server.url())->exchange(what, in(20s));
  }
  static void expectFailed(const ExchangeResponse& response, const std::string& code,
                           bool maybe_delivered) {
    EXPECT_EQ(outcome(response), code) << response.text;
    EXPECT_EQ(response.maybe_delivered, maybe_delivered);
    EXPECT_EQ(response.body, "");
  }
};

TEST_F(HttpFaultsTest, RequestIsWrittenAsItShould) {
  std::promise<std::string> seen;
  ScriptedServer server([&](Peer& peer) {
    seen.set_value(peer.request());
    peer.say(kOk);
    peer.waitForEnd();
  });
  auto endpoint = endpointTo(server.url() + "/base/");
  auto what = request("POST", "a/b?c=d");
  what.headers = {{"SOAPAction", "\"send\""}};
  auto response = endpoint->exchange(what, in(20s));
  EXPECT_EQ(outcome(response), "ok");
  EXPECT_EQ(response.body, "ok");
  EXPECT_EQ(seen.get_future().get(),
            "POST /base/a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nSOAPAction: \"send\"\r\nContent-Length: 11\r\n\r\n"
                "<question/>");
}

// They log the hub in with every call; an adapter can neither leave them out nor put others in their place.
TEST_F(HttpFaultsTest, HeadersOfTheEndpointGoWithEveryCall) {
  std::promise<std::string> first, second;
  int calls = 0;
  ScriptedServer server([&](Peer& peer) {
    (++calls == 1 ? first : second).set_value(peer.request());
    peer.say(kOk);
  });
  config.headers = {{"X-Token", "t0ken"}};
  config.connections_max = 0;
  auto endpoint = endpointTo(server.url());
  auto what = request("POST");
  what.headers = {{"x-token", "mine"}, {"X-Other", "o"}};
  EXPECT_EQ(outcome(endpoint->exchange(what, in(20s))), "ok");
  const std::string posted = first.get_future().get();
  EXPECT_NE(posted.find("X-Token: t0ken\r\nX-Other: o\r\n"), std::string::npos) << posted;
  EXPECT_EQ(posted.find("mine"), std::string::npos) << posted;
  EXPECT_EQ(outcome(endpoint->exchange(request("GET"), in(20s))), "ok");
  EXPECT_NE(second.get_future().get().find("X-Token: t0ken\r\n"), std::string::npos);
}

TEST_F(HttpFaultsTest, PathsAreBelowTheBase) {
  ScriptedServer server([](Peer& peer) {
    for (auto text = peer.request(); !text.empty(); text = peer.request()) {
      std::string target = text.substr(0, text.find(" HTTP/1.1"));
      peer.say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(target.size()) + "\r\n\r\n" +
               target);
    }
  });
  {
    auto endpoint = endpointTo(server.url() + "/base");
    EXPECT_EQ(endpoint->exchange(request("GET", "a"), in(20s)).body, "GET /base/a");
    EXPECT_EQ(endpoint->exchange(request("GET", "/a"), in(20s)).body, "GET /base/a");
    EXPECT_EQ(endpoint->exchange(request("GET", "?wsdl"), in(20s)).body, "GET /base?wsdl");
    EXPECT_EQ(endpoint->exchange(request("GET", ""), in(20s)).body, "GET /base");
  }
  EXPECT_EQ(endpointTo(server.url())->exchange(request("GET", ""), in(20s)).body, "GET /");
}

TEST_F(HttpFaultsTest, StatusesAreNotFailures) {
  for (const char* status : {"201 Created", "302 Found", "404 Not Found", "500 Oh", "503 Later"}) {
    auto response = answered("HTTP/1.1 " + std::string(status) +
                             "\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(outcome(response), "ok") << status;
    EXPECT_EQ(response.status, std::stoi(status));
    EXPECT_EQ(response.body, "abc");
  }
}

TEST_F(HttpFaultsTest, RedirectsAreNotFollowed) {
  ScriptedServer other([](Peer& peer) { peer.request(); });
  ScriptedServer server([&](Peer& peer) {
    peer.request();
    peer.say("HTTP/1.1 307 Go\r\nLocation: " + other.url() + "/\r\nContent-Length: 0\r\n\r\n");
  });
  auto response = endpointTo(server.url())->exchange(request("GET"), in(20s));
  EXPECT_EQ(response.status, 307);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(other.connections(), 0);
}

TEST_F(HttpFaultsTest, EveryFramingIsRead) {
  EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\n" + kOk).body, "ok");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n")
                .body,
            "abc0123456789");
  EXPECT_EQ(answered("HTTP/1.0 200 OK\r\n\r\nuntil the end").body, "until the end");
  EXPECT_EQ(outcome(answered("HTTP/1.1 204 No Content\r\n\r\n")), "ok");
  EXPECT_EQ(answered("HTTP/1.1 200\r\ncontent-LENGTH:2\r\n\r\nok").body, "ok");
}

TEST_F(HttpFaultsTest, TruncatedAnswersAreFailures) {
  for (std::string bytes :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n"}) {
    auto response = answered(bytes);
    SCOPED_TRACE(bytes);
    expectFailed(response, "transport.broken", true);
    EXPECT_TRUE(response.retryable);
  }
}

TEST_F(HttpFaultsTest, TruncatedAttachmentIsNotStored) {
  auto what = request("GET");
  what.into_attachment = true;
  auto response =
      answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", what);
  expectFailed(response, "transport.broken", true);
  EXPECT_EQ(world.attachmentFiles(), 0);
}

TEST_F(HttpFaultsTest, WhatIsNotHttpIsABadAnswer) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (std::string bytes :
       {std::string("SSH-2.0-OpenSSH\r\n\r\n"),
        std::string("HTTP/2 200 OK\r\n\r\n"),
        std::string("HTTP/1.1 2x0 OK\r\n\r\n"),
        std::string("HTTP/1.1 99 OK\r\n\r\n"),
        std::string("HTTP/1.1 2000 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\n\n"),
        ok + "no colon\r\n\r\n",
        ok + ": no name\r\n\r\n",
        ok + "A: 1\r\n folded\r\n\r\n",
        ok + "A b: 1\r\n\r\n",
        ok + "A: \x01\r\n\r\n",
        ok + "Content-Length: -1\r\n\r\n",
        ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        ok + "Content-Length: 99999999999999999999\r\n\r\n",
        ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nokok\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        ok + "A: " + std::string(70'000, 'a') + "\r\n\r\n",
        std::string(70'000, 'a')}) {
    auto response = answered(bytes);
    SCOPED_TRACE(bytes.substr(0, 80));
    expectFailed(response, "transport.bad_answer", true);
  }
  std::string many = ok;
  for (int i = 0; i < 300; ++i) many += "A: 1\r\n";
  expectFailed(answered(many + "\r\n"), "transport.bad_answer", true);
  std::string interim;
  for (int i = 0; i < 300; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  expectFailed(answered(interim + kOk), "transport.bad_answer", true);
}

TEST_F(HttpFaultsTest, OversizeAnswersAreCutOff) {
  world.limits.exchange_bytes_max = 1'000;
  EXPECT_EQ(outcome(answered("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" +
                             std::string(1'000, 'x'))),
            "ok");
  auto response =
      answered("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1'001, 'x'));
  expectFailed(response, "transport.too_large", true);
  EXPECT_FALSE(response.retryable);
  ScriptedServer endless([](Peer& peer) {
    peer.request();
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (true) peer.say("400\r\n" + std::string(0x400, 'x') + "\r\n");
  });
  expectFailed(endpointTo(endless.url())->exchange(request("GET"), in(20s)), "transport.too_large",
               true);
}

TEST_F(HttpFaultsTest, OversizeAttachmentLeavesNothing) {
  world.limits.attachment_bytes_max = 100;
  world.attachments = openAttachmentFolder(world.folder.file("attachments"), world.limits);
  auto what = request("GET");
  what.into_attachment = true;
  auto response =
      answered("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'), what);
  expectFailed(response, "exchange.attachment_too_large", true);
  EXPECT_EQ(world.attachmentFiles(), 0);
}

TEST_F(HttpFaultsTest, NobodyListens) {
  std::string url;
  {
    url = ScriptedServer([](Peer&) {}).url();
  }
  auto endpoint = endpointTo(url);
  auto response = endpoint->exchange(request("POST"), in(20s));
  expectFailed(response, "transport.unreachable", false);
  EXPECT_TRUE(response.retryable);
  EXPECT_EQ(outcome(endpoint->check(in(20s))), "transport.unreachable");
}

TEST_F(HttpFaultsTest, AServerThatNeverAnswersTimesOut) {
  config.request_ms_max = 150;
  ScriptedServer server([](Peer& peer) { peer.waitForEnd(); });
  auto response = endpointTo(server.url())->exchange(request("POST"), in(20s));
  expectFailed(response, "transport.timeout", true);
  EXPECT_TRUE(response.retryable);
  // The caller's deadline holds as well, and one that has passed sends nothing.
  config.request_ms_max = 20'000;
  auto endpoint = endpointTo(server.url());
  expectFailed(endpoint->exchange(request("GET"), in(150ms)), "transport.timeout", true);
  int before = server.connections();
  expectFailed(endpoint->exchange(request("POST"), in(-1ms)), "transport.timeout", false);
  EXPECT_EQ(server.connections(), before);
}

TEST_F(HttpFaultsTest, AServerThatDripsTimesOut) {
  config.request_ms_max = 300;
  for (std::string start :
       {"HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"}) {
    ScriptedServer server([&](Peer& peer) {
      peer.request();
      peer.say(start);
      while (!peer.hasGone(5)) peer.say("x");
    });
    auto response = endpointTo(server.url())->exchange(request("POST"), in(20s));
    expectFailed(response, "transport.timeout", true);
  }
}

TEST_F(HttpFaultsTest, ABodyThatOurOwnTimeoutEndsIsNotWhole) {
  config.request_ms_max = 150;
  ScriptedServer server([](Peer& peer) {
    peer.request();
    peer.say("HTTP/1.0 200 OK\r\n\r\nthe first half");
    peer.waitForEnd();
  });
  auto what = request("GET");
  for (bool into_attachment : {false, true}) {
    SCOPED_TRACE(into_attachment);
    what.into_attachment = into_attachment;
    auto response = endpointTo(server.url())->exchange(what, in(20s));
    expectFailed(response, "transport.timeout", true);
    EXPECT_TRUE(response.retryable);
    EXPECT_EQ(response.attachment_sha256, "");
    EXPECT_EQ(world.attachmentFiles(), 0);
  }
}

TEST_F(HttpFaultsTest, ATlsHandshakeThatNeverEndsTimesOut) {
  config.connect_ms_max = 150;
  config.ca_file = world.pki.caFile();
  ScriptedServer server([](Peer& peer) { peer.waitForEnd(); });
  auto endpoint = endpointTo(server.url("https"));
  expectFailed(endpoint->exchange(request("POST"), in(20s)), "transport.timeout", false);
  EXPECT_EQ(outcome(endpoint->check(in(20s))), "transport.timeout");
}

TEST_F(HttpFaultsTest, ResetAfterTheRequestMayHaveDelivered) {
  ScriptedServer server([](Peer& peer) {
    peer.request();
    peer.reset();
  });
  auto response = endpointTo(server.url())->exchange(request("POST"), in(20s));
  expectFailed(response, "transport.broken", true);
  EXPECT_TRUE(response.retryable);
  EXPECT_EQ(server.connections(), 1) << "a POST is never sent twice by the transport";
}

TEST_F(HttpFaultsTest, ConnectionsAreKeptAlive) {
  ScriptedServer server([](Peer& peer) {
    while (!peer.request().empty()) peer.say(kOk);
  });
  auto endpoint = endpointTo(server.url());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(outcome(endpoint->exchange(request(i % 2 ? "GET" : "POST"), in(20s))), "ok");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpFaultsTest, AConnectionClosedWhileIdleIsNotUsed) {
  ScriptedServer server([](Peer& peer) {
    peer.request();
    peer.say(kOk);
  });
  auto endpoint = endpointTo(server.url());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(outcome(endpoint->exchange(request("POST"), in(20s))), "ok");
    // The server's accepting thread is free again only after it closed this connection.
    EXPECT_EQ(outcome(endpoint->check(in(20s))), "ok");
    while (server.connections() < 2 * i) std::this_thread::yield();
  }
}

TEST_F(HttpFaultsTest, AnUnaskedAnswerIsNotTakenForTheNext) {
  ScriptedServer server([](Peer& peer) {
    peer.request();
    peer.say(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    peer.request();
    peer.waitForEnd();
  });
  auto endpoint = endpointTo(server.url());
  EXPECT_EQ(endpoint->exchange(request("POST"), in(20s)).body, "ok");
  EXPECT_EQ(endpoint->exchange(request("POST"), in(20s)).body, "ok");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpFaultsTest, ARequestLostOnAKeptConnectionIsAskedAgainOnlyIfGet) {
  // Every connection serves one request and dies at the second.
  ScriptedServer server([](Peer& peer) {
    peer.request();
    peer.say(kOk);
    peer.request();
  });
  auto endpoint = endpointTo(server.url());
  EXPECT_EQ(outcome(endpoint->exchange(request("GET"), in(20s))), "ok");
  EXPECT_EQ(outcome(endpoint->exchange(request("GET"), in(20s))), "ok");
  EXPECT_EQ(server.connections(), 2);
  expectFailed(endpoint->exchange(request("POST"), in(20s)), "transport.broken", true);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpFaultsTest, NothingIsInjectedIntoARequest) {
  ScriptedServer server([](Peer& peer) { peer.request(); });
  auto endpoint = endpointTo(server.url());
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"A", "1\r\nB: 2"},
                                                        {"A", "1\nB"},
                                                        {"A\r\nB", "1"},
                                                        {"A:", "1"},
                                                        {"A ", "1"},
                                                        {"", "1"},
                                                        {"A", std::string("\0", 1)},
                                                        {"Content-Length", "0"},
                                                        {"transfer-encoding", "chunked"},
                                                        {"Host", "other"},
                                                        {"Connection", "close"},
                                                        {"X-JWS-Signature", "a..b"}}) {
    auto what = request("POST");
    what.headers = {{name, value}};
    SCOPED_TRACE(name);
    expectFailed(endpoint->exchange(what, in(20s)), "transport.bad_header", false);
  }
  for (std::string path : {"a b",       "a\r\nHost: x", "../x",     "//x",
                           "/../x",     "a#b",          "a?b c",    "a?b\r\n\r\nGET /",
                           "a/../../b", "%2e%2e/x",     "a/.%2E/x", "a/%2e/b",
                           "a%2fb",     "a%2Fb",        "a%5cb",    "a%00b",
                           "a%0d%0ab",  "a%7f",         "a%",       "a%2",
                           "a%zz",      "%ff"}) {
    SCOPED_TRACE(path);
    expectFailed(endpoint->exchange(request("POST", path), in(20s)), "transport.bad_path", false);
  }
  for (std::string method : {"LIST", "get", "GET /x HTTP/1.1\r\nA:", "CONNECT", ""}) {
    expectFailed(endpoint->exchange(request(method), in(20s)), "transport.unsupported_method",
                 false);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpFaultsTest, PlainHttpOnlyToLoopback) {
  auto made = [&](const std::string& url) {
    config.url = url;
    return outcome(makeEndpoint(config, *world.keys, nullptr, world.limits, world.clock));
  };
  for (const char* url : {"http://127.0.0.1:8080/x", "http://localhost:1", "http://127.9.9.9:1",
                          "http://[::1]:8080/", "https://agency.example.org/"}) {
    EXPECT_EQ(made(url), "ok") << url;
  }
  for (const char* url : {"http://agency.example.org/", "http://10.0.0.1/", "http://128.0.0.1",
                          "http://127.0.0.1.example.org/", "http://localhost.example.org",
                          "http://127.evil", "http://0.0.0.0:80/", "nonsense", ""}) {
    EXPECT_EQ(made(url), "transport.bad_endpoint") << url;
  }
  config.security = world.security("cms-detached");
  EXPECT_EQ(made("http://127.0.0.1:1/"), "transport.bad_endpoint");
}

}  // namespace
}  // namespace hub::transport::testing
