// What kind of number it is, and from one exactness to the other.
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

Value prim_is_number(Value v) { return boolean(is_number(v)); }
Value prim_is_real(Value v) { return boolean(is_real(v)); }
Value prim_is_rational(Value v) { return boolean(is_flonum(v) ? std::isfinite(flonum_value(v)) : is_exact_rational(v)); }
Value prim_is_integer(Value v) { return boolean(is_integer(v)); }
Value prim_is_exact_integer(Value v) { return boolean(is_exact_integer(v)); }
Value prim_is_exact_rational(Value v) { return boolean(is_exact_rational(v)); }
Value prim_is_fixnum(Value v) { return boolean(v.is_fixnum()); }
Value prim_is_flonum(Value v) { return boolean(is_flonum(v)); }

// `flonums` is asked of a flonum; an exact number gives `exact`. Of an inexact complex number both parts must hold it
// when exact numbers do, otherwise one of them.
Value classify(std::string_view who, Value v, bool (*flonums)(double), bool exact) {
  if (is_flonum(v)) return boolean(flonums(flonum_value(v)));
  if (is_compnum(v) && is_inexact(v)) {
    bool real = flonums(flonum_value(real_part(v))), imaginary = flonums(flonum_value(imaginary_part(v)));
    return boolean(exact ? real && imaginary : real || imaginary);
  }
  return is_number(v) ? boolean(exact) : not_a_number(who, 1, v);
}

Value prim_is_exact(Value v) {
  return classify("exact?", v, [](double) { return false; }, true);
}
Value prim_is_inexact(Value v) {
  return classify("inexact?", v, [](double) { return true; }, false);
}
Value prim_is_nan(Value v) {
  return classify("nan?", v, [](double d) { return std::isnan(d); }, false);
}
Value prim_is_finite(Value v) {
  return classify("finite?", v, [](double d) { return std::isfinite(d); }, true);
}
Value prim_is_infinite(Value v) {
  return classify("infinite?", v, [](double d) { return std::isinf(d); }, false);
}

Value to_exact(std::string_view who, Value v) {
  if (is_compnum(v)) return make_rectangular(to_exact(who, real_part(v)), to_exact(who, imaginary_part(v)));
  if (!is_flonum(v)) return is_number(v) ? v : not_a_number(who, 1, v);
  double d = flonum_value(v);
  if (!std::isfinite(d)) return wrong_type(who, 1, "finite number", v);
  return double_to_exact(d);
}

Value to_inexact(std::string_view who, Value v) {
  if (is_flonum(v)) return v;
  if (is_compnum(v)) return from_complex(to_complex(v));
  return is_number(v) ? flonum(to_double(v)) : not_a_number(who, 1, v);
}

Value prim_exact(Value v) { return to_exact("exact", v); }
Value prim_inexact(Value v) { return to_inexact("inexact", v); }
Value prim_inexact_to_exact(Value v) { return to_exact("inexact->exact", v); }
Value prim_exact_to_inexact(Value v) { return to_inexact("exact->inexact", v); }

// A part of the exact value of a rational; inexact when the number was.
Value part(std::string_view who, Value v, Value (*part_of)(Value)) {
  if (is_exact_rational(v)) return part_of(v);
  if (!is_flonum(v) || !std::isfinite(flonum_value(v))) return wrong_type(who, 1, "rational number", v);
  Value exact = double_to_exact(flonum_value(v));
  return raised(exact) ? exact : flonum(to_double(part_of(exact)));
}

Value prim_numerator(Value v) {
  if (is_flonum(v) && flonum_value(v) == 0) return v;
  return part("numerator", v, rational_numerator);
}
Value prim_denominator(Value v) { return part("denominator", v, rational_denominator); }

constexpr std::uint8_t kTest = kPure | kNoRaise | kPredicate;

const Primitive kTable[] = {
    primitive("number?", prim_is_number, 1, kTest),
    primitive("complex?", prim_is_number, 1, kTest),
    primitive("real?", prim_is_real, 1, kTest),
    primitive("rational?", prim_is_rational, 1, kTest),
    primitive("integer?", prim_is_integer, 1, kTest),
    primitive("exact-integer?", prim_is_exact_integer, 1, kTest),
    primitive("exact-rational?", prim_is_exact_rational, 1, kTest),
    primitive("fixnum?", prim_is_fixnum, 1, kTest),
    primitive("flonum?", prim_is_flonum, 1, kTest),
    primitive("exact?", prim_is_exact, 1, kPure | kPredicate),
    primitive("inexact?", prim_is_inexact, 1, kPure | kPredicate),
    primitive("nan?", prim_is_nan, 1, kPure | kPredicate),
    primitive("finite?", prim_is_finite, 1, kPure | kPredicate),
    primitive("infinite?", prim_is_infinite, 1, kPure | kPredicate),
    primitive("exact", prim_exact, 1, kPure),
    primitive("inexact", prim_inexact, 1, kPure),
    primitive("inexact->exact", prim_inexact_to_exact, 1, kPure),
    primitive("exact->inexact", prim_exact_to_inexact, 1, kPure),
    primitive("numerator", prim_numerator, 1, kPure),
    primitive("denominator", prim_denominator, 1, kPure),
};

}  // namespace

std::span<const Primitive> number_class_primitives() { return kTable; }

}  // namespace perdure::runtime
