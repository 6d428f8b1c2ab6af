#include "runtime/numbers/root.h"

#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"

namespace perdure::runtime {
namespace {

// kFalse when n is no square.
Value perfect_root(Value n) {
  Value root, rest;
  if (!integer_square_root(n, &root, &rest) || raised(root) || raised(rest)) return kRaise;
  return rest == fixnum(0) ? root : kFalse;
}

// Below 2^52 the nearest double is whole only when the root is.
Value small_root(std::int64_t n) {
  double root = std::sqrt(static_cast<double>(n));
  return std::trunc(root) == root ? fixnum(static_cast<std::int64_t>(root)) : flonum(root);
}

// sqrt(n/d) from the whole root of n * 4^k / d, with k such that this has more than 64 bits: what is dropped can then
// decide nothing but a tie.
Value nearest_root(Value n, Value d) {
  auto bits = static_cast<std::int64_t>(IntegerView(n).bits()) - static_cast<std::int64_t>(IntegerView(d).bits());
  std::int64_t k = bits < 132 ? (134 - bits) / 2 : 0;
  Value scaled, left_over, root, rest;
  if (!integer_divide(integer_shift(n, 2 * k), d, &scaled, &left_over) || raised(left_over)) return kRaise;
  if (!integer_square_root(scaled, &root, &rest) || raised(root) || raised(rest)) return kRaise;
  bool sticky = left_over != fixnum(0) || rest != fixnum(0);
  IntegerView view(root);
  return flonum(round_to_double(view.limbs(), view.size(), sticky, -k, false));
}

// A root times a power, for an exponent like 3/2; kFalse when that is not exact.
Value half_power(Value z, Value w) {
  if (is_inexact(z) || !is_ratnum(w) || rational_denominator(w) != fixnum(2)) return kFalse;
  Value root = number_square_root(z);
  if (raised(root)) return kRaise;
  return is_inexact(root) ? kFalse : number_power(root, rational_numerator(w));
}

Value flonum_to_integer_power(double z, Value w) {
  if (w == fixnum(0)) return fixnum(1);
  // A large odd exponent may become even as a double: so the sign is our own business.
  double magnitude = std::pow(std::fabs(z), to_double(w));
  return flonum(std::signbit(z) && integer_is_odd(w) ? -magnitude : magnitude);
}

// 0^w for a complex w: only where its real part is positive it is a number.
Value zero_power(Value z, Value w) {
  if (number_is_zero(w) == kTrue) return flonum(1);
  return number_is_positive(real_part(w)) == kTrue ? z : divide_by_zero("expt", fixnum(1));
}

bool is_whole(double d) { return std::trunc(d) == d; }

Value real_power(Value z, Value w) {
  double x = to_double(z), y = to_double(w);
  if (z == fixnum(0) && y < 0) return divide_by_zero("expt", fixnum(1));
  bool is_below_zero = is_flonum(z) ? x < 0 : rational_sign(z) < 0;
  if (is_below_zero && !is_whole(y) && !std::isnan(y)) return complex_power(z, w);
  bool beyond = !is_flonum(z) && z != fixnum(0) && (std::isinf(x) || x == 0);
  if (beyond && rational_sign(z) > 0) return flonum(std::exp(y * exact_logarithm(z)));
  return flonum(std::pow(x, y));
}

}  // namespace

Value exact_square_root(Value q) {
  Value n = rational_numerator(q), d = rational_denominator(q);
  Value n_root = perfect_root(n);
  if (raised(n_root)) return kRaise;
  if (n_root == kFalse) return nearest_root(n, d);
  Value d_root = perfect_root(d);
  if (raised(d_root)) return kRaise;
  return d_root == kFalse ? nearest_root(n, d) : make_reduced_rational(n_root, d_root);
}

Value number_square_root(Value z) {
  if (is_compnum(z)) return complex_square_root(z);
  if (!is_real(z)) return not_a_number("sqrt", 1, z);
  if (is_flonum(z)) {
    double d = flonum_value(z);
    return d < 0 ? make_rectangular(fixnum(0), flonum(std::sqrt(-d))) : flonum(std::sqrt(d));
  }
  if (rational_sign(z) < 0) return make_rectangular(fixnum(0), number_square_root(rational_negate(z)));
  if (z.is_fixnum() && fixnum_value(z) < std::int64_t{1} << 52) return small_root(fixnum_value(z));
  return exact_square_root(z);
}

Value exact_power(Value base, Value exponent) {
  bool inverse = integer_sign(exponent) < 0;
  if (base == fixnum(0) && inverse) return divide_by_zero("expt", fixnum(1));
  if (base == fixnum(1) || exponent == fixnum(0)) return fixnum(1);
  if (base == fixnum(0)) return base;
  if (base == fixnum(-1)) return integer_is_odd(exponent) ? base : fixnum(1);
  if (!exponent.is_fixnum()) return out_of_memory();
  auto times = static_cast<std::uint64_t>(std::abs(fixnum_value(exponent)));
  Value power = make_reduced_rational(integer_power(rational_numerator(base), times), integer_power(rational_denominator(base), times));
  return inverse ? rational_divide(fixnum(1), power) : power;
}

Value number_power(Value z, Value w) {
  if (!is_number(z)) return not_a_number("expt", 1, z);
  if (!is_number(w)) return not_a_number("expt", 2, w);
  if (is_compnum(z) && is_exact_integer(w)) return complex_integer_power(z, w);
  if (is_compnum(w) && number_is_zero(z) == kTrue) return zero_power(z, w);
  if (is_exact_integer(w)) return is_flonum(z) ? flonum_to_integer_power(flonum_value(z), w) : exact_power(z, w);
  Value exact = half_power(z, w);
  if (exact != kFalse) return exact;
  if (is_real(z) && is_real(w)) return real_power(z, w);
  return number_is_zero(z) == kTrue ? zero_power(z, w) : complex_power(z, w);
}

double exact_logarithm(Value q) {
  double d = to_double(q);
  if (std::isnormal(d)) return std::log(d);
  if (is_ratnum(q)) return exact_logarithm(rational_numerator(q)) - exact_logarithm(rational_denominator(q));
  IntegerView view(q);
  auto exponent = static_cast<std::int64_t>(view.bits());
  double mantissa = round_to_double(view.limbs(), view.size(), false, -exponent, false);
  return std::log(mantissa) + static_cast<double>(exponent) * 0.693147180559945309417;
}

}  // namespace perdure::runtime
