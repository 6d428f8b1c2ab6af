#include "boot/metal/clock.h"

#include <cstring>

#include "boot/metal/apic.h"
#include "boot/metal/cpu.h"
#include "boot/metal/events.h"

namespace perdure::metal {

std::uint64_t tsc_scale = 0;

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint32_t kSilentStart = 0xffff'ffff;
// Reading the APIC timer is off by well under a microsecond: 2 ms of measurement are good to a part in a thousand.
constexpr std::uint64_t kShortestMeasurement = 2'000'000;
// A late deadline is armed in steps, so that no product below overflows.
constexpr std::uint64_t kLongestStep = kNanosecondsPerSecond;

struct Reading { std::uint64_t tsc, apic; };   // apic: counts since first_reading was due

Reading first_reading;
std::uint64_t apic_hertz = kNanosecondsPerSecond;
std::int64_t realtime_at_zero = 0;                   // realtime when monotonic_ns() was 0
std::uint64_t timer_deadline = kNever, wait_deadline = kNever, tick_deadline = kNever;
void (*on_tick)() = nullptr;
constexpr std::uint64_t kTick = 1'000'000;
std::uint64_t beside_world_ns = 0;

// One instant on both clocks: the reading with the least time between two looks at the counter.
Reading read_both() {
  Reading best{};
  std::uint64_t shortest = ~std::uint64_t{0};
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = read_tsc();
    const std::uint32_t count = timer_count();
    const std::uint64_t after = read_tsc();
    if (after - before >= shortest) continue;
    shortest = after - before;
    best = {before + shortest / 2, kSilentStart - count};
  }
  return best;
}

std::uint64_t apic_ns(std::uint64_t counts) { return counts * 1'000'000 / (apic_hertz / 1000); }

// Until the measurement is long enough, the APIC timer itself tells the time: start-up does not wait for it.
std::uint64_t measure() {
  const Reading now = read_both();
  const std::uint64_t elapsed = apic_ns(now.apic - first_reading.apic);
  if (elapsed >= kShortestMeasurement && now.tsc > first_reading.tsc) tsc_scale = (elapsed << 32) / (now.tsc - first_reading.tsc);
  return elapsed;
}

bool under_known_hypervisor() {
  const CpuidResult r = cpuid(0x40000000);
  char name[12];
  std::memcpy(name, &r.ebx, 4);
  std::memcpy(name + 4, &r.ecx, 4);
  std::memcpy(name + 8, &r.edx, 4);
  return (cpuid(1).ecx >> 31) && (std::memcmp(name, "TCGTCGTCGTCG", 12) == 0 || std::memcmp(name, "KVMKVMKVM\0\0\0", 12) == 0);
}

// Counts the APIC timer for 10 ms of the 8254's channel 0, mode 0: its output rises when it has counted down.
std::uint64_t measure_apic_hertz() {
  constexpr std::uint32_t kPitHertz = 1193182, kTicks = kPitHertz / 100;
  out8(0x43, 0x30);
  out8(0x40, kTicks & 0xff);
  out8(0x40, kTicks >> 8);
  start_timer_silently(kSilentStart);
  for (std::uint32_t spins = 0; spins < 100'000'000; ++spins) {
    out8(0x43, 0xe2);                                // read back the status of channel 0
    if (in8(0x40) & 0x80) return std::uint64_t{kSilentStart - timer_count()} * 100;
  }
  return kNanosecondsPerSecond;                      // no 8254: a guess is better than no clock
}

std::uint8_t read_cmos(std::uint8_t index) {
  out8(0x70, index);
  return in8(0x71);
}

// Source: Motorola MC146818A. Zero when there is no such chip.
std::int64_t read_rtc() {
  constexpr std::uint8_t kUpdating = 0x80, kBinary = 4, k24Hours = 2;
  if (read_cmos(0x0d) == 0xff) return 0;
  std::uint8_t fields[6], again[6];
  const auto read = [](std::uint8_t* out) {
    while (read_cmos(0x0a) & kUpdating) cpu_pause();
    const std::uint8_t index[] = {0, 2, 4, 7, 8, 9};
    for (int i = 0; i < 6; ++i) out[i] = read_cmos(index[i]);
  };
  do {
    read(fields);
    read(again);
  } while (std::memcmp(fields, again, sizeof fields) != 0);
  const std::uint8_t format = read_cmos(0x0b);
  const bool afternoon = !(format & k24Hours) && (fields[2] & 0x80);
  fields[2] &= 0x7f;
  if (!(format & kBinary))
    for (std::uint8_t& field : fields) field = static_cast<std::uint8_t>((field >> 4) * 10 + (field & 15));
  if (!(format & k24Hours)) fields[2] = static_cast<std::uint8_t>(fields[2] % 12 + (afternoon ? 12 : 0));
  return seconds_of_date(2000 + fields[5], fields[4], fields[3], fields[2], fields[1], fields[0]);
}

// Arms the APIC timer for the earliest of the deadlines.
void arm() {
  while (!tsc_scale) measure();        // the APIC timer gets another task now
  std::uint64_t deadline = timer_deadline < wait_deadline ? timer_deadline : wait_deadline;
  if (tick_deadline < deadline) deadline = tick_deadline;
  if (deadline == kNever) return set_timer_count(0);
  const std::uint64_t now = monotonic_ns();
  std::uint64_t step = deadline > now ? deadline - now : 1;
  if (step > kLongestStep) step = kLongestStep;
  const std::uint64_t count = step * (apic_hertz / 1000) / 1'000'000 + 1;
  set_timer_count(count > 0xffff'ffff ? 0xffff'ffff : static_cast<std::uint32_t>(count));
}

void on_timer() {
  const std::uint64_t now = monotonic_ns();
  if (now >= wait_deadline) wait_deadline = kNever;
  if (now >= timer_deadline) {
    timer_deadline = kNever;
    post_events(abi::kEventTimer);
  }
  if (now >= tick_deadline) {
    {
      BesideWorld beside;
      on_tick();
    }
    tick_deadline = on_tick ? monotonic_ns() + kTick : kNever;
  }
  arm();
}

}  // namespace

void start_clock() {
  if (!under_known_hypervisor()) apic_hertz = measure_apic_hertz();
  start_timer_silently(kSilentStart);
  first_reading = read_both();
}

void set_date(std::int64_t realtime_at_start) {
  realtime_at_zero = realtime_at_start ? realtime_at_start
                                       : read_rtc() * static_cast<std::int64_t>(kNanosecondsPerSecond) -
                                             static_cast<std::int64_t>(monotonic_ns());
  set_handler(kTimerVector, on_timer);
}

std::uint64_t monotonic_ns() {
  if (!tsc_scale) return measure();
  return nanoseconds_of(read_tsc() - first_reading.tsc);
}

std::uint64_t measured_scale() {
  while (!tsc_scale) measure();
  return tsc_scale;
}

std::uint64_t processor_ns() {
  InterruptGuard guard;
  return monotonic_ns() - beside_world_ns;
}

BesideWorld::BesideWorld() : start_(monotonic_ns()), before_(beside_world_ns) {}
BesideWorld::~BesideWorld() { beside_world_ns = before_ + monotonic_ns() - start_; }

std::int64_t realtime_ns() { return realtime_at_zero + static_cast<std::int64_t>(monotonic_ns()); }

void set_timer_deadline(std::uint64_t deadline_ns) {
  InterruptGuard guard;
  timer_deadline = deadline_ns;
  arm();
}

void set_tick(void (*tick)()) {
  InterruptGuard guard;
  on_tick = tick;
  tick_deadline = tick ? monotonic_ns() + kTick : kNever;
  arm();
}

void set_wait_deadline(std::uint64_t deadline_ns) {
  InterruptGuard guard;
  if (deadline_ns == wait_deadline) return;
  wait_deadline = deadline_ns;
  arm();
}

void ensure_interrupt_by(std::uint64_t deadline_ns) {
  if (deadline_ns < wait_deadline) set_wait_deadline(deadline_ns);
}

}  // namespace perdure::metal
