#include <regex.h>

#include "tests/unit/numbers_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

TEST_CASE("number syntax: every form of a real", "[numbers]") {
  const struct { const char* written; const char* value; } cases[] = {
      {"0", "0"}, {"-0", "0"}, {"+5", "5"}, {"007", "7"}, {"1/2", "1/2"}, {"6/4", "3/2"}, {"-6/3", "-2"},
      {"#xff", "255"}, {"#XFF", "255"}, {"#b-101", "-5"}, {"#o17", "15"}, {"#d10", "10"}, {"#x-1/a", "-1/10"},
      {"#e1.5", "3/2"}, {"#i3/4", "0.75"}, {"#x#e10", "16"}, {"#e#x10", "16"}, {"#i#b11", "3.0"}, {"#e1e3", "1000"},
      {"#e1.2e-3", "3/2500"}, {"#E-.25", "-1/4"}, {"1e2", "100.0"}, {"1E2", "100.0"}, {"1.e2", "100.0"}, {".5e1", "5.0"},
      {"-.5", "-0.5"}, {"+.5", "0.5"}, {"1e+2", "100.0"}, {"1e-2", "0.01"}, {"+inf.0", "+inf.0"}, {"-INF.0", "-inf.0"},
      {"+NaN.0", "+nan.0"}, {"-nan.0", "+nan.0"}, {"#i1", "1.0"}, {"#i-0", "-0.0"}, {"1e400", "+inf.0"}, {"-1e400", "-inf.0"},
      {"1e-400", "0.0"}, {"1e99999999999999999999", "+inf.0"}, {"0e99999999999999999999", "0.0"}, {"#e0e99999999999999999999", "0"},
      {"1e-99999999999999999999", "0.0"}, {"1152921504606846975", "1152921504606846975"}, {"-1152921504606846976", "-1152921504606846976"},
      {"1152921504606846976", "1152921504606846976"}, {"#x1e2", "482"}, {"#x1.8", "1.5"}};
  for (const auto& c : cases) {
    INFO(c.written);
    CHECK(text(read(c.written)) == c.value);
  }
}

TEST_CASE("number syntax: what is no number is no number", "[numbers]") {
  for (const char* s : {"", "+", "-", ".", "...", "+.", "-.", "1+", "--1", "+-1", "1/", "/2", "1/0", "#e1/0", "1/2.5", "1.5/2", "1/-2", "1e", "1e+",
                        "e1", ".e1", "#", "#x", "#e", "#xg", "#b2", "#o8", "#e#e1", "#x#b1", "#y1", "1_000", "1..2", "1.2.3", "1e2e3", "inf.0", "nan.0",
                        "+inf", "+inf.", "+inf.00", "#e+inf.0", "#e-nan.0", "abc", "1a", "0x10", "1 ", " 1", "1e1.5", "+#x1", "#x 1", "\xc3\xa9"}) {
    INFO(s);
    CHECK(read(s) == kFalse);
  }
  CHECK(parse_number(U"\u0661") == kFalse);
  CHECK(parse_number(U"1\u0661") == kFalse);
  CHECK(text(parse_number(U"-12/8")) == "-3/2");
  CHECK(text(read("zz", 36)) == "1295");
  CHECK(text(read("#d10", 16)) == "10");
  CHECK(read("12", 2) == kFalse);
}

TEST_CASE("number text: exact decimals of any length, and sizes past the limit", "[numbers]") {
  std::string nines(20000, '9');
  CHECK(text(read(nines)) == nines);
  CHECK(text(read(nines + "." + nines)) == "+inf.0");
  CHECK(text(read("0." + std::string(5000, '0') + "1e5001")) == "1.0");
  CHECK(text(read("#e1." + std::string(3000, '0') + "e3000")) == "1" + std::string(3000, '0'));
  CHECK(numbers().kind("string->number", str("#e1e999999999999")) == "out-of-memory");
}

TEST_CASE("number->string and string->number check what they are given", "[numbers]") {
  CHECK(utf8(numbers()("number->string", num(255), num(16))) == "ff");
  CHECK(utf8(numbers()("number->string", read("-7/8"), num(2))) == "-111/1000");
  CHECK(numbers()("string->number", str("ff"), num(16)) == num(255));
  CHECK(numbers()("string->number", str("hello")) == kFalse);
  CHECK(numbers().kind("number->string", num(1), num(1)) == "range-error");
  CHECK(numbers().kind("number->string", str("x")) == "type-error");
  CHECK(numbers().kind("string->number", num(1)) == "type-error");
  CHECK(numbers().kind("string->number", str("1"), str("x")) == "type-error");
}

namespace {

// A whole text against an extended regular expression, in either case of letters.
class Grammar {
 public:
  explicit Grammar(const std::string& pattern) { REQUIRE(regcomp(&compiled_, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0); }
  Grammar(const Grammar&) = delete;
  ~Grammar() { regfree(&compiled_); }
  bool matches(const std::string& text) const { return regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t compiled_;
};

// A real in R7RS 7.1.1, and points in other radices than ten, as parse.h says.
std::string real_pattern(const std::string& digit, const std::string& suffix) {
  const std::string decimal = digit + "+" + suffix + "|\\." + digit + "+" + suffix + "|" + digit + "+\\." + digit + "*" + suffix;
  return "[+-]?(" + decimal + "|" + digit + "+/" + digit + "+)|[+-](inf|nan)\\.0";
}

}  // namespace

TEST_CASE("number syntax: exactly the grammar of the report, on random texts", "[numbers]") {
  const Grammar ten(real_pattern("[0-9]", "(e[+-]?[0-9]+)?")), sixteen(real_pattern("[0-9a-f]", "")), two(real_pattern("[01]", ""));
  const Grammar special("[+-](inf|nan)\\.0"), over_zero("[+-]?[0-9a-f]+/0+");
  const char* const pieces[] = {"0", "1", "1", "2", "10", "9", ".", "/", "+", "-", "e", "E", "a", "F", "inf.0", "+nan.0", "x"};
  Dice dice(50);
  int accepted = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string body;
    for (std::uint64_t n = 1 + dice.below(6); n > 0; --n) body += pieces[dice.below(std::size(pieces))];
    const int radix = dice.below(3) == 0 ? 16 : dice.below(4) == 0 ? 2 : 10;
    const bool exact = dice.below(6) == 0;
    const std::string prefix = std::string(radix == 16 ? "#x" : radix == 2 ? "#b" : dice.below(2) ? "#D" : "") + (exact ? "#e" : "");
    bool expected = (radix == 16 ? sixteen : radix == 2 ? two : ten).matches(body);
    if ((exact && special.matches(body)) || over_zero.matches(body)) expected = false;
    INFO(prefix + body);
    const Value v = read(prefix + body);
    accepted += v != kFalse;
    REQUIRE((v != kFalse) == expected);
  }
  CHECK(accepted > 2000);
}
