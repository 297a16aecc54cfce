// Shapes of strings: as hand-written checks (the hot path) and as patterns for the published
// schemas.
#include <algorithm>

#include "hub/base/ids.h"
#include "hub/model/field.h"

namespace hub::model {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLowerHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); }
bool isHex(char c) { return isLowerHex(c) || (c >= 'A' && c <= 'F'); }
bool isAlnum(char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isSlugChar(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
}
bool isBase64Char(char c) { return isAlnum(c) || c == '+' || c == '/'; }
bool isMimeChar(char c) { return isAlnum(c) || c == '.' || c == '+' || c == '-' || c == '_'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

bool digits(std::string_view text, std::size_t n) { return text.size() == n && all(text, isDigit); }

// ЖТ-2026-01234567, a part of a split appeal ЖТ-2026-01234567/1. domain practice, APPC 64(2).
bool isRegNumber(std::string_view text) {
  if (!text.starts_with("ЖТ-") && !text.starts_with("ЗТ-")) return false;
  text.remove_prefix(std::string_view("ЖТ-").size());
  if (text.size() < 13 || !digits(text.substr(0, 4), 4) || text[4] != '-') return false;
  if (!digits(text.substr(5, 8), 8)) return false;
  text.remove_prefix(13);
  return text.empty() || (text[0] == '/' && all(text.substr(1), isDigit));
}

// A deliverable-looking address, not the whole of RFC 5321: one @, no white space, a dot after it.
bool isEmail(std::string_view text) {
  std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
    return false;
  std::string_view host = text.substr(at + 1);
  std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == host.size()) return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
}

bool isPhone(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !(isDigit(text[0]) || text[0] == '(')) return false;
  auto n = std::count_if(text.begin(), text.end(), isDigit);
  return n >= 5 && n <= 15 && std::all_of(text.begin(), text.end(), [](char c) {
           return isDigit(c) || c == ' ' || c == '(' || c == ')' || c == '-';
         });
}

bool isBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return all(text, isBase64Char);
}

bool isMime(std::string_view text) {
  std::size_t slash = text.find('/');
  return slash != std::string_view::npos && all(text.substr(0, slash), isMimeChar) &&
         all(text.substr(slash + 1), isMimeChar);
}

bool isOid(std::string_view text) {
  return all(text, [](char c) { return isDigit(c) || c == '.'; }) && isDigit(text.front()) &&
         isDigit(text.back()) && text.find("..") == std::string_view::npos;
}

}  // namespace

bool matches(Format format, std::string_view value) {
  switch (format) {
    case Format::kNone:
      return true;
    case Format::kUuid:
      return isUuid(value);
    case Format::kIin:
    case Format::kBin:
      return digits(value, 12);
    case Format::kKato:
      return digits(value, 9);
    case Format::kRegNumber:
      return isRegNumber(value);
    case Format::kEmail:
      return isEmail(value);
    case Format::kPhone:
      return isPhone(value);
    case Format::kSha256:
      return value.size() == 64 && all(value, isLowerHex);
    case Format::kSlug:
      return all(value, isSlugChar);
    case Format::kBase64:
      return isBase64(value);
    case Format::kMime:
      return isMime(value);
    case Format::kCountry:
      return (value.size() == 2 || value.size() == 3) && all(value, isUpper);
    case Format::kOid:
      return isOid(value);
    case Format::kHex:
      return all(value, isHex);
  }
  return false;
}

std::string_view pattern(Format format) {
  switch (format) {
    case Format::kUuid:
      return "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    case Format::kIin:
    case Format::kBin:
      return "[0-9]{12}";
    case Format::kKato:
      return "[0-9]{9}";
    case Format::kRegNumber:
      return "(Ж|З)Т-[0-9]{4}-[0-9]{8}(/[0-9]+)?";
    case Format::kEmail:
      return "[^@ \\t\\n\\r]+@[^@ \\t\\n\\r]+\\.[^@. \\t\\n\\r]+";
    case Format::kPhone:
      return "\\+?[0-9(][0-9 ()\\-]{4,28}";
    case Format::kSha256:
      return "[0-9a-f]{64}";
    case Format::kSlug:
      return "[a-z0-9_.\\-]+";
    case Format::kBase64:
      return "[A-Za-z0-9+/]+=*";
    case Format::kMime:
      return "[A-Za-z0-9.+_\\-]+/[A-Za-z0-9.+_\\-]+";
    case Format::kCountry:
      return "[A-Z]{2,3}";
    case Format::kOid:
      return "[0-9]+(\\.[0-9]+)*";
    case Format::kHex:
      return "[0-9A-Fa-f]+";
    case Format::kNone:
      break;
  }
  return "";
}

}  // namespace hub::model
