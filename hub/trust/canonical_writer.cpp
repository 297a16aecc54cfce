#include "hub/trust/canonical_writer.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace hub::trust {
namespace {

constexpr std::size_t kUsualBytes = 4096;

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

bool consistsOf(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [marks](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

auto keyOf(const CanonicalWriter::Attribute& a) { return std::tie(a.name.href, a.name.local); }

}  // namespace

CanonicalWriter::CanonicalWriter() { out_.reserve(kUsualBytes); }

void CanonicalWriter::append(const Name& name) {
  if (!name.prefix.empty()) out_.append(name.prefix).append(1, ':');
  out_.append(name.local);
}

void CanonicalWriter::use(const Name& name) {
  const auto same = [&name](const Namespace& one) { return one.prefix == name.prefix; };
  if (std::any_of(fresh_.begin(), fresh_.end(), same)) return;
  const auto found = std::find_if(in_force_.rbegin(), in_force_.rend(), same);
  const std::string_view now = found == in_force_.rend() ? std::string_view() : found->href;
  const bool known = found != in_force_.rend() || name.prefix.empty();
  if (!known || now != name.href) fresh_.push_back({name.prefix, name.href});
}

bool CanonicalWriter::start(const Name& element, std::vector<Attribute>& attributes) {
  static constexpr auto kPlaces = placesOf(kInAttribute);
  open_.push_back({element, in_force_.size()});
  out_.append(1, '<');
  append(element);
  fresh_.clear();
  use(element);
  for (const Attribute& a : attributes) {
    if (!a.name.prefix.empty()) use(a.name);
  }
  std::sort(fresh_.begin(), fresh_.end(),
            [](const Namespace& a, const Namespace& b) { return a.prefix < b.prefix; });
  for (const auto& [prefix, href] : fresh_) {
    out_.append(" xmlns");
    if (!prefix.empty()) out_.append(1, ':').append(prefix);
    out_.append("=\"").append(href).append(1, '"');
  }
  in_force_.insert(in_force_.end(), fresh_.begin(), fresh_.end());
  std::sort(attributes.begin(), attributes.end(),
            [](const Attribute& a, const Attribute& b) { return keyOf(a) < keyOf(b); });
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    // Two prefixes of one namespace may name the same attribute twice.
    if (i > 0 && keyOf(attributes[i - 1]) == keyOf(attributes[i])) return false;
    out_.append(1, ' ');
    append(attributes[i].name);
    out_.append("=\"");
    appendEscaped(out_, attributes[i].value, kInAttribute, kPlaces);
    out_.append(1, '"');
  }
  out_.append(1, '>');
  return true;
}

void CanonicalWriter::text(std::string_view text) {
  static constexpr auto kPlaces = placesOf(kInText);
  appendEscaped(out_, text, kInText, kPlaces);
}

void CanonicalWriter::end() {
  out_.append("</");
  append(open_.back().name);
  out_.append(1, '>');
  in_force_.resize(open_.back().in_force);
  open_.pop_back();
}

bool isUsualNamespace(std::string_view href, bool has_prefix) {
  if (href.empty()) return !has_prefix;
  const auto take = [&href](std::string_view start) {
    if (!href.starts_with(start)) return false;
    href.remove_prefix(start.size());
    return true;
  };
  if (take("http://") || take("https://")) {
    const std::size_t path = std::min(href.find('/'), href.size());
    const std::string_view host = href.substr(0, path);
    if (host.empty() || !consistsOf(host, "-.")) return false;
    href.remove_prefix(path);
    const std::size_t fragment = std::min(href.find('#'), href.size());
    return consistsOf(href.substr(0, fragment), "-._~/?=:") &&
           (fragment == href.size() || consistsOf(href.substr(fragment + 1), "-._"));
  }
  return take("urn:") && !href.empty() && consistsOf(href, "-._:");
}

}  // namespace hub::trust
