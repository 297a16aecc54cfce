// HTTP(S) endpoints: kept-alive connections, one deadline over the whole call, the profile applied
// to both directions. Redirects are never followed.
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/transport/http_connection.h"
#include "hub/transport/internal.h"
#include "hub/transport/watchdog.h"

namespace hub::transport {
namespace {

using otinish::ExchangeRequest;
using otinish::ExchangeResponse;

constexpr const char* kSignatureHeader = "X-JWS-Signature";
constexpr std::size_t kOneWriteBytesMax = 64 * 1024;
constexpr int kMsMax = 600'000;

bool isHttpMethod(const std::string& method) {
  for (const char* one : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    if (method == one) return true;
  }
  return false;
}

Poco::Net::Context::Ptr makeTls(const EndpointConfig& config) {
  Poco::Net::Context::Params parameters;
  parameters.caLocation = config.ca_file;
  parameters.loadDefaultCAs = config.ca_file.empty();
  parameters.certificateFile = config.client_certificate;
  parameters.privateKeyFile = config.client_key;
  parameters.verificationMode = Poco::Net::Context::VERIFY_STRICT;
  // "Relaxed" would not compare the name of a server on a loopback address.
  parameters.cipherList = "HIGH:!aNULL:!MD5:!SHA1";
  Poco::Net::Context::Ptr context =
      new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, parameters);
  context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  static std::once_flag once;
  std::call_once(once, [&] {
    Poco::Net::SSLManager::instance().initializeClient(
        nullptr, new Poco::Net::RejectCertificateHandler(false), context);
  });
  return context;
}

class HttpEndpoint final : public Endpoint {
 public:
  HttpEndpoint(const EndpointConfig& config, const ParsedUrl& url,
               std::unique_ptr<trust::Profile> profile, AttachmentStore* attachments,
               const Limits& limits, const Clock& clock)
      : config_(config),
        url_(url),
        profile_(std::move(profile)),
        attachments_(attachments),
        limits_(limits),
        clock_(clock) {
    if (url_.scheme == "https") tls_ = makeTls(config);
  }

  ExchangeResponse exchange(const ExchangeRequest& request, Deadline deadline) override {
    if (!isHttpMethod(request.method)) {
      return failedResponse("transport.unsupported_method", "method " + request.method, false);
    }
    // "/api/x" and "api/x" are the same below the base URL.
    std::string_view path_only = request.path;
    if (!path_only.empty() && path_only.front() == '/') path_only.remove_prefix(1);
    path_only = path_only.substr(0, path_only.find('?'));
    if (auto status = checkPath(path_only); !status) return failedResponse(status);
    if (auto status = checkEncoded(path_only); !status) return failedResponse(status);
    if (auto status = checkTail(request.path); !status) return failedResponse(status);
    for (const auto& header : request.headers) {
      if (!isHeaderSafe(header)) {
        return failedResponse("transport.bad_header", "a header is not one an adapter may set",
                              false);
      }
    }
    if (!attachments_ && (request.into_attachment || !request.body_attachment.empty())) {
      return failedResponse("store.not_found", "no attachment store", false);
    }
    // A connection that the server closes while it idles may show it only when it is used; asking
    // again is safe for GET alone, and where no connection is kept it is never done.
    bool kept = false;
    auto response = once(request, deadline, kept);
    if (!response.ok && response.code == "transport.broken" && kept && request.method == "GET" &&
        !request.into_attachment && leftMs(deadline, 1) > 0) {
      response = once(request, deadline, kept);
    }
    return response;
  }

  Status check(Deadline deadline) override {
    auto failed = guarded(deadline, [&](bool*) {
      (void)open(deadline);
      return ExchangeResponse();
    });
    return failed.code.empty() ? Status() : Status::failure(failed.code, failed.text);
  }

 private:
  // Servers decode before or after they resolve dots; what means something else then is refused.
  static Status checkEncoded(std::string_view path) {
    auto bad = [](const char* why) { return Status::failure("transport.bad_path", why); };
    std::string decoded;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] != '%') {
        decoded += path[i];
        continue;
      }
      unsigned char byte = 0;
      const char* digits = path.data() + i + 1;
      if (i + 2 >= path.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
        return bad("a percent sign is not followed by two digits");
      }
      const char c = static_cast<char>(byte);
      if (c == '/' || c == '\\') return bad("the path holds an encoded slash or backslash");
      decoded += c;
      i += 2;
    }
    return checkPath(decoded);
  }

  static Status checkTail(std::string_view path) {
    for (char c : path) {
      if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') {
        return Status::failure("transport.bad_path", "the path must be percent-encoded");
      }
    }
    return {};
  }

  std::unique_ptr<HttpConnection> open(Deadline deadline) {
    auto limit =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.connect_ms_max);
    if (deadline < limit) limit = deadline;
    Poco::Net::SocketAddress address(url_.host, static_cast<std::uint16_t>(url_.port));
    Poco::Net::StreamSocket socket;
    socket.connect(address, Poco::Timespan(0, std::max(1, leftMs(limit, kMsMax)) * 1'000));
    socket.setNoDelay(true);
    if (!tls_) return std::make_unique<HttpConnection>(socket);
    Watchdog::Guard guard(*watchdog_, socket.impl()->sockfd(), limit);
    try {
      // The handshake, and the comparison of the certificate's names with the host.
      return std::make_unique<HttpConnection>(
          Poco::Net::SecureStreamSocket::attach(socket, url_.host, tls_));
    } catch (const Poco::Exception&) {
      if (guard.fired()) throw Poco::TimeoutException("handshake");
      throw;
    }
  }

  // `kept`: the connection was used before.
  std::unique_ptr<HttpConnection> take(Deadline deadline, bool& kept) {
    kept = true;
    while (true) {
      std::unique_ptr<HttpConnection> connection;
      {
        std::lock_guard lock(mutex_);
        if (idle_.empty()) break;
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
      if (!connection->isStale()) return connection;
    }
    kept = false;
    return open(deadline);
  }

  void giveBack(std::unique_ptr<HttpConnection> connection) {
    std::lock_guard lock(mutex_);
    if (static_cast<int>(idle_.size()) < config_.connections_max) {
      idle_.push_back(std::move(connection));
    }
  }

  // Runs `act`, which sets its argument once the whole request was written, and turns what it
  // throws into a failed response.
  template <class Act>
  ExchangeResponse guarded(Deadline deadline, const Act& act) {
    bool sent = false;
    auto failed = [&](const char* code, const std::string& what) {
      if (leftMs(deadline, 1) == 0) {
        return failedResponse("transport.timeout", config_.name + " did not answer in time", true,
                              sent);
      }
      return failedResponse(code, config_.name + ": " + what, true, sent);
    };
    try {
      return act(&sent);
    } catch (const Poco::TimeoutException&) {
      return failed("transport.timeout", "no answer in time");
    } catch (const Poco::Net::SSLException& e) {
      return failed("transport.tls", e.name());
    } catch (const Poco::Net::ConnectionRefusedException&) {
      return failed("transport.unreachable", "the connection was refused");
    } catch (const Poco::Net::DNSException&) {
      return failed("transport.unreachable", "unknown host");
    } catch (const Poco::Net::MessageException& e) {
      return failed("transport.bad_answer", e.message());
    } catch (const Poco::Net::NoMessageException& e) {
      return failed("transport.broken", e.message());
    } catch (const Poco::Exception& e) {
      return failed(sent ? "transport.broken" : "transport.unreachable", e.name());
    } catch (const std::exception&) {
      return failed("transport.broken", "the exchange broke");
    }
  }

  ExchangeResponse once(const ExchangeRequest& request, Deadline deadline, bool& kept) {
    auto hard =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.request_ms_max);
    if (hard < deadline) deadline = hard;
    if (leftMs(deadline, 1) == 0) {
      return failedResponse("transport.timeout", "no time is left for the request", true);
    }
    std::string target = url_.path;
    char first = request.path.empty() ? '\0' : request.path.front();
    bool joined = first == '?' || first == '/';
    if (!request.path.empty()) target += (joined ? "" : "/") + request.path;
    if (target.empty() || target.front() != '/') target = "/" + target;

    std::unique_ptr<MappedFile> file;
    trust::Context context;
    context.method = request.method;
    context.target = target;
    if (!request.body_attachment.empty()) {
      // A request with a file was refused at once if there is no store of files.
      // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
      auto path = attachments_->path(request.body_attachment);
      if (!path) return failedResponse(path.status());
      auto mapped = MappedFile::open(*path);
      if (!mapped) return failedResponse(mapped.status());
      file = std::move(*mapped);
      context.body_sha256 = request.body_attachment;
    }
    // A SOAP profile signs envelopes; a GET has none.
    bool nothing_to_sign = config_.security.name == "wsse-shep" && request.body.empty() && !file;
    Result<trust::Signed> made = trust::Signed{};
    if (!nothing_to_sign) {
      made = profile_->sign(file ? std::string_view() : request.body, context, clock_.now());
    }
    if (!made) return failedResponse(made.status());
    std::string_view body = file ? file->bytes() : std::string_view(made->body);
    return guarded(deadline, [&](bool* sent) {
      auto connection = take(deadline, kept);
      ExchangeResponse response;
      {
        Watchdog::Guard guard(*watchdog_, connection->descriptor(), deadline);
        send(*connection, request, target, *made, body);
        *sent = true;
        auto head = connection->readHead();
        response.status = head.status;
        response.headers = head.headers;
        readAndVerify(request, *connection, head, made->nonce, guard, &response);
        if (guard.fired()) return response;
      }
      if (connection->isReusable()) giveBack(std::move(connection));
      return response;
    });
  }

  bool isOurs(const otinish::Header& header) const {
    return std::any_of(config_.headers.begin(), config_.headers.end(), [&](const auto& ours) {
      return toLowerAscii(ours.name) == toLowerAscii(header.name);
    });
  }

  void send(HttpConnection& connection, const ExchangeRequest& request, const std::string& target,
            const trust::Signed& made, std::string_view body) const {
    std::string host = url_.host;
    if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
    bool usual = url_.port == (tls_ ? 443 : 80);
    std::string out = request.method + " " + target + " HTTP/1.1\r\nHost: " + host +
                      (usual ? "" : ":" + std::to_string(url_.port)) + "\r\n";
    for (const auto& header : config_.headers) out += header.name + ": " + header.value + "\r\n";
    for (const auto& header : request.headers) {
      if (!isOurs(header)) out += header.name + ": " + header.value + "\r\n";
    }
    for (const auto& [name, value] : made.headers) out += name + ": " + value + "\r\n";
    if (!body.empty() || (request.method != "GET" && request.method != "DELETE")) {
      out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    out += "\r\n";
    if (body.size() <= kOneWriteBytesMax) {
      out += body;
      connection.send(out);
    } else {
      connection.send(out);
      connection.send(body);
    }
  }

  // Reads the body (into memory or an attachment), verifies it, fills `response`.
  void readAndVerify(const ExchangeRequest& request, HttpConnection& connection,
                     const HttpConnection::Head& head, const std::string& nonce,
                     const Watchdog::Guard& guard, ExchangeResponse* response) {
    bool to_store = request.into_attachment && head.status >= 200 && head.status < 300;
    std::unique_ptr<AttachmentStore::Sink> sink;
    if (to_store) {
      auto created = attachments_->create();
      if (!created) return setFailure(created.status(), response);
      sink = std::move(*created);
    }
    std::string body;
    std::optional<Hasher> hasher;
    if (to_store) hasher.emplace();
    for (auto piece = connection.readBody(); !piece.empty(); piece = connection.readBody()) {
      if (to_store) {
        hasher->add(piece);
        if (auto status = sink->write(piece); !status) return setFailure(status, response);
      } else {
        body.append(piece);
        if (body.size() > limits_.exchange_bytes_max) {
          return setFailure(Status::failure("transport.too_large", "the answer is too large"),
                            response);
        }
      }
    }
    // A body that goes until the connection closes looks whole when the watchdog closes it.
    if (guard.fired()) {
      return setFailure(
          Status::failure("transport.timeout", config_.name + " did not finish its answer in time"),
          response);
    }
    trust::Context context;
    context.status = head.status;
    context.nonce = nonce;
    context.signature = head.value(kSignatureHeader);
    if (to_store) context.body_sha256 = hasher->hex();
    auto verified = profile_->verify(body, context, clock_.now());
    if (!verified) {
      const Status& why = verified.status();
      if (isForeignPage(head.status, why.error().code)) {
        return setFailure(Status::failure("adapter.http_status", whatCame(head.status, why)),
                          response);
      }
      noteRefusedAnswer(body);
      const bool fine = head.status >= 200 && head.status < 300;
      return setFailure(fine ? why : Status::failure(why.error().code, whatCame(head.status, why)),
                        response);
    }
    if (to_store) {
      auto stored = sink->finish();
      if (!stored) return setFailure(stored.status(), response);
      response->attachment_sha256 = stored->sha256_hex;
      response->attachment_size = stored->bytes;
    }
    response->ok = true;
    response->body = to_store ? std::string() : std::move(verified->body);
    response->signer = verified->signer;
    noteVerifiedSigner(*verified);
  }

  // "Try later" of something in front of the agency, which signs nothing: its page is no evidence. A
  // SOAP fault comes with 500, too, and one that lacks its signature is.
  static bool isForeignPage(int status, std::string_view code) {
    const bool no_document = code == "trust.malformed" || code == "trust.dtd_refused";
    if (code != "trust.signature_missing" && !no_document) return false;
    if (status == 500) return no_document;
    return status > 500 || status == 408 || status == 425 || status == 429;
  }

  static std::string whatCame(int status, const Status& why) {
    return "HTTP status " + std::to_string(status) +
           ", and its page counts for nothing: " + why.error().text;
  }

  // "Try later" that nobody signed puts the next attempt off no longer than the hub itself would.
  void boundRetryAfter(std::vector<otinish::Header>& headers) const {
    const std::int64_t seconds_max = limits_.retry_ms_max / 1000;
    for (auto& header : headers) {
      if (toLowerAscii(header.name) != "retry-after") continue;
      const auto seconds = std::clamp<std::int64_t>(secondsOf(header.value), 0, seconds_max);
      header.value = std::to_string(seconds);
    }
  }

  // Of a Retry-After, from now; 0 if it cannot be read.
  std::int64_t secondsOf(const std::string& value) const {
    constexpr std::size_t kDigitsMax = 9;
    if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos) {
      return std::stoll(value.size() > kDigitsMax ? std::string(kDigitsMax, '9') : value);
    }
    int zone = 0;
    Poco::DateTime at;
    if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, value, at, zone)) {
      return 0;
    }
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch());
    return at.timestamp().epochTime() - now.count();
  }

  // The request was sent: whatever is wrong with the answer, the other side may have acted. The
  // status stays, so that the adapter sees an unsigned "try later" of something in front of the
  // agency.
  void setFailure(const Status& status, ExchangeResponse* response) const {
    boundRetryAfter(response->headers);
    response->ok = false;
    response->maybe_delivered = true;
    response->code = status.error().code;
    response->text = status.error().text;
    response->retryable = isRetryable(status.error().code);
    response->body.clear();
  }

  const EndpointConfig config_;
  const ParsedUrl url_;
  std::unique_ptr<trust::Profile> profile_;
  AttachmentStore* attachments_;
  const Limits& limits_;
  const Clock& clock_;
  std::shared_ptr<Watchdog> watchdog_ = Watchdog::shared();
  Poco::Net::Context::Ptr tls_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpConnection>> idle_;
};

}  // namespace

bool isHeaderSafe(const otinish::Header& header) {
  for (char c : header.name) {
    bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alnum && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos) {
      return false;
    }
  }
  for (char c : header.value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  std::string name = toLowerAscii(header.name);
  for (const char* ours : {"", "host", "connection", "content-length", "transfer-encoding",
                           "expect", "upgrade", "te", "trailer", "x-jws-signature"}) {
    if (name == ours) return false;
  }
  return true;
}

Result<std::unique_ptr<Endpoint>> makeHttpEndpoint(const EndpointConfig& config,
                                                   const ParsedUrl& url,
                                                   std::unique_ptr<trust::Profile> profile,
                                                   AttachmentStore* attachments,
                                                   const Limits& limits, const Clock& clock) {
  try {
    return std::unique_ptr<Endpoint>(std::make_unique<HttpEndpoint>(config, url, std::move(profile),
                                                                    attachments, limits, clock));
  } catch (const Poco::Exception& e) {
    return Status::failure("transport.bad_endpoint",
                           "endpoint '" + config.name + "': TLS: " + e.displayText());
  }
}

}  // namespace hub::transport
