// What the world has had of the processor, turn by turn.
//
// The host knows (Platform::processor_ns), but hosted it has to ask Linux, which costs more than a switch of processes. The clock costs
// little, and what has passed by it is an upper bound. So in short turns the clock stands for processor time, and after
// kUnasked of it the host is asked: what the clock said too much in all of them is then taken from the last one.
#pragma once

#include <cstdint>

namespace perdure::runtime {

class ProcessorMeter {
 public:
  // On a new host, whose count is another one.
  void start(std::uint64_t now);
  // What was before `now`, a time of the world's clock, is nobody's.
  void skip_to(std::uint64_t now);
  // Nanoseconds since it was last asked, or since then: something, if any time has passed, and not more than has.
  std::int64_t used(std::uint64_t now, bool exactly);

 private:
  static constexpr std::int64_t kUnasked = 50'000;

  std::uint64_t now_ = 0;          // of the world's clock
  std::uint64_t metered_ = 0;      // where in the host's count that is: or later, by at most kUnasked
  std::int64_t unasked_ = 0;       // what the clock has stood for since the host was asked
};

}  // namespace perdure::runtime
