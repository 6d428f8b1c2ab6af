// exp, log and the circle. An exact argument at which the answer is a whole number gives it exactly: (exp 0) is 1. What
// has no real answer is an error while there are no complex numbers.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/primitives.h"
#include "runtime/numbers/root.h"

namespace perdure::runtime {
namespace {

// The exact argument `at` gives the exact answer `answer`.
Value apply_at(std::string_view who, double (*function)(double), Value x, int at, int answer) {
  if (!is_real(x)) return not_a_number(who, 1, x);
  return x == fixnum(at) ? fixnum(answer) : flonum(function(to_double(x)));
}

Value prim_exp(Value x) { return apply_at("exp", [](double d) { return std::exp(d); }, x, 0, 1); }
Value prim_sin(Value x) { return apply_at("sin", [](double d) { return std::sin(d); }, x, 0, 0); }
Value prim_cos(Value x) { return apply_at("cos", [](double d) { return std::cos(d); }, x, 0, 1); }
Value prim_tan(Value x) { return apply_at("tan", [](double d) { return std::tan(d); }, x, 0, 0); }

bool in_unit_interval(Value x) {
  double d = to_double(x);
  return !(d > 1 || d < -1);
}

Value prim_asin(Value x) {
  if (is_real(x) && !in_unit_interval(x)) return wrong_type("asin", 1, "number from -1 to 1", x);
  return apply_at("asin", [](double d) { return std::asin(d); }, x, 0, 0);
}

Value prim_acos(Value x) {
  if (is_real(x) && !in_unit_interval(x)) return wrong_type("acos", 1, "number from -1 to 1", x);
  return apply_at("acos", [](double d) { return std::acos(d); }, x, 1, 0);
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

Value prim_atan(Value y, Value x) {
  return x == kDefault ? apply_at("atan", [](double d) { return std::atan(d); }, y, 0, 0) : arc_of(y, x);
}

Value natural_logarithm(Value x, int position) {
  if (!is_real(x)) return not_a_number("log", position, x);
  if (x == fixnum(1)) return fixnum(0);
  if (is_flonum(x)) {
    double d = flonum_value(x);
    return d < 0 ? wrong_type("log", position, "non-negative number", x) : flonum(std::log(d));
  }
  return rational_sign(x) > 0 ? flonum(exact_logarithm(x)) : wrong_type("log", position, "positive number", x);
}

// The logarithms to 2 and 10 have functions of their own, which are exact at powers.
Value prim_log(Value x, Value base) {
  Value natural = natural_logarithm(x, 1);
  if (base == kDefault || raised(natural)) return natural;
  if (is_real(base)) {
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
