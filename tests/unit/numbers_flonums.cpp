#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

bool same_double(Value v, double d) { return is_flonum(v) && std::bit_cast<std::uint64_t>(flonum_value(v)) == std::bit_cast<std::uint64_t>(d); }

std::string printed(const char* format, double d) {
  char buffer[2000];
  std::snprintf(buffer, sizeof buffer, format, d);
  return buffer;
}

}  // namespace

TEST_CASE("flonums: what is written reads back as the same double", "[numbers]") {
  Dice dice(10);
  for (int i = 0; i < 20000; ++i) {
    const double d = dice.any_double();
    REQUIRE(same_double(read(text(flonum(d))), d));
  }
}

TEST_CASE("flonums: no shorter text would do", "[numbers]") {
  Dice dice(11);
  for (int i = 0; i < 3000; ++i) {
    const double d = std::fabs(dice.any_double());
    std::string mine = text(flonum(d));
    std::size_t digits = 0;
    bool leading = true;
    for (char c : mine.substr(0, mine.find('e'))) {
      if (c != '.' && !(leading && c == '0')) leading = false, ++digits;
    }
    if (mine.find('e') == std::string::npos) continue;
    const auto precision = static_cast<int>(digits);
    if (precision > 1) {
      char buffer[64];
      std::snprintf(buffer, sizeof buffer, "%.*e", precision - 2, d);
      REQUIRE(std::strtod(buffer, nullptr) != d);
    }
  }
}

TEST_CASE("flonums: every radix round-trips", "[numbers]") {
  Dice dice(12);
  for (int radix = 2; radix <= 36; ++radix)
    for (int i = 0; i < 12; ++i) {
      // Exponents near zero, and anywhere.
      const double d = i % 3 ? std::ldexp(dice.any_double() > 0 ? 1.0 + static_cast<double>(dice.word() >> 12) * 0x1p-52 : -1.0, static_cast<int>(dice.below(80)) - 40)
                             : dice.any_double();
      INFO(radix << " " << text(flonum(d), radix));
      REQUIRE(same_double(read(text(flonum(d), radix), radix), d));
    }
  CHECK(text(flonum(0.5), 2) == "0.1");
  CHECK(text(flonum(-255.75), 16) == "-ff.c");
  CHECK(text(flonum(8), 2) == "1000.0");
}

TEST_CASE("flonums: reading rounds as strtod does", "[numbers]") {
  Dice dice(13);
  for (int i = 0; i < 6000; ++i) {
    std::string digits;
    for (std::uint64_t n = 1 + dice.below(i % 7 ? 25 : 900); n > 0; --n) digits += static_cast<char>('0' + dice.below(10));
    const std::uint64_t point = dice.below(digits.size() + 1);
    std::string s = digits.substr(0, point) + "." + digits.substr(point);
    s += "e" + std::to_string(static_cast<int>(dice.below(700)) - 350);
    INFO(s);
    REQUIRE(same_double(read(s), std::strtod(s.c_str(), nullptr)));
  }
}

TEST_CASE("flonums: exact middles between doubles go to the even one", "[numbers]") {
  Dice dice(14);
  for (int i = 0; i < 1500; ++i) {
    const double d = std::fabs(dice.any_double());
    if (d > 1e300) continue;
    // The middle has every digit up to the last place; one digit more, or one less, decides.
    const double next = std::nextafter(d, INFINITY);
    Value middle = number_divide(number_add(double_to_exact(d), double_to_exact(next)), fixnum(2));
    const bool even = (std::bit_cast<std::uint64_t>(d) & 1) == 0;
    REQUIRE(to_double(middle) == (even ? d : next));
    Value tiny = read("1e-340");
    REQUIRE(same_double(tiny, 0.0));
    Value nudge = number_divide(middle, read("1000000000000000000000000000000000000000000000"));
    REQUIRE(to_double(number_add(middle, nudge)) == next);
    REQUIRE(to_double(number_subtract(middle, nudge)) == d);
  }
  const char* const half = "2.4703282292062327208299439115764e-324";  // a little more than half the least double
  CHECK(same_double(read(half), std::strtod(half, nullptr)));
  CHECK(same_double(read("1.7976931348623158e308"), 1.7976931348623157e308));
  CHECK(same_double(read("1.797693134862315807e308"), std::strtod("1.797693134862315807e308", nullptr)));
  CHECK(same_double(read("1.7976931348623159e308"), INFINITY));
}

TEST_CASE("flonums: decimal text of 17 digits and of the full expansion reads exactly", "[numbers]") {
  Dice dice(15);
  for (int i = 0; i < 3000; ++i) {
    const double d = dice.any_double();
    REQUIRE(same_double(read(printed("%.17g", d).find_first_of(".e") == std::string::npos ? printed("%.17g", d) + ".0" : printed("%.17g", d)), d));
    if (i % 10 == 0) REQUIRE(same_double(read(printed("%.1100f", d)), d));
  }
}

TEST_CASE("flonums: written as Scheme writes them", "[numbers]") {
  const char* const same_text[] = {"1.0", "-0.0", "0.5", "1e100", "1e-7", "0.000001", "1.5e-7", "100000000000000000000.0", "1e21",
                                   "123456.789", "+inf.0", "-inf.0", "+nan.0", "3.141592653589793", "1.7976931348623157e308", "5e-324"};
  for (const char* s : same_text) CHECK(text(read(s)) == s);
  CHECK(text(read(".5")) == "0.5");
  CHECK(text(read("1.")) == "1.0");
  CHECK(text(read("-1e3")) == "-1000.0");
}

TEST_CASE("flonums and exact numbers: arithmetic converts, comparison does not", "[numbers]") {
  CHECK(eval("+", "1", "0.5") == "1.5");
  CHECK(eval("+", "1/2", "0.5") == "1.0");
  CHECK(eval("*", "0", "1.5") == "0.0");
  CHECK(eval("-", "0.0") == "-0.0");
  CHECK(eval("=", "9007199254740993", "9007199254740992.0") == "#f");
  CHECK(eval("<", "9007199254740992.0", "9007199254740993") == "#t");
  CHECK(eval("=", "1/3", "0.3333333333333333") == "#f");
  CHECK(eval("=", "1/2", "0.5") == "#t");
  CHECK(eval("<", "1152921504606846975", "1152921504606846976.0") == "#t");
  CHECK(eval("=", "1152921504606846976", "1152921504606846976.0") == "#t");
  CHECK(eval("<", "1", "+nan.0") == "#f");
  CHECK(eval(">=", "1", "+nan.0") == "#f");
  CHECK(eval("<", "-inf.0", "-1" + std::string(400, '0')) == "#t");
  CHECK(eval(">", "+inf.0", "1" + std::string(400, '0')) == "#t");
  CHECK(eval("<", "1e308", "1" + std::string(400, '0')) == "#t");
}
