#include "hub/programs/hubctl_client.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <filesystem>
#include <fstream>

#include "hub/programs/hubctl_texts.h"

namespace hub::ctl {
namespace {

using namespace Poco::Net;

// A larger body is sent only once the hub said that it wants it: one that it refuses at once (413) would
// break the connection before its answer could be read.
constexpr std::int64_t kAskBeforeBytes = 64 * 1024;

std::unique_ptr<HTTPClientSession> openSession(const Connection& connection) {
  const Poco::URI url(connection.url);
  if (url.getScheme() == "http") {
    return std::make_unique<HTTPClientSession>(url.getHost(), url.getPort());
  }
  if (url.getScheme() != "https") throw Poco::InvalidArgumentException("the URL is http or https");
  initializeSSL();
  Context::Params params;
  params.caLocation = connection.ca_file;
  params.loadDefaultCAs = connection.ca_file.empty();
  params.certificateFile = connection.certificate;
  params.privateKeyFile = connection.certificate_key;
  params.verificationMode = Context::VERIFY_STRICT;
  Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  return std::make_unique<HTTPSClientSession>(url.getHost(), url.getPort(), context);
}

}  // namespace

struct Client::Impl {
  explicit Impl(Connection c) : connection(std::move(c)) {}

  // `write` sends the body.
  template <class Write>
  Answer call(const std::string& method, const std::string& target, const std::string& type,
              std::int64_t length, Write write) {
    Answer answer;
    try {
      auto session = openSession(connection);
      session->setTimeout(Poco::Timespan(connection.wait_s, 0));
      HTTPRequest request(method, target, HTTPMessage::HTTP_1_1);
      request.set("Accept-Language", connection.language);
      if (!connection.key.empty()) request.set("X-API-Key", connection.key);
      if (!type.empty()) request.setContentType(type);
      if (method != "GET") request.setContentLength64(length);
      const bool ask = length > kAskBeforeBytes;
      if (ask) request.setExpectContinue(true);
      HTTPResponse response;
      auto& to = session->sendRequest(request);
      if (!ask || session->peekResponse(response)) write(to);
      std::string body;
      Poco::StreamCopier::copyToString(session->receiveResponse(response), body);
      answer.status = response.getStatus();
      answer.body = std::move(body);
    } catch (const Poco::Exception& e) {
      answer.problem = connection.url + ": " + e.displayText();
    }
    return answer;
  }

  Connection connection;
};

Client::Client(Connection connection) : impl_(std::make_unique<Impl>(std::move(connection))) {}
Client::~Client() = default;

const std::string& Client::language() const { return impl_->connection.language; }

Answer Client::get(const std::string& target) {
  return impl_->call("GET", target, "", 0, [](std::ostream&) {});
}

Answer Client::post(const std::string& target, const std::string& type, const std::string& body) {
  return impl_->call("POST", target, type, static_cast<std::int64_t>(body.size()),
                     [&](std::ostream& out) { out << body; });
}

Answer Client::putFile(const std::string& target, const std::string& type,
                       const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    Answer unreadable;
    unreadable.problem = path + ": " + say("it cannot be read");
    return unreadable;
  }
  return impl_->call("PUT", target, type, static_cast<std::int64_t>(bytes),
                     [&](std::ostream& out) { Poco::StreamCopier::copyStream(file, out); });
}

std::string segment(const std::string& text) {
  std::string out;
  Poco::URI::encode(text, "/?#&=+:%;,@!$'()*[]", out);
  return out;
}

std::string queryOf(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += (out.empty() ? "?" : "&") + name + "=" + segment(value);
  }
  return out;
}

}  // namespace hub::ctl
