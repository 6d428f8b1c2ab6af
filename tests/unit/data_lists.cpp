#include "runtime/data/lists.h"

#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family pairs{pairs_primitives()};
static const Family lists{lists_primitives()};
static const Family search{list_search_primitives()};

// (a b c a b c ...)
static Value circle() {
  const Value l = list({sym("a"), sym("b"), sym("c")});
  as_pair(cdr(cdr(l)))->cdr = l;
  return l;
}

TEST_CASE("R7RS 6.4 pair? cons car cdr") {
  CHECK(pairs.text("pair?", cons(sym("a"), sym("b"))) == "#t");
  CHECK(pairs.text("pair?", kNil) == "#f");
  CHECK(pairs.text("pair?", vector({sym("a")})) == "#f");
  CHECK(pairs.text("cons", sym("a"), kNil) == "(a)");
  CHECK(pairs.text("cons", str("a"), list({sym("b"), sym("c")})) == "(\"a\" b c)");
  CHECK(pairs.text("cons", sym("a"), num(3)) == "(a . 3)");
  CHECK(pairs.text("car", list({sym("a"), sym("b")})) == "a");
  CHECK(pairs.text("cdr", cons(num(1), num(2))) == "2");
  CHECK(pairs.text("car", kNil) == "car: argument 1 must be a pair, got ()");
  CHECK(pairs.text("cdr", num(5)) == "cdr: argument 1 must be a pair, got 5");
}

TEST_CASE("R7RS 6.4 set-car! and set-cdr!") {
  const Value p = cons(num(1), num(2));
  pairs("set-car!", p, num(3));
  pairs("set-cdr!", p, kNil);
  CHECK(show(p) == "(3)");
  CHECK(pairs.kind("set-car!", kNil, num(1)) == "type-error");
  CHECK(pairs.kind("set-cdr!", num(1), num(1)) == "type-error");
}

TEST_CASE("car and cdr compose") {
  // ((1 . 2) (3 4) 5 6)
  const Value l = list({cons(num(1), num(2)), list({num(3), num(4)}), num(5), num(6)});
  CHECK(pairs.text("caar", l) == "1");
  CHECK(pairs.text("cdar", l) == "2");
  CHECK(pairs.text("cadr", l) == "(3 4)");
  CHECK(pairs.text("caadr", l) == "3");
  CHECK(pairs.text("cdadr", l) == "(4)");
  CHECK(pairs.text("cadadr", l) == "4");
  CHECK(pairs.text("caddr", l) == "5");
  CHECK(pairs.text("cadddr", l) == "6");
  CHECK(pairs.text("cddddr", l) == "()");
  CHECK(pairs.text("cadr", list({num(1)})) == "cadr: argument 1 must be a value that has a cadr, got (1)");
}

TEST_CASE("R7RS 6.4 list? and length") {
  CHECK(lists.text("list?", list({sym("a"), sym("b")})) == "#t");
  CHECK(lists.text("list?", kNil) == "#t");
  CHECK(lists.text("list?", cons(sym("a"), sym("b"))) == "#f");
  CHECK(lists.text("list?", circle()) == "#f");
  CHECK(lists.text("length", list({sym("a"), list({sym("b")}), kNil})) == "3");
  CHECK(lists.text("length", kNil) == "0");
  CHECK(lists.text("length", cons(num(1), num(2))) == "length: argument 1 must be a list, got (1 . 2)");
  CHECK(lists.kind("length", circle()) == "type-error");
  CHECK(lists.kind("length", num(5)) == "type-error");
}

TEST_CASE("circles of every shape are found") {
  for (int tail = 0; tail < 20; ++tail)
    for (int loop = 1; loop < 20; ++loop) {
      const Value last = cons(num(0), kNil);
      Value l = last;
      for (int i = 1; i < loop; ++i) l = cons(num(i), l);
      as_pair(last)->cdr = l;
      for (int i = 0; i < tail; ++i) l = cons(num(i), l);
      REQUIRE(lists.text("list?", l) == "#f");
    }
}

TEST_CASE("R7RS 6.4 make-list, list, cons*") {
  CHECK(lists.text("make-list", num(2), num(3)) == "(3 3)");
  CHECK(lists.text("make-list", num(0)) == "()");
  CHECK(lists.kind("make-list", num(-1)) == "type-error");
  CHECK(lists.text("list", sym("a"), num(7), sym("c")) == "(a 7 c)");
  CHECK(lists.text("list") == "()");
  CHECK(lists.text("cons*", num(1), num(2), list({num(3)})) == "(1 2 3)");
  CHECK(lists.text("cons*", num(1)) == "1");
}

TEST_CASE("R7RS 6.4 append") {
  CHECK(lists.text("append", list({sym("x")}), list({sym("y")})) == "(x y)");
  CHECK(lists.text("append", list({sym("a"), list({sym("b")})}), list({list({sym("c")})})) == "(a (b) (c))");
  CHECK(lists.text("append", list({sym("a"), sym("b")}), list({sym("c")}, sym("d"))) == "(a b c . d)");
  CHECK(lists.text("append", kNil, sym("a")) == "a");
  CHECK(lists.text("append") == "()");
  const Value last = list({num(1)});
  CHECK(lists("append", list({num(0)}), kNil, last).is_pair());
  CHECK(cdr(lists("append", list({num(0)}), kNil, last)) == last);
  CHECK(lists.text("append", num(1), kNil) == "append: argument 1 must be a list, got 1");
  CHECK(lists.kind("append", kNil, circle(), kNil) == "type-error");
}

TEST_CASE("append! and reverse! use the pairs they are given") {
  const Value a = list({num(1), num(2)}), b = list({num(3)});
  CHECK(lists("append!", kNil, a, kNil, b) == a);
  CHECK(show(a) == "(1 2 3)");
  CHECK(lists.text("append!") == "()");
  CHECK(lists.text("append!", kNil, num(4)) == "4");
  CHECK(lists.kind("append!", num(4), kNil) == "type-error");
  CHECK(lists.text("reverse!", a) == "(3 2 1)");
  CHECK(lists.kind("reverse!", circle()) == "type-error");
}

TEST_CASE("R7RS 6.4 reverse") {
  CHECK(lists.text("reverse", list({sym("a"), list({sym("b"), sym("c")}), sym("d")})) == "(d (b c) a)");
  CHECK(lists.text("reverse", kNil) == "()");
  CHECK(lists.kind("reverse", cons(num(1), num(2))) == "type-error");
  CHECK(lists.text("append-reverse", list({num(2), num(1)}), list({num(3)})) == "(1 2 3)");
}

TEST_CASE("R7RS 6.4 list-tail, list-ref, list-set!, list-head") {
  const Value l = list({sym("a"), sym("b"), sym("c"), sym("d")});
  CHECK(lists.text("list-tail", l, num(2)) == "(c d)");
  CHECK(lists.text("list-tail", l, num(4)) == "()");
  CHECK(lists.text("list-tail", l, num(5)) == "list-tail: argument 2 is out of range (valid: 0 to 4): 5");
  CHECK(lists.text("list-tail", num(7), num(0)) == "7");
  CHECK(lists.text("list-ref", l, num(2)) == "c");
  CHECK(lists.text("list-ref", l, num(4)) == "list-ref: argument 2 is out of range (valid: 0 to 3): 4");
  CHECK(lists.kind("list-ref", kNil, num(0)) == "range-error");
  CHECK(lists.kind("list-ref", num(1), num(0)) == "type-error");
  CHECK(lists.kind("list-ref", l, num(-1)) == "type-error");
  CHECK(lists.kind("list-ref", l, sym("x")) == "type-error");
  CHECK(lists.text("list-ref", circle(), num(100)) == "b");
  lists("list-set!", l, num(1), str("x"));
  CHECK(show(l) == "(a \"x\" c d)");
  CHECK(lists.kind("list-set!", l, num(4), num(1)) == "range-error");
  CHECK(lists.text("list-head", l, num(2)) == "(a \"x\")");
  CHECK(lists.kind("list-head", l, num(5)) == "range-error");
}

TEST_CASE("R7RS 6.4 list-copy and last-pair") {
  const Value a = list({num(1), num(8), num(2), num(8)});
  const Value b = lists("list-copy", a);
  lists("list-set!", b, num(0), num(3));
  CHECK(show(a) == "(1 8 2 8)");
  CHECK(show(b) == "(3 8 2 8)");
  CHECK(lists.text("list-copy", num(5)) == "5");
  CHECK(lists.text("list-copy", list({num(1)}, num(2))) == "(1 . 2)");
  CHECK(lists.kind("list-copy", circle()) == "type-error");
  CHECK(lists.text("last-pair", list({num(1), num(2)}, num(3))) == "(2 . 3)");
  CHECK(lists.kind("last-pair", kNil) == "type-error");
  CHECK(lists.kind("last-pair", circle()) == "type-error");
}

TEST_CASE("R7RS 6.4 memq, memv, member") {
  const Value abc = list({sym("a"), sym("b"), sym("c")});
  CHECK(search.text("memq", sym("c"), abc) == "(c)");
  CHECK(search.text("memq", sym("d"), abc) == "#f");
  CHECK(search.text("memq", list({sym("a")}), list({sym("b"), list({sym("a")}), sym("c")})) == "#f");
  CHECK(search.text("%member", list({sym("a")}), list({sym("b"), list({sym("a")}), sym("c")})) == "((a) c)");
  CHECK(search.text("memv", num(101), list({num(100), num(101), num(102)})) == "(101 102)");
  CHECK(search.text("memv", make_flonum(1e300), list({make_flonum(1e300)})).starts_with("(1"));
  CHECK(search.text("memq", num(1), num(2)) == "memq: argument 2 must be a list, got 2");
  CHECK(search.kind("%member", num(1), circle()) == "type-error");
}

TEST_CASE("R7RS 6.4 assq, assv, assoc") {
  const Value e = list({list({sym("a"), num(1)}), list({sym("b"), num(2)}), list({sym("c"), num(3)})});
  CHECK(search.text("assq", sym("a"), e) == "(a 1)");
  CHECK(search.text("assq", sym("d"), e) == "#f");
  CHECK(search.text("assq", list({sym("a")}), list({list({list({sym("a")})})})) == "#f");
  CHECK(search.text("%assoc", list({sym("a")}), list({list({list({sym("a")})})})) == "((a))");
  CHECK(search.text("assv", num(5), list({list({num(2), num(3)}), list({num(5), num(7)})})) == "(5 7)");
  CHECK(search.text("assq", sym("z"), list({num(1)})) == "assq: argument 2 must be a list of pairs, got (1)");
  CHECK(search.kind("%assoc", num(1), num(1)) == "type-error");
}
