// Which pages of the world hold something else than when it was resumed, from what Linux knows of each: /proc/self/pagemap.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/hosted/cluster_set.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;

constexpr std::uint64_t kMostAtOnce = 32 * kClusterSize;
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63, kSwapped = std::uint64_t{1} << 62, kOfFile = std::uint64_t{1} << 61;

bool is_own(std::uint64_t entry) { return (entry & kSwapped) != 0 || (entry & (kPresent | kOfFile)) == kPresent; }

int page_map() {
  static const int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return map;
}

// Where the stretch from `at` on ends whose clusters have all been brought in, or all not.
std::uint64_t stretch_end(std::uint64_t at, std::uint64_t end) {
  const bool settled = is_settled(at);
  const std::uint64_t most = std::min(end, at + kMostAtOnce);
  do at = (at / kClusterSize + 1) * kClusterSize; while (at < most && is_settled(at) == settled);
  return std::min(at, most);
}

// Sets the bits of [from, end), which lie `first_bit` bits into `bits`.
bool add_changed(std::uint64_t from, std::uint64_t end, std::uint64_t* bits, std::uint64_t bit) {
  std::uint64_t entries[kMostAtOnce / kPageSize];
  const std::uint64_t bytes = (end - from) / kPageSize * sizeof *entries;
  if (pread(page_map(), entries, bytes, static_cast<off_t>(from / kPageSize * sizeof *entries)) != static_cast<ssize_t>(bytes)) return false;
  for (std::uint64_t i = 0; i < bytes / sizeof *entries; ++i, ++bit)
    if (is_own(entries[i])) bits[bit / 64] |= std::uint64_t{1} << bit % 64;
  return true;
}

}  // namespace

abi::Status changed_pages(std::uint64_t start, std::uint64_t size, std::uint64_t* bits) {
  if (start % kPageSize != 0 || size % kPageSize != 0) return abi::kInvalid;
  if (page_map() < 0) return abi::kDenied;
  std::memset(bits, 0, (size / kPageSize + 63) / 64 * sizeof *bits);
  for (std::uint64_t at = start, end = 0; at < start + size; at = end) {
    end = stretch_end(at, start + size);
    if (is_settled(at) && !add_changed(at, end, bits, (at - start) / kPageSize)) return abi::kDenied;
  }
  return abi::kOk;
}

}  // namespace perdure::hosted
