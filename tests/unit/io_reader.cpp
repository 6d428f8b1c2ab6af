// The reader: every lexical form of R7RS chapter 7.1, its errors, and text that arrives in pieces.
#include "runtime/data/conditions.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/io_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

TEST_CASE("the reader reads lists, dotted pairs and vectors") {
  CHECK(reread("(a b c)") == "(a b c)");
  CHECK(reread("()") == "()");
  CHECK(reread("(a . b)") == "(a . b)");
  CHECK(reread("(a b . (c d))") == "(a b c d)");
  CHECK(reread("(a . (b . (c . ())))") == "(a b c)");
  CHECK(reread("#(0 (2 2 2 2) \"Anna\")") == "#(0 (2 2 2 2) \"Anna\")");
  CHECK(reread("#()") == "#()");
  CHECK(reread("#u8(0 10 5)") == "#u8(0 10 5)");
  CHECK(reread("#U8(255)") == "#u8(255)");
  CHECK(reread("#u8()") == "#u8()");
  CHECK(reread("[a [b] c]") == "(a (b) c)");
  CHECK(reread("((a)(b))") == "((a) (b))");
  CHECK(reread("(a;b\n c)") == "(a c)");
}

TEST_CASE("the reader reads abbreviations") {
  CHECK(reread("'a") == "'a");
  CHECK(show(read_one("'a")) == "(quote a)");
  CHECK(show(read_one("`(a ,b ,@c)")) == "(quasiquote (a (unquote b) (unquote-splicing c)))");
  CHECK(show(read_one("''()")) == "(quote (quote ()))");
  CHECK(show(read_one("'#(a)")) == "(quote #(a))");
  CHECK(show(read_one("(a 'b)")) == "(a (quote b))");
  CHECK(show(read_one(", @a")) == "(unquote @a)");
}

TEST_CASE("the reader reads booleans and other # names") {
  CHECK(read_one("#t") == kTrue);
  CHECK(read_one("#true") == kTrue);
  CHECK(read_one("#f") == kFalse);
  CHECK(read_one("#false") == kFalse);
  CHECK(read_one("#TRUE") == kTrue);
  CHECK(read_one("#!default") == kDefault);
  CHECK(read_one("(#!eof)").is_pair());
  CHECK(read_one("#!eof") == kEof);
  CHECK(reread("#truth") == "!1:1: unknown # syntax");
  CHECK(reread("#!what") == "!1:1: unknown #! directive");
  CHECK(reread("#") == "!1:1: unknown # syntax");
}

TEST_CASE("the reader reads characters") {
  CHECK(read_one("#\\a") == chr('a'));
  CHECK(read_one("#\\A") == chr('A'));
  CHECK(read_one("#\\(") == chr('('));
  CHECK(read_one("#\\)") == chr(')'));
  CHECK(read_one("#\\;") == chr(';'));
  CHECK(read_one("#\\ ") == chr(' '));
  CHECK(read_one("#\\x") == chr('x'));
  CHECK(read_one("#\\x03BB") == chr(0x3bb));
  CHECK(read_one("#\\λ") == chr(0x3bb));
  CHECK(read_one("#\\𝄞") == chr(0x1d11e));
  CHECK(read_one("#\\alarm") == chr(7));
  CHECK(read_one("#\\backspace") == chr(8));
  CHECK(read_one("#\\delete") == chr(0x7f));
  CHECK(read_one("#\\escape") == chr(0x1b));
  CHECK(read_one("#\\newline") == chr('\n'));
  CHECK(read_one("#\\null") == chr(0));
  CHECK(read_one("#\\return") == chr('\r'));
  CHECK(read_one("#\\space") == chr(' '));
  CHECK(read_one("#\\tab") == chr('\t'));
  CHECK(show(read_one("(#\\a)")) == "(#\\a)");
  CHECK(show(read_one("(#\\))")) == "(#\\))");
  CHECK(reread("#\\foo") == "!1:1: unknown character name");
  CHECK(reread("#\\xD800") == "!1:1: unknown character name");
  CHECK(reread("#\\x110000") == "!1:1: unknown character name");
  CHECK(reread("#\\SPACE") == "!1:1: unknown character name");
  CHECK(read_one("#!fold-case #\\SPACE") == chr(' '));
  CHECK(read_one("#!fold-case #\\A") == chr('A'));
}

TEST_CASE("the reader reads strings with all escapes") {
  CHECK(utf8(read_one("\"\"")) == "");
  CHECK(utf8(read_one("\"a b\"")) == "a b");
  CHECK(utf8(read_one(R"("\a\b\t\n\r\"\\\|")")) == "\a\b\t\n\r\"\\|");
  CHECK(utf8(read_one(R"("\x41;bc\x3bb;")")) == "Abcλ");
  CHECK(utf8(read_one("\"a\\\n   b\"")) == "ab");
  CHECK(utf8(read_one("\"a\\  \t\n \t b\"")) == "ab");
  CHECK(utf8(read_one("\"a\\\r\n  b\"")) == "ab");
  CHECK(utf8(read_one("\"a\nb\"")) == "a\nb");
  CHECK(utf8(read_one("\"a\r\nb\rc\"")) == "a\nb\nc");
  CHECK(utf8(read_one("\"λ\xff!\"")) == "λ\xef\xbf\xbd!");
  CHECK(reread("\"ab\\q\"") == "!1:4: unknown escape");
  CHECK(reread("\"\\x41\"") == "!1:2: a \\x escape must be hexadecimal digits of a character and `;`");
  CHECK(reread("\"\\xD800;\"").starts_with("!1:2:"));
  CHECK(reread("\"\\  b\"") == "!1:2: unknown escape");
  CHECK(reread(" \"abc") == "!1:2: end of input inside a string");
  CHECK(reread("\"abc\\").starts_with("!1:1: end of input"));
}

TEST_CASE("the reader reads identifiers") {
  for (const char* name : {"...", "+", "-", "+soup+", "<=?", "->string", "a34kTMNs", "lambda", "list->vector", "q", "V17a",
                           "the-word-recursion-has-many-meanings", "!$%&*/:<=>?^_~", "+.a", "..", "-.b", "1+"})
    CHECK(reread(name) == name);
  CHECK(reread("|two words|") == "|two words|");
  CHECK(reread("|two\\x20;words|") == "|two words|");
  CHECK(reread("λx") == "|λx|");
  CHECK(reread("|foo|") == "foo");
  CHECK(reread("||") == "||");
  CHECK(reread(R"(|a\|b\t|)") == R"(|a\|b\t|)");
  CHECK(show(read_one("(a|b|c)")) == "(a b c)");
  CHECK(reread("|12|") == "|12|");
  CHECK(read_one("#!fold-case ABC") == sym("abc"));
  CHECK(read_one("#!fold-case Straße") == sym("strasse"));
  CHECK(read_one("#!fold-case #!no-fold-case ABC") == sym("ABC"));
  CHECK(read_one("ABC") == sym("ABC"));
  CHECK(show(read_one("(a'b)")) == "(a (quote b))");
  CHECK(reread("|abc").starts_with("!1:1: end of input inside a |symbol|"));
}

TEST_CASE("the reader reads numbers") {
  CHECK(read_one("42") == num(42));
  CHECK(read_one("-7") == num(-7));
  CHECK(read_one("+5") == num(5));
  CHECK(read_one("#xff") == num(255));
  CHECK(read_one("#e1.5e1") == num(15));
  CHECK(read_one("#b-101") == num(-5));
  CHECK(reread("1.5") == "1.5");
  CHECK(reread("-.5e3") == "-500.0");
  CHECK(reread("1/3") == "1/3");
  CHECK(reread("+inf.0") == "+inf.0");
  CHECK(reread("123456789012345678901234567890") == "123456789012345678901234567890");
  CHECK(reread("(1.)") == "(1.0)");
  CHECK(reread("#xzz") == "!1:1: not a number");
}

TEST_CASE("the reader skips comments") {
  CHECK(reread("; one\n two") == "two");
  CHECK(reread("#| a #| nested |# comment |# x") == "x");
  CHECK(reread("#;a b") == "b");
  CHECK(reread("#;(a b) #;#;c d e") == "e");
  CHECK(reread("(a #;b c)") == "(a c)");
  CHECK(reread("(a . #;b c)") == "(a . c)");
  CHECK(reread("(a . b #;c)") == "(a . b)");
  CHECK(reread("#; a") == written(kEof));
  CHECK(read_one("") == kEof);
  CHECK(read_one(" \n\t ; nothing") == kEof);
  CHECK(reread("#!/usr/bin/perdure\nx") == "x");
  CHECK(reread("\xef\xbb\xbf x\xc2\xa0") == "x");
  CHECK(reread("#| open") == "!1:1: end of input inside a #| comment");
  CHECK(reread("(a #;)") == "!1:6: unexpected `)`: a datum is missing");
}

TEST_CASE("the reader reads datum labels") {
  const Value circular = read_one("#0=(a b . #0#)");
  CHECK(car(circular) == sym("a"));
  CHECK(cdr(cdr(circular)) == circular);
  const Value shared = read_one("(#1=(x) #1# #1#)");
  CHECK(car(shared) == car(cdr(shared)));
  CHECK(car(shared) == car(cdr(cdr(shared))));
  const Value in_vector = read_one("#0=#(1 #0# '#0#)");
  CHECK(as<Vector>(in_vector)->slots[1] == in_vector);
  CHECK(car(cdr(as<Vector>(in_vector)->slots[2])) == in_vector);
  const Value two = read_one("#0=(#1=(#0# . #1#))");
  CHECK(car(car(two)) == two);
  CHECK(cdr(car(two)) == car(two));
  CHECK(reread("#0=(a . #0#)") == "#0=(a . #0#)");
  CHECK(reread("(#0#)") == "!1:2: the datum label is not defined");
  CHECK(reread("#0=#0#") == "!1:4: the datum label stands for itself");
  CHECK(reread("#0=#1=#0#") == "!1:7: the datum label stands for itself");
  CHECK(reread("(#0=a #0=b)") == "!1:7: the datum label is defined twice");
  CHECK(reread("#99999999999999999999999=a") == "!1:1: the datum label is too large");
}

TEST_CASE("the reader says where what is wrong") {
  CHECK(reread(")") == "!1:1: unexpected `)`");
  CHECK(reread("(a\n  b]") == "!2:4: `]` closes a `(`");
  CHECK(reread("[a)") == "!1:3: `)` closes a `[`");
  CHECK(reread("\n (a\n (b)") == "!2:2: end of input before the bracket opened here is closed");
  CHECK(reread("(a '") == "!1:1: end of input before the bracket opened here is closed");
  CHECK(reread("'") == "!1:1: end of input before a datum");
  CHECK(reread("(')") == "!1:3: unexpected `)`: a datum is missing");
  CHECK(reread("( . a)") == "!1:3: unexpected dot");
  CHECK(reread("(a . )") == "!1:6: a datum is missing after the dot");
  CHECK(reread("(a . b c)") == "!1:8: more than one datum after the dot");
  CHECK(reread("(a . b . c)") == "!1:8: unexpected dot");
  CHECK(reread("#(a . b)") == "!1:5: unexpected dot");
  CHECK(reread(".") == "!1:1: unexpected dot");
  CHECK(reread("{") == "!1:1: `{` is reserved");
  CHECK(reread("#u8(256)") == "!1:5: an element of a bytevector must be an integer from 0 to 255");
  CHECK(reread("#u8(a)") == "!1:5: an element of a bytevector must be an integer from 0 to 255");
  CHECK(reread("(λλ )]") == "(|λλ|)");
  CHECK(reread("λλ ]") == "|λλ|");
}

TEST_CASE("a read error names its source and is a read-error") {
  Reader reader;
  TextPosition position;
  std::size_t offset = 0;
  CHECK(reader.read("(a))", offset, true, position, {str("file.scm")}) == ReadStatus::kDatum);
  CHECK(reader.read("(a))", offset, true, position, {str("file.scm")}) == ReadStatus::kError);
  const auto* condition = as<Condition>(pending_condition());
  CHECK(condition->kind == sym("read-error"));
  CHECK(utf8(condition->message) == "file.scm:1:4: unexpected `)`");
  CHECK(show(condition->payload) == "(#f \"file.scm\" 1 4)");
  CHECK(offset == 4);
  read_one("(a");
  CHECK(car(as<Condition>(pending_condition())->payload) == kTrue);
  read_one("\"a");
  CHECK(car(as<Condition>(pending_condition())->payload) == kTrue);
}

TEST_CASE("the reader nests as deep as there is memory") {
  const std::size_t depth = 300'000;
  const std::string text = std::string(depth, '(') + std::string(depth, ')');
  Value v = read_one(text);
  std::size_t measured = 1;
  for (; v.is_pair() && car(v).is_pair(); v = car(v)) ++measured;
  CHECK(measured == depth - 1);
  CHECK(reread(std::string(depth, '(')).starts_with("!1:300000: end of input"));
  CHECK(reread(std::string(depth, '\'')).starts_with("!1:1: end of input"));
}

namespace {

constexpr const char* kSample =
    "#!/bin/x\n ; c\n(define (f x) #| #| |# |# \"str\\x41;\\n\\\n  é\" #\\space '#(1 2.5 -3/4) `(,a ,@b) |sy m| #u8(1 2)) #;(x) #0=(λ . #0#) "
    "#true sym 12 ";

std::string read_all_in_pieces(std::string_view text, std::size_t piece) {
  std::string out;
  Reader reader;
  TextPosition position;
  std::size_t offset = 0;
  for (std::size_t end = 0;;) {
    const bool last = end == text.size();
    switch (reader.read(text.substr(0, end), offset, last, position, {})) {
      case ReadStatus::kDatum: out += written(reader.datum()) + "\n"; break;
      case ReadStatus::kEnd: return out;
      case ReadStatus::kError: return out + show_condition(pending_condition());
      case ReadStatus::kIncomplete:
        REQUIRE_FALSE(last);
        end = end + piece < text.size() ? end + piece : text.size();
    }
  }
}

}  // namespace

TEST_CASE("text that arrives in pieces reads the same as at once") {
  const std::string whole = read_all_in_pieces(kSample, 10'000);
  CHECK(whole ==
        "(define (f x) \"strA\\né\" #\\space '#(1 2.5 -3/4) `(,a ,@b) |sy m| #u8(1 2))\n#0=(|λ| . #0#)\n#t\nsym\n12\n");
  for (std::size_t piece = 1; piece < 40; ++piece) CHECK(read_all_in_pieces(kSample, piece) == whole);
}

TEST_CASE("running out of memory at any point of reading is a condition") {
  REQUIRE(prepare_conditions());
  read_all_in_pieces(kSample, 1000);
  for (std::uint64_t successes = 0; successes < 60; ++successes) {
    host_heap_fail_after(successes);
    Reader reader;
    TextPosition position;
    std::size_t offset = 0;
    const ReadStatus status = reader.read(kSample, offset, true, position, {});
    host_heap_fail_after(~std::uint64_t{0});
    CHECK((status == ReadStatus::kError || status == ReadStatus::kDatum));
    if (status == ReadStatus::kError) CHECK(show(as<Condition>(pending_condition())->kind) == "out-of-memory");
  }
}

TEST_CASE("a source map knows the place of every pair") {
  const Value map = SourceMap::create(str("a.scm"));
  Reader reader;
  TextPosition position;
  std::size_t offset = 0;
  REQUIRE(reader.read("\n (f (g\n x) 'y)", offset, true, position, {kFalse, map}) == ReadStatus::kDatum);
  const SourceMap* source = SourceMap::from(map);
  const Value form = reader.datum();
  const auto at = [&](Value pair) {
    const SourceLocation l = source->find(pair);
    return std::to_string(l.line) + ":" + std::to_string(l.column);
  };
  CHECK(at(form) == "2:2");
  CHECK(at(car(cdr(form))) == "2:5");
  CHECK(at(cdr(form)) == "2:5");
  CHECK(at(cdr(car(cdr(form)))) == "3:2");
  CHECK(at(car(cdr(cdr(form)))) == "3:5");
  CHECK(at(cons(kNil, kNil)) == "0:0");
  CHECK(reader.location().line == 2);
  CHECK(SourceMap::from(form) == nullptr);
  CHECK(SourceMap::from(read_one("#(1)")) == nullptr);
}

TEST_CASE("an address table keeps what is put into it") {
  AddressTable table;
  std::vector<Value> keys;
  for (int i = 0; i < 2000; ++i) {
    keys.push_back(cons(num(i), kNil));
    REQUIRE(table.insert(keys.back(), static_cast<std::uint64_t>(i)));
  }
  CHECK(table.size() == 2000);
  for (int i = 0; i < 2000; ++i) CHECK(*table.find(keys[i]) == static_cast<std::uint64_t>(i));
  CHECK(table.find(cons(kNil, kNil)) == nullptr);
}
