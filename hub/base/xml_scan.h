// A look at foreign XML before a parser sees it. libxml2 compares every attribute of a tag with all before it,
// so one tag of some megabytes costs minutes; no bound of its own stops that. Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace hub {

// More than any message of a state body has in one tag.
inline constexpr std::size_t kXmlAttributesMax = 512;

// 1-based line of the first tag with more than `attributes_max` attributes (namespace declarations count),
// 0 if there is none. The bytes of markup must be those of ASCII: see isAsciiBased().
int lineOfWideTag(std::string_view xml, std::size_t attributes_max = kXmlAttributesMax);

// False if the document is, or says that it is, in a charset in which '<', '"' and the like may be written
// otherwise than in ASCII (UTF-16, UTF-7, EBCDIC …); true for UTF-8, ASCII, ISO 8859, the Windows and KOI8 ones.
bool isAsciiBased(std::string_view xml);

}  // namespace hub
