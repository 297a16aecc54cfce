// Ends a libxml2 parse from within its error handler. libxml2 goes on after a fatal error, out of step with
// lineOfWideTag(): what it takes for a tag then was never counted. Threads: that of the parser.
#pragma once

#include <libxml/parser.h>

namespace hub {

// As xmlStopParser(), but frees nothing: the caller of the handler may still read the input.
inline void endParse(xmlParserCtxt* parser) {
  parser->instate = XML_PARSER_EOF;
  parser->disableSAX = 1;
  if (parser->input != nullptr) parser->input->cur = parser->input->end;
}

}  // namespace hub
