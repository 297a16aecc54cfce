// What the three codecs share. Internal to hub/model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/text.h"
#include "hub/model/field.h"

namespace hub::model {

// Where a visitor stands; turned into text only when something is wrong.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  long index = -1;  // ≥ 0 for an item of a repeated field
  std::string text() const;
};

// Collects errors of one document; after the hundredth the rest is not worth keeping.
class Problems {
 public:
  void add(std::string_view code, std::string_view text, const Path& at, int line = 0);
  bool empty() const { return errors_.empty(); }
  Status status() && { return Status(std::move(errors_)); }

 private:
  std::vector<Error> errors_;
};

// Characters XML 1.0 §2.2 can hold. JSON and Thrift could carry more, but then the evidence form
// could not. Precondition: well-formed UTF-8.
bool isXmlText(std::string_view text);

// Unknown JSON members in the XML form: one element at the end of the type, its text the JSON object
// that holds them.
inline constexpr std::string_view kMembersNamespace = "urn:otinish:appeal:json:1";
inline constexpr std::string_view kMembersElement = "members";
// Names and values of all unknown JSON members of a document, in bytes. So bounded that the XML form,
// where a character may take five, stays within the limits of a document.
inline constexpr std::size_t kMembersBytesMax = 64 * 1024;

// The members of such an object, by name. `members_bytes` counts them over the document. Failure:
// as decodeJson, its line counted within `text`.
Status readMembers(std::string_view text, const Limits& limits, const Path& at, Unknown& into,
                   std::size_t& members_bytes);

// Puts text into a string slot: characters checked, NFC, timestamps brought to UTC where they are
// well-formed. False: the text holds a character XML cannot carry.
bool storeString(const FieldDescription& field, std::string_view text, std::string& slot);

// Parses the text of an XML element into a slot of any scalar kind. False: not of the field's type.
bool storeText(const FieldDescription& field, std::string_view text, void* slot);

void appendXmlText(std::string& out, std::string_view text);
// Shortest text that reads back as the same double; finite values only.
void appendDouble(std::string& out, double value);

// The field table is scanned from where the last field was found: documents follow its order.
const FieldDescription* findField(const TypeDescription& type, std::string_view name,
                                  std::size_t& hint);
inline std::size_t indexOf(const TypeDescription& type, const FieldDescription& field) {
  return static_cast<std::size_t>(&field - type.fields.data());
}

// A plain number that is mandatory cannot show its absence in the struct, so the decoders report
// it. `seen`: one bit a field, by index.
void reportAbsentNumbers(const TypeDescription& type, std::uint64_t seen, const Path& at,
                         Problems& problems, int line = 0);

}  // namespace hub::model
