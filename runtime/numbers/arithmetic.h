// Arithmetic on numbers of any kind. The two-argument entry points are complete: compiled code calls them for whatever
// its fast paths leave over, and the variadic primitives fold with them. They answer kRaise with the condition pending
// when an argument is no number; the condition names the R7RS procedure and the argument's position (1 or 2).
//
// An operation with a flonum is done in flonums, an exact zero included: (* 0 1.5) is 0.0. Comparisons are of exact
// values. Division by exact zero is an error, whatever the dividend; division by 0.0 is IEEE's.
#pragma once

#include <cstddef>
#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

Value number_add(Value a, Value b);
Value number_subtract(Value a, Value b);
Value number_multiply(Value a, Value b);
Value number_divide(Value a, Value b);
Value number_negate(Value a);  // (- a)
Value number_invert(Value a);  // (/ a)

Value number_quotient(Value a, Value b);
Value number_remainder(Value a, Value b);
Value number_modulo(Value a, Value b);

// Each answers kTrue, kFalse or kRaise.
Value number_equal(Value a, Value b);
Value number_less(Value a, Value b);
Value number_less_equal(Value a, Value b);
Value number_greater(Value a, Value b);
Value number_greater_equal(Value a, Value b);
Value number_is_zero(Value a);
Value number_is_zero_of_two(Value a, Value);   // the second is ignored: what compiled code calls is binary
Value number_is_positive(Value a);
Value number_is_negative(Value a);

Value number_bitwise_and(Value a, Value b);
Value number_bitwise_or(Value a, Value b);
Value number_bitwise_xor(Value a, Value b);
Value number_arithmetic_shift(Value n, Value count);

// How R7RS procedures fail whose argument is of no kind they take.
Value not_a_number(std::string_view who, int position, Value got);
Value not_a_real(std::string_view who, int position, Value got);

}  // namespace perdure::runtime
