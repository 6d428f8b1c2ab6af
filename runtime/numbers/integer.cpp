#include "runtime/numbers/integer.h"

#include <bit>
#include <utility>

namespace perdure::runtime {
namespace {

inline Limb magnitude_of(std::int64_t n) { return n < 0 ? -static_cast<Limb>(n) : static_cast<Limb>(n); }

int compare_magnitudes(const IntegerView& a, const IntegerView& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  if (a.size() == 0) return 0;
  int order = mpn_cmp(a.limbs(), b.limbs(), static_cast<mp_size_t>(a.size()));
  return order < 0 ? -1 : order > 0;
}

// a's magnitude plus b's, a being the longer.
Value add_magnitudes(const IntegerView& a, const IntegerView& b, bool negative) {
  Bignum* sum = start_bignum(a.size() + 1);
  if (!sum) return kRaise;
  sum->limbs[a.size()] = b.size() == 0
      ? (mpn_copyi(sum->limbs, a.limbs(), static_cast<mp_size_t>(a.size())), 0)
      : mpn_add(sum->limbs, a.limbs(), static_cast<mp_size_t>(a.size()), b.limbs(), static_cast<mp_size_t>(b.size()));
  return finish_bignum(sum, a.size() + 1, negative);
}

// a's magnitude minus b's, which is not greater.
Value subtract_magnitudes(const IntegerView& a, const IntegerView& b, bool negative) {
  Bignum* difference = start_bignum(a.size());
  if (!difference) return kRaise;
  if (b.size() == 0) mpn_copyi(difference->limbs, a.limbs(), static_cast<mp_size_t>(a.size()));
  else mpn_sub(difference->limbs, a.limbs(), static_cast<mp_size_t>(a.size()), b.limbs(), static_cast<mp_size_t>(b.size()));
  return finish_bignum(difference, a.size(), negative);
}

Value add_signed(const IntegerView& a, const IntegerView& b, bool b_negative) {
  if (a.negative() == b_negative)
    return a.size() >= b.size() ? add_magnitudes(a, b, a.negative()) : add_magnitudes(b, a, a.negative());
  int order = compare_magnitudes(a, b);
  if (order == 0) return fixnum(0);
  return order > 0 ? subtract_magnitudes(a, b, a.negative()) : subtract_magnitudes(b, a, b_negative);
}

Value multiply_views(const IntegerView& a, const IntegerView& b) {
  auto a_size = static_cast<mp_size_t>(a.size()), b_size = static_cast<mp_size_t>(b.size());
  if (a_size == 0 || b_size == 0) return fixnum(0);
  Bignum* product = start_bignum(a.size() + b.size());
  MpnScratch scratch(a.size() + b.size());
  if (!product || scratch.failed()) return kRaise;
  if (a.limbs() == b.limbs() && a_size == b_size) mpn_sqr(product->limbs, a.limbs(), a_size);
  else if (a_size >= b_size) mpn_mul(product->limbs, a.limbs(), a_size, b.limbs(), b_size);
  else mpn_mul(product->limbs, b.limbs(), b_size, a.limbs(), a_size);
  return finish_bignum(product, a.size() + b.size(), a.negative() != b.negative());
}

}  // namespace

IntegerView::IntegerView(Value v) {
  if (v.is_fixnum()) {
    std::int64_t n = fixnum_value(v);
    small_ = magnitude_of(n);
    limbs_ = &small_;
    size_ = n != 0;
    negative_ = n < 0;
  } else {
    const Bignum* bignum = as<Bignum>(v);
    limbs_ = bignum->limbs;
    size_ = header_length(bignum->header);
    negative_ = header_flags(bignum->header) & kFlagNegative;
  }
}

std::uint64_t IntegerView::bits() const {
  return size_ == 0 ? 0 : size_ * 64 - static_cast<std::uint64_t>(std::countl_zero(limbs_[size_ - 1]));
}

Bignum* start_bignum(std::uint64_t size) {
  if (size > kMaxLimbs) {
    out_of_memory();
    return nullptr;
  }
  return static_cast<Bignum*>(allocate(sizeof(std::uint64_t) + size * sizeof(Limb), false));
}

Value finish_bignum(Bignum* bignum, std::uint64_t size, bool negative) {
  while (size > 0 && bignum->limbs[size - 1] == 0) --size;
  if (size == 0) return fixnum(0);
  Limb low = bignum->limbs[0];
  if (size == 1 && low <= static_cast<Limb>(kFixnumMax) + negative)
    return fixnum(negative ? static_cast<std::int64_t>(-low) : static_cast<std::int64_t>(low));
  bignum->header = header(Type::kBignum, size, negative ? kFlagNegative : 0);
  return object_value(bignum);
}

Value make_integer_slow(std::int64_t n) {
  Bignum* bignum = start_bignum(1);
  if (!bignum) return kRaise;
  bignum->limbs[0] = magnitude_of(n);
  return finish_bignum(bignum, 1, n < 0);
}

Value make_unsigned_integer_slow(std::uint64_t n) {
  Bignum* bignum = start_bignum(1);
  if (!bignum) return kRaise;
  bignum->limbs[0] = n;
  return finish_bignum(bignum, 1, false);
}

Value make_wide_integer_slow(__int128 n) {
  const auto magnitude = n < 0 ? -static_cast<unsigned __int128>(n) : static_cast<unsigned __int128>(n);
  if (magnitude >> 64 == 0 && n > 0) return make_unsigned_integer(static_cast<Limb>(magnitude));
  Bignum* bignum = start_bignum(2);
  if (!bignum) return kRaise;
  bignum->limbs[0] = static_cast<Limb>(magnitude);
  bignum->limbs[1] = static_cast<Limb>(magnitude >> 64);
  return finish_bignum(bignum, 2, n < 0);
}

Value integer_add(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return make_integer(fixnum_value(a) + fixnum_value(b));
  if (raised(a) || raised(b)) return kRaise;
  if (__int128 x, y; take_short_integer(a, &x) && take_short_integer(b, &y)) return make_wide_integer(x + y);
  IntegerView right(b);
  return add_signed(IntegerView(a), right, right.negative());
}

Value integer_subtract(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return make_integer(fixnum_value(a) - fixnum_value(b));
  if (raised(a) || raised(b)) return kRaise;
  if (__int128 x, y; take_short_integer(a, &x) && take_short_integer(b, &y)) return make_wide_integer(x - y);
  IntegerView right(b);
  return add_signed(IntegerView(a), right, !right.negative());
}

Value integer_multiply(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return make_wide_integer(static_cast<__int128>(fixnum_value(a)) * fixnum_value(b));
  if (raised(a) || raised(b)) return kRaise;
  return multiply_views(IntegerView(a), IntegerView(b));
}

Value integer_negate(Value a) { return integer_subtract(fixnum(0), a); }

Value integer_abs(Value a) { return raised(a) || integer_sign(a) >= 0 ? a : integer_negate(a); }

int integer_sign(Value a) {
  if (a.is_fixnum()) return fixnum_value(a) < 0 ? -1 : fixnum_value(a) > 0;
  return header_flags(as_object(a)->header) & kFlagNegative ? -1 : 1;
}

int integer_compare(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return fixnum_value(a) < fixnum_value(b) ? -1 : fixnum_value(a) > fixnum_value(b);
  IntegerView left(a), right(b);
  if (left.negative() != right.negative()) return left.negative() ? -1 : 1;
  int order = compare_magnitudes(left, right);
  return left.negative() ? -order : order;
}

bool integer_is_odd(Value a) { return a.is_fixnum() ? fixnum_value(a) & 1 : as<Bignum>(a)->limbs[0] & 1; }

}  // namespace perdure::runtime
