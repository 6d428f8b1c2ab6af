// The checksum of the world format: XXH64 with seed 0 (Yann Collet; github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
//
// Why not crc32c: it finds damage just as surely here (any change within one 8-byte word of a page always shows), uses
// integer multiplication only, so it may run in the kernel, and is as fast under an emulator as on the processor.
// Measured for one page: XXH64 0.26 us, under TCG 0.49 us; crc32 instruction 0.35 us, under TCG 33.6 us.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::store {

std::uint64_t checksum(const void* bytes, std::size_t count);

inline std::uint64_t page_checksum(const void* page) { return checksum(page, abi::kPageSize); }

}  // namespace perdure::store
