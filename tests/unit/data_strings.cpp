#include "runtime/data/text.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family strings{strings_primitives()};
static const Family cases{string_case_primitives()};
static const Family conversion{string_conversion_primitives()};
static const Family search{string_search_primitives()};

static Value literal(std::string_view text) {
  const Value s = str(text);
  as_object(s)->header |= kFlagImmutable << 8;
  return s;
}

TEST_CASE("R7RS 6.7 making strings") {
  CHECK(strings.text("make-string", num(3), chr('x')) == "\"xxx\"");
  CHECK(strings.text("make-string", num(2)) == "\"  \"");
  CHECK(strings.text("make-string", num(0), chr('x')) == "\"\"");
  CHECK(strings.kind("make-string", num(-1)) == "type-error");
  CHECK(strings.kind("make-string", num(1), num(1)) == "type-error");
  CHECK(strings.kind("make-string", num(kFixnumMax)) == "out-of-memory");
  CHECK(strings.text("string", chr('a'), chr(U'λ')) == "\"aλ\"");
  CHECK(strings.text("string") == "\"\"");
  CHECK(strings.text("string", chr('a'), str("b")) == "string: argument 2 must be a character, got \"b\"");
  CHECK(strings.text("string?", str("")) == "#t");
  CHECK(strings.text("string?", sym("a")) == "#f");
}

TEST_CASE("R7RS 6.7 string-ref and string-set!") {
  CHECK(strings.text("string-length", str("naïve")) == "5");
  CHECK(strings.text("string-ref", str("aλc"), num(1)) == "#\\λ");
  CHECK(strings.text("string-ref", str("abc"), num(3)) == "string-ref: argument 2 is out of range (valid: 0 to 2): 3");
  CHECK(strings.text("string-ref", str(""), num(0)) == "string-ref: argument 2 is out of range (no value is valid): 0");
  CHECK(strings.kind("string-ref", str("abc"), num(-1)) == "range-error");
  CHECK(strings.kind("string-ref", str("abc"), make_flonum(1)) == "type-error");
  CHECK(strings.kind("string-ref", sym("abc"), num(0)) == "type-error");
  const Value f = strings("make-string", num(3), chr('*'));
  strings("string-set!", f, num(0), chr('?'));
  CHECK(show(f) == "\"?**\"");
  CHECK(strings.text("string-set!", literal("***"), num(0), chr('?')) ==
        "string-set!: argument 1 is a literal constant and cannot be changed: \"***\"");
  CHECK(strings.kind("string-set!", literal("***"), num(0), chr('?')) == "immutable");
  CHECK(strings.kind("string-set!", f, num(3), chr('?')) == "range-error");
  CHECK(strings.kind("string-set!", f, num(0), num(1)) == "type-error");
}

TEST_CASE("R7RS 6.7 comparisons") {
  CHECK(strings.text("string=?", str("a"), str("a"), str("a")) == "#t");
  CHECK(strings.text("string=?", str("a"), str("ab")) == "#f");
  CHECK(strings.text("string<?", str("a"), str("ab"), str("b")) == "#t");
  CHECK(strings.text("string<?", str("b"), str("ab")) == "#f");
  CHECK(strings.text("string>?", str("é"), str("z")) == "#t");
  CHECK(strings.text("string<=?", str("a"), str("a"), str("b")) == "#t");
  CHECK(strings.text("string>=?", str("a"), str("b")) == "#f");
  CHECK(strings.text("string<?", str("b"), str("a"), sym("x")) == "string<?: argument 3 must be a string, got x");
  CHECK(cases.text("string-ci=?", str("Straße"), str("STRASSE")) == "#t");
  CHECK(cases.text("string-ci=?", str("ΣΑΣ"), str("σας")) == "#t");
  CHECK(cases.text("string-ci<?", str("a"), str("B")) == "#t");
  CHECK(cases.text("string-ci=?", str("a"), str("ab")) == "#f");
  CHECK(cases.text("string-ci>=?", str("ab"), str("A")) == "#t");
}

TEST_CASE("R7RS 6.7 copying") {
  CHECK(strings.text("substring", str("abcde"), num(1), num(3)) == "\"bc\"");
  CHECK(strings.text("substring", str("abcde"), num(5), num(5)) == "\"\"");
  CHECK(strings.text("substring", str("abcde"), num(3), num(2)) == "substring: argument 2 is out of range (valid: 0 to 2): 3");
  CHECK(strings.text("substring", str("abcde"), num(0), num(6)) == "substring: argument 3 is out of range (valid: 0 to 5): 6");
  CHECK(strings.text("string-copy", str("abcde"), num(2)) == "\"cde\"");
  CHECK(strings.text("string-append", str("ab"), str(""), str("λ")) == "\"abλ\"");
  CHECK(strings.text("string-append") == "\"\"");
  CHECK(strings.text("string-append", str("a"), chr('b')) == "string-append: argument 2 must be a string, got #\\b");
  CHECK_FALSE(is_immutable(strings("string-copy", literal("abc"))));
  CHECK(strings.text("string-head", str("abc"), num(2)) == "\"ab\"");
  CHECK(strings.text("string-tail", str("abc"), num(2)) == "\"c\"");
  CHECK(strings.text("string-reverse", str("abc")) == "\"cba\"");
}

TEST_CASE("R7RS 6.7 string-copy! and string-fill!") {
  const Value a = str("12345"), b = str("abcde");
  strings("string-copy!", b, num(1), a, num(0), num(2));
  CHECK(show(b) == "\"a12de\"");
  strings("string-copy!", b, num(1), b, num(0), num(4));  // overlapping
  CHECK(show(b) == "\"aa12d\"");
  strings("string-copy!", b, num(0), b, num(1));
  CHECK(show(b) == "\"a12dd\"");
  CHECK(strings.text("string-copy!", b, num(3), a) == "string-copy!: argument 2 is out of range (valid: 0 to 0): 3");
  CHECK(strings.kind("string-copy!", b, num(-1), a) == "range-error");
  CHECK(strings.kind("string-copy!", literal("abcde"), num(0), a) == "immutable");
  CHECK(strings.kind("string-copy!", str("ab"), num(0), str("abc")) == "range-error");
  strings("string-fill!", b, chr('x'), num(1), num(3));
  CHECK(show(b) == "\"axxdd\"");
  CHECK(strings.kind("string-fill!", b, chr('x'), num(6)) == "range-error");
  CHECK(strings.kind("string-fill!", literal(""), chr('x')) == "immutable");
}

TEST_CASE("R7RS 6.7 full case mappings") {
  CHECK(cases.text("string-upcase", str("Straße")) == "\"STRASSE\"");
  CHECK(cases.text("string-downcase", str("ΧΑΟΣ")) == "\"χαος\"");
  CHECK(cases.text("string-downcase", str("ΧΑΟΣΣ")) == "\"χαοσς\"");
  CHECK(cases.text("string-downcase", str("ΧΑΟΣ Σ")) == "\"χαος σ\"");
  CHECK(cases.text("string-downcase", str("Σ")) == "\"σ\"");
  CHECK(cases.text("string-downcase", str("ΑΣ'")) == "\"ας'\"");
  CHECK(cases.text("string-downcase", str("ΑΣ'Α")) == "\"ασ'α\"");
  CHECK(cases.text("string-foldcase", str("ΧΑΟΣΣ")) == "\"χαοσσ\"");
  CHECK(cases.text("string-foldcase", str("Straße")) == "\"strasse\"");
  CHECK(cases.text("string-upcase", str("ﬁ ŉ")) == "\"FI ʼN\"");
  CHECK(cases.text("string-downcase", str("İ")) == "\"i̇\"");
  CHECK(cases.kind("string-upcase", sym("a")) == "type-error");
}

TEST_CASE("R7RS 6.7 lists and vectors") {
  CHECK(conversion.text("string->list", str("apple"), num(2)) == "(#\\p #\\l #\\e)");
  CHECK(conversion.text("string->list", str("apple"), num(1), num(2)) == "(#\\p)");
  CHECK(conversion.kind("string->list", str("apple"), num(6)) == "range-error");
  CHECK(conversion.text("list->string", list({chr('a'), chr(U'λ')})) == "\"aλ\"");
  CHECK(conversion.text("list->string", list({chr('a'), num(1)})) ==
        "list->string: argument 1 must be a list of characters, got (#\\a 1)");
  CHECK(conversion.kind("list->string", num(1)) == "type-error");
  CHECK(conversion.text("string->vector", str("ABC")) == "#(#\\A #\\B #\\C)");
  CHECK(conversion.text("vector->string", vector({chr('1'), chr('2'), chr('3')}), num(1)) == "\"23\"");
  CHECK(conversion.kind("vector->string", vector({num(1)})) == "type-error");
}

TEST_CASE("R7RS 6.9 UTF-8") {
  CHECK(conversion.text("string->utf8", str("λ")) == "#u8(206 187)");
  CHECK(conversion.text("string->utf8", str("a€😀"), num(1)) == "#u8(226 130 172 240 159 152 128)");
  CHECK(conversion.text("utf8->string", bytes({0x41})) == "\"A\"");
  CHECK(conversion.text("utf8->string", bytes({0x61, 0xce, 0xbb, 0x62}), num(1), num(3)) == "\"λ\"");
  CHECK(conversion.text("utf8->string", bytes({0x61, 0xce}), num(0)) == "utf8->string: not UTF-8 at byte 1");
  for (const Value bad : {bytes({0xff}), bytes({0xc0, 0x80}), bytes({0xed, 0xa0, 0x80}), bytes({0xf4, 0x90, 0x80, 0x80}),
                          bytes({0x80}), bytes({0xe2, 0x28, 0xa1}), bytes({0xf0, 0x9f, 0x98})})
    CHECK(conversion.kind("utf8->string", bad) == "encoding-error");
  CHECK(conversion.kind("utf8->string", str("a")) == "type-error");
}

TEST_CASE("invalid UTF-8 from the host becomes replacement characters, one for each ill-formed part") {
  CHECK(utf8(make_string_utf8("a\xf0\x9f\x98z")) == "a\uFFFDz");
  CHECK(utf8(make_string_utf8("\xff\xfe")) == "\uFFFD\uFFFD");
  CHECK(utf8(make_string_utf8("\xed\xa0\x80")) == "\uFFFD\uFFFD\uFFFD");
  CHECK(utf8(make_string_utf8("ab\xe2\x82")) == "ab\uFFFD");
}

TEST_CASE("string-join and string-split") {
  CHECK(conversion.text("string-join", list({str("a"), str("b"), str("c")}), str(", ")) == "\"a, b, c\"");
  CHECK(conversion.text("string-join", list({str("a"), str("b")})) == "\"a b\"");
  CHECK(conversion.text("string-join", kNil, str(",")) == "\"\"");
  CHECK(conversion.kind("string-join", list({num(1)}), str(",")) == "type-error");
  CHECK(conversion.kind("string-join", num(1), str(",")) == "type-error");
  CHECK(conversion.text("string-split", str("a,b,,c"), chr(',')) == "(\"a\" \"b\" \"\" \"c\")");
  CHECK(conversion.text("string-split", str("a--b"), str("--")) == "(\"a\" \"b\")");
  CHECK(conversion.text("string-split", str(""), chr(',')) == "(\"\")");
  CHECK(conversion.kind("string-split", str("a"), str("")) == "type-error");
}

TEST_CASE("searching") {
  CHECK(search.text("string-search-forward", str("rat"), str("pirate rating"), num(0)) == "2");
  CHECK(search.text("string-search-forward", str("rat"), str("pirate rating"), num(3)) == "7");
  CHECK(search.text("string-search-forward", str("rat"), str("pirate rating"), num(9)) == "#f");
  CHECK(search.kind("string-search-forward", str("rat"), str("pirate"), num(7)) == "range-error");
  CHECK(search.text("string-search-backward", str("rat"), str("pirate rating"), num(13)) == "10");
  CHECK(search.text("string-search-backward", str("rat"), str("pirate rating"), num(9)) == "5");
  CHECK(search.text("string-search-backward", str("zz"), str("pirate")) == "#f");
  CHECK(search.text("string-contains", str("eek -- what a geek."), str("ee"), num(12), num(18)) == "15");
  CHECK(search.text("string-contains", str("abc"), str("")) == "0");
  CHECK(search.text("string-contains", str("aabaabaaab"), str("aaab")) == "6");
  CHECK(search.text("string-contains", str("ab"), str("abc")) == "#f");
  CHECK(search.text("string-index", str("hello"), chr('l')) == "2");
  CHECK(search.text("string-index", str("hello"), chr('l'), num(0), num(2)) == "#f");
  CHECK(search.text("string-rindex", str("hello"), chr('l')) == "3");
  CHECK(search.text("string-rindex", str("hello"), chr('h'), num(1)) == "#f");
  CHECK(search.kind("string-index", str("hello"), str("l")) == "type-error");
  CHECK(search.text("string-prefix?", str("he"), str("hello")) == "#t");
  CHECK(search.text("string-suffix?", str("he"), str("hello")) == "#f");
}

TEST_CASE("trimming and padding") {
  CHECK(search.text("string-trim", str(" \t a b\n")) == "\"a b\"");
  CHECK(search.text("string-trim-left", str("  a ")) == "\"a \"");
  CHECK(search.text("string-trim-right", str("  a ")) == "\"  a\"");
  CHECK(search.text("string-trim", str("   ")) == "\"\"");
  CHECK(search.text("string-pad-left", str("42"), num(5)) == "\"   42\"");
  CHECK(search.text("string-pad-left", str("hello"), num(4)) == "\"ello\"");
  CHECK(search.text("string-pad-right", str("42"), num(4), chr('.')) == "\"42..\"");
  CHECK(search.text("string-pad-right", str("hello"), num(4)) == "\"hell\"");
  CHECK(search.kind("string-pad-left", str("42"), num(-1)) == "type-error");
}

TEST_CASE("string primitives report when memory is used up") {
  const Value a = str("abc");
  const auto fails = [&](const Family& family, std::string_view name, std::vector<Value> arguments) {
    host_heap_fail_after(0);
    const Value answer = family(name, arguments);
    host_heap_fail_after(~std::uint64_t{0});
    CHECK(answer == kRaise);
  };
  fails(strings, "string-append", {a, a});
  fails(strings, "substring", {a, num(0)});
  fails(cases, "string-upcase", {a});
  fails(conversion, "string->list", {a});
  fails(conversion, "string-split", {a, chr('b')});
  fails(search, "string-contains", {a, a});
}
