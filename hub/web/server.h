// The HTTP(S) doors of the hub: REST API, agency push, health, metrics
// (contracts/api/openapi.yaml). Doors decode HTTP, authenticate, and render answers; every decision
// is exchange::Service's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/notify/sms_desk.h"

namespace hub::web {

// One known caller. It proves itself by an API key, or by a client certificate when TLS is on.
struct Client {
  std::string name;                 // the actor written into events, the label of the access log
  std::string api_key_sha256;       // lower-case hex of SHA-256(key); "" = no key
  std::string certificate_subject;  // RFC 2253, UTF-8 unescaped, exact; "" = no certificate
  std::string source_system;        // the only source system it may submit for and see; "" = any,
                                    // but with a body only under its own name
  bool admin = false;               // may probe, retry and look into quarantine
  // Roles of the procedure it may act in; empty: an administrator registrar, executor, head and
  // controller, a client with a body and no source_system none, anybody else applicant.
  std::vector<std::string> roles{};
  std::string body{};  // BIN of the body whose appeals it sees and acts on; "" = any
};

struct TlsOptions {
  std::string certificate;  // PEM chain; "" = no TLS
  std::string key;          // PEM, unencrypted
  std::string client_ca;    // PEM anchors of client certificates; "" = none are asked for
  bool require_client_certificate = false;
};

struct WebOptions {
  std::string host = "127.0.0.1";  // numeric address
  int port = 8480;                 // 0: any free port
  TlsOptions tls;
  std::vector<Client> clients;
  bool allow_plain_loopback = false;  // plain http, on a loopback address only
  std::string track_url;       // code of the receipt slip: "https://…/{number}"; "" = the number
  std::string talon_font;      // TrueType file of the slip; "" = DejaVu Sans of the system
  int head_ms_max = 10'000;    // one request's head, however slowly it drips; also one read
  int body_ms_grace = 30'000;  // one request's body, beside 1 s for each 16 KiB
  int stop_ms_max = 30'000;    // what stop() waits for running requests
};

// A running server. Threads: its own pool (Limits::http_threads_max); start, port and stop from any
// one thread.
class WebServer {
 public:
  // `service`, `limits`, `clock` and `sms` (null: no SMS are sent) must outlive the server. Failures: "web.insecure_listen" (plain
  // http off loopback), "web.bad_client" (names the client), "web.tls", "web.listen".
  static Result<std::unique_ptr<WebServer>> start(const WebOptions& options,
                                                  exchange::Service& service, const Limits& limits,
                                                  const Clock& clock,
                                                  notify::SmsDesk* sms = nullptr);
  ~WebServer();
  int port() const;
  // Stops accepting, lets running requests finish (at most stop_ms_max), closes idle connections.
  // Idempotent.
  void stop();

 private:
  struct Impl;
  explicit WebServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hub::web
