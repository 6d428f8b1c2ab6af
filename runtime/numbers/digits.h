// The shortest digits of a double in any radix.
#pragma once

#include <string>

namespace perdure::runtime {

// For d finite and positive: d is nearest to 0.digits * radix^point, and no shorter row of digits would do. False when
// memory is used up (the condition is pending).
[[nodiscard]] bool shortest_digits(double d, int radix, std::string& digits, int& point);

}  // namespace perdure::runtime
