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
// The clock without what was done beside the world.
std::uint64_t processor_ns();

// While there is one, the processor is not the world's: it is halted, or works for the kernel alone. They may be nested.
class BesideWorld {
 public:
  BesideWorld();
  ~BesideWorld();
  BesideWorld(const BesideWorld&) = delete;
  BesideWorld& operator=(const BesideWorld&) = delete;

 private:
  std::uint64_t start_, before_;
};

// Nanoseconds for each tick of read_tsc(), times 2^32; 0: not measured yet. What it is, measured now if need be.
extern std::uint64_t tsc_scale;
std::uint64_t measured_scale();
// How long so many ticks last.
inline std::uint64_t nanoseconds_of(std::uint64_t ticks) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(ticks) * (tsc_scale ? tsc_scale : measured_scale()) >> 32);
}

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
