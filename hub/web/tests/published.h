// The published description, held against every answer that a test gets: what a client may meet stands in it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "hub/base/text.h"
#include "hub/web/openapi_text.h"
#include "hub/web/router.h"

namespace hub::web::testing {

// What the answer `status` to a request of these bytes lacks in the description; "" if it stands there, and of what is no
// request for one of its operations.
inline std::string notPublished(const std::string& bytes, int status) {
  const auto words = split(bytes.substr(0, bytes.find("\r\n")), ' ');
  if (words.size() != 3) return {};
  Request request;
  request.method = words[0];
  request.target = words[1];
  std::string allow;
  const auto route = findRoute(request, allow);
  if (!route.ok() || !(*route)->pattern.starts_with("/v1/")) return {};
  // Of a head that is too long or asks for what is not spoken here: any server's, of no operation in particular.
  for (const int of_head : {414, 417, 431, 501, 505}) {
    if (status == of_head) return {};
  }
  static const YAML::Node kDocument = YAML::Load(std::string(kOpenApiText));
  const std::string pattern((*route)->pattern);
  const YAML::Node path = kDocument["paths"][pattern];
  // GET takes HEAD, too, which may have an operation of its own.
  const bool own_head = request.method == "HEAD" && path["head"];
  const std::string method(own_head ? "HEAD" : (*route)->method);
  const auto operation = path[toLowerAscii(method)];
  if (operation["responses"][std::to_string(status)]) return {};
  return method + " " + pattern + " answers " + std::to_string(status);
}

}  // namespace hub::web::testing
