#include "runtime/numbers/conversion.h"

#include <bit>
#include <cmath>
#include <limits>

namespace perdure::runtime {
namespace {

constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

bool any_bit(const Limb* limbs, std::uint64_t size) {
  for (std::uint64_t i = 0; i < size; ++i)
    if (limbs[i]) return true;
  return false;
}

std::int64_t bit_length(const Limb* limbs, std::uint64_t size) {
  return static_cast<std::int64_t>(size) * 64 - std::countl_zero(limbs[size - 1]);
}

// d is finite.
Order compare_fixnum_to_double(std::int64_t n, double d) {
  if (n >= -kExactInDouble && n <= kExactInDouble) {
    auto x = static_cast<double>(n);
    return x < d ? Order::kLess : x > d ? Order::kGreater : Order::kEqual;
  }
  if (d >= 0x1p62) return Order::kLess;
  if (d <= -0x1p62) return Order::kGreater;
  double whole = std::trunc(d);
  auto m = static_cast<std::int64_t>(whole);
  if (n != m) return n < m ? Order::kLess : Order::kGreater;
  return d > whole ? Order::kLess : d < whole ? Order::kGreater : Order::kEqual;
}

Order compare_exact_to_double(Value exact, double d) {
  if (std::isnan(d)) return Order::kUnordered;
  if (std::isinf(d)) return d > 0 ? Order::kLess : Order::kGreater;
  if (exact.is_fixnum()) return compare_fixnum_to_double(fixnum_value(exact), d);
  // Rounding is monotonic, so when the rounded value differs from d it lies on the same side as the exact one.
  double rounded = to_double(exact);
  if (rounded != d) return rounded < d ? Order::kLess : Order::kGreater;
  Value same = double_to_exact(d);
  return raised(same) ? Order::kFailed : rational_compare(exact, same);
}

Order opposite(Order order) {
  return order == Order::kLess ? Order::kGreater : order == Order::kGreater ? Order::kLess : order;
}

// n * 2^shift / d, where that is at least 2^65, rounded to a double with 2^-shift put back.
double divide_and_round(const Limb* n, std::uint64_t n_size, const Limb* d, std::uint64_t d_size, std::int64_t shift,
                        std::int64_t exponent, bool negative, bool sticky = false) {
  std::uint64_t up = shift > 0 ? static_cast<std::uint64_t>(shift) : 0, down = shift < 0 ? -static_cast<std::uint64_t>(shift) : 0;
  std::uint64_t kept = n_size - down / 64, size = kept + up / 64 + 1;
  ScratchLimbs shifted(size), quotient(size), rest(d_size);
  MpnScratch scratch(size + d_size);
  if (shifted.failed() || quotient.failed() || rest.failed() || scratch.failed()) {
    // No memory: the highest limbs will do (their quotient is wrong by less than 2^-900 of itself).
    constexpr std::uint64_t kHighest = 16;
    std::uint64_t n_cut = n_size > kHighest ? n_size - kHighest : 0, d_cut = d_size > kHighest ? d_size - kHighest : 0;
    auto moved = (static_cast<std::int64_t>(n_cut) - static_cast<std::int64_t>(d_cut)) * 64;
    return divide_and_round(n + n_cut, n_size - n_cut, d + d_cut, d_size - d_cut, shift + moved, exponent + moved, negative, true);
  }
  sticky = sticky || (down && mpn_scan1(n, 0) < down);
  Limb* s = shifted.get();
  mpn_zero(s, static_cast<mp_size_t>(size));
  if (up % 64) s[size - 1] = mpn_lshift(s + up / 64, n, static_cast<mp_size_t>(n_size), up % 64);
  else if (down % 64) mpn_rshift(s, n + down / 64, static_cast<mp_size_t>(kept), down % 64);
  else mpn_copyi(s + up / 64, n + down / 64, static_cast<mp_size_t>(kept));
  mpn_tdiv_qr(quotient.get(), rest.get(), 0, s, static_cast<mp_size_t>(size), d, static_cast<mp_size_t>(d_size));
  std::uint64_t q_size = size - d_size + 1;
  sticky = sticky || any_bit(rest.get(), d_size);
  while (q_size > 0 && quotient.get()[q_size - 1] == 0) --q_size;
  return round_to_double(quotient.get(), q_size, sticky, exponent - shift, negative);
}

}  // namespace

bool is_integer(Value v) {
  if (!is_flonum(v)) return is_exact_integer(v);
  double d = flonum_value(v);
  return std::isfinite(d) && std::trunc(d) == d;
}

double round_to_double(const Limb* limbs, std::uint64_t size, bool sticky, std::int64_t exponent, bool negative) {
  if (size == 0) return negative ? -0.0 : 0.0;
  int zeros = std::countl_zero(limbs[size - 1]);
  // The value is 0.top... * 2^scale.
  std::int64_t scale = exponent + static_cast<std::int64_t>(size) * 64 - zeros;
  if (scale > 1024) return negative ? -INFINITY : INFINITY;
  std::int64_t precision = scale > -1022 ? 53 : scale + 1074;
  if (precision < 0) return negative ? -0.0 : 0.0;
  Limb top = limbs[size - 1] << zeros;
  std::uint64_t below = size - 1;
  if (zeros && size > 1) {
    top |= limbs[size - 2] >> (64 - zeros);
    sticky = sticky || limbs[size - 2] << zeros;
    --below;
  }
  sticky = sticky || any_bit(limbs, below);
  Limb kept = precision ? top >> (64 - precision) : 0;
  bool half = top >> (63 - precision) & 1;
  bool rest = sticky || top << (precision + 1);
  if (half && (rest || kept & 1)) ++kept;
  double magnitude = std::ldexp(static_cast<double>(kept), static_cast<int>(scale - precision));
  return negative ? -magnitude : magnitude;
}

double integer_to_double(Value n) {
  if (n.is_fixnum()) return static_cast<double>(fixnum_value(n));
  IntegerView view(n);
  return round_to_double(view.limbs(), view.size(), false, 0, view.negative());
}

double limbs_ratio_to_double(const Limb* n, std::uint64_t n_size, const Limb* d, std::uint64_t d_size, std::int64_t exponent,
                             bool negative) {
  std::int64_t n_bits = bit_length(n, n_size), d_bits = bit_length(d, d_size);
  if (exponent == 0 && n_bits <= 53 && d_bits <= 53) {
    double q = static_cast<double>(n[0]) / static_cast<double>(d[0]);
    return negative ? -q : q;
  }
  std::int64_t scale = n_bits - d_bits + exponent;
  if (scale > 1025) return negative ? -INFINITY : INFINITY;
  if (scale < -1080) return negative ? -0.0 : 0.0;
  // A quotient of at least 66 bits: a double's, one more to round by, and the rest counts as sticky.
  return divide_and_round(n, n_size, d, d_size, 67 + d_bits - n_bits, exponent, negative);
}

double ratio_to_double(Value numerator, Value denominator) {
  IntegerView n(numerator), d(denominator);
  if (n.size() == 0) return 0.0;
  return limbs_ratio_to_double(n.limbs(), n.size(), d.limbs(), d.size(), 0, n.negative());
}

double to_double(Value real) {
  switch (kind_of(real)) {
    case Kind::kFixnum: return static_cast<double>(fixnum_value(real));
    case Kind::kBignum: return integer_to_double(real);
    case Kind::kRatnum: return ratio_to_double(rational_numerator(real), rational_denominator(real));
    default: return flonum_value(real);
  }
}

DoubleParts double_parts(double d) {
  auto bits = std::bit_cast<std::uint64_t>(d);
  std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  int biased = static_cast<int>(bits >> 52 & 0x7ff);
  if (biased) fraction |= std::uint64_t{1} << 52;
  if (fraction == 0) return {0, 0, std::signbit(d)};
  int zeros = std::countr_zero(fraction);
  return {fraction >> zeros, (biased ? biased : 1) - 1075 + zeros, std::signbit(d)};
}

Value double_to_exact(double d) {
  DoubleParts parts = double_parts(d);
  auto mantissa = static_cast<std::int64_t>(parts.mantissa);
  Value n = fixnum(parts.negative ? -mantissa : mantissa);
  if (parts.exponent >= 0) return integer_shift(n, parts.exponent);
  return make_reduced_rational(n, integer_shift(fixnum(1), -parts.exponent));
}

Order compare_reals(Value a, Value b) {
  bool a_inexact = is_flonum(a), b_inexact = is_flonum(b);
  if (!a_inexact && !b_inexact) return rational_compare(a, b);
  if (!a_inexact) return compare_exact_to_double(a, flonum_value(b));
  if (!b_inexact) return opposite(compare_exact_to_double(b, flonum_value(a)));
  double x = flonum_value(a), y = flonum_value(b);
  return x < y ? Order::kLess : x > y ? Order::kGreater : x == y ? Order::kEqual : Order::kUnordered;
}

}  // namespace perdure::runtime
