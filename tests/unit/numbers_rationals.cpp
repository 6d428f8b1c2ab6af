#include <cmath>

#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

// n/d as the oracle holds it: not reduced.
struct Fraction {
  Oracle n, d;
  Value value;
};

Fraction draw(Dice& dice, std::uint64_t bits) {
  Fraction f;
  dice.integer(f.n, bits);
  do dice.integer(f.d, bits); while (mpz_sgn(static_cast<mpz_srcptr>(f.d)) == 0);
  f.value = number_divide(from_oracle(f.n), from_oracle(f.d));
  return f;
}

// value is n/d, in lowest terms, the denominator positive.
bool is_quotient(Value value, Oracle n, Oracle d) {
  Oracle g;
  mpz_gcd(g, n, d);
  if (mpz_sgn(static_cast<mpz_srcptr>(d)) < 0) mpz_neg(g, g);
  mpz_divexact(n, n, g);
  mpz_divexact(d, d, g);
  return same(rational_numerator(value), n) && same(rational_denominator(value), d) && is_ratnum(value) == (mpz_cmp_ui(static_cast<mpz_srcptr>(d), 1) != 0);
}

// No other double is nearer to q than d, and d is the even one in a tie.
bool is_nearest(Value q, double d) {
  if (std::isinf(d)) return number_greater_equal(numbers()("abs", q), read("#e1.797693134862315807937e308")) == kTrue;
  auto distance = [&](double x) { return numbers()("abs", number_subtract(q, double_to_exact(x))); };
  for (double towards : {-INFINITY, INFINITY}) {
    const double other = std::nextafter(d, towards);
    if (std::isinf(other)) continue;
    const Value mine = distance(d), its = distance(other);
    if (number_greater(mine, its) == kTrue) return false;
    if (number_equal(mine, its) == kTrue && std::bit_cast<std::uint64_t>(d) & 1) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("rationals: arithmetic is the oracle's, in lowest terms", "[numbers]") {
  Dice dice(30);
  for (int i = 0; i < 2500; ++i) {
    Fraction a = draw(dice, i % 3 ? 60 : 400), b = draw(dice, i % 2 ? 20 : 200);
    Oracle n, m, d;
    mpz_mul(d, a.d, b.d);
    mpz_mul(n, a.n, b.d);
    mpz_mul(m, b.n, a.d);
    const int sign = mpz_sgn(static_cast<mpz_srcptr>(d));
    const int order = sign < 0 ? mpz_cmp(m, n) : mpz_cmp(n, m);
    REQUIRE(number_less(a.value, b.value) == boolean(order < 0));
    REQUIRE(number_equal(a.value, b.value) == boolean(order == 0));
    Oracle sum, difference, product;
    mpz_add(sum, n, m);
    mpz_sub(difference, n, m);
    mpz_mul(product, a.n, b.n);
    REQUIRE(is_quotient(number_add(a.value, b.value), sum, d));
    REQUIRE(is_quotient(number_subtract(a.value, b.value), difference, d));
    REQUIRE(is_quotient(number_multiply(a.value, b.value), product, d));
    if (mpz_sgn(static_cast<mpz_srcptr>(m)) != 0) {
      REQUIRE(is_quotient(number_divide(a.value, b.value), n, m));
      REQUIRE(number_equal(numbers()("/", b.value), number_divide(fixnum(1), b.value)) == kTrue);
    }
    REQUIRE(number_equal(read(text(a.value, 7), 7), a.value) == kTrue);
  }
}

TEST_CASE("rationals: rounding is the oracle's", "[numbers]") {
  auto call = numbers();
  Dice dice(31);
  for (int i = 0; i < 1500; ++i) {
    Fraction f = draw(dice, i % 2 ? 60 : 300);
    if (i % 5 == 0) mpz_set_ui(f.d, 2 + dice.below(2)), f.value = number_divide(from_oracle(f.n), from_oracle(f.d));
    Oracle z, twice;
    mpz_fdiv_q(z, f.n, f.d);
    REQUIRE(same(call("floor", f.value), z));
    mpz_cdiv_q(z, f.n, f.d);
    REQUIRE(same(call("ceiling", f.value), z));
    mpz_tdiv_q(z, f.n, f.d);
    REQUIRE(same(call("truncate", f.value), z));
    const Value rounded = call("round", f.value);
    const Value twice_error = number_multiply(fixnum(2), call("abs", number_subtract(f.value, rounded)));
    REQUIRE(number_less_equal(twice_error, fixnum(1)) == kTrue);
    if (number_equal(twice_error, fixnum(1)) == kTrue) REQUIRE(call("even?", rounded) == kTrue);
  }
}

TEST_CASE("rationals and bignums: to the nearest double, and exactly back", "[numbers]") {
  Dice dice(32);
  for (int i = 0; i < 3000; ++i) {
    Fraction f = draw(dice, i % 4 == 0 ? 1100 : i % 2 ? 64 : 130);
    REQUIRE(is_nearest(f.value, to_double(f.value)));
    const Value n = from_oracle(f.n);
    REQUIRE(is_nearest(n, to_double(n)));
    const double d = dice.any_double();
    REQUIRE(to_double(double_to_exact(d)) == d);
    REQUIRE(number_equal(double_to_exact(d), flonum(d)) == kTrue);
  }
  // Around the smallest doubles, where precision runs out.
  for (int i = 0; i < 1000; ++i) {
    Fraction f = draw(dice, 100);
    const Value tiny = number_divide(f.value, integer_shift(fixnum(1), 1000 + static_cast<int>(dice.below(120))));
    REQUIRE(is_nearest(tiny, to_double(tiny)));
  }
}

TEST_CASE("rationals: exact roots, and inexact ones to the nearest double", "[numbers]") {
  Dice dice(33);
  for (int i = 0; i < 800; ++i) {
    Fraction f = draw(dice, i % 3 ? 60 : 900);
    const Value q = numbers()("abs", f.value);
    REQUIRE(number_equal(numbers()("sqrt", number_multiply(q, q)), q) == kTrue);
    const Value root = numbers()("sqrt", q);
    if (!is_flonum(root)) continue;
    const double r = flonum_value(root);
    const auto middle = [&](double x) { return number_divide(number_add(double_to_exact(r), double_to_exact(x)), fixnum(2)); };
    const Value low = middle(std::nextafter(r, 0.0)), high = middle(std::nextafter(r, INFINITY));
    REQUIRE(number_less_equal(number_multiply(low, low), q) == kTrue);
    REQUIRE(number_greater_equal(number_multiply(high, high), q) == kTrue);
  }
}

TEST_CASE("comparison across exactness is of exact values, and transitive", "[numbers]") {
  Dice dice(34);
  for (int i = 0; i < 3000; ++i) {
    Value v[3];
    const double d = std::ldexp(static_cast<double>(dice.word() >> 11), static_cast<int>(dice.below(60)) - 40);
    for (Value& each : v) {
      switch (dice.below(4)) {
        case 0: each = flonum(std::nextafter(d, dice.below(2) ? INFINITY : -INFINITY)); break;
        case 1: each = flonum(d); break;
        case 2: each = number_add(double_to_exact(d), number_divide(fixnum(static_cast<std::int64_t>(dice.below(3)) - 1), fixnum(static_cast<std::int64_t>(1 + dice.below(1000000))))); break;
        default: each = numbers()("round", double_to_exact(d)); break;
      }
    }
    for (Value a : v)
      for (Value b : v) {
        const Value exact_a = numbers()("exact", a), exact_b = numbers()("exact", b);
        REQUIRE(number_less(a, b) == number_less(exact_a, exact_b));
        REQUIRE(number_equal(a, b) == number_equal(exact_a, exact_b));
        REQUIRE(number_greater_equal(a, b) == number_greater_equal(exact_a, exact_b));
      }
  }
}

TEST_CASE("rationalize finds the simplest", "[numbers]") {
  CHECK(eval("rationalize", "3/10", "1/10") == "1/3");
  CHECK(eval("rationalize", ".3", "1/10") == "0.3333333333333333");
  CHECK(eval("rationalize", "-3/10", "1/10") == "-1/3");
  CHECK(eval("rationalize", "1/10", "1/5") == "0");
  CHECK(eval("rationalize", "22/7", "0") == "22/7");
  CHECK(eval("rationalize", "5", "1/2") == "5");
  CHECK(eval("rationalize", "1/10", "+inf.0") == "0.0");
  CHECK(eval("rationalize", "+inf.0", "1/10") == "+inf.0");
  CHECK(eval("rationalize", "+inf.0", "+inf.0") == "+nan.0");
  Dice dice(35);
  for (int i = 0; i < 400; ++i) {
    const auto d = static_cast<std::int64_t>(2 + dice.below(400)), n = static_cast<std::int64_t>(dice.below(1000)) - 500;
    const Value x = number_divide(fixnum(n), fixnum(d)), y = number_divide(fixnum(1), fixnum(static_cast<std::int64_t>(2 + dice.below(500))));
    const Value low = number_subtract(x, y), high = number_add(x, y), answer = numbers()("rationalize", x, y);
    REQUIRE(number_less_equal(low, answer) == kTrue);
    REQUIRE(number_less_equal(answer, high) == kTrue);
    // No fraction with a smaller denominator lies between.
    for (std::int64_t k = 1; k < fixnum_value(rational_denominator(answer)); ++k) {
      const Value first = rational_floor(number_multiply(high, fixnum(k)));
      REQUIRE(number_less(number_divide(first, fixnum(k)), low) == kTrue);
    }
  }
}
