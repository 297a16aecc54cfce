// Signs of life of hubs that share one drop folder. Each hub claims files into a folder of its own,
// processing/<node>/, and renews a file processing/<node>@<seconds>.lease; who finds another's
// lease expired gives its claimed files back. The name says all, so that a listing is enough.
// Pure functions, but for makeNodeName.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"

namespace otinish {

struct Lease {
  std::string node;
  std::int64_t at_s = 0;  // Unix time of its writer
};

// 1 to 40 of A-Z a-z 0-9 - _.
bool isNodeName(const std::string& name);
// One that no other hub has: 64 random bits.
std::string makeNodeName();
std::string leaseName(const Lease& lease);
// nullopt: the name is not a lease's.
std::optional<Lease> leaseOf(const std::string& name);
// The latest of each node.
std::map<std::string, std::int64_t> latestLeases(const std::vector<FileEntry>& entries);

}  // namespace otinish
