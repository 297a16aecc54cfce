// contracts/api/openapi.yaml, compiled in. Internal to hub/web.
#pragma once

#include <string_view>

namespace hub::web {

extern const std::string_view kOpenApiText;

}  // namespace hub::web
