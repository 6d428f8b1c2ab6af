#include "boot/hosted/cluster_set.h"

#include <sys/mman.h>

#include <bit>
#include <utility>

#include "boot/hosted/host.h"

namespace perdure::hosted {

void ClusterSet::create(std::uint64_t base, std::uint64_t end) {
  base_ = base;
  bits_ = (end - base + kClusterSize - 1) / kClusterSize;
  std::uint64_t words = bits_;
  for (std::uint64_t*& level : levels_) {
    words = words / 64 + 1;
    void* memory = mmap(nullptr, words * sizeof *level, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) die(kExitUnavailable, "no address space for the tables of changed pages (is there a ulimit -v?)");
    level = static_cast<std::uint64_t*>(memory);
  }
}

bool ClusterSet::contains(std::uint64_t address) const {
  const std::uint64_t bit = bit_of(address);
  return (levels_[0][bit / 64] >> bit % 64 & 1) != 0;
}

void ClusterSet::insert(std::uint64_t address) {
  if (contains(address)) return;
  ++count_;
  std::uint64_t bit = bit_of(address);
  for (std::uint64_t* level : levels_) {
    level[bit / 64] |= std::uint64_t{1} << bit % 64;
    bit /= 64;
  }
}

void ClusterSet::erase(std::uint64_t address) {
  if (!contains(address)) return;
  --count_;
  std::uint64_t bit = bit_of(address);
  for (std::uint64_t* level : levels_) {
    level[bit / 64] &= ~(std::uint64_t{1} << bit % 64);
    if (level[bit / 64] != 0) return;
    bit /= 64;
  }
}

// Up until a word has a bit at or after the place, then down along the lowest ones.
bool ClusterSet::find(std::uint64_t address, std::uint64_t* found) const {
  std::uint64_t bit = bit_of(address);
  if (bit >= bits_) return false;
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t rest = levels_[level][bit / 64] >> bit % 64;
    if (rest != 0) {
      bit += static_cast<std::uint64_t>(std::countr_zero(rest));
      while (level-- > 0) bit = bit * 64 + static_cast<std::uint64_t>(std::countr_zero(levels_[level][bit]));
      *found = base_ + bit * kClusterSize;
      return true;
    }
    bit = bit / 64 + 1;   // the word after this one
  }
  return false;
}

void ClusterSet::clear() {
  for_each([this](std::uint64_t at) { erase(at); });
}

void ClusterSet::absorb(ClusterSet* other) {
  if (other->count_ > count_) std::swap(*this, *other);
  other->for_each([&](std::uint64_t at) {
    insert(at);
    other->erase(at);
  });
}

}  // namespace perdure::hosted
