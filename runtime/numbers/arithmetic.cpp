#include "runtime/numbers/arithmetic.h"

#include <algorithm>

#include "runtime/numbers/complex.h"

namespace perdure::runtime {
namespace {

struct Add {
  static constexpr std::string_view kName = "+";
  static double flonums(double a, double b) { return a + b; }
  static Value integers(Value a, Value b) { return integer_add(a, b); }
  static Value rationals(Value a, Value b) { return rational_add(a, b); }
  static Value complexes(Value a, Value b) { return complex_add(a, b); }
};
struct Subtract {
  static constexpr std::string_view kName = "-";
  static double flonums(double a, double b) { return a - b; }
  static Value integers(Value a, Value b) { return integer_subtract(a, b); }
  static Value rationals(Value a, Value b) { return rational_subtract(a, b); }
  static Value complexes(Value a, Value b) { return complex_subtract(a, b); }
};
struct Multiply {
  static constexpr std::string_view kName = "*";
  static double flonums(double a, double b) { return a * b; }
  static Value integers(Value a, Value b) { return integer_multiply(a, b); }
  static Value rationals(Value a, Value b) { return rational_multiply(a, b); }
  static Value complexes(Value a, Value b) { return complex_multiply(a, b); }
};
struct Divide {
  static constexpr std::string_view kName = "/";
  static double flonums(double a, double b) { return a / b; }
  static Value integers(Value a, Value b) { return make_rational(a, b); }
  static Value rationals(Value a, Value b) { return rational_divide(a, b); }
  static Value complexes(Value a, Value b) { return complex_divide(a, b); }
};

// The operands meet at the greater of their kinds.
template <class Operation> [[gnu::noinline]] Value meet(Value a, Value b) {
  Kind a_kind = kind_of(a), b_kind = kind_of(b);
  switch (std::max(a_kind, b_kind)) {
    case Kind::kFixnum:
    case Kind::kBignum: return Operation::integers(a, b);
    case Kind::kRatnum: return Operation::rationals(a, b);
    case Kind::kFlonum: return flonum(Operation::flonums(to_double(a), to_double(b)));
    case Kind::kCompnum: return Operation::complexes(a, b);
    default: return a_kind == Kind::kNone ? not_a_number(Operation::kName, 1, a) : not_a_number(Operation::kName, 2, b);
  }
}

// The common cases first: two flonums in words, and a fixnum with one.
template <class Operation> inline Value arithmetic(Value a, Value b) {
  if (a.is_self_tagged_flonum()) {
    double x = word_to_flonum(a.bits);
    if (b.is_self_tagged_flonum()) return flonum(Operation::flonums(x, word_to_flonum(b.bits)));
    if (b.is_fixnum()) return flonum(Operation::flonums(x, static_cast<double>(fixnum_value(b))));
  } else if (a.is_fixnum() && b.is_self_tagged_flonum()) {
    return flonum(Operation::flonums(static_cast<double>(fixnum_value(a)), word_to_flonum(b.bits)));
  }
  return meet<Operation>(a, b);
}

}  // namespace

Value not_a_number(std::string_view who, int position, Value got) { return wrong_type(who, position, "number", got); }
Value not_a_real(std::string_view who, int position, Value got) { return wrong_type(who, position, "real number", got); }

Value number_add(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return make_integer(fixnum_value(a) + fixnum_value(b));
  return arithmetic<Add>(a, b);
}

Value number_subtract(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return make_integer(fixnum_value(a) - fixnum_value(b));
  return arithmetic<Subtract>(a, b);
}

Value number_multiply(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return integer_multiply(a, b);
  return arithmetic<Multiply>(a, b);
}

Value number_divide(Value a, Value b) {
  if (b == fixnum(0)) return is_number(a) ? divide_by_zero("/", a) : not_a_number("/", 1, a);
  return arithmetic<Divide>(a, b);
}

Value number_negate(Value a) {
  switch (kind_of(a)) {
    case Kind::kFixnum:
    case Kind::kBignum: return integer_negate(a);
    case Kind::kRatnum: return rational_negate(a);
    case Kind::kFlonum: return flonum(-flonum_value(a));
    case Kind::kCompnum: return complex_negate(a);
    default: return not_a_number("-", 1, a);
  }
}

Value number_invert(Value a) {
  if (a == fixnum(0)) return divide_by_zero("/", fixnum(1));
  if (is_flonum(a)) return flonum(1.0 / flonum_value(a));
  if (is_compnum(a)) return complex_divide(fixnum(1), a);
  return is_exact_rational(a) ? rational_divide(fixnum(1), a) : not_a_number("/", 1, a);
}

}  // namespace perdure::runtime
