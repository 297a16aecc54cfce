// What libxslt takes at load and stumbles over only when it gets there, or not at all: a misspelt instruction
// writes nothing, so that a field is lost without a word.
#pragma once

#include <libxml/tree.h>

namespace otinish::kit {

// Looks at a stylesheet as it was written, before libxslt changes its tree: every instruction is one of
// XSLT 1.0, every template that is called, every variable and every function is there. Any thread, after the
// EXSLT modules were registered. Failure: MappingError "adapter.bad_mapping" with line.
void checkStylesheet(xmlDocPtr document);

}  // namespace otinish::kit
