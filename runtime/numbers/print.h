// Numbers as text: flonums with the fewest digits that read back as the same number, in every radix.
#pragma once

#include <string>

#include "runtime/value.h"

namespace perdure::runtime {

// Appends the text of a number, radix 2 to 36. False when memory is used up (the condition is pending).
[[nodiscard]] bool append_number(std::string& text, Value number, int radix = 10);
// As a Scheme string.
Value number_to_string(Value number, int radix);

}  // namespace perdure::runtime
