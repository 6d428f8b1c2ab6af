// How long starting takes, for the log: time-stamp counter ticks since the kernel's first instruction. Under QEMU's
// `-icount shift=0` these are guest instructions, the same in every run. tests/bench reads the lines.
#pragma once

#include <cstdint>

namespace perdure::metal {

void start_log(std::uint64_t entry_tsc);
// Remembers that so far has been come; said by log_start().
void note_start(const char* where);
// Writes one line for each note, and about memory.
void log_start();
// The world waits for input for the first time: a REPL's prompt is on its way to the terminal.
void note_first_wait();

}  // namespace perdure::metal
