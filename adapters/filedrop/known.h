// What is remembered of a processed file after retention has deleted it: a small marker
// done/known/<2 hex>/<digest of the name>-<digest of the content>, whose name says all, so that a
// listing of one of 256 folders answers whether a name was there before. Its own time says since when.
// Pure functions.
#pragma once

#include <optional>
#include <string>

namespace otinish {

struct KnownFile {
  std::string name_digest;  // 32 hex digits
  std::string sha256;       // of the content; kUnknownContent if it could not be read any more
};

inline constexpr int kKnownShelves = 256;
inline const std::string kUnknownContent(64, '0');

std::string nameDigest(const std::string& name);
// "00" … "ff".
std::string shelfName(int shelf);
// Below done/: "known/ab/<name digest>-<sha256>".
std::string knownPath(const std::string& name, const std::string& sha256);
std::string knownShelf(const std::string& name);
// nullopt: the name is not a marker's.
std::optional<KnownFile> knownOf(const std::string& marker);

}  // namespace otinish
