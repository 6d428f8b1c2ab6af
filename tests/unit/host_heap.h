// The heap of the unit tests: malloc'ed, never collected, so that the address sanitizer guards every object.
#pragma once

#include <cstdint>

namespace perdure::runtime {

// Makes the `successes`+1st allocation from now, and all after it, fail. ~0: never.
void host_heap_fail_after(std::uint64_t successes);

// Makes stack_is_low() answer true below `bytes` of stack from the caller. 0: the real limit.
void host_stack_limit(std::uint64_t bytes);

}  // namespace perdure::runtime
