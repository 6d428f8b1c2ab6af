// To integers, and to simpler rationals.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

Value exact_ceiling(Value q) { return integer_add(rational_floor(q), fixnum(1)); }
Value exact_truncate(Value q) { return integer_quotient(rational_numerator(q), rational_denominator(q)); }

// floor(q + 1/2), less one when q lay in the middle and that is odd.
Value exact_round(Value q) {
  Value twice = integer_shift(rational_denominator(q), 1);
  Value up = integer_add(integer_shift(rational_numerator(q), 1), rational_denominator(q));
  Value rounded = integer_floor_quotient(up, twice);
  bool in_the_middle = rational_denominator(q) == fixnum(2);
  return in_the_middle && !raised(rounded) && integer_is_odd(rounded) ? integer_subtract(rounded, fixnum(1)) : rounded;
}

// `exact` is asked only of ratnums.
Value round_with(std::string_view who, Value v, double (*flonums)(double), Value (*exact)(Value)) {
  if (is_flonum(v)) return flonum(flonums(flonum_value(v)));
  if (is_exact_integer(v)) return v;
  return is_ratnum(v) ? exact(v) : not_a_real(who, 1, v);
}

Value prim_floor(Value v) {
  return round_with("floor", v, [](double d) { return std::floor(d); }, rational_floor);
}
Value prim_ceiling(Value v) {
  return round_with("ceiling", v, [](double d) { return std::ceil(d); }, exact_ceiling);
}
Value prim_truncate(Value v) {
  return round_with("truncate", v, [](double d) { return std::trunc(d); }, exact_truncate);
}
Value prim_round(Value v) {
  return round_with("round", v, [](double d) { return std::rint(d); }, exact_round);
}

// The simplest rational from low to high, 0 < low <= high: their continued fractions as far as they agree, then the
// least possible term. Kept are the latest two convergents, as over/under.
Value simplest_positive(Value low, Value high) {
  Value over_before = fixnum(0), over = fixnum(1), under_before = fixnum(1), under = fixnum(0);
  for (;;) {
    Value term = rational_floor(low), high_floor = rational_floor(high);
    if (raised(term) || raised(high_floor)) return kRaise;
    bool last = !is_ratnum(low), parted = !last && integer_compare(term, high_floor) != 0;
    if (parted) term = integer_add(term, fixnum(1));
    Value next_over = integer_add(integer_multiply(term, over), over_before);
    Value next_under = integer_add(integer_multiply(term, under), under_before);
    if (last || parted) return make_rational(next_over, next_under);
    over_before = over, over = next_over, under_before = under, under = next_under;
    Value rest = rational_subtract(low, term);
    low = rational_divide(fixnum(1), rational_subtract(high, term));
    high = rational_divide(fixnum(1), rest);
    if (raised(low) || raised(high)) return kRaise;
  }
}

Value simplest(Value low, Value high) {
  if (raised(low) || raised(high)) return kRaise;
  if (rational_sign(low) > 0) return simplest_positive(low, high);
  if (rational_sign(high) >= 0) return fixnum(0);
  Value opposite = simplest_positive(rational_negate(high), rational_negate(low));
  return raised(opposite) ? kRaise : rational_negate(opposite);
}

Value rationalize_exactly(Value x, Value y) {
  if (rational_sign(y) < 0) y = rational_negate(y);
  return simplest(rational_subtract(x, y), rational_add(x, y));
}

bool is_finite_real(Value v) { return !is_flonum(v) || std::isfinite(flonum_value(v)); }

// Within an infinite distance lies 0; from an infinity nothing else is near.
double rationalize_infinities(double x, double y) {
  if (std::isnan(x) || std::isnan(y)) return x + y;
  if (std::isinf(y)) return std::isinf(x) ? NAN : 0.0;
  return x;
}

Value prim_rationalize(Value x, Value y) {
  if (!is_real(x)) return not_a_real("rationalize", 1, x);
  if (!is_real(y)) return not_a_real("rationalize", 2, y);
  bool inexact = is_flonum(x) || is_flonum(y);
  if (!is_finite_real(x) || !is_finite_real(y)) return flonum(rationalize_infinities(to_double(x), to_double(y)));
  if (is_flonum(x)) x = double_to_exact(flonum_value(x));
  if (is_flonum(y)) y = double_to_exact(flonum_value(y));
  if (raised(x) || raised(y)) return kRaise;
  Value answer = rationalize_exactly(x, y);
  return inexact && !raised(answer) ? flonum(to_double(answer)) : answer;
}

const Primitive kTable[] = {
    primitive("floor", prim_floor, 1, kPure),
    primitive("ceiling", prim_ceiling, 1, kPure),
    primitive("truncate", prim_truncate, 1, kPure),
    primitive("round", prim_round, 1, kPure),
    primitive("rationalize", prim_rationalize, 2, kPure),
};

}  // namespace

std::span<const Primitive> rounding_primitives() { return kTable; }

}  // namespace perdure::runtime
