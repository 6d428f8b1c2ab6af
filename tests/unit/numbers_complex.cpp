// Complex numbers: the report's text, the identities of arithmetic on exact ones, the C++ library's functions on inexact
// ones, what reads and prints, and what refuses them.
#include <cmath>
#include <complex>

#include "runtime/numbers/complex.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

using Oracle64 = std::complex<double>;

Value exact_number(Dice& dice) {
  auto rational = [&] {
    auto n = static_cast<std::int64_t>(dice.below(2000)) - 1000;
    return make_rational(num(n), num(1 + static_cast<std::int64_t>(dice.below(30))));
  };
  Value real = rational();
  return make_rectangular(real, rational());
}

// Of all sizes between 2^-20 and 2^20, in every quadrant.
double any_part(Dice& dice) {
  double d = std::ldexp(1 + static_cast<double>(dice.word() >> 12) * 0x1p-52, static_cast<int>(dice.below(40)) - 20);
  return dice.below(2) ? d : -d;
}

void near(Value got, Oracle64 expected, double tolerance = 1e-13) {
  INFO(text(got) << " expected " << expected.real() << " " << expected.imag());
  REQUIRE(got != kRaise);
  Complex z = to_complex(got);
  REQUIRE(std::abs(Oracle64(z.real, z.imaginary) - expected) <= tolerance * std::max(std::abs(expected), 1e-300));
}

bool same_number(Value a, Value b) { return number_equal(a, b) == kTrue; }

}  // namespace

TEST_CASE("complex numbers: reading and printing", "[numbers][complex]") {
  const struct { const char* written; const char* printed; } cases[] = {
      {"1+2i", "1+2i"}, {"+i", "+i"}, {"-i", "-i"}, {"-2.5e3-i", "-2500.0-1.0i"}, {"+2i", "+2i"}, {"1/2-3/4i", "1/2-3/4i"}, {"3+0i", "3"}, {"3.5+0i", "3.5"},
      {"3+0.0i", "3.0+0.0i"}, {"0+1i", "+i"}, {"1.5i", "#f"}, {"+1.5i", "+1.5i"}, {"-0.0+1.5i", "-0.0+1.5i"}, {"1@0", "1"}, {"2.5@0", "2.5"},
      {"+inf.0+nan.0i", "+inf.0+nan.0i"}, {"-inf.0-inf.0i", "-inf.0-inf.0i"}, {"+nan.0i", "+nan.0i"}, {"1-0.0i", "1.0-0.0i"}, {"1e2+3i", "100.0+3.0i"},
      {"-1e+2i", "-100.0i"}, {"1E2-1e-2I", "100.0-0.01i"}, {"#x1a+bi", "26+11i"}, {"#b101-i", "5-i"}, {"#e1.5+.25i", "3/2+1/4i"}, {"#i1/2+i", "0.5+1.0i"},
      {"#i#x10-ai", "16.0-10.0i"}, {"#e1@0", "1"}, {"+.5i", "+0.5i"}, {"1.+2.i", "1.0+2.0i"}};
  for (const auto& c : cases) {
    INFO(c.written);
    CHECK(text(read(c.written)) == c.printed);
  }
  near(read("1@2"), std::polar(1.0, 2.0));
  near(read("-1.5@-3/4"), -std::polar(1.5, -0.75));
  near(number_subtract(read("#e1@2"), read("1@2")), 0);
  CHECK(text(numbers()("exact?", read("#e1@2"))) == "#t");
  for (const char* s : {"i", "1i", "2.5i", "++i", "+-i", "1+", "1+2", "1+2+3i", "1++2i", "1+i+i", "1+2ii", "+i+", "1@", "@1", "1@2@3", "1@2i", "1+2i@3", "1@+i", "1e+i", "1/0+i",
                        "1+1/0i", "#e+inf.0+i", "#e1e400@1x", "-", "+", "+ i", "1 +i", "inf.0i", "+infi", "1+#x2i", "#i", "#xi", "ai+b"}) {
    INFO(s);
    CHECK(read(s) == kFalse);
  }
}

TEST_CASE("complex numbers: what is printed reads back, in every radix", "[numbers][complex]") {
  Dice dice(60);
  for (int i = 0; i < 2000; ++i) {
    const int radix = 2 + static_cast<int>(dice.below(35));
    const bool exact = dice.below(2);
    const Value z = exact ? exact_number(dice) : from_complex({dice.any_double(), dice.below(8) ? dice.any_double() : -0.0});
    if (!exact && radix != 10 && dice.below(20)) continue;
    const std::string written = text(z, radix);
    INFO(written << " " << radix);
    const Value back = read(written, radix);
    REQUIRE(number_equal(z, back) == kTrue);
    REQUIRE(is_inexact(back) == is_inexact(z));
    REQUIRE(text(back, radix) == written);
  }
}

TEST_CASE("complex numbers: the classes", "[numbers][complex]") {
  const struct { const char* procedure; const char* argument; const char* answer; } cases[] = {
      {"number?", "3+4i", "#t"}, {"complex?", "3+4i", "#t"}, {"real?", "3+4i", "#f"}, {"real?", "-2.5+0i", "#t"}, {"real?", "-2.5+0.0i", "#f"}, {"rational?", "1+i", "#f"},
      {"integer?", "3+0i", "#t"}, {"integer?", "3+i", "#f"}, {"exact-integer?", "3+i", "#f"}, {"exact-rational?", "1/2+i", "#f"}, {"exact?", "1+2i", "#t"},
      {"exact?", "1.0+2i", "#f"}, {"inexact?", "1+2i", "#f"}, {"inexact?", "1+2.0i", "#t"}, {"finite?", "3.0+inf.0i", "#f"}, {"finite?", "1+i", "#t"}, {"finite?", "1.5+i", "#t"},
      {"infinite?", "3.0+inf.0i", "#t"}, {"infinite?", "+nan.0+i", "#f"}, {"nan?", "+nan.0+5.0i", "#t"}, {"nan?", "1+2i", "#f"}, {"nan?", "1.0+2i", "#f"},
      {"zero?", "0.0+0.0i", "#t"}, {"zero?", "+i", "#f"}, {"zero?", "0.0+1.0i", "#f"}};
  for (const auto& c : cases) {
    INFO(c.procedure << " " << c.argument);
    CHECK(eval(c.procedure, c.argument) == c.answer);
  }
}

TEST_CASE("complex numbers: arithmetic by hand", "[numbers][complex]") {
  CHECK(eval("+", "1+2i", "3-2i") == "4");
  CHECK(eval("+", "1+2i", "1/2") == "3/2+2i");
  CHECK(eval("+", "1.5", "+2i") == "1.5+2.0i");
  CHECK(eval("-", "1+2i") == "-1-2i");
  CHECK(eval("-", "1", "+i", "1") == "-i");
  CHECK(eval("*", "+i", "+i") == "-1");
  CHECK(eval("*", "1+2i", "3+4i", "2") == "-10+20i");
  CHECK(eval("*", "2.0", "1+i") == "2.0+2.0i");
  CHECK(eval("*", "0", "1+i") == "0");
  CHECK(eval("/", "1+2i", "3-4i") == "-1/5+2/5i");
  CHECK(eval("/", "+i") == "-i");
  CHECK(eval("/", "1+2i", "2") == "1/2+i");
  CHECK(eval("/", "1+2i", "2.0") == "0.5+1.0i");
  CHECK(eval("/", "1e300+1e300i", "1e300+1e300i") == "1.0+0.0i");
  CHECK(eval("=", "1+2i", "1.0+2.0i") == "#t");
  CHECK(eval("=", "1+2i", "1+3i") == "#f");
  CHECK(eval("=", "1", "1.0+0.0i", "1.0") == "#t");
  CHECK(eval("=", "+nan.0+i", "+nan.0+i") == "#f");
  CHECK(eval("square", "1+i") == "+2i");
  CHECK(eval("exact", "1.5-0.25i") == "3/2-1/4i");
  CHECK(eval("exact", "1.5+0.0i") == "3/2");
  CHECK(eval("inexact", "1/2-i") == "0.5-1.0i");
  CHECK(numbers().kind("exact", read("1.0+inf.0i")) == "type-error");
  CHECK(numbers().kind("/", read("1+i"), num(0)) == "divide-by-zero");
}

TEST_CASE("complex numbers: exact ones are a field", "[numbers][complex]") {
  Dice dice(61);
  for (int i = 0; i < 1000; ++i) {
    const Value a = exact_number(dice), b = exact_number(dice), c = exact_number(dice);
    INFO(text(a) << " " << text(b) << " " << text(c));
    REQUIRE(same_number(number_multiply(a, number_add(b, c)), number_add(number_multiply(a, b), number_multiply(a, c))));
    REQUIRE(same_number(number_subtract(number_add(a, b), b), a));
    REQUIRE(same_number(number_multiply(a, b), number_multiply(b, a)));
    REQUIRE(same_number(number_add(a, number_negate(a)), num(0)));
    if (number_is_zero(b) == kFalse) {
      REQUIRE(same_number(number_multiply(number_divide(a, b), b), a));
      REQUIRE(text(number_multiply(b, number_invert(b))) == "1");
      REQUIRE(same_number(numbers()("expt", b, num(-3)), number_invert(number_multiply(b, number_multiply(b, b)))));
    }
    const Value root = numbers()("sqrt", number_multiply(a, a));
    REQUIRE((same_number(root, a) || same_number(root, number_negate(a))));
    REQUIRE(number_is_negative(real_part(root)) == kFalse);
    REQUIRE(!is_inexact(root));
  }
}

TEST_CASE("complex numbers: inexact arithmetic is the C++ library's", "[numbers][complex]") {
  Dice dice(62);
  for (int i = 0; i < 2000; ++i) {
    const Oracle64 a(any_part(dice), any_part(dice)), b(any_part(dice), any_part(dice));
    const Value x = from_complex({a.real(), a.imag()}), y = from_complex({b.real(), b.imag()});
    near(number_add(x, y), a + b, 0);
    near(number_subtract(x, y), a - b, 0);
    near(number_multiply(x, y), a * b);
    near(number_divide(x, y), a / b);
    near(number_divide(flonum(a.real()), y), a.real() / b);
    near(numbers()("magnitude", x), std::abs(a));
    near(numbers()("angle", x), std::arg(a));
  }
  near(number_divide(read("1e-300+1e-300i"), read("1e-300-1e-300i")), {0, 1});
  near(numbers()("magnitude", read("3e300+4e300i")), 5e300);
}

TEST_CASE("complex numbers: the elementary functions are the C++ library's, sides of the cuts included", "[numbers][complex]") {
  const struct { const char* name; Oracle64 (*function)(const Oracle64&); double reach; } cases[] = {
      {"exp", std::exp, 20}, {"log", std::log, 1e6}, {"sqrt", std::sqrt, 1e6}, {"sin", std::sin, 20}, {"cos", std::cos, 20},
      {"tan", std::tan, 30}, {"asin", std::asin, 1e6}, {"acos", std::acos, 1e6}, {"atan", std::atan, 1e6}};
  Dice dice(63);
  for (const auto& c : cases)
    for (int i = 0; i < 1000; ++i) {
      double x = std::fmod(any_part(dice), c.reach), y = std::fmod(any_part(dice), c.reach);
      if (i % 4 == 0) y = std::signbit(y) ? -0.0 : 0.0;
      if (i % 4 == 1) x = std::signbit(x) ? -0.0 : 0.0;
      INFO(c.name << " " << x << " " << y);
      const Value got = numbers()(c.name, from_complex({x, y}));
      const Oracle64 expected = c.function({x, y});
      near(got, expected, 1e-11);
      // Where a part is a zero or an angle its sign tells the side of the cut.
      if (expected.imag() != 0) REQUIRE(std::signbit(to_complex(got).imaginary) == std::signbit(expected.imag()));
      if (std::fabs(expected.real()) > 1e-12) REQUIRE(std::signbit(to_complex(got).real) == std::signbit(expected.real()));
    }
  for (const char* z : {"1e308+1e308i", "-1e308-1e308i", "5e-324+5e-324i", "1e200-1e-200i"}) {
    const Complex c = to_complex(read(z));
    near(numbers()("sqrt", read(z)), std::sqrt(Oracle64(c.real, c.imaginary)));
    near(numbers()("log", read(z)), std::log(Oracle64(c.real, c.imaginary)));
  }
}

TEST_CASE("complex numbers: reals beyond the reach of a real answer", "[numbers][complex]") {
  const double pi = std::acos(-1.0);
  CHECK(eval("sqrt", "-4") == "+2i");
  CHECK(eval("sqrt", "-1") == "+i");
  CHECK(eval("sqrt", "-1/4") == "+1/2i");
  CHECK(eval("sqrt", "-2") == "+1.4142135623730951i");
  CHECK(eval("sqrt", "-4.0") == "+2.0i");
  CHECK(eval("sqrt", "-inf.0") == "+inf.0i");
  CHECK(eval("sqrt", "-3+4i") == "1+2i");
  CHECK(eval("sqrt", "-3-4i") == "1-2i");
  CHECK(eval("sqrt", "+2i") == "1+i");
  near(numbers()("log", num(-1)), {0, pi});
  near(numbers()("log", read("-2.5")), {std::log(2.5), pi});
  near(numbers()("log", read("-1" + std::string(400, '0'))), {400 * std::log(10.0), pi});
  near(numbers()("log", num(-8), num(2)), std::log(Oracle64(-8)) / std::log(2.0));
  near(numbers()("log", num(8), num(-2)), std::log(8.0) / std::log(Oracle64(-2)));
  near(numbers()("log", read("1" + std::string(400, '0') + "+1" + std::string(400, '0') + "i")), {400 * std::log(10.0) + std::log(2.0) / 2, pi / 4});
  // asin and acos of reals: continuous with quadrant IV on the right, with quadrant II on the left.
  near(numbers()("asin", num(2)), {pi / 2, -1.3169578969248167});
  near(numbers()("asin", read("-2.0")), {-pi / 2, 1.3169578969248167});
  near(numbers()("acos", num(2)), {0, 1.3169578969248167});
  near(numbers()("acos", num(-2)), {pi, -1.3169578969248167});
  near(numbers()("atan", read("+2i")), {pi / 2, std::log(3.0) / 2});
  near(numbers()("atan", read("-2i")), {-pi / 2, -std::log(3.0) / 2});
  CHECK(numbers().kind("atan", read("+i")) == "divide-by-zero");
  CHECK(numbers().kind("log", num(0)) == "type-error");
}

TEST_CASE("complex numbers: powers", "[numbers][complex]") {
  CHECK(eval("expt", "+i", "2") == "-1");
  CHECK(eval("expt", "+i", "100000000000000000000000003") == "-i");
  CHECK(eval("expt", "-i", "-1") == "+i");
  CHECK(eval("expt", "1+i", "10") == "+32i");
  CHECK(eval("expt", "1+i", "-2") == "-1/2i");
  CHECK(eval("expt", "1+2i", "0") == "1");
  CHECK(eval("expt", "-4", "1/2") == "+2i");
  CHECK(eval("expt", "-4", "-3/2") == "+1/8i");
  CHECK(eval("expt", "-3+4i", "3/2") == "-11-2i");
  CHECK(eval("expt", "0", "1+i") == "0");
  CHECK(eval("expt", "0.0", "1+i") == "0.0");
  CHECK(eval("expt", "0.0", "0.0+0.0i") == "1.0");
  CHECK(numbers().kind("expt", num(0), read("-1+i")) == "divide-by-zero");
  near(numbers()("expt", num(-8), read("1/3")), {1, std::sqrt(3.0)});
  near(numbers()("expt", read("-8.0"), read("0.5")), std::sqrt(Oracle64(-8)));
  near(numbers()("expt", read("+i"), read("+i")), std::exp(-std::acos(-1.0) / 2));
  near(numbers()("exp", numbers()("log", read("-2"))), -2);
  Dice dice(64);
  for (int i = 0; i < 500; ++i) {
    const Oracle64 a(any_part(dice), any_part(dice)), b(std::fmod(any_part(dice), 5), std::fmod(any_part(dice), 5));
    const Value x = from_complex({a.real(), a.imag()}), y = from_complex({b.real(), b.imag()});
    const int n = static_cast<int>(dice.below(13)) - 6;
    near(numbers()("expt", x, y), std::exp(b * std::log(a)), 1e-10);
    near(numbers()("expt", x, num(n)), std::pow(a, n), 1e-12);
    near(numbers()("expt", x, flonum(b.real())), std::pow(a, b.real()), 1e-11);
    near(numbers()("expt", flonum(std::fabs(a.real())), y), std::pow(std::fabs(a.real()), b), 1e-10);
  }
}

TEST_CASE("complex numbers: parts", "[numbers][complex]") {
  CHECK(eval("make-rectangular", "1", "2") == "1+2i");
  CHECK(eval("make-rectangular", "1", "0") == "1");
  CHECK(eval("make-rectangular", "1", "2.0") == "1.0+2.0i");
  CHECK(eval("make-rectangular", "1", "0.0") == "1.0+0.0i");
  CHECK(eval("make-polar", "2", "0") == "2");
  CHECK(eval("real-part", "1+2i") == "1");
  CHECK(eval("imag-part", "1+2i") == "2");
  CHECK(eval("imag-part", "1.5") == "0");
  CHECK(eval("magnitude", "3-4i") == "5");
  CHECK(eval("magnitude", "1+i") == "1.4142135623730951");
  CHECK(eval("magnitude", "-5") == "5");
  CHECK(eval("magnitude", "-2.5") == "2.5");
  CHECK(eval("angle", "5") == "0");
  CHECK(eval("angle", "-1.0") == "3.141592653589793");
  CHECK(eval("angle", "-1") == "3.141592653589793");
  CHECK(eval("angle", "+i") == "1.5707963267948966");
  near(numbers()("make-polar", num(2), num(1)), std::polar(2.0, 1.0));
}

TEST_CASE("complex numbers: order and integers refuse them by name", "[numbers][complex]") {
  auto call = numbers();
  const Value z = read("1+2i");
  for (const char* name : {"<", "<=", ">", ">=", "max", "min", "quotient", "remainder", "modulo", "%floor/", "%truncate/", "floor-quotient", "floor-remainder",
                           "truncate-quotient", "truncate-remainder", "gcd", "lcm", "rationalize", "atan", "bitwise-and", "make-polar", "make-rectangular"})
    for (const auto& arguments : {std::vector<Value>{z, num(1)}, {num(1), z}}) {
      REQUIRE(call(name, arguments) == kRaise);
      const auto* condition = as<Condition>(pending_condition());
      INFO(show_condition(pending_condition()));
      CHECK(show(condition->kind) == "type-error");
      CHECK(show(condition->who) == std::string_view(name).substr(*name == '%'));
    }
  for (const char* name : {"positive?", "negative?", "abs", "floor", "ceiling", "truncate", "round", "numerator", "denominator", "odd?", "even?",
                           "%exact-integer-sqrt", "random-integer", "max"})
    CHECK(call.kind(name, z) == "type-error");
}

TEST_CASE("complex numbers: when memory runs out every operation says so and nothing breaks", "[numbers][complex]") {
  auto call = numbers();
  const std::string seven(1500, '7'), three(1000, '3');
  const Value z = read(seven + "/" + three + "-" + three + "i"), w = read("1/" + three + "+" + seven + "i");
  for (const char* name : {"+", "-", "*", "/", "=", "sqrt", "log", "exp", "angle", "magnitude", "exact", "inexact", "asin", "number->string", "expt"})
    for (std::uint64_t successes = 0; successes < 60; ++successes) {
      std::vector<Value> arguments = {z};
      if (std::string_view("+-*/=").find(name) != std::string_view::npos) arguments.push_back(w);
      if (std::string_view(name) == "expt") arguments.push_back(num(3));
      host_heap_fail_after(successes);
      call(name, arguments);
      if (successes % 10 == 0) parse_number(seven + "+" + three + "i");
      host_heap_fail_after(~std::uint64_t{0});
    }
  SUCCEED();
}
