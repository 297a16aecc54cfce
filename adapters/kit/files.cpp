#include "adapters/kit/files.h"

#include <libxml/tree.h>
#include <openssl/evp.h>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

constexpr const char* kCanonicalNamespace = "urn:otinish:appeal:1";

const xmlChar* x(const char* text) { return reinterpret_cast<const xmlChar*>(text); }
const xmlChar* x(const std::string& text) { return x(text.c_str()); }

bool isNamed(const xmlNode* node, const char* space, const char* name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         xmlStrEqual(node->name, x(name)) && xmlStrEqual(node->ns->href, x(space));
}

void addElements(xmlNodePtr node, const char* space, const char* name,
                 std::vector<xmlNodePtr>& found) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (isNamed(node, space, name)) found.push_back(node);
    addElements(node->children, space, name, found);
  }
}

// Every element of the document with this name; the list outlives changes of the tree.
std::vector<xmlNodePtr> elementsOf(const XmlDocument& document, const char* space,
                                   const char* name) {
  std::vector<xmlNodePtr> found;
  if (document.get() != nullptr) {
    addElements(xmlDocGetRootElement(document.get()), space, name, found);
  }
  return found;
}

std::string taken(xmlChar* text) {
  std::string out = text == nullptr ? "" : reinterpret_cast<const char*>(text);
  xmlFree(text);
  return out;
}

std::string childText(xmlNodePtr parent, const char* name) {
  for (xmlNodePtr n = parent->children; n != nullptr; n = n->next) {
    if (isNamed(n, kCanonicalNamespace, name)) return taken(xmlNodeGetContent(n));
  }
  return {};
}

std::string attribute(xmlNodePtr node, const char* name) {
  return taken(xmlGetNoNsProp(node, x(name)));
}

std::int64_t sizeOf(const std::string& text) {
  std::int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > 1'000'000'000'000) return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

CarriedFile readFile(xmlNodePtr node) {
  CarriedFile file;
  file.id = attribute(node, "id");
  file.name = attribute(node, "name");
  file.mime = attribute(node, "mime");
  file.sha256 = attribute(node, "sha256");
  file.reference = attribute(node, "reference");
  file.size = sizeOf(attribute(node, "size"));
  return file;
}

void addText(xmlNodePtr parent, xmlNsPtr space, const char* name, const std::string& text) {
  if (!text.empty()) xmlNewTextChild(parent, space, x(name), x(text));
}

}  // namespace

std::string toBase64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string fromBase64(std::string_view text) {
  std::string dense;
  dense.reserve(text.size());
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') dense += c;
  }
  std::size_t padding = 0;
  while (padding < 2 && padding < dense.size() && dense[dense.size() - 1 - padding] == '=') {
    ++padding;
  }
  std::string out(dense.size() / 4 * 3, '\0');
  const bool shaped = dense.size() % 4 == 0 && dense.size() <= 0x7FFFFFFF &&
                      dense.find('=') >= dense.size() - padding;
  const int size = !shaped || dense.empty()
                       ? 0
                       : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                         reinterpret_cast<const unsigned char*>(dense.data()),
                                         static_cast<int>(dense.size()));
  if (!shaped || size < 0) throw MappingError("adapter.bad_base64", "a file is not base64");
  out.resize(static_cast<std::size_t>(size) - (dense.empty() ? 0 : padding));
  return out;
}

std::vector<CarriedFile> announcedFiles(const XmlDocument& canonical) {
  std::vector<CarriedFile> files;
  for (xmlNodePtr node : elementsOf(canonical, kCanonicalNamespace, "attachments")) {
    CarriedFile file;
    file.id = childText(node, "id");
    file.name = childText(node, "name");
    file.mime = childText(node, "mime");
    file.sha256 = childText(node, "sha256");
    file.size = sizeOf(childText(node, "size"));
    files.push_back(std::move(file));
  }
  return files;
}

void writeReferences(XmlDocument& canonical, const std::vector<std::string>& references) {
  if (references.empty()) return;
  const auto nodes = elementsOf(canonical, kCanonicalNamespace, "attachments");
  for (std::size_t i = 0; i < nodes.size() && i < references.size(); ++i) {
    xmlNsPtr space = xmlNewNs(nodes[i], x(kAnswerNamespace), x("a"));
    xmlSetNsProp(nodes[i], space, x("reference"), x(references[i]));
  }
}

XmlDocument fileDocument(const CarriedFile& file) {
  XmlDocument out = XmlDocument::adopt(xmlNewDoc(x("1.0")));
  xmlNodePtr root = xmlNewDocNode(out.get(), nullptr, x("file"), nullptr);
  if (root == nullptr) throw std::bad_alloc();
  xmlDocSetRootElement(out.get(), root);
  xmlSetNs(root, xmlNewNs(root, x(kAnswerNamespace), nullptr));
  xmlSetProp(root, x("id"), x(file.id));
  xmlSetProp(root, x("name"), x(file.name));
  xmlSetProp(root, x("mime"), x(file.mime));
  xmlSetProp(root, x("size"), x(std::to_string(file.size)));
  xmlSetProp(root, x("sha256"), x(file.sha256));
  xmlSetProp(root, x("reference"), x(file.reference));
  xmlAddChild(root, xmlNewText(x(toBase64(file.bytes))));
  return out;
}

CarriedFile fileOf(const XmlDocument& answer) {
  const auto found = elementsOf(answer, kAnswerNamespace, "file");
  if (found.size() != 1) {
    throw MappingError("adapter.bad_answer", "the answer does not hold exactly one file");
  }
  CarriedFile file = readFile(found.front());
  file.bytes = fromBase64(taken(xmlNodeGetContent(found.front())));
  return file;
}

std::vector<CarriedFile> placeholders(const XmlDocument& payload) {
  std::vector<CarriedFile> files;
  for (xmlNodePtr node : elementsOf(payload, kAnswerNamespace, "file")) {
    files.push_back(readFile(node));
  }
  return files;
}

std::string fillPlaceholders(XmlDocument& payload, const std::vector<CarriedFile>& files) {
  const auto nodes = elementsOf(payload, kAnswerNamespace, "file");
  for (std::size_t i = 0; i < nodes.size() && i < files.size(); ++i) {
    xmlNodePtr made = xmlNewDocNode(payload.get(), nullptr, x("attachments"), nullptr);
    if (made == nullptr) throw std::bad_alloc();
    xmlNsPtr space = xmlSearchNsByHref(payload.get(), nodes[i]->parent, x(kCanonicalNamespace));
    if (space == nullptr) space = xmlNewNs(made, x(kCanonicalNamespace), nullptr);
    xmlSetNs(made, space);
    addText(made, space, "id", files[i].id);
    addText(made, space, "name", files[i].name);
    addText(made, space, "mime", files[i].mime);
    addText(made, space, "size", std::to_string(files[i].size));
    addText(made, space, "sha256", files[i].sha256);
    xmlFreeNode(xmlReplaceNode(nodes[i], made));
  }
  return serializeElement(xmlDocGetRootElement(payload.get()));
}

}  // namespace otinish::kit
