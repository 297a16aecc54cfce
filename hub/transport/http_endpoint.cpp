// HTTP(S) endpoints on Poco: kept-alive connections, one deadline over the whole call, the profile
// applied to both directions. Redirects are never followed.
#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>

#include <fstream>
#include <istream>
#include <mutex>
#include <ostream>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/transport/internal.h"

namespace hub::transport {
namespace {

using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;
using otinish::ExchangeRequest;
using otinish::ExchangeResponse;

constexpr const char* kSignatureHeader = "X-JWS-Signature";

bool isHttpMethod(const std::string& method) {
  for (const char* one : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    if (method == one) return true;
  }
  return false;
}

bool isHeaderSafe(const otinish::Header& header) {
  auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  for (char c : header.name) {
    if (bad(c) || c == ':' || c == ' ') return false;
  }
  for (char c : header.value) {
    if (bad(c)) return false;
  }
  return !header.name.empty();
}

Poco::Net::Context::Ptr makeTls(const EndpointConfig& config) {
  Poco::Net::Context::Params parameters;
  parameters.caLocation = config.ca_file;
  parameters.loadDefaultCAs = config.ca_file.empty();
  parameters.certificateFile = config.client_certificate;
  parameters.privateKeyFile = config.client_key;
  parameters.verificationMode = Poco::Net::Context::VERIFY_RELAXED;  // for a client: peer verified
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
    std::string_view path_only = request.path;
    path_only = path_only.substr(0, path_only.find('?'));
    if (auto status = checkPath(path_only); !status) return failedResponse(status);
    if (auto status = checkTail(request.path); !status) return failedResponse(status);
    for (const auto& header : request.headers) {
      if (!isHeaderSafe(header)) {
        return failedResponse("transport.bad_path", "a header holds forbidden characters", false);
      }
    }
    // A connection that the server closed while it idled shows only when it is used; asking again
    // is safe for GET alone.
    auto response = once(request, deadline);
    if (!response.ok && response.code == "transport.broken" && request.method == "GET" &&
        !request.into_attachment && leftMs(deadline, 1) > 0) {
      response = once(request, deadline);
    }
    return response;
  }

  Status check(Deadline deadline) override {
    try {
      auto session = take(deadline, true);
      session->socket().connect(Poco::Net::SocketAddress(url_.host, static_cast<std::uint16_t>(
                                                                        url_.port)),
                                Poco::Timespan(0, leftMs(deadline, config_.connect_ms_max) * 1000));
      session->socket().close();
      return {};
    } catch (const Poco::Exception& e) {
      return Status::failure("transport.unreachable",
                             config_.name + " cannot be reached: " + std::string(e.name()));
    } catch (const std::exception&) {
      return Status::failure("transport.unreachable", config_.name + " cannot be reached");
    }
  }

 private:
  static Status checkTail(std::string_view path) {
    for (char c : path) {
      if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') {
        return Status::failure("transport.bad_path", "the path must be percent-encoded");
      }
    }
    return {};
  }

  std::unique_ptr<HTTPClientSession> take(Deadline deadline, bool fresh) {
    std::unique_ptr<HTTPClientSession> session;
    while (!fresh) {
      {
        std::lock_guard lock(mutex_);
        if (idle_.empty()) break;
        session = std::move(idle_.back());
        idle_.pop_back();
      }
      // Readable while idle means closed by the other side (or speaking out of turn).
      try {
        if (session->connected() &&
            !session->socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ)) {
          break;
        }
      } catch (const Poco::Exception&) {
      }
      session.reset();
    }
    if (!session) {
      auto port = static_cast<std::uint16_t>(url_.port);
      if (tls_) session = std::make_unique<Poco::Net::HTTPSClientSession>(url_.host, port, tls_);
      else session = std::make_unique<HTTPClientSession>(url_.host, port);
      session->setKeepAlive(true);
      session->setKeepAliveTimeout(Poco::Timespan(3600, 0));
    }
    int request_ms = leftMs(deadline, config_.request_ms_max);
    int connect_ms = leftMs(deadline, config_.connect_ms_max);
    session->setTimeout(Poco::Timespan(0, connect_ms * 1000), Poco::Timespan(0, request_ms * 1000),
                        Poco::Timespan(0, request_ms * 1000));
    return session;
  }

  void giveBack(std::unique_ptr<HTTPClientSession> session) {
    std::lock_guard lock(mutex_);
    if (static_cast<int>(idle_.size()) < config_.connections_max) {
      idle_.push_back(std::move(session));
    }
  }

  ExchangeResponse once(const ExchangeRequest& request, Deadline deadline) {
    auto hard = std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.request_ms_max);
    if (hard < deadline) deadline = hard;
    if (leftMs(deadline, 1) == 0) {
      return failedResponse("transport.timeout", "no time is left for the request", true);
    }
    std::string target = url_.path + (request.path.empty() ? "" : "/" + request.path);
    if (target.empty()) target = "/";

    std::string file;
    trust::Context context;
    context.method = request.method;
    context.target = target;
    if (!request.body_attachment.empty()) {
      if (!attachments_) return failedResponse("store.not_found", "no attachment store", false);
      auto path = attachments_->path(request.body_attachment);
      if (!path) return failedResponse(path.status());
      file = *path;
      context.body_sha256 = request.body_attachment;
    }
    auto made = profile_->sign(request.body, context, clock_.now());
    if (!made) return failedResponse(made.status());

    bool sent = false;
    try {
      auto session = take(deadline, false);
      HTTPRequest out(request.method, target, HTTPRequest::HTTP_1_1);
      out.setKeepAlive(true);
      out.setHost(url_.host, static_cast<std::uint16_t>(url_.port));
      for (const auto& header : request.headers) out.set(header.name, header.value);
      for (const auto& [name, value] : made->headers) out.set(name, value);
      send(*session, out, file, made->body);
      sent = true;
      HTTPResponse in;
      std::istream& stream = session->receiveResponse(in);
      ExchangeResponse response;
      response.status = static_cast<int>(in.getStatus());
      for (const auto& [name, value] : in) response.headers.push_back({name, value});
      bool keep = in.getKeepAlive();
      bool complete = readAndVerify(request, stream, in, made->nonce, deadline, &response);
      if (keep && complete) giveBack(std::move(session));
      return response;
    } catch (const Poco::TimeoutException&) {
      return failedResponse("transport.timeout", config_.name + " did not answer in time", true,
                            sent);
    } catch (const Poco::Net::SSLException& e) {
      return failedResponse("transport.tls", config_.name + ": " + std::string(e.name()), true,
                            sent);
    } catch (const Poco::Net::ConnectionRefusedException&) {
      return failedResponse("transport.unreachable", config_.name + " refused the connection", true);
    } catch (const Poco::Net::DNSException&) {
      return failedResponse("transport.unreachable", config_.name + ": unknown host", true);
    } catch (const Poco::Net::MessageException&) {
      return failedResponse("transport.broken", config_.name + " closed without a whole answer", true,
                            sent);
    } catch (const Poco::Net::NetException& e) {
      return failedResponse(sent ? "transport.broken" : "transport.unreachable",
                            config_.name + ": " + std::string(e.name()), true, sent);
    } catch (const Poco::Exception& e) {
      return failedResponse(sent ? "transport.broken" : "transport.unreachable",
                            config_.name + ": " + std::string(e.name()), true, sent);
    } catch (const std::exception&) {
      return failedResponse("transport.broken", config_.name + ": the exchange broke", true, sent);
    }
  }

  static void send(HTTPClientSession& session, HTTPRequest& out, const std::string& file,
                   const std::string& body) {
    if (!file.empty()) {
      std::ifstream in(file, std::ios::binary | std::ios::ate);
      out.setContentLength64(static_cast<std::streamoff>(in.tellg()));
      in.seekg(0);
      std::ostream& stream = session.sendRequest(out);
      stream << in.rdbuf();
      stream.flush();
      if (!stream.good()) throw Poco::Net::NetException("send");
      return;
    }
    bool has_body = !body.empty() || out.getMethod() == "POST" || out.getMethod() == "PUT" ||
                    out.getMethod() == "PATCH";
    if (has_body) out.setContentLength64(static_cast<std::streamoff>(body.size()));
    std::ostream& stream = session.sendRequest(out);
    if (!body.empty()) stream.write(body.data(), static_cast<std::streamsize>(body.size()));
    stream.flush();
    if (!stream.good()) throw Poco::Net::NetException("send");
  }

  // Reads the body (into memory or an attachment), verifies it, fills `response`. True if the body was
  // read to its end, so that the connection can serve another request.
  bool readAndVerify(const ExchangeRequest& request, std::istream& stream, const HTTPResponse& in,
                     const std::string& nonce, Deadline deadline, ExchangeResponse* response) {
    bool good_status = response->status >= 200 && response->status < 300;
    bool to_store = request.into_attachment && good_status && attachments_;
    std::unique_ptr<AttachmentStore::Sink> sink;
    if (to_store) {
      auto created = attachments_->create();
      if (!created) {
        setFailure(created.status(), response);
        return false;
      }
      sink = std::move(*created);
    }
    std::string body;
    Hasher hasher;
    std::int64_t size = 0;
    char buffer[16384];
    while (stream.good()) {
      if (leftMs(deadline, 1) == 0) throw Poco::TimeoutException("deadline");
      stream.read(buffer, sizeof buffer);
      std::string_view piece(buffer, static_cast<std::size_t>(stream.gcount()));
      if (piece.empty()) break;
      size += static_cast<std::int64_t>(piece.size());
      if (to_store) {
        hasher.add(piece);
        if (auto status = sink->write(piece); !status) {
          setFailure(status, response);
          return false;
        }
      } else {
        body.append(piece);
        if (body.size() > limits_.exchange_bytes_max) {
          setFailure(Status::failure("transport.too_large", "the answer is too large"), response);
          return false;
        }
      }
    }
    if (in.hasContentLength() && in.getContentLength64() != size &&
        in.getStatus() != HTTPResponse::HTTP_NO_CONTENT) {
      throw Poco::Net::MessageException("truncated");
    }
    trust::Context context;
    context.status = response->status;
    context.nonce = nonce;
    context.signature = in.get(kSignatureHeader, "");
    if (to_store) context.body_sha256 = hasher.hex();
    auto verified = profile_->verify(body, context, clock_.now());
    if (!verified) {
      setFailure(verified.status(), response);
      // An unsigned "try later" of something in front of the agency; an unsigned success is a failure too.
      response->maybe_delivered = true;
      return true;
    }
    if (to_store) {
      auto stored = sink->finish();
      if (!stored) {
        setFailure(stored.status(), response);
        return true;
      }
      response->attachment_sha256 = stored->sha256_hex;
      response->attachment_size = stored->bytes;
    }
    response->ok = true;
    response->body = to_store ? std::string() : std::move(verified->body);
    response->signer = verified->signer;
    return true;
  }

  static void setFailure(const Status& status, ExchangeResponse* response) {
    response->ok = false;
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
  Poco::Net::Context::Ptr tls_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HTTPClientSession>> idle_;
};

}  // namespace

Result<std::unique_ptr<Endpoint>> makeHttpEndpoint(const EndpointConfig& config,
                                                   const ParsedUrl& url,
                                                   std::unique_ptr<trust::Profile> profile,
                                                   AttachmentStore* attachments,
                                                   const Limits& limits, const Clock& clock) {
  try {
    return std::unique_ptr<Endpoint>(std::make_unique<HttpEndpoint>(
        config, url, std::move(profile), attachments, limits, clock));
  } catch (const Poco::Exception& e) {
    return Status::failure("transport.bad_endpoint",
                           "endpoint '" + config.name + "': TLS: " + e.displayText());
  }
}

}  // namespace hub::transport
