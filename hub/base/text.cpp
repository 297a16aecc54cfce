#include "hub/base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "hub/base/byte_scan.h"
#include "hub/base/ids.h"

namespace hub {
namespace {

// Length of the well-formed UTF-8 sequence at `at`, 0 if there is none (Unicode table 3-7).
std::size_t sequenceLength(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0U;
  };
  auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  unsigned b0 = byte(0), b1 = byte(1);
  if (b0 < 0x80) return 1;
  if (b0 >= 0xC2 && b0 <= 0xDF) return tail(1) ? 2 : 0;
  if (b0 >= 0xE0 && b0 <= 0xEF) {
    bool ok = tail(1) && tail(2) && !(b0 == 0xE0 && b1 < 0xA0) && !(b0 == 0xED && b1 > 0x9F);
    return ok ? 3 : 0;
  }
  if (b0 >= 0xF0 && b0 <= 0xF4) {
    bool ok =
        tail(1) && tail(2) && tail(3) && !(b0 == 0xF0 && b1 < 0x90) && !(b0 == 0xF4 && b1 > 0x8F);
    return ok ? 4 : 0;
  }
  return 0;
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status unwritable(const std::string& path) {
  return Status::failure("base.file_unwritable", "cannot write " + path + ": " + strerror(errno));
}

Status fsyncFolderOf(const std::string& path) {
  auto slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd() < 0 || ::fsync(file.fd()) != 0) return unwritable(folder);
  return {};
}

}  // namespace

bool isUtf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    // Markup is mostly ASCII: eight bytes at a step.
    std::uint64_t word = 0;
    if (text.size() - at >= sizeof word) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    // Cyrillic is pairs.
    while (text.size() - at >= 2 && (text[at] & 0xE0) == 0xC0 &&
           static_cast<std::uint8_t>(text[at]) >= 0xC2 && (text[at + 1] & 0xC0) == 0x80) {
      at += 2;
    }
    if (at == text.size()) break;
    const std::size_t length = sequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t utf8Length(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  return count;
}

namespace {

// UAX #15, Stream-Safe Text Format. Precondition: isUtf8(text).
bool isStreamSafe(std::string_view text) {
  constexpr int kMarksMax = 30;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  int marks = 0;
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT_UNSAFE(bytes, i, c);
    marks = u_getCombiningClass(c) == 0 ? 0 : marks + 1;
    if (marks > kMarksMax) return false;
  }
  return true;
}

}  // namespace

Result<std::string> toNfc(std::string_view text) {
  if (!isUtf8(text)) return Status::failure("base.bad_utf8", "the text is not valid UTF-8");
  // Letters below U+0300 are NFC by themselves; so are the Cyrillic blocks but for combining marks.
  bool suspicious = false;
  for (char c : text) {
    auto b = static_cast<std::uint8_t>(c);
    if (b == 0xCC || b == 0xCD || b > 0xD3) {
      suspicious = true;
      break;
    }
  }
  if (!suspicious) return std::string(text);
  if (!isStreamSafe(text)) {
    return Status::failure("base.bad_utf8", "more than 30 combining marks in a row");
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
  if (U_SUCCESS(error) && nfc->isNormalizedUTF8(piece, error) && U_SUCCESS(error)) {
    return std::string(text);
  }
  error = U_ZERO_ERROR;
  icu::UnicodeString normal = nfc->normalize(icu::UnicodeString::fromUTF8(piece), error);
  if (U_FAILURE(error)) return Status::failure("base.bad_utf8", "the text cannot be normalised");
  std::string out;
  normal.toUTF8String(out);
  return out;
}

Result<std::string> toUtf8(std::string_view bytes, const std::string& charset) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = ucnv_open(charset.c_str(), &error);
  if (U_FAILURE(error)) {
    return Status::failure("base.bad_charset", "unknown character set '" + charset + "'");
  }
  ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  icu::UnicodeString text;
  auto length = static_cast<std::int32_t>(bytes.size());
  char16_t* buffer = text.getBuffer(length * 2 + 8);
  std::int32_t written = 0;
  if (buffer)
    written = ucnv_toUChars(converter, buffer, length * 2 + 8, bytes.data(), length, &error);
  text.releaseBuffer(U_SUCCESS(error) ? written : 0);
  ucnv_close(converter);
  // ICU maps a code page's unassigned bytes to C1 controls, which no text has.
  bool unassigned = false;
  for (std::int32_t i = 0; i < text.length(); ++i) {
    unassigned = unassigned || (text[i] >= 0x80 && text[i] <= 0x9F);
  }
  if (!buffer || U_FAILURE(error) || unassigned) {
    return Status::failure("base.bad_charset", "the bytes do not fit the character set " + charset);
  }
  std::string out;
  text.toUTF8String(out);
  if (out.rfind("\xEF\xBB\xBF", 0) == 0) out.erase(0, 3);
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    std::size_t to = text.find(separator, from);
    parts.emplace_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && strchr(" \t\r\n", text.front())) text.remove_prefix(1);
  while (!text.empty() && strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

std::string toLowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

namespace {

// How many letters have to be put in, taken out or changed.
std::size_t editsBetween(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> nearestTo(std::string_view word, std::vector<std::string> known,
                                   std::size_t most) {
  constexpr std::size_t kBytesMax = 100;  // of what somebody typed
  const std::string typed = toLowerAscii(word.substr(0, kBytesMax));
  std::stable_sort(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return editsBetween(typed, toLowerAscii(a)) < editsBetween(typed, toLowerAscii(b));
  });
  if (known.size() > most) known.resize(most);
  return known;
}

std::string escapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void appendJsonText(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = findControlOr<'"', '\\'>(text, 0); i < text.size();
       i = findControlOr<'"', '\\'>(text, from)) {
    const auto b = static_cast<unsigned char>(text[i]);
    out.append(text.substr(from, i - from));
    from = i + 1;
    if (b == '"')
      out += "\\\"";
    else if (b == '\\')
      out += "\\\\";
    else if (b == '\n')
      out += "\\n";
    else if (b == '\r')
      out += "\\r";
    else if (b == '\t')
      out += "\\t";
    else
      out.append("\\u00").append(1, kHex[b >> 4]).append(1, kHex[b & 15]);
  }
  out.append(text.substr(from));
  out += '"';
}

std::string quoteJson(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  appendJsonText(out, text);
  return out;
}

Result<std::string> readFile(const std::string& path, std::size_t bytes_max) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Status::failure(
        "base.file_unreadable",
        "cannot read " + path + ": " + (file.fd() < 0 ? strerror(errno) : "not a regular file"));
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[65536];
  ssize_t got = 0;
  while ((got = ::read(file.fd(), buffer, sizeof buffer)) > 0) {
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > bytes_max) {
      return Status::failure("base.file_too_large",
                             path + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
  if (got < 0) {
    return Status::failure("base.file_unreadable", "cannot read " + path + ": " + strerror(errno));
  }
  return bytes;
}

Status writeFileAtomically(const std::string& path, std::string_view bytes, int mode) {
  std::string temporary = path + "." + toHex(randomBytes(6)) + ".part";
  {
    File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                     static_cast<mode_t>(mode)));
    if (file.fd() < 0) return unwritable(path);
    while (!bytes.empty()) {
      ssize_t wrote = ::write(file.fd(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) {
        Status status = unwritable(path);
        ::unlink(temporary.c_str());
        return status;
      }
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (::fsync(file.fd()) != 0) {
      Status status = unwritable(path);
      ::unlink(temporary.c_str());
      return status;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    Status status = unwritable(path);
    ::unlink(temporary.c_str());
    return status;
  }
  return fsyncFolderOf(path);
}

}  // namespace hub
