#include "hub/web/server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "hub/base/log.h"
#include "hub/web/connection.h"

namespace hub::web {
namespace {

class Factory final : public Poco::Net::TCPServerConnectionFactory {
 public:
  explicit Factory(ServerState& state) : state_(state) {}
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    return new Connection(socket, state_);
  }

 private:
  ServerState& state_;
};

Poco::Net::Context::Ptr makeContext(const TlsOptions& tls) {
  using Poco::Net::Context;
  Context::Params params;
  params.certificateFile = tls.certificate;
  params.privateKeyFile = tls.key;
  params.caLocation = tls.client_ca;
  params.cipherList = "HIGH:!aNULL:!MD5:!3DES:!RC4:@STRENGTH";
  params.verificationMode = tls.client_ca.empty()            ? Context::VERIFY_NONE
                            : tls.require_client_certificate ? Context::VERIFY_STRICT
                                                             : Context::VERIFY_RELAXED;
  Context::Ptr context(new Context(Context::TLS_SERVER_USE, params));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  // OpenSSL has checked the chain; Poco would compare a client's certificate with its IP address
  // too.
  context->enableExtendedCertificateVerification(false);
  if (!tls.client_ca.empty()) {
    // Every connection shows its certificate anew. A ticket would be refused when it comes back (OpenSSL demands a
    // session id context), which clients that keep sessions see as broken handshakes.
    SSL_CTX_set_session_cache_mode(context->sslContext(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context->sslContext(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context->sslContext(), 0);
  }
  return context;
}

Result<Poco::Net::ServerSocket> listen(const WebOptions& options, int backlog) {
  Poco::Net::SocketAddress address;
  bool loopback = false;
  try {
    const Poco::Net::IPAddress host(options.host == "localhost" ? "127.0.0.1" : options.host);
    loopback = host.isLoopback();
    address = Poco::Net::SocketAddress(host, static_cast<std::uint16_t>(options.port));
  } catch (const Poco::Exception& e) {
    return Status::failure("web.listen", "host must be a numeric address: " + e.displayText());
  }
  const bool secure = !options.tls.certificate.empty();
  if (!secure && !(loopback && options.allow_plain_loopback)) {
    return Status::failure("web.insecure_listen",
                           "no certificate is configured for " + options.host);
  }
  if (options.tls.require_client_certificate && options.tls.client_ca.empty()) {
    return Status::failure("web.tls", "require_client_certificate needs client_ca");
  }
  Poco::Net::Context::Ptr context;
  try {
    if (secure) context = makeContext(options.tls);
  } catch (const Poco::Exception& e) {
    return Status::failure("web.tls", e.displayText());
  }
  try {
    if (secure)
      return Poco::Net::ServerSocket(Poco::Net::SecureServerSocket(address, backlog, context));
    return Poco::Net::ServerSocket(address, backlog);
  } catch (const Poco::Exception& e) {
    return Status::failure("web.listen", e.displayText());
  }
}

}  // namespace

namespace {
TalonOptions talonOptions(const WebOptions& options) {
  TalonOptions talon;
  talon.track_url = options.track_url;
  if (!options.talon_font.empty()) talon.font = options.talon_font;
  return talon;
}
}  // namespace

struct WebServer::Impl {
  Impl(const WebOptions& chosen, exchange::Service& service, const Limits& limits,
       const Clock& clock, notify::SmsDesk* sms, Authenticator authenticator,
       const Poco::Net::ServerSocket& socket)
      : options(chosen),
        state{{service, limits, clock, talonOptions(chosen), sms},
              std::move(authenticator),
              {std::chrono::milliseconds(chosen.head_ms_max),
               static_cast<std::size_t>(limits.http_threads_max)},
              new Poco::Net::HTTPServerParams,
              std::chrono::milliseconds(chosen.body_ms_grace)},
        pool("web", 2, std::max(2, limits.http_threads_max)) {
    state.params->setMaxThreads(limits.http_threads_max);
    state.params->setMaxQueued(limits.http_threads_max * 4);
    state.params->setThreadIdleTime(Poco::Timespan(1, 0));
    state.params->setTimeout(Poco::Timespan(chosen.head_ms_max * Poco::Timespan::MILLISECONDS));
    state.params->setKeepAliveTimeout(
        Poco::Timespan(limits.http_keep_alive_ms_max * Poco::Timespan::MILLISECONDS));
    server = std::make_unique<Poco::Net::TCPServer>(new Factory(state), pool, socket, state.params);
    port = socket.address().port();
    server->start();
  }

  WebOptions options;
  ServerState state;
  Poco::ThreadPool pool;
  std::unique_ptr<Poco::Net::TCPServer> server;
  int port = 0;
  bool stopped = false;
};

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

WebServer::~WebServer() { stop(); }

Result<std::unique_ptr<WebServer>> WebServer::start(const WebOptions& options,
                                                    exchange::Service& service,
                                                    const Limits& limits, const Clock& clock,
                                                    notify::SmsDesk* sms) {
  Poco::Net::initializeSSL();
  auto authenticator = Authenticator::make(options.clients);
  if (!authenticator.ok()) return authenticator.status();
  auto socket = listen(options, std::max(64, limits.http_threads_max));
  if (!socket.ok()) return socket.status();
  try {
    auto impl = std::make_unique<Impl>(options, service, limits, clock, sms,
                                       std::move(authenticator).value(), *socket);
    logInfo("http.listening", {{"host", options.host}, {"port", impl->port}});
    return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
  } catch (const std::exception& e) {
    return Status::failure("web.listen", e.what());
  }
}

int WebServer::port() const { return impl_->port; }

void WebServer::stop() {
  if (impl_->stopped) return;
  impl_->stopped = true;
  impl_->server->stop();
  impl_->state.connections.drain(std::chrono::milliseconds(impl_->options.stop_ms_max));
  impl_->pool.joinAll();
  impl_->server.reset();
}

}  // namespace hub::web
