#include "adapters/filedrop/lease.h"

#include <algorithm>
#include <charconv>
#include <random>

namespace otinish {
namespace {

constexpr std::string_view kEnd = ".lease";

}  // namespace

bool isNodeName(const std::string& name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

std::string makeNodeName() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string name = "hub-";
  for (int i = 0; i < 16; ++i) name += kDigits[random() % 16];
  return name;
}

std::string leaseName(const Lease& lease) {
  return lease.node + "@" + std::to_string(lease.at_s) + std::string(kEnd);
}

std::optional<Lease> leaseOf(const std::string& name) {
  const std::size_t at = name.find('@');
  if (at == std::string::npos || !name.ends_with(kEnd)) return std::nullopt;
  Lease lease{name.substr(0, at), 0};
  const char* end = name.data() + name.size() - kEnd.size();
  const auto read = std::from_chars(name.data() + at + 1, end, lease.at_s);
  const bool whole = read.ec == std::errc() && read.ptr == end;
  if (!whole || lease.at_s < 0 || !isNodeName(lease.node)) return std::nullopt;
  return lease;
}

std::map<std::string, std::int64_t> latestLeases(const std::vector<FileEntry>& entries) {
  std::map<std::string, std::int64_t> latest;
  for (const FileEntry& entry : entries) {
    if (const auto lease = leaseOf(entry.name)) {
      latest[lease->node] = std::max(latest[lease->node], lease->at_s);
    }
  }
  return latest;
}

}  // namespace otinish
