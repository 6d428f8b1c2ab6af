// The end of the machine, with a status for whoever started it.
#pragma once

#include <cstdint>

namespace perdure::metal {

// Says the status to the tool, lets the serial ports run empty, and ends the machine by the first of these that works:
//   1. isa-debug-exit at port 0xf4 (`-device isa-debug-exit,iobase=0xf4,iosize=4`): QEMU exits with 2 * status + 1
//   2. ACPI soft-off of QEMU's PC machines: QEMU exits with 0, and only the control channel has the status
//   3. halt
[[noreturn]] void shut_down(std::uint32_t status);

}  // namespace perdure::metal
