#include "hub/trust/plain_form.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <vector>

namespace hub::trust {
namespace {

constexpr int kDepthMax = 64;
constexpr std::size_t kUsualBytes = 4096;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// What is written as it stands. (libxml2 keeps "&amp;" in the name of a namespace in a way of its own.)
bool isUsual(const xmlNs* ns) {
  const std::string_view href = view(ns->href);
  if (href.empty()) return ns->prefix == nullptr;
  if (std::any_of(href.begin(), href.end(), [](char c) {
        return c <= ' ' || c == 0x7f || c == '&' || c == '<' || c == '>' || c == '"';
      })) {
    return false;
  }
  return href.starts_with("http://") || href.starts_with("https://") || href.starts_with("urn:");
}

// libxml2 refuses relative namespaces wherever in the document they are declared.
bool hasUsualNamespaces(const xmlNode* root) {
  for (const xmlNode* node = root; node != nullptr;) {
    if (node->type == XML_ELEMENT_NODE) {
      for (const xmlNs* ns = node->nsDef; ns != nullptr; ns = ns->next) {
        if (!isUsual(ns)) return false;
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

struct Replaced {
  char character;
  std::string_view by;
};
constexpr std::array<Replaced, 4> kInText = {
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\r', "&#xD;"}}};
constexpr std::array<Replaced, 6> kInAttribute = {{{'&', "&amp;"},
                                                   {'<', "&lt;"},
                                                   {'"', "&quot;"},
                                                   {'\t', "&#x9;"},
                                                   {'\n', "&#xA;"},
                                                   {'\r', "&#xD;"}}};

// The place of each character in its list, from 1; 0: it stands for itself.
template <std::size_t N>
constexpr std::array<unsigned char, 256> placesOf(const std::array<Replaced, N>& list) {
  std::array<unsigned char, 256> places{};
  for (std::size_t i = 0; i < N; ++i) {
    places[static_cast<unsigned char>(list[i].character)] = static_cast<unsigned char>(i + 1);
  }
  return places;
}

template <std::size_t N>
void appendEscaped(std::string& out, std::string_view text, const std::array<Replaced, N>& list,
                   const std::array<unsigned char, 256>& places) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned char place = places[static_cast<unsigned char>(text[at])];
    if (place == 0) continue;
    out.append(text, from, at - from).append(list[place - 1U].by);
    from = at + 1;
  }
  out.append(text, from);
}

struct Namespace {
  std::string_view prefix, href;
};

class Writer {
 public:
  Writer() { out_.reserve(kUsualBytes); }
  // False: not plain.
  bool element(const xmlNode* node, int depth);
  std::string take() { return std::move(out_); }
  // The default namespace around the apex.
  void setOutside(std::string_view href) { default_href_ = href; }

 private:
  bool content(const xmlNode* node, int depth);
  bool declarations(const xmlNode* node);
  bool attributes(const xmlNode* node);
  bool attributeValue(const xmlAttr* attribute);
  // Notes that the element uses it; written later if it is not in force in what was written.
  void use(std::string_view prefix, std::string_view href);
  static void appendName(std::string& out, const xmlNs* ns, std::string_view name);

  std::string out_;
  std::string_view default_href_;    // in the document
  std::vector<Namespace> in_force_;  // written by the elements that are open, the newest last
  std::vector<Namespace> fresh_;
  std::vector<const xmlAttr*> sorted_;
};

void Writer::appendName(std::string& out, const xmlNs* ns, std::string_view name) {
  if (ns != nullptr && ns->prefix != nullptr) out.append(view(ns->prefix)).append(1, ':');
  out.append(name);
}

void Writer::use(std::string_view prefix, std::string_view href) {
  const auto same = [prefix](const Namespace& one) { return one.prefix == prefix; };
  if (std::any_of(fresh_.begin(), fresh_.end(), same)) return;
  const auto found = std::find_if(in_force_.rbegin(), in_force_.rend(), same);
  const std::string_view now = found == in_force_.rend() ? std::string_view() : found->href;
  const bool known = found != in_force_.rend() || prefix.empty();
  if (!known || now != href) fresh_.push_back({prefix, href});
}

bool Writer::declarations(const xmlNode* node) {
  for (const xmlNs* ns = node->nsDef; ns != nullptr; ns = ns->next) {
    if (ns->prefix == nullptr) default_href_ = view(ns->href);
  }
  fresh_.clear();
  if (node->ns != nullptr) {
    if (view(node->ns->prefix) == "xml") return false;
    use(view(node->ns->prefix), view(node->ns->href));
  } else {
    // A prefix that nobody declared stands in the name.
    if (!default_href_.empty() || view(node->name).find(':') != std::string_view::npos) {
      return false;
    }
    use({}, {});
  }
  for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
    if (a->ns == nullptr) {
      if (view(a->name).find(':') != std::string_view::npos) return false;
      continue;
    }
    const std::string_view prefix = view(a->ns->prefix);
    if (prefix.empty() || prefix == "xml") return false;
    use(prefix, view(a->ns->href));
  }
  std::sort(fresh_.begin(), fresh_.end(),
            [](const Namespace& a, const Namespace& b) { return a.prefix < b.prefix; });
  for (const auto& [prefix, href] : fresh_) {
    out_.append(" xmlns");
    if (!prefix.empty()) out_.append(1, ':').append(prefix);
    out_.append("=\"").append(href).append(1, '"');
  }
  in_force_.insert(in_force_.end(), fresh_.begin(), fresh_.end());
  return true;
}

bool Writer::attributeValue(const xmlAttr* attribute) {
  static constexpr auto kPlaces = placesOf(kInAttribute);
  for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
    if (part->type != XML_TEXT_NODE) return false;
    appendEscaped(out_, view(part->content), kInAttribute, kPlaces);
  }
  return true;
}

bool Writer::attributes(const xmlNode* node) {
  if (node->properties == nullptr) return true;
  const auto key = [](const xmlAttr* a) {
    return std::make_tuple(a->ns == nullptr ? std::string_view() : view(a->ns->href),
                           view(a->name));
  };
  sorted_.clear();
  for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) sorted_.push_back(a);
  std::sort(sorted_.begin(), sorted_.end(),
            [&key](const xmlAttr* a, const xmlAttr* b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const xmlAttr* a = sorted_[i];
    // Two prefixes of one namespace may name the same attribute twice.
    if (i > 0 && key(sorted_[i - 1]) == key(a)) return false;
    out_.append(1, ' ');
    appendName(out_, a->ns, view(a->name));
    out_.append("=\"");
    if (!attributeValue(a)) return false;
    out_.append(1, '"');
  }
  return true;
}

bool Writer::content(const xmlNode* node, int depth) {
  static constexpr auto kPlaces = placesOf(kInText);
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    switch (child->type) {
      case XML_ELEMENT_NODE:
        if (!element(child, depth + 1)) return false;
        break;
      case XML_TEXT_NODE:
      case XML_CDATA_SECTION_NODE:
        appendEscaped(out_, view(child->content), kInText, kPlaces);
        break;
      case XML_COMMENT_NODE:
        break;
      default:
        return false;
    }
  }
  return true;
}

bool Writer::element(const xmlNode* node, int depth) {
  if (depth > kDepthMax) return false;
  const std::size_t in_force = in_force_.size();
  const std::string_view default_href = default_href_;
  out_.append(1, '<');
  appendName(out_, node->ns, view(node->name));
  if (!declarations(node) || !attributes(node)) return false;
  out_.append(1, '>');
  if (!content(node, depth)) return false;
  out_.append("</");
  appendName(out_, node->ns, view(node->name));
  out_.append(1, '>');
  in_force_.resize(in_force);
  default_href_ = default_href;
  return true;
}

}  // namespace

std::optional<std::string> plainExclusiveForm(const xmlNode* apex) {
  if (apex == nullptr || apex->type != XML_ELEMENT_NODE) return std::nullopt;
  if (!hasUsualNamespaces(xmlDocGetRootElement(apex->doc))) return std::nullopt;
  Writer writer;
  for (const xmlNode* above = apex->parent; above != nullptr; above = above->parent) {
    if (above->type != XML_ELEMENT_NODE) break;
    const xmlNs* ns = above->nsDef;
    while (ns != nullptr && ns->prefix != nullptr) ns = ns->next;
    if (ns == nullptr) continue;
    writer.setOutside(view(ns->href));
    break;
  }
  if (!writer.element(apex, 1)) return std::nullopt;
  return writer.take();
}

}  // namespace hub::trust
