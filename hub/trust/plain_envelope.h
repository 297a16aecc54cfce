// A SOAP 1.1 envelope of our own, read for signing straight from its bytes. Internal to hub/trust.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/limits.h"

namespace hub::trust {

// Where a signature goes into an envelope, and what it covers.
struct EnvelopeToSign {
  std::string prefix;  // of the envelope's own namespace; empty: the default one
  bool has_header = false;
  // Offsets of the '>' or '/>' of the start tags in the bytes that were read.
  std::size_t header_tag = 0, body_tag = 0;
  std::string
      id_text;  // what the start tag of Body is to get: the Id, and its namespace if that is new
  std::string covered;  // the exclusive canonical form of Body with that Id
};

// Reads what is written plainly, as a serialiser writes it: UTF-8, names in ASCII, attributes in double quotes
// without references, no other references than the five of XML, no comments, CDATA or processing
// instructions, namespaces of a usual form, one Header before one Body at most, nothing signed yet, no Id of
// Body. What is not plain, not well-formed or too large is none: a parser of XML decides on that, and tells
// what is wrong. What is taken, the parser takes to the same effect; it costs a fifth of parsing.
std::optional<EnvelopeToSign> readPlainEnvelope(std::string_view xml, const std::string& id,
                                                const Limits& limits);

}  // namespace hub::trust
