// Procedures of flonums alone (SRFI 144): what they are, their parts and arithmetic. Every argument is checked. Compiled
// code opens the usual cases of the commonest (compiler/inline_table.cpp) and comes here for the rest.
#include <cmath>
#include <functional>
#include <limits>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/flonum_arguments.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

// --- comparison ------------------------------------------------------------------------------------------------------------
bool check_all(std::string_view who, const Value* arguments, std::uint64_t count) {
  double ignored;
  for (std::uint64_t i = 0; i < count; ++i)
    if (!take_flonum(who, static_cast<int>(i) + 1, arguments[i], &ignored)) return false;
  return true;
}
template <FixedString kName, class Holds> Value compare(const Value* arguments, std::uint64_t count) {
  if (!check_all(kName.view(), arguments, count)) return kRaise;
  for (std::uint64_t i = 1; i < count; ++i)
    if (!Holds{}(flonum_value(arguments[i - 1]), flonum_value(arguments[i]))) return kFalse;
  return kTrue;
}
template <FixedString kName, bool (*kHolds)(double)> Value test(Value x) {
  double d;
  return take_flonum(kName.view(), 1, x, &d) ? boolean(kHolds(d)) : kRaise;
}
Value prim_fl_unordered(Value x, Value y) {
  double a, b;
  return take_flonums("flunordered?", x, y, &a, &b) ? boolean(std::isunordered(a, b)) : kRaise;
}

bool is_whole(double d) { return std::isfinite(d) && std::trunc(d) == d; }
bool is_zero(double d) { return d == 0; }
bool is_positive(double d) { return d > 0; }
bool is_negative(double d) { return d < 0; }
bool is_finite(double d) { return std::isfinite(d); }
bool is_infinite(double d) { return std::isinf(d); }
bool is_nan(double d) { return std::isnan(d); }
bool is_normal(double d) { return std::isnormal(d); }
bool is_subnormal(double d) { return std::fpclassify(d) == FP_SUBNORMAL; }

template <FixedString kName> Value parity(Value x, bool odd) {
  double d;
  if (!take_flonum(kName.view(), 1, x, &d)) return kRaise;
  if (!is_whole(d)) return wrong_type(kName.view(), 1, "integral flonum", x);
  return boolean((std::fmod(d, 2) != 0) == odd);
}
Value prim_fl_is_odd(Value x) { return parity<"flodd?">(x, true); }
Value prim_fl_is_even(Value x) { return parity<"fleven?">(x, false); }

// --- making and taking apart ---------------------------------------------------------------------------------------------
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Value prim_flonum(Value number) {
  if (is_flonum(number)) return number;
  if (is_real(number)) return flonum(to_double(number));
  return is_number(number) ? flonum(kNan) : not_a_number("flonum", 1, number);
}
// An exact integer as an int: what lies beyond is as good as the limit.
int clamped(Value n, int limit) {
  if (!n.is_fixnum()) return integer_sign(n) < 0 ? -limit : limit;
  return static_cast<int>(std::clamp<std::int64_t>(fixnum_value(n), -limit, limit));
}
Value prim_make_flonum(Value x, Value n) {
  double d;
  if (!take_flonum("make-flonum", 1, x, &d)) return kRaise;
  if (!is_exact_integer(n)) return wrong_type("make-flonum", 2, "exact integer", n);
  return flonum(std::ldexp(d, clamped(n, 5000)));
}

Value two(double first, Value second) {
  const Value both[] = {flonum(first), second};
  return raised(both[0]) || raised(second) ? kRaise : make_values(both, 2);
}
Value prim_fl_integer_fraction(Value x) {
  double d, whole;
  if (!take_flonum("flinteger-fraction", 1, x, &d)) return kRaise;
  const double fraction = std::modf(d, &whole);
  return two(whole, flonum(fraction));
}
Value prim_fl_integer_exponent(Value x) {
  double d;
  return take_flonum("flinteger-exponent", 1, x, &d) ? fixnum(std::ilogb(d)) : kRaise;
}
Value prim_fl_fraction_exponent(Value x) {
  double d;
  if (!take_flonum("flnormalized-fraction-exponent", 1, x, &d)) return kRaise;
  int exponent = 0;
  const double fraction = std::isfinite(d) ? std::frexp(d, &exponent) : d;
  return two(fraction, fixnum(exponent));
}
Value prim_fl_sign_bit(Value x) {
  double d;
  return take_flonum("flsign-bit", 1, x, &d) ? fixnum(std::signbit(d)) : kRaise;
}

// A finite double as an odd integer, or a whole double, over a power of two.
double numerator_of(double d, double* denominator) {
  *denominator = std::isnan(d) ? d : 1;
  if (!std::isfinite(d) || is_whole(d)) return d;
  int exponent;
  double n = std::ldexp(std::frexp(d, &exponent), 53);
  exponent -= 53;
  while (std::fmod(n, 2) == 0) n /= 2, ++exponent;
  *denominator = std::ldexp(1, -exponent);
  return n;
}
double numerator(double d) {
  double ignored;
  return numerator_of(d, &ignored);
}
double denominator(double d) {
  double below;
  numerator_of(d, &below);
  return below;
}

// --- arithmetic ------------------------------------------------------------------------------------------------------------
// Of any number of arguments; of none: `none`.
template <FixedString kName, double (*kOfTwo)(double, double)> Value fold(const Value* arguments, std::uint64_t count, double none) {
  if (!check_all(kName.view(), arguments, count)) return kRaise;
  if (count == 0) return flonum(none);
  double answer = flonum_value(arguments[0]);
  for (std::uint64_t i = 1; i < count; ++i) answer = kOfTwo(answer, flonum_value(arguments[i]));
  return flonum(answer);
}
double add(double a, double b) { return a + b; }
double subtract(double a, double b) { return a - b; }
double multiply(double a, double b) { return a * b; }
double divide(double a, double b) { return a / b; }
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Value prim_fl_add(const Value* v, std::uint64_t n) { return fold<"fl+", add>(v, n, 0); }
Value prim_fl_multiply(const Value* v, std::uint64_t n) { return fold<"fl*", multiply>(v, n, 1); }
Value prim_fl_max(const Value* v, std::uint64_t n) { return fold<"flmax", std::fmax>(v, n, -kInfinity); }
Value prim_fl_min(const Value* v, std::uint64_t n) { return fold<"flmin", std::fmin>(v, n, kInfinity); }
Value prim_fl_subtract(const Value* v, std::uint64_t n) {
  if (n == 1 && is_flonum(v[0])) return flonum(-flonum_value(v[0]));
  return fold<"fl-", subtract>(v, n, 0);
}
Value prim_fl_divide(const Value* v, std::uint64_t n) {
  if (n == 1 && is_flonum(v[0])) return flonum(1 / flonum_value(v[0]));
  return fold<"fl/", divide>(v, n, 1);
}
Value prim_fl_multiply_add(Value x, Value y, Value z) {
  double a, b, c;
  if (!take_flonums("fl+*", x, y, &a, &b) || !take_flonum("fl+*", 3, z, &c)) return kRaise;
  return flonum(std::fma(a, b, c));
}
double absolute_difference(double a, double b) { return std::fabs(a - b); }
double sign(double d) { return std::copysign(1, d); }

// Truncated: the quotient that was rounded may have reached an integer that the true one has not.
double quotient(double a, double b) {
  const double q = std::trunc(a / b);
  const double rest = std::fma(-q, b, a);
  return rest != 0 && !std::isnan(rest) && std::isfinite(b) && std::signbit(rest) != std::signbit(a) ? q - std::copysign(1, q) : q;
}
Value prim_fl_remquo(Value x, Value y) {
  double a, b;
  if (!take_flonums("flremquo", x, y, &a, &b)) return kRaise;
  int bits = 0;
  const double rest = std::remquo(a, b, &bits);
  return two(rest, fixnum(std::isnan(rest) ? 0 : bits));
}

constexpr std::uint8_t kTest = kPure | kPredicate;
constexpr std::uint8_t kNumber = kPure | kFlonum;

const Primitive kTable[] = {
    primitive("fl=?", compare<"fl=?", std::equal_to<>>, 1, kTest),
    primitive("fl<?", compare<"fl<?", std::less<>>, 1, kTest),
    primitive("fl>?", compare<"fl>?", std::greater<>>, 1, kTest),
    primitive("fl<=?", compare<"fl<=?", std::less_equal<>>, 1, kTest),
    primitive("fl>=?", compare<"fl>=?", std::greater_equal<>>, 1, kTest),
    primitive("flunordered?", prim_fl_unordered, 2, kTest),
    primitive("flinteger?", test<"flinteger?", is_whole>, 1, kTest),
    primitive("flzero?", test<"flzero?", is_zero>, 1, kTest),
    primitive("flpositive?", test<"flpositive?", is_positive>, 1, kTest),
    primitive("flnegative?", test<"flnegative?", is_negative>, 1, kTest),
    primitive("flodd?", prim_fl_is_odd, 1, kTest),
    primitive("fleven?", prim_fl_is_even, 1, kTest),
    primitive("flfinite?", test<"flfinite?", is_finite>, 1, kTest),
    primitive("flinfinite?", test<"flinfinite?", is_infinite>, 1, kTest),
    primitive("flnan?", test<"flnan?", is_nan>, 1, kTest),
    primitive("flnormalized?", test<"flnormalized?", is_normal>, 1, kTest),
    primitive("fldenormalized?", test<"fldenormalized?", is_subnormal>, 1, kTest),
    primitive("flonum", prim_flonum, 1, kNumber),
    primitive("make-flonum", prim_make_flonum, 2, kNumber),
    primitive("fladjacent", of_two<"fladjacent", std::nextafter>, 2, kNumber),
    primitive("flcopysign", of_two<"flcopysign", std::copysign>, 2, kNumber),
    primitive("flinteger-fraction", prim_fl_integer_fraction),
    primitive("flexponent", of_one<"flexponent", std::logb>, 1, kNumber),
    primitive("flinteger-exponent", prim_fl_integer_exponent, 1, kPure | kFixnum),
    primitive("flnormalized-fraction-exponent", prim_fl_fraction_exponent),
    primitive("flsign-bit", prim_fl_sign_bit, 1, kPure | kFixnum),
    primitive("fl+", prim_fl_add, 0, kNumber),
    primitive("fl*", prim_fl_multiply, 0, kNumber),
    primitive("fl-", prim_fl_subtract, 1, kNumber),
    primitive("fl/", prim_fl_divide, 1, kNumber),
    primitive("fl+*", prim_fl_multiply_add, 3, kNumber),
    primitive("flmax", prim_fl_max, 0, kNumber),
    primitive("flmin", prim_fl_min, 0, kNumber),
    primitive("flabs", of_one<"flabs", std::fabs>, 1, kNumber),
    primitive("flabsdiff", of_two<"flabsdiff", absolute_difference>, 2, kNumber),
    primitive("flposdiff", of_two<"flposdiff", std::fdim>, 2, kNumber),
    primitive("flsgn", of_one<"flsgn", sign>, 1, kNumber),
    primitive("flnumerator", of_one<"flnumerator", numerator>, 1, kNumber),
    primitive("fldenominator", of_one<"fldenominator", denominator>, 1, kNumber),
    primitive("flfloor", of_one<"flfloor", std::floor>, 1, kNumber),
    primitive("flceiling", of_one<"flceiling", std::ceil>, 1, kNumber),
    primitive("flround", of_one<"flround", std::rint>, 1, kNumber),
    primitive("fltruncate", of_one<"fltruncate", std::trunc>, 1, kNumber),
    primitive("flquotient", of_two<"flquotient", quotient>, 2, kNumber),
    primitive("flremainder", of_two<"flremainder", std::fmod>, 2, kNumber),
    primitive("flremquo", prim_fl_remquo),
};

}  // namespace

std::span<const Primitive> flonum_primitives() { return kTable; }

}  // namespace perdure::runtime
