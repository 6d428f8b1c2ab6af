// Exact rationals: an integer or a ratnum (numerator, denominator > 1, in lowest terms). kRaise passes through.
#pragma once

#include "runtime/numbers/integer.h"

namespace perdure::runtime {

inline Value rational_numerator(Value q) { return is_ratnum(q) ? as<Ratnum>(q)->numerator : q; }
inline Value rational_denominator(Value q) { return is_ratnum(q) ? as<Ratnum>(q)->denominator : fixnum(1); }

// n/d in lowest terms; d is not zero.
Value make_rational(Value n, Value d);
// The same when n and d are known to have no common factor and d is positive.
Value make_reduced_rational(Value n, Value d);

Value rational_add(Value a, Value b);
Value rational_subtract(Value a, Value b);
Value rational_multiply(Value a, Value b);
Value rational_divide(Value a, Value b);  // b is not zero
Value rational_negate(Value a);
Value rational_floor(Value a);
int rational_sign(Value a);
bool rational_equal(Value a, Value b);

// How two reals lie to each other. kFailed: the condition is pending.
enum class Order : std::int8_t { kLess = -1, kEqual = 0, kGreater = 1, kUnordered = 2, kFailed = 3 };
inline Order order_of(int sign) { return static_cast<Order>(sign); }
Order rational_compare(Value a, Value b);

}  // namespace perdure::runtime
