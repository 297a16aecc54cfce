#include "adapters/kit/text.h"

#include <iconv.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

constexpr std::size_t kTextBytesMax = 300;

// Length of the well-formed UTF-8 sequence at `i`, 0 if there is none (Unicode 15, table 3-7).
std::size_t sequenceLength(std::string_view text, std::size_t i) {
  const auto at = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = at(i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (at(i + 1) < low || at(i + 1) > high) return 0;
  for (std::size_t k = 2; k < length; ++k) {
    if ((at(i + k) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool isUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string percentEncode(std::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : value) {
    if (isUnreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

using Encode = std::string (*)(std::string_view value);

std::string fill(std::string_view pattern, const StringMap& values, Encode encode) {
  std::string out;
  std::size_t i = 0;
  while (i < pattern.size()) {
    if (pattern[i] != '{') {
      out += pattern[i++];
      continue;
    }
    const std::size_t end = pattern.find('}', i);
    if (end == std::string_view::npos) {
      throw MappingError("adapter.bad_setting", "a template has '{' without '}'");
    }
    const std::string name(pattern.substr(i + 1, end - i - 1));
    const auto value = values.find(name);
    if (name == "external_id" && value != values.end() && value->second.empty()) {
      throw MappingError("adapter.case_unknown", "the agency's case number is not known yet");
    }
    if (value == values.end() || value->second.empty()) {
      throw MappingError("adapter.bad_setting",
                         "a template asks for {" + name + "}, which is not known here");
    }
    out += encode(value->second);
    i = end + 1;
  }
  return out;
}

std::string asSegment(std::string_view value) {
  // "." and ".." stay unreserved by RFC 3986 and would climb; nothing we send is named so.
  if (value == "." || value == "..") {
    throw MappingError("adapter.bad_value", "a value would change the path");
  }
  return percentEncode(value);
}

std::string asHeader(std::string_view value) {
  for (char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      throw MappingError("adapter.bad_value", "a header value has a control character");
    }
  }
  return std::string(value);
}

std::string asFileName(std::string_view value) {
  if (value.front() == '.' || value.find('/') != std::string_view::npos ||
      value.find('\\') != std::string_view::npos) {
    throw MappingError("adapter.bad_value", "a value cannot be part of a file name");
  }
  return asHeader(value);
}

std::string_view withoutMark(std::string_view bytes) {
  return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

struct Converter {
  explicit Converter(const std::string& charset) : handle(iconv_open("UTF-8", charset.c_str())) {}
  ~Converter() {
    if (ok()) iconv_close(handle);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  // iconv_open's error value is (iconv_t)-1 by POSIX.
  bool ok() const { return handle != reinterpret_cast<iconv_t>(-1); }  // NOLINT
  iconv_t handle;
};

// The mark of UTF-16 is two letters in many an 8-bit charset; none of those holds a zero byte.
bool isMarkedUtf16(std::string_view bytes) {
  const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  return marked && bytes.size() % 2 == 0 && bytes.find('\0') != std::string_view::npos;
}

bool isAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string converted(std::string_view bytes, const std::string& charset) {
  Converter converter(charset);
  if (!converter.ok()) {
    throw MappingError("adapter.bad_setting", "unknown charset in the settings");
  }
  std::string out;
  std::array<char, 4096> buffer;
  char* in = const_cast<char*>(bytes.data());  // iconv does not write there
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t rc = iconv(converter.handle, &in, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    if (rc == static_cast<std::size_t>(-1) && errno != E2BIG) {
      throw MappingError("adapter.bad_charset", "a byte does not exist in the declared charset",
                         1 + static_cast<int>(std::count(out.begin(), out.end(), '\n')));
    }
  }
  return out;
}

}  // namespace

bool isUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequenceLength(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

int lineOfBadUtf8(std::string_view text) {
  if (isUtf8(text)) return 0;
  // A line feed is never part of a longer sequence, so lines can be judged one by one.
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!isUtf8(text.substr(0, end))) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}

std::string toUtf8(std::string_view bytes, const std::string& charset) {
  if (isMarkedUtf16(bytes)) return converted(bytes, "UTF-16");
  if (charset.empty() || charset == "UTF-8" || charset == "utf-8") {
    bytes = withoutMark(bytes);
    if (const int line = lineOfBadUtf8(bytes); line > 0) {
      throw MappingError("adapter.bad_charset", "the bytes are not UTF-8", line);
    }
    return std::string(bytes);
  }
  // A byte order mark is proof of UTF-8, whatever the setting says.
  if (bytes.starts_with("\xEF\xBB\xBF")) return toUtf8(bytes, "UTF-8");
  std::string out = converted(bytes, charset);
  // In every 8-bit charset UTF-8 is a text as well, of other letters.
  const auto letters = std::count_if(out.begin(), out.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  const bool one_byte_each = static_cast<std::size_t>(letters) == bytes.size();
  if (one_byte_each && !isAscii(bytes) && isUtf8(bytes)) {
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](char c) {
      return !isAscii({&c, 1});
    });
    throw MappingError("adapter.bad_charset",
                       "the bytes are UTF-8, and the settings declare another charset",
                       1 + static_cast<int>(std::count(bytes.begin(), first, '\n')));
  }
  return out;
}

std::string sha256Hex(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char byte : digest) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string fillTemplate(std::string_view pattern, const StringMap& values) {
  return fill(pattern, values, &asSegment);
}

std::string fillHeader(std::string_view pattern, const StringMap& values) {
  return fill(pattern, values, &asHeader);
}

void checkHeader(const std::string& setting, std::string_view name, std::string_view value) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto refuse = [&](const char* why) {
    throw MappingError("adapter.bad_setting",
                       "setting " + setting + ": header '" + scrub(name) + "' " + why);
  };
  if (name.empty()) refuse("is not a header name");
  std::string lower;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool alnum = upper || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    if (!alnum && kMarks.find(c) == std::string_view::npos) refuse("is not a header name");
    lower += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      refuse("has a control character in its value");
    }
  }
  for (const char* ours : {"host", "connection", "content-length", "transfer-encoding", "expect",
                           "upgrade", "te", "trailer", "x-jws-signature"}) {
    if (lower == ours) refuse("is set by the hub itself");
  }
}

std::string fillFileName(std::string_view pattern, const StringMap& values) {
  return fill(pattern, values, &asFileName);
}

std::string nowRfc3339() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), size);
}

std::string scrub(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size() && out.size() < kTextBytesMax) {
    const std::size_t length = sequenceLength(text, i);
    const char c = text[i];
    if (length == 0) {
      ++i;
      continue;
    }
    if (c >= '0' && c <= '9') {
      std::size_t end = i;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      out += end - i >= 7 ? std::string("***") : std::string(text.substr(i, end - i));
      i = end;
    } else if (c == '@') {
      while (!out.empty() && isUnreserved(out.back())) out.pop_back();
      out += "***";
      while (i < text.size() && (text[i] == '@' || isUnreserved(text[i]))) ++i;
    } else {
      if (length == 1) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
      } else {
        out += text.substr(i, length);
      }
      i += length;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool globMatch(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool isSha256Hex(std::string_view text) {
  if (text.size() != 64) return false;
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace otinish::kit
