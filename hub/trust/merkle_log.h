// The Merkle log of the journal: hashing, tree heads and inclusion proofs of RFC 9162 §2.1
// (Certificate Transparency 2.0) with SHA-256.
//
// MerkleTree keeps only the roots of the complete subtrees on the right edge, so appending costs
// O(1) hashes on average and O(log n) memory; whoever appends stores the nodes it hands out and can
// then prove any leaf against any later head. Threads: value types and pure functions, no sharing.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "hub/base/ids.h"
#include "hub/base/status.h"

namespace hub::trust {

// RFC 9162 §2.1.1: SHA-256(0x00 || entry) and SHA-256(0x01 || left || right).
Sha256 merkleLeafHash(std::string_view entry);
Sha256 merkleNodeHash(const Sha256& left, const Sha256& right);

// A complete subtree: the 2^level leaves from index * 2^level on.
struct MerkleNodeId {
  int level = 0;  // 0: a leaf
  std::uint64_t index = 0;
};

// The place of a node in the order in which nodes become complete (post-order): 0, 1, 2 … without
// gaps, so a log stored by this number is strictly append-only.
std::uint64_t merkleNodeNumber(MerkleNodeId node);
// How many complete subtrees a tree of `size` leaves has: the number the next node will get.
std::uint64_t merkleNodeCount(std::uint64_t size);

// Reads the hash of a complete subtree; a failure is passed on by the caller of this.
using MerkleNodeReader = std::function<Result<Sha256>(MerkleNodeId)>;

class MerkleTree {
 public:
  MerkleTree() = default;
  // The tree of the first `size` leaves of a stored log. Failure: the reader's.
  static Result<MerkleTree> load(std::uint64_t size, const MerkleNodeReader& read);

  // Adds a leaf. The hashes of the nodes that became complete, the leaf first, are appended to
  // `nodes`; their numbers follow on from merkleNodeCount(size before).
  void append(const Sha256& leaf, std::vector<Sha256>& nodes);
  std::uint64_t size() const { return size_; }
  // The root; SHA-256 of nothing for the empty tree.
  Sha256 root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Sha256> edge_;  // roots of the complete subtrees, largest first
};

// The audit path of leaf `position` in the tree of `size` leaves, nearest sibling first (§2.1.3.1).
// Precondition: position < size. Failure: the reader's.
Result<std::vector<Sha256>> merklePath(std::uint64_t position, std::uint64_t size,
                                       const MerkleNodeReader& read);

// §2.1.3.2: does `path` lead from `leaf` at `position` to the root of the tree of `size` leaves?
bool verifyMerklePath(const Sha256& leaf, std::uint64_t position, std::uint64_t size,
                      const std::vector<Sha256>& path, const Sha256& root);

}  // namespace hub::trust
