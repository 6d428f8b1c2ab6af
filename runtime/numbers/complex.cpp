#include "runtime/numbers/complex.h"

#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/root.h"

namespace perdure::runtime {
namespace {

// Exact parts, or the doubles of both.
Value make_compnum(Value real, Value imaginary) {
  return raised(real) || raised(imaginary) ? kRaise : make_object_of_two(Type::kCompnum, real, imaginary);
}

// The usual case: two compnums of flonums.
inline bool are_inexact(Value a, Value b) { return is_compnum(a) && is_compnum(b) && is_inexact(a) && is_inexact(b); }
inline Complex parts_of(Value z) { return {flonum_value(as<Compnum>(z)->real), flonum_value(as<Compnum>(z)->imaginary)}; }

bool both_exact(Value a, Value b) { return !is_inexact(a) && !is_inexact(b); }

// |z|^2 of an exact number.
Value norm(Value z) {
  Value x = real_part(z), y = imaginary_part(z);
  return rational_add(rational_multiply(x, x), rational_multiply(y, y));
}

Value exact_product(Value a, Value b) {
  Value ar = real_part(a), ai = imaginary_part(a), br = real_part(b), bi = imaginary_part(b);
  return make_rectangular(rational_subtract(rational_multiply(ar, br), rational_multiply(ai, bi)),
                          rational_add(rational_multiply(ar, bi), rational_multiply(ai, br)));
}

Value exact_quotient(Value a, Value b) {
  Value conjugate = make_rectangular(real_part(b), rational_negate(imaginary_part(b))), under = norm(b);
  if (raised(conjugate) || raised(under)) return kRaise;
  Value over = exact_product(a, conjugate);
  if (raised(over)) return kRaise;
  return make_rectangular(rational_divide(real_part(over), under), rational_divide(imaginary_part(over), under));
}

// A real operand has no imaginary part, not one of zero: so signs of zeros and infinities stay what they are.
Value scale(Value z, double factor) {
  Complex c = to_complex(z);
  return from_complex({c.real * factor, c.imaginary * factor});
}

// i^n.
Value unit_power(Value z, Value n) {
  Value quarter = integer_modulo(n, fixnum(4));
  if (raised(quarter)) return kRaise;
  std::int64_t turns = fixnum_value(quarter);
  if (turns % 2 == 0) return fixnum(turns == 0 ? 1 : -1);
  return turns == 1 ? z : complex_negate(z);
}

Value exact_integer_power(Value z, Value n) {
  bool is_unit = real_part(z) == fixnum(0) && (imaginary_part(z) == fixnum(1) || imaginary_part(z) == fixnum(-1));
  if (is_unit) return unit_power(z, n);
  if (!n.is_fixnum()) return out_of_memory();
  auto times = static_cast<std::uint64_t>(std::abs(fixnum_value(n)));
  Value power = fixnum(1), square = z;
  for (;; square = exact_product(square, square)) {
    if (raised(square)) return kRaise;
    if (times & 1) power = exact_product(power, square);
    if (raised(power)) return kRaise;
    if ((times >>= 1) == 0) return fixnum_value(n) < 0 ? number_invert(power) : power;
  }
}

bool is_usual(Complex z) { return std::isfinite(z.real) && std::isfinite(z.imaginary) && (z.real != 0 || z.imaginary != 0); }

constexpr double kPi = 3.14159265358979323846;

}  // namespace

Value make_rectangular(Value real, Value imaginary) {
  if (raised(real) || raised(imaginary)) return kRaise;
  if (imaginary == fixnum(0)) return real;
  if (is_flonum(real) == is_flonum(imaginary)) return make_compnum(real, imaginary);
  return from_complex({to_double(real), to_double(imaginary)});
}

Value make_polar(Value magnitude, Value angle) {
  if (angle == fixnum(0) || magnitude == fixnum(0)) return magnitude;
  double r = to_double(magnitude), a = to_double(angle);
  return from_complex({r * std::cos(a), r * std::sin(a)});
}

Complex to_complex(Value z) { return {to_double(real_part(z)), to_double(imaginary_part(z))}; }
Value from_complex(Complex z) { return make_compnum(flonum(z.real), flonum(z.imaginary)); }

Value complex_add(Value a, Value b) {
  if (are_inexact(a, b)) {
    const Complex x = parts_of(a), y = parts_of(b);
    return from_complex({x.real + y.real, x.imaginary + y.imaginary});
  }
  if (!is_compnum(a)) return make_rectangular(number_add(a, real_part(b)), imaginary_part(b));
  if (!is_compnum(b)) return make_rectangular(number_add(real_part(a), b), imaginary_part(a));
  return make_rectangular(number_add(real_part(a), real_part(b)), number_add(imaginary_part(a), imaginary_part(b)));
}

Value complex_subtract(Value a, Value b) {
  if (are_inexact(a, b)) {
    const Complex x = parts_of(a), y = parts_of(b);
    return from_complex({x.real - y.real, x.imaginary - y.imaginary});
  }
  if (!is_compnum(a)) return make_rectangular(number_subtract(a, real_part(b)), number_negate(imaginary_part(b)));
  if (!is_compnum(b)) return make_rectangular(number_subtract(real_part(a), b), imaginary_part(a));
  return make_rectangular(number_subtract(real_part(a), real_part(b)), number_subtract(imaginary_part(a), imaginary_part(b)));
}

Value complex_multiply(Value a, Value b) {
  if (are_inexact(a, b)) return from_complex(complex_product(parts_of(a), parts_of(b)));
  if (both_exact(a, b)) return exact_product(a, b);
  if (!is_compnum(a)) return scale(b, to_double(a));
  return is_compnum(b) ? from_complex(complex_product(to_complex(a), to_complex(b))) : scale(a, to_double(b));
}

Value complex_divide(Value a, Value b) {
  if (both_exact(a, b)) return exact_quotient(a, b);
  if (is_compnum(b)) return from_complex(complex_quotient(to_complex(a), to_complex(b)));
  Complex c = to_complex(a);
  double d = to_double(b);
  return from_complex({c.real / d, c.imaginary / d});
}

Value complex_equal(Value a, Value b) {
  Order real = compare_reals(real_part(a), real_part(b)), imaginary = compare_reals(imaginary_part(a), imaginary_part(b));
  if (real == Order::kFailed || imaginary == Order::kFailed) return kRaise;
  return boolean(real == Order::kEqual && imaginary == Order::kEqual);
}

Value complex_negate(Value z) { return make_compnum(number_negate(real_part(z)), number_negate(imaginary_part(z))); }

Value number_magnitude(Value z) {
  if (is_flonum(z)) return flonum(std::fabs(flonum_value(z)));
  if (!is_compnum(z)) return rational_sign(z) < 0 ? rational_negate(z) : z;
  if (is_inexact(z)) return flonum(complex_magnitude(parts_of(z)));
  Value square = norm(z);
  return raised(square) ? kRaise : exact_square_root(square);
}

Value number_angle(Value z) {
  if (is_exact_rational(z)) return rational_sign(z) < 0 ? flonum(kPi) : fixnum(0);
  if (is_flonum(z)) return flonum(std::atan2(0.0, flonum_value(z)));
  return flonum(number_logarithm(z).imaginary);
}

// With m = |z|, the parts are the roots of (m + x)/2 and (m - x)/2, the second with the sign of y.
Value complex_square_root(Value z) {
  if (is_inexact(z)) return from_complex(complex_sqrt(to_complex(z)));
  Value magnitude = number_magnitude(z), x = real_part(z);
  if (raised(magnitude)) return kRaise;
  if (is_flonum(magnitude)) return from_complex(complex_sqrt(to_complex(z)));
  Value square = rational_divide(rational_add(magnitude, x), fixnum(2)), other = rational_divide(rational_subtract(magnitude, x), fixnum(2));
  if (raised(square) || raised(other)) return kRaise;
  Value real = exact_square_root(square), imaginary = exact_square_root(other);
  if (raised(real) || raised(imaginary)) return kRaise;
  return make_rectangular(real, rational_sign(imaginary_part(z)) < 0 ? number_negate(imaginary) : imaginary);
}

Value complex_integer_power(Value z, Value n) {
  if (n == fixnum(0)) return fixnum(1);
  if (!is_inexact(z)) return exact_integer_power(z, n);
  constexpr std::int64_t kFew = 1024;
  if (n.is_fixnum() && std::abs(fixnum_value(n)) <= kFew) {
    Complex power = {1, 0}, square = to_complex(z);
    for (auto times = std::abs(fixnum_value(n));; square = complex_product(square, square)) {
      if (times & 1) power = complex_product(power, square);
      if ((times >>= 1) == 0) break;
    }
    if (is_usual(power)) return from_complex(fixnum_value(n) < 0 ? complex_quotient({1, 0}, power) : power);
  }
  return complex_power(z, n);
}

Value complex_power(Value z, Value w) {
  Complex log = number_logarithm(z);
  if (is_compnum(w)) {
    bool is_positive = is_real(z) && log.imaginary == 0;
    Complex by = to_complex(w);
    Complex exponent = is_positive ? Complex{by.real * log.real, by.imaginary * log.real} : complex_product(by, log);
    return from_complex(complex_exp(exponent));
  }
  double y = to_double(w), r = std::hypot(to_double(real_part(z)), to_double(imaginary_part(z)));
  double magnitude = std::isnormal(r) ? std::pow(r, y) : std::exp(y * log.real), angle = y * log.imaginary;
  return from_complex({magnitude * std::cos(angle), magnitude * std::sin(angle)});
}

Complex number_logarithm(Value z) {
  if (is_inexact(z)) return complex_log(to_complex(z));
  if (!is_compnum(z)) return {exact_logarithm(number_magnitude(z)), rational_sign(z) < 0 ? kPi : 0.0};
  Complex c = to_complex(z);
  bool fits = is_usual(c) && (std::isnormal(c.real) || c.real == 0) && std::isnormal(c.imaginary);
  if (fits) return complex_log(c);
  // log |z| from |z|^2, the angle from the parts divided by the greater.
  Value square = norm(z), x = real_part(z), y = imaginary_part(z);
  Value x_size = number_magnitude(x), y_size = number_magnitude(y);
  if (raised(square) || raised(x_size) || raised(y_size)) return {NAN, NAN};
  Value greater = rational_compare(x_size, y_size) == Order::kGreater ? x_size : y_size;
  x = rational_divide(x, greater);
  y = rational_divide(y, greater);
  if (raised(x) || raised(y)) return {NAN, NAN};
  return {exact_logarithm(square) / 2, std::atan2(to_double(y), to_double(x))};
}

}  // namespace perdure::runtime
