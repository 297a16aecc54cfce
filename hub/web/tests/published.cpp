#include "hub/web/tests/published.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "hub/base/text.h"
#include "hub/web/openapi_text.h"
#include "hub/web/router.h"

namespace hub::web::testing {
namespace {

using nlohmann::json;

json scalarOf(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // in quotes
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole);
      read.ec == std::errc() && read.ptr == end) {
    return whole;
  }
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real);
      read.ec == std::errc() && read.ptr == end) {
    return real;
  }
  return text;
}

json jsonOf(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = jsonOf(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const auto& one : node) array.push_back(jsonOf(one));
    return array;
  }
  return node.IsScalar() ? scalarOf(node) : json();
}

// OpenAPI 3.0 says of a schema that it is nullable, JSON Schema says "null" among its types.
void asJsonSchema(json& node) {
  if (node.is_object() && node.value("nullable", json()) == json(true)) {
    if (node.contains("type")) node["type"] = json::array({node["type"], "null"});
    if (node.contains("enum")) node["enum"].push_back(nullptr);
    node.erase("nullable");
  }
  for (auto& part : node) {
    if (part.is_structured()) asJsonSchema(part);
  }
}

const json& document() {
  static const json kDocument = [] {
    json all = jsonOf(YAML::Load(std::string(kOpenApiText)));
    asJsonSchema(all);
    return all;
  }();
  return kDocument;
}

const json& resolved(const json& node) {
  const json* at = &node;
  while (at->is_object() && at->contains("$ref")) {
    at = &document().at(json::json_pointer((*at)["$ref"].get<std::string>().substr(1)));
  }
  return *at;
}

// A schema and all it is made of by allOf.
void partsOf(const json& schema, std::vector<const json*>& parts) {
  const json& one = resolved(schema);
  parts.push_back(&one);
  if (!one.contains("allOf")) return;
  for (const auto& part : one["allOf"]) partsOf(part, parts);
}

// The path of a member that the schema does not name, where it names members at all; "" if there is none.
std::string unnamedMember(const json& schema, const json& value, const std::string& path) {
  std::vector<const json*> parts;
  partsOf(schema, parts);
  if (value.is_array()) {
    for (const json* part : parts) {
      if (!part->contains("items")) continue;
      for (std::size_t i = 0; i < value.size(); ++i) {
        auto found = unnamedMember((*part)["items"], value[i], path + "/" + std::to_string(i));
        if (!found.empty()) return found;
      }
    }
  }
  if (!value.is_object()) return {};
  std::map<std::string, const json*> named;
  bool open = false;
  for (const json* part : parts) {
    open = open || part->contains("additionalProperties") || part->contains("oneOf") ||
           part->contains("anyOf");
    if (!part->contains("properties")) continue;
    for (const auto& [name, of] : (*part)["properties"].items()) named[name] = &of;
  }
  for (const auto& [name, member] : value.items()) {
    const auto of = named.find(name);
    if (of == named.end() && !named.empty() && !open) return path + "/" + name;
    if (of == named.end()) continue;
    auto found = unnamedMember(*of->second, member, path + "/" + name);
    if (!found.empty()) return found;
  }
  return {};
}

std::string wrongBody(const std::string& name, const json& schema, const std::string& body) {
  struct Compiled {
    json document;
    valijson::Schema schema;
  };
  static std::map<std::string, std::unique_ptr<Compiled>> known;
  const json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) return "is no JSON";
  auto& compiled = known[name];
  if (!compiled) {
    compiled = std::make_unique<Compiled>();
    compiled->document = {{"allOf", json::array({schema})},
                          {"components", document()["components"]}};
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(compiled->document),
                          compiled->schema);
  }
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (!validator.validate(compiled->schema, valijson::adapters::NlohmannJsonAdapter(value),
                          &results)) {
    std::string why = "does not fit its schema:";
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
      why += "\n  ";
      for (const auto& step : error.context) why += step;
      why += " " + error.description;
    }
    return why;
  }
  const auto unnamed = unnamedMember(schema, value, "");
  return unnamed.empty() ? "" : "has a member that its schema does not name: " + unnamed;
}

struct Operation {
  std::string name;
  const json* described = nullptr;
};

// Of a request of these bytes, if it is one of the description.
Operation operationOf(const std::string& bytes) {
  const auto words = split(bytes.substr(0, bytes.find("\r\n")), ' ');
  if (words.size() != 3) return {};
  Request request;
  request.method = words[0];
  request.target = words[1];
  std::string allow;
  const auto route = findRoute(request, allow);
  if (!route.ok() || !(*route)->pattern.starts_with("/v1/")) return {};
  const std::string pattern((*route)->pattern);
  const json& path = document()["paths"].at(pattern);
  // GET takes HEAD, too, which may have an operation of its own.
  const bool own_head = request.method == "HEAD" && path.contains("head");
  const std::string method(own_head ? "HEAD" : (*route)->method);
  return {method + " " + pattern, &path.at(toLowerAscii(method))};
}

// Of a head that is too long or asks for what is not spoken here: any server's, of no operation in particular.
bool isOfHead(int status) {
  return status == 414 || status == 417 || status == 431 || status == 501 || status == 505;
}

}  // namespace

std::string notPublished(const std::string& bytes, int status) {
  const auto operation = operationOf(bytes);
  if (operation.described == nullptr || isOfHead(status)) return {};
  if ((*operation.described)["responses"].contains(std::to_string(status))) return {};
  return operation.name + " answers " + std::to_string(status);
}

std::string notPublished(const std::string& bytes, const Response& response) {
  const auto status = notPublished(bytes, response.status);
  const auto operation = operationOf(bytes);
  if (!status.empty() || operation.described == nullptr || isOfHead(response.status)) return status;
  // A HEAD is answered without one.
  if (response.body.empty()) return {};
  const auto answer = operation.name + " answers " + std::to_string(response.status);
  const auto said = response.header("Content-Type");
  const auto type = toLowerAscii(trim(said.substr(0, said.find(';'))));
  const json& described =
      resolved((*operation.described)["responses"][std::to_string(response.status)]);
  if (!described.contains("content")) return answer + " with a body";
  const json& content = described["content"];
  if (content.contains("*/*")) return {};
  if (!content.contains(type)) return answer + " with " + type;
  if (type != "application/json" && !type.ends_with("+json")) return {};
  if (!content[type].contains("schema")) return answer + " without a schema of " + type;
  const auto wrong = wrongBody(answer + " " + type, content[type]["schema"], response.body);
  return wrong.empty() ? "" : answer + "; the body " + wrong;
}

}  // namespace hub::web::testing
