// Processes that wait for a time: a pairing heap threaded through their records (Fredman, Sedgewick, Sleator, Tarjan,
// "The pairing heap: a new form of self-adjusting heap", 1986). Inserting is O(1), removing O(log n) amortised, and no
// memory is asked for, so a process can always go to sleep.
#pragma once

#include <cstdint>

#include "runtime/process/process.h"

namespace perdure::runtime {

inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

// `process` must not be in the heap. Its `deadline` is set.
void insert_timer(Value process, std::uint64_t deadline_ns);
// Nothing happens when it is not there. Its `deadline` is #f afterwards.
void remove_timer(Value process);
// Of the first process, or kNever.
std::uint64_t first_deadline();
// The process with the earliest deadline, or #f.
Value first_timer();

}  // namespace perdure::runtime
