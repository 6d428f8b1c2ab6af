#include <fstream>
#include <sstream>
#include <string>

#include "runtime/data/text.h"
#include "runtime/unicode/unicode.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;
namespace unicode = perdure::unicode;

static const Family call{chars_primitives()};

TEST_CASE("R7RS 6.6 comparisons take any number of characters") {
  CHECK(call.text("char<?", chr('a'), chr('b'), chr('c')) == "#t");
  CHECK(call.text("char<?", chr('a'), chr('b'), chr('b')) == "#f");
  CHECK(call.text("char<=?", chr('a'), chr('b'), chr('b')) == "#t");
  CHECK(call.text("char>?", chr('b'), chr('a')) == "#t");
  CHECK(call.text("char>=?", chr('b'), chr('b'), chr('a')) == "#t");
  CHECK(call.text("char=?", chr('a'), chr('a')) == "#t");
  CHECK(call.text("char=?", chr('a'), chr('A')) == "#f");
  CHECK(call.text("char-ci=?", chr('a'), chr('A'), chr('a')) == "#t");
  CHECK(call.text("char-ci=?", chr(U'ς'), chr(U'Σ'), chr(U'σ')) == "#t");
  CHECK(call.text("char<?", chr('b'), chr('a'), num(1)) == "char<?: argument 3 must be a character, got 1");
}

TEST_CASE("R7RS 6.6 classes of characters") {
  CHECK(call.text("char-alphabetic?", chr(U'λ')) == "#t");
  CHECK(call.text("char-alphabetic?", chr('3')) == "#f");
  CHECK(call.text("char-numeric?", chr('3')) == "#t");
  CHECK(call.text("char-numeric?", chr(0x664)) == "#t");   // ARABIC-INDIC DIGIT FOUR
  CHECK(call.text("char-numeric?", chr(U'½')) == "#f");
  CHECK(call.text("char-whitespace?", chr(' ')) == "#t");
  CHECK(call.text("char-whitespace?", chr(0xa0)) == "#t");
  CHECK(call.text("char-whitespace?", chr('_')) == "#f");
  CHECK(call.text("char-upper-case?", chr(U'Σ')) == "#t");
  CHECK(call.text("char-upper-case?", chr('a')) == "#f");
  CHECK(call.text("char-lower-case?", chr(U'ß')) == "#t");
  CHECK(call.kind("char-alphabetic?", num(1)) == "type-error");
}

TEST_CASE("R7RS 6.6 digit-value") {
  CHECK(call.text("digit-value", chr('3')) == "3");
  CHECK(call.text("digit-value", chr(0x0664)) == "4");
  CHECK(call.text("digit-value", chr(0x0AE6)) == "0");
  CHECK(call.text("digit-value", chr(0x0EA6)) == "#f");
  CHECK(call.text("digit-value", chr(0x1D7FF)) == "9");    // MATHEMATICAL MONOSPACE DIGIT NINE
}

TEST_CASE("R7RS 6.6 char->integer and integer->char") {
  CHECK(call.text("char->integer", chr(U'λ')) == "955");
  CHECK(call("integer->char", num(0x10ffff)) == chr(0x10ffff));
  CHECK(call.text("integer->char", num(0x110000)) == "integer->char: argument 1 is out of range (valid: 0 to 1114111): 1114112");
  CHECK(call.kind("integer->char", num(0xd800)) == "range-error");
  CHECK(call.kind("integer->char", num(-1)) == "range-error");
  CHECK(call.kind("integer->char", chr('a')) == "type-error");
}

TEST_CASE("R7RS 6.6 simple case mappings") {
  CHECK(call("char-upcase", chr('i')) == chr('I'));
  CHECK(call("char-upcase", chr(U'ß')) == chr(U'ß'));
  CHECK(call("char-downcase", chr(U'Σ')) == chr(U'σ'));
  CHECK(call("char-foldcase", chr(U'ς')) == chr(U'σ'));
  CHECK(call("char-upcase", chr(U'ÿ')) == chr(0x178));
  CHECK(call("char-downcase", chr(0x10400)) == chr(0x10428));  // Deseret: beyond the basic plane
  CHECK(call.kind("char-upcase", str("a")) == "type-error");
}

TEST_CASE("digits in other bases") {
  CHECK(call.text("char->digit", chr('7')) == "7");
  CHECK(call.text("char->digit", chr('f'), num(16)) == "15");
  CHECK(call.text("char->digit", chr('F'), num(16)) == "15");
  CHECK(call.text("char->digit", chr('8'), num(8)) == "#f");
  CHECK(call.text("char->digit", chr('f')) == "#f");
  CHECK(call.text("digit->char", num(11), num(16)) == "#\\b");
  CHECK(call.text("digit->char", num(11)) == "#f");
  CHECK(call.kind("digit->char", num(1), num(37)) == "range-error");
}

TEST_CASE("what is not a character has no properties") {
  for (char32_t c : {char32_t{0x110000}, char32_t{0xffff'ffff}, char32_t{0xd800}}) {
    CHECK_FALSE(unicode::is_alphabetic(c));
    CHECK(unicode::upcase(c) == c);
    CHECK(unicode::digit_value(c) == -1);
  }
}

TEST_CASE("columns and graphic characters") {
  CHECK(unicode::column_width('a') == 1);
  CHECK(unicode::column_width(U'漢') == 2);
  CHECK(unicode::column_width(0x301) == 0);
  CHECK(unicode::is_graphic('a'));
  CHECK(unicode::is_graphic(' '));
  CHECK_FALSE(unicode::is_graphic(0x7f));
  CHECK_FALSE(unicode::is_graphic(0x200b));
  CHECK_FALSE(unicode::is_graphic(0xa0));
  CHECK_FALSE(unicode::is_graphic(0xe000));
  CHECK(unicode::category_name('A') == "Lu");
  CHECK(unicode::category_name(0x3400) == "Lo");   // in a range of UnicodeData.txt
  CHECK(unicode::category_name(0x378) == "Cn");
}

// Unicode's own cases: lines of "÷ 0061 × 0308 ÷", boundaries and characters in turn.
TEST_CASE("grapheme clusters begin where Unicode's test file says", "[unicode]") {
  std::ifstream file("/usr/share/unicode/auxiliary/GraphemeBreakTest.txt");
  REQUIRE(file);
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    unicode::GraphemeWalk walk;
    std::string mark, code;
    while (words >> mark >> code) {
      INFO(line);
      CHECK(walk.begins(static_cast<char32_t>(std::stoul(code, nullptr, 16))) == (mark == "÷"));
      ++cases;
    }
  }
  CHECK(cases > 1000);
}
