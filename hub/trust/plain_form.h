// The exclusive canonical form of plain content, written in one pass. Internal to hub/trust.
#pragma once

#include <libxml/tree.h>

#include <optional>
#include <string>

namespace hub::trust {

// The exclusive canonical form, without comments, of `apex` with everything below it: byte for byte
// what libxml2 writes, which looks for each node's place in the whole document. None for content that
// is not plain (processing instructions, references to entities, attributes of the xml namespace,
// names without the namespace their prefix asks for, namespaces of an unusual form): libxml2 decides
// on that.
std::optional<std::string> plainExclusiveForm(const xmlNode* apex);

}  // namespace hub::trust
