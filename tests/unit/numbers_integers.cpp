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
