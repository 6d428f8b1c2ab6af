// Facts about values: what two paths leave of them, how ranges grow, what comparisons show.
#include <catch2/catch.hpp>

#include "compiler/facts.h"
#include "runtime/object.h"

using namespace perdure;
using namespace perdure::compiler;

namespace {

Fact related(std::int64_t low, std::int64_t high, const Local* sized, Fact::Relation relation) {
  Fact fact = fixnum_between(low, high);
  fact.sized = sized;
  fact.relation = relation;
  return fact;
}

}  // namespace

TEST_CASE("facts: of two paths what both say is left") {
  Local v{.index = 0, .name = runtime::kFalse}, w{.index = 1, .name = runtime::kFalse};
  CHECK(join(of_type(Type::kNothing), of_type(Type::kPair)) == of_type(Type::kPair));
  CHECK(join(of_type(Type::kPair), of_type(Type::kVector)) == Fact{});
  CHECK(join(fixnum_between(0, 3), fixnum_between(-1, 2)) == fixnum_between(-1, 3));
  CHECK(join(related(1, 5, &v, Fact::kBelow), related(1, 5, &v, Fact::kIs)) == related(1, 5, &v, Fact::kAtMost));
  CHECK(join(related(1, 5, &v, Fact::kBelow), related(1, 5, &w, Fact::kBelow)) == fixnum_between(1, 5));
  // 0 is at most every length, -1 below it; 1 is not.
  CHECK(join(fixnum_between(0, 0), related(1, 5, &v, Fact::kBelow)) == related(0, 5, &v, Fact::kAtMost));
  CHECK(join(fixnum_between(-1, -1), related(1, 5, &v, Fact::kBelow)) == related(-1, 5, &v, Fact::kBelow));
  CHECK(join(fixnum_between(1, 1), related(1, 5, &v, Fact::kBelow)) == fixnum_between(1, 5));
}

TEST_CASE("facts: what contradicts itself is nothing") {
  CHECK(meet(of_type(Type::kPair), of_type(Type::kVector)).is_nothing());
  CHECK(meet(fixnum_between(0, 3), fixnum_between(4, 5)).is_nothing());
  CHECK(meet(fixnum_between(0, 3), fixnum_between(2, 5)) == fixnum_between(2, 3));
  CHECK(meet(Fact{}, of_type(Type::kPair)) == of_type(Type::kPair));
}

TEST_CASE("facts: a range that grows comes to an end") {
  Fact fact = fixnum_between(0, 0);
  int steps = 0;
  for (std::int64_t i = 1; fact.high < kMostFixnum; ++steps) {
    fact = widen(fact, fixnum_between(-i, std::min(fact.high + i, kMostFixnum)));
    i *= 2;
    REQUIRE(steps < 10);
  }
  CHECK(fact == fixnum_between(kLeastFixnum, kMostFixnum));
}

TEST_CASE("facts: what comparisons show") {
  Local v{.index = 0, .name = runtime::kFalse};
  const Fact any = of_type(Type::kFixnum), length = length_of(&v);
  CHECK(compared(Inline::kLess, any, fixnum_between(3, 9), true).left == fixnum_between(kLeastFixnum, 8));
  CHECK(compared(Inline::kLess, any, fixnum_between(3, 9), false).left == fixnum_between(3, kMostFixnum));
  CHECK(compared(Inline::kLess, any, any, true).left.high == kMostFixnum - 1);
  CHECK(compared(Inline::kLess, any, any, true).right.low == kLeastFixnum + 1);
  CHECK(compared(Inline::kLess, any, length, true).left == related(kLeastFixnum, kMostLength - 1, &v, Fact::kBelow));
  CHECK(compared(Inline::kGreater, length, any, true).right == related(kLeastFixnum, kMostLength - 1, &v, Fact::kBelow));
  CHECK(compared(Inline::kLessEqual, any, length, true).left.relation == Fact::kAtMost);
  CHECK(compared(Inline::kLess, any, length, false).left.relation == Fact::kUnrelated);
  CHECK(compared(Inline::kEqual, any, length, true).left == length);
  CHECK(compared(Inline::kEqual, any, length, false).left.relation == Fact::kUnrelated);
  CHECK(compared(Inline::kEqual, related(0, 9, &v, Fact::kAtMost), length, false).left.relation == Fact::kBelow);
  CHECK(compared(Inline::kEqual, fixnum_between(0, 9), fixnum_between(0, 0), false).left == fixnum_between(1, 9));
  CHECK(compared(Inline::kEqual, fixnum_between(0, 9), fixnum_between(5, 5), false).left == fixnum_between(0, 9));
}
