// Field descriptions: for every canonical type one table that says what its fields are called, how
// often they may stand, which codes and shapes they take, how long they may be and whether they are
// personal data. Codecs, validation, masking and the published XSD, JSON Schema and Thrift IDL are
// visitors over these tables, so a field is added in exactly one place (describe_*.cpp). Sources of
// the codes: APPC articles 4, 64, 70, 73, 77, 88, 89, 95, 100; stated beside each list. Threads:
// immutable after first use; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/types.h"

namespace hub::model {

// How a value is held: strings of every kind in std::string, kInt in std::int64_t, kDouble in
// double, kBool in bool, kStruct in the sub-type's struct.
enum class Kind { kText, kString, kCode, kDate, kTimestamp, kInt, kDouble, kBool, kStruct };

// Shapes of strings. pattern() gives each as a regular expression valid for XSD and ECMAScript.
enum class Format {
  kNone,
  kUuid,
  kIin,
  kBin,
  kKato,
  kRegNumber,
  kEmail,
  kPhone,
  kSha256,
  kSlug,
  kBase64,
  kMime,
  kCountry,
  kOid,
  kHex,
};

enum class Personal { kNone, kIdentity, kName, kContact, kAddress, kSocial, kFreeText };

struct CodeList {
  std::string_view name;  // "kind": names the XSD simple type
  std::vector<std::string_view> codes;
};

struct TypeDescription;

struct FieldDescription {
  std::string_view name;
  std::int16_t thrift_id = 0;
  Kind kind = Kind::kString;
  bool mandatory = false;  // at least one
  bool repeated = false;   // more than one
  bool always = false;     // a plain bool or number: has a value even if the document is silent
  bool hub_owned = false;  // filled by the hub; may be absent in a submitted message
  Personal personal = Personal::kNone;
  Format format = Format::kNone;
  const CodeList* codes = nullptr;
  std::size_t length_max = 500;  // Unicode characters
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  const TypeDescription& (*sub)() = nullptr;  // kStruct

  // Access, given the object that holds the field. `at` needs i < count(object). `append` adds one
  // value (makes the single one present) and returns where it is held.
  std::size_t (*count)(const void* object) = nullptr;
  const void* (*at)(const void* object, std::size_t i) = nullptr;
  void* (*append)(void* object) = nullptr;
};

struct TypeDescription {
  std::string_view name;                 // "Appeal"
  std::vector<FieldDescription> fields;  // in the order of the XSD; at most 64
  Unknown& (*unknown)(void* object) = nullptr;

  // nullptr if there is none of this name or id.
  const FieldDescription* find(std::string_view field_name) const;
  const FieldDescription* find(int thrift_id) const;
};

// Defined for every struct of types.h except UnknownField and Message.
template <class T>
const TypeDescription& describe();

// One alternative of Payload.
struct PayloadDescription {
  std::string_view element;  // "appeal"
  std::string_view type;     // "appeal/1"
  std::int16_t thrift_id;    // field of the Thrift struct Message; its field 1 is the envelope
  const TypeDescription& (*describe)();
  void* (*emplace)(Payload& payload);  // makes it the held alternative
};
const std::vector<PayloadDescription>& payloads();
const PayloadDescription& payloadOf(const Payload& payload);
const PayloadDescription* payloadByElement(std::string_view element);
const PayloadDescription* payloadByType(std::string_view type);
// The struct inside the variant.
const void* payloadObject(const Payload& payload);

// Every described type, sub-types before the types that use them.
const std::vector<const TypeDescription*>& allTypes();
// Names of all fields whose class is not Personal::kNone, sorted, once each.
std::vector<std::string_view> personalFieldNames();

// "" for kNone.
std::string_view pattern(Format format);
// True if the value has the shape (kEmail and kPhone by shape only; kIin and kBin 12 digits).
bool matches(Format format, std::string_view value);

inline constexpr std::string_view kNamespace = "urn:otinish:appeal:1";
inline constexpr std::string_view kSchemaVersion = "1.0";

}  // namespace hub::model
