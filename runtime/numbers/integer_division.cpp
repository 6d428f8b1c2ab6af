// Division, greatest common divisors, powers and square roots of exact integers.
#include <bit>

#include "runtime/numbers/integer.h"

namespace perdure::runtime {
namespace {

// A copy of the magnitude without its factors of two, and how many there were.
struct OddPart {
  Limb* limbs;
  std::uint64_t size;
  std::uint64_t twos;
};

OddPart odd_part(const IntegerView& n, Limb* space) {
  std::uint64_t twos = mpn_scan1(n.limbs(), 0);
  auto skipped = twos / 64;
  auto size = n.size() - skipped;
  if (twos % 64) mpn_rshift(space, n.limbs() + skipped, static_cast<mp_size_t>(size), twos % 64);
  else mpn_copyi(space, n.limbs() + skipped, static_cast<mp_size_t>(size));
  if (space[size - 1] == 0) --size;
  return {space, size, twos};
}

// Both have at least one limb.
Value gcd_of_views(const IntegerView& a, const IntegerView& b) {
  ScratchLimbs a_space(a.size()), b_space(b.size());
  Bignum* result = start_bignum(std::min(a.size(), b.size()) + 1);
  MpnScratch scratch(a.size() + b.size());
  if (a_space.failed() || b_space.failed() || !result || scratch.failed()) return kRaise;
  OddPart u = odd_part(a, a_space.get()), v = odd_part(b, b_space.get());
  std::uint64_t twos = std::min(u.twos, v.twos);
  if (u.size < v.size || (u.size == v.size && u.limbs[u.size - 1] < v.limbs[v.size - 1])) std::swap(u, v);
  auto size = mpn_gcd(result->limbs, u.limbs, static_cast<mp_size_t>(u.size), v.limbs, static_cast<mp_size_t>(v.size));
  return integer_shift(finish_bignum(result, static_cast<std::uint64_t>(size), false), static_cast<std::int64_t>(twos));
}

// A result of the division; one that nobody wants needs its limbs all the same, but no bignum.
class Part {
 public:
  Part(std::uint64_t size, bool wanted)
      : bignum_(wanted ? start_bignum(size) : nullptr), scratch_(wanted ? 0 : size),
        limbs_(!wanted ? scratch_.get() : bignum_ ? bignum_->limbs : nullptr) {}
  Limb* limbs() { return limbs_; }
  Value finish(std::uint64_t size, bool negative) { return finish_bignum(bignum_, size, negative); }

 private:
  Bignum* bignum_;
  ScratchLimbs scratch_;
  Limb* limbs_;
};

bool divide_views(const IntegerView& n, const IntegerView& d, Value* quotient, Value* remainder) {
  std::uint64_t quotient_size = n.size() - d.size() + 1;
  Part q(quotient_size, quotient != nullptr), r(d.size(), remainder != nullptr);
  MpnScratch scratch(n.size() + d.size());
  if (!q.limbs() || !r.limbs() || scratch.failed()) return false;
  if (d.size() == 1) r.limbs()[0] = mpn_divrem_1(q.limbs(), 0, n.limbs(), static_cast<mp_size_t>(n.size()), d.limbs()[0]);
  else mpn_tdiv_qr(q.limbs(), r.limbs(), 0, n.limbs(), static_cast<mp_size_t>(n.size()), d.limbs(), static_cast<mp_size_t>(d.size()));
  if (quotient) *quotient = q.finish(quotient_size, n.negative() != d.negative());
  if (remainder) *remainder = r.finish(d.size(), n.negative());
  return true;
}

}  // namespace

// Binary, without jumps that depend on which is the greater: those go wrong every other time.
std::uint64_t gcd_of_words(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return a | b;
  constexpr int kMuchLonger = 12;   // bits that one division takes away faster
  if (std::bit_width(a) > std::bit_width(b) + kMuchLonger && (a %= b) == 0) return b;
  if (std::bit_width(b) > std::bit_width(a) + kMuchLonger && (b %= a) == 0) return a;
  const int twos = std::countr_zero(a | b);
  a >>= std::countr_zero(a);
  b >>= std::countr_zero(b);
  while (a != b) {
    const std::uint64_t difference = a - b;
    const bool less = a < b;
    b = less ? a : b;
    a = (less ? -difference : difference) >> std::countr_zero(difference);
  }
  return a << twos;
}

bool integer_divide(Value dividend, Value divisor, Value* quotient, Value* remainder) {
  if (raised(dividend) || raised(divisor)) return false;
  if (dividend.is_fixnum() && divisor.is_fixnum()) {
    std::int64_t n = fixnum_value(dividend), d = fixnum_value(divisor);
    if (quotient) *quotient = make_integer(n / d);
    if (remainder) *remainder = fixnum(n % d);
    return !quotient || !raised(*quotient);
  }
  IntegerView n(dividend), d(divisor);
  if (n.size() >= d.size()) return divide_views(n, d, quotient, remainder);
  if (quotient) *quotient = fixnum(0);
  if (remainder) *remainder = dividend;
  return true;
}

Value integer_quotient(Value a, Value b) {
  Value q;
  return integer_divide(a, b, &q, nullptr) ? q : kRaise;
}

Value integer_remainder(Value a, Value b) {
  Value r;
  return integer_divide(a, b, nullptr, &r) ? r : kRaise;
}

Value integer_floor_quotient(Value a, Value b) {
  Value q, r;
  if (!integer_divide(a, b, &q, &r)) return kRaise;
  bool adjust = r != fixnum(0) && integer_sign(r) != integer_sign(b);
  return adjust ? integer_subtract(q, fixnum(1)) : q;
}

Value integer_modulo(Value a, Value b) {
  Value r = integer_remainder(a, b);
  if (raised(r) || r == fixnum(0) || integer_sign(r) == integer_sign(b)) return r;
  return integer_add(r, b);
}

Value integer_gcd(Value a, Value b) {
  if (a.is_fixnum() && b.is_fixnum())
    return make_unsigned_integer(gcd_of_words(fixnum_magnitude(a), fixnum_magnitude(b)));
  if (raised(a) || raised(b)) return kRaise;
  if (a == fixnum(0)) return integer_abs(b);
  if (b == fixnum(0)) return integer_abs(a);
  IntegerView u(a), v(b);
  if (u.size() == 1 && v.size() == 1) return make_unsigned_integer(gcd_of_words(u.limbs()[0], v.limbs()[0]));
  if (v.size() == 1) return make_unsigned_integer(gcd_of_words(mpn_mod_1(u.limbs(), static_cast<mp_size_t>(u.size()), v.limbs()[0]), v.limbs()[0]));
  if (u.size() == 1) return integer_gcd(b, a);
  return gcd_of_views(u, v);
}

// The last multiplication takes some five times the size of the result. Asked for before the work is begun that would
// be in vain.
static bool has_room_for_power(std::uint64_t limbs) {
  constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;
  return limbs < kLarge || allocate(5 * limbs * sizeof(Limb), false) != nullptr;
}

Value integer_power(Value base, std::uint64_t exponent) {
  if (raised(base) || exponent == 1) return base;
  if (exponent == 0 || base == fixnum(1)) return fixnum(1);
  if (base == fixnum(0)) return base;
  if (base == fixnum(-1)) return exponent & 1 ? base : fixnum(1);
  std::uint64_t twos = integer_trailing_zeros(base);
  Value odd = integer_shift(base, -static_cast<std::int64_t>(twos));
  if (exponent >= kMaxBits || IntegerView(base).bits() - 1 > kMaxBits / exponent) return out_of_memory();
  if (!has_room_for_power((IntegerView(base).bits() - 1) * exponent / 64)) return kRaise;
  Value power = fixnum(1);
  for (int bit = static_cast<int>(std::bit_width(exponent)) - 1; bit >= 0; --bit) {
    power = integer_multiply(power, power);
    if (exponent >> bit & 1) power = integer_multiply(power, odd);
  }
  return integer_shift(power, static_cast<std::int64_t>(twos * exponent));
}

namespace {

// Rounding may have made it one too large or too small.
std::uint64_t small_square_root(std::uint64_t n) {
  auto root = static_cast<std::uint64_t>(__builtin_sqrt(static_cast<double>(n)));
  if (root * root > n) return root - 1;
  return (root + 1) * (root + 1) <= n ? root + 1 : root;
}

}  // namespace

bool integer_square_root(Value n, Value* root, Value* rest) {
  if (raised(n)) return false;
  if (n.is_fixnum()) {
    const auto square = static_cast<std::uint64_t>(fixnum_value(n));
    const std::uint64_t answer = small_square_root(square);
    *root = fixnum(static_cast<std::int64_t>(answer));
    if (rest) *rest = fixnum(static_cast<std::int64_t>(square - answer * answer));
    return true;
  }
  IntegerView view(n);
  std::uint64_t root_size = (view.size() + 1) / 2;
  Bignum* s = start_bignum(root_size);
  Bignum* r = start_bignum(view.size());
  MpnScratch scratch(view.size());
  if (!s || !r || scratch.failed()) return false;
  auto rest_size = mpn_sqrtrem(s->limbs, r->limbs, view.limbs(), static_cast<mp_size_t>(view.size()));
  *root = finish_bignum(s, root_size, false);
  if (rest) *rest = finish_bignum(r, static_cast<std::uint64_t>(rest_size), false);
  return true;
}

}  // namespace perdure::runtime
