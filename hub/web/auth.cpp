#include "hub/web/auth.h"

#include <set>

#include "hub/base/ids.h"
#include "hub/base/text.h"

namespace hub::web {
namespace {

// The key the caller presents, "" if none.
std::string presentedKey(const Request& request) {
  if (const std::string* key = request.header("X-API-Key")) return std::string(trim(*key));
  const std::string* authorization = request.header("Authorization");
  if (!authorization) return {};
  const std::string_view value = trim(*authorization);
  if (toLowerAscii(value.substr(0, 7)) == "bearer ") return std::string(trim(value.substr(7)));
  return std::string(value);  // another scheme: a key nobody has
}

bool isHash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<Authenticator> Authenticator::make(const std::vector<Client>& clients) {
  std::set<std::string> names, keys, subjects;
  for (const Client& client : clients) {
    auto bad = [&](const char* why) {
      return Status::failure("web.bad_client", why, "/clients/" + client.name);
    };
    if (client.name.empty() || !names.insert(client.name).second) {
      return bad("a client needs a name of its own");
    }
    if (client.api_key_sha256.empty() && client.certificate_subject.empty()) {
      return bad("a client needs api_key_sha256 or certificate_subject");
    }
    if (!client.api_key_sha256.empty() && !isHash(client.api_key_sha256)) {
      return bad("api_key_sha256 is 64 lower-case hexadecimal digits");
    }
    if ((!client.api_key_sha256.empty() && !keys.insert(client.api_key_sha256).second) ||
        (!client.certificate_subject.empty() &&
         !subjects.insert(client.certificate_subject).second)) {
      return bad("another client has the same key or certificate");
    }
  }
  Authenticator made;
  made.clients_ = clients;
  return made;
}

const Client* Authenticator::byKey(std::string_view key) const {
  const std::string hash = sha256Hex(key);
  const Client* found = nullptr;
  // All of them, so that the time does not tell which client came near.
  for (const Client& client : clients_) {
    if (equalConstantTime(hash, client.api_key_sha256)) found = &client;
  }
  return found;
}

const Client* Authenticator::bySubject(std::string_view subject) const {
  if (subject.empty()) return nullptr;
  for (const Client& client : clients_) {
    if (client.certificate_subject == subject) return &client;
  }
  return nullptr;
}

Status Authenticator::admit(Request& request, Access access) const {
  if (access == Access::kOpen || access == Access::kAgency) return {};
  const std::string key = presentedKey(request);
  const Client* client = key.empty() ? bySubject(request.peer_subject) : byKey(key);
  if (!client) {
    if (access == Access::kClientOrLoopback && request.loopback && key.empty()) return {};
    return Status::failure("web.unauthenticated", key.empty()
                                                      ? "no API key and no known client certificate"
                                                      : "the API key is not known");
  }
  request.caller = {client->name, client->source_system, client->admin, client->roles,
                    client->body};
  // A system that is bound to a body alone is nobody's applicant.
  const bool of_body = !client->body.empty() && client->source_system.empty();
  if (client->roles.empty() && client->admin) {
    request.caller.roles = {"registrar", "executor", "head", "controller"};
  } else if (client->roles.empty() && !of_body) {
    request.caller.roles = {"applicant"};
  }
  if (access == Access::kAdmin && !client->admin) {
    return Status::failure("web.forbidden", "this needs an administrator");
  }
  return {};
}

}  // namespace hub::web
