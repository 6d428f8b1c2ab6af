// exp, log and the circle. An exact argument at which the answer is a whole number gives it exactly: (exp 0) is 1. What
// has no real answer has a complex one.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"
#include "runtime/numbers/primitives.h"
#include "runtime/numbers/root.h"

namespace perdure::runtime {
namespace {

// The exact argument `at` gives the exact answer `answer`.
Value apply_at(std::string_view who, double (*function)(double), Complex (*of_complex)(Complex), Value x, int at, int answer) {
  if (is_compnum(x)) return from_complex(of_complex(to_complex(x)));
  if (!is_real(x)) return not_a_number(who, 1, x);
  return x == fixnum(at) ? fixnum(answer) : flonum(function(to_double(x)));
}

Value prim_exp(Value x) { return apply_at("exp", [](double d) { return std::exp(d); }, complex_exp, x, 0, 1); }
Value prim_sin(Value x) { return apply_at("sin", [](double d) { return std::sin(d); }, complex_sin, x, 0, 0); }
Value prim_cos(Value x) { return apply_at("cos", [](double d) { return std::cos(d); }, complex_cos, x, 0, 1); }
Value prim_tan(Value x) { return apply_at("tan", [](double d) { return std::tan(d); }, complex_tan, x, 0, 0); }

bool in_unit_interval(Value x) {
  double d = to_double(x);
  return !(d > 1 || d < -1);
}

// The cuts of asin and acos belong to quadrant IV on the right and to quadrant II on the left.
Complex beside_cut(Value x) {
  double d = to_double(x);
  return {d, d > 0 ? -0.0 : 0.0};
}

Value prim_asin(Value x) {
  if (is_real(x) && !in_unit_interval(x)) return from_complex(complex_asin(beside_cut(x)));
  return apply_at("asin", [](double d) { return std::asin(d); }, complex_asin, x, 0, 0);
}

Value prim_acos(Value x) {
  if (is_real(x) && !in_unit_interval(x)) return from_complex(complex_acos(beside_cut(x)));
  return apply_at("acos", [](double d) { return std::acos(d); }, complex_acos, x, 1, 0);
}

bool both_exact(Value a, Value b) { return !is_flonum(a) && !is_flonum(b); }

// Brings two exact numbers, not both zero, to doubles of the same quotient.
bool scale_together(Value& y, Value& x) {
  if (std::isfinite(to_double(y)) && std::isfinite(to_double(x))) return true;
  Value whole = integer_add(integer_abs(rational_floor(y)), integer_abs(rational_floor(x)));
  if (raised(whole)) return false;
  y = rational_divide(y, whole);
  x = rational_divide(x, whole);
  return !raised(y) && !raised(x);
}

Value arc_of(Value y, Value x) {
  if (!is_real(y)) return not_a_real("atan", 1, y);
  if (!is_real(x)) return not_a_real("atan", 2, x);
  if (both_exact(y, x)) {
    if (y == fixnum(0) && x == fixnum(0)) return divide_by_zero("atan", y);
    if (y == fixnum(0) && rational_sign(x) > 0) return y;
    if (!scale_together(y, x)) return kRaise;
  }
  return flonum(std::atan2(to_double(y), to_double(x)));
}

// An exact zero as the real part of z makes that of 1 + iz exact too: so it lies on the side where (log (+ 1 (* +i z))) is
// the logarithm of a real.
Value complex_arc_tangent(Value z) {
  if (is_inexact(z) || real_part(z) != fixnum(0)) return from_complex(complex_atan(to_complex(z)));
  Value y = imaginary_part(z);
  if (y == fixnum(1) || y == fixnum(-1)) return divide_by_zero("atan", z);
  return from_complex(complex_atan({std::copysign(0, to_double(y)), to_double(y)}));
}

Value prim_atan(Value y, Value x) {
  if (x != kDefault) return arc_of(y, x);
  if (is_compnum(y)) return complex_arc_tangent(y);
  return apply_at("atan", [](double d) { return std::atan(d); }, complex_atan, y, 0, 0);
}

Value natural_logarithm(Value x, int position) {
  if (is_compnum(x)) return from_complex(number_logarithm(x));
  if (!is_real(x)) return not_a_number("log", position, x);
  if (x == fixnum(1)) return fixnum(0);
  if (x == fixnum(0)) return wrong_type("log", position, "number other than exact zero", x);
  if (is_flonum(x) && !(flonum_value(x) < 0)) return flonum(std::log(flonum_value(x)));
  if (!is_flonum(x) && rational_sign(x) > 0) return flonum(exact_logarithm(x));
  return from_complex(number_logarithm(x));
}

// The logarithms to 2 and 10 have functions of their own, which are exact at powers.
Value prim_log(Value x, Value base) {
  Value natural = natural_logarithm(x, 1);
  if (base == kDefault || raised(natural)) return natural;
  if (is_real(base) && is_real(natural)) {
    double b = to_double(base), d = to_double(x);
    if ((b == 2 || b == 10) && std::isnormal(d)) return flonum(b == 2 ? std::log2(d) : std::log10(d));
  }
  Value of_base = natural_logarithm(base, 2);
  if (raised(of_base)) return kRaise;
  return of_base == fixnum(0) ? divide_by_zero("log", natural) : number_divide(natural, of_base);
}

const Primitive kTable[] = {
    primitive("exp", prim_exp, 1, kPure),
    primitive("log", prim_log, 1, kPure),
    primitive("sin", prim_sin, 1, kPure),
    primitive("cos", prim_cos, 1, kPure),
    primitive("tan", prim_tan, 1, kPure),
    primitive("asin", prim_asin, 1, kPure),
    primitive("acos", prim_acos, 1, kPure),
    primitive("atan", prim_atan, 1, kPure),
    primitive("sqrt", number_square_root, 1, kPure),
    primitive("expt", number_power, 2, kPure),
};

}  // namespace

std::span<const Primitive> transcendental_primitives() { return kTable; }

}  // namespace perdure::runtime
