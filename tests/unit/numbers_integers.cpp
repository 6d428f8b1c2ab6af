#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

struct Pair2 {
  Oracle x, y;
  Value a, b;
};

Pair2 draw(Dice& dice, std::uint64_t bits) {
  Pair2 p;
  dice.integer(p.x, bits);
  dice.integer(p.y, bits);
  p.a = from_oracle(p.x);
  p.b = from_oracle(p.y);
  return p;
}

template <class Check> void for_many(std::uint64_t seed, Check check) {
  Dice dice(seed);
  for (std::uint64_t bits : {62, 66, 130, 1000, 20000})
    for (int i = 0; i < (bits < 2000 ? 1500 : 60); ++i) check(draw(dice, bits), dice);
}

}  // namespace

TEST_CASE("integers: sums, differences and products are the oracle's", "[numbers]") {
  for_many(1, [](Pair2 p, Dice&) {
    Oracle z;
    mpz_add(z, p.x, p.y);
    REQUIRE(same(number_add(p.a, p.b), z));
    mpz_sub(z, p.x, p.y);
    REQUIRE(same(number_subtract(p.a, p.b), z));
    mpz_mul(z, p.x, p.y);
    REQUIRE(same(number_multiply(p.a, p.b), z));
    mpz_mul(z, p.x, p.x);
    REQUIRE(same(number_multiply(p.a, p.a), z));
    mpz_neg(z, p.x);
    REQUIRE(same(number_negate(p.a), z));
  });
}

TEST_CASE("integers: order is the oracle's", "[numbers]") {
  for_many(2, [](Pair2 p, Dice&) {
    const int order = mpz_cmp(p.x, p.y);
    REQUIRE(number_less(p.a, p.b) == boolean(order < 0));
    REQUIRE(number_less_equal(p.a, p.b) == boolean(order <= 0));
    REQUIRE(number_equal(p.a, p.b) == boolean(order == 0));
    REQUIRE(number_greater(p.a, p.b) == boolean(order > 0));
    REQUIRE(number_greater_equal(p.a, p.b) == boolean(order >= 0));
    REQUIRE(number_equal(p.a, from_oracle(p.x)) == kTrue);
  });
}

TEST_CASE("integers: text in every radix is the oracle's and reads back", "[numbers]") {
  Dice dice(4);
  for (int radix = 2; radix <= 36; ++radix)
    for (std::uint64_t bits : {62, 130, 700, 9000})
      for (int i = 0; i < 10; ++i) {
        Pair2 p = draw(dice, bits);
        REQUIRE(text(p.a, radix) == p.x.text(radix));
        REQUIRE(same(read(p.x.text(radix), radix), p.x));
      }
}

TEST_CASE("integers: the divisions are the oracle's", "[numbers]") {
  auto call = numbers();
  for_many(20, [&](Pair2 p, Dice& dice) {
    if (dice.below(2)) p.b = number_quotient(p.b, read("18446744073709551629")), mpz_tdiv_q(p.y, p.y, Oracle("18446744073709551629"));
    if (mpz_sgn(static_cast<mpz_srcptr>(p.y)) == 0) return;
    Oracle q, r;
    mpz_tdiv_qr(q, r, p.x, p.y);
    REQUIRE(same(number_quotient(p.a, p.b), q));
    REQUIRE(same(number_remainder(p.a, p.b), r));
    Value both = call("%truncate/", p.a, p.b);
    REQUIRE((same(as<Values>(both)->slots[0], q) && same(as<Values>(both)->slots[1], r)));
    mpz_fdiv_qr(q, r, p.x, p.y);
    REQUIRE(same(call("floor-quotient", p.a, p.b), q));
    REQUIRE(same(number_modulo(p.a, p.b), r));
    both = call("%floor/", p.a, p.b);
    REQUIRE((same(as<Values>(both)->slots[0], q) && same(as<Values>(both)->slots[1], r)));
  });
}

TEST_CASE("integers: gcd, lcm, parity and sign are the oracle's", "[numbers]") {
  auto call = numbers();
  for_many(21, [&](Pair2 p, Dice& dice) {
    if (dice.below(2)) {
      Oracle common;
      dice.integer(common, 300);
      mpz_mul(p.x, p.x, common);
      mpz_mul(p.y, p.y, common);
      p.a = from_oracle(p.x), p.b = from_oracle(p.y);
    }
    Oracle z;
    mpz_gcd(z, p.x, p.y);
    REQUIRE(same(call("gcd", p.a, p.b), z));
    mpz_lcm(z, p.x, p.y);
    REQUIRE(same(call("lcm", p.a, p.b), z));
    mpz_abs(z, p.x);
    REQUIRE(same(call("abs", p.a), z));
    REQUIRE(call("odd?", p.a) == boolean(mpz_tstbit(p.x, 0)));
    REQUIRE(call("even?", p.a) == boolean(!mpz_tstbit(p.x, 0)));
    REQUIRE(number_is_negative(p.a) == boolean(mpz_sgn(static_cast<mpz_srcptr>(p.x)) < 0));
    REQUIRE(number_is_zero(p.a) == boolean(mpz_sgn(static_cast<mpz_srcptr>(p.x)) == 0));
  });
}

TEST_CASE("integers: bits are the oracle's", "[numbers]") {
  auto call = numbers();
  for_many(22, [&](Pair2 p, Dice& dice) {
    Oracle z;
    mpz_and(z, p.x, p.y);
    REQUIRE(same(number_bitwise_and(p.a, p.b), z));
    mpz_ior(z, p.x, p.y);
    REQUIRE(same(number_bitwise_or(p.a, p.b), z));
    mpz_xor(z, p.x, p.y);
    REQUIRE(same(number_bitwise_xor(p.a, p.b), z));
    mpz_com(z, p.x);
    REQUIRE(same(call("bitwise-not", p.a), z));
    const auto count = dice.below(300);
    mpz_mul_2exp(z, p.x, count);
    REQUIRE(same(number_arithmetic_shift(p.a, fixnum(static_cast<std::int64_t>(count))), z));
    mpz_fdiv_q_2exp(z, p.x, count);
    REQUIRE(same(number_arithmetic_shift(p.a, fixnum(-static_cast<std::int64_t>(count))), z));
    const bool negative = mpz_sgn(static_cast<mpz_srcptr>(p.x)) < 0;
    if (negative) mpz_com(z, p.x);
    else mpz_set(z, p.x);
    const auto length = mpz_sgn(static_cast<mpz_srcptr>(z)) == 0 ? 0 : mpz_sizeinbase(z, 2);
    REQUIRE(call("integer-length", p.a) == fixnum(static_cast<std::int64_t>(length)));
    REQUIRE(call("bit-count", p.a) == fixnum(static_cast<std::int64_t>(mpz_popcount(z))));
  });
}

TEST_CASE("integers: powers and whole roots are the oracle's", "[numbers]") {
  auto call = numbers();
  Dice dice(23);
  for (int i = 0; i < 1500; ++i) {
    Pair2 p = draw(dice, i % 2 ? 62 : 400);
    const auto exponent = dice.below(40);
    Oracle z, root, rest;
    mpz_pow_ui(z, p.x, exponent);
    REQUIRE(same(call("expt", p.a, fixnum(static_cast<std::int64_t>(exponent))), z));
    mpz_abs(p.y, p.y);
    mpz_sqrtrem(root, rest, p.y);
    Value both = call("%exact-integer-sqrt", from_oracle(p.y));
    REQUIRE((same(as<Values>(both)->slots[0], root) && same(as<Values>(both)->slots[1], rest)));
    mpz_mul(z, p.y, p.y);
    REQUIRE(same(call("sqrt", from_oracle(z)), p.y));
  }
}

TEST_CASE("integers: the edges of fixnums", "[numbers]") {
  CHECK(eval("+", "1152921504606846975", "1") == "1152921504606846976");
  CHECK(eval("-", "-1152921504606846976", "1") == "-1152921504606846977");
  CHECK(eval("-", "-1152921504606846976") == "1152921504606846976");
  CHECK(eval("-", "1152921504606846976") == "-1152921504606846976");
  CHECK(read("-1152921504606846976").is_fixnum());
  CHECK(numbers()("-", read("1152921504606846976")).is_fixnum());
  CHECK(eval("quotient", "-1152921504606846976", "-1") == "1152921504606846976");
  CHECK(eval("abs", "-1152921504606846976") == "1152921504606846976");
  CHECK(eval("remainder", "-1152921504606846976", "1152921504606846976") == "0");
  CHECK(eval("gcd", "-1152921504606846976", "0") == "1152921504606846976");
  CHECK(eval("*", "-1152921504606846976", "-1") == "1152921504606846976");
  CHECK(eval("arithmetic-shift", "-1", "60") == "-1152921504606846976");
  CHECK(eval("arithmetic-shift", "1", "60") == "1152921504606846976");
  CHECK(eval("arithmetic-shift", "-1", "-1000000000000000000000000") == "-1");
  CHECK(eval("arithmetic-shift", "0", "1000000000000000000000000") == "0");
  CHECK(eval("integer-length", "-1152921504606846976") == "60");
}

TEST_CASE("integers: what would be too large is out of memory at once", "[numbers]") {
  auto call = numbers();
  CHECK(call.kind("expt", num(7), num(1'000'000'000'000)) == "out-of-memory");
  CHECK(call.kind("expt", num(2), read("100000000000000000000000000000")) == "out-of-memory");
  CHECK(call.kind("expt", read("1/2"), num(100'000'000'000)) == "out-of-memory");
  CHECK(call.kind("arithmetic-shift", num(1), num(kFixnumMax)) == "out-of-memory");
  CHECK(call.kind("arithmetic-shift", num(1), read("1000000000000000000000000")) == "out-of-memory");
  CHECK(eval("expt", "-1", "100000000000000000000000000001") == "-1");
  CHECK(eval("expt", "1", "-100000000000000000000000000001") == "1");
  CHECK(eval("expt", "0", "100000000000000000000000000001") == "0");
}

namespace {

int outside_requests;
void* counting_allocate(std::size_t bytes) { return ++outside_requests, std::malloc(bytes); }
void* counting_reallocate(void* old, std::size_t, std::size_t bytes) { return ++outside_requests, std::realloc(old, bytes); }
void counting_free(void* memory, std::size_t) { std::free(memory); }

}  // namespace

TEST_CASE("integers: no operation of any size asks GMP's memory functions for more than was set aside", "[numbers]") {
  auto call = numbers();
  mp_set_memory_functions(counting_allocate, counting_reallocate, counting_free);
  outside_requests = 0;
  for (int limbs : {20, 100, 700, 1400, 1600, 3000, 6000, 17000, 40000}) {
    const Value power = integer_subtract(integer_shift(fixnum(1), limbs * 64), fixnum(12345));
    const Value a = integer_quotient(integer_multiply(power, fixnum(987654321)), fixnum(1234567));
    const Value half = integer_shift(a, -limbs * 32), tenth = integer_shift(power, -limbs * 57);
    for (const Value b : {power, half, tenth}) {
      const Value product = number_multiply(a, b);
      REQUIRE(number_equal(number_quotient(product, b), a) == kTrue);
      REQUIRE(number_remainder(product, b) == num(0));
      number_modulo(a, b);
      if (limbs < 10000) call("gcd", a, b);
      call("%exact-integer-sqrt", product);
    }
    REQUIRE(number_equal(call("sqrt", number_multiply(a, a)), a) == kTrue);
    if (limbs < 20000)
      for (int radix : {10, 16, 3}) REQUIRE(number_equal(read(text(a, radix), radix), a) == kTrue);
  }
  mp_set_memory_functions(nullptr, nullptr, nullptr);
  CHECK(outside_requests == 0);
}
