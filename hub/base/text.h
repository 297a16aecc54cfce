// Text helpers: UTF-8 checks, Unicode NFC (ICU), small string tools. All pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"

namespace hub {

// True for well-formed UTF-8 (no surrogates, no overlong forms).
bool isUtf8(std::string_view text);
// Number of Unicode scalar values. Precondition: isUtf8(text).
std::size_t utf8Length(std::string_view text);
// Unicode NFC. Text that already is NFC (the usual case) is returned unchanged. More than 30 combining marks
// in a row are refused (UAX #15, Stream-Safe Text): putting them in order takes the square of their number.
// Failure: "base.bad_utf8".
Result<std::string> toNfc(std::string_view text);
// Converts from an IANA charset ("windows-1251", "UTF-16") to UTF-8; a byte that does not exist in
// it is a failure, never a replacement character. Failure: "base.bad_charset", "base.bad_utf8".
Result<std::string> toUtf8(std::string_view bytes, const std::string& charset);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string toLowerAscii(std::string_view text);
// Of `known` at most `most` words, those first that look most like `word`: for a name that was mistyped.
std::vector<std::string> nearestTo(std::string_view word, std::vector<std::string> known,
                                   std::size_t most);
std::string escapeXml(std::string_view text);
// A quoted JSON string.
std::string quoteJson(std::string_view text);
void appendJsonText(std::string& out, std::string_view text);
// Whole file. Failure: "base.file_unreadable", "base.file_too_large".
Result<std::string> readFile(const std::string& path, std::size_t bytes_max);
// Writes to a temporary name beside `path`, fsyncs file and folder, renames. "base.file_unwritable".
Status writeFileAtomically(const std::string& path, std::string_view bytes, int mode = 0644);

}  // namespace hub
