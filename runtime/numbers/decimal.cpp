#include "runtime/numbers/decimal.h"

#include <cmath>

#include "runtime/numbers/conversion.h"

namespace perdure::runtime {
namespace {

// No double, and no middle between two, has more significant digits than 768: what follows can only break a tie.
constexpr std::uint64_t kSignificant = 780;
constexpr std::uint64_t kLimbs = 64;

// The significant digits as values, and the point: the number is 0.digits * 10^point.
struct Significand {
  unsigned char digits[kSignificant + 1];
  std::uint64_t count = 0;
  std::int64_t point;
};

Significand significand_of(std::string_view whole, std::string_view fraction, std::int64_t exponent) {
  Significand s;
  s.point = exponent + static_cast<std::int64_t>(whole.size());
  bool cut = false;
  for (std::string_view part : {whole, fraction}) {
    for (char c : part) {
      if (s.count == 0 && c == '0') --s.point;
      else if (s.count < kSignificant) s.digits[s.count++] = static_cast<unsigned char>(c - '0');
      else cut = cut || c != '0';
    }
  }
  if (cut) s.digits[s.count++] = 1;
  return s;
}

// 5^exponent; answers how many limbs it has.
std::uint64_t power_of_five(std::uint64_t exponent, Limb* limbs) {
  constexpr Limb kFiveTo27 = 7450580596923828125;
  limbs[0] = 1;
  std::uint64_t size = 1;
  while (exponent > 0) {
    std::uint64_t step = exponent < 27 ? exponent : 27;
    Limb factor = kFiveTo27;
    if (step < 27) {
      factor = 1;
      for (std::uint64_t i = 0; i < step; ++i) factor *= 5;
    }
    Limb carry = mpn_mul_1(limbs, limbs, static_cast<mp_size_t>(size), factor);
    if (carry) limbs[size++] = carry;
    exponent -= step;
  }
  return size;
}

double exact_decimal(const Significand& s) {
  if (s.point > 310) return INFINITY;
  if (s.point < -330) return 0.0;
  Limb digits[kLimbs], five[kLimbs], product[2 * kLimbs];
  auto size = static_cast<std::uint64_t>(mpn_set_str(digits, s.digits, s.count, 10));
  while (digits[size - 1] == 0) --size;
  std::int64_t scale = s.point - static_cast<std::int64_t>(s.count);
  std::uint64_t five_size = power_of_five(static_cast<std::uint64_t>(scale < 0 ? -scale : scale), five);
  if (scale < 0) return limbs_ratio_to_double(digits, size, five, five_size, scale, false);
  if (size >= five_size) mpn_mul(product, digits, static_cast<mp_size_t>(size), five, static_cast<mp_size_t>(five_size));
  else mpn_mul(product, five, static_cast<mp_size_t>(five_size), digits, static_cast<mp_size_t>(size));
  std::uint64_t product_size = size + five_size;
  while (product[product_size - 1] == 0) --product_size;
  return round_to_double(product, product_size, false, scale, false);
}

}  // namespace

double decimal_to_double(std::string_view whole, std::string_view fraction, std::int64_t exponent) {
  Significand s = significand_of(whole, fraction, exponent);
  if (s.count == 0) return 0.0;
  std::int64_t scale = s.point - static_cast<std::int64_t>(s.count);
  if (s.count > 15 || scale > 22 || scale < -22) return exact_decimal(s);
  // Both the digits and the power of ten are exact doubles, so that one operation rounds once.
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  std::int64_t n = 0;
  for (std::uint64_t i = 0; i < s.count; ++i) n = n * 10 + s.digits[i];
  auto d = static_cast<double>(n);
  return scale < 0 ? d / kPowers[-scale] : d * kPowers[scale];
}

}  // namespace perdure::runtime
