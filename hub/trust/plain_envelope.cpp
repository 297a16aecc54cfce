#include "hub/trust/plain_envelope.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "hub/base/byte_scan.h"
#include "hub/base/text.h"
#include "hub/trust/canonical_writer.h"
#include "hub/trust/xml.h"

namespace hub::trust {
namespace {

constexpr std::size_t kBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kAttributesMax = 32;  // of one tag, declarations of namespaces among them
constexpr std::size_t kNameBytesMax = 256;
constexpr std::string_view kWsu = "wsu";

bool isNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isNamePart(char c) { return isNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }
bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

struct QName {
  std::string_view prefix, local;
  bool operator==(const QName& other) const {
    return prefix == other.prefix && local == other.local;
  }
};

class Reader {
 public:
  Reader(std::string_view xml, const std::string& id, const Limits& limits)
      : xml_(xml),
        id_(id),
        depth_max_(std::min(kDepthMax, static_cast<std::size_t>(limits.xml_depth_max))),
        nodes_max_(limits.xml_nodes_max) {}

  std::optional<EnvelopeToSign> read() {
    if (!declaration() || !content()) return std::nullopt;
    skipBlanks();
    if (at_ != xml_.size() || out_.body_tag == 0) return std::nullopt;
    out_.covered = writer_.take();
    return std::move(out_);
  }

 private:
  using Name = CanonicalWriter::Name;

  struct Element {
    QName name;
    std::size_t bindings;  // how many were before it
  };
  struct Written {
    QName name;
    std::string_view value;
  };

  bool take(std::string_view text) {
    if (!xml_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  void skipBlanks() {
    while (at_ < xml_.size() && isBlank(xml_[at_])) ++at_;
  }
  bool atEnd() const { return at_ >= xml_.size(); }

  // One that says another charset is not plain.
  bool declaration() {
    if (take("<?xml ")) {
      if (!take("version=\"1.0\"")) return false;
      if (take(" encoding=\"") && !take("UTF-8\"") && !take("utf-8\"")) return false;
      if (!take("?>")) return false;
    }
    skipBlanks();
    return true;
  }

  bool part(std::string_view& out) {
    const std::size_t from = at_;
    if (atEnd() || !isNameStart(xml_[at_])) return false;
    while (!atEnd() && isNamePart(xml_[at_])) ++at_;
    out = xml_.substr(from, at_ - from);
    return out.size() <= kNameBytesMax;
  }
  bool name(QName& out) {
    if (!part(out.local)) return false;
    if (atEnd() || xml_[at_] != ':') return true;
    ++at_;
    out.prefix = out.local;
    return part(out.local);
  }

  // Everything from the root's '<' to the end of its end tag.
  bool content() {
    do {
      if (atEnd()) return false;
      const bool good = xml_[at_] != '<'                                ? text()
                        : at_ + 1 < xml_.size() && xml_[at_ + 1] == '/' ? endTag()
                                                                        : startTag();
      if (!good) return false;
    } while (!open_.empty());
    return true;
  }

  bool text() {
    if (open_.empty()) return false;
    std::size_t from = at_;
    for (;;) {
      at_ = findControlOr<'<', '&', '>'>(xml_, at_);
      if (atEnd()) return false;
      const char c = xml_[at_];
      if (c == '\n' || c == '\t') {
        ++at_;
      } else if (c == '&') {
        if (!reference(from)) return false;
      } else {
        break;
      }
    }
    if (in_body_) writer_.written(xml_.substr(from, at_ - from));
    return xml_[at_] == '<';
  }

  // `from`: the text that is not written yet. What a canonical form keeps goes with that text.
  bool reference(std::size_t& from) {
    const std::size_t start = at_;
    if (take("&amp;") || take("&lt;") || take("&gt;")) return true;
    const bool quote = take("&quot;");
    if (!quote && !take("&apos;")) return false;
    if (in_body_) {
      writer_.written(xml_.substr(from, start - from));
      writer_.written(quote ? "\"" : "'");
    }
    from = at_;
    return true;
  }

  bool endTag() {
    at_ += 2;
    QName closed;
    if (open_.empty() || !name(closed) || !take(">") || !(closed == open_.back().name)) {
      return false;
    }
    close();
    return true;
  }

  void close() {
    if (in_body_) writer_.end();
    bindings_.resize(open_.back().bindings);
    open_.pop_back();
    if (open_.size() == 1) in_body_ = false;
  }

  bool startTag() {
    ++at_;
    Element element{{}, bindings_.size()};
    if (open_.size() >= depth_max_ || !name(element.name) || !attributes()) return false;
    const std::size_t end = at_;
    const bool empty = take("/>");
    if (!empty && !take(">")) return false;
    Name resolved;
    if (!resolve(element.name, true, resolved)) return false;
    nodes_ += 1 + written_.size();
    if (nodes_ > nodes_max_) return false;
    if (!place(resolved, end)) return false;
    if (!resolveAttributes()) return false;
    if (in_body_ && !writer_.start(resolved, attributes_)) return false;
    open_.push_back(element);
    if (empty) close();
    return true;
  }

  // Up to the '>' or '/>' of the tag: its attributes to written_, its namespaces into force.
  bool attributes() {
    written_.clear();
    const std::size_t bindings = bindings_.size();
    for (;;) {
      const std::size_t blanks = at_;
      skipBlanks();
      if (atEnd()) return false;
      if (xml_[at_] == '>' || xml_[at_] == '/') return true;
      if (blanks == at_ || written_.size() + bindings_.size() - bindings >= kAttributesMax) {
        return false;
      }
      Written one;
      if (!name(one.name) || !take("=\"")) return false;
      const std::size_t end = findControlOr<'"', '<', '&'>(xml_, at_);
      if (end >= xml_.size() || xml_[end] != '"') return false;
      one.value = xml_.substr(at_, end - at_);
      at_ = end + 1;
      const bool by_default = one.name == QName{{}, "xmlns"};
      if (!by_default && one.name.prefix != "xmlns") {
        written_.push_back(one);
      } else if (!bind(by_default ? std::string_view() : one.name.local, one.value, bindings)) {
        return false;
      }
    }
  }

  bool bind(std::string_view prefix, std::string_view href, std::size_t first_of_tag) {
    constexpr std::string_view kReserved[] = {"http://www.w3.org/XML/1998/namespace",
                                              "http://www.w3.org/2000/xmlns/"};
    if (prefix == "xml" || prefix == "xmlns" || !isUsualNamespace(href, !prefix.empty()) ||
        href == kReserved[0] || href == kReserved[1]) {
      return false;
    }
    for (std::size_t i = first_of_tag; i < bindings_.size(); ++i) {
      if (bindings_[i].first == prefix) return false;
    }
    bindings_.emplace_back(prefix, href);
    return true;
  }

  bool resolve(const QName& name, bool element, Name& out) const {
    out = {name.prefix, name.local, {}};
    if (name.prefix.empty() && !element)
      return true;  // the default namespace is not for attributes
    for (auto it = bindings_.rbegin(); it != bindings_.rend(); ++it) {
      if (it->first != name.prefix) continue;
      out.href = it->second;
      return true;
    }
    return name.prefix.empty();
  }

  bool resolveAttributes() {
    attributes_.clear();
    const bool body = in_body_ && open_.size() == 1;
    for (const Written& one : written_) {
      CanonicalWriter::Attribute attribute{{}, one.value};
      if (!resolve(one.name, false, attribute.name)) return false;
      const Name& name = attribute.name;
      if (body && name.local == "Id" && (name.href.empty() || name.href == kWsuNs)) return false;
      for (const auto& other : attributes_) {
        if (other.name.local == name.local && other.name.href == name.href) return false;
      }
      attributes_.push_back(attribute);
    }
    if (body) attributes_.push_back({{kWsu, "Id", kWsuNs}, id_});
    return true;
  }

  // What the element is to the envelope. Nothing of it is open yet.
  bool place(const Name& name, std::size_t tag_end) {
    if (open_.empty()) {
      out_.prefix = name.prefix;
      return name.href == kSoapNs && name.local == "Envelope";
    }
    if (open_.size() > 1) return in_body_ || name.href != kDsNs || name.local != "Signature";
    if (name.href != kSoapNs || out_.body_tag != 0) return false;
    if (name.local == "Header") {
      if (out_.has_header) return false;
      out_.has_header = true;
      out_.header_tag = tag_end;
      return true;
    }
    if (name.local != "Body") return false;
    // The Id has a namespace of its own. Who has that in force already is not plain.
    if (std::any_of(bindings_.begin(), bindings_.end(), [](const auto& binding) {
          return binding.first == kWsu || binding.second == kWsuNs;
        })) {
      return false;
    }
    out_.body_tag = tag_end;
    out_.id_text = " xmlns:wsu=\"" + std::string(kWsuNs) + "\" wsu:Id=\"" + id_ + "\"";
    in_body_ = true;
    return true;
  }

  const std::string_view xml_;
  const std::string& id_;
  const std::size_t depth_max_, nodes_max_;
  std::size_t at_ = 0, nodes_ = 0;
  bool in_body_ = false;
  std::vector<Element> open_;
  std::vector<std::pair<std::string_view, std::string_view>> bindings_;  // prefix, namespace
  std::vector<Written> written_;                                         // of the tag in hand
  std::vector<CanonicalWriter::Attribute> attributes_;                   // of the tag in hand
  CanonicalWriter writer_;
  EnvelopeToSign out_;
};

}  // namespace

std::optional<EnvelopeToSign> readPlainEnvelope(std::string_view xml, const std::string& id,
                                                const Limits& limits) {
  if (xml.size() > std::min(kBytesMax, limits.exchange_bytes_max)) return std::nullopt;
  // U+FFFE and U+FFFF are no characters of XML; nothing that starts as they do is common.
  if (xml.find('\xEF') != std::string_view::npos || !isUtf8(xml)) return std::nullopt;
  return Reader(xml, id, limits).read();
}

}  // namespace hub::trust
