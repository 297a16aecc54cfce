// XSLT 1.0 mapping (libxslt). A stylesheet is compiled once and may be applied by many threads at
// once. It sees its input, its parameters and the tables of the settings, and nothing else: no
// file, no network, no document(), no include, no second output. EXSLT common, dates, strings,
// sets, math.
//
// Tables are read by the extension function, namespace urn:otinish:adapter:1:
//   a:look-up('table', 'key')            the value, or of key "*", or ''
//   a:look-up('table', 'key', 'column')  the same where values are objects
// A text that is XML itself is read by another:
//   a:parse('text')                      the document, or no nodes if it is none within the kit's bounds
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/kit/text.h"
#include "adapters/kit/xml.h"

namespace otinish::kit {

// table → key → column → value; a plain value stands in column "".
using Tables = std::map<std::string, std::map<std::string, StringMap>>;

class XsltMapping {
 public:
  // Failure: MappingError "adapter.bad_mapping" with line.
  static XsltMapping compile(std::string_view stylesheet, Tables tables = {});
  XsltMapping();
  ~XsltMapping();
  XsltMapping(XsltMapping&&) noexcept;
  XsltMapping& operator=(XsltMapping&&) noexcept;

  bool empty() const { return !state_; }
  // Parameters are strings to the stylesheet. Output is bounded. Failure: MappingError
  // "adapter.mapping_failed" (an instruction failed, too many steps, output too large), or the code
  // that `<xsl:message terminate="yes">code: text</xsl:message>` names.
  std::string apply(const XmlDocument& input, const StringMap& parameters = {}) const;
  XmlDocument applyToTree(const XmlDocument& input, const StringMap& parameters = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace otinish::kit
