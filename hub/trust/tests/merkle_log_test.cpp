// The Merkle log against RFC 9162: the well-known test tree of eight entries, an independent
// recursive implementation of §2.1.1–2.1.3 and proofs that must not verify.
#include "hub/trust/merkle_log.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace hub::trust {
namespace {

std::string bytesOf(const Sha256& hash) { return std::string(hash.begin(), hash.end()); }
std::string hexOf(const Sha256& hash) { return toHex(bytesOf(hash)); }
std::string fromHex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// The entries every Certificate Transparency implementation is checked with, and the roots of the
// trees of the first 1 to 8 of them.
const std::vector<std::string> kEntries = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// RFC 9162 §2.1.1 word for word, over a list of leaf hashes.
Sha256 treeHash(const std::vector<Sha256>& leaves, std::size_t from, std::size_t to) {
  if (from == to) return sha256("");
  if (to - from == 1) return leaves[from];
  std::size_t k = 1;
  while (k * 2 < to - from) k *= 2;
  return sha256("\x01" + bytesOf(treeHash(leaves, from, from + k)) +
                bytesOf(treeHash(leaves, from + k, to)));
}

// §2.1.3.1 turned round: recomputes the root by recursion on (m, n), consuming the path backwards.
Sha256 rootFromPath(std::size_t m, std::size_t n, const Sha256& leaf, std::vector<Sha256>& path) {
  if (n == 1) return leaf;
  EXPECT_FALSE(path.empty());
  if (path.empty()) return {};
  Sha256 sibling = path.back();
  path.pop_back();
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  if (m < k) {
    Sha256 left = rootFromPath(m, k, leaf, path);
    return sha256("\x01" + bytesOf(left) + bytesOf(sibling));
  }
  Sha256 right = rootFromPath(m - k, n - k, leaf, path);
  return sha256("\x01" + bytesOf(sibling) + bytesOf(right));
}

struct StoredLog {
  MerkleTree tree;
  std::vector<Sha256> leaves;
  std::vector<Sha256> nodes;
  void add(const Sha256& leaf) {
    leaves.push_back(leaf);
    tree.append(leaf, nodes);
  }
  MerkleNodeReader reader() const {
    return [this](MerkleNodeId id) -> Result<Sha256> {
      std::uint64_t number = merkleNodeNumber(id);
      if (number >= nodes.size()) return Status::failure("store.corrupt", "no such node");
      return nodes[number];
    };
  }
};

StoredLog logOf(std::size_t size) {
  StoredLog log;
  for (std::size_t i = 0; i < size; ++i) log.add(merkleLeafHash("entry " + std::to_string(i)));
  return log;
}

TEST(MerkleLog, KnownRootsOfTheEightEntryTree) {
  MerkleTree tree;
  std::vector<Sha256> nodes;
  EXPECT_EQ(hexOf(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    tree.append(merkleLeafHash(fromHex(kEntries[i])), nodes);
    EXPECT_EQ(hexOf(tree.root()), kRoots[i]) << "size " << i + 1;
  }
}

TEST(MerkleLog, NodeNumbersAreDenseAndAppendOnly) {
  StoredLog log = logOf(200);
  EXPECT_EQ(log.nodes.size(), merkleNodeCount(200));
  std::vector<bool> seen(log.nodes.size());
  for (int level = 0; level < 8; ++level) {
    for (std::uint64_t index = 0; (index + 1) << level <= 200; ++index) {
      std::uint64_t number = merkleNodeNumber({level, index});
      ASSERT_LT(number, seen.size());
      EXPECT_FALSE(seen[number]);
      seen[number] = true;
      std::size_t from = index << level;
      EXPECT_EQ(log.nodes[number], treeHash(log.leaves, from, from + (1U << level)));
    }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0);
}

TEST(MerkleLog, EveryLeafOfEverySizeIsProved) {
  StoredLog all = logOf(130);
  MerkleNodeReader read = all.reader();  // proofs against old heads read the same nodes
  for (std::size_t size = 1; size <= 130; ++size) {
    Sha256 root = treeHash(all.leaves, 0, size);
    Result<MerkleTree> loaded = MerkleTree::load(size, read);
    ASSERT_TRUE(loaded.ok());
    ASSERT_EQ(loaded->root(), root);
    for (std::size_t position = 0; position < size; ++position) {
      Result<std::vector<Sha256>> path = merklePath(position, size, read);
      ASSERT_TRUE(path.ok());
      ASSERT_TRUE(verifyMerklePath(all.leaves[position], position, size, *path, root))
          << position << " of " << size;
      std::vector<Sha256> rest = *path;
      ASSERT_EQ(rootFromPath(position, size, all.leaves[position], rest), root);
      ASSERT_TRUE(rest.empty());
    }
  }
}

TEST(MerkleLog, WrongProofsAreRefused) {
  StoredLog log = logOf(37);
  Sha256 root = log.tree.root();
  std::vector<Sha256> path = merklePath(20, 37, log.reader()).value();
  const Sha256& leaf = log.leaves[20];
  ASSERT_TRUE(verifyMerklePath(leaf, 20, 37, path, root));
  EXPECT_FALSE(verifyMerklePath(log.leaves[21], 20, 37, path, root));
  EXPECT_FALSE(verifyMerklePath(leaf, 21, 37, path, root));
  EXPECT_FALSE(verifyMerklePath(leaf, 20, 20, path, root));
  EXPECT_FALSE(verifyMerklePath(leaf, 20, 64, path, log.leaves[0]));
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::vector<Sha256> changed = path;
    changed[i][5] ^= 1;
    EXPECT_FALSE(verifyMerklePath(leaf, 20, 37, changed, root));
  }
  std::vector<Sha256> longer = path;
  longer.push_back(root);
  EXPECT_FALSE(verifyMerklePath(leaf, 20, 37, longer, root));
  path.pop_back();
  EXPECT_FALSE(verifyMerklePath(leaf, 20, 37, path, root));
}

TEST(MerkleLog, ReaderFailureIsPassedOn) {
  StoredLog log = logOf(5);
  MerkleNodeReader broken = [](MerkleNodeId) -> Result<Sha256> {
    return Status::failure("store.corrupt", "gone");
  };
  Result<std::vector<Sha256>> path = merklePath(3, 5, broken);
  ASSERT_FALSE(path.ok());
  EXPECT_EQ(path.error().code, "store.corrupt");
  EXPECT_FALSE(MerkleTree::load(5, broken).ok());
}

}  // namespace
}  // namespace hub::trust
