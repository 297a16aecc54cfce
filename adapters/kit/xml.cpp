#include "adapters/kit/xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <utility>

#include "adapters/kit/error.h"
#include "adapters/kit/text.h"

namespace otinish::kit {
namespace {

struct ParseState {
  const XmlBounds* bounds = nullptr;
  int depth = 0;
  std::size_t nodes = 0;
  const char* refused = nullptr;  // code of the bound that stopped the parse
  int error_line = 0;             // of the first error
};

ParseState& stateOf(void* context) {
  return *static_cast<ParseState*>(static_cast<xmlParserCtxtPtr>(context)->_private);
}

void refuse(void* context, const char* code) {
  stateOf(context).refused = code;
  xmlStopParser(static_cast<xmlParserCtxtPtr>(context));
}

void onDtd(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  refuse(context, "adapter.dtd_refused");
}

// libxml2 looks for the namespace of every element among all in force, and whoever copies elements writes the name of
// theirs for each: without bounds one megabyte costs minutes or gigabytes.
bool hasWideNamespaces(void* context, int count, const xmlChar** namespaces) {
  constexpr int kInForceMax = 100;
  constexpr int kNameBytesMax = 512;
  if (static_cast<xmlParserCtxtPtr>(context)->nsNr / 2 > kInForceMax) return true;
  for (int i = 0; i < count; ++i) {
    if (xmlStrlen(namespaces[2 * i + 1]) > kNameBytesMax) return true;
  }
  return false;
}

void onStart(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
             int namespaces_count, const xmlChar** namespaces, int attributes_count, int defaulted,
             const xmlChar** attributes) {
  ParseState& state = stateOf(context);
  if (++state.depth > state.bounds->depth_max) return refuse(context, "adapter.too_deep");
  if (++state.nodes > state.bounds->nodes_max ||
      hasWideNamespaces(context, namespaces_count, namespaces)) {
    return refuse(context, "adapter.too_large");
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespaces_count, namespaces, attributes_count,
                        defaulted, attributes);
}

void onEnd(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri) {
  --stateOf(context).depth;
  xmlSAX2EndElementNs(context, name, prefix, uri);
}

// Keeps libxml2 from writing to standard error, and ends the parse at the first fatal error: libxml2 would go
// on, and what it takes for a tag then is not what refuseWideTags() counted. xmlStopParser() frees the input,
// which the caller of this handler may still read.
void onError(void* context, xmlErrorPtr error) {
  auto* parser = static_cast<xmlParserCtxtPtr>(context);
  int& line = stateOf(context).error_line;
  if (line == 0) line = error->line;
  if (error->level < XML_ERR_FATAL) return;
  parser->instate = XML_PARSER_EOF;
  parser->disableSAX = 1;
  if (parser->input != nullptr) parser->input->cur = parser->input->end;
}

// False if the document is, or says that it is, in a charset in which '<', '"' and the like may be written
// otherwise than in ASCII (UTF-16, UTF-7, EBCDIC …).
bool isAsciiBased(std::string_view xml) {
  constexpr auto kEnd = std::string_view::npos;
  if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
  if (xml.substr(0, 4).find('\0') != kEnd || xml.starts_with("\xFE\xFF") ||
      xml.starts_with("\xFF\xFE") || xml.starts_with("\x4C\x6F")) {
    return false;
  }
  if (!xml.starts_with("<?xml")) return true;
  std::string_view head = xml.substr(0, xml.find("?>"));
  const auto name = head.find("encoding");
  if (name == kEnd) return true;
  head = head.substr(name);
  const auto quote = head.find_first_of("\"'");
  if (quote == kEnd) return true;  // the parser refuses it
  head = head.substr(quote + 1);
  std::string charset(head.substr(0, head.find_first_of("\"'")));
  for (char& c : charset) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  static constexpr std::string_view kWhole[] = {"utf-8", "utf8", "us-ascii", "ascii"};
  static constexpr std::string_view kSeries[] = {"iso-8859-", "iso8859-", "windows-125", "cp125",
                                                 "koi8-"};
  return std::find(std::begin(kWhole), std::end(kWhole), charset) != std::end(kWhole) ||
         std::any_of(std::begin(kSeries), std::end(kSeries),
                     [&](std::string_view series) { return charset.starts_with(series); });
}

// libxml2 compares every attribute of a tag with all before it, so one wide tag costs minutes. Counted are the
// values between quotes of each tag; markup of another charset than an ASCII-based one would not be seen.
void refuseWideTags(std::string_view xml) {
  constexpr int kAttributesMax = 512;
  constexpr std::pair<std::string_view, std::string_view> kNoTags[] = {
      {"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
  if (!isAsciiBased(xml)) {
    throw MappingError("adapter.bad_xml", "a character set that is not based on ASCII", 1);
  }
  // No attribute without its '='. Most documents have fewer of them than one tag may have attributes.
  int equals = 0;
  for (auto at = xml.find('='); at < xml.size() && equals <= kAttributesMax; ++equals) {
    at = xml.find('=', at + 1);
  }
  if (equals <= kAttributesMax) return;
  for (std::size_t at = xml.find('<'); at < xml.size(); at = xml.find('<', at)) {
    const auto* skip = std::find_if(std::begin(kNoTags), std::end(kNoTags), [&](const auto& mark) {
      return xml.substr(at).starts_with(mark.first);
    });
    if (skip != std::end(kNoTags)) {
      at = xml.find(skip->second, at + skip->first.size());
      continue;
    }
    int attributes = 0;
    for (at = xml.find_first_of("\"'>", at); at < xml.size() && xml[at] != '>';) {
      if (++attributes > kAttributesMax) {
        throw MappingError("adapter.too_large", "the XML has too many attributes in one tag");
      }
      const auto end = xml.find(xml[at], at + 1);
      at = end == std::string_view::npos ? end : xml.find_first_of("\"'>", end + 1);
    }
  }
}

struct FreeParser {
  void operator()(xmlParserCtxtPtr p) const { xmlFreeParserCtxt(p); }
};

const char* textOf(const char* code) {
  const std::string_view c = code;
  if (c == "adapter.dtd_refused") return "a document type declaration is not accepted";
  if (c == "adapter.too_deep") return "the XML is nested too deeply";
  return "the XML is too large";
}

std::string attribute(xmlNodePtr node, const char* name) {
  xmlChar* value = xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(name));
  if (value == nullptr) return {};
  std::string out = reinterpret_cast<const char*>(value);
  xmlFree(value);
  return out;
}

bool isNamed(xmlNodePtr node, const char* name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         xmlStrEqual(node->ns->href, reinterpret_cast<const xmlChar*>(kAnswerNamespace)) &&
         xmlStrEqual(node->name, reinterpret_cast<const xmlChar*>(name));
}

xmlNodePtr firstElement(xmlNodePtr parent) {
  for (xmlNodePtr n = parent->children; n != nullptr; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) return n;
  }
  return nullptr;
}

Outcome outcomeNamed(const std::string& name) {
  if (name == "DONE") return Outcome::kDone;
  if (name == "PENDING") return Outcome::kPending;
  if (name == "RETRY") return Outcome::kRetry;
  if (name == "REJECTED") return Outcome::kRejected;
  if (name == "UNSUPPORTED") return Outcome::kUnsupported;
  if (name == "MISCONFIGURED") return Outcome::kMisconfigured;
  if (name == "FAULT") return Outcome::kFault;
  throw MappingError("adapter.bad_mapping", "the stylesheet wrote an unknown outcome");
}

Inbound readItem(xmlNodePtr node) {
  Inbound item;
  item.item_id = attribute(node, "item_id");
  item.type = attribute(node, "type");
  item.form = "xml";
  item.external_id = attribute(node, "external_id");
  item.in_reply_to = attribute(node, "in_reply_to");
  item.correlation_id = attribute(node, "correlation_id");
  item.reg_number = attribute(node, "reg_number");
  item.problem_code = attribute(node, "problem_code");
  item.problem_text = scrub(attribute(node, "problem_text"));
  for (xmlNodePtr child = node->children; child != nullptr; child = child->next) {
    xmlNodePtr element = firstElement(child);
    if (isNamed(child, "payload") && element != nullptr) item.body = serializeElement(element);
    if (isNamed(child, "raw") && element != nullptr) item.raw = serializeElement(element);
  }
  if (item.body.empty() && item.problem_code.empty()) {
    throw MappingError("adapter.bad_mapping", "the stylesheet wrote an item without payload");
  }
  return item;
}

std::int64_t numberOf(const std::string& text) {
  std::int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > 1'000'000'000'000) return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

void readReply(xmlNodePtr node, Answer& answer) {
  const std::int64_t status = numberOf(attribute(node, "status"));
  answer.native_status = status >= 100 && status < 600 ? static_cast<int>(status) : 200;
  if (xmlNodePtr element = firstElement(node)) answer.native_body = serializeElement(element);
}

}  // namespace

void XmlDocument::Free::operator()(_xmlDoc* document) const { xmlFreeDoc(document); }

XmlDocument XmlDocument::adopt(_xmlDoc* document) {
  XmlDocument out;
  out.document_.reset(document);
  return out;
}

XmlDocument XmlDocument::parse(std::string_view bytes, const XmlBounds& bounds) {
  if (bytes.size() > bounds.bytes_max || bytes.size() > 0x7FFFFFFF) {
    throw MappingError("adapter.too_large", "the XML is too large");
  }
  refuseWideTags(bytes);
  std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
  if (!parser) throw std::bad_alloc();
  ParseState state;
  state.bounds = &bounds;
  parser->_private = &state;
  parser->sax->internalSubset = &onDtd;
  parser->sax->externalSubset = &onDtd;
  parser->sax->startElementNs = &onStart;
  parser->sax->endElementNs = &onEnd;
  parser->sax->warning = nullptr;
  parser->sax->error = nullptr;
  parser->sax->fatalError = nullptr;
  parser->sax->serror = &onError;
  XmlDocument out = adopt(xmlCtxtReadMemory(
      parser.get(), bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
      XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES));
  if (state.refused != nullptr) {
    throw MappingError(state.refused, textOf(state.refused),
                       parser->input ? parser->input->line : 0);
  }
  if (!out.get() || parser->wellFormed == 0) {
    throw MappingError("adapter.bad_xml", "not well-formed XML", state.error_line);
  }
  if (xmlDocGetRootElement(out.get()) == nullptr) {
    throw MappingError("adapter.bad_xml", "the XML has no root element");
  }
  return out;
}

std::string serializeElement(_xmlNode* element) {
  XmlDocument copy = XmlDocument::adopt(xmlNewDoc(reinterpret_cast<const xmlChar*>("1.0")));
  xmlNodePtr root = xmlDocCopyNode(element, copy.get(), 1);
  if (root == nullptr) throw std::bad_alloc();
  xmlDocSetRootElement(copy.get(), root);
  xmlReconciliateNs(copy.get(), root);
  xmlBufferPtr buffer = xmlBufferCreate();
  xmlNodeDump(buffer, copy.get(), root, 0, 0);
  std::string out(reinterpret_cast<const char*>(xmlBufferContent(buffer)),
                  static_cast<std::size_t>(xmlBufferLength(buffer)));
  xmlBufferFree(buffer);
  return out;
}

std::string prettyXml(std::string_view document) {
  XmlDocument parsed = XmlDocument::adopt(xmlReadMemory(
      document.data(), static_cast<int>(document.size()), nullptr, nullptr,
      XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!parsed.get()) throw MappingError("adapter.bad_xml", "not well-formed XML");
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpFormatMemoryEnc(parsed.get(), &text, &size, "UTF-8", 1);
  std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  xmlFree(text);
  return out;
}

NeutralAnswer readAnswer(const XmlDocument& document) {
  xmlNodePtr root = document.get() ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr || !isNamed(root, "answer")) {
    throw MappingError("adapter.bad_mapping", "the stylesheet did not write an <answer>");
  }
  NeutralAnswer out;
  const std::string outcome = attribute(root, "outcome");
  out.has_outcome = !outcome.empty();
  if (out.has_outcome) out.answer.outcome = outcomeNamed(outcome);
  out.answer.external_id = attribute(root, "external_id");
  out.answer.code = attribute(root, "code");
  out.answer.text = scrub(attribute(root, "text"));
  out.answer.retry_after_ms = numberOf(attribute(root, "retry_after_ms"));
  out.answer.cursor = attribute(root, "cursor");
  out.answer.more = attribute(root, "more") == "true";
  for (xmlNodePtr child = root->children; child != nullptr; child = child->next) {
    if (isNamed(child, "item")) out.answer.items.push_back(readItem(child));
    if (isNamed(child, "reply")) readReply(child, out.answer);
    if (isNamed(child, "fault")) {
      out.has_fault = true;
      out.fault_code = attribute(child, "code");
      out.fault_text = scrub(attribute(child, "text"));
    }
  }
  return out;
}

}  // namespace otinish::kit
