#include "hub/model/charset.h"

#include <algorithm>
#include <string>

#include "hub/base/text.h"

namespace hub::model {
namespace {

// How many bytes a sequence has that begins with this one; 0 if none does.
std::size_t sequenceLength(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// `text` without the beginning of a letter at its end; the same if it ends otherwise.
std::string_view withoutCutLetter(std::string_view text) {
  constexpr std::size_t kLongestCut = 3;
  for (std::size_t cut = 1; cut <= std::min(kLongestCut, text.size()); ++cut) {
    const auto byte = static_cast<unsigned char>(text[text.size() - cut]);
    if ((byte & 0xC0) == 0x80) continue;  // one that goes on
    return sequenceLength(byte) > cut ? text.substr(0, text.size() - cut) : text;
  }
  return text;
}

// 1-based line of the first bytes that are not UTF-8. A line feed is never part of a longer sequence, so
// lines can be judged one by one.
int lineOfBadUtf8(std::string_view document) {
  int line = 1;
  for (std::size_t end = 0; (end = document.find('\n')) != document.npos; ++line) {
    if (!isUtf8(document.substr(0, end))) break;
    document.remove_prefix(end + 1);
  }
  return line;
}

}  // namespace

Status checkUtf8(std::string_view document, std::string_view what) {
  if (isUtf8(document)) return {};
  const int line = lineOfBadUtf8(document);
  if (isUtf8(withoutCutLetter(document))) {
    return Status::failure("model.truncated", "The document ends inside a letter", {}, line);
  }
  return Status::failure("model.bad_charset", std::string(what), {}, line);
}

}  // namespace hub::model
