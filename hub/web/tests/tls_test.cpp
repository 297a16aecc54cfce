// HTTPS with a development PKI: client certificates are matched by subject, keys still work, old
// protocol versions do not.
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Process.h>
#include <Poco/StreamCopier.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "hub/base/text.h"
#include "hub/web/tests/server_fixture.h"

namespace hub::web::testing {
namespace {

std::string subjectOf(const std::string& pem) {
  auto text = readFile(pem, 100'000);
  BIO* in = BIO_new_mem_buf(text->data(), static_cast<int>(text->size()));
  X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO* out = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~4ul);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string subject(data, static_cast<std::size_t>(size));
  BIO_free(in);
  BIO_free(out);
  X509_free(certificate);
  return subject;
}

class TlsTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    const char* source = std::getenv("OTINISH_SOURCE_DIR");
    ASSERT_NE(source, nullptr);
    pki_ = (folder_ / "pki").string();
    std::filesystem::create_directories(folder_);
    auto made =
        Poco::Process::launch(std::string(source) + "/certs/make-dev-pki", {pki_, "--quiet"});
    ASSERT_EQ(made.wait(), 0);
    options_.tls = {pki_ + "/server.crt", pki_ + "/server.key", pki_ + "/ca.crt", false};
    options_.port = 0;
    options_.clients = testClients();
    options_.clients.push_back({"by-certificate", "", subjectOf(pki_ + "/client.crt"), "", false});
    Poco::Net::initializeSSL();
  }
  void startTls() {
    auto started = WebServer::start(options_, *service_, limits_, systemClock());
    ASSERT_TRUE(started.ok()) << started.error().text;
    server_ = std::move(started).value();
  }
  // Status of GET target, or 0 if the connection was refused.
  int status(const std::string& target, const std::string& certificate, const std::string& key,
             Poco::Net::Context::Protocols disabled = Poco::Net::Context::PROTO_SSLV2) {
    using namespace Poco::Net;
    Context::Params params;
    params.caLocation = pki_ + "/ca.crt";
    params.verificationMode = Context::VERIFY_STRICT;
    if (!certificate.empty()) {
      params.certificateFile = pki_ + "/" + certificate + ".crt";
      params.privateKeyFile = pki_ + "/" + certificate + ".key";
    }
    try {
      Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
      context->disableProtocols(disabled);
      HTTPSClientSession session("127.0.0.1", static_cast<std::uint16_t>(server_->port()), context);
      session.setTimeout(Poco::Timespan(20, 0));
      HTTPRequest request("GET", target, HTTPMessage::HTTP_1_1);
      if (!key.empty()) request.set("X-API-Key", key);
      session.sendRequest(request);
      HTTPResponse response;
      std::string body;
      Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
      return response.getStatus();
    } catch (const Poco::Exception&) {
      return 0;
    }
  }
  std::string pki_;
};

TEST_F(TlsTest, CertificateOrKeyOpensTheDoor) {
  startTls();
  EXPECT_EQ(status("/healthz", "", ""), 200);
  EXPECT_EQ(status("/v1/appeals", "", ""), 401);
  EXPECT_EQ(status("/v1/appeals", "", kKey), 200);
  EXPECT_EQ(status("/v1/appeals", "client", ""), 200);
  EXPECT_EQ(status("/v1/quarantine", "client", ""), 403);
  // A certificate of the same CA that nobody configured is nobody.
  EXPECT_EQ(status("/v1/appeals", "hub", ""), 401);
  EXPECT_EQ(status("/v1/appeals", "client", "wrong key"), 401);
}

TEST_F(TlsTest, ARequiredCertificateIsRequired) {
  options_.tls.require_client_certificate = true;
  startTls();
  EXPECT_EQ(status("/healthz", "", ""), 0);
  EXPECT_EQ(status("/v1/appeals", "client", ""), 200);
}

// Clients as a rule keep the session of a connection for the next one.
TEST_F(TlsTest, AClientThatKeepsItsSessionIsServedAgain) {
  startTls();
  const auto get = [&](SSL_CTX* context, SSL_SESSION* kept) {
    Poco::Net::StreamSocket socket(
        Poco::Net::SocketAddress("127.0.0.1", static_cast<std::uint16_t>(server_->port())));
    socket.setReceiveTimeout(Poco::Timespan(20, 0));
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context), &SSL_free);
    SSL_set_fd(tls.get(), static_cast<int>(socket.impl()->sockfd()));
    if (kept != nullptr) SSL_set_session(tls.get(), kept);
    std::string answer;
    if (SSL_connect(tls.get()) == 1) {
      const auto request = head("GET", "/v1/appeals", "Connection: close\r\n", "");
      SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
      std::array<char, 4096> piece{};
      for (int got = 1; got > 0;) {
        got = SSL_read(tls.get(), piece.data(), static_cast<int>(piece.size()));
        if (got > 0) answer.append(piece.data(), static_cast<std::size_t>(got));
      }
    }
    return std::pair(answer.substr(0, 12), SSL_get1_session(tls.get()));
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_use_certificate_file(context.get(), (pki_ + "/client.crt").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), (pki_ + "/client.key").c_str(), SSL_FILETYPE_PEM);
    const auto [first, session] = get(context.get(), nullptr);
    EXPECT_EQ(first, "HTTP/1.1 200") << version;
    const auto [second, again] = get(context.get(), session);
    EXPECT_EQ(second, "HTTP/1.1 200") << version << ": the certificate counts again";
    SSL_SESSION_free(session);
    SSL_SESSION_free(again);
  }
}

TEST_F(TlsTest, OldProtocolsAndPlainTextGetNothing) {
  startTls();
  using Context = Poco::Net::Context;
  EXPECT_EQ(
      status("/healthz", "", "",
             static_cast<Context::Protocols>(Context::PROTO_TLSV1_2 | Context::PROTO_TLSV1_3)),
      0);
  auto plain = connect();
  plain.send(head("GET", "/healthz"));
  plain.finishSending();
  EXPECT_EQ(plain.receive().status, 0);
}

}  // namespace
}  // namespace hub::web::testing
