// Square roots and powers: exact where the answer is.
#pragma once

#include "runtime/numbers/conversion.h"

namespace perdure::runtime {

// Of an exact rational that is not negative: exact when it is a square, otherwise the nearest double.
Value exact_square_root(Value q);
// base^exponent, both exact; the exponent is an integer. Division by zero when base is 0 and it is negative.
Value exact_power(Value base, Value exponent);
// (sqrt z), (expt z w) of any numbers, complex where no real will do.
Value number_square_root(Value z);
Value number_power(Value z, Value w);
// The natural logarithm of an exact positive number, also where that is beyond all doubles.
double exact_logarithm(Value q);

}  // namespace perdure::runtime
