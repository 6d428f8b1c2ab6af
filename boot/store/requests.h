// What a world asks of its host about generations, and what it is told of them, in terms of the file.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/store/format.h"

namespace perdure::store {

// Page aligned, ascending, disjoint, from the world's first byte to `end`, with a protection and flags that there are.
bool ranges_are_valid(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t end);
// The one of such ranges that holds an address, or null.
const abi::SaveRange* range_of(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t address);

abi::GenerationInfo info_of(const Generation& generation);

}  // namespace perdure::store
