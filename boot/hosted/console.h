// Standard streams and the terminal.
//
// A terminal that the world made raw is always put back: at exit, at a fault, when stopped by Ctrl-Z.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::hosted {

// The platform functions.
abi::Status stream_read(void* buffer, std::uint64_t capacity);
abi::Status stream_write(std::uint32_t stream, const void* bytes, std::uint64_t count);
abi::Status console(abi::Console* out);
abi::Status console_raw(std::uint32_t raw);

// Safe in signal handlers.
void restore_terminal();   // for good
void forget_terminal();    // somebody else restores it
void suspend_terminal();   // until
void resume_terminal();    // this

}  // namespace perdure::hosted
