// Complex numbers: a compnum has two exact or two inexact real parts, and its imaginary part is no exact zero (that
// number is the real). Functions that answer a Value may answer kRaise.
#pragma once

#include "runtime/numbers/conversion.h"
#include "runtime/numbers/complex_functions.h"

namespace perdure::runtime {

inline bool is_compnum(Value v) { return has_type(v, Type::kCompnum); }
// Of any number.
inline Value real_part(Value z) { return is_compnum(z) ? as<Compnum>(z)->real : z; }
inline Value imaginary_part(Value z) { return is_compnum(z) ? as<Compnum>(z)->imaginary : fixnum(0); }
inline bool is_inexact(Value z) { return is_flonum(real_part(z)); }

// Of two reals: the imaginary part decides whether it is one; one inexact part makes the other inexact.
Value make_rectangular(Value real, Value imaginary);
Value make_polar(Value magnitude, Value angle);

// Between any number and doubles. What comes back is a compnum whatever its imaginary part is.
Complex to_complex(Value z);
Value from_complex(Complex z);

// For two numbers of which one is a compnum at least; no divisor is an exact zero.
Value complex_add(Value a, Value b);
Value complex_subtract(Value a, Value b);
Value complex_multiply(Value a, Value b);
Value complex_divide(Value a, Value b);
Value complex_equal(Value a, Value b);  // kTrue, kFalse or kRaise
Value complex_negate(Value z);

// Of any number. The magnitude of an exact one is exact where that is possible.
Value number_magnitude(Value z);
Value number_angle(Value z);
// Of a compnum: exact when both parts of the root are.
Value complex_square_root(Value z);
// z^n of a compnum, n an exact integer.
Value complex_integer_power(Value z, Value n);
// e^(w log z) for any two numbers; z is not zero.
Value complex_power(Value z, Value w);
// The logarithm of any number but zero, also of exact ones beyond all doubles.
Complex number_logarithm(Value z);

}  // namespace perdure::runtime
