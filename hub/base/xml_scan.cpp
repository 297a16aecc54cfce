#include "hub/base/xml_scan.h"

#include <algorithm>
#include <array>

#include "hub/base/text.h"

namespace hub {
namespace {

constexpr auto kEnd = std::string_view::npos;

// Index after `end`, or kEnd.
std::size_t after(std::string_view xml, std::string_view end, std::size_t from) {
  const auto found = xml.find(end, from);
  return found == kEnd ? kEnd : found + end.size();
}

// Quotes open values; a value has none of its own kind within. Returns the index after the tag, kEnd at the
// end of the text; `attributes` counts the values that were opened, the unclosed last one too.
std::size_t passTag(std::string_view xml, std::size_t from, std::size_t attributes_max,
                    std::size_t& attributes) {
  for (std::size_t at = from; attributes <= attributes_max;) {
    at = xml.find_first_of("\"'>", at);
    if (at == kEnd) return kEnd;
    if (xml[at] == '>') return at + 1;
    ++attributes;
    at = xml.find(xml[at], at + 1);
    if (at == kEnd) return kEnd;
    ++at;
  }
  return kEnd;
}

// No attribute without its '='. Most documents have fewer of them than one tag may have attributes.
bool hasMoreThan(std::string_view xml, char c, std::size_t count_max) {
  std::size_t at = xml.find(c);
  for (std::size_t count = 0; at != kEnd; at = xml.find(c, at + 1)) {
    if (++count > count_max) return true;
  }
  return false;
}

}  // namespace

int lineOfWideTag(std::string_view xml, std::size_t attributes_max) {
  if (!hasMoreThan(xml, '=', attributes_max)) return 0;
  std::size_t at = 0;
  while (at != kEnd && (at = xml.find('<', at)) != kEnd) {
    const auto rest = xml.substr(at);
    if (rest.starts_with("<!--")) {
      at = after(xml, "-->", at + 4);
    } else if (rest.starts_with("<![CDATA[")) {
      at = after(xml, "]]>", at + 9);
    } else if (rest.starts_with("<?")) {
      at = after(xml, "?>", at + 2);
    } else {
      std::size_t attributes = 0;
      const std::size_t next = passTag(xml, at + 1, attributes_max, attributes);
      if (attributes > attributes_max) {
        return 1 +
               static_cast<int>(std::count(xml.begin(), xml.begin() + static_cast<long>(at), '\n'));
      }
      at = next;
    }
  }
  return 0;
}

bool isAsciiBased(std::string_view xml) {
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
  const std::string charset = toLowerAscii(head.substr(0, head.find_first_of("\"'")));
  static constexpr std::array<std::string_view, 9> kFamilies = {
      "utf-8",    "utf8",        "us-ascii", "ascii", "iso-8859-",
      "iso8859-", "windows-125", "cp125",    "koi8-"};
  return std::any_of(kFamilies.begin(), kFamilies.end(), [&](std::string_view family) {
    const bool series = family.back() == '-' || family.back() == '5';
    return series ? charset.starts_with(family) : charset == family;
  });
}

}  // namespace hub
