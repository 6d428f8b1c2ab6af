// The heap's part in starting a world cold, and what the collector asks of the globals.
#pragma once

#include <cstdint>

namespace perdure::runtime {

// Once, at cold start, before anything is allocated.
void start_heap();
// When a saved world goes on, before anything is allocated.
void resume_heap();
// At every start, cold or resumed: fits the collector to the memory of the host.
void tune_heap();
// End of the used part of near data (globals): a root.
void* near_data_end();
// End of its committed pages.
std::uint64_t near_data_committed();

}  // namespace perdure::runtime
