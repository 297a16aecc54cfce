#include "adapters/kit/json.h"

#include <nlohmann/json.hpp>

#include "adapters/kit/error.h"
#include "adapters/kit/text.h"

namespace otinish::kit {

void checkJson(std::string_view text) {
  if (text.size() > kJsonBytesMax) throw MappingError("adapter.too_large", "the JSON is too large");
  if (!isUtf8(text)) throw MappingError("adapter.bad_charset", "the JSON is not UTF-8");
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax) {
        throw MappingError("adapter.too_deep", "the JSON is nested too deeply");
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

nlohmann::json parseJson(std::string_view text) {
  checkJson(text);
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) throw MappingError("adapter.bad_json", "not JSON");
  return value;
}

std::string textMember(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto it = object.find(name);
  if (it == object.end() || it->is_null()) return {};
  if (it->is_string()) return it->get<std::string>();
  if (it->is_object() || it->is_array()) {
    throw MappingError("adapter.bad_json", std::string("member ") + name + " is not a value");
  }
  return it->dump();
}

}  // namespace otinish::kit
