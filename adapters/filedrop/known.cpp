#include "adapters/filedrop/known.h"

#include "adapters/kit/text.h"

namespace otinish {
namespace {

constexpr std::size_t kNameDigits = 32;

}  // namespace

std::string nameDigest(const std::string& name) {
  return kit::sha256Hex(name).substr(0, kNameDigits);
}

std::string shelfName(int shelf) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[(shelf / 16) % 16], kDigits[shelf % 16]};
}

std::string knownShelf(const std::string& name) { return "known/" + nameDigest(name).substr(0, 2); }

std::string knownPath(const std::string& name, const std::string& sha256) {
  return knownShelf(name) + "/" + nameDigest(name) + "-" + sha256;
}

std::optional<KnownFile> knownOf(const std::string& marker) {
  if (marker.size() != kNameDigits + 1 + 64 || marker[kNameDigits] != '-') return std::nullopt;
  KnownFile known{marker.substr(0, kNameDigits), marker.substr(kNameDigits + 1)};
  // As long as a digest: two halves of a name are one.
  if (!kit::isSha256Hex(known.name_digest + known.name_digest) || !kit::isSha256Hex(known.sha256)) {
    return std::nullopt;
  }
  return known;
}

}  // namespace otinish
