// The ranges of pages that a world hands to its host.
#pragma once

#include <cstdint>
#include <vector>

#include "boot/abi/platform.h"

namespace perdure::hosted {

using Ranges = std::vector<abi::SaveRange>;

// Page aligned, ascending, disjoint, within the world, with a protection that there is.
bool ranges_are_valid(const abi::SaveRange* ranges, std::uint64_t count);
// The one that holds an address, or null.
const abi::SaveRange* range_of(const Ranges& ranges, std::uint64_t address);

}  // namespace perdure::hosted
