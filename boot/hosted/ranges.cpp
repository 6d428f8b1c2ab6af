#include "boot/hosted/ranges.h"

#include <algorithm>

#include "boot/abi/address_map.h"

namespace perdure::hosted {

using namespace abi;

bool ranges_are_valid(const SaveRange* ranges, std::uint64_t count) {
  std::uint64_t last = kWorldBase;
  for (std::uint64_t i = 0; i < count; ++i) {
    const SaveRange& range = ranges[i];
    const std::uint32_t both = kProtWrite | kProtExecute;
    if (range.start < last || range.start >= kStackEnd || range.size > kStackEnd - range.start) return false;
    if (range.start % kPageSize != 0 || range.size % kPageSize != 0) return false;
    if (range.protection > 7 || (range.protection & both) == both) return false;
    last = range.start + range.size;
  }
  return true;
}

const SaveRange* range_of(const Ranges& ranges, std::uint64_t address) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                      [](std::uint64_t at, const SaveRange& range) { return at < range.start; });
  if (after == ranges.begin()) return nullptr;
  const SaveRange& range = *(after - 1);
  return address - range.start < range.size ? &range : nullptr;
}

}  // namespace perdure::hosted
