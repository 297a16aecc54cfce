// TLS in both directions and the signature profiles over it, against Poco's HTTPS server.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <netdb.h>
#include <signal.h>

#include <atomic>

#include "hub/transport/tests/support.h"

namespace hub::transport::testing {
namespace {

using namespace std::chrono_literals;
using Poco::Net::Context;
using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;
using Handle =
    std::function<void(HTTPServerRequest&, const std::string& body, HTTPServerResponse&)>;

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  Factory(Handle handle, std::atomic<int>* calls) : handle_(std::move(handle)), calls_(calls) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
    return new Handler(*this);
  }

 private:
  struct Handler : Poco::Net::HTTPRequestHandler {
    explicit Handler(Factory& owner) : owner_(owner) {}
    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
      ++*owner_.calls_;
      std::string body;
      Poco::StreamCopier::copyToString(request.stream(), body);
      owner_.handle_(request, body, response);
    }
    Factory& owner_;
  };
  Handle handle_;
  std::atomic<int>* calls_;
};

class HttpsServer {
 public:
  HttpsServer(const TestIdentity& identity, const std::string& client_ca, Handle handle) {
    Context::Params parameters;
    parameters.privateKeyFile = identity.key_file;
    parameters.certificateFile = identity.certificate_file;
    parameters.caLocation = client_ca;
    parameters.loadDefaultCAs = false;
    parameters.verificationMode = client_ca.empty() ? Context::VERIFY_NONE : Context::VERIFY_STRICT;
    Context::Ptr context = new Context(Context::TLS_SERVER_USE, parameters);
    Poco::Net::SSLManager::instance().initializeServer(
        nullptr, new Poco::Net::RejectCertificateHandler(true), context);
    Poco::Net::SecureServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0), 16, context);
    port_ = socket.address().port();
    auto* options = new Poco::Net::HTTPServerParams;
    options->setKeepAlive(true);
    server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(std::move(handle), &calls_),
                                                      socket, options);
    server_->start();
  }
  ~HttpsServer() { server_->stopAll(true); }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port_);
  }
  int calls() const { return calls_; }
  int connections() const { return server_->totalConnections(); }

 private:
  int port_ = 0;
  std::atomic<int> calls_ = 0;
  std::unique_ptr<Poco::Net::HTTPServer> server_;
};

void sayHello(HTTPServerRequest&, const std::string& body, HTTPServerResponse& response) {
  response.sendBuffer(body.data(), body.size());
}

// A machine without /etc/hosts (a fresh debootstrap) knows no "localhost": the address alone is used.
std::vector<std::string> serverNames() {
  addrinfo* found = nullptr;
  if (::getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return {"127.0.0.1"};
  ::freeaddrinfo(found);
  return {"127.0.0.1", "localhost"};
}

struct HttpSignedTest : ::testing::Test {
  World world;
  TestIdentity server_identity = world.pki.issue("server");
  EndpointConfig config;

  static void SetUpTestSuite() { signal(SIGPIPE, SIG_IGN); }
  HttpSignedTest() {
    config.name = "agency";
    config.ca_file = world.pki.caFile();
  }
  ExchangeResponse ask(const std::string& url, ExchangeRequest request = post("<question/>")) {
    config.url = url;
    return world.open(config)->exchange(request, in(20s));
  }
  static ExchangeRequest post(const std::string& body) {
    ExchangeRequest request;
    request.method = "POST";
    request.path = "appeals?x=1";
    request.body = body;
    return request;
  }
};

TEST_F(HttpSignedTest, TlsServerIsAuthenticated) {
  HttpsServer server(server_identity, "", sayHello);
  for (const auto& host : serverNames()) {
    EXPECT_EQ(ask(server.url(host)).body, "<question/>") << host;
  }
  EXPECT_EQ(outcome(world.open(config)->check(in(20s))), "ok");
  int calls = server.calls();

  TemporaryFolder other;
  TestPki others(other.path(), "Another CA");
  config.ca_file = others.caFile();
  auto response = ask(server.url());
  EXPECT_EQ(response.code, "transport.tls");
  EXPECT_TRUE(response.retryable);
  EXPECT_FALSE(response.maybe_delivered);
  EXPECT_EQ(outcome(world.open(config)->check(in(20s))), "transport.tls");
  EXPECT_EQ(server.calls(), calls);
}

TEST_F(HttpSignedTest, TlsServerMustBeTheNamedOneAndValid) {
  for (const auto& wanted :
       {trust::testing::TestCertificate{.alternative_names = "DNS:other.example.org,IP:10.0.0.1"},
        trust::testing::TestCertificate{.not_before_s = -7200, .not_after_s = -3600}}) {
    HttpsServer server(world.pki.issue("wrong", wanted), "", sayHello);
    for (const auto& host : serverNames()) {
      EXPECT_EQ(ask(server.url(host)).code, "transport.tls") << host;
    }
    EXPECT_EQ(server.calls(), 0);
  }
}

TEST_F(HttpSignedTest, MutualTls) {
  HttpsServer server(server_identity, world.pki.caFile(), sayHello);
  auto response = ask(server.url());
  EXPECT_FALSE(response.ok);
  EXPECT_TRUE(response.retryable);
  EXPECT_EQ(server.calls(), 0);
  config.client_certificate = world.hub.certificate_file;
  config.client_key = world.hub.key_file;
  EXPECT_EQ(ask(server.url()).body, "<question/>");
  EXPECT_EQ(server.calls(), 1);
  TemporaryFolder other;
  auto foreign = TestPki(other.path(), "Another CA").issue("foreign");
  config.client_certificate = foreign.certificate_file;
  config.client_key = foreign.key_file;
  EXPECT_FALSE(ask(server.url()).ok);
  EXPECT_EQ(server.calls(), 1);
}

TEST_F(HttpSignedTest, TlsFilesAreChecked) {
  config.url = "https://127.0.0.1:1";
  config.ca_file = world.folder.file("no_such_file");
  EXPECT_EQ(outcome(makeEndpoint(config, *world.keys, nullptr, world.limits, world.clock)),
            "transport.bad_endpoint");
}

TEST_F(HttpSignedTest, TlsConnectionsAreKeptAlive) {
  HttpsServer server(server_identity, "", sayHello);
  config.url = server.url();
  auto endpoint = world.open(config);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(outcome(endpoint->exchange(post("x"), in(20s))), "ok");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpSignedTest, ManyThreadsShareAnEndpoint) {
  HttpsServer server(server_identity, "", sayHello);
  config.url = server.url();
  auto endpoint = world.open(config);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        std::string body = std::to_string(t) + "-" + std::to_string(i);
        EXPECT_EQ(endpoint->exchange(post(body), in(20s)).body, body);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(server.connections(), 4);
}

// The agency's side of jws-detached: verifies the request, signs what `change` makes of the answer.
struct JwsTest : HttpSignedTest {
  struct Answer {
    int status = 200;
    std::string body = "<answer/>";
    std::string sent_body = "<answer/>";
    std::string nonce;
    bool is_signed = true;
    bool as_digest = false;
    std::string retry_after;
    std::string key = "agency";
  };
  std::function<void(Answer&)> change = [](Answer&) {};
  bool expects_digest = false;
  std::string verified = "nothing came", received;
  HttpsServer server{server_identity, "", [this](auto& request, const auto& body, auto& response) {
                       answer(request, body, response);
                     }};

  JwsTest() { config.security = world.security("jws-detached"); }

  void answer(HTTPServerRequest& request, const std::string& body, HTTPServerResponse& response) {
    auto profile = world.profile("jws-detached", "agency", "hub");
    trust::Context context;
    context.method = request.getMethod();
    context.target = request.getURI();
    context.signature = request.get("X-JWS-Signature", "");
    if (expects_digest) context.body_sha256 = sha256Hex(body);
    auto checked = profile->verify(expects_digest ? "" : body, context, world.clock.now());
    verified = outcome(checked);
    received = body;
    Answer out;
    if (checked.ok()) out.nonce = checked->nonce;
    change(out);
    context = {};
    context.status = out.status;
    context.nonce = out.nonce;
    if (out.as_digest) context.body_sha256 = sha256Hex(out.body);
    auto made = world.profile("jws-detached", out.key, "hub")
                    ->sign(out.as_digest ? "" : out.body, context, world.clock.now());
    ASSERT_EQ(outcome(made), "ok");
    response.setStatus(static_cast<HTTPServerResponse::HTTPStatus>(out.status));
    if (out.is_signed) {
      for (const auto& [name, value] : made->headers) response.set(name, value);
    }
    if (!out.retry_after.empty()) response.set("Retry-After", out.retry_after);
    response.sendBuffer(out.sent_body.data(), out.sent_body.size());
  }
  ExchangeResponse askWith(std::function<void(Answer&)> how) {
    change = std::move(how);
    return ask(server.url());
  }
};

TEST_F(JwsTest, RoundTrip) {
  auto response = ask(server.url());
  EXPECT_EQ(verified, "ok");
  EXPECT_EQ(outcome(response), "ok") << response.text;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "<answer/>");
  EXPECT_NE(response.signer.find("BIN940140000385"), std::string::npos);
  auto signed_by = takeVerifiedSigner();
  EXPECT_EQ(signed_by.signer, response.signer);
  EXPECT_EQ(signed_by.signer_sha256.size(), 64u);
  EXPECT_FALSE(signed_by.signer_serial.empty());
  EXPECT_EQ(takeVerifiedSigner().signer, "") << "told once";
  EXPECT_EQ(outcome(askWith([](Answer& a) { a.status = 422; })), "ok") << "signed refusals count";
}

TEST_F(JwsTest, WrongAnswersAreRefused) {
  auto refused = [&](const std::string& code, std::function<void(Answer&)> how) {
    auto response = askWith(std::move(how));
    EXPECT_EQ(outcome(response), code);
    EXPECT_EQ(response.body, "");
    EXPECT_TRUE(response.maybe_delivered);
    EXPECT_EQ(verified, "ok");
  };
  refused("trust.signature_wrong", [](Answer& a) { a.sent_body = "<answerr/>"; });
  refused("trust.wrapping", [](Answer& a) { a.nonce = "of another request"; });
  refused("trust.signer_unknown", [](Answer& a) { a.key = "stranger"; });
  refused("trust.signature_missing", [](Answer& a) { a.is_signed = false; });
}

TEST_F(JwsTest, AnUnsignedTryLaterIsToldByItsStatusAndLosesItsBody) {
  takeRefusedAnswer();
  for (const int status : {429, 502, 503, 504}) {
    auto response = askWith([&](Answer& a) {
      a.status = status;
      a.is_signed = false;
    });
    EXPECT_EQ(response.code, "adapter.http_status");
    EXPECT_TRUE(response.text.starts_with("HTTP status " + std::to_string(status)))
        << response.text;
    EXPECT_EQ(response.status, status);
    EXPECT_TRUE(response.retryable);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(takeRefusedAnswer(), "") << "the page of a proxy is no evidence";
  }
}

// Whoever stands in front of the agency could else keep its appeals waiting for hours.
TEST_F(JwsTest, AnUnsignedTryLaterPutsOffNoLongerThanTheHubWould) {
  const auto told = [&](const std::string& value, bool is_signed) {
    const auto response = askWith([&](Answer& a) {
      a.status = 503;
      a.is_signed = is_signed;
      a.retry_after = value;
    });
    EXPECT_EQ(response.ok, is_signed);
    for (const auto& header : response.headers) {
      if (header.name == "Retry-After") return header.value;
    }
    return std::string("none");
  };
  const std::string max = std::to_string(world.limits.retry_ms_max / 1000);
  EXPECT_EQ(told("21600", false), max);
  EXPECT_EQ(told("99999999999999999999", false), max);
  EXPECT_EQ(told("Fri, 31 Dec 2199 23:59:59 GMT", false), max);
  EXPECT_EQ(told("30", false), "30");
  EXPECT_EQ(told("Sun, 06 Nov 1994 08:49:37 GMT", false), "0");
  EXPECT_EQ(told("tomorrow", false), "0");
  EXPECT_EQ(told("21600", true), "21600") << "the agency's own word";
}

TEST_F(JwsTest, AnUnsignedRefusalIsAFaultOfTheSignatureThatNamesTheStatus) {
  for (const int status : {404, 422, 500}) {
    auto response = askWith([&](Answer& a) {
      a.status = status;
      a.is_signed = false;
    });
    EXPECT_EQ(response.code, "trust.signature_missing");
    EXPECT_TRUE(response.text.starts_with("HTTP status " + std::to_string(status)))
        << response.text;
    EXPECT_EQ(takeRefusedAnswer(), "<answer/>");
  }
  auto forged = askWith([](Answer& a) {
    a.status = 503;
    a.sent_body = "<answerr/>";
  });
  EXPECT_EQ(forged.code, "trust.signature_wrong");
}

TEST_F(JwsTest, AttachmentIsSentByItsDigest) {
  expects_digest = true;
  std::string bytes = randomBytes(500'000);
  auto request = post("");
  request.body_attachment = world.store(bytes);
  EXPECT_EQ(outcome(ask(server.url(), request)), "ok");
  EXPECT_EQ(verified, "ok");
  EXPECT_EQ(received, bytes);
  request.body_attachment = std::string(64, '0');
  EXPECT_EQ(ask(server.url(), request).code, "store.not_found");
}

TEST_F(JwsTest, AttachmentIsStoredOnlyIfTheDigestIsSigned) {
  ExchangeRequest request;
  request.method = "GET";
  request.path = "files/1";
  request.into_attachment = true;
  std::string bytes = randomBytes(300'000);
  change = [&](Answer& a) {
    a.as_digest = true;
    a.body = a.sent_body = bytes;
  };
  auto response = ask(server.url(), request);
  ASSERT_EQ(outcome(response), "ok") << response.text;
  EXPECT_EQ(response.attachment_sha256, sha256Hex(bytes));
  EXPECT_EQ(response.attachment_size, 300'000);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(readAll(*world.attachments->path(response.attachment_sha256)), bytes);

  change = [&](Answer& a) {
    a.as_digest = true;
    a.body = bytes;
    a.sent_body = bytes + "x";
  };
  EXPECT_EQ(ask(server.url(), request).code, "trust.signature_wrong");
  change = [&](Answer& a) { a.is_signed = false; };
  EXPECT_EQ(ask(server.url(), request).code, "trust.signature_missing");
  EXPECT_EQ(world.attachmentFiles(), 1);
  // A refusal is an answer, not an attachment.
  change = [&](Answer& a) { a.status = 404; };
  response = ask(server.url(), request);
  EXPECT_EQ(outcome(response), "ok");
  EXPECT_EQ(response.body, "<answer/>");
  EXPECT_EQ(world.attachmentFiles(), 1);
}

TEST_F(HttpSignedTest, WsseRoundTrip) {
  const std::string envelope =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
      "<q xmlns=\"urn:q\">1</q></s:Body></s:Envelope>";
  std::string verified, answer_key = "agency";
  HttpsServer server(server_identity, "", [&](auto&, const auto& body, auto& response) {
    auto profile = world.profile("wsse-shep", answer_key, "hub");
    verified = outcome(profile->verify(body, {}, world.clock.now()));
    auto made = profile->sign(envelope, {}, world.clock.now());
    response.sendBuffer(made->body.data(), made->body.size());
  });
  config.security = world.security("wsse-shep");
  auto response = ask(server.url(), post(envelope));
  EXPECT_EQ(verified, "ok");
  EXPECT_EQ(outcome(response), "ok") << response.text;
  EXPECT_NE(response.body.find("urn:q"), std::string::npos);
  EXPECT_EQ(response.body.find("Signature"), std::string::npos) << "only what was signed";
  answer_key = "stranger";
  EXPECT_EQ(ask(server.url(), post(envelope)).code, "trust.signer_unknown");
}

TEST_F(HttpSignedTest, AProxysPageIsToldByItsStatusWhereEnvelopesAreSigned) {
  int status = 502;
  std::string page = "<!DOCTYPE html><html><body>Bad Gateway</body></html>";
  HttpsServer server(server_identity, "", [&](auto&, const auto&, auto& response) {
    response.setStatus(static_cast<HTTPServerResponse::HTTPStatus>(status));
    response.sendBuffer(page.data(), page.size());
  });
  config.security = world.security("wsse-shep");
  const std::string envelope =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/></s:Envelope>";
  for (const auto& [sent_status, sent_page] :
       {std::pair{502, page}, {504, std::string("no XML")}, {500, page}, {503, std::string()}}) {
    status = sent_status;
    page = sent_page;
    auto response = ask(server.url(), post(envelope));
    EXPECT_EQ(response.code, "adapter.http_status") << status << response.text;
    EXPECT_TRUE(response.retryable);
  }
  status = 500;
  page = envelope;
  EXPECT_EQ(ask(server.url(), post(envelope)).code, "trust.signature_missing");
}

}  // namespace
}  // namespace hub::transport::testing
