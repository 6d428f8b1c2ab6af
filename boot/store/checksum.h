// The checksum of the world format.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::store {

std::uint64_t checksum(const void* bytes, std::size_t count);

inline std::uint64_t page_checksum(const void* page) { return checksum(page, abi::kPageSize); }

}  // namespace perdure::store
