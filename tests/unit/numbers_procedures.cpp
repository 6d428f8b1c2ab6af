// The examples of R7RS 6.2.6, errors, and the elementary functions against the C library's.
#include <cmath>

#include "runtime/numbers/random.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

TEST_CASE("numbers: the classes", "[numbers]") {
  const struct { const char* procedure; const char* argument; const char* answer; } cases[] = {
      {"complex?", "3", "#t"}, {"real?", "-2.5", "#t"}, {"real?", "1e10", "#t"}, {"real?", "+inf.0", "#t"}, {"real?", "+nan.0", "#t"},
      {"rational?", "-inf.0", "#f"}, {"rational?", "3.5", "#t"}, {"rational?", "6/10", "#t"}, {"rational?", "6/3", "#t"}, {"rational?", "+nan.0", "#f"},
      {"integer?", "3.0", "#t"}, {"integer?", "8/4", "#t"}, {"integer?", "2.5", "#f"}, {"integer?", "+inf.0", "#f"}, {"integer?", "1e300", "#t"},
      {"exact?", "3.0", "#f"}, {"exact?", "#e3.0", "#t"}, {"inexact?", "3.", "#t"}, {"inexact?", "1/3", "#f"},
      {"exact-integer?", "32", "#t"}, {"exact-integer?", "32.0", "#f"}, {"exact-integer?", "32/5", "#f"}, {"exact-rational?", "32/5", "#t"},
      {"finite?", "3", "#t"}, {"finite?", "+inf.0", "#f"}, {"infinite?", "3", "#f"}, {"infinite?", "-inf.0", "#t"}, {"infinite?", "+nan.0", "#f"},
      {"nan?", "+nan.0", "#t"}, {"nan?", "32", "#f"}, {"fixnum?", "1", "#t"}, {"fixnum?", "1152921504606846976", "#f"}, {"flonum?", "1e300", "#t"},
      {"flonum?", "1", "#f"}, {"zero?", "-0.0", "#t"}, {"zero?", "0", "#t"}, {"positive?", "1/2", "#t"}, {"positive?", "+nan.0", "#f"}, {"negative?", "-1e-300", "#t"},
      {"odd?", "3.0", "#t"}, {"even?", "1e300", "#t"}, {"even?", "0", "#t"}};
  for (const auto& c : cases) {
    INFO(c.procedure << " " << c.argument);
    CHECK(eval(c.procedure, c.argument) == c.answer);
  }
  for (const char* test : {"number?", "complex?", "real?", "rational?", "integer?", "exact-integer?", "fixnum?", "flonum?"}) {
    CHECK(numbers()(test, str("1")) == kFalse);
    CHECK(numbers()(test, kNil) == kFalse);
  }
}

TEST_CASE("numbers: the examples of the report", "[numbers]") {
  CHECK(eval("max", "3", "4") == "4");
  CHECK(eval("max", "3.9", "4") == "4.0");
  CHECK(eval("max", "1", "+nan.0", "2") == "+nan.0");
  CHECK(eval("min", "1", "2", "0.5") == "0.5");
  CHECK(eval("+", "3", "4") == "7");
  CHECK(eval("+", "3") == "3");
  CHECK(eval("+") == "0");
  CHECK(eval("*", "4") == "4");
  CHECK(eval("*") == "1");
  CHECK(eval("-", "3", "4") == "-1");
  CHECK(eval("-", "3", "4", "5") == "-6");
  CHECK(eval("-", "3") == "-3");
  CHECK(eval("/", "3", "4", "5") == "3/20");
  CHECK(eval("/", "3") == "1/3");
  CHECK(eval("/", "1.0", "0.0") == "+inf.0");
  CHECK(eval("abs", "-7") == "7");
  CHECK(eval("abs", "-0.0") == "0.0");
  CHECK(eval("floor-quotient", "-5", "2") == "-3");
  CHECK(eval("floor-remainder", "-5", "2") == "1");
  CHECK(eval("floor-remainder", "5", "-2") == "-1");
  CHECK(eval("floor-quotient", "-5", "-2") == "2");
  CHECK(eval("truncate-quotient", "-5", "2") == "-2");
  CHECK(eval("truncate-remainder", "-5", "2") == "-1");
  CHECK(eval("truncate-quotient", "-5.0", "2") == "-2.0");
  CHECK(eval("modulo", "-13", "4.0") == "3.0");
  CHECK(eval("remainder", "-13", "-4.0") == "-1.0");
  CHECK(eval("quotient", "1e300", "1e10") == "1e290");
  CHECK(eval("gcd", "32", "-36") == "4");
  CHECK(eval("gcd") == "0");
  CHECK(eval("lcm", "32", "-36") == "288");
  CHECK(eval("lcm", "32.0", "-36") == "288.0");
  CHECK(eval("lcm") == "1");
  CHECK(eval("lcm", "0", "5") == "0");
  CHECK(eval("numerator", "6/4") == "3");
  CHECK(eval("denominator", "6/4") == "2");
  CHECK(eval("denominator", "0.5") == "2.0");
  CHECK(eval("denominator", "0") == "1");
  CHECK(eval("floor", "-4.3") == "-5.0");
  CHECK(eval("ceiling", "-4.3") == "-4.0");
  CHECK(eval("truncate", "-4.3") == "-4.0");
  CHECK(eval("round", "-4.3") == "-4.0");
  CHECK(eval("round", "3.5") == "4.0");
  CHECK(eval("round", "2.5") == "2.0");
  CHECK(eval("round", "7/2") == "4");
  CHECK(eval("round", "5/2") == "2");
  CHECK(eval("round", "-5/2") == "-2");
  CHECK(eval("round", "7") == "7");
  CHECK(eval("exact", "1.5") == "3/2");
  CHECK(eval("exact", "1e20") == "100000000000000000000");
  CHECK(eval("exact", "-0.0") == "0");
  CHECK(eval("inexact", "1/3") == "0.3333333333333333");
  CHECK(eval("square", "42") == "1764");
  CHECK(eval("square", "2.0") == "4.0");
  CHECK(eval("sqrt", "9") == "3");
  CHECK(eval("sqrt", "2") == "1.4142135623730951");
  CHECK(eval("sqrt", "16.0") == "4.0");
  CHECK(eval("sqrt", "1/4") == "1/2");
  CHECK(eval("sqrt", "-0.0") == "-0.0");
  CHECK(eval("sqrt", "1" + std::string(400, '0')) == "1" + std::string(200, '0'));
  CHECK(eval("sqrt", "1" + std::string(399, '0') + "1") == "1e200");
  CHECK(eval("expt", "2", "-2") == "1/4");
  CHECK(eval("expt", "-2/3", "3") == "-8/27");
  CHECK(eval("expt", "-2/3", "-3") == "-27/8");
  CHECK(eval("expt", "0", "0") == "1");
  CHECK(eval("expt", "0.0", "0") == "1");
  CHECK(eval("expt", "0", "2.5") == "0.0");
  CHECK(eval("expt", "2.0", "3") == "8.0");
  CHECK(eval("expt", "4", "1/2") == "2");
  CHECK(eval("expt", "4/9", "-3/2") == "27/8");
  CHECK(eval("expt", "2", "0.5") == "1.4142135623730951");
  CHECK(eval("expt", "-1.0", "9007199254740993") == "-1.0");
  CHECK(eval("expt", "-2.0", "3.0") == "-8.0");
  CHECK(eval("exp", "0") == "1");
  CHECK(eval("log", "1") == "0");
  CHECK(eval("log", "8", "2") == "3.0");
  CHECK(eval("log", "1000", "10") == "3.0");
  CHECK(eval("log", "0.0") == "-inf.0");
  CHECK(eval("atan", "1", "1") == "0.7853981633974483");
  CHECK(eval("atan", "-0.0", "-1") == "-3.141592653589793");
  CHECK(eval("atan", "0", "5") == "0");
  CHECK(eval("atan", "1" + std::string(400, '0'), "1" + std::string(400, '0')) == "0.7853981633974483");
  CHECK(eval("bitwise-and", "12", "10") == "8");
  CHECK(eval("bitwise-and") == "-1");
  CHECK(eval("bitwise-xor", "12", "10", "1") == "7");
  CHECK(eval("<", "1", "2", "3") == "#t");
  CHECK(eval("<", "1", "3", "2") == "#f");
  CHECK(eval("=", "1", "1.0", "1") == "#t");
  CHECK(eval(">=", "3", "3", "2") == "#t");
}

TEST_CASE("numbers: logarithms beyond all doubles", "[numbers]") {
  const std::string huge = "1" + std::string(400, '0');
  CHECK(std::fabs(flonum_value(numbers()("log", read(huge))) - 400 * std::log(10.0)) < 1e-10);
  CHECK(std::fabs(flonum_value(numbers()("log", read("1/" + huge))) + 400 * std::log(10.0)) < 1e-10);
  CHECK(std::fabs(flonum_value(numbers()("expt", read(huge), read("0.5"))) / 1e200 - 1) < 1e-12);
}

TEST_CASE("numbers: errors name the procedure, the position and what was wanted", "[numbers]") {
  auto call = numbers();
  const Value x = sym("x");
  CHECK(call.text("+", num(1), x) == "+: argument 2 must be a number, got x");
  CHECK(call.text("+", x, num(1)) == "+: argument 1 must be a number, got x");
  CHECK(call.text("+", num(1), num(2), num(3), x) == "+: argument 4 must be a number, got x");
  CHECK(call.text("+", x) == "+: argument 1 must be a number, got x");
  CHECK(call.text("-", num(1), num(2), x) == "-: argument 3 must be a number, got x");
  CHECK(call.text("-", x) == "-: argument 1 must be a number, got x");
  CHECK(call.text("*", read("1.5"), x, num(1)) == "*: argument 2 must be a number, got x");
  CHECK(call.text("<", num(3), num(2), x) == "<: argument 3 must be a real number, got x");
  CHECK(call.text("=", x, num(2)) == "=: argument 1 must be a number, got x");
  CHECK(call.text("quotient", read("1.5"), num(2)) == "quotient: argument 1 must be an integer, got 1.500000");
  CHECK(call.text("%floor/", num(1), x) == "floor/: argument 2 must be an integer, got x");
  CHECK(call.text("bitwise-or", num(1), num(2), read("2.0")) == "bitwise-or: argument 3 must be an exact integer, got 2.000000");
  CHECK(call.kind("exact", read("+nan.0")) == "type-error");
  CHECK(call.kind("log", num(0)) == "type-error");
  for (const char* division : {"quotient", "remainder", "modulo", "%floor/", "%truncate/", "floor-quotient", "truncate-remainder", "/"}) {
    CHECK(call.kind(division, num(1), num(0)) == "divide-by-zero");
    CHECK(call.kind(division, read("100000000000000000000000"), num(0)) == "divide-by-zero");
    CHECK(call.kind(division, x, num(0)) == "type-error");
  }
  CHECK(call.kind("modulo", num(1), read("0.0")) == "divide-by-zero");
  CHECK(call.kind("/", read("1.5"), num(0)) == "divide-by-zero");
  CHECK(call.kind("/", num(0)) == "divide-by-zero");
  CHECK(call.kind("expt", num(0), num(-1)) == "divide-by-zero");
  CHECK(call.kind("atan", num(0), num(0)) == "divide-by-zero");
  CHECK(call.kind("random-integer", num(0)) == "type-error");
}

TEST_CASE("numbers: every procedure refuses what is no number, in every place", "[numbers]") {
  for (const Primitive& row : numbers().rows) {
    const std::string_view test = "number? complex? real? rational? integer? exact-integer? exact-rational? fixnum? flonum? random-real";
    if (test.find(row.name) != std::string_view::npos) continue;
    const std::size_t most = row.maximum == kVariadic ? 4 : row.maximum;
    for (std::size_t count = std::max<std::size_t>(row.minimum, 1); count <= most; ++count)
      for (std::size_t wrong = 0; wrong < count; ++wrong)
        for (Value odd_one : {kNil, kTrue, kDefault, chr('a'), sym("x"), str("abc"), list({num(1)}), vector({num(1)}), kUnspecific}) {
          if (odd_one == kDefault && wrong >= row.minimum) continue;
          std::vector<Value> arguments(count, num(2));
          if (row.name == "string->number") arguments[0] = str("1");
          if (row.name == "string->number" && wrong == 0 && is_string(odd_one)) continue;
          arguments[wrong] = odd_one;
          INFO(row.name << " " << count << " " << wrong << " " << show(odd_one));
          REQUIRE(perdure::runtime::testing::apply(row, arguments) == kRaise);
          REQUIRE(show(as<Condition>(pending_condition())->kind) == "type-error");
        }
  }
}

TEST_CASE("numbers: the elementary functions are the C library's", "[numbers]") {
  const struct { const char* name; double (*function)(double); double low, high; } cases[] = {
      {"exp", std::exp, -700, 700}, {"log", std::log, 0, 1e300}, {"sin", std::sin, -1e6, 1e6}, {"cos", std::cos, -1e6, 1e6},
      {"tan", std::tan, -100, 100}, {"asin", std::asin, -1, 1}, {"acos", std::acos, -1, 1}, {"atan", std::atan, -1e3, 1e3}, {"sqrt", std::sqrt, 0, 1e300}};
  Dice dice(40);
  for (const auto& c : cases)
    for (int i = 0; i < 200; ++i) {
      const double d = c.low + (c.high - c.low) * (static_cast<double>(dice.word() >> 11) * 0x1p-53);
      REQUIRE(flonum_value(numbers()(c.name, flonum(d))) == c.function(d));
    }
}

TEST_CASE("numbers: when memory runs out every operation says so and nothing breaks", "[numbers]") {
  auto call = numbers();
  const Value big = read(std::string(3000, '7')), other = read(std::string(1000, '3')), ratio = number_divide(big, read("1" + std::string(900, '3')));
  for (const char* name : {"+", "-", "*", "/", "quotient", "modulo", "%floor/", "gcd", "lcm", "bitwise-and", "sqrt", "%exact-integer-sqrt", "number->string",
                           "floor", "round", "rationalize", "<", "=", "max", "inexact", "log", "atan", "expt", "square", "arithmetic-shift"}) {
    for (const Primitive& row : call.rows) {
      if (row.name != name) continue;
      for (std::uint64_t successes = 0; successes < 40; ++successes)
        for (Value first : {big, ratio}) {
          std::vector<Value> arguments = {first};
          if (row.minimum > 1 || row.maximum == kVariadic) arguments.push_back(row.name == "expt" || row.name == "arithmetic-shift" ? num(9) : other);
          host_heap_fail_after(successes);
          perdure::runtime::testing::apply(row, arguments);
          host_heap_fail_after(~std::uint64_t{0});
        }
    }
  }
  const std::string long_text(5000, '7');
  for (std::uint64_t successes = 0; successes < 20; ++successes) {
    host_heap_fail_after(successes);
    for (const char* prefix : {"", "1.", "#e.", "#x1.", "1/"}) parse_number(prefix + long_text);
    std::string out;
    (void)append_number(out, ratio, 10);
    (void)append_number(out, flonum(1e-300), 7);
    host_heap_fail_after(~std::uint64_t{0});
  }
  SUCCEED();
}

TEST_CASE("random numbers stay in their bounds, reach all of them, and follow the seed", "[numbers]") {
  auto call = numbers();
  int seen[6] = {};
  for (int i = 0; i < 6000; ++i) ++seen[fixnum_value(call("random-integer", num(6)))];
  for (int n : seen) CHECK((n > 850 && n < 1150));
  const Value limit = read("1000000000000000000000000000000");
  for (int i = 0; i < 500; ++i) {
    const Value n = call("random-integer", limit);
    REQUIRE((number_less(n, limit) == kTrue && number_is_negative(n) == kFalse));
    const double d = flonum_value(call("random-real"));
    REQUIRE((d > 0 && d < 1));
  }
  CHECK(call("random-integer", num(1)) == num(0));
  const std::uint64_t before = random_word();
  seed_random("entropy of a host", 17);
  CHECK(random_word() != before);
}
