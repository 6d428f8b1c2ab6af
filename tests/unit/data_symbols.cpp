#include "runtime/data/symbols.h"

#include "runtime/data/conditions.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family call{symbols_primitives()};

TEST_CASE("symbols with the same name are the same object") {
  CHECK(intern("foo") == intern("foo"));
  CHECK(intern("foo") == intern_string(str("foo")));
  CHECK(intern("foo") != intern("Foo"));
  CHECK(intern("λx") == intern_string(str("λx")));
  CHECK(intern("") == intern_string(str("")));
}

TEST_CASE("the symbol table grows") {
  std::vector<Value> symbols;
  for (int i = 0; i < 20000; ++i) symbols.push_back(intern("grow-" + std::to_string(i)));
  for (int i = 0; i < 20000; ++i) REQUIRE(intern("grow-" + std::to_string(i)) == symbols[static_cast<std::size_t>(i)]);
}

TEST_CASE("a name that is changed afterwards does not change the symbol") {
  const Value name = str("abc");
  const Value symbol = intern_string(name);
  as<String>(name)->chars[0] = 'x';
  CHECK(show(symbol) == "abc");
  CHECK(is_immutable(call("symbol->string", symbol)));
}

TEST_CASE("long names and invalid bytes") {
  const std::string name(1000, 'q');
  CHECK(intern(name) == intern_string(str(name)));
  CHECK(show(intern("a\xff\xe2\x82")) == "a\uFFFD\uFFFD");
}

TEST_CASE("R7RS 6.5 symbols") {
  CHECK(call.text("symbol?", sym("foo")) == "#t");
  CHECK(call.text("symbol?", str("bar")) == "#f");
  CHECK(call.text("symbol?", kNil) == "#f");
  CHECK(call.text("symbol->string", sym("flying-fish")) == "\"flying-fish\"");
  CHECK(call.text("symbol->string", call("string->symbol", str("Malvina"))) == "\"Malvina\"");
  CHECK(call("string->symbol", str("mISSISSIppi")) == sym("mISSISSIppi"));
  CHECK(call.text("symbol->string", num(3)) == "symbol->string: argument 1 must be a symbol, got 3");
  CHECK(call.text("string->symbol", sym("a")) == "string->symbol: argument 1 must be a string, got a");
}

TEST_CASE("uninterned symbols are like no other") {
  const Value a = call("generate-uninterned-symbol"), b = call("generate-uninterned-symbol");
  CHECK(a != b);
  CHECK(show(a) != show(b));
  CHECK(call.text("symbol-interned?", a) == "#f");
  CHECK(call.text("symbol-interned?", sym("a")) == "#t");
  CHECK(call("string->uninterned-symbol", str("foo")) != sym("foo"));
  CHECK(show(call("generate-uninterned-symbol", str("tmp"))).starts_with("tmp"));
  CHECK(call.kind("generate-uninterned-symbol", num(1)) == "type-error");
}

TEST_CASE("symbol-append and symbol<?") {
  CHECK(call("symbol-append", sym("foo"), sym("bar")) == sym("foobar"));
  CHECK(call("symbol-append") == sym(""));
  CHECK(call.text("symbol<?", sym("a"), sym("b"), sym("c")) == "#t");
  CHECK(call.text("symbol<?", sym("a"), sym("a")) == "#f");
  CHECK(call.text("symbol<?", sym("b"), num(1)) == "symbol<?: argument 2 must be a symbol, got 1");
}

TEST_CASE("conditions say what is wrong") {
  wrong_type("car", 1, "pair", num(5));
  CHECK(show_condition(pending_condition()) == "car: argument 1 must be a pair, got 5");
  wrong_type("exact", 1, "integer", str("x"));
  CHECK(show_condition(pending_condition()) == "exact: argument 1 must be an integer, got \"x\"");
  wrong_type("f", 0, "an exact integer", kTrue);
  CHECK(show_condition(pending_condition()) == "f: the value must be an exact integer, got #t");
  out_of_range("vector-ref", 2, num(7), 0, 4);
  CHECK(show_condition(pending_condition()) == "vector-ref: argument 2 is out of range (valid: 0 to 4): 7");
  out_of_range("vector-ref", 2, num(7), 0, -1);
  CHECK(show_condition(pending_condition()) == "vector-ref: argument 2 is out of range (no value is valid): 7");
  CHECK(fail("error", "", "plain", {num(1), num(2)}) == kRaise);
  CHECK(show_condition(pending_condition()) == "plain 1 2");
}

TEST_CASE("running out of memory needs no memory") {
  REQUIRE(prepare_conditions());
  for (std::uint64_t n = 0; n < 3; ++n) {
    host_heap_fail_after(n);
    const Value answer = wrong_type("car", 1, "pair", num(5));
    host_heap_fail_after(~std::uint64_t{0});
    REQUIRE(answer == kRaise);
    REQUIRE(show(as<Condition>(pending_condition())->kind) == "out-of-memory");
  }
  CHECK(make_vector(std::uint64_t{1} << 62, kNil) == kRaise);
  CHECK(make_string(~std::uint64_t{0}, 'a') == kRaise);
}
