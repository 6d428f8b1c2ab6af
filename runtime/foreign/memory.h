// The pages of foreign code: its images and its stacks. They lie at the upper end of the code area, from there downwards, so
// that calls between them, compiled code and the runtime are in reach of a rel32.
//
//   F1  Each page belongs to one range of one protection; what is written and executable at once is refused.
//   F2  All state is in the world's own data, and all ranges are saved with the world.
#pragma once

#include <cstdint>
#include <vector>

#include "boot/abi/platform.h"

namespace perdure::runtime {

struct ForeignRange {
  std::uint64_t start, size;      // in pages
  std::uint32_t protection;
  bool scanned;                   // by the collector, as a root
};

// Addresses for so many bytes, rounded up to pages, with nothing there yet; 0: no room.
std::uint64_t reserve_foreign(std::uint64_t bytes);
// Gives addresses back that hold nothing.
void unreserve_foreign(std::uint64_t start, std::uint64_t bytes);
// Fresh zero pages in what was reserved. An error of the host, or 0.
abi::Status commit_foreign(std::uint64_t start, std::uint64_t bytes, std::uint32_t protection, bool scanned);
// Takes all pages of [start, start + bytes) away.
void release_foreign(std::uint64_t start, std::uint64_t bytes);
// Writes whatever the protection is.
bool write_foreign(std::uint64_t address, const void* bytes, std::uint64_t count);

// In ascending order.
const std::vector<ForeignRange>& foreign_ranges();
// Where the code area ends for compiled code.
std::uint64_t foreign_floor();
// Gives the collector what foreign data and stacks hold.
void push_foreign_roots(void (*push)(void* from, void* to));

}  // namespace perdure::runtime
