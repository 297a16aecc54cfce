// JSON of strangers within bounds. For .cpp files that include nlohmann/json.hpp.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace otinish::kit {

inline constexpr std::size_t kJsonBytesMax = 8 * 1024 * 1024;
inline constexpr int kJsonDepthMax = 64;

// Size, depth and UTF-8, without parsing. Failure: MappingError "adapter.too_large",
// "adapter.too_deep", "adapter.bad_charset".
void checkJson(std::string_view text);
// Failure: as checkJson, and "adapter.bad_json".
nlohmann::json parseJson(std::string_view text);
// A member that is a string or number, as text; "" when absent or null. An object or array is a
// failure ("adapter.bad_json").
std::string textMember(const nlohmann::json& object, const char* name);

}  // namespace otinish::kit
