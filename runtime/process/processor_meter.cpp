#include "runtime/process/processor_meter.h"

#include <algorithm>

#include "runtime/support/platform.h"

namespace perdure::runtime {

void ProcessorMeter::start(std::uint64_t now) {
  metered_ = 0;
  skip_to(now);
}

void ProcessorMeter::skip_to(std::uint64_t now) {
  now_ = now;
  metered_ = std::max(metered_, platform->processor_ns());
  unasked_ = 0;
}

std::int64_t ProcessorMeter::used(std::uint64_t now, bool exactly) {
  const auto passed = static_cast<std::int64_t>(now - now_);
  now_ = now;
  unasked_ += passed;
  if (!exactly && unasked_ < kUnasked) {
    metered_ += static_cast<std::uint64_t>(passed);
    return passed;
  }
  unasked_ = 0;
  const std::uint64_t count = platform->processor_ns();
  const auto had = static_cast<std::int64_t>(count - metered_);
  metered_ = std::max(metered_, count);
  return std::clamp(had, std::min<std::int64_t>(passed, 1), passed);
}

}  // namespace perdure::runtime
