// What happens on an exception. The page fault handler first asks the pager; whatever is left leaves the interrupt stack,
// is offered to the world (WorldDescriptor::fault_recovery) when the world's code caused it, and else ends the run
// with a readable report on the error channel and exit status 70.
#pragma once

#include "boot/metal/interrupts.h"

namespace perdure::metal {

inline constexpr std::uint32_t kExitSoftware = 70;    // EX_SOFTWARE of sysexits.h
inline constexpr std::uint32_t kExitData = 65;        // EX_DATAERR

// A stack for fault_continue(). Called once at start; false: no memory.
[[nodiscard]] bool start_fault_reports();

// From now on world memory exists: faults there go to the pager, and reports may ask the world for names.
void world_is_mapped();

void handle_exception(InterruptFrame* frame);

// A bug or a machine that does not do what it must: one line, exit status 70.
[[noreturn]] void panic(const char* message);

}  // namespace perdure::metal
