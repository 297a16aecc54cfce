#include "hub/model/tools/contracts.h"

#include <algorithm>
#include <array>
#include <limits>

#include "hub/model/codec_common.h"
#include "hub/model/codes.h"

namespace hub::model {
namespace {

std::string number(double value) {
  std::string out;
  appendDouble(out, value);
  // Integers up to 9e15 in plain digits: xs:long knows no exponent.
  if (out.find('e') != std::string::npos) out = std::to_string(static_cast<long long>(value));
  return out;
}

bool hasMin(const FieldDescription& f) { return f.min != std::numeric_limits<double>::lowest(); }
bool hasMax(const FieldDescription& f) { return f.max != std::numeric_limits<double>::max(); }

// May a submitted document leave it out? Plain bools and numbers have a stated default.
bool optional(const FieldDescription& f) { return !f.mandatory || f.hub_owned; }

constexpr std::string_view kTimePattern =
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?(Z|[+\\-][0-9]{2}:[0-9]{"
    "2})";
constexpr std::string_view kDatePattern = "[0-9]{4}-[0-9]{2}-[0-9]{2}";

// ---- XSD ----

std::string facet(std::string_view name, std::string_view value) {
  std::string out = "          <xs:";
  out.append(name).append(" value=\"");
  for (char c : value) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out + "\"/>\n";
}

// Name of a ready simple type, or "" when facets are needed.
std::string xsdNamedType(const FieldDescription& f) {
  if (f.kind == Kind::kStruct) return "a:" + std::string(f.sub().name);
  if (f.codes) return "a:" + std::string(f.codes->name);
  if (f.kind == Kind::kBool) return "xs:boolean";
  if (f.kind == Kind::kDate) return "a:date";
  if (f.kind == Kind::kTimestamp) return "a:timestamp";
  return "";
}

std::string xsdRestriction(const FieldDescription& f) {
  const bool integer = f.kind == Kind::kInt, real = f.kind == Kind::kDouble;
  std::string out = "        <xs:simpleType><xs:restriction base=\"xs:";
  out += integer ? "long" : real ? "double" : "string";
  out += "\">\n";
  if (integer || real) {
    if (hasMin(f)) out += facet("minInclusive", number(f.min));
    if (hasMax(f)) out += facet("maxInclusive", number(f.max));
  } else {
    out += facet("minLength", "1") + facet("maxLength", std::to_string(f.length_max));
    if (!pattern(f.format).empty()) out += facet("pattern", pattern(f.format));
  }
  return out + "        </xs:restriction></xs:simpleType>\n";
}

std::string xsdElement(const FieldDescription& f) {
  std::string out = "      <xs:element name=\"" + std::string(f.name) + "\"";
  const std::string type = xsdNamedType(f);
  if (!type.empty()) out += " type=\"" + type + "\"";
  if (optional(f)) out += " minOccurs=\"0\"";
  if (f.repeated) out += " maxOccurs=\"unbounded\"";
  if (!type.empty()) return out + "/>\n";
  return out + ">\n" + xsdRestriction(f) + "      </xs:element>\n";
}

constexpr std::string_view kXsdTail =
    "      <xs:any namespace=\"##other\" processContents=\"lax\" minOccurs=\"0\" "
    "maxOccurs=\"unbounded\"/>\n"
    "    </xs:sequence>\n"
    "    <xs:anyAttribute namespace=\"##other\" processContents=\"lax\"/>\n"
    "  </xs:complexType>\n";

std::string xsdType(const TypeDescription& type) {
  std::string out =
      "  <xs:complexType name=\"" + std::string(type.name) + "\">\n    <xs:sequence>\n";
  for (const FieldDescription& f : type.fields) out += xsdElement(f);
  out += kXsdTail;
  return out;
}

std::string xsdCodes(const CodeList& list) {
  std::string out = "  <xs:simpleType name=\"" + std::string(list.name) +
                    "\">\n    <xs:restriction base=\"xs:token\">\n";
  for (std::string_view code : list.codes)
    out += "      <xs:enumeration value=\"" + std::string(code) + "\"/>\n";
  return out + "    </xs:restriction>\n  </xs:simpleType>\n";
}

std::string xsdPatternType(std::string_view name, std::string_view base, std::string_view pattern) {
  return "  <xs:simpleType name=\"" + std::string(name) +
         "\">\n    <xs:restriction base=\"xs:" + std::string(base) +
         "\">\n      <xs:pattern value=\"" + std::string(pattern) +
         "\"/>\n    </xs:restriction>\n  </xs:simpleType>\n";
}

std::string xsdMessage() {
  std::string out =
      "  <xs:complexType name=\"Message\">\n    <xs:sequence>\n"
      "      <xs:element name=\"envelope\" type=\"a:Envelope\"/>\n      <xs:choice>\n";
  for (const PayloadDescription& p : payloads())
    out += "        <xs:element ref=\"a:" + std::string(p.element) + "\"/>\n";
  out += "      </xs:choice>\n";
  out += kXsdTail;
  return out;
}

// ---- JSON Schema ----

std::string quoted(std::string_view text) {
  std::string out;
  appendJsonText(out, text);
  return out;
}

std::string jsonString(const FieldDescription& f) {
  if (f.codes) return "\"$ref\":\"#/definitions/" + std::string(f.codes->name) + "\"";
  std::string out =
      "\"type\":\"string\",\"minLength\":1,\"maxLength\":" + std::to_string(f.length_max);
  std::string_view p = pattern(f.format);
  if (f.kind == Kind::kDate) p = kDatePattern;
  if (f.kind == Kind::kTimestamp) p = kTimePattern;
  if (!p.empty()) out += ",\"pattern\":" + quoted("^(" + std::string(p) + ")$");
  return out;
}

std::string jsonValue(const FieldDescription& f) {
  std::string out = "{";
  if (f.kind == Kind::kStruct) {
    out += "\"$ref\":\"#/definitions/" + std::string(f.sub().name) + "\"";
  } else if (f.kind == Kind::kBool) {
    out += "\"type\":\"boolean\"";
  } else if (f.kind == Kind::kInt || f.kind == Kind::kDouble) {
    out += f.kind == Kind::kInt ? "\"type\":\"integer\"" : "\"type\":\"number\"";
    if (hasMin(f)) out += ",\"minimum\":" + number(f.min);
    if (hasMax(f)) out += ",\"maximum\":" + number(f.max);
  } else {
    out += jsonString(f);
  }
  return out + "}";
}

std::string jsonMember(const FieldDescription& f) {
  std::string out = "        " + quoted(f.name) + ": ";
  if (!f.repeated) return out + jsonValue(f);
  out += "{\"type\":\"array\",";
  if (!optional(f)) out += "\"minItems\":1,";
  return out + "\"maxItems\":" + std::to_string(Limits{}.list_items_max) +
         ",\"items\":" + jsonValue(f) + "}";
}

std::string jsonType(const TypeDescription& type) {
  std::string members, required;
  for (const FieldDescription& f : type.fields) {
    members += (members.empty() ? "" : ",\n") + jsonMember(f);
    if (!optional(f)) required += (required.empty() ? "" : ",") + quoted(f.name);
  }
  std::string out = "    " + quoted(type.name) + ": {\n      \"type\": \"object\",\n";
  if (!required.empty()) out += "      \"required\": [" + required + "],\n";
  return out + "      \"properties\": {\n" + members + "\n      }\n    }";
}

std::string jsonCodes(const CodeList& list) {
  std::string out = "    " + quoted(list.name) + ": {\"type\":\"string\",\"enum\":[";
  for (std::size_t i = 0; i < list.codes.size(); ++i) out += (i ? "," : "") + quoted(list.codes[i]);
  return out + "]}";
}

// ---- Thrift ----

// Words the Thrift compiler reserves that are names of ours; on the wire only ids travel.
std::string thriftName(std::string_view name) {
  constexpr std::array kReserved{"from", "until", "register", "by", "as", "in", "is", "or", "and"};
  std::string out(name);
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) out += '_';
  return out;
}

std::string thriftType(const FieldDescription& f) {
  std::string out;
  if (f.kind == Kind::kStruct)
    out = f.sub().name;
  else if (f.kind == Kind::kInt)
    out = "i64";
  else if (f.kind == Kind::kDouble)
    out = "double";
  else if (f.kind == Kind::kBool)
    out = "bool";
  else
    out = "string";
  return f.repeated ? "list<" + out + ">" : out;
}

std::string thriftStruct(const TypeDescription& type) {
  std::string out = "struct " + std::string(type.name) + " {\n";
  for (const FieldDescription& f : type.fields) {
    out += "  " + std::to_string(f.thrift_id) + ": optional " + thriftType(f) + " " +
           thriftName(f.name);
    if (f.codes) out += "  // one of: " + std::string(f.codes->name);
    out += "\n";
  }
  return out + "}\n\n";
}

}  // namespace

std::string makeXsd() {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!-- Generated from the field descriptions of hub/model by model_contracts; do not edit.\n"
      "     Fields that the hub fills may be absent here; in what the hub sends they are present. "
      "-->\n"
      "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:a=\"" +
      std::string(kNamespace) + "\"\n    targetNamespace=\"" + std::string(kNamespace) +
      "\" elementFormDefault=\"qualified\" version=\"" + std::string(kSchemaVersion) +
      "\">\n"
      "  <xs:element name=\"message\" type=\"a:Message\"/>\n";
  for (const PayloadDescription& p : payloads())
    out += "  <xs:element name=\"" + std::string(p.element) +
           "\" type=\"a:" + std::string(p.describe().name) + "\"/>\n";
  out += xsdPatternType("date", "date", kDatePattern) +
         xsdPatternType("timestamp", "dateTime", kTimePattern);
  for (const CodeList* list : codes::all()) out += xsdCodes(*list);
  for (const TypeDescription* type : allTypes()) out += xsdType(*type);
  return out + xsdMessage() + "</xs:schema>\n";
}

std::string makeJsonSchema() {
  std::string out =
      "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"$id\": " +
      quoted(kNamespace) +
      ",\n  \"$comment\": \"Generated from the field descriptions of hub/model by model_contracts; "
      "do "
      "not edit.\",\n  \"title\": \"A message of the appeals hub\",\n  \"type\": \"object\",\n"
      "  \"required\": [\"envelope\"],\n  \"properties\": {\n"
      "    \"envelope\": {\"$ref\":\"#/definitions/Envelope\"}";
  std::string one;
  for (const PayloadDescription& p : payloads()) {
    out += ",\n    " + quoted(p.element) + ": {\"$ref\":\"#/definitions/" +
           std::string(p.describe().name) + "\"}";
    one += (one.empty() ? "" : ",") + ("{\"required\":[" + quoted(p.element) + "]}");
  }
  out += "\n  },\n  \"oneOf\": [" + one + "],\n  \"definitions\": {\n";
  for (const CodeList* list : codes::all()) out += jsonCodes(*list) + ",\n";
  for (std::size_t i = 0; i < allTypes().size(); ++i)
    out += (i ? ",\n" : "") + jsonType(*allTypes()[i]);
  return out + "\n  }\n}\n";
}

std::string makeThriftIdl() {
  std::string out =
      "// Generated from the field descriptions of hub/model by model_contracts; do not edit.\n"
      "// The typed form of urn:otinish:appeal:1. What is mandatory, the codes and the limits "
      "stand in\n"
      "// appeal.xsd; every field is optional on the wire so that versions can live side by side.\n"
      "namespace cpp otinish.appeal\nnamespace py otinish_appeal\n\n";
  for (const TypeDescription* type : allTypes()) out += thriftStruct(*type);
  out +=
      "// The envelope and exactly one payload.\nstruct Message {\n  1: optional Envelope "
      "envelope\n";
  for (const PayloadDescription& p : payloads())
    out += "  " + std::to_string(p.thrift_id) + ": optional " + std::string(p.describe().name) +
           " " + std::string(p.element) + "\n";
  return out + "}\n";
}

}  // namespace hub::model
