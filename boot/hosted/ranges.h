// The ranges of pages that a world hands to this host.
#pragma once

#include <cstdint>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/store/requests.h"

namespace perdure::hosted {

using Ranges = std::vector<abi::SaveRange>;

inline bool ranges_are_valid(const abi::SaveRange* ranges, std::uint64_t count) {
  return store::ranges_are_valid(ranges, count, abi::kStackEnd);
}
// The one that holds an address, or null.
inline const abi::SaveRange* range_of(const Ranges& ranges, std::uint64_t address) {
  return store::range_of(ranges.data(), ranges.size(), address);
}

}  // namespace perdure::hosted
