#include "hub/model/codec_common.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "hub/base/byte_scan.h"
#include "hub/base/text.h"
#include "hub/base/time.h"

namespace hub::model {
namespace {

constexpr std::size_t kProblemsMax = 100;

// True if the text is surely NFC: only code points that neither compose nor decompose. Latin up to
// U+02FF, Cyrillic but for its combining marks, general punctuation used in letters, № and ₸.
bool isSurelyNfc(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto b = static_cast<unsigned char>(text[i]);
    if (b < 0x80) {
      ++i;
    } else if (b >= 0xC2 && b <= 0xCB) {
      i += 2;
    } else if (b >= 0xD0 && b <= 0xD3) {
      bool mark = b == 0xD2 && i + 1 < text.size() &&
                  static_cast<unsigned char>(text[i + 1]) >= 0x83 &&
                  static_cast<unsigned char>(text[i + 1]) <= 0x89;
      if (mark) return false;
      i += 2;
    } else if (b == 0xE2 && i + 2 < text.size()) {
      auto second = static_cast<unsigned char>(text[i + 1]);
      auto third = static_cast<unsigned char>(text[i + 2]);
      bool punctuation = second == 0x80 && third >= 0x90 && third <= 0xBA;
      bool numero = second == 0x84 && third == 0x96;
      bool tenge = second == 0x82 && third == 0xB8;
      if (!punctuation && !numero && !tenge) return false;
      i += 3;
    } else {
      return false;
    }
  }
  return true;
}

bool isUtcSeconds(std::string_view t) {  // "2026-03-17T05:00:00Z"
  return t.size() == 20 && t[10] == 'T' && t[19] == 'Z';
}

}  // namespace

std::string Path::text() const {
  std::string out = parent ? parent->text() : std::string();
  if (name.empty()) return out;  // the document itself
  out += '/';
  out += name;
  if (index >= 0) out += "/" + std::to_string(index);
  return out;
}

void Problems::add(std::string_view code, std::string_view text, const Path& at, int line) {
  if (errors_.size() >= kProblemsMax) return;
  errors_.push_back({std::string(code), std::string(text), at.text(), line});
}

bool isXmlText(std::string_view text) {
  for (std::size_t i = 0; (i = findControlOr<0xEF>(text, i)) < text.size(); ++i) {
    auto b = static_cast<unsigned char>(text[i]);
    if (b < 0x20 && b != '\t' && b != '\n' && b != '\r') return false;
    if (b == 0xEF && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0xBF &&
        static_cast<unsigned char>(text[i + 2]) >= 0xBE)
      return false;
  }
  return true;
}

bool storeString(const FieldDescription& field, std::string_view text, std::string& slot) {
  if (!isXmlText(text)) return false;
  if (field.kind == Kind::kTimestamp && !isUtcSeconds(text)) {
    if (Result<Instant> at = parseInstant(text); at.ok()) {
      slot = formatInstant(*at);
      return true;
    }
  }
  if (isSurelyNfc(text)) {
    slot = text;
    return true;
  }
  Result<std::string> nfc = toNfc(text);
  if (!nfc.ok()) return false;
  slot = std::move(nfc).value();
  return true;
}

namespace {

template <class T>
bool parseNumber(std::string_view text, T& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool storeText(const FieldDescription& field, std::string_view text, void* slot) {
  switch (field.kind) {
    case Kind::kText:
    case Kind::kString:
      return storeString(field, text, *static_cast<std::string*>(slot));
    case Kind::kCode:
    case Kind::kDate:
    case Kind::kTimestamp:
      return storeString(field, trim(text), *static_cast<std::string*>(slot));
    case Kind::kInt:
      return parseNumber(trim(text), *static_cast<std::int64_t*>(slot));
    case Kind::kDouble: {
      auto& value = *static_cast<double*>(slot);
      return parseNumber(trim(text), value) && std::isfinite(value);
    }
    case Kind::kBool: {
      std::string_view word = trim(text);
      *static_cast<bool*>(slot) = word == "true" || word == "1";
      return word == "true" || word == "1" || word == "false" || word == "0";
    }
    case Kind::kStruct:
      break;
  }
  return false;
}

void appendXmlText(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t i = 0; (i = findControlOr<'<', '>', '&'>(text, i)) < text.size(); ++i) {
    auto b = static_cast<unsigned char>(text[i]);
    std::string_view instead;
    if (b == '<')
      instead = "&lt;";
    else if (b == '>')
      instead = "&gt;";
    else if (b == '&')
      instead = "&amp;";
    else if (b == '\r')
      instead = "&#13;";  // a bare CR would come back as LF
    else if (b != '\n' && b != '\t')
      instead = "\xEF\xBF\xBD";
    else
      continue;
    out.append(text.substr(from, i - from));
    out.append(instead);
    from = i + 1;
  }
  out.append(text.substr(from));
}

void appendDouble(std::string& out, double value) {
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  if (error == std::errc()) out.append(buffer, end);
}

const FieldDescription* findField(const TypeDescription& type, std::string_view name,
                                  std::size_t& hint) {
  const std::size_t n = type.fields.size();
  for (std::size_t step = 0, i = hint; step < n; ++step, ++i) {
    if (i >= n) i = 0;
    if (type.fields[i].name == name) {
      hint = i;
      return &type.fields[i];
    }
  }
  return nullptr;
}

void reportAbsentNumbers(const TypeDescription& type, std::uint64_t seen, const Path& at,
                         Problems& problems, int line) {
  for (const FieldDescription& field : type.fields)
    if (field.always && field.mandatory && !(seen & (std::uint64_t{1} << indexOf(type, field))))
      problems.add("model.required", "A mandatory field is absent", Path{&at, field.name}, line);
}

}  // namespace hub::model
