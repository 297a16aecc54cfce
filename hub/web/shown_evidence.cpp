#include "hub/web/shown_evidence.h"

#include <algorithm>
#include <array>

namespace hub::web {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kSubject = " subject=", kSerial = " serial=", kSha256 = " sha256=";
constexpr std::string_view kNext = "; ";

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool isPlainWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return isDigit(c) || c == '-' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

bool isBin(std::string_view value) {
  constexpr std::string_view kBin = "BIN";
  constexpr std::size_t kDigits = 12;
  return value.starts_with(kBin) && value.size() == kBin.size() + kDigits &&
         std::all_of(value.begin() + kBin.size(), value.end(), isDigit);
}

// The name of an organisation, not of a person who gave his number for one.
bool isOrganisation(std::string_view value) {
  constexpr std::size_t kIdentificationNumber = 12;
  std::size_t digits = 0;
  for (const char c : value) {
    digits = isDigit(c) ? digits + 1 : 0;
    if (digits == kIdentificationNumber) return false;
  }
  return true;
}

bool mayStay(std::string_view name, std::string_view value) {
  if (name == "C") return value.size() == 2;
  if (name == "O") return isOrganisation(value);
  return (name == "OU" || name == "serialNumber") && isBin(value);
}

// Where the attribute that begins at `from` ends: RFC 2253 escapes what would end it, or puts it in quotes.
std::size_t attributeEnd(std::string_view subject, std::size_t from) {
  bool quoted = false;
  for (std::size_t i = from; i < subject.size(); ++i) {
    if (subject[i] == '\\') {
      ++i;
    } else if (subject[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (subject[i] == ',' || subject[i] == '+')) {
      return i;
    }
  }
  return subject.size();
}

std::string shownSubject(std::string_view subject) {
  std::string out;
  for (std::size_t from = 0; from < subject.size();) {
    const std::size_t end = attributeEnd(subject, from);
    const auto attribute = subject.substr(from, end - from);
    const auto equals = std::min(attribute.find('='), attribute.size());
    const auto name = attribute.substr(0, equals);
    const auto value = attribute.substr(std::min(equals + 1, attribute.size()));
    if (mayStay(name, value)) {
      out += attribute;
    } else {
      // An attribute without a name of its own has a number there.
      const bool named = equals < attribute.size() && isPlainWord(name) && isOrganisation(name);
      out.append(named ? name : "?").append("=").append(kHidden);
    }
    if (end < subject.size()) out += subject[end];
    from = end + 1;
  }
  return out;
}

// Takes "serial=… sha256=…" at `at`, to where the signer ends; false if it does not stand there.
bool takeCertificate(std::string_view text, std::size_t& at) {
  if (text.substr(at, kSerial.size()) != kSerial) return false;
  std::size_t i = at + kSerial.size();
  while (i < text.size() && isHexDigit(text[i])) ++i;
  if (text.substr(i, kSha256.size()) != kSha256) return false;
  i += kSha256.size();
  while (i < text.size() && isHexDigit(text[i])) ++i;
  if (i != text.size() && text.substr(i, kNext.size()) != kNext) return false;
  at = i;
  return true;
}

}  // namespace

std::string shownEvidence(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto subject = text.find(kSubject);
    const auto format = text.substr(0, subject);
    out += isPlainWord(format) ? format : kHidden;
    if (subject == std::string_view::npos) break;
    const auto from = subject + kSubject.size();
    std::size_t serial = from, end = from;
    for (serial = text.find(kSerial, from); serial != std::string_view::npos;
         serial = text.find(kSerial, serial + 1)) {
      end = serial;
      if (takeCertificate(text, end)) break;
    }
    if (serial == std::string_view::npos) {
      out.append(kSubject).append(kHidden);
      break;
    }
    out.append(kSubject).append(shownSubject(text.substr(from, serial - from)));
    out.append(text.substr(serial, end - serial));
    text.remove_prefix(std::min(end + kNext.size(), text.size()));
    if (!text.empty()) out += kNext;
  }
  return out;
}

}  // namespace hub::web
