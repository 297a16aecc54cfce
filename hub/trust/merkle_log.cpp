#include "hub/trust/merkle_log.h"

#include <array>
#include <bit>
#include <cassert>
#include <string>

namespace hub::trust {
namespace {

std::string_view bytesOf(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The root over leaves [first, first + count); `first` is a multiple of the smallest power of two
// that is not below `count`.
Result<Sha256> rangeRoot(std::uint64_t first, std::uint64_t count, const MerkleNodeReader& read) {
  if (std::has_single_bit(count)) {
    int level = std::countr_zero(count);
    return read({level, first >> level});
  }
  std::uint64_t left = std::bit_floor(count);
  Result<Sha256> a = rangeRoot(first, left, read);
  if (!a) return a;
  Result<Sha256> b = rangeRoot(first + left, count - left, read);
  if (!b) return b;
  return merkleNodeHash(*a, *b);
}

}  // namespace

Sha256 merkleLeafHash(std::string_view entry) {
  std::string bytes;
  bytes.reserve(entry.size() + 1);
  bytes += '\x00';
  bytes += entry;
  return sha256(bytes);
}

Sha256 merkleNodeHash(const Sha256& left, const Sha256& right) {
  std::array<char, 65> bytes{};
  bytes[0] = '\x01';
  bytesOf(left).copy(bytes.data() + 1, 32);
  bytesOf(right).copy(bytes.data() + 33, 32);
  return sha256(std::string_view(bytes.data(), bytes.size()));
}

std::uint64_t merkleNodeCount(std::uint64_t size) {
  return 2 * size - static_cast<std::uint64_t>(std::popcount(size));
}

std::uint64_t merkleNodeNumber(MerkleNodeId node) {
  // Complete as soon as its last leaf is in: that leaf comes first, then its ancestors upwards.
  std::uint64_t last = ((node.index + 1) << node.level) - 1;
  return merkleNodeCount(last) + static_cast<std::uint64_t>(node.level);
}

Result<MerkleTree> MerkleTree::load(std::uint64_t size, const MerkleNodeReader& read) {
  MerkleTree tree;
  tree.size_ = size;
  std::uint64_t first = 0;
  while (first < size) {
    std::uint64_t count = std::bit_floor(size - first);
    Result<Sha256> hash = rangeRoot(first, count, read);
    if (!hash) return hash.status();
    tree.edge_.push_back(*hash);
    first += count;
  }
  return tree;
}

void MerkleTree::append(const Sha256& leaf, std::vector<Sha256>& nodes) {
  nodes.push_back(leaf);
  Sha256 hash = leaf;
  for (int level = 0; (size_ >> level & 1) != 0; ++level) {
    hash = merkleNodeHash(edge_.back(), hash);
    edge_.pop_back();
    nodes.push_back(hash);
  }
  edge_.push_back(hash);
  ++size_;
}

Sha256 MerkleTree::root() const {
  if (edge_.empty()) return sha256("");
  Sha256 hash = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) hash = merkleNodeHash(edge_[i], hash);
  return hash;
}

Result<std::vector<Sha256>> merklePath(std::uint64_t position, std::uint64_t size,
                                       const MerkleNodeReader& read) {
  assert(position < size);
  std::vector<Sha256> down;  // the sibling ranges from the root to the leaf
  std::uint64_t first = 0;
  for (std::uint64_t count = size; count > 1;) {
    std::uint64_t left = std::bit_ceil(count) / 2;
    bool go_left = position - first < left;
    Result<Sha256> sibling =
        go_left ? rangeRoot(first + left, count - left, read) : rangeRoot(first, left, read);
    if (!sibling) return sibling.status();
    down.push_back(*sibling);
    if (!go_left) first += left;
    count = go_left ? left : count - left;
  }
  return std::vector<Sha256>(down.rbegin(), down.rend());
}

bool verifyMerklePath(const Sha256& leaf, std::uint64_t position, std::uint64_t size,
                      const std::vector<Sha256>& path, const Sha256& root) {
  if (position >= size) return false;
  std::uint64_t node = position;
  std::uint64_t last = size - 1;
  Sha256 hash = leaf;
  for (const Sha256& sibling : path) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = merkleNodeHash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = merkleNodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

}  // namespace hub::trust
