#include "adapters/kit/xslt_check.h"

#include <libxslt/extensions.h>
#include <libxslt/xsltInternals.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "adapters/kit/error.h"
#include "adapters/kit/text.h"
#include "adapters/kit/xml.h"

namespace otinish::kit {
namespace {

using Names = std::set<std::string, std::less<>>;

// XSLT 1.0; "document" is libxslt's, of the draft of 1.1.
constexpr std::array<std::string_view, 36> kInstructions = {"apply-imports",
                                                            "apply-templates",
                                                            "attribute",
                                                            "attribute-set",
                                                            "call-template",
                                                            "choose",
                                                            "comment",
                                                            "copy",
                                                            "copy-of",
                                                            "decimal-format",
                                                            "document",
                                                            "element",
                                                            "fallback",
                                                            "for-each",
                                                            "if",
                                                            "import",
                                                            "include",
                                                            "key",
                                                            "message",
                                                            "namespace-alias",
                                                            "number",
                                                            "otherwise",
                                                            "output",
                                                            "param",
                                                            "preserve-space",
                                                            "processing-instruction",
                                                            "sort",
                                                            "strip-space",
                                                            "stylesheet",
                                                            "template",
                                                            "text",
                                                            "transform",
                                                            "value-of",
                                                            "variable",
                                                            "when",
                                                            "with-param"};
// XPath 1.0 and XSLT 1.0, and what may stand before a parenthesis without being a function.
constexpr std::array<std::string_view, 44> kFunctions = {"last",
                                                         "position",
                                                         "count",
                                                         "id",
                                                         "local-name",
                                                         "namespace-uri",
                                                         "name",
                                                         "string",
                                                         "concat",
                                                         "starts-with",
                                                         "contains",
                                                         "substring-before",
                                                         "substring-after",
                                                         "substring",
                                                         "string-length",
                                                         "normalize-space",
                                                         "translate",
                                                         "boolean",
                                                         "not",
                                                         "true",
                                                         "false",
                                                         "lang",
                                                         "number",
                                                         "sum",
                                                         "floor",
                                                         "ceiling",
                                                         "round",
                                                         "document",
                                                         "key",
                                                         "format-number",
                                                         "current",
                                                         "unparsed-entity-uri",
                                                         "generate-id",
                                                         "system-property",
                                                         "element-available",
                                                         "function-available",
                                                         "comment",
                                                         "text",
                                                         "processing-instruction",
                                                         "node",
                                                         "and",
                                                         "or",
                                                         "div",
                                                         "mod"};
constexpr std::array<std::string_view, 7> kExpressions = {"select", "test", "match", "use",
                                                          "count",  "from", "value"};

template <class Words>
bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view text(const xmlChar* bytes) {
  return bytes == nullptr ? std::string_view() : reinterpret_cast<const char*>(bytes);
}

bool isXslt(const xmlNode* node) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         xmlStrEqual(node->ns->href, XSLT_NAMESPACE) != 0;
}

bool isXslt(const xmlNode* node, std::string_view name) {
  return isXslt(node) && text(node->name) == name;
}

std::string attributeOf(xmlNode* node, const char* name) {
  xmlChar* value = xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(name));
  std::string out(text(value));
  xmlFree(value);
  return out;
}

[[noreturn]] void refuse(xmlNode* node, const std::string& why) {
  throw MappingError("adapter.bad_mapping", why, static_cast<int>(xmlGetLineNo(node)));
}

bool isNumberPart(char c) { return (c >= '0' && c <= '9') || c == '.'; }

// A '-' or a digit that begins something is no part of a name: 1-count(x), last()-count(x).
bool isNameStart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isNamePart(char c) { return isNameStart(c) || isNumberPart(c) || c == '-'; }

// A QName from `at`, which it moves behind it; "" if there is none.
std::string_view takeName(std::string_view all, std::size_t& at) {
  const std::size_t from = at;
  if (at >= all.size() || !isNameStart(all[at])) return {};
  while (at < all.size() && isNamePart(all[at])) ++at;
  const bool prefixed = at + 1 < all.size() && all[at] == ':' && isNameStart(all[at + 1]);
  if (prefixed) {
    ++at;
    while (at < all.size() && isNamePart(all[at])) ++at;
  }
  return all.substr(from, at - from);
}

// The variables that an element sees: XSLT 1.0, 11.5.
bool isVariable(xmlNode* node, std::string_view name) {
  for (xmlNode* outer = node; outer != nullptr; outer = outer->parent) {
    const bool top = outer->parent != nullptr && outer->parent->type == XML_DOCUMENT_NODE;
    // What stands at the top is seen everywhere, whatever comes first.
    for (xmlNode* one = top ? outer->children : outer->prev; one != nullptr;
         one = top ? one->next : one->prev) {
      const bool declares = isXslt(one, "variable") || isXslt(one, "param");
      if (declares && attributeOf(one, "name") == name) return true;
    }
  }
  return false;
}

bool isFunction(xmlNode* node, std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return has(kFunctions, name);
  const std::string prefix(name.substr(0, colon));
  const std::string local(name.substr(colon + 1));
  const auto x = [](const std::string& s) { return reinterpret_cast<const xmlChar*>(s.c_str()); };
  const xmlNs* ns = xmlSearchNs(node->doc, node, x(prefix));
  if (ns == nullptr) return false;
  if (text(ns->href) == kAnswerNamespace) return local == "look-up" || local == "parse";
  return xsltExtModuleFunctionLookup(x(local), ns->href) != nullptr;
}

void checkExpression(xmlNode* node, std::string_view expression) {
  for (std::size_t at = 0; at < expression.size();) {
    const char c = expression[at];
    if (c == '\'' || c == '"') {
      const std::size_t end = expression.find(c, at + 1);
      if (end == std::string_view::npos) return;  // libxslt says so
      at = end + 1;
    } else if (c == '$') {
      ++at;
      const auto name = takeName(expression, at);
      if (!name.empty() && !isVariable(node, name)) {
        refuse(node, "there is no variable $" + scrub(name) + " here");
      }
    } else if (isNumberPart(c)) {
      while (at < expression.size() && isNumberPart(expression[at])) ++at;
    } else if (isNameStart(c)) {
      const auto name = takeName(expression, at);
      const std::size_t next = expression.find_first_not_of(" \t\r\n", at);
      const bool called = next != std::string_view::npos && expression[next] == '(';
      if (called && !isFunction(node, name)) {
        refuse(node, "there is no function " + scrub(name) + "()");
      }
    } else {
      ++at;
    }
  }
}

// Expressions in braces, XSLT 1.0, 7.6.2.
void checkValueTemplate(xmlNode* node, std::string_view value) {
  for (std::size_t at = value.find('{'); at != std::string_view::npos; at = value.find('{', at)) {
    if (at + 1 < value.size() && value[at + 1] == '{') {
      at += 2;
      continue;
    }
    const std::size_t from = ++at;
    char quote = 0;
    for (; at < value.size() && (quote != 0 || value[at] != '}'); ++at) {
      if (quote == 0 && (value[at] == '\'' || value[at] == '"')) {
        quote = value[at];
      } else if (value[at] == quote) {
        quote = 0;
      }
    }
    checkExpression(node, value.substr(from, at - from));
  }
}

// An instruction of a later version that says what to do without it: XSLT 1.0, 2.5.
bool hasFallback(xmlNode* node) {
  xmlNode* root = xmlDocGetRootElement(node->doc);
  if (root == nullptr || attributeOf(root, "version") == "1.0") return false;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (isXslt(child, "fallback")) return true;
  }
  return false;
}

void checkElement(xmlNode* node, const Names& templates) {
  if (isXslt(node)) {
    const auto name = text(node->name);
    if (!has(kInstructions, name) && !hasFallback(node)) {
      refuse(node, "there is no instruction xsl:" + scrub(name));
    }
    const std::string called = name == "call-template" ? attributeOf(node, "name") : std::string();
    if (!called.empty() && !templates.contains(called)) {
      refuse(node, "there is no template " + scrub(called));
    }
  }
  for (const xmlAttr* attribute = node->properties; attribute != nullptr;
       attribute = attribute->next) {
    xmlChar* bytes = xmlNodeListGetString(node->doc, attribute->children, 1);
    const std::string value(text(bytes));
    xmlFree(bytes);
    const bool whole = isXslt(node) && has(kExpressions, text(attribute->name));
    if (whole) {
      checkExpression(node, value);
    } else {
      checkValueTemplate(node, value);
    }
  }
}

}  // namespace

void checkStylesheet(xmlDocPtr document) {
  xmlNode* root = xmlDocGetRootElement(document);
  if (root == nullptr) return;
  Names templates;
  for (xmlNode* one = root->children; one != nullptr; one = one->next) {
    if (isXslt(one, "template")) templates.insert(attributeOf(one, "name"));
  }
  for (xmlNode* node = root; node != nullptr;) {
    if (node->type == XML_ELEMENT_NODE) checkElement(node, templates);
    xmlNode* next = node->type == XML_ELEMENT_NODE ? node->children : nullptr;
    for (; next == nullptr && node != root; node = node->parent) next = node->next;
    if (next == nullptr) return;
    node = next;
  }
}

}  // namespace otinish::kit
