// The printer: what each kind of object looks like, datum labels, and messages of conditions.
#include "runtime/data/conditions.h"
#include "runtime/data/hash_table.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/io_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

std::string message(Value condition, std::uint64_t limit = 10'000) {
  ByteBuffer out;
  return print_condition(condition, out, {nullptr, nullptr, limit}) ? std::string(out.text()) : "#!raise";
}

Value record_type(Value name, Value parent, Value fields, std::int64_t count) {
  const Value slots[] = {name, parent, fields, fixnum(count), kFalse, fixnum(count)};
  return make_object(Type::kRecordType, slots, 6);
}

std::string shared(Value v) { return print_text(v, PrintMode::kWriteShared); }

}  // namespace

TEST_CASE("write shows data as they read, display as they look") {
  const Value v = list({str("a\"b\\\n"), chr('x'), sym("two words"), num(12), kTrue, kNil, vector({kFalse})});
  CHECK(written(v) == "(\"a\\\"b\\\\\\n\" #\\x |two words| 12 #t () #(#f))");
  CHECK(displayed(v) == "(a\"b\\\n x two words 12 #t () #(#f))");
  CHECK(written(cons(num(1), num(2))) == "(1 . 2)");
  CHECK(written(list({num(1), num(2)}, num(3))) == "(1 2 . 3)");
  CHECK(written(bytes({0, 9, 10, 99, 100, 255})) == "#u8(0 9 10 99 100 255)");
  CHECK(written(vector({})) == "#()");
  CHECK(written(kEof) == "#<eof>");
  const Value table = make_hash_table(TableKind::kEq);
  REQUIRE(hash_table_put(table, num(1), num(2)));
  CHECK(written(table) == "#<hash-table 1>");
  CHECK(written(kUnspecific) == "#<unspecific>");
}

TEST_CASE("write escapes in strings and symbols what would not read back") {
  CHECK(written(str("\a\b\t\n\r\x01\x7f")) == R"("\a\b\t\n\r\x1;\x7f;")");
  CHECK(written(str("aλ€𝄞")) == "\"aλ€𝄞\"");
  CHECK(written(str("\xe2\x80\x8b")) == R"("\x200b;")");
  for (const char* name : {"", "a b", "1", "-1", "+5", "1.5", ".", "#foo", "a(b", "a;b", "a|b", "a\\b", "a'b", "+inf.0", "-.5", "x\ny"})
    CHECK(written(sym(name)).front() == '|');
  for (const char* name : {"a", "+", "-", "...", "1+", "-a", "a#", "@x", "Ab", "+i1"}) CHECK(written(sym(name)) == name);
  CHECK(written(sym("λ")) == "|λ|");   // R7RS 6.13.3: names with characters beyond ASCII stand between bars
  CHECK(written(sym("a|b")) == "|a\\|b|");
  CHECK(displayed(sym("a b")) == "a b");
}

TEST_CASE("write names characters") {
  CHECK(written(chr(' ')) == "#\\space");
  CHECK(written(chr('\n')) == "#\\newline");
  CHECK(written(chr(0)) == "#\\null");
  CHECK(written(chr(0x7f)) == "#\\delete");
  CHECK(written(chr(1)) == "#\\x1");
  CHECK(written(chr('\f')) == "#\\xc");
  CHECK(written(chr('(')) == "#\\(");
  CHECK(written(chr(0x3bb)) == "#\\λ");
  CHECK(written(chr(0x301)) == "#\\x301");
  CHECK(displayed(chr(0x3bb)) == "λ");
}

TEST_CASE("whatever is written reads back as equal text") {
  for (const char* text : {"(a (b . c) #(1 \"x\\t\" #\\a) . d)", "'(a `(b ,c ,@d))", "|a b|", "#u8(1 2)", "(quote)", "(quote a b)", "(quote . a)",
                           "#\\x301", "1.0e100", "-0.0", "#0=(#0# . #0#)", "#0=#(a #0# (b . #0#))", "(unquote @a)"}) {
    const std::string once = reread(text);
    CHECK(reread(once) == once);
  }
  CHECK(reread("(quote . a)") == "(quote . a)");
  CHECK(reread("(unquote @a)") == "(unquote @a)");
}

TEST_CASE("write uses datum labels for cycles only, write-shared for all sharing") {
  const Value x = list({sym("x")});
  const Value twice = list({x, x});
  CHECK(written(twice) == "((x) (x))");
  CHECK(shared(twice) == "(#0=(x) #0#)");
  CHECK(print_text(twice, PrintMode::kWriteSimple) == "((x) (x))");
  const Value tail = cons(sym("b"), kNil);
  const Value both = list({cons(sym("a"), tail)}, tail);
  CHECK(shared(both) == "((a . #0=(b)) . #0#)");
  CHECK(written(read_one("#0=(a b . #0#)")) == "#0=(a b . #0#)");
  CHECK(displayed(read_one("#0=(\"a\" . #0#)")) == "#0=(a . #0#)");
  CHECK(print_text(read_one("#0=(a . #0#)"), PrintMode::kWriteSimple) == "#0=(a . #0#)");
  CHECK(written(read_one("(x #0=(a . #0#) y)")) == "(x #0=(a . #0#) y)");
  CHECK(written(read_one("(#0=(a #0#) #1=#(b #1#))")) == "(#0=(a #0#) #1=#(b #1#))");
  CHECK(written(read_one("#0='#0#")) == "#0='#0#");
  CHECK(written(read_one("(quote . #0=(a . #0#))")) == "(quote . #0=(a . #0#))");
  CHECK(shared(num(1)) == "1");
}

TEST_CASE("printing takes any depth and length") {
  Value deep = kNil;
  Value wide = kNil;
  for (int i = 0; i < 200'000; ++i) {
    deep = list({deep});
    wide = cons(num(1), wide);
  }
  CHECK(written(deep).size() == 2 * 200'001);
  CHECK(written(wide).size() == 2 * 200'000 + 1);
  CHECK(shared(deep).size() == 2 * 200'001);
}

TEST_CASE("records show their fields, inherited ones first") {
  const Value point = record_type(sym("<point>"), kFalse, vector({sym("x"), sym("y")}), 2);
  const Value point3 = record_type(sym("point3"), point, vector({sym("z")}), 3);
  const Value fields[] = {num(1), str("b"), kNil};
  const Value p = make_record(point, fields, 2);
  CHECK(written(p) == "#<point x: 1 y: \"b\">");
  CHECK(displayed(p) == "#<point x: 1 y: b>");
  const Value q = make_record(point3, fields, 3);
  CHECK(written(list({q})) == "(#<point3 x: 1 y: \"b\" z: ()>)");
  as<Record>(p)->fields[0] = p;
  CHECK(written(p) == "#0=#<point x: #0# y: \"b\">");
  CHECK(written(point) == "#<record-type <point>>");
  const Value empty = record_type(sym("nothing"), kFalse, vector({}), 0);
  CHECK(written(make_record(empty, nullptr, 0)) == "#<record nothing>");
}

TEST_CASE("conditions print as one line") {
  wrong_type("car", 1, "pair", num(5));
  const Value c = pending_condition();
  CHECK(message(c) == "car: argument 1 must be a pair, got 5");
  CHECK(written(c) == "#<condition type-error car: argument 1 must be a pair, got 5>");
  CHECK(message(make_condition("error", "", "bad thing:", list({str("s"), sym("x"), list({chr('c')})}))) ==
        "bad thing: \"s\" x (#\\c)");
  CHECK(displayed(list({c, str("s")})) == "(#<condition type-error car: argument 1 must be a pair, got 5> s)");
  CHECK(message(num(42)) == "raised: 42");
  CHECK(message(list({str("a")})) == "raised: (\"a\")");
  const Value self = make_condition("error", "", "loop", list({num(1)}));
  as_pair(as<Condition>(self)->irritants)->cdr = as<Condition>(self)->irritants;
  CHECK(message(self) == "loop . #0=(1 . #0#)");
  as_pair(as<Condition>(self)->irritants)->cdr = list({self});
  CHECK(message(self) == "loop 1 #0=#<condition error loop 1 #0#>");
  const Value odd = make_condition("error", "", "x", kNil);
  as<Condition>(odd)->message = sym("who");
  as<Condition>(odd)->irritants = list({str("what"), num(1)});
  CHECK(message(odd) == "who: what 1");
}

TEST_CASE("a limit cuts what is printed") {
  Value wide = kNil;
  for (int i = 0; i < 1000; ++i) wide = cons(num(1), wide);
  const std::string text = message(make_condition("error", "", "big", list({wide})), 50);
  CHECK(text.size() < 60);
  CHECK(text.ends_with("..."));
}

TEST_CASE("running out of memory at any point of printing is a condition") {
  REQUIRE(prepare_conditions());
  const Value v = read_one("#0=(a #(b \"c\" 1.5 #u8(1)) (quote d) . #0#)");
  for (std::uint64_t successes = 0; successes < 20; ++successes) {
    host_heap_fail_after(successes);
    ByteBuffer out;
    const bool good = print(v, PrintMode::kWrite, out);
    host_heap_fail_after(~std::uint64_t{0});
    if (!good) CHECK(show(as<Condition>(pending_condition())->kind) == "out-of-memory");
    else CHECK(out.text() == "#0=(a #(b \"c\" 1.5 #u8(1)) 'd . #0#)");
  }
}
