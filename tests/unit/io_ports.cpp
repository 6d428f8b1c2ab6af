// Ports: memory, files and the console, by the primitives that Scheme calls.
#include "runtime/io/io_primitives.h"
#include "runtime/io/port.h"
#include "runtime/io/read_text.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/io_support.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

namespace {

const Family in{input_primitives()};
const Family out{output_primitives()};
const Family ports{port_primitives()};

Value input(std::string_view text) { return ports("open-input-string", str(text)); }
std::string output_of(Value port) { return utf8(ports("get-output-string", port)); }

}  // namespace

TEST_CASE("a string port is read by characters") {
  const Value p = input("aλ\n𝄞");
  CHECK(in("%peek-char", p) == chr('a'));
  CHECK(in("%read-char", p) == chr('a'));
  CHECK(in("char-ready?", p) == kTrue);
  CHECK(in("%read-char", p) == chr(0x3bb));
  CHECK(show(in("%port-position", p)) == "(1 . 3)");
  CHECK(in("%read-char", p) == chr('\n'));
  CHECK(show(in("%port-position", p)) == "(2 . 1)");
  CHECK(in("%read-char", p) == chr(0x1d11e));
  CHECK(in("%peek-char", p) == kEof);
  CHECK(in("%read-char", p) == kEof);
  CHECK(in("%read-char", p) == kEof);
  CHECK(in("char-ready?", p) == kTrue);
}

TEST_CASE("lines end in a linefeed, a return, or both") {
  const Value p = input("one\ntwo\r\nthree\rfour\n\nλast");
  for (const char* line : {"one", "two", "three", "four", "", "λast"}) CHECK(utf8(in("%read-line", p)) == line);
  CHECK(in("%read-line", p) == kEof);
  const Value q = input("a\r\nb");
  CHECK(utf8(in("%read-line", q)) == "a");
  CHECK(in("%read-char", q) == chr('b'));
}

TEST_CASE("read-string takes characters, not bytes") {
  const Value p = input("aλb𝄞c");
  CHECK(utf8(in("%read-string", num(2), p)) == "aλ");
  CHECK(utf8(in("%read-string", num(0), p)) == "");
  CHECK(utf8(in("%read-string", num(100), p)) == "b𝄞c");
  CHECK(in("%read-string", num(1), p) == kEof);
  CHECK(utf8(in("%read-string", num(0), p)) == "");
  CHECK(in.kind("%read-string", num(-1), p) == "type-error");
}

TEST_CASE("data and characters are read from one port") {
  const Value p = input("(a\n b)x 'y ; z");
  CHECK(show(in("%read-datum", p)) == "(a b)");
  CHECK(in("%read-char", p) == chr('x'));
  CHECK(show(in("%read-datum", p)) == "(quote y)");
  CHECK(in("%read-datum", p) == kEof);
  CHECK(in.text("%read-datum", input("(a")) == "1:1: end of input before the bracket opened here is closed");
  CHECK(ports("%read-error-incomplete?", pending_condition()) == kTrue);
  CHECK(in.kind("%read-datum", input(")")) == "read-error");
  CHECK(ports("%read-error-incomplete?", pending_condition()) == kFalse);
  const Value q = input("(a) )b c\nd");
  in("%read-datum", q);
  CHECK(in("%read-datum", q) == kRaise);
  in("%port-discard-line!", q);
  CHECK(in("%read-datum", q) == sym("d"));
  const Value folded = input("ABC #!no-fold-case ABC");
  in("%set-port-fold-case!", folded, kTrue);
  CHECK(in("%read-datum", folded) == sym("abc"));
  CHECK(in("%read-datum", folded) == sym("ABC"));
}

TEST_CASE("a string output port collects what is written") {
  const Value p = ports("open-output-string");
  out("write", str("a\"λ"), p);
  out("write-char", chr(0x1d11e), p);
  out("display", str("b"), p);
  CHECK(out("%port-column", p) == num(8));
  out("newline", p);
  CHECK(out("%port-column", p) == num(0));
  out("write-string", str("hello"), p, num(1), num(3));
  out("write-simple", sym("x y"), p);
  out("write-shared", kNil, p);
  CHECK(output_of(p) == "\"a\\\"λ\"𝄞b\nel|x y|()");
  CHECK(output_of(p) == "\"a\\\"λ\"𝄞b\nel|x y|()");
  CHECK(output_of(ports("open-output-string")) == "");
  Value big = kNil;
  for (int i = 0; i < 100'000; ++i) big = cons(num(1), big);
  const Value q = ports("open-output-string");
  out("display", big, q);
  CHECK(output_of(q).size() == 200'001);
}

TEST_CASE("bytevector ports carry bytes") {
  const Value p = ports("open-input-bytevector", bytes({1, 2, 3, 4, 5, 6}));
  CHECK(in("%peek-u8", p) == num(1));
  CHECK(in("%read-u8", p) == num(1));
  CHECK(in("u8-ready?", p) == kTrue);
  CHECK(show(in("%read-bytevector", num(2), p)) == "#u8(2 3)");
  const Value target = bytes({0, 0, 0, 0, 0});
  CHECK(in("%read-bytevector!", target, p, num(1), num(3)) == num(2));
  CHECK(show(target) == "#u8(0 4 5 0 0)");
  CHECK(in("%read-bytevector!", target, p) == num(1));
  CHECK(show(target) == "#u8(6 4 5 0 0)");
  CHECK(in("%read-u8", p) == kEof);
  CHECK(in("%read-bytevector", num(2), p) == kEof);
  CHECK(show(in("%read-bytevector", num(0), p)) == "#u8()");
  const Value q = ports("open-output-bytevector");
  out("write-u8", num(255), q);
  out("write-bytevector", bytes({1, 2, 3, 4}), q, num(1), num(3));
  CHECK(show(ports("get-output-bytevector", q)) == "#u8(255 2 3)");
}

TEST_CASE("ports say what they are, and when they are used wrongly") {
  const Value p = input("a");
  const Value b = ports("open-input-bytevector", bytes({1}));
  const Value o = ports("open-output-string");
  CHECK(ports("port?", p) == kTrue);
  CHECK(ports("port?", num(1)) == kFalse);
  CHECK(ports("input-port?", p) == kTrue);
  CHECK(ports("output-port?", p) == kFalse);
  CHECK(ports("textual-port?", b) == kFalse);
  CHECK(ports("binary-port?", b) == kTrue);
  CHECK(ports("input-port-open?", p) == kTrue);
  ports("close-input-port", p);
  CHECK(ports("input-port-open?", p) == kFalse);
  ports("close-port", p);
  CHECK(in.kind("%read-char", p) == "io-error");
  CHECK(in.kind("%read-char", b) == "type-error");
  CHECK(in.kind("%read-char", o) == "type-error");
  CHECK(in.kind("%read-u8", input("x")) == "type-error");
  CHECK(out.kind("write", num(1), b) == "type-error");
  CHECK(out.kind("write-char", num(1), o) == "type-error");
  CHECK(out.kind("write-u8", num(256), o) == "range-error");
  CHECK(ports.kind("close-input-port", o) == "type-error");
  CHECK(ports.kind("get-output-string", p) == "type-error");
  CHECK(ports.kind("open-input-string", num(1)) == "type-error");
  CHECK(ports.kind("input-port-open?", num(1)) == "type-error");
  out("display", sym("x"), o);
  ports("close-port", o);
  CHECK(out.kind("newline", o) == "io-error");
  CHECK(output_of(o) == "x");
  CHECK(written(b) == "#<binary-input-port>");
}

TEST_CASE("files are written and read back") {
  FakeHost host;
  const Value o = ports("open-output-file", str("dir/a.txt"));
  out("write-string", str("one λ\n"), o);
  CHECK(host.files["dir/a.txt"] == "");
  out("flush-output-port", o);
  CHECK(host.files["dir/a.txt"] == "one λ\n");
  out("display", num(2), o);
  ports("close-port", o);
  CHECK(host.files["dir/a.txt"] == "one λ\n2");
  CHECK(host.handles.empty());
  const Value append = ports("open-append-file", str("dir/a.txt"));
  out("display", num(3), append);
  ports("close-port", append);
  const Value i = ports("open-input-file", str("dir/a.txt"));
  CHECK(written(i) == "#<textual-input-port \"dir/a.txt\">");
  CHECK(utf8(in("%read-line", i)) == "one λ");
  CHECK(in("%read-datum", i) == num(23));
  CHECK(in("%read-char", i) == kEof);
  host.files["dir/a.txt"] += "4";
  CHECK(in("%read-char", i) == chr('4'));
  ports("close-port", i);
  CHECK(ports("file-exists?", str("dir/a.txt")) == kTrue);
  ports("rename-file", str("dir/a.txt"), str("b"));
  ports("delete-file", str("b"));
  CHECK(ports("file-exists?", str("b")) == kFalse);
  CHECK(ports.text("delete-file", str("b")) == "delete-file: no such file: \"b\"");
  CHECK(ports.text("open-input-file", str("b")) == "open-input-file: no such file: \"b\"");
  CHECK(ports.kind("open-input-file", str("b")) == "file-error");
  CHECK(ports.kind("open-input-file", num(1)) == "type-error");
}

TEST_CASE("long files are buffered in both directions") {
  FakeHost host;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line λ " + std::to_string(i) + "\n";
  const Value o = ports("open-output-file", str("f"));
  out("write-string", str(text), o);
  out("newline", o);
  ports("close-port", o);
  REQUIRE(host.files["f"] == text + "\n");
  const Value i = ports("open-input-file", str("f"));
  for (int n = 0; n < 20'000; ++n) REQUIRE(utf8(in("%read-line", i)) == "line λ " + std::to_string(n));
  const Value all = ports("open-input-file", str("f"));
  CHECK(utf8(in("%read-string", num(10'000'000), all)) == text + "\n");
  const Value b = ports("open-binary-input-file", str("f"));
  CHECK(length_of(in("%read-bytevector", num(10'000'000), b)) == text.size() + 1);
  std::string data = "(";
  for (int n = 0; n < 20'000; ++n) data += "(a \"λ\" . " + std::to_string(n) + ")\n";
  host.files["g"] = data + ")x";
  const Value g = ports("open-input-file", str("g"));
  CHECK(written(in("%read-datum", g)).size() > 200'000);
  CHECK(in("%read-datum", g) == sym("x"));
}

TEST_CASE("a failing device is an io-error") {
  FakeHost host;
  host.files["f"] = "abc";
  const Value i = ports("open-input-file", str("f"));
  const Value o = ports("open-output-file", str("g"));
  host.failure = perdure::abi::kNoSpace;
  out("display", str("x"), o);
  CHECK(out.text("flush-output-port", o) == "flush-output-port: no space left: \"g\"");
  host.failure = perdure::abi::kIo;
  CHECK(in.kind("%read-char", i) == "io-error");
  host.failure = perdure::abi::kOk;
  CHECK(in("%read-char", i) == chr('a'));
  ports("close-port", o);
}

TEST_CASE("after a restore files are closed") {
  FakeHost host;
  host.files["f"] = std::string(40'000, 'a') + "b";
  const Value i = ports("open-input-file", str("f"));
  const Value o = ports("open-output-file", str("g"));
  in("%read-string", num(30'000), i);
  out("display", str("lost"), o);
  host.restore();
  CHECK(in.kind("%read-char", i) == "closed-by-restore");
  CHECK(out.text("display", str("x"), o) == "display: the port was closed when the world went on elsewhere: \"g\"");
  CHECK(out.kind("flush-output-port", o) == "closed-by-restore");
  CHECK(ports("input-port-open?", i) == kFalse);
  CHECK(ports("output-port-open?", o) == kFalse);
  CHECK(ports("close-port", i) == kUnspecific);
  CHECK(in.kind("%read-char", i) == "io-error");
  CHECK(ports("close-port", o) == kUnspecific);
}

TEST_CASE("the console is read without waiting") {
  FakeHost host;
  const Value p = ports("%console-input-port");
  CHECK(in("%read-char", p) == kWouldBlock);
  CHECK(in("%read-char") == kWouldBlock);
  CHECK(in("char-ready?", p) == kFalse);
  host.input = {"a\xce", "\xbb(b", " c", ")\nline", " end\nrest"};
  CHECK(in("%read-char", p) == chr('a'));
  CHECK(in("%read-char", p) == chr(0x3bb));
  CHECK(show(in("%read-datum", p)) == "(b c)");
  CHECK(utf8(in("%read-line", p)) == "");
  CHECK(utf8(in("%read-line", p)) == "line end");
  CHECK(in("%read-line", p) == kWouldBlock);
  CHECK(in("%read-string", num(5), p) == kWouldBlock);
  CHECK(utf8(in("%read-string", num(4), p)) == "rest");
  host.input = {"(d"};
  CHECK(in("%read-datum", p) == kWouldBlock);
  host.input = {" e"};
  CHECK(in("%read-datum", p, kFalse, kTrue) == kWouldBlock);
  host.input = {")"};
  CHECK(show(in("%read-datum", p, kFalse, kTrue)) == "(d e)");
  host.input = {"(abandoned "};
  CHECK(in("%read-datum", p) == kWouldBlock);
  host.input = {"f\n"};
  CHECK(in("%read-datum", p) == sym("f"));
  CHECK(in("%read-char", p) == chr('\n'));
}

TEST_CASE("a console's end of input is told once, then asked for again") {
  FakeHost host;
  const Value p = ports("%console-input-port");
  host.input = {"", "a", ""};
  CHECK(in("%peek-char", p) == kEof);
  CHECK(in("%peek-char", p) == kEof);
  CHECK(in("%read-char", p) == kEof);
  CHECK(in("%read-char", p) == chr('a'));
  CHECK(in("%read-datum", p) == kEof);
  CHECK(in("%read-char", p) == kWouldBlock);
}

TEST_CASE("bytes that are not UTF-8 read as U+FFFD") {
  FakeHost host;
  const Value p = ports("%console-input-port");
  host.input = {"a\xff", "b\xe2\x82", "c\xe2\x82", ""};
  for (const char32_t c : U"a\xfffd" "b\xfffd" "c\xfffd") {
    if (c == 0) break;
    CHECK(in("%read-char", p) == chr(c));
  }
  CHECK(in("%read-char", p) == kEof);
}

TEST_CASE("output to a pipe is collected, and goes out in time") {
  FakeHost host;
  const Value o = ports("%console-output-port");
  const Value e = ports("%console-error-port");
  out("display", str("one\n"), o);
  CHECK(host.output == "");
  out("display", str("oops"), e);
  CHECK(host.output == "one\n");
  CHECK(host.errors == "oops");
  out("display", str("prompt"));
  CHECK(in("%read-char") == kWouldBlock);
  CHECK(host.output == "one\nprompt");
  out("display", str("end"), o);
  CHECK(out("%port-column", o) == num(9));
  out("%flush-output");
  CHECK(host.output == "one\npromptend");
  for (int i = 0; i < 100'000; ++i) out("write-char", chr('x'), o);
  CHECK(host.output.size() > 80'000);
  CHECK(host.writes < 20);
  out("flush-output-port", o);
  CHECK(host.output.size() == 13 + 100'000);
  CHECK(ports("close-port", o) == kUnspecific);
  out("display", str("still"), o);
  out("%flush-output");
  CHECK(host.output.ends_with("still"));
}

TEST_CASE("output to a terminal is seen at once") {
  FakeHost host;
  host.is_terminal = true;
  host.restore();
  const Value o = ports("%console-output-port");
  out("display", str("a"), o);
  CHECK(host.output == "a");
  out("write-char", chr('b'), o);
  CHECK(host.output == "a");
  out("write-char", chr('\n'), o);
  CHECK(host.output == "ab\n");
  out("newline");
  CHECK(host.output == "ab\n\n");
  CHECK(host.errors == "");
}

TEST_CASE("files that stay open are flushed with everything else") {
  FakeHost host;
  const Value o = ports("open-output-file", str("f"));
  out("display", str("text"), o);
  out("%flush-output");
  CHECK(host.files["f"] == "text");
  ports("close-port", o);
}

TEST_CASE("the current ports are found without Scheme") {
  FakeHost host;
  const Value saved[] = {vector({ports("%console-input-port")}), vector({ports("%console-output-port")}), vector({ports("%console-error-port")})};
  ports("%set-current-port-cells!", vector({input("in")}), vector({ports("open-output-string")}), saved[2]);
  out("write", sym("x"));
  CHECK(output_of(current_port(CurrentPort::kOutput)) == "x");
  CHECK(in("%read-char") == chr('i'));
  CHECK(ports.kind("%set-current-port-cells!", kNil, kNil, kNil) == "type-error");
  ports("%set-current-port-cells!", saved[0], saved[1], saved[2]);
}

TEST_CASE("all forms of a file are read, with their places") {
  FakeHost host;
  host.files["a.scm"] = "#!/usr/bin/env perdure\n; c\n(define X 1)\n (f X)\n";
  const Value map = in("%make-source-map", str("a.scm"));
  const Value forms = in("%read-file-forms", str("a.scm"), kFalse, map);
  CHECK(show(forms) == "((define X 1) (f X))");
  CHECK(show(in("%source-location", map, car(cdr(forms)))) == "(4 . 2)");
  CHECK(in("%source-location", map, forms) == kFalse);
  CHECK(host.handles.empty());
  CHECK(show(read_file_forms(str("a.scm"), true)) == "((define x 1) (f x))");
  host.files["b.scm"] = "(a\n(b)";
  CHECK(in.text("%read-file-forms", str("b.scm")) == "b.scm:1:1: end of input before the bracket opened here is closed");
  CHECK(host.handles.empty());
  CHECK(in.kind("%read-file-forms", str("c.scm")) == "file-error");
}

TEST_CASE("messages and cut texts as strings") {
  wrong_type("car", 1, "pair", num(5));
  CHECK(utf8(out("%condition->string", pending_condition())) == "car: argument 1 must be a pair, got 5");
  CHECK(utf8(out("%write-to-string", list({str("a")}))) == "(\"a\")");
  CHECK(utf8(out("%write-to-string", read_one("(1 2 3 4 5 6)"), num(5))).ends_with("..."));
}
