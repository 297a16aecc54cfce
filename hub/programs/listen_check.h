// What `hubd --check-config` says of the certificate, key and CA file of the doors: found before a
// restart, not at it.
// Threads: pure but for the files read.
#pragma once

#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/web/server.h"

namespace hub::programs {

struct ListenFinding {
  std::string key;  // of listen.tls: certificate, key, client_ca
  std::string text;
  bool warning = false;
};

// Errors: unreadable, not PEM, the key is not the certificate's, not valid at `now`. Warning: expires
// within 30 days. Empty if all is well or there is no TLS.
std::vector<ListenFinding> checkListenTls(const web::TlsOptions& tls, Instant now);

}  // namespace hub::programs
