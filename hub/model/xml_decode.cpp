// XML → model: walks the parsed tree by the field descriptions.
#include <libxml/tree.h>

#include <algorithm>
#include <string>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/model/codec_common.h"
#include "hub/model/xml_document.h"

namespace hub::model {
namespace {

constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}
std::string_view nameOf(const xmlNode* node) { return view(node->name); }
std::string_view namespaceOf(const xmlNode* node) {
  return node->ns ? view(node->ns->href) : std::string_view();
}

// The element as a document of its own: every namespace it needs is declared on it.
std::string dump(xmlNode* node) {
  XmlDoc doc(xmlNewDoc(reinterpret_cast<const xmlChar*>("1.0")));
  xmlNode* copy = xmlDocCopyNode(node, doc.get(), 1);
  if (!copy) return {};
  xmlDocSetRootElement(doc.get(), copy);
  if (!copy->ns && !copy->nsDef) xmlNewNs(copy, reinterpret_cast<const xmlChar*>(""), nullptr);
  xmlBuffer* buffer = xmlBufferCreate();
  xmlNodeDump(buffer, doc.get(), copy, 0, 0);
  std::string text(view(xmlBufferContent(buffer)));
  xmlBufferFree(buffer);
  return text;
}

class Decoder {
 public:
  explicit Decoder(const Limits& limits) : limits_(limits) {}

  void message(xmlNode* root, Message& message);
  void payload(xmlNode* node, const PayloadDescription& p, Message& message) {
    object(node, p.describe(), p.emplace(message.payload), Path{nullptr, p.element});
    have_payload_ = true;
  }
  bool havePayload() const { return have_payload_; }
  Problems& problems() { return problems_; }

 private:
  void object(xmlNode* node, const TypeDescription& type, void* target, const Path& at);
  void value(xmlNode* node, const FieldDescription& field, void* owner, const Path& at);
  // `type`: null for the message itself.
  void keep(xmlNode* node, const TypeDescription* type, Unknown& unknown, const Path& at);
  void members(xmlNode* node, const TypeDescription* type, Unknown& unknown, const Path& at);
  // The text of an element without element children; false if there are some.
  bool textOf(const xmlNode* node, std::string_view& text);
  bool isOurs(const xmlNode* node) const { return namespaceOf(node) == kNamespace; }
  // Elements only; text other than white space between elements is an error.
  bool isElement(const xmlNode* node, const Path& at);

  const Limits& limits_;
  Problems problems_;
  std::string buffer_;
  bool have_payload_ = false;
  std::size_t members_bytes_ = 0;
  std::size_t kept_ = 0;  // unknown elements of the whole document
};

bool Decoder::isElement(const xmlNode* node, const Path& at) {
  if (node->type == XML_ELEMENT_NODE) return true;
  bool text = node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
  if (text && !trim(view(node->content)).empty())
    problems_.add("model.bad_value", "Text where only elements may stand", at, lineOf(node));
  return false;
}

void Decoder::keep(xmlNode* node, const TypeDescription* type, Unknown& unknown, const Path& at) {
  // A signature belongs to the original bytes; copied into a re-written document it would be false.
  if (namespaceOf(node) == kDsig) return;
  if (namespaceOf(node) == kMembersNamespace && nameOf(node) == kMembersElement)
    return members(node, type, unknown, at);
  if (kept_ >= limits_.list_items_max) {
    if (kept_++ == limits_.list_items_max)
      problems_.add("model.too_many", "More unknown elements than list_items_max", at,
                    lineOf(node));
    return;
  }
  ++kept_;
  unknown.push_back({UnknownField::Family::kXml, std::string(nameOf(node)), dump(node)});
}

// Members of JSON that no field is described for. One that has the name of a field would stand twice
// once the message is written as JSON.
void Decoder::members(xmlNode* node, const TypeDescription* type, Unknown& unknown,
                      const Path& at) {
  const Path here{&at, kMembersElement};
  std::string_view text;
  const auto json = [](const UnknownField& u) { return u.family == UnknownField::Family::kJson; };
  if (std::any_of(unknown.begin(), unknown.end(), json))
    return problems_.add("model.repeated", "The members stand twice", here, lineOf(node));
  if (node->properties || !textOf(node, text))
    return problems_.add("model.bad_value", "Not the text of one JSON object", here, lineOf(node));
  Unknown found;
  const Status read = readMembers(text, limits_, here, found, members_bytes_);
  if (!read.ok()) {
    const Error& e = read.error();
    return problems_.add(e.code, e.text, here, lineOf(node) + std::max(e.line - 1, 0));
  }
  std::size_t hint = 0;
  for (UnknownField& member : found) {
    const bool ours = type ? findField(*type, member.name, hint) != nullptr
                           : member.name == "envelope" || payloadByElement(member.name);
    if (ours)
      problems_.add("model.repeated", "A member has the name of a field", Path{&here, member.name},
                    lineOf(node));
    else
      unknown.push_back(std::move(member));
  }
}

bool Decoder::textOf(const xmlNode* node, std::string_view& text) {
  const xmlNode* child = node->children;
  text = {};
  if (!child) return true;
  if (!child->next && child->type == XML_TEXT_NODE) {
    text = view(child->content);
    return true;
  }
  buffer_.clear();
  for (; child; child = child->next) {
    if (child->type == XML_ELEMENT_NODE || child->type == XML_ENTITY_REF_NODE) return false;
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
      buffer_ += view(child->content);
  }
  text = buffer_;
  return true;
}

void Decoder::value(xmlNode* node, const FieldDescription& field, void* owner, const Path& at) {
  void* slot = field.append(owner);
  if (field.kind == Kind::kStruct) return object(node, field.sub(), slot, at);
  std::string_view text;
  if (!textOf(node, text) || !storeText(field, text, slot))
    problems_.add("model.bad_value", "Not a value of this field's type", at, lineOf(node));
}

void Decoder::object(xmlNode* node, const TypeDescription& type, void* target, const Path& at) {
  std::uint64_t seen = 0;
  std::size_t hint = 0;
  for (xmlNode* child = node->children; child; child = child->next) {
    if (!isElement(child, at)) continue;
    const FieldDescription* field = isOurs(child) ? findField(type, nameOf(child), hint) : nullptr;
    if (!field) {
      keep(child, &type, type.unknown(target), at);
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << indexOf(type, *field);
    const std::size_t count = field->repeated ? field->count(target) : 0;
    Path here{&at, field->name, field->repeated ? static_cast<long>(count) : -1};
    if (!field->repeated && (seen & bit))
      problems_.add("model.repeated", "A single field stands twice", here, lineOf(child));
    else if (count >= limits_.list_items_max)
      problems_.add("model.too_many", "More items than list_items_max", here, lineOf(child));
    else
      value(child, *field, target, here);
    seen |= bit;
  }
  reportAbsentNumbers(type, seen, at, problems_, lineOf(node));
}

void Decoder::message(xmlNode* root, Message& message) {
  const Path top{nullptr, "message"};
  bool have_envelope = false;
  for (xmlNode* child = root->children; child; child = child->next) {
    if (!isElement(child, top)) continue;
    const bool ours = isOurs(child);
    const PayloadDescription* p = ours ? payloadByElement(nameOf(child)) : nullptr;
    const bool envelope = ours && nameOf(child) == "envelope";
    if ((p && have_payload_) || (envelope && have_envelope)) {
      problems_.add("model.repeated", "One envelope and one payload only",
                    Path{nullptr, nameOf(child)}, lineOf(child));
    } else if (p) {
      payload(child, *p, message);
    } else if (envelope) {
      have_envelope = true;
      object(child, describe<Envelope>(), &message.envelope, Path{nullptr, "envelope"});
    } else {
      keep(child, nullptr, message.unknown, Path{nullptr, ""});
    }
  }
}

}  // namespace

Result<Message> decodeDocument(xmlDoc* doc, const Limits& limits) {
  xmlNode* root = xmlDocGetRootElement(doc);
  if (!root) return Status::failure("model.bad_xml", "The document has no element");
  Message message;
  Decoder decoder(limits);
  const bool ours = namespaceOf(root) == kNamespace;
  const PayloadDescription* bare = ours ? payloadByElement(nameOf(root)) : nullptr;
  if (bare) {
    decoder.payload(root, *bare, message);
    message.envelope.type = bare->type;
  } else if (ours && nameOf(root) == "message") {
    decoder.message(root, message);
  }
  if (!decoder.havePayload())
    return Status::failure("model.unknown_type", "Not a message of urn:otinish:appeal:1", {},
                           lineOf(root));
  if (!decoder.problems().empty()) return std::move(decoder.problems()).status();
  return message;
}

Result<Message> decodeXml(std::string_view document, const Limits& limits) {
  Result<XmlDoc> doc = parseXml(document, limits);
  if (!doc.ok()) return doc.status();
  return decodeDocument(doc->get(), limits);
}

}  // namespace hub::model
