// Free-format printing after Burger and Dybvig, "Printing Floating-Point Numbers Quickly and Accurately" (1996), in
// exact integers: the number is r/s, and (r - low)/s .. (r + high)/s is what reads back as it.
#include "runtime/numbers/digits.h"

#include <bit>
#include <cmath>

#include "runtime/numbers/integer.h"

namespace perdure::runtime {
namespace {

struct Interval {
  Value r, s, low, high;
  bool closed;  // its ends belong to it: reading rounds ties to even

  bool failed() const { return raised(r) || raised(s) || raised(low) || raised(high); }
  // What is left reaches to or over the next unit; low end likewise.
  bool reaches_one() const {
    Value sum = integer_add(r, high);
    return !raised(sum) && integer_compare(sum, s) >= !closed;
  }
  bool reaches_zero() const { return integer_compare(r, low) < (closed ? 1 : 0); }
  void multiply(Value radix) {
    r = integer_multiply(r, radix);
    low = integer_multiply(low, radix);
    high = integer_multiply(high, radix);
  }
};

Value power_of_two(int exponent) { return integer_shift(fixnum(1), exponent); }

Interval interval_of(double d) {
  auto bits = std::bit_cast<std::uint64_t>(d);
  auto fraction = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 52) - 1));
  int biased = static_cast<int>(bits >> 52);
  std::int64_t f = biased ? fraction | std::int64_t{1} << 52 : fraction;
  int e = (biased ? biased : 1) - 1075;
  // Below a power of two the neighbours lie half as far.
  int narrow = fraction == 0 && biased > 1;
  int up = e > 0 ? e : 0, down = e < 0 ? -e : 0;
  return {integer_shift(fixnum(f), up + 1 + narrow), power_of_two(down + 1 + narrow), power_of_two(up), power_of_two(up + narrow),
          (f & 1) == 0};
}

}  // namespace

bool shortest_digits(double d, int radix, std::string& digits, int& point) {
  Interval x = interval_of(d);
  if (x.failed()) return false;
  Value base = fixnum(radix);
  // The logarithm may be too small by a little, never too large by one: one step puts it right.
  int k = static_cast<int>(std::ceil(std::log2(d) / std::log2(radix) - 1e-9));
  if (k >= 0) x.s = integer_multiply(x.s, integer_power(base, static_cast<std::uint64_t>(k)));
  else x.multiply(integer_power(base, static_cast<std::uint64_t>(-k)));
  if (x.failed()) return false;
  point = k + 1;
  if (!x.reaches_one()) {
    --point;
    x.multiply(base);
  }
  for (;;) {
    Value digit;
    if (x.failed() || !integer_divide(x.r, x.s, &digit, &x.r)) return false;
    bool down = x.reaches_zero(), up = x.reaches_one();
    auto n = static_cast<unsigned>(fixnum_value(digit));
    if (up && (!down || integer_compare(integer_shift(x.r, 1), x.s) >= 0)) ++n;
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[n];
    if (down || up) return true;
    x.multiply(base);
  }
}

}  // namespace perdure::runtime
