// Decimal digits to doubles, correctly rounded.
#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::runtime {

// The double nearest to whole.fraction * 10^exponent; both are rows of '0' to '9', either may be empty.
double decimal_to_double(std::string_view whole, std::string_view fraction, std::int64_t exponent);

}  // namespace perdure::runtime
