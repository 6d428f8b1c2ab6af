// The ranges of pages that a world hands to this host.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/store/requests.h"

namespace perdure::hosted {

using Ranges = std::vector<abi::SaveRange>;

inline bool ranges_are_valid(const abi::SaveRange* ranges, std::uint64_t count) {
  return store::ranges_are_valid(ranges, count, abi::kStackEnd);
}
// What a world wants kept: neighbours of one protection are one range, whether their contents matter or not.
inline Ranges covered_by(const abi::SaveRange* ranges, std::uint64_t count) {
  Ranges covered;
  for (const abi::SaveRange* range = ranges; range != ranges + count; ++range) {
    if (!covered.empty() && covered.back().start + covered.back().size == range->start && covered.back().protection == range->protection) {
      covered.back().size += range->size;
    } else {
      covered.push_back({range->start, range->size, range->protection, 0});
    }
  }
  return covered;
}
// Those of them whose contents do not matter.
inline Ranges unused_of(const abi::SaveRange* ranges, std::uint64_t count) {
  Ranges unused;
  std::copy_if(ranges, ranges + count, std::back_inserter(unused), [](const abi::SaveRange& range) { return (range.flags & abi::kRangeUnused) != 0; });
  return unused;
}
// The one that holds an address, or null.
inline const abi::SaveRange* range_of(const Ranges& ranges, std::uint64_t address) {
  return store::range_of(ranges.data(), ranges.size(), address);
}

}  // namespace perdure::hosted
