// Where memory comes from: the heap area is given out from its start upwards, to the collector alone; malloc and
// operator new take scanned memory from the collector that is never collected, so std containers may hold Values.
//
// Invariants:
//   M1  [kHeapBase, heap_end()) is committed readable and writable, and nothing above it in the heap area is.
//   M2  The state is in the world's own data, so that a resumed world goes on where it was.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::runtime {

// The first address of the heap area that was never committed: what a save must cover.
std::uint64_t heap_end();

// Called when malloc or operator new finds no memory; it may not return. Without one the runtime panics.
using OutOfMemoryHandler = void (*)(std::size_t bytes);
void set_out_of_memory_handler(OutOfMemoryHandler handler);

}  // namespace perdure::runtime
