// The passes over the core language: S-expression in, S-expression out.
#include "compiler/check.h"
#include "compiler/compile.h"
#include "runtime/numbers/primitives.h"
#include "tests/unit/expander_support.h"

using namespace perdure;
using namespace perdure::compiler;
using namespace perdure::compiler::testing;

namespace {

// Some primitives of numbers are known to the compiler, as in the world; what they answer may be folded.
void know_primitives() {
  auto know = [](std::span<const runtime::Primitive> family) {
    for (const runtime::Primitive& each : family) {
      if (each.name != "+" && each.name != "<" && each.name != "zero?") continue;
      runtime::Global* global = runtime::system_global(each.name);
      runtime::set_global(global, runtime::kTrue);
      global->integrable = &each;
    }
  };
  know(runtime::arithmetic_primitives());
  know(runtime::number_class_primitives());
  runtime::set_global(runtime::system_global("call-with-values"), runtime::kTrue);   // the world's own definition
}

using Pass = Node* (*)(Arena&, Node*);

// Expands one form, applies the passes, and shows what is left.
std::string after(std::string_view text, std::initializer_list<Pass> passes) {
  static const Value environment = [] {
    know_primitives();
    return make_environment(system_environment());
  }();
  runtime::Reader reader;
  runtime::TextPosition position;
  std::size_t offset = 0;
  if (reader.read(text, offset, true, position, {}) != runtime::ReadStatus::kDatum) return report();
  Arena arena;
  Node* node = expand_toplevel(arena, reader.datum(), environment, runtime::kFalse);
  if (node == nullptr) return report();
  CHECK(check_core(node, false) == "");
  for (const Pass pass : passes) {
    node = pass(arena, node);
    CHECK(check_core(node, true) == "");
  }
  return written(core_to_datum(node));
}

std::string fixed(std::string_view text) { return after(text, {fix_letrec}); }
Node* simplify_here(Arena& arena, Node* form) { return simplify(arena, form, runtime::kFalse); }   // of no file
std::string simplified(std::string_view text) { return after(text, {fix_letrec, simplify_here}); }

}  // namespace

// --- memory ----------------------------------------------------------------------------------------------------------------

TEST_CASE("arena memory that runs out ends any pass, and nothing else") {
  know_primitives();
  const Value environment = make_environment(system_environment());
  std::string text = "(define (f x) (letrec ((g (lambda (y) (if (zero? y) x (g (+ y -1))))))";
  for (int i = 0; i < 600; ++i) text += " (list (lambda (z) (+ x z)) (let ((a (car x)) (b (g 1))) (cond ((< a b) => cdr) (else `(a ,b ,@a)))))";
  runtime::Reader reader;
  runtime::TextPosition position;
  std::size_t offset = 0;
  REQUIRE(reader.read(text + "))", offset, true, position, {}) == runtime::ReadStatus::kDatum);
  std::uint64_t chunks = 0;
  for (bool done = false; !done; ++chunks) {
    CAPTURE(chunks);
    Arena arena;
    runtime::raise(runtime::kFalse);
    arena_fail_after(chunks);
    Node* node = expand_toplevel(arena, reader.datum(), environment, runtime::kFalse);
    done = node != nullptr && attempt([&] { infer_types(lower(arena, simplify_here(arena, fix_letrec(arena, node)))); });
    arena_fail_after(~std::uint64_t{0});
    if (!done) REQUIRE(report() == "!out of memory");
  }
  CHECK(chunks > 10);
  CHECK(simplified("((lambda (x) (f x)) 1)") == "(f 1)");
}

// --- fix_letrec ----------------------------------------------------------------------------------------------------------

TEST_CASE("fix_letrec: a group without recursion is a nest of lets") {
  CHECK(fixed("(letrec* ((a (f)) (b (g a))) b)") == "(let ((a.1 (f))) (let ((b.1 (g a.1))) b.1))");
  CHECK(fixed("(letrec* ((a 1) (b 2)) (f a b))") == "(let ((a.1 1)) (let ((b.1 2)) (f a.1 b.1)))");
}

TEST_CASE("fix_letrec: procedures that call each other stay a letrec, others are bound before or after") {
  CHECK(fixed("(letrec* ((f (lambda () (g))) (g (lambda () (f)))) (f))") ==
        "(letrec* ((f.1 (lambda () (g.1))) (g.1 (lambda () (f.1)))) (f.1))");
  CHECK(fixed("(letrec* ((f (lambda () (g))) (a (h)) (g (lambda () (f)))) a)") ==
        "(letrec* ((f.1 (lambda () (g.1))) (g.1 (lambda () (f.1)))) (let ((a.1 (h))) a.1))");
  CHECK(fixed("(letrec* ((f (lambda () (f)))) f)") == "(letrec* ((f.1 (lambda () (f.1)))) f.1)");
  CHECK(fixed("(letrec* ((f (lambda () 1))) f)") == "(let ((f.1 (lambda () 1))) f.1)");
}

TEST_CASE("fix_letrec: what may have effects keeps its order, whoever mentions it first") {
  CHECK(fixed("(letrec* ((g (lambda () b)) (a (f 1)) (b (f 2))) (g))") ==
        "(let ((a.1 (f 1))) (let ((b.1 (f 2))) (let ((g.1 (lambda () b.1))) (g.1))))");
  // To read an assigned variable is to see an effect.
  CHECK(fixed("(lambda (x) (letrec* ((g (lambda () b)) (a (begin (set! x 2) 0)) (b x)) (g)))") ==
        "(lambda (x.1) (let ((a.1 (begin (set! x.1 2) 0))) (let ((b.1 x.1)) (let ((g.1 (lambda () b.1))) (g.1)))))");
  CHECK(fixed("(lambda (x) (letrec* ((g (lambda () b)) (a (f)) (b x)) (g)))") ==
        "(lambda (x.1) (let ((b.1 x.1)) (let ((g.1 (lambda () b.1))) (let ((a.1 (f))) (g.1)))))");
}

TEST_CASE("fix_letrec: values that need themselves are assigned, and their reads checked") {
  CHECK(fixed("(letrec* ((a (f (lambda () a)))) a)") ==
        "(let ((a.1 '#<unassigned>)) (begin (set! a.1 (f (lambda () a.1))) a.1))");
  CHECK(fixed("(letrec* ((a (lambda () b)) (b (a))) b)") ==
        "(let ((b.1 '#<unassigned>)) (letrec* ((a.1 (lambda () b.1))) (begin (set! b.1 (a.1)) b.1)))");
}

TEST_CASE("fix_letrec: a read that comes too early is one of a variable that is never assigned") {
  CHECK(fixed("(letrec* ((a b) (b 1)) a)") == "(let ((a.1 (let ((b.1 '#<unassigned>)) b.1))) (let ((b.2 1)) a.1))");
  CHECK(fixed("(letrec* ((a 1) (b a)) b)") == "(let ((a.1 1)) (let ((b.1 a.1)) b.1))");
  CHECK(fixed("(letrec ((a 1) (b a)) b)") == "(let ((a.1 1)) (let ((b.1 (let ((a.2 '#<unassigned>)) a.2))) b.1))");
}

TEST_CASE("fix_letrec: what an earlier initialiser may reach is assigned in its turn") {
  CHECK(fixed("(letrec* ((a (f (lambda () b))) (b 1)) a)") ==
        "(let ((a.1 '#<unassigned>) (b.1 '#<unassigned>)) (begin (set! a.1 (f (lambda () b.1))) (set! b.1 1) a.1))");
  // a procedure only if one that is called mentions it
  CHECK(fixed("(letrec* ((h (lambda () (g))) (a (f h)) (g (lambda () 1))) a)") ==
        "(let ((g.1 (lambda () 1))) (let ((h.1 (lambda () (g.1)))) (let ((a.1 (f h.1))) a.1)))");
  CHECK(fixed("(letrec* ((h (lambda () (g))) (a (h)) (g (lambda () 1))) a)").find("(set! g.1 (lambda () 1))") != std::string::npos);
}

TEST_CASE("fix_letrec: an assigned procedure is a value like others") {
  CHECK(fixed("(letrec* ((f (lambda () 1))) (set! f 2) (f))") ==
        "(let ((f.1 (lambda () 1))) (begin (set! f.1 2) (f.1)))");
}

TEST_CASE("fix_letrec: reaches everywhere") {
  CHECK(fixed("(if (letrec* ((a (f))) a) (lambda () (letrec* ((b (f))) b)) (f (letrec* ((c (f))) c)))") ==
        "(if (let ((a.1 (f))) a.1) (lambda () (let ((b.1 (f))) b.1)) (f (let ((c.1 (f))) c.1)))");
}

// --- simplify ------------------------------------------------------------------------------------------------------------

TEST_CASE("simplify: constants and copies go to their uses") {
  CHECK(simplified("(let ((x 1)) (f x x))") == "(f 1 1)");
  CHECK(simplified("(lambda (y) (let ((x y)) (let ((z x)) (f x z))))") == "(lambda (y.1) (f y.1 y.1))");
  CHECK(simplified("(let ((x (f))) (g x))") == "(let ((x.1 (f))) (g x.1))");
}

TEST_CASE("simplify: assigned variables are neither copied nor copies") {
  CHECK(simplified("(let ((x 1)) (set! x 2) (f x))") == "(let ((x.1 1)) (begin (set! x.1 2) (f x.1)))");
  CHECK(simplified("(lambda (y) (let ((x y)) (set! y 2) (f x)))") ==
        "(lambda (y.1) (let ((x.1 y.1)) (begin (set! y.1 2) (f x.1))))");
}

TEST_CASE("simplify: what nobody wants and has no effect goes; what has one stays") {
  CHECK(simplified("(let ((x 1) (y (f))) 2)") == "(begin (f) 2)");
  CHECK(simplified("(begin 1 (lambda () 1) (f) 2)") == "(begin (f) 2)");
  CHECK(simplified("(begin undefined-yet 2)") == "(begin undefined-yet 2)");
}

TEST_CASE("simplify: a lambda that is called where it stands, or once by name, is opened") {
  CHECK(simplified("((lambda (x) (f x x)) (g))") == "(let ((x.1 (g))) (f x.1 x.1))");
  CHECK(simplified("(let ((h (lambda (x) (f x x)))) (h (g)))") == "(let ((x.1 (g))) (f x.1 x.1))");
  CHECK(simplified("(let ((h (lambda (x) (f x)))) (h 1) (h 2))") ==
        "(begin (f 1) (f 2))");
}

TEST_CASE("simplify: small procedures are copied to their calls, each copy with variables of its own") {
  CHECK(simplified("(letrec* ((h (lambda (x) (let ((y (f x))) (g y y))))) (h (h 1)))") ==
        "(let ((x.1 (let ((y.1 (f 1))) (g y.1 y.1)))) (let ((y.2 (f x.1))) (g y.2 y.2)))");
  // a call that does not fit, and a mention, keep the procedure
  CHECK(simplified("(let ((h (lambda (x) (f x)))) (h 1) (h 2) (h))") == "(let ((h.1 (lambda (x.1) (f x.1)))) (begin (f 1) (f 2) (h.1)))");
  CHECK(simplified("(let ((h (lambda (x) (f x)))) (h 1) (h 2) h)") == "(let ((h.1 (lambda (x.1) (f x.1)))) (begin (f 1) (f 2) h.1))");
  // assigned parameters
  CHECK(simplified("(let ((h (lambda (x) (set! x (f x)) x))) (g (h 1) (h 2)))") ==
        "(g (let ((x.1 1)) (begin (set! x.1 (f x.1)) x.1)) (let ((x.2 2)) (begin (set! x.2 (f x.2)) x.2)))");
}

TEST_CASE("simplify: procedures that are large, call themselves, hold others or are assigned are not copied") {
  CHECK(simplified("(letrec ((h (lambda (x) (h (f x))))) (h 1) (h 2))") == "(letrec* ((h.1 (lambda (x.1) (h.1 (f x.1))))) (begin (h.1 1) (h.1 2)))");
  CHECK(simplified("(let ((h (lambda (x) (lambda () x)))) (h 1) (h 2))") == "(let ((h.1 (lambda (x.1) (lambda () x.1)))) (begin (h.1 1) (h.1 2)))");
  CHECK(simplified("(let ((h (lambda (x) x))) (set! h f) (h 1) (h 2))").find("(h.1 1)") != std::string::npos);
  CHECK(simplified("(let ((h (lambda () (f 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)))) (h) (h))").find("(h.1)") !=
        std::string::npos);
}

TEST_CASE("simplify: copies of copies end when the budget does") {
  std::string text = "(let* ((a (lambda (x) (f x x)))";
  for (char c = 'b'; c <= 'm'; ++c) text += std::string("(") + c + " (lambda (x) (" + char(c - 1) + " (" + char(c - 1) + " x))))";
  CHECK(simplified(text + ") (m (m 1)))").size() < 20000);
}

TEST_CASE("simplify: a call that does not fit is left to fail") {
  CHECK(simplified("((lambda (x) x))") == "((lambda (x.1) x.1))");
  CHECK(simplified("(let ((h (lambda (x) x))) (h 1 2))") == "(let ((h.1 (lambda (x.1) x.1))) (h.1 1 2))");
  CHECK(simplified("((lambda (x . r) r) 1 2)") == "((lambda (x.1 . r.1) r.1) 1 2)");
}

TEST_CASE("simplify: a lambda that is mentioned is not opened") {
  CHECK(simplified("(let ((h (lambda (x) x))) (f h))") == "(let ((h.1 (lambda (x.1) x.1))) (f h.1))");
}

TEST_CASE("simplify: tests of constants are decided") {
  CHECK(simplified("(if #t (f) (g))") == "(f)");
  CHECK(simplified("(let ((x #f)) (if x (f) (g)))") == "(g)");
  CHECK(simplified("(if 0 (f) (g))") == "(f)");
}

TEST_CASE("simplify: `or` needs no temporary where only its truth matters, or where it is a boolean") {
  CHECK(simplified("(if (or (f) (g)) 1 2)") == "(if (if (f) #t (g)) 1 2)");
  CHECK(simplified("(or (f) (g))") == "(let ((or.1 (f))) (if or.1 or.1 (g)))");
  CHECK(simplified("(lambda (x) (or (zero? x) (g)))") == "(lambda (x.1) (if (zero? x.1) #t (g)))");
}

TEST_CASE("simplify: pure primitives of constants are computed, unless that fails or the answer has an identity") {
  CHECK(simplified("(+ 1 2)") == "3");
  CHECK(simplified("(let ((x 1)) (+ x (+ x x)))") == "3");
  CHECK(simplified("(if (< 1 2) (f) (g))") == "(f)");
  CHECK(simplified("(+ 1 'a)") == "(+ 1 'a)");
  CHECK(simplified("(+ 1152921504606846975 1)") == "(+ 1152921504606846975 1)");
  CHECK(simplified("(lambda (x) (+ x 1))") == "(lambda (x.1) (+ x.1 1))");
}

// --- several values ------------------------------------------------------------------------------------------------------

TEST_CASE("simplify: what is only taken apart is received") {
  CHECK(simplified("(lambda () (let-values (((a b) (f))) (g b a)))") == "(lambda () (receive (values.1 values.2) (f) (g values.2 values.1)))");
  CHECK(simplified("(lambda () (receive (a b) (f) (g b)))") == "(lambda () (receive (values.1 values.2) (f) (g values.2)))");
  CHECK(simplified("(lambda () (let-values (((a b) (f)) ((c d) (g))) (h a d)))") ==
        "(lambda () (receive (values.1 values.2) (f) (receive (values.3 values.4) (g) (h values.1 values.4))))");
  CHECK(simplified("(lambda () (call-with-values f (lambda (a b) (g b a))))") == "(lambda () (receive (a.1 b.1) (f) (g b.1 a.1)))");
}

TEST_CASE("simplify: a receiver of branches is where they meet") {
  CHECK(simplified("(lambda (x) (receive (a b) (if x (f) (g)) (h a b)))") ==
        "(lambda (x.1) (let ((_.1 (lambda (values.1 values.2) (h values.1 values.2)))) "
        "(if x.1 (receive (values.3 values.4) (f) (_.1 values.3 values.4)) (receive (values.5 values.6) (g) (_.1 values.5 values.6)))))");
}

TEST_CASE("simplify: values that are kept, or of another number, stay an object") {
  CHECK(simplified("(lambda () (receive (a . b) (f) (g a b)))") ==
        "(lambda () (let ((values.1 (f))) (let ((a.1 (%values-ref values.1 0 -2)) (b.1 (%values-tail values.1 1))) (g a.1 b.1))))");
}
