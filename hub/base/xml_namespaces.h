// Bounds on the namespaces of foreign XML, for the startElementNs handler of a libxml2 parse. libxml2 looks for the
// namespace of every element among all that are in force, and whoever writes elements anew (canonical form, copies of
// parts) writes the name of a namespace once for each: without bounds a document of one megabyte costs minutes or
// gigabytes. Threads: that of the parser.
#pragma once

#include <libxml/parser.h>

#include <cstddef>
#include <cstring>

namespace hub {

// More than any message of a state body has in force at once; more bytes than any name of theirs has.
inline constexpr int kXmlNamespacesMax = 100;
inline constexpr std::size_t kXmlNamespaceBytesMax = 512;

// `count`, `namespaces`: those that the tag declares, as the handler gets them (prefix and name of each).
inline bool exceedsNamespaceBounds(const xmlParserCtxt& parser, int count,
                                   const xmlChar* const* namespaces) {
  if (parser.nsNr / 2 > kXmlNamespacesMax) return true;  // prefix and name of each again
  for (int i = 0; i < count; ++i) {
    const xmlChar* name = namespaces[2 * i + 1];
    if (name != nullptr &&
        std::strlen(reinterpret_cast<const char*>(name)) > kXmlNamespaceBytesMax) {
      return true;
    }
  }
  return false;
}

}  // namespace hub
