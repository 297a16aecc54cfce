// Validation against the published XSD.
#include <libxml/xmlschemas.h>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/model/xml_document.h"

namespace hub::model {
namespace {

constexpr std::size_t kSchemaBytesMax = 1024 * 1024;

// What the rule of libxml2 asks. Only rules, lines and names are taken over: libxml2's own messages
// quote the document's values.
std::string ruleText(int code) {
  switch (code) {
    case XML_SCHEMAV_ELEMENT_CONTENT:
      return "The element is not expected here: a mandatory element before it is absent, its name "
             "is "
             "not known, or it stands out of order";
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3:
    case XML_SCHEMAV_VALUE:
      return "The value is not of the type of this element";
    case XML_SCHEMAV_CVC_LENGTH_VALID:
      return "The value has another length than this element asks";
    case XML_SCHEMAV_CVC_MINLENGTH_VALID:
      return "The value is too short";
    case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
      return "The value is too long";
    case XML_SCHEMAV_CVC_MININCLUSIVE_VALID:
    case XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID:
      return "The number is smaller than allowed";
    case XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID:
    case XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID:
      return "The number is larger than allowed";
    case XML_SCHEMAV_CVC_TOTALDIGITS_VALID:
    case XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID:
      return "The number has too many digits";
    case XML_SCHEMAV_CVC_PATTERN_VALID:
      return "The value has not the pattern of this element";
    case XML_SCHEMAV_CVC_ENUMERATION_VALID:
      return "The value is not one of the list";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
      return "The element must be empty";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3:
      return "The element holds text where only elements may stand";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2:
    case XML_SCHEMAV_CVC_TYPE_3_1_2:
      return "The element holds elements where only text may stand";
    case XML_SCHEMAV_CVC_ELT_1:
      return "The root element is not one of the schema";
    case XML_SCHEMAV_CVC_TYPE_3_1_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
      return "The attribute is not known here";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
      return "A mandatory attribute is absent";
    case XML_SCHEMAV_CVC_WILDCARD:
      return "An element of another namespace is not expected here";
    default:
      return "The element breaks a rule of the schema (libxml2 " + std::to_string(code) + ")";
  }
}

struct Failures {
  std::vector<Error> errors;
};

std::string elementPath(const xmlNode* node) {
  std::string path;
  for (; node && node->type == XML_ELEMENT_NODE; node = node->parent)
    path.insert(0, "/" + std::string(reinterpret_cast<const char*>(node->name)));
  constexpr std::string_view kRoot = "/message/";
  if (path.starts_with(kRoot)) path.erase(0, kRoot.size() - 1);
  return path;
}

void onError(void* data, xmlErrorPtr error) {
  auto& failures = *static_cast<Failures*>(data);
  if (failures.errors.size() >= 100) return;
  const auto* node = static_cast<const xmlNode*>(error->node);
  failures.errors.push_back(
      {"model.xsd", ruleText(error->code), elementPath(node), node ? lineOf(node) : error->line});
}

class Validator final : public XsdValidator {
 public:
  explicit Validator(xmlSchema* schema) : schema_(schema) {}
  ~Validator() override { xmlSchemaFree(schema_); }
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  Status validate(std::string_view document, const Limits& limits) const override {
    Result<XmlDoc> doc = parseXml(document, limits);
    return doc.ok() ? check(doc->get()) : doc.status();
  }
  Result<Message> validateAndDecode(std::string_view document,
                                    const Limits& limits) const override {
    Result<XmlDoc> doc = parseXml(document, limits);
    if (!doc.ok()) return doc.status();
    if (Status status = check(doc->get()); !status.ok()) return status;
    return decodeDocument(doc->get(), limits);
  }

 private:
  Status check(xmlDoc* doc) const {
    xmlSchemaValidCtxt* context = xmlSchemaNewValidCtxt(schema_);
    if (!context) return Status::failure("base.internal", "No memory for schema validation");
    Failures failures;
    xmlSchemaSetValidStructuredErrors(context, onError, &failures);
    const int result = xmlSchemaValidateDoc(context, doc);
    xmlSchemaFreeValidCtxt(context);
    if (result == 0) return {};
    if (failures.errors.empty())
      return Status::failure("model.xsd", "The document breaks the schema");
    return Status(std::move(failures.errors));
  }

  xmlSchema* schema_;
};

void ignore(void*, xmlErrorPtr) {}

}  // namespace

Result<std::unique_ptr<XsdValidator>> XsdValidator::load(const std::string& path) {
  Result<std::string> text = readFile(path, kSchemaBytesMax);
  if (!text.ok()) return text.status();
  xmlSchemaParserCtxt* context =
      xmlSchemaNewMemParserCtxt(text->data(), static_cast<int>(text->size()));
  if (!context) return Status::failure("base.internal", "No memory for a schema parser");
  xmlSchemaSetParserStructuredErrors(context, ignore, nullptr);
  xmlSchema* schema = xmlSchemaParse(context);
  xmlSchemaFreeParserCtxt(context);
  if (!schema) return Status::failure("model.bad_schema", "The schema file is not a usable XSD");
  return std::unique_ptr<XsdValidator>(new Validator(schema));
}

}  // namespace hub::model
