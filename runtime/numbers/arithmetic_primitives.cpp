// The variadic procedures: every argument is checked first, so that an error names its position, and then they fold.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kAllNumbers = ~std::uint64_t{0};

template <class Predicate> std::uint64_t first_wrong(const Value* arguments, std::uint64_t count, Predicate is_right) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!is_right(arguments[i])) return i;
  return kAllNumbers;
}

Value fold(std::string_view who, Value (*operation)(Value, Value), Value first, const Value* rest, std::uint64_t count, int position) {
  std::uint64_t wrong = first_wrong(rest, count, is_number);
  if (!is_number(first)) return not_a_number(who, 1, first);
  if (wrong != kAllNumbers) return not_a_number(who, static_cast<int>(wrong) + position, rest[wrong]);
  for (std::uint64_t i = 0; i < count && !raised(first); ++i) first = operation(first, rest[i]);
  return first;
}

// One argument is the answer as it is: 0 + -0.0 would be 0.0.
Value prim_add(const Value* arguments, std::uint64_t count) {
  if (count == 2) return number_add(arguments[0], arguments[1]);
  if (count == 0) return fixnum(0);
  return fold("+", number_add, arguments[0], arguments + 1, count - 1, 2);
}

Value prim_multiply(const Value* arguments, std::uint64_t count) {
  if (count == 2) return number_multiply(arguments[0], arguments[1]);
  if (count == 0) return fixnum(1);
  return fold("*", number_multiply, arguments[0], arguments + 1, count - 1, 2);
}

Value prim_subtract(const Value* arguments, std::uint64_t count) {
  if (count == 2) return number_subtract(arguments[0], arguments[1]);
  if (count == 1) return number_negate(arguments[0]);
  return fold("-", number_subtract, arguments[0], arguments + 1, count - 1, 2);
}

Value prim_divide(const Value* arguments, std::uint64_t count) {
  if (count == 2) return number_divide(arguments[0], arguments[1]);
  if (count == 1) return number_invert(arguments[0]);
  return fold("/", number_divide, arguments[0], arguments + 1, count - 1, 2);
}

Value compare_all(std::string_view who, Value (*holds)(Value, Value), const Value* arguments, std::uint64_t count) {
  if (count == 2) return holds(arguments[0], arguments[1]);
  bool any_number = who == "=";
  std::uint64_t wrong = first_wrong(arguments, count, any_number ? is_number : is_real);
  if (wrong != kAllNumbers) {
    int position = static_cast<int>(wrong) + 1;
    return any_number ? not_a_number(who, position, arguments[wrong]) : not_a_real(who, position, arguments[wrong]);
  }
  for (std::uint64_t i = 1; i < count; ++i) {
    Value answer = holds(arguments[i - 1], arguments[i]);
    if (answer != kTrue) return answer;
  }
  return kTrue;
}

Value prim_equal(const Value* arguments, std::uint64_t count) { return compare_all("=", number_equal, arguments, count); }
Value prim_less(const Value* arguments, std::uint64_t count) { return compare_all("<", number_less, arguments, count); }
Value prim_less_equal(const Value* arguments, std::uint64_t count) { return compare_all("<=", number_less_equal, arguments, count); }
Value prim_greater(const Value* arguments, std::uint64_t count) { return compare_all(">", number_greater, arguments, count); }
Value prim_greater_equal(const Value* arguments, std::uint64_t count) {
  return compare_all(">=", number_greater_equal, arguments, count);
}

// One inexact argument makes the answer inexact, and one NaN makes it a NaN.
Value extreme(std::string_view who, Order wanted, const Value* arguments, std::uint64_t count) {
  std::uint64_t wrong = first_wrong(arguments, count, is_real);
  if (wrong != kAllNumbers) return not_a_real(who, static_cast<int>(wrong) + 1, arguments[wrong]);
  Value best = arguments[0];
  bool inexact = is_flonum(best);
  for (std::uint64_t i = 1; i < count; ++i) {
    Order order = compare_reals(arguments[i], best);
    if (order == Order::kFailed) return kRaise;
    inexact = inexact || is_flonum(arguments[i]);
    bool is_nan = order == Order::kUnordered && is_flonum(arguments[i]) && std::isnan(flonum_value(arguments[i]));
    if (order == wanted || is_nan) best = arguments[i];
  }
  return inexact && !is_flonum(best) ? flonum(to_double(best)) : best;
}

Value prim_max(const Value* arguments, std::uint64_t count) { return extreme("max", Order::kGreater, arguments, count); }
Value prim_min(const Value* arguments, std::uint64_t count) { return extreme("min", Order::kLess, arguments, count); }

Value prim_abs(Value x) {
  if (is_flonum(x)) return flonum(std::fabs(flonum_value(x)));
  if (!is_exact_rational(x)) return not_a_real("abs", 1, x);
  return rational_sign(x) < 0 ? rational_negate(x) : x;
}

Value prim_square(Value x) { return is_number(x) ? number_multiply(x, x) : not_a_number("square", 1, x); }

const Primitive kTable[] = {
    primitive("+", prim_add, 0, kPure),
    primitive("*", prim_multiply, 0, kPure),
    primitive("-", prim_subtract, 1, kPure),
    primitive("/", prim_divide, 1, kPure),
    primitive("=", prim_equal, 1, kPure | kPredicate),
    primitive("<", prim_less, 1, kPure | kPredicate),
    primitive("<=", prim_less_equal, 1, kPure | kPredicate),
    primitive(">", prim_greater, 1, kPure | kPredicate),
    primitive(">=", prim_greater_equal, 1, kPure | kPredicate),
    primitive("zero?", number_is_zero, 1, kPure | kPredicate),
    primitive("positive?", number_is_positive, 1, kPure | kPredicate),
    primitive("negative?", number_is_negative, 1, kPure | kPredicate),
    primitive("max", prim_max, 1, kPure),
    primitive("min", prim_min, 1, kPure),
    primitive("abs", prim_abs, 1, kPure),
    primitive("square", prim_square, 1, kPure),
};

}  // namespace

std::span<const Primitive> arithmetic_primitives() { return kTable; }

}  // namespace perdure::runtime
