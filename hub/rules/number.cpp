#include "hub/rules/number.h"

#include <array>
#include <charconv>
#include <optional>

namespace hub::rules {
namespace {

struct Letters {
  std::string_view stored;
  std::string_view ascii;
  bool company;
};
constexpr std::array<Letters, 2> kLetters{{{"ЖТ-", "ZhT-", false}, {"ЗТ-", "ZT-", true}}};
constexpr std::uint32_t kSerialMax = 99'999'999;
constexpr std::size_t kSerialDigits = 8;
constexpr int kPartMax = 999;

Status bad(const char* why) { return Status::failure("rules.bad_number", why); }

bool inRange(const RegistrationNumber& number) {
  if (number.year < 2007 || number.year > 2199) return false;
  if (number.serial < 1 || number.serial > kSerialMax) return false;
  return number.part >= 0 && number.part <= kPartMax;
}

// Decimal digits only; no sign, no space.
std::optional<std::uint32_t> readDigits(std::string_view text) {
  std::uint32_t value = 0;
  if (text.empty() || text.size() > 9) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

// "" or "/1"; "/01" would be a second spelling of it.
bool readPart(std::string_view text, int& part) {
  if (text.empty()) return true;
  if (text.size() < 2 || text[0] != '/' || text[1] == '0') return false;
  const auto value = readDigits(text.substr(1));
  if (!value || *value > static_cast<std::uint32_t>(kPartMax)) return false;
  part = static_cast<int>(*value);
  return true;
}

}  // namespace

Result<std::string> formatNumber(const RegistrationNumber& number) {
  if (!inRange(number)) return bad("year, serial or part is out of range");
  const std::string serial = std::to_string(number.serial);
  std::string text(kLetters[number.company ? 1 : 0].stored);
  text += std::to_string(number.year) + "-";
  text += std::string(kSerialDigits - serial.size(), '0') + serial;
  if (number.part != 0) text += "/" + std::to_string(number.part);
  return text;
}

Result<RegistrationNumber> parseNumber(std::string_view text) {
  RegistrationNumber number;
  bool known = false;
  for (const auto& letters : kLetters) {
    for (const std::string_view prefix : {letters.stored, letters.ascii}) {
      if (known || !text.starts_with(prefix)) continue;
      text.remove_prefix(prefix.size());
      number.company = letters.company;
      known = true;
    }
  }
  constexpr std::size_t kTail = 4 + 1 + kSerialDigits;
  if (!known || text.size() < kTail || text[4] != '-')
    return bad("not of the form ЖТ-YYYY-NNNNNNNN");
  const auto year = readDigits(text.substr(0, 4));
  const auto serial = readDigits(text.substr(5, kSerialDigits));
  if (!year || !serial || !readPart(text.substr(kTail), number.part)) {
    return bad("not of the form ЖТ-YYYY-NNNNNNNN");
  }
  number.year = static_cast<int>(*year);
  number.serial = *serial;
  if (!inRange(number)) return bad("year, serial or part is out of range");
  return number;
}

Result<std::string> childNumber(std::string_view parent, int part) {
  auto number = parseNumber(parent);
  if (!number) return number.status();
  if (number->part != 0 || part < 1) return bad("the parent is a part itself, or the part is none");
  number->part = part;
  return formatNumber(*number);
}

std::string toAsciiNumber(std::string_view number) {
  for (const auto& letters : kLetters) {
    if (number.starts_with(letters.stored)) {
      return std::string(letters.ascii) + std::string(number.substr(letters.stored.size()));
    }
  }
  return std::string(number);
}

}  // namespace hub::rules
