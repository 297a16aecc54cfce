// The section `sms:` of hubd's configuration (config/hub.yaml explains every key).
#pragma once

#include <string>

#include "hub/notify/quiet_hours.h"
#include "hub/transport/endpoint.h"

namespace hub::notify {

struct SmsOptions {
  transport::EndpointConfig endpoint;  // the gateway's sendsms address
  std::string username, password;
  std::string sender;
  std::string texts_file;
  QuietHours quiet;
  int per_second_max = 20;
  int attempts_max = 20;      // of one notice; while the gateway is away only single ones are tried
  int keep_days = 400;        // finished notices; longer than any term in which one is asked about
  std::string report_url;     // our own door as the gateway reaches it, ending in /sms/report
  std::string report_secret;  // of the tokens in it
};

}  // namespace hub::notify
