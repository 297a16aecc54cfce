// XML of strangers, parsed within bounds: no DTD, no entity of the document's own, no network, no
// file. Failures throw MappingError: "adapter.bad_xml" (with line), "adapter.dtd_refused",
// "adapter.too_deep", "adapter.too_large".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "contracts/adapter/verbs.h"

struct _xmlDoc;
struct _xmlNode;

namespace otinish::kit {

struct XmlBounds {
  std::size_t bytes_max = 8 * 1024 * 1024;
  int depth_max = 64;
  std::size_t nodes_max = 500'000;  // elements
};

// Owns one document. Movable; one thread at a time.
class XmlDocument {
 public:
  static XmlDocument parse(std::string_view bytes, const XmlBounds& bounds = {});
  // Takes over a document made elsewhere in the kit; nullptr is an empty document.
  static XmlDocument adopt(_xmlDoc* document);
  _xmlDoc* get() const { return document_.get(); }
  // Gives the document away: xmlFreeDoc() is the caller's.
  _xmlDoc* release() { return document_.release(); }

 private:
  struct Free {
    void operator()(_xmlDoc* document) const;
  };
  std::unique_ptr<_xmlDoc, Free> document_;
};

// One element as a document of its own (namespaces it inherits are declared on it), without an XML
// declaration.
std::string serializeElement(_xmlNode* element);
// The document indented, for people and golden files.
std::string prettyXml(std::string_view document);

// Neutral vocabulary that stylesheets answer with, namespace kAnswerNamespace:
//   <answer outcome="PENDING" external_id="" code="" text="" retry_after_ms="" cursor=""
//   more="true">
//     <item item_id="" type="" external_id="" in_reply_to="" correlation_id="" reg_number=""
//           problem_code="" problem_text="">
//       <payload>one canonical element</payload>  or, with problem_code, <raw>the original</raw>
//     </item>
//     <fault code="" text=""/>     the other side's fault, judged by the adapter's table
//     <reply status="200">one element, sent back as it stands</reply>
//   </answer>
inline constexpr const char* kAnswerNamespace = "urn:otinish:adapter:1";

struct NeutralAnswer {
  Answer answer;  // outcome is kFault unless the stylesheet named one
  bool has_outcome = false;
  bool has_fault = false;
  std::string fault_code;
  std::string fault_text;
};
// Failure: MappingError "adapter.bad_mapping" (the stylesheet wrote something else).
NeutralAnswer readAnswer(const XmlDocument& document);

}  // namespace otinish::kit
