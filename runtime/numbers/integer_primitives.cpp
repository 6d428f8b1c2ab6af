// Procedures on integers of either exactness: the divisions, gcd and lcm, odd and even; and exact roots.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

// One of the four ways to divide: on exact integers, and on doubles that are integers below 2^52 (where the rounded
// quotient of two of them lies on the right side of every integer).
struct Division {
  Value (*exact)(Value, Value);
  double (*flonums)(double, double);
};

double modulo_of_doubles(double x, double y) {
  double r = std::fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

constexpr Division kTruncateQuotient = {integer_quotient, [](double x, double y) { return std::trunc(x / y); }};
constexpr Division kTruncateRemainder = {integer_remainder, [](double x, double y) { return std::fmod(x, y); }};
constexpr Division kFloorQuotient = {integer_floor_quotient, [](double x, double y) { return std::floor(x / y); }};
constexpr Division kFloorRemainder = {integer_modulo, modulo_of_doubles};

Value not_an_integer(std::string_view who, int position, Value got) { return wrong_type(who, position, "integer", got); }
Value exact_value(Value integer) { return is_flonum(integer) ? double_to_exact(flonum_value(integer)) : integer; }
Value inexact_value(Value exact) { return raised(exact) ? exact : flonum(to_double(exact)); }

bool is_small_flonum(Value v) { return is_flonum(v) && std::fabs(flonum_value(v)) < 0x1p52; }

// False: the condition is pending.
bool check_division(std::string_view who, Value a, Value b) {
  if (!is_integer(a)) return not_an_integer(who, 1, a), false;
  if (!is_integer(b)) return not_an_integer(who, 2, b), false;
  if (is_flonum(b) ? flonum_value(b) == 0 : b == fixnum(0)) return divide_by_zero(who, a), false;
  return true;
}

// Of arguments already checked.
Value divide_checked(const Division& division, Value a, Value b) {
  if (!is_flonum(a) && !is_flonum(b)) return division.exact(a, b);
  if (is_small_flonum(a) && is_small_flonum(b)) return flonum(division.flonums(flonum_value(a), flonum_value(b)));
  return inexact_value(division.exact(exact_value(a), exact_value(b)));
}

Value divide(std::string_view who, const Division& division, Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum() && b != fixnum(0)) return division.exact(a, b);
  return check_division(who, a, b) ? divide_checked(division, a, b) : kRaise;
}

Value divide_both(std::string_view who, const Division& first, const Division& second, Value a, Value b) {
  if (!check_division(who, a, b)) return kRaise;
  Value both[] = {divide_checked(first, a, b), divide_checked(second, a, b)};
  return raised(both[0]) || raised(both[1]) ? kRaise : make_values(both, 2);
}

Value prim_truncate_quotient(Value a, Value b) { return divide("truncate-quotient", kTruncateQuotient, a, b); }
Value prim_truncate_remainder(Value a, Value b) { return divide("truncate-remainder", kTruncateRemainder, a, b); }
Value prim_floor_quotient(Value a, Value b) { return divide("floor-quotient", kFloorQuotient, a, b); }
Value prim_floor_remainder(Value a, Value b) { return divide("floor-remainder", kFloorRemainder, a, b); }
Value prim_truncate_both(Value a, Value b) { return divide_both("truncate/", kTruncateQuotient, kTruncateRemainder, a, b); }
Value prim_floor_both(Value a, Value b) { return divide_both("floor/", kFloorQuotient, kFloorRemainder, a, b); }

// 1, 0, or -1 when it is no integer.
int parity(Value v) {
  if (is_exact_integer(v)) return integer_is_odd(v);
  return is_integer(v) ? std::fmod(flonum_value(v), 2) != 0 : -1;
}

Value prim_is_odd(Value v) {
  int odd = parity(v);
  return odd < 0 ? not_an_integer("odd?", 1, v) : boolean(odd);
}

Value prim_is_even(Value v) {
  int odd = parity(v);
  return odd < 0 ? not_an_integer("even?", 1, v) : boolean(!odd);
}

Value lcm_of_two(Value a, Value b) {
  if (a == fixnum(0) || b == fixnum(0)) return fixnum(0);
  return integer_abs(integer_multiply(a, integer_quotient(b, integer_gcd(a, b))));
}

Value fold_integers(std::string_view who, Value (*operation)(Value, Value), Value start, const Value* arguments, std::uint64_t count) {
  bool inexact = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!is_integer(arguments[i])) return not_an_integer(who, static_cast<int>(i) + 1, arguments[i]);
    inexact = inexact || is_flonum(arguments[i]);
  }
  for (std::uint64_t i = 0; i < count && !raised(start); ++i) start = operation(start, exact_value(arguments[i]));
  return inexact ? inexact_value(start) : start;
}

Value prim_gcd(const Value* arguments, std::uint64_t count) { return fold_integers("gcd", integer_gcd, fixnum(0), arguments, count); }
Value prim_lcm(const Value* arguments, std::uint64_t count) { return fold_integers("lcm", lcm_of_two, fixnum(1), arguments, count); }

Value prim_exact_integer_sqrt(Value n) {
  if (!is_exact_integer(n) || integer_sign(n) < 0) return wrong_type("exact-integer-sqrt", 1, "non-negative exact integer", n);
  Value both[2];
  if (!integer_square_root(n, &both[0], &both[1]) || raised(both[0]) || raised(both[1])) return kRaise;
  return make_values(both, 2);
}

const Primitive kTable[] = {
    primitive("quotient", number_quotient, 2, kPure),
    primitive("remainder", number_remainder, 2, kPure),
    primitive("modulo", number_modulo, 2, kPure),
    primitive("truncate-quotient", prim_truncate_quotient, 2, kPure),
    primitive("truncate-remainder", prim_truncate_remainder, 2, kPure),
    primitive("floor-quotient", prim_floor_quotient, 2, kPure),
    primitive("floor-remainder", prim_floor_remainder, 2, kPure),
    primitive("%truncate/", prim_truncate_both, 2, kPure),
    primitive("%floor/", prim_floor_both, 2, kPure),
    primitive("odd?", prim_is_odd, 1, kPure | kPredicate),
    primitive("even?", prim_is_even, 1, kPure | kPredicate),
    primitive("gcd", prim_gcd, 0, kPure),
    primitive("lcm", prim_lcm, 0, kPure),
    primitive("%exact-integer-sqrt", prim_exact_integer_sqrt, 1, kPure),
};

}  // namespace

Value number_quotient(Value a, Value b) { return divide("quotient", kTruncateQuotient, a, b); }
Value number_remainder(Value a, Value b) { return divide("remainder", kTruncateRemainder, a, b); }
Value number_modulo(Value a, Value b) { return divide("modulo", kFloorRemainder, a, b); }

std::span<const Primitive> integer_primitives() { return kTable; }

}  // namespace perdure::runtime
