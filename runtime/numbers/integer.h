// Exact integers: fixnums and bignums, by GMP's mpn layer on limbs that live in our own heap objects.
//
// mpn allocates nothing but its temporaries: small ones on the stack, larger ones where MpnScratch says (scratch.h).
//
// No integer has more than kMaxLimbs limbs: what would be larger is the out-of-memory condition at once.
// All functions that answer a Value may answer kRaise, and answer it when an operand is kRaise.
#pragma once

#include "runtime/numbers/number.h"
#include "runtime/numbers/scratch.h"

namespace perdure::runtime {

inline constexpr std::uint64_t kMaxLimbs = std::uint64_t{1} << 24;
inline constexpr std::uint64_t kMaxBits = kMaxLimbs * 64;

// Reads an integer as sign and magnitude. A fixnum's magnitude lives in the view itself: so it does not move.
class IntegerView {
 public:
  explicit IntegerView(Value v);
  IntegerView(const IntegerView&) = delete;
  IntegerView& operator=(const IntegerView&) = delete;

  const Limb* limbs() const { return limbs_; }
  std::uint64_t size() const { return size_; }  // 0 for zero
  bool negative() const { return negative_; }
  std::uint64_t bits() const;                   // of the magnitude

 private:
  const Limb* limbs_;
  std::uint64_t size_;
  bool negative_;
  Limb small_ = 0;
};

// An unfinished bignum of `size` limbs, to be filled and then given to finish_bignum. Null when memory is used up or
// the size is past the limit (the condition is then pending).
Bignum* start_bignum(std::uint64_t size);
// Normalises: drops leading zero limbs, answers a fixnum where one will do.
Value finish_bignum(Bignum* bignum, std::uint64_t size, bool negative);

Value make_integer_slow(std::int64_t n);
inline Value make_integer(std::int64_t n) { return fits_fixnum(n) ? fixnum(n) : make_integer_slow(n); }
Value make_unsigned_integer_slow(std::uint64_t n);
inline Value make_unsigned_integer(std::uint64_t n) {
  return n <= static_cast<std::uint64_t>(kFixnumMax) ? fixnum(static_cast<std::int64_t>(n)) : make_unsigned_integer_slow(n);
}
Value make_wide_integer_slow(__int128 n);
inline Value make_wide_integer(__int128 n) {
  const auto low = static_cast<std::int64_t>(n);
  return low == n && fits_fixnum(low) ? fixnum(low) : make_wide_integer_slow(n);
}

// Of integers of one limb at most: the value. False: it has more.
inline bool take_short_integer(Value v, __int128* n) {
  if (v.is_fixnum()) {
    *n = fixnum_value(v);
    return true;
  }
  const Bignum* bignum = as<Bignum>(v);
  if (header_length(bignum->header) != 1) return false;
  const auto magnitude = static_cast<__int128>(bignum->limbs[0]);
  *n = header_flags(bignum->header) & kFlagNegative ? -magnitude : magnitude;
  return true;
}
inline bool fits_limb(__int128 n) { return n >= 0 && n >> 64 == 0; }

inline std::uint64_t fixnum_magnitude(Value v) {
  const std::int64_t n = fixnum_value(v);
  return n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
}

Value integer_add(Value a, Value b);
Value integer_subtract(Value a, Value b);
Value integer_multiply(Value a, Value b);
Value integer_negate(Value a);
Value integer_abs(Value a);
int integer_sign(Value a);
int integer_compare(Value a, Value b);  // -1, 0, 1
bool integer_is_odd(Value a);

// Truncating division; the divisor is not zero. Either result may be left out (null). False: the condition is pending.
bool integer_divide(Value dividend, Value divisor, Value* quotient, Value* remainder);
Value integer_quotient(Value a, Value b);
Value integer_remainder(Value a, Value b);
Value integer_floor_quotient(Value a, Value b);
Value integer_modulo(Value a, Value b);
Value integer_gcd(Value a, Value b);
std::uint64_t gcd_of_words(std::uint64_t a, std::uint64_t b);
// The exponent is not negative. Out of memory when the result would be too large.
Value integer_power(Value base, std::uint64_t exponent);
// root * root + rest = n, for n >= 0. `rest` may be null.
bool integer_square_root(Value n, Value* root, Value* rest);

Value integer_shift(Value n, std::int64_t count);  // left when positive; right rounds down
Value integer_and(Value a, Value b);
Value integer_or(Value a, Value b);
Value integer_xor(Value a, Value b);
std::uint64_t integer_length(Value a);             // bits of the two's complement form without its sign
std::uint64_t integer_bit_count(Value a);          // ones of a or, when negative, of its complement
std::uint64_t integer_trailing_zeros(Value a);     // a is not zero

}  // namespace perdure::runtime
