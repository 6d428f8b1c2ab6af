#include "runtime/data/equality.h"

#include <limits>

#include "tests/unit/host_heap.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family call{equality_primitives()};

static Value bignum(std::initializer_list<std::uint64_t> limbs, bool negative = false) {
  std::vector<Value> slots;
  for (auto limb : limbs) slots.push_back({limb});
  const Value v = make_object(Type::kBignum, slots.data(), slots.size());
  if (negative) as_object(v)->header |= kFlagNegative << 8;
  return v;
}

static Value ratnum(std::int64_t n, std::int64_t d) {
  const Value slots[] = {num(n), num(d)};
  return make_object(Type::kRatnum, slots, 2);
}

TEST_CASE("R7RS 6.1 eqv?") {
  CHECK(call.text("eqv?", sym("a"), sym("a")) == "#t");
  CHECK(call.text("eqv?", sym("a"), sym("b")) == "#f");
  CHECK(call.text("eqv?", num(2), num(2)) == "#t");
  CHECK(call.text("eqv?", num(2), make_flonum(2)) == "#f");
  CHECK(call.text("eqv?", kNil, kNil) == "#t");
  CHECK(call.text("eqv?", bignum({0, 1}), bignum({0, 1})) == "#t");
  CHECK(call.text("eq?", bignum({0, 1}), bignum({0, 1})) == "#f");
  CHECK(call.text("eqv?", bignum({0, 1}), bignum({0, 1}, true)) == "#f");
  CHECK(call.text("eqv?", bignum({0, 1}), bignum({1, 1})) == "#f");
  CHECK(call.text("eqv?", ratnum(1, 3), ratnum(1, 3)) == "#t");
  CHECK(call.text("eqv?", ratnum(1, 3), ratnum(2, 3)) == "#f");
  CHECK(call.text("eqv?", cons(num(1), num(2)), cons(num(1), num(2))) == "#f");
  CHECK(call.text("eqv?", kFalse, kNil) == "#f");
  CHECK(call.text("eqv?", make_flonum(0.0), make_flonum(-0.0)) == "#f");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(call.text("eqv?", make_flonum(nan), make_flonum(nan)) == "#t");
  CHECK(call.text("eqv?", make_flonum(1e300), make_flonum(1e300)) == "#t");
  CHECK(call.text("eqv?", make_flonum(1e300), make_flonum(2e300)) == "#f");
  CHECK(call.text("eqv?", str("x"), str("x")) == "#f");
}

TEST_CASE("R7RS 6.1 equal?") {
  CHECK(call.text("equal?", list({sym("a"), list({sym("b")}), sym("c")}), list({sym("a"), list({sym("b")}), sym("c")})) == "#t");
  CHECK(call.text("equal?", str("abc"), str("abc")) == "#t");
  CHECK(call.text("equal?", str("abc"), str("abd")) == "#f");
  CHECK(call.text("equal?", str("abc"), str("ab")) == "#f");
  CHECK(call.text("equal?", num(2), num(2)) == "#t");
  CHECK(call.text("equal?", make_vector(5, sym("a")), make_vector(5, sym("a"))) == "#t");
  CHECK(call.text("equal?", make_vector(5, sym("a")), make_vector(4, sym("a"))) == "#f");
  CHECK(call.text("equal?", vector({}), vector({})) == "#t");
  CHECK(call.text("equal?", bytes({1, 2}), bytes({1, 2})) == "#t");
  CHECK(call.text("equal?", bytes({1, 2}), bytes({1, 3})) == "#f");
  CHECK(call.text("equal?", vector({num(1), list({num(2)}), num(3)}), vector({num(1), list({num(2)}), num(4)})) == "#f");
  CHECK(call.text("equal?", vector({num(1), list({num(2)}), num(3)}), vector({num(1), list({num(2)}), num(3)})) == "#t");
  CHECK(call.text("equal?", list({num(1)}), list({num(1), num(2)})) == "#f");
  CHECK(call.text("equal?", list({num(1)}), vector({num(1)})) == "#f");
  CHECK(call.text("equal?", str(""), bytes({})) == "#f");
  CHECK(call.text("equal?", make_box(num(1)), make_box(num(1))) == "#f");
  CHECK(call.text("equal?", ratnum(1, 3), ratnum(1, 3)) == "#t");
}

TEST_CASE("equal? ends on circular structures") {
  // R7RS 6.1: (equal? '#1=(a b . #1#) '#2=(a b a b . #2#)) => #t
  const Value one = list({sym("a"), sym("b")}), two = list({sym("a"), sym("b"), sym("a"), sym("b")});
  as_pair(cdr(one))->cdr = one;
  as_pair(cdr(cdr(cdr(two))))->cdr = two;
  CHECK(call("equal?", one, two) == kTrue);
  const Value three = list({sym("a"), sym("b"), sym("a")});
  as_pair(cdr(cdr(three)))->cdr = three;
  CHECK(call("equal?", one, three) == kFalse);
  const Value v = vector({num(1), kNil, num(2)}), w = vector({num(1), kNil, num(2)});
  as<Vector>(v)->slots[1] = w;
  as<Vector>(w)->slots[1] = v;
  CHECK(call("equal?", v, w) == kTrue);
  as<Vector>(w)->slots[2] = num(3);
  CHECK(call("equal?", v, w) == kFalse);
}

TEST_CASE("equal? on circles of coprime lengths, joined through car and cdr") {
  const auto ring = [](int n) {
    const Value last = cons(kNil, kNil);
    Value l = last;
    for (int i = 1; i < n; ++i) l = cons(kNil, l);
    as_pair(last)->cdr = l;
    for (Value p = l;; p = cdr(p)) {
      as_pair(p)->car = cdr(p);
      if (p == last) return l;
    }
  };
  CHECK(call("equal?", ring(101), ring(103)) == kTrue);
  const Value odd = ring(50);
  as_pair(cdr(cdr(odd)))->car = num(1);
  CHECK(call("equal?", ring(51), odd) == kFalse);
}

TEST_CASE("equal? on shared structure takes no exponential time") {
  const auto tower = [] {
    Value v = num(1);
    for (int i = 0; i < 200; ++i) v = cons(v, v);
    return v;
  };
  CHECK(call("equal?", tower(), tower()) == kTrue);
}

TEST_CASE("equal? on long and deep structures takes no stack") {
  const auto deep = [](bool left, int last) {
    Value v = num(last);
    for (int i = 0; i < 300'000; ++i) v = left ? cons(v, kNil) : cons(num(1), v);
    return v;
  };
  CHECK(call("equal?", deep(true, 1), deep(true, 1)) == kTrue);
  CHECK(call("equal?", deep(true, 1), deep(true, 2)) == kFalse);
  CHECK(call("equal?", deep(false, 1), deep(false, 1)) == kTrue);
  CHECK(call("equal?", deep(false, 1), deep(false, 2)) == kFalse);
}

TEST_CASE("equal? reports when memory is used up") {
  Value a = kNil, b = kNil;
  for (int i = 0; i < 1000; ++i) {
    a = cons(a, kNil);
    b = cons(b, kNil);
  }
  host_heap_fail_after(0);
  const Value answer = call("equal?", a, b);
  host_heap_fail_after(~std::uint64_t{0});
  CHECK(answer == kRaise);
}

TEST_CASE("equal values have equal hashes") {
  CHECK(equal_hash(str("abc")) == equal_hash(str("abc")));
  CHECK(equal_hash(str("abc")) != equal_hash(str("abd")));
  CHECK(equal_hash(list({num(1), str("x")})) == equal_hash(list({num(1), str("x")})));
  CHECK(equal_hash(list({num(1), num(2)})) != equal_hash(list({num(2), num(1)})));
  CHECK(equal_hash(vector({num(1), bytes({1})})) == equal_hash(vector({num(1), bytes({1})})));
  CHECK(eqv_hash(bignum({5, 6})) == eqv_hash(bignum({5, 6})));
  CHECK(eqv_hash(ratnum(1, 3)) == eqv_hash(ratnum(1, 3)));
  CHECK(eqv_hash(make_flonum(1e300)) == eqv_hash(make_flonum(1e300)));
  const Value circle = list({num(1)});
  as_pair(circle)->cdr = circle;
  CHECK(equal_hash(circle) <= static_cast<std::uint64_t>(kFixnumMax));
}

TEST_CASE("R7RS 6.3 and 6.5: not, boolean?, boolean=?, symbol=?") {
  CHECK(call.text("not", kFalse) == "#t");
  CHECK(call.text("not", kNil) == "#f");
  CHECK(call.text("boolean?", kFalse) == "#t");
  CHECK(call.text("boolean?", num(0)) == "#f");
  CHECK(call.text("boolean=?", kTrue, kTrue, kTrue) == "#t");
  CHECK(call.text("boolean=?", kTrue, kFalse) == "#f");
  CHECK(call.text("boolean=?", kTrue, num(1)) == "boolean=?: argument 2 must be a boolean, got 1");
  CHECK(call.text("symbol=?", sym("a"), sym("a")) == "#t");
  CHECK(call.text("symbol=?", sym("a"), sym("a"), sym("b")) == "#f");
  CHECK(call.kind("symbol=?", sym("a"), str("a")) == "type-error");
}
