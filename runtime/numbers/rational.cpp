#include "runtime/numbers/rational.h"

namespace perdure::runtime {

Value make_reduced_rational(Value n, Value d) {
  if (raised(n) || raised(d)) return kRaise;
  if (d == fixnum(1)) return n;
  Value slots[] = {n, d};
  return make_object(Type::kRatnum, slots, 2);
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
static Value add_with(Value a, Value b, Value (*combine)(Value, Value)) {
  if (raised(a) || raised(b)) return kRaise;
  Value an = rational_numerator(a), ad = rational_denominator(a);
  Value bn = rational_numerator(b), bd = rational_denominator(b);
  Value g = integer_gcd(ad, bd);
  if (g == fixnum(1)) return make_reduced_rational(combine(integer_multiply(an, bd), integer_multiply(bn, ad)), integer_multiply(ad, bd));
  Value ad_rest = integer_quotient(ad, g);
  if (raised(g) || raised(ad_rest)) return kRaise;
  Value sum = combine(integer_multiply(an, integer_quotient(bd, g)), integer_multiply(bn, ad_rest));
  Value common = integer_gcd(sum, g);
  if (raised(common)) return kRaise;
  return make_reduced_rational(integer_quotient(sum, common), integer_multiply(ad_rest, integer_quotient(bd, common)));
}

Value rational_add(Value a, Value b) { return add_with(a, b, integer_add); }
Value rational_subtract(Value a, Value b) { return add_with(a, b, integer_subtract); }

// (an / ad) * (bn / bd), each in lowest terms; the denominators are positive.
static Value multiply_parts(Value an, Value ad, Value bn, Value bd) {
  Value g = integer_gcd(an, bd), h = integer_gcd(bn, ad);
  if (raised(g) || raised(h)) return kRaise;
  if (g != fixnum(1)) an = integer_quotient(an, g), bd = integer_quotient(bd, g);
  if (h != fixnum(1)) bn = integer_quotient(bn, h), ad = integer_quotient(ad, h);
  return make_reduced_rational(integer_multiply(an, bn), integer_multiply(ad, bd));
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
