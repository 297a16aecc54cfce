// One SMS to the gateway: the HTTP interface of Kannel's smsbox (user guide 1.4.5, "Using the HTTP interface
// to send SMS messages"). The password and the number stand in the request alone: never in a log, a code
// or a text of ours.
// Threads: any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hub/notify/sms_options.h"
#include "hub/store/store.h"
#include "hub/transport/endpoint.h"

namespace hub::notify {

struct SmsAnswer {
  enum class Outcome {
    kSent,     // the gateway has it
    kRefused,  // it never takes this one: "notify.gateway_refused"
    kTrouble,  // it takes nothing now, or nobody knows: "notify.gateway_unavailable", "…_login", "…_answer"
  };
  Outcome outcome = Outcome::kTrouble;
  std::string code;
  int status = 0;  // HTTP; 0 if there was no answer
};

class SmsGateway {
 public:
  SmsGateway(const SmsOptions& options, std::unique_ptr<transport::Endpoint> endpoint)
      : options_(options), endpoint_(std::move(endpoint)) {}

  SmsAnswer send(std::string_view phone, std::string_view text, store::RowId notice);

 private:
  std::string query(std::string_view phone, std::string_view text, store::RowId notice) const;

  const SmsOptions options_;
  std::unique_ptr<transport::Endpoint> endpoint_;
};

}  // namespace hub::notify
