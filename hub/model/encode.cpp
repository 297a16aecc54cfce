// Model → XML and JSON: appends to one string, walking the field descriptions.
#include <algorithm>
#include <cmath>

#include "hub/base/log.h"
#include "hub/model/codec.h"
#include "hub/model/codec_common.h"

namespace hub::model {
namespace {

void appendNumber(std::string& out, const FieldDescription& field, const void* value) {
  if (field.kind == Kind::kInt) {
    out += std::to_string(*static_cast<const std::int64_t*>(value));
  } else if (field.kind == Kind::kBool) {
    out += *static_cast<const bool*>(value) ? "true" : "false";
  } else {
    appendDouble(out, *static_cast<const double*>(value));
  }
}

bool isNumber(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kBool || kind == Kind::kDouble;
}

const Unknown& unknownOf(const TypeDescription& type, const void* object) {
  return type.unknown(const_cast<void*>(object));
}

void xmlOpen(std::string& out, std::string_view name) {
  out.append(1, '<').append(name).append(1, '>');
}
void xmlClose(std::string& out, std::string_view name) {
  out.append("</").append(name).append(1, '>');
}
// U+FFFE and U+FFFF, which XML cannot hold, stand in JSON strings only and are escaped there.
void xmlMembers(std::string& out, std::string_view json) {
  out.append(1, '<').append(kMembersElement).append(" xmlns=\"").append(kMembersNamespace);
  out += "\">";
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t last = std::min(json.find("\xEF\xBF", at), json.size());
    appendXmlText(out, json.substr(at, last - at));
    const std::string_view found = json.substr(last, 3);
    at = last + found.size();
    if (found == "\xEF\xBF\xBE")
      out += "\\ufffe";
    else if (found == "\xEF\xBF\xBF")
      out += "\\uffff";
    else
      out += found;
  }
  xmlClose(out, kMembersElement);
}
void xmlUnknown(std::string& out, const Unknown& unknown) {
  std::string members;
  for (const UnknownField& u : unknown) {
    if (u.family == UnknownField::Family::kXml) out += u.raw;
    if (u.family != UnknownField::Family::kJson) continue;
    members += members.empty() ? '{' : ',';
    appendJsonText(members, u.name);
    members.append(1, ':').append(u.raw);
  }
  if (!members.empty()) xmlMembers(out, members + "}");
}

void xmlObject(std::string& out, const TypeDescription& type, const void* object) {
  for (const FieldDescription& field : type.fields) {
    const std::size_t n = field.count(object);
    for (std::size_t i = 0; i < n; ++i) {
      const void* value = field.at(object, i);
      xmlOpen(out, field.name);
      if (field.kind == Kind::kStruct)
        xmlObject(out, field.sub(), value);
      else if (isNumber(field.kind))
        appendNumber(out, field, value);
      else
        appendXmlText(out, *static_cast<const std::string*>(value));
      xmlClose(out, field.name);
    }
  }
  xmlUnknown(out, unknownOf(type, object));
}

void xmlRoot(std::string& out, std::string_view name) {
  out.append(1, '<').append(name).append(" xmlns=\"").append(kNamespace).append("\">");
}

// Writes JSON; with masking on, personal values are replaced and unknown members left out.
class JsonWriter {
 public:
  explicit JsonWriter(bool masked) : masked_(masked) { out_.reserve(4096); }

  void object(const TypeDescription& type, const void* object) {
    out_ += '{';
    bool first = true;
    for (const FieldDescription& field : type.fields) {
      const std::size_t n = field.count(object);
      if (n == 0) continue;
      member(field.name, first);
      if (field.repeated) out_ += '[';
      for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) out_ += ',';
        value(field, field.at(object, i));
      }
      if (field.repeated) out_ += ']';
    }
    unknown(unknownOf(type, object), first);
    out_ += '}';
  }
  void member(std::string_view name, bool& first) {
    if (!first) out_ += ',';
    first = false;
    appendJsonText(out_, name);
    out_ += ':';
  }
  void unknown(const Unknown& unknown, bool& first) {
    for (const UnknownField& u : unknown) {
      if (masked_ || u.family != UnknownField::Family::kJson) continue;
      member(u.name, first);
      out_ += u.raw;
    }
  }
  std::string& out() { return out_; }

 private:
  void value(const FieldDescription& field, const void* value) {
    if (field.kind == Kind::kStruct) return object(field.sub(), value);
    if (isNumber(field.kind)) return number(field, value);
    const auto& text = *static_cast<const std::string*>(value);
    if (masked_)
      appendJsonText(out_, mask(field, text));
    else
      appendJsonText(out_, text);
  }
  void number(const FieldDescription& field, const void* value) {
    bool hidden = masked_ && field.personal != Personal::kNone;
    bool finite = field.kind != Kind::kDouble || std::isfinite(*static_cast<const double*>(value));
    if (hidden || !finite)
      out_ += "null";
    else
      appendNumber(out_, field, value);
  }
  static std::string mask(const FieldDescription& field, const std::string& text) {
    switch (field.personal) {
      case Personal::kNone:
        return field.codes || field.format != Format::kNone ? text : maskText(text);
      case Personal::kIdentity:
      case Personal::kContact:
        return maskValue(text);
      case Personal::kName:
      case Personal::kAddress:
      case Personal::kSocial:
      case Personal::kFreeText:
        break;
    }
    return "***";
  }

  bool masked_;
  std::string out_;
};

std::string writeJson(const Message& message, bool masked) {
  JsonWriter writer(masked);
  const PayloadDescription& p = payloadOf(message.payload);
  bool first = true;
  writer.out() += '{';
  writer.member("envelope", first);
  writer.object(describe<Envelope>(), &message.envelope);
  writer.member(p.element, first);
  writer.object(p.describe(), payloadObject(message.payload));
  writer.unknown(message.unknown, first);
  writer.out() += '}';
  return std::move(writer.out());
}

}  // namespace

std::string encodeXml(const Message& message) {
  const PayloadDescription& p = payloadOf(message.payload);
  std::string out;
  out.reserve(4096);
  out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xmlRoot(out, "message");
  xmlOpen(out, "envelope");
  xmlObject(out, describe<Envelope>(), &message.envelope);
  xmlClose(out, "envelope");
  xmlOpen(out, p.element);
  xmlObject(out, p.describe(), payloadObject(message.payload));
  xmlClose(out, p.element);
  xmlUnknown(out, message.unknown);
  xmlClose(out, "message");
  out += '\n';
  return out;
}

std::string encodePayloadXml(const Message& message) {
  const PayloadDescription& p = payloadOf(message.payload);
  std::string out;
  out.reserve(4096);
  xmlRoot(out, p.element);
  xmlObject(out, p.describe(), payloadObject(message.payload));
  xmlClose(out, p.element);
  return out;
}

std::string encodePayloadJson(const Message& message) {
  JsonWriter writer(false);
  writer.object(payloadOf(message.payload).describe(), payloadObject(message.payload));
  return std::move(writer.out());
}

std::string encodeJson(const Message& message) { return writeJson(message, false); }
std::string encodeJsonMasked(const Message& message) { return writeJson(message, true); }

}  // namespace hub::model
