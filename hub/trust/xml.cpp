#include "hub/trust/xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <mutex>

#include "hub/base/xml_end.h"
#include "hub/base/xml_namespaces.h"
#include "hub/base/xml_scan.h"
#include "hub/trust/plain_form.h"

namespace hub::trust {
namespace {

using ParserHandle = std::unique_ptr<xmlParserCtxt, FreeWith<xmlFreeParserCtxt>>;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

constexpr const char* kTooDeep = "nested too deeply";
constexpr const char* kTooManyNodes = "too many elements and attributes";

bool hasNamespace(const xmlNs* ns, std::string_view wanted) {
  return wanted.empty() ? ns == nullptr : ns != nullptr && view(ns->href) == wanted;
}

// What the callbacks of one parse note. Lines: where it was refused; 0: it was not.
struct Notes {
  int dtd_line = 0;
  int error_line = 0;  // of the first error
  int bound_line = 0;
  const char* bound = nullptr;  // what it exceeds
  const Limits* limits = nullptr;
  std::size_t nodes = 0;
  bool tags = false;  // are wanted
  ChildTags child_tags;
};

Notes& notesOf(xmlParserCtxt* parser) { return *static_cast<Notes*>(parser->_private); }

int lineAt(const xmlParserCtxt& parser) {
  return parser.input == nullptr || parser.input->line < 1 ? 1 : parser.input->line;
}

// Runs at "<!DOCTYPE", before any declaration is read.
void refuseDtd(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  auto* parser = static_cast<xmlParserCtxt*>(context);
  notesOf(parser).dtd_line = lineAt(*parser);
  xmlStopParser(parser);
}

// The message of an error may quote the document: only its line is taken.
void noteError(void* context, xmlErrorPtr error) {
  auto* parser = static_cast<xmlParserCtxt*>(context);
  if (parser == nullptr || parser->_private == nullptr || error == nullptr) return;
  int& line = notesOf(parser).error_line;
  if (line == 0) line = error->line;
  if (error->level >= XML_ERR_FATAL) endParse(parser);
}

const char* boundExceeded(const xmlParserCtxt& parser, const Notes& notes, int namespaces_count,
                          const xmlChar** namespaces) {
  if (parser.nodeNr >= notes.limits->xml_depth_max) return kTooDeep;
  if (notes.nodes > notes.limits->xml_nodes_max) return kTooManyNodes;
  return exceedsNamespaceBounds(parser, namespaces_count, namespaces)
             ? "too many namespaces, or one with too long a name"
             : nullptr;
}

// The parser stands before the '>' or '/>' of the tag. Of converted input, its offsets are not those
// of the bytes that came.
void onTag(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
           int namespaces_count, const xmlChar** namespaces, int attributes_count, int defaulted,
           const xmlChar** attributes) {
  auto* parser = static_cast<xmlParserCtxt*>(context);
  Notes& notes = notesOf(parser);
  notes.nodes += 1 + static_cast<std::size_t>(attributes_count);
  notes.bound = boundExceeded(*parser, notes, namespaces_count, namespaces);
  if (notes.bound != nullptr) {
    notes.bound_line = lineAt(*parser);
    return xmlStopParser(parser);
  }
  constexpr int kBelowRoot = 1;
  if (notes.tags && parser->nodeNr == kBelowRoot && parser->input->buf->encoder == nullptr) {
    notes.child_tags.push_back(static_cast<std::size_t>(xmlByteConsumed(parser)));
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespaces_count, namespaces, attributes_count,
                        defaulted, attributes);
}

Status dtdRefused(int line) {
  return Status::failure("trust.dtd_refused", "a document type declaration", {}, line);
}

Status malformed(const char* why) { return Status::failure("trust.malformed", why); }

// The next node in document order below `apex`; nullptr at the end.
xmlNode* following(xmlNode* node, const xmlNode* apex) {
  if (node->type == XML_ELEMENT_NODE && node->children != nullptr) return node->children;
  while (node != apex && node->next == nullptr) node = node->parent;
  return node == apex ? nullptr : node->next;
}

Status checkSize(xmlDoc* document, const Limits& limits) {
  xmlNode* root = xmlDocGetRootElement(document);
  if (root == nullptr) return malformed("no root element");
  std::size_t nodes = 0;
  int depth = 1;
  for (xmlNode* node = root; node != nullptr;) {
    if (node->type == XML_ENTITY_REF_NODE) return malformed("an entity reference");
    if (node->type == XML_ELEMENT_NODE) {
      ++nodes;
      for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) ++nodes;
    }
    if (nodes > limits.xml_nodes_max) return malformed(kTooManyNodes);
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      if (++depth > limits.xml_depth_max + 1) return malformed(kTooDeep);
      node = node->children;
      continue;
    }
    while (node != root && node->next == nullptr) {
      node = node->parent;
      --depth;
    }
    node = node == root ? nullptr : node->next;
  }
  return {};
}

int isBelow(void* apex, xmlNode* node, xmlNode* parent) {
  // A namespace declaration has no parent of its own, and it comes disguised as a node.
  const xmlNode* at = node == nullptr || node->type == XML_NAMESPACE_DECL ? parent : node;
  for (; at != nullptr; at = at->parent) {
    if (at == apex) return 1;
  }
  return 0;
}

Result<DocumentHandle> parse(std::string_view xml, const Limits& limits, ChildTags* children) {
  static std::once_flag once;
  std::call_once(once, [] { xmlInitParser(); });
  if (xml.empty()) return malformed("an empty document");
  if (xml.size() > limits.exchange_bytes_max) return malformed("the document is too large");
  if (!isAsciiBased(xml)) {
    return Status::failure("trust.malformed", "a character set that is not based on ASCII", {}, 1);
  }
  if (const int line = lineOfWideTag(xml); line > 0) {
    return Status::failure("trust.malformed", "too many attributes in one tag", {}, line);
  }
  ParserHandle parser(xmlNewParserCtxt());
  if (!parser) return Status::failure("base.internal", "no XML parser");
  Notes notes;
  parser->_private = &notes;
  notes.limits = &limits;
  notes.tags = children != nullptr;
  parser->sax->startElementNs = onTag;
  parser->sax->internalSubset = refuseDtd;
  parser->sax->serror = noteError;
  DocumentHandle document(xmlCtxtReadMemory(
      parser.get(), xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT));
  if (notes.dtd_line > 0) return dtdRefused(notes.dtd_line);
  if (notes.bound != nullptr) {
    return Status::failure("trust.malformed", notes.bound, {}, notes.bound_line);
  }
  if (!document) {
    return Status::failure("trust.malformed", "not well-formed XML", {}, notes.error_line);
  }
  if (document->intSubset != nullptr || document->extSubset != nullptr) {
    return dtdRefused(0);
  }
  if (Status size = checkSize(document.get(), limits); !size.ok()) return size;
  if (children != nullptr) *children = std::move(notes.child_tags);
  return document;
}

}  // namespace

Result<DocumentHandle> parseHostile(std::string_view xml, const Limits& limits) {
  return parse(xml, limits, nullptr);
}

Result<DocumentHandle> parseHostile(std::string_view xml, const Limits& limits,
                                    ChildTags& children) {
  return parse(xml, limits, &children);
}

Result<std::string> canonicalise(xmlDoc* document, xmlNode* apex, C14n mode) {
  if (apex != nullptr && mode.exclusive && !mode.comments) {
    if (auto plain = plainExclusiveForm(apex)) return std::move(*plain);
  }
  return canonicaliseByLibrary(document, apex, mode);
}

Result<std::string> canonicaliseByLibrary(xmlDoc* document, xmlNode* apex, C14n mode) {
  std::unique_ptr<xmlOutputBuffer, FreeWith<xmlOutputBufferClose>> out(
      xmlAllocOutputBuffer(nullptr));
  if (!out) return Status::failure("base.internal", "no memory for the canonical form");
  const int size = xmlC14NExecute(document, apex == nullptr ? nullptr : isBelow, apex,
                                  mode.exclusive ? XML_C14N_EXCLUSIVE_1_0 : XML_C14N_1_0, nullptr,
                                  mode.comments ? 1 : 0, out.get());
  if (size < 0) return malformed("the document has no canonical form");
  return std::string(reinterpret_cast<const char*>(xmlOutputBufferGetContent(out.get())),
                     xmlOutputBufferGetSize(out.get()));
}

bool isElement(const xmlNode* node, std::string_view ns, std::string_view name) {
  return node != nullptr && node->type == XML_ELEMENT_NODE && view(node->name) == name &&
         hasNamespace(node->ns, ns);
}

std::vector<xmlNode*> childElements(const xmlNode* parent) {
  std::vector<xmlNode*> all;
  for (xmlNode* node = parent->children; node != nullptr; node = node->next) {
    if (node->type == XML_ELEMENT_NODE) all.push_back(node);
  }
  return all;
}

std::vector<xmlNode*> descendants(xmlNode* apex, std::string_view ns, std::string_view name) {
  std::vector<xmlNode*> all;
  for (xmlNode* node = apex; node != nullptr; node = following(node, apex)) {
    if (isElement(node, ns, name)) all.push_back(node);
  }
  return all;
}

std::string attributeOf(const xmlNode* node, std::string_view ns, std::string_view name) {
  for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
    if (view(a->name) != name || !hasNamespace(a->ns, ns)) continue;
    std::string value;
    for (const xmlNode* part = a->children; part != nullptr; part = part->next) {
      value += view(part->content);
    }
    return value;
  }
  return {};
}

std::string textOf(const xmlNode* node) {
  std::string text;
  for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
    if (part->type != XML_TEXT_NODE && part->type != XML_CDATA_SECTION_NODE) return {};
    text += view(part->content);
  }
  return text;
}

int countId(xmlDoc* document, std::string_view value) {
  int count = 0;
  xmlNode* root = xmlDocGetRootElement(document);
  for (xmlNode* node = root; node != nullptr; node = following(node, root)) {
    if (node->type != XML_ELEMENT_NODE) continue;
    for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
      const std::string_view name = view(a->name);
      if (name != "Id" && name != "ID" && name != "id") continue;
      if (a->children != nullptr && view(a->children->content) == value) ++count;
    }
  }
  return count;
}

}  // namespace hub::trust
