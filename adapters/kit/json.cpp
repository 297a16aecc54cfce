#include "adapters/kit/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kit/error.h"
#include "adapters/kit/text.h"

namespace otinish::kit {
namespace {

int lineAt(std::string_view text, std::size_t position) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(position, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

}  // namespace

void checkJson(std::string_view text) {
  if (text.size() > kJsonBytesMax) throw MappingError("adapter.too_large", "the JSON is too large");
  if (const int line = lineOfBadUtf8(text); line > 0) {
    throw MappingError("adapter.bad_charset", "the JSON is not UTF-8", line);
  }
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
        throw MappingError("adapter.too_deep", "the JSON is nested too deeply", lineAt(text, i));
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

nlohmann::json parseJson(std::string_view text) {
  checkJson(text);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    throw MappingError("adapter.bad_json", "not JSON", lineAt(text, e.byte > 0 ? e.byte - 1 : 0));
  } catch (const nlohmann::json::exception&) {
    throw MappingError("adapter.bad_json", "a number is out of every range");
  }
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
