#include "runtime/clock.h"

#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

std::uint64_t ahead = 0;   // of the host's clock, modulo 2^64
std::uint64_t noted = 0;

}  // namespace

std::uint64_t clock_ns() { return platform->monotonic_ns() + ahead; }

std::uint64_t host_time(std::uint64_t clock_time) {
  if (clock_time == ~std::uint64_t{0}) return clock_time;
  const std::uint64_t host = clock_time - ahead;
  return static_cast<std::int64_t>(host) < 0 ? 0 : host;  // before the host began
}

void note_clock() { noted = clock_ns(); }
void resume_clock() { ahead = noted - platform->monotonic_ns(); }

}  // namespace perdure::runtime
