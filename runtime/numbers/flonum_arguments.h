// Arguments of the procedures that take flonums alone, and the procedures that are a function of the C library.
#pragma once

#include <string_view>

#include "runtime/data/fixed_string.h"
#include "runtime/numbers/number.h"

namespace perdure::runtime {

[[nodiscard]] inline bool take_flonum(std::string_view who, int position, Value v, double* out) {
  if (!is_flonum(v)) return wrong_type(who, position, "flonum", v), false;
  *out = flonum_value(v);
  return true;
}
[[nodiscard]] inline bool take_flonums(std::string_view who, Value x, Value y, double* a, double* b) {
  return take_flonum(who, 1, x, a) && take_flonum(who, 2, y, b);
}

template <FixedString kName, double (*kFunction)(double)> Value of_one(Value x) {
  double d;
  return take_flonum(kName.view(), 1, x, &d) ? flonum(kFunction(d)) : kRaise;
}
template <FixedString kName, double (*kFunction)(double, double)> Value of_two(Value x, Value y) {
  double a, b;
  return take_flonums(kName.view(), x, y, &a, &b) ? flonum(kFunction(a, b)) : kRaise;
}

}  // namespace perdure::runtime
