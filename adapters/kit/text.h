// Small text tools of the kit. All pure (but nowRfc3339), any thread. Failures throw MappingError.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace otinish::kit {

using StringMap = std::map<std::string, std::string>;

// True for well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
bool isUtf8(std::string_view text);
// 1-based line of the first bytes that are not UTF-8; 0 if all are.
int lineOfBadUtf8(std::string_view text);
// Bytes in an IANA charset ("windows-1251", "UTF-8") as UTF-8 without byte order mark; such a mark, of
// UTF-8 or UTF-16, overrules the charset. A byte that
// the charset does not have is a failure ("adapter.bad_charset"), never a replacement character; so are bytes that are
// UTF-8 beyond ASCII under a charset of one byte a letter.
std::string toUtf8(std::string_view bytes, const std::string& charset);
std::string sha256Hex(std::string_view bytes);
// Replaces each {name} by its percent-encoded value. An unknown or empty name is
// "adapter.bad_setting": a path with a hole would reach another resource. An empty {external_id} is
// "adapter.case_unknown".
std::string fillTemplate(std::string_view pattern, const StringMap& values);
// As fillTemplate, without percent-encoding; for header values. Control characters are refused.
std::string fillHeader(std::string_view pattern, const StringMap& values);
// Throws "adapter.bad_setting" if the hub would not send a header of this name and value pattern
// ("transport.bad_header"): not a token (RFC 9110 §5.6.2), control characters, or one that belongs to
// the hub's own HTTP or signing. `setting` is named in the text.
void checkHeader(const std::string& setting, std::string_view name, std::string_view value);
// As fillTemplate for file names: a value with '/', a leading '.', or control characters is
// refused.
std::string fillFileName(std::string_view pattern, const StringMap& values);
// "2026-03-17T05:00:00Z", the machine's clock.
std::string nowRfc3339();
// Text of a stranger made fit for errors: at most 300 bytes, one line, long digit runs and e-mail
// addresses removed (they may be personal data).
std::string scrub(std::string_view text);
// '*' any run, '?' one byte; the whole name must match.
bool globMatch(std::string_view pattern, std::string_view name);
// True for 64 lower-case hex digits.
bool isSha256Hex(std::string_view text);

}  // namespace otinish::kit
