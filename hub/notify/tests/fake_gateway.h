// A gateway that keeps what it was sent and answers as the test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/text.h"
#include "hub/transport/endpoint.h"

namespace hub::notify::testing {

inline std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

inline std::map<std::string, std::string> queryOf(std::string_view target) {
  std::map<std::string, std::string> values;
  for (const auto& pair : split(target.substr(target.find('?') + 1), '&')) {
    const auto equals = pair.find('=');
    values[pair.substr(0, equals)] = decoded(std::string_view(pair).substr(equals + 1));
  }
  return values;
}

inline otinish::ExchangeResponse answered(int status, const std::string& body) {
  otinish::ExchangeResponse response;
  response.ok = true;
  response.status = status;
  response.body = body;
  return response;
}

struct Sent {
  std::string method, path;
  std::map<std::string, std::string> query;
};

// Outlives the endpoints over it, as a gateway outlives the hub.
struct FakeGateway {
  std::vector<Sent> sent;
  std::function<otinish::ExchangeResponse(const Sent&)> answer = [](const Sent&) {
    return answered(202, "0: Accepted for delivery");
  };
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const auto& one : sent) all.push_back(one.query.at("text"));
    return all;
  }
};

class FakeEndpoint final : public transport::Endpoint {
 public:
  explicit FakeEndpoint(FakeGateway& gateway) : gateway_(gateway) {}
  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request,
                                     transport::Deadline) override {
    gateway_.sent.push_back({request.method, request.path, queryOf(request.path)});
    return gateway_.answer(gateway_.sent.back());
  }
  Status check(transport::Deadline) override { return {}; }

 private:
  FakeGateway& gateway_;
};

}  // namespace hub::notify::testing
