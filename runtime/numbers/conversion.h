// Between exact and inexact, always correctly rounded (to nearest, ties to even), and comparison between the two,
// always of the exact values: so that = and < are transitive.
#pragma once

#include "runtime/numbers/rational.h"

namespace perdure::runtime {

// The double nearest to limbs * 2^exponent; `sticky`: plus something less than one unit of the lowest limb's last bit.
double round_to_double(const Limb* limbs, std::uint64_t size, bool sticky, std::int64_t exponent, bool negative);

// The same for n/d * 2^exponent; neither is empty, nor its highest limb zero.
double limbs_ratio_to_double(const Limb* n, std::uint64_t n_size, const Limb* d, std::uint64_t d_size, std::int64_t exponent,
                             bool negative);

double integer_to_double(Value n);
// The double nearest to n/d, where d > 0; they need not be in lowest terms.
double ratio_to_double(Value n, Value d);
// Of any real.
double to_double(Value real);

// The exact value of a finite double.
Value double_to_exact(double d);

// As limbs and a power of two: what a finite double is. `mantissa` is odd or zero.
struct DoubleParts {
  std::uint64_t mantissa;
  int exponent;
  bool negative;
};
DoubleParts double_parts(double d);

// Any two reals.
Order compare_reals(Value a, Value b);

}  // namespace perdure::runtime
