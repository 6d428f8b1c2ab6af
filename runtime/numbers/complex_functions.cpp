#include "runtime/numbers/complex_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perdure::runtime {
namespace {

constexpr double kGreatest = std::numeric_limits<double>::max();
constexpr double kHalfPi = 1.57079632679489661923;

Complex conjugate(Complex z) { return {z.real, -z.imaginary}; }
Complex times_i(Complex z) { return {-z.imaginary, z.real}; }
Complex divided_by_i(Complex z) { return {z.imaginary, -z.real}; }

// factor * e^x where e^x alone may be beyond all doubles. A zero stays one.
double times_exp(double factor, double x) {
  if (factor == 0 || x < 700) return factor == 0 ? factor : factor * std::exp(x);
  double half = std::exp(x / 2);
  return factor * half * half;
}

// factor * cosh x and factor * sinh x.
double times_cosh(double factor, double x) {
  return std::fabs(x) < 700 ? factor * std::cosh(x) : times_exp(factor / 2, std::fabs(x));
}
double times_sinh(double factor, double x) {
  return std::fabs(x) < 700 ? factor * std::sinh(x) : times_exp(std::copysign(1, x) * factor / 2, std::fabs(x));
}

Complex complex_tanh(Complex z) {
  if (std::fabs(z.real) > 20) {
    double rest = 2 * std::exp(-2 * std::fabs(z.real));
    double side = std::isfinite(z.imaginary) ? rest * std::sin(2 * z.imaginary) : 0;
    return {std::copysign(1, z.real), side == 0 ? std::copysign(0, z.imaginary) : side};
  }
  double t = std::tan(z.imaginary), s = std::sinh(z.real);
  double beta = 1 + t * t, rho = std::sqrt(1 + s * s);
  double under = 1 + beta * s * s;
  return {beta * rho * s / under, t / under};
}

Complex complex_atanh(Complex z) {
  double side = std::copysign(1, z.real), x = std::fabs(z.real), y = -side * z.imaginary;
  double theta = std::sqrt(kGreatest) / 4, rho = 1 / theta, height = std::fabs(y) + rho;
  double real, imaginary;
  if (x > theta || std::fabs(y) > theta) {
    real = complex_quotient({1, 0}, {x, y}).real;
    imaginary = std::copysign(kHalfPi, y);
  } else if (x == 1) {
    real = std::log(std::sqrt(std::hypot(2, y)) / std::sqrt(height));
    imaginary = std::copysign(kHalfPi + std::atan(height / 2), y) / 2;
  } else {
    real = std::log1p(4 * x / ((1 - x) * (1 - x) + height * height)) / 4;
    imaginary = std::atan2(2 * y, (1 - x) * (1 + x) - height * height) / 2;
  }
  return {side * real, -side * imaginary};
}

// x^2 as a sum of two doubles, without an error (Dekker, 1971).
struct Square {
  explicit Square(double x) {
    constexpr double kSplitter = (1 << 27) + 1;
    const double wide = x * kSplitter, high = wide - (wide - x), low = x - high;
    value = x * x;
    rest = high * high - value + 2 * high * low + low * low;
  }
  double value, rest;
};

}  // namespace

// The square root of a sum that is exact to twice a double's digits, unless something may overflow or vanish.
double complex_magnitude(Complex z) {
  double x = std::fabs(z.real), y = std::fabs(z.imaginary);
  if (x < y) std::swap(x, y);
  constexpr double kGreat = 0x1p500, kTiny = 0x1p-400;
  if (!(x < kGreat && y > kTiny)) return std::hypot(x, y);
  const Square a(x), b(y);
  return std::sqrt(a.rest + b.rest + b.value + a.value);
}

// Both are scaled so that the divisor's greater part lies near 1: nothing overflows that the quotient does not.
Complex complex_quotient(Complex a, Complex b) {
  double greater = std::max(std::fabs(b.real), std::fabs(b.imaginary));
  if (greater == 0) return {a.real / greater, a.imaginary / greater};
  if (!std::isfinite(greater)) {
    if (!std::isinf(greater) || !std::isfinite(a.real) || !std::isfinite(a.imaginary)) return {NAN, NAN};
    double x = std::copysign(std::isinf(b.real) ? 1 : 0, b.real), y = std::copysign(std::isinf(b.imaginary) ? 1 : 0, b.imaginary);
    return {0 * (a.real * x + a.imaginary * y), 0 * (a.imaginary * x - a.real * y)};
  }
  int exponent = std::ilogb(greater);
  double x = std::scalbn(b.real, -exponent), y = std::scalbn(b.imaginary, -exponent);
  double under = x * x + y * y;
  return {std::scalbn((a.real * x + a.imaginary * y) / under, -exponent), std::scalbn((a.imaginary * x - a.real * y) / under, -exponent)};
}

// The part that is the greater comes from a sum of equal signs, the other by division.
Complex complex_sqrt(Complex z) {
  double x = z.real, y = z.imaginary;
  if (std::isinf(y)) return {INFINITY, y};
  if (x == 0 && y == 0) return {0, y};
  if (std::isinf(x)) {
    double other = std::isnan(y) ? y : 0;
    return x > 0 ? Complex{x, std::copysign(other, y)} : Complex{std::fabs(other), std::copysign(INFINITY, y)};
  }
  int exponent = std::ilogb(std::max(std::fabs(x), std::fabs(y)));
  if (std::isnan(x) || std::isnan(y)) return {NAN, NAN};
  exponent -= exponent & 1;
  x = std::scalbn(x, -exponent);
  y = std::scalbn(y, -exponent);
  double greater = std::sqrt((std::fabs(x) + std::hypot(x, y)) / 2), lesser = std::fabs(y) / (2 * greater);
  greater = std::scalbn(greater, exponent / 2);
  lesser = std::scalbn(lesser, exponent / 2);
  return x >= 0 ? Complex{greater, std::copysign(lesser, y)} : Complex{lesser, std::copysign(greater, y)};
}

Complex complex_exp(Complex z) {
  if (z.imaginary == 0) return {std::exp(z.real), z.imaginary};
  return {times_exp(std::cos(z.imaginary), z.real), times_exp(std::sin(z.imaginary), z.real)};
}

// Near the unit circle |z|^2 - 1 is computed as such.
Complex complex_log(Complex z) {
  double x = std::fabs(z.real), y = std::fabs(z.imaginary), angle = std::atan2(z.imaginary, z.real);
  if (x < y) std::swap(x, y);
  if (x > 0.5 && x < 2) return {std::log1p((x - 1) * (x + 1) + y * y) / 2, angle};
  if (!std::isfinite(x) || x == 0) return {std::log(std::hypot(x, y)), angle};
  int exponent = std::ilogb(x);
  double magnitude = std::hypot(std::scalbn(x, -exponent), std::scalbn(y, -exponent));
  return {std::log(magnitude) + exponent * 0.693147180559945309417, angle};
}

Complex complex_sin(Complex z) { return {times_cosh(std::sin(z.real), z.imaginary), times_sinh(std::cos(z.real), z.imaginary)}; }
Complex complex_cos(Complex z) { return {times_cosh(std::cos(z.real), z.imaginary), -times_sinh(std::sin(z.real), z.imaginary)}; }
Complex complex_tan(Complex z) { return divided_by_i(complex_tanh(times_i(z))); }

Complex complex_asin(Complex z) {
  Complex below = complex_sqrt({1 - z.real, -z.imaginary}), above = complex_sqrt({1 + z.real, z.imaginary});
  return {std::atan2(z.real, complex_product(below, above).real), std::asinh(complex_product(conjugate(below), above).imaginary)};
}

Complex complex_acos(Complex z) {
  Complex below = complex_sqrt({1 - z.real, -z.imaginary}), above = complex_sqrt({1 + z.real, z.imaginary});
  return {2 * std::atan2(below.real, above.real), std::asinh(complex_product(conjugate(above), below).imaginary)};
}

Complex complex_atan(Complex z) { return divided_by_i(complex_atanh(times_i(z))); }

}  // namespace perdure::runtime
