// Interrupt controllers: the processor's local APIC (timer, end of interrupt) and the I/O APIC (serial ports). The
// old 8259 pair is masked for good.
#pragma once

#include <cstdint>

#include "boot/metal/interrupts.h"

namespace perdure::metal {

[[nodiscard]] bool start_apic();
void end_of_interrupt();
// Sends an ISA interrupt line (edge, active high) to a vector of this processor.
void route_isa_irq(unsigned irq, Vector vector);

// The local timer counts down from `count`, once, and then interrupts with kTimerVector. 0 stops it.
void set_timer_count(std::uint32_t count);
std::uint32_t timer_count();
// Counts without interrupting, for calibration.
void start_timer_silently(std::uint32_t count);

}  // namespace perdure::metal
