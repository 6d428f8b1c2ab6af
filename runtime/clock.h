// The world's clock: nanoseconds that go on from one start of the world to the next, as if no time had passed while no
// host ran it. Deadlines are times of this clock wherever they are kept (timers, limits, variables of Scheme code), so
// that a resumed world finds all of them right; the host's own clock is spoken to host by host.
#pragma once

#include <cstdint>

namespace perdure::runtime {

std::uint64_t clock_ns();
// What the host calls that time; a time that never comes (~0) stays one.
std::uint64_t host_time(std::uint64_t clock_time);

// Before the world is written: this is where the clock goes on.
void note_clock();
// When another host has taken the world over.
void resume_clock();

}  // namespace perdure::runtime
