// Time: the time-stamp counter, scaled by the local APIC timer, for what passes; the real-time clock for what time it is;
// the APIC timer, one shot at a time, for deadlines.
#pragma once

#include <cstdint>

namespace perdure::metal {

inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

// Begins to measure the time-stamp counter; start_apic() was called. From here on monotonic_ns() answers.
void start_clock();
// `realtime_at_start`: what the tool says the time was when the machine started; 0 asks the real-time clock.
void set_date(std::int64_t realtime_at_start);

std::uint64_t monotonic_ns();
std::int64_t realtime_ns();
// How long so many ticks of read_tsc() last.
std::uint64_t nanoseconds_of(std::uint64_t ticks);

// The world's timer: posts kEventTimer once. kNever: off.
void set_timer_deadline(std::uint64_t deadline_ns);
// Makes sure an interrupt comes by then.
void set_wait_deadline(std::uint64_t deadline_ns);
// The same when one that comes earlier will do: costs nothing if there is one.
void ensure_interrupt_by(std::uint64_t deadline_ns);

// Calls `tick` every millisecond from the timer's interrupt, whose stack is small; null: not any more.
void set_tick(void (*tick)());

// Seconds since 1970 of a date in the Gregorian calendar, UTC.
std::int64_t seconds_of_date(int year, int month, int day, int hour, int minute, int second);

}  // namespace perdure::metal
