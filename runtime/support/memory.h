// Where memory comes from: the heap area is given out from its start upwards, to the collector alone; malloc and
// operator new take memory from the collector that is never collected. That of operator new is scanned, so std containers may hold
// Values; that of malloc is not.
//
// Invariants:
//   M1  [kHeapBase, heap_end()) is committed readable and writable, and nothing above it in the heap area is.
//   M2  The state is in the world's own data, so that a resumed world goes on where it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace perdure::runtime {

// The first address of the heap area that was never committed: what a save must cover.
std::uint64_t heap_end();

// What malloc and operator new call before they say that there is no memory.
void collect_before_giving_up(void (*collect)());

// What malloc and operator new have given out of their own spare memory, because the collector had none: roots.
std::span<const std::byte> spare_in_use();

}  // namespace perdure::runtime
