// Files that travel inside XML messages as base64, for dialects that have no other way.
//
// Outgoing: the attachments a canonical document announces are read one by one, handed to a
// stylesheet as <file>, and the reference the agency gives for each is written onto the announced
// attachment (attribute `reference`, kAnswerNamespace) before the message's own stylesheet runs.
// Incoming: a stylesheet writes an empty <file reference="…"/> where a canonical <attachments>
// belongs; it is filled in once the bytes came and are in the hub's store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/xml.h"

namespace otinish::kit {

// <file id="" name="" mime="" size="" sha256="" reference="">base64</file>, kAnswerNamespace.
struct CarriedFile {
  std::string id, name, mime, sha256;
  std::string reference;  // the agency's own name of the file
  std::int64_t size = 0;
  std::string bytes;
};

std::string toBase64(std::string_view bytes);
// White space is skipped. Failure: MappingError "adapter.bad_base64".
std::string fromBase64(std::string_view text);

// The attachments of a canonical document, in its order.
std::vector<CarriedFile> announcedFiles(const XmlDocument& canonical);
// Writes the references onto them, in the same order. Precondition: as many as announced.
void writeReferences(XmlDocument& canonical, const std::vector<std::string>& references);
// One file for a stylesheet to read.
XmlDocument fileDocument(const CarriedFile& file);
// The one <file> of a stylesheet's answer. Failure: MappingError "adapter.bad_answer" (there is
// none), "adapter.bad_base64".
CarriedFile fileOf(const XmlDocument& answer);

// The <file> elements a payload still holds.
std::vector<CarriedFile> placeholders(const XmlDocument& payload);
// The payload with each of them replaced by the canonical <attachments>; files as placeholders()
// gave them, completed. Precondition: as many as there are placeholders.
std::string fillPlaceholders(XmlDocument& payload, const std::vector<CarriedFile>& files);

}  // namespace otinish::kit
