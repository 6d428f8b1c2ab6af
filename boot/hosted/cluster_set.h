// A set of clusters, pieces of 64 KB of a range of addresses, that is walked in ascending order at the cost of what is in it.
//
// A tree of bits: each bit of a level says whether a word of the level below has any. Memory for what was never in the set is
// never touched. Neither allocates nor fails after create(), so that it can be used while a fault is handled.
#pragma once

#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::hosted {

// What is brought in, watched and written as one.
inline constexpr std::uint64_t kClusterPages = 16;
inline constexpr std::uint64_t kClusterSize = kClusterPages * abi::kPageSize;
inline constexpr std::uint32_t kWholeCluster = (1U << kClusterPages) - 1;   // a bit for each of its pages

class ClusterSet {
 public:
  // For clusters of [base, end), at most 2^30 of them.
  void create(std::uint64_t base, std::uint64_t end);

  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  bool contains(std::uint64_t address) const;
  void insert(std::uint64_t address);      // the cluster around it
  void erase(std::uint64_t address);
  // The first cluster at or after the one of `address`; false: there is none.
  bool find(std::uint64_t address, std::uint64_t* found) const;

  void clear();
  // Takes all of another set, which is empty then.
  void absorb(ClusterSet* other);

  // f(start of cluster) in ascending order; f may change the cluster's own membership.
  template <typename F>
  void for_each(F f) const {
    for (std::uint64_t at = base_; find(at, &at); at += kClusterSize) f(at);
  }

 private:
  static constexpr int kLevels = 5;
  std::uint64_t bit_of(std::uint64_t address) const { return (address - base_) / kClusterSize; }

  std::uint64_t* levels_[kLevels] = {};
  std::uint64_t base_ = 0;
  std::uint64_t bits_ = 0;     // at the lowest level
  std::uint64_t count_ = 0;
};

}  // namespace perdure::hosted
