// Exact integers as infinite rows of bits in two's complement.
#include <bit>

#include "runtime/numbers/integer.h"

namespace perdure::runtime {
namespace {

// Hands out the limbs of the two's complement form, lowest first, without an end.
class ComplementLimbs {
 public:
  explicit ComplementLimbs(const IntegerView& n) : n_(n), carry_(n.negative()) {}
  Limb next() {
    Limb limb = index_ < n_.size() ? n_.limbs()[index_] : 0;
    ++index_;
    if (!n_.negative()) return limb;
    Limb complement = ~limb + carry_;
    carry_ = carry_ && complement == 0;
    return complement;
  }

 private:
  const IntegerView& n_;
  std::uint64_t index_ = 0;
  Limb carry_;
};

// Turns limbs in two's complement into a magnitude.
void negate_limbs(Limb* limbs, std::uint64_t size) {
  mpn_neg(limbs, limbs, static_cast<mp_size_t>(size));
}

template <class Operation> Value bitwise(Value a, Value b, Operation operation) {
  if (raised(a) || raised(b)) return kRaise;
  IntegerView left(a), right(b);
  std::uint64_t size = std::max(left.size(), right.size()) + 1;
  Bignum* result = start_bignum(size);
  if (!result) return kRaise;
  ComplementLimbs lefts(left), rights(right);
  for (std::uint64_t i = 0; i < size; ++i) result->limbs[i] = operation(lefts.next(), rights.next());
  bool negative = result->limbs[size - 1] >> 63;
  if (negative) negate_limbs(result->limbs, size);
  return finish_bignum(result, size, negative);
}

// Of two that are not negative limbs are combined as they are. `rest`: so are those that only the longer one has.
template <class Operation> Value combine(Value a, Value b, bool rest, Operation operation) {
  if (raised(a) || raised(b)) return kRaise;
  const IntegerView left(a), right(b);
  if (left.negative() || right.negative()) return bitwise(a, b, operation);
  const IntegerView& longer = left.size() >= right.size() ? left : right;
  const IntegerView& shorter = &longer == &left ? right : left;
  const std::uint64_t size = rest ? longer.size() : shorter.size();
  Bignum* result = start_bignum(size);
  if (!result) return kRaise;
  for (std::uint64_t i = 0; i < shorter.size(); ++i) result->limbs[i] = operation(longer.limbs()[i], shorter.limbs()[i]);
  if (rest) mpn_copyi(result->limbs + shorter.size(), longer.limbs() + shorter.size(), static_cast<mp_size_t>(size - shorter.size()));
  return finish_bignum(result, size, false);
}

// In two's complement.
Limb low_limb(Value v) {
  if (v.is_fixnum()) return static_cast<Limb>(fixnum_value(v));
  const Bignum* bignum = as<Bignum>(v);
  return header_flags(bignum->header) & kFlagNegative ? -bignum->limbs[0] : bignum->limbs[0];
}

Value shift_left(const IntegerView& n, std::uint64_t count) {
  std::uint64_t limbs = count / 64, bits = count % 64;
  if (limbs > kMaxLimbs) return out_of_memory();
  std::uint64_t size = n.size() + limbs + 1;
  Bignum* result = start_bignum(size);
  if (!result) return kRaise;
  mpn_zero(result->limbs, static_cast<mp_size_t>(limbs));
  if (bits) {
    result->limbs[size - 1] = mpn_lshift(result->limbs + limbs, n.limbs(), static_cast<mp_size_t>(n.size()), static_cast<unsigned>(bits));
  } else {
    mpn_copyi(result->limbs + limbs, n.limbs(), static_cast<mp_size_t>(n.size()));
    result->limbs[size - 1] = 0;
  }
  return finish_bignum(result, size, n.negative());
}

// Rounds down: away from zero when negative and a one is lost.
Value shift_right(const IntegerView& n, std::uint64_t count) {
  std::uint64_t limbs = count / 64, bits = count % 64;
  if (limbs >= n.size()) return fixnum(n.negative() ? -1 : 0);
  bool lost = n.negative() && mpn_scan1(n.limbs(), 0) < count;
  std::uint64_t size = n.size() - limbs;
  Bignum* result = start_bignum(size + 1);
  if (!result) return kRaise;
  if (bits) mpn_rshift(result->limbs, n.limbs() + limbs, static_cast<mp_size_t>(size), static_cast<unsigned>(bits));
  else mpn_copyi(result->limbs, n.limbs() + limbs, static_cast<mp_size_t>(size));
  result->limbs[size] = lost ? mpn_add_1(result->limbs, result->limbs, static_cast<mp_size_t>(size), 1) : 0;
  return finish_bignum(result, size + 1, n.negative());
}

}  // namespace

Value integer_shift(Value n, std::int64_t count) {
  if (raised(n) || count == 0 || n == fixnum(0)) return n;
  if (n.is_fixnum()) {
    std::int64_t value = fixnum_value(n);
    if (count < 0) return fixnum(value >> (count < -63 ? 63 : -count));
    if (count < 60 && std::bit_width(static_cast<std::uint64_t>(value < 0 ? ~value : value)) + count <= 60)
      return fixnum(value << count);
  }
  if (__int128 value; take_short_integer(n, &value)) {
    if (count < 0) return make_wide_integer(value >> (count < -127 ? 127 : -count));
    if (count < 63) return make_wide_integer(value << count);
  }
  IntegerView view(n);
  return count > 0 ? shift_left(view, static_cast<std::uint64_t>(count)) : shift_right(view, -static_cast<std::uint64_t>(count));
}

Value integer_and(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return {a.bits & b.bits};
  if (raised(a) || raised(b)) return kRaise;
  // What is not negative and has one limb keeps nothing of the other beyond that.
  if (__int128 mask; take_short_integer(b, &mask) && fits_limb(mask)) return make_unsigned_integer(low_limb(a) & static_cast<Limb>(mask));
  if (__int128 mask; take_short_integer(a, &mask) && fits_limb(mask)) return make_unsigned_integer(low_limb(b) & static_cast<Limb>(mask));
  return combine(a, b, false, [](Limb x, Limb y) { return x & y; });
}

Value integer_or(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return {a.bits | b.bits};
  if (raised(a) || raised(b)) return kRaise;
  if (__int128 x, y; take_short_integer(a, &x) && take_short_integer(b, &y)) return make_wide_integer(x | y);
  return combine(a, b, true, [](Limb x, Limb y) { return x | y; });
}

Value integer_xor(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum()) return {a.bits ^ b.bits};
  if (raised(a) || raised(b)) return kRaise;
  if (__int128 x, y; take_short_integer(a, &x) && take_short_integer(b, &y)) return make_wide_integer(x ^ y);
  return combine(a, b, true, [](Limb x, Limb y) { return x ^ y; });
}

std::uint64_t integer_length(Value a) {
  IntegerView view(a);
  // -2^k needs one bit less than its magnitude.
  bool power_of_two = view.negative() && mpn_scan1(view.limbs(), 0) == view.bits() - 1;
  return view.bits() - power_of_two;
}

std::uint64_t integer_bit_count(Value a) {
  IntegerView view(a);
  if (view.size() == 0) return 0;
  std::uint64_t ones = mpn_popcount(view.limbs(), static_cast<mp_size_t>(view.size()));
  // ~a = |a| - 1: its lowest one becomes zero and the zeros below become ones.
  return view.negative() ? ones - 1 + mpn_scan1(view.limbs(), 0) : ones;
}

std::uint64_t integer_trailing_zeros(Value a) { return mpn_scan1(IntegerView(a).limbs(), 0); }

}  // namespace perdure::runtime
