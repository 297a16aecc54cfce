#include "hub/model/xml_document.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <algorithm>

#include "hub/base/text.h"
#include "hub/base/xml_end.h"
#include "hub/base/xml_namespaces.h"
#include "hub/base/xml_scan.h"
#include "hub/model/charset.h"
#include "hub/model/codec_common.h"

namespace hub::model {
namespace {

struct Guard {
  startElementNsSAX2Func start = nullptr;
  int depth_max = 0;
  std::size_t nodes_max = 0;
  std::size_t nodes = 0;
  bool dtd = false;
  bool deep = false;
  bool large = false;
  bool crowded = false;  // with namespaces
  int first_error = 0;   // later ones are consequences
  int first_line = 0;
  int stopped_line = 0;  // where the guard ended the parse
};

Guard& guardOf(void* context) {
  return *static_cast<Guard*>(static_cast<xmlParserCtxt*>(context)->_private);
}

// Also keeps libxml2 from printing what it quotes from the document.
void onError(void* context, xmlErrorPtr error) {
  Guard& guard = guardOf(context);
  if (error->level < XML_ERR_ERROR) return;
  if (guard.first_error == 0) {
    guard.first_error = error->code;
    guard.first_line = error->line;
  }
  if (error->level >= XML_ERR_FATAL) endParse(static_cast<xmlParserCtxt*>(context));
}

void stop(void* context, bool& why) {
  auto* parser = static_cast<xmlParserCtxt*>(context);
  why = true;
  if (parser->input) guardOf(context).stopped_line = parser->input->line;
  xmlStopParser(parser);
}

void onDtd(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  stop(context, guardOf(context).dtd);
}

void onStart(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
             int namespaces, const xmlChar** ns, int attributes, int defaulted,
             const xmlChar** values) {
  Guard& guard = guardOf(context);
  if (exceedsNamespaceBounds(*static_cast<xmlParserCtxt*>(context), namespaces, ns))
    return stop(context, guard.crowded);
  guard.nodes += 1 + static_cast<std::size_t>(attributes) + static_cast<std::size_t>(namespaces);
  if (static_cast<xmlParserCtxt*>(context)->nodeNr >= guard.depth_max)
    return stop(context, guard.deep);
  if (guard.nodes > guard.nodes_max) return stop(context, guard.large);
  guard.start(context, name, prefix, uri, namespaces, ns, attributes, defaulted, values);
}

struct ContextFree {
  void operator()(xmlParserCtxt* context) const {
    if (context->myDoc) xmlFreeDoc(context->myDoc);
    xmlFreeParserCtxt(context);
  }
};

bool declaresOtherCharset(std::string_view document) {
  std::string_view head = document.substr(0, std::min<std::size_t>(document.size(), 200));
  if (!head.starts_with("<?xml")) return false;
  head = head.substr(0, head.find("?>"));
  std::size_t at = head.find("encoding");
  if (at == std::string_view::npos) return false;
  std::string_view value = head.substr(at + 8);
  std::size_t quote = value.find_first_of("\"'");
  if (quote == std::string_view::npos) return false;
  value = value.substr(quote + 1);
  value = value.substr(0, value.find_first_of("\"'"));
  std::string lower = toLowerAscii(value);
  return lower != "utf-8" && lower != "utf8";
}

Status failureOf(std::string_view document, const Guard& guard) {
  if (guard.dtd)
    return Status::failure("model.dtd_refused", "A document type declaration is refused", {},
                           guard.stopped_line);
  const bool stopped = guard.deep || guard.large || guard.crowded;
  const int line = stopped ? guard.stopped_line : guard.first_line, code = guard.first_error;
  if (guard.deep)
    return Status::failure("model.too_deep", "Elements are nested too deep", {}, line);
  if (guard.large) return Status::failure("model.too_large", "Too many elements", {}, line);
  if (guard.crowded)
    return Status::failure("model.too_large", "Too many namespaces, or one with too long a name",
                           {}, line);
  if (code == XML_ERR_INVALID_ENCODING || code == XML_ERR_UNSUPPORTED_ENCODING)
    return Status::failure("model.bad_charset", "The bytes do not fit the character set", {}, line);
  if (code == XML_ERR_TAG_NOT_FINISHED || trim(document).back() != '>')
    return Status::failure("model.truncated", "The document ends too early", {}, line);
  return Status::failure(
      "model.bad_xml", "Not well-formed XML (parser code " + std::to_string(code) + ")", {}, line);
}

}  // namespace

int lineOf(const xmlNode* node) { return static_cast<int>(xmlGetLineNo(node)); }

Result<XmlDoc> parseXml(std::string_view document, const Limits& limits) {
  if (document.size() > limits.body_bytes_max)
    return Status::failure("model.too_large", "The document is larger than body_bytes_max");
  if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);
  if (declaresOtherCharset(document))
    return Status::failure("model.bad_charset", "A canonical document is UTF-8", {}, 1);
  if (auto utf8 = checkUtf8(document, "A canonical document is UTF-8"); !utf8) return utf8;
  if (trim(document).empty()) return Status::failure("model.bad_xml", "The document is empty");
  if (const int line = lineOfWideTag(document); line > 0)
    return Status::failure("model.too_large", "Too many attributes in one tag", {}, line);
  std::unique_ptr<xmlParserCtxt, ContextFree> context(xmlNewParserCtxt());
  if (!context) return Status::failure("base.internal", "No memory for an XML parser");
  Guard guard;
  guard.start = context->sax->startElementNs;
  guard.depth_max = limits.xml_depth_max;
  guard.nodes_max = limits.xml_nodes_max;
  context->_private = &guard;
  context->sax->startElementNs = onStart;
  context->sax->internalSubset = onDtd;
  context->sax->serror = onError;
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                           XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT;
  XmlDoc doc(xmlCtxtReadMemory(context.get(), document.data(), static_cast<int>(document.size()),
                               nullptr, nullptr, kOptions));
  const bool stopped = guard.dtd || guard.deep || guard.large || guard.crowded;
  if (stopped || !doc) return failureOf(document, guard);
  return doc;
}

}  // namespace hub::model
