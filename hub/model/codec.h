// Codecs of the canonical model: XML (the evidence form), JSON (the API form), Thrift (typed RPC).
// All are visitors over the field descriptions (field.h); none knows a field by name.
//
// Documents. XML: <message xmlns="urn:otinish:appeal:1"> with <envelope> and one payload element
// (appeal, decision, status, supplement, withdrawal, receipt, query, answer); lists are repeated
// elements. JSON: {"envelope":{…},"appeal":{…}}; lists are arrays. A bare payload (root <appeal>, or
// a JSON object given with its type) decodes too, with an empty envelope but for `type`. Unknown
// elements are kept in `unknown` of the struct they stood in and written back by the same codec
// family; a ds:Signature is not, since it belongs to the original bytes. XML carries unknown JSON
// members, too, as <members xmlns="urn:otinish:appeal:json:1"> holding one JSON object; they are
// ordered by name, so that the same content is the same text. Text is normalised to NFC and
// timestamps to UTC on decode. A JSON null reads as an absent field. Thrift is the binary protocol;
// its struct is Message of contracts/appeal/appeal.thrift.
//
// Failures carry code, field path ("/appeal/applicant/0/iin") and, for XML, the line:
// "model.bad_xml", "model.bad_json", "model.dtd_refused", "model.too_deep", "model.too_large",
// "model.bad_charset", "model.unknown_type", "model.bad_value" (a value not of the field's type),
// "model.repeated" (a single field twice), "model.truncated", "model.too_many" (list_items_max),
// "model.required" (a mandatory plain number), "model.bad_thrift".
// Threads: all functions are pure and may run at the same time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/model/types.h"

namespace hub::model {

Result<Message> decodeXml(std::string_view document, const Limits& limits);
// `bare_type` ("appeal/1") names the payload when the object has no envelope; "" expects a message.
Result<Message> decodeJson(std::string_view document, const Limits& limits,
                           std::string_view bare_type = {});
// The same for a bare payload or a whole message, told by its member "envelope".
Result<Message> decodeJsonOrMessage(std::string_view document, const Limits& limits,
                                    std::string_view bare_type);
Result<Message> decodeThrift(std::string_view bytes, const Limits& limits);

std::string encodeXml(const Message& message);
std::string encodeJson(const Message& message);
std::string encodeThrift(const Message& message);
// Only the payload element/object, as adapters and the REST API want it.
std::string encodePayloadXml(const Message& message);
std::string encodePayloadJson(const Message& message);
// As encodeJson, with every personal field masked by its field description (for logs and consoles).
std::string encodeJsonMasked(const Message& message);

// Validates a document against contracts/appeal/appeal.xsd (loaded once per process from `path`; no
// network, no other file). Failure: "model.xsd" with line and element. Any thread.
class XsdValidator {
 public:
  static Result<std::unique_ptr<XsdValidator>> load(const std::string& path);
  virtual ~XsdValidator() = default;
  virtual Status validate(std::string_view document, const Limits& limits) const = 0;
  // One parse for both: what decodeXml returns, after the XSD accepted the document.
  virtual Result<Message> validateAndDecode(std::string_view document,
                                            const Limits& limits) const = 0;
};

}  // namespace hub::model
