// One hostile XML document, parsed under limits. Internal to hub/model.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string_view>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/model/types.h"

namespace hub::model {

struct XmlDocFree {
  void operator()(xmlDoc* doc) const { xmlFreeDoc(doc); }
};
using XmlDoc = std::unique_ptr<xmlDoc, XmlDocFree>;

// UTF-8 only; no DTD, no network, depth and node limits. Codes as codec.h lists them.
Result<XmlDoc> parseXml(std::string_view document, const Limits& limits);
Result<Message> decodeDocument(xmlDoc* doc, const Limits& limits);
// 1-based line of a node.
int lineOf(const xmlNode* node);

}  // namespace hub::model
