// For tests: a procedure that is called at the n-th poll from now, whichever process polls then. Polls are the points at
// which anything else than the running process may happen (machine.h, M5): so a test can make it happen at each of them.
#pragma once

#include <cstdint>

#include "runtime/value.h"

namespace perdure::runtime {

// At the `count`-th poll outside atomic sections, of a process that has not ended, `procedure`, of no arguments, is called, once; 0: no more.
void call_after_polls(std::uint64_t count, Value procedure);
// At a poll: the procedure, when its time has come, or 0.
std::uint64_t count_poll();

}  // namespace perdure::runtime
