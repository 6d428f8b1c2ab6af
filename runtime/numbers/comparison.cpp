// = < > <= >= and the tests of sign.
#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"

namespace perdure::runtime {
namespace {

struct Equal {
  static constexpr std::string_view kName = "=";
  template <class T> static bool holds(T a, T b) { return a == b; }
  static bool holds(Order o) { return o == Order::kEqual; }
};
struct Less {
  static constexpr std::string_view kName = "<";
  template <class T> static bool holds(T a, T b) { return a < b; }
  static bool holds(Order o) { return o == Order::kLess; }
};
struct LessEqual {
  static constexpr std::string_view kName = "<=";
  template <class T> static bool holds(T a, T b) { return a <= b; }
  static bool holds(Order o) { return o == Order::kLess || o == Order::kEqual; }
};
struct Greater {
  static constexpr std::string_view kName = ">";
  template <class T> static bool holds(T a, T b) { return a > b; }
  static bool holds(Order o) { return o == Order::kGreater; }
};
struct GreaterEqual {
  static constexpr std::string_view kName = ">=";
  template <class T> static bool holds(T a, T b) { return a >= b; }
  static bool holds(Order o) { return o == Order::kGreater || o == Order::kEqual; }
};

// One of them is no real: complex numbers have no order.
template <class Relation> Value compare_others(Value a, Value b) {
  if (Relation::kName != "=") return is_real(a) ? not_a_real(Relation::kName, 2, b) : not_a_real(Relation::kName, 1, a);
  if (!is_number(a)) return not_a_number("=", 1, a);
  return is_number(b) ? complex_equal(a, b) : not_a_number("=", 2, b);
}

// So small that it is a double.
bool is_small_fixnum(Value v) {
  constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
  return v.is_fixnum() && fixnum_value(v) >= -kExactInDouble && fixnum_value(v) <= kExactInDouble;
}

template <class Relation> inline Value compare(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return boolean(Relation::holds(fixnum_value(a), fixnum_value(b)));
  if (a.is_self_tagged_flonum() && b.is_self_tagged_flonum())
    return boolean(Relation::holds(word_to_flonum(a.bits), word_to_flonum(b.bits)));
  if (a.is_self_tagged_flonum() && is_small_fixnum(b))
    return boolean(Relation::holds(word_to_flonum(a.bits), static_cast<double>(fixnum_value(b))));
  if (is_small_fixnum(a) && b.is_self_tagged_flonum())
    return boolean(Relation::holds(static_cast<double>(fixnum_value(a)), word_to_flonum(b.bits)));
  if (!is_real(a) || !is_real(b)) return compare_others<Relation>(a, b);
  Order order = compare_reals(a, b);
  return order == Order::kFailed ? kRaise : boolean(Relation::holds(order));
}

template <class Test> Value test_sign(std::string_view who, Value a, Test test) {
  if (is_flonum(a)) return boolean(test(flonum_value(a)));
  if (!is_exact_rational(a)) return who == "zero?" ? not_a_number(who, 1, a) : not_a_real(who, 1, a);
  return boolean(test(rational_sign(a)));
}

}  // namespace

Value number_equal(Value a, Value b) { return compare<Equal>(a, b); }
Value number_less(Value a, Value b) { return compare<Less>(a, b); }
Value number_less_equal(Value a, Value b) { return compare<LessEqual>(a, b); }
Value number_greater(Value a, Value b) { return compare<Greater>(a, b); }
Value number_greater_equal(Value a, Value b) { return compare<GreaterEqual>(a, b); }

Value number_is_zero_of_two(Value a, Value) { return number_is_zero(a); }

Value number_is_zero(Value a) {
  if (!is_number(a)) return not_a_number("zero?", 1, a);
  if (is_compnum(a)) return complex_equal(a, fixnum(0));
  return test_sign("zero?", a, [](auto x) { return x == 0; });
}
Value number_is_positive(Value a) {
  return test_sign("positive?", a, [](auto x) { return x > 0; });
}
Value number_is_negative(Value a) {
  return test_sign("negative?", a, [](auto x) { return x < 0; });
}

}  // namespace perdure::runtime
