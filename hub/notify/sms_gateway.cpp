#include "hub/notify/sms_gateway.h"

#include "hub/notify/report_token.h"
#include "hub/notify/sms_texts.h"

namespace hub::notify {
namespace {

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      (((out += '%') += kHex[byte >> 4]) += kHex[byte & 15]);
  }
  return out;
}

SmsAnswer trouble(const char* code, int status) {
  return {SmsAnswer::Outcome::kTrouble, code, status};
}

SmsAnswer read(const otinish::ExchangeResponse& response) {
  const int status = response.status;
  if (!response.ok) return trouble("notify.gateway_unavailable", 0);
  if (status == 202) {
    // "0: Accepted for delivery", "3: Queued for later delivery".
    const bool taken = response.body.starts_with("0:") || response.body.starts_with("3:");
    if (taken) return {SmsAnswer::Outcome::kSent, "", status};
    return trouble("notify.gateway_answer", status);
  }
  // A wrong password says nothing of the message; Kannel answers it with the same status as a number that
  // it does not route.
  const bool login = status == 401 || (status == 403 && response.body.starts_with("Authorization"));
  if (login) return trouble("notify.gateway_login", status);
  if (status == 408 || status == 429 || status >= 500) {
    return trouble("notify.gateway_unavailable", status);
  }
  if (status >= 400) return {SmsAnswer::Outcome::kRefused, "notify.gateway_refused", status};
  return trouble("notify.gateway_answer", status);
}

}  // namespace

std::string SmsGateway::query(std::string_view phone, std::string_view text,
                              store::RowId notice) const {
  // The mask asks for delivered (1), not delivered (2) and refused by the network (16). Kannel puts the kind of report for %d and the network's id of the message for %F.
  const std::string report =
      options_.report_url + "?notice=" + std::to_string(notice) +
      "&status=%d&id=%F&token=" + reportToken(options_.report_secret, notice);
  return "?username=" + encoded(options_.username) + "&password=" + encoded(options_.password) +
         "&from=" + encoded(options_.sender) + "&to=" + encoded(phone) + "&text=" + encoded(text) +
         "&charset=UTF-8&coding=" + (isSevenBit(text) ? "0" : "2") +
         "&dlr-mask=19&dlr-url=" + encoded(report);
}

SmsAnswer SmsGateway::send(std::string_view phone, std::string_view text, store::RowId notice) {
  otinish::ExchangeRequest request;
  request.endpoint = options_.endpoint.name;
  request.method = "GET";
  request.path = query(phone, text, notice);
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::milliseconds(options_.endpoint.request_ms_max);
  return read(endpoint_->exchange(request, deadline));
}

}  // namespace hub::notify
