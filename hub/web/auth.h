// Who is calling: API key or client certificate against the configured clients. Internal to
// hub/web. Threads: immutable after make.
#pragma once

#include <string_view>
#include <vector>

#include "hub/web/http.h"
#include "hub/web/server.h"

namespace hub::web {

enum class Access {
  kOpen,              // anybody
  kClient,            // a known client
  kAdmin,             // a known client with admin
  kClientOrLoopback,  // metrics: a known client, or anybody on this machine
  kAgency,            // anybody: the agency's signature is checked further in
};

class Authenticator {
 public:
  // "web.bad_client": no name, malformed hash, neither key nor certificate, or one of these twice.
  static Result<Authenticator> make(const std::vector<Client>& clients);
  // Fills request.caller. "web.unauthenticated", "web.forbidden". A wrong key is refused even where
  // none is needed.
  Status admit(Request& request, Access access) const;

 private:
  const Client* byKey(std::string_view key) const;
  const Client* bySubject(std::string_view subject) const;
  std::vector<Client> clients_;
};

}  // namespace hub::web
