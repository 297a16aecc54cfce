#include "hub/trust/plain_form.h"

#include <string_view>
#include <vector>

#include "hub/trust/canonical_writer.h"

namespace hub::trust {
namespace {

constexpr int kDepthMax = 64;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// libxml2 refuses relative namespaces wherever in the document they are declared.
bool hasUsualNamespaces(const xmlNode* root) {
  for (const xmlNode* node = root; node != nullptr;) {
    if (node->type == XML_ELEMENT_NODE) {
      for (const xmlNs* ns = node->nsDef; ns != nullptr; ns = ns->next) {
        if (!isUsualNamespace(view(ns->href), ns->prefix != nullptr)) return false;
      }
      if (node->children != nullptr) {
        node = node->children;
        continue;
      }
    }
    while (node != root && node->next == nullptr) node = node->parent;
    node = node == root ? nullptr : node->next;
  }
  return true;
}

class TreeWalk {
 public:
  // False: not plain.
  bool element(const xmlNode* node, int depth);
  std::string take() { return writer_.take(); }
  // The default namespace around the apex.
  void setOutside(std::string_view href) { default_href_ = href; }

 private:
  bool content(const xmlNode* node, int depth);
  bool start(const xmlNode* node);

  CanonicalWriter writer_;
  std::string_view default_href_;  // in the document
  std::vector<CanonicalWriter::Attribute> attributes_;
};

bool TreeWalk::start(const xmlNode* node) {
  for (const xmlNs* ns = node->nsDef; ns != nullptr; ns = ns->next) {
    if (ns->prefix == nullptr) default_href_ = view(ns->href);
  }
  CanonicalWriter::Name name{{}, view(node->name), {}};
  if (node->ns != nullptr) {
    name.prefix = view(node->ns->prefix);
    name.href = view(node->ns->href);
    if (name.prefix == "xml") return false;
  } else if (!default_href_.empty() || name.local.find(':') != std::string_view::npos) {
    return false;  // a prefix that nobody declared stands in the name
  }
  attributes_.clear();
  for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
    CanonicalWriter::Attribute attribute{{{}, view(a->name), {}}, {}};
    if (a->ns != nullptr) {
      attribute.name.prefix = view(a->ns->prefix);
      attribute.name.href = view(a->ns->href);
      if (attribute.name.prefix.empty() || attribute.name.prefix == "xml") return false;
    } else if (attribute.name.local.find(':') != std::string_view::npos) {
      return false;
    }
    if (const xmlNode* value = a->children; value != nullptr) {
      if (value->type != XML_TEXT_NODE || value->next != nullptr) return false;
      attribute.value = view(value->content);
    }
    attributes_.push_back(attribute);
  }
  return writer_.start(name, attributes_);
}

bool TreeWalk::content(const xmlNode* node, int depth) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    switch (child->type) {
      case XML_ELEMENT_NODE:
        if (!element(child, depth + 1)) return false;
        break;
      case XML_TEXT_NODE:
      case XML_CDATA_SECTION_NODE:
        writer_.text(view(child->content));
        break;
      case XML_COMMENT_NODE:
        break;
      default:
        return false;
    }
  }
  return true;
}

bool TreeWalk::element(const xmlNode* node, int depth) {
  if (depth > kDepthMax) return false;
  const std::string_view default_href = default_href_;
  if (!start(node) || !content(node, depth)) return false;
  writer_.end();
  default_href_ = default_href;
  return true;
}

}  // namespace

std::optional<std::string> plainExclusiveForm(const xmlNode* apex) {
  if (apex == nullptr || apex->type != XML_ELEMENT_NODE) return std::nullopt;
  if (!hasUsualNamespaces(xmlDocGetRootElement(apex->doc))) return std::nullopt;
  TreeWalk walk;
  for (const xmlNode* above = apex->parent; above != nullptr; above = above->parent) {
    if (above->type != XML_ELEMENT_NODE) break;
    const xmlNs* ns = above->nsDef;
    while (ns != nullptr && ns->prefix != nullptr) ns = ns->next;
    if (ns == nullptr) continue;
    walk.setOutside(view(ns->href));
    break;
  }
  if (!walk.element(apex, 1)) return std::nullopt;
  return walk.take();
}

}  // namespace hub::trust
