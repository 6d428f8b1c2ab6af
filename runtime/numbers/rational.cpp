#include "runtime/numbers/rational.h"

namespace perdure::runtime {
namespace {

// A common factor is 1 more often than not.
inline Value quotient_by(Value n, Value factor) { return factor == fixnum(1) ? n : integer_quotient(n, factor); }

inline bool are_fixnums(Value a, Value b, Value c, Value d) { return Value{a.bits | b.bits | c.bits | d.bits}.is_fixnum(); }

}  // namespace

Value make_reduced_rational(Value n, Value d) {
  if (raised(n) || raised(d)) return kRaise;
  return d == fixnum(1) ? n : make_object_of_two(Type::kRatnum, n, d);
}

Value make_rational(Value n, Value d) {
  Value common = integer_gcd(n, d);
  if (raised(common)) return kRaise;
  if (integer_sign(d) < 0) common = integer_negate(common);
  if (common == fixnum(1)) return make_reduced_rational(n, d);
  return make_reduced_rational(integer_quotient(n, common), integer_quotient(d, common));
}

// With g = gcd of the denominators, a/b + c/d = (a (d/g) + c (b/g)) / (b (d/g)), and only factors of g can cancel
// (Knuth, The Art of Computer Programming, 4.5.1).
template <Value (*combine)(Value, Value)> static Value add_with(Value a, Value b) {
  if (raised(a) || raised(b)) return kRaise;
  Value an = rational_numerator(a), ad = rational_denominator(a);
  Value bn = rational_numerator(b), bd = rational_denominator(b);
  if (are_fixnums(an, ad, bn, bd)) {
    const std::int64_t d = fixnum_value(ad), e = fixnum_value(bd);
    const auto g = static_cast<std::int64_t>(gcd_of_words(fixnum_magnitude(ad), fixnum_magnitude(bd)));
    const __int128 left = static_cast<__int128>(fixnum_value(an)) * (e / g), right = static_cast<__int128>(fixnum_value(bn)) * (d / g);
    const Value sum = make_wide_integer(combine == integer_add ? left + right : left - right);
    const Value common = g == 1 ? fixnum(1) : integer_gcd(sum, fixnum(g));
    if (raised(sum) || raised(common)) return kRaise;
    return make_reduced_rational(quotient_by(sum, common), make_wide_integer(static_cast<__int128>(d / g) * (e / fixnum_value(common))));
  }
  Value g = integer_gcd(ad, bd);
  if (g == fixnum(1)) return make_reduced_rational(combine(integer_multiply(an, bd), integer_multiply(bn, ad)), integer_multiply(ad, bd));
  Value ad_rest = integer_quotient(ad, g);
  if (raised(g) || raised(ad_rest)) return kRaise;
  Value sum = combine(integer_multiply(an, integer_quotient(bd, g)), integer_multiply(bn, ad_rest));
  Value common = integer_gcd(sum, g);
  if (raised(common)) return kRaise;
  return make_reduced_rational(quotient_by(sum, common), integer_multiply(ad_rest, quotient_by(bd, common)));
}

Value rational_add(Value a, Value b) { return add_with<integer_add>(a, b); }
Value rational_subtract(Value a, Value b) { return add_with<integer_subtract>(a, b); }

// (an / ad) * (bn / bd), each in lowest terms; the denominators are positive.
static Value multiply_parts(Value an, Value ad, Value bn, Value bd) {
  Value g = integer_gcd(an, bd), h = integer_gcd(bn, ad);
  if (raised(g) || raised(h)) return kRaise;
  return make_reduced_rational(integer_multiply(quotient_by(an, g), quotient_by(bn, h)),
                               integer_multiply(quotient_by(ad, h), quotient_by(bd, g)));
}

Value rational_multiply(Value a, Value b) {
  if (raised(a) || raised(b)) return kRaise;
  return multiply_parts(rational_numerator(a), rational_denominator(a), rational_numerator(b), rational_denominator(b));
}

Value rational_divide(Value a, Value b) {
  if (raised(a) || raised(b)) return kRaise;
  Value bn = rational_numerator(b), bd = rational_denominator(b);
  if (integer_sign(bn) < 0) bn = integer_negate(bn), bd = integer_negate(bd);
  if (raised(bn) || raised(bd)) return kRaise;
  return multiply_parts(rational_numerator(a), rational_denominator(a), bd, bn);
}

Value rational_negate(Value a) {
  if (!is_ratnum(a)) return integer_negate(a);
  return make_reduced_rational(integer_negate(rational_numerator(a)), rational_denominator(a));
}

Value rational_floor(Value a) {
  return is_ratnum(a) ? integer_floor_quotient(rational_numerator(a), rational_denominator(a)) : a;
}

int rational_sign(Value a) { return integer_sign(rational_numerator(a)); }

bool rational_equal(Value a, Value b) {
  if (is_ratnum(a) != is_ratnum(b)) return false;
  if (!is_ratnum(a)) return integer_compare(a, b) == 0;
  return integer_compare(rational_numerator(a), rational_numerator(b)) == 0 &&
         integer_compare(rational_denominator(a), rational_denominator(b)) == 0;
}

Order rational_compare(Value a, Value b) {
  if (!is_ratnum(a) && !is_ratnum(b)) return order_of(integer_compare(a, b));
  int sign = rational_sign(a);
  if (sign != rational_sign(b)) return sign < rational_sign(b) ? Order::kLess : Order::kGreater;
  Value left = integer_multiply(rational_numerator(a), rational_denominator(b));
  Value right = integer_multiply(rational_numerator(b), rational_denominator(a));
  return raised(left) || raised(right) ? Order::kFailed : order_of(integer_compare(left, right));
}

}  // namespace perdure::runtime
