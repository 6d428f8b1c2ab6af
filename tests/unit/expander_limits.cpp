// What the expander does with hostile input: malformed uses, depth, circles, and memory that runs out.
#include "tests/unit/expander_support.h"
#include "tests/unit/host_heap.h"

using namespace perdure::compiler::testing;

namespace {

constexpr std::string_view kProgram =
    "(define-syntax m (syntax-rules () ((_ (a b ...) ...) (let ((t 1)) '#(t (b ... a) ...)))))"
    "(m (1 2) (3))"
    "(define-record-type p (mp x) p? (x px set-px!))"
    "(define (f a . r) (define-values (u . v) (g)) `(a ,u ,@r #(b ,v)))"
    "(define-values (k l) (f 1))"
    "(define-syntax d (syntax-rules () ((_ n) (begin (define hidden 1) (define (n) hidden)))))"
    "(d getter)"
    "(case (f 1) ((1 2 3 4 5 6 7 8 9 10) 1) (else => car))"
    "(define-library (oom test) (export q) (import (prefix (scheme oom) s:)) (begin (s:define q 1)))";

}  // namespace

TEST_CASE("every form refuses nonsense by a condition") {
  for (const char* form : {"quote", "quasiquote", "lambda", "named-lambda", "case-lambda", "define", "set!", "if", "begin", "let",
                           "let*", "letrec", "letrec*", "do", "cond", "case", "and", "or", "when", "unless", "let-values",
                           "let*-values", "define-values", "receive", "define-record-type", "define-syntax", "let-syntax",
                           "letrec-syntax", "syntax-rules", "syntax-error", "parameterize", "guard", "delay", "delay-force",
                           "cond-expand", "include", "import", "define-library", "else", "=>", "...", "_", "unquote"}) {
    for (const char* rest : {"", " . 1", " 1", " x", " (x", " ()", " 1 . 2", " x . y", " (x) (y)", " ((x)) 1", " ((x 1) . y) 1",
                             " (x . y) 1 2", " ((1 2)) 3", " #(1) 2 3 4", " x x x x", " (()) () ()", " ((x 1)) . 2",
                             " (x y z) (1 . 2) 3", " ((x y z w) 1) 2", " x (y ...) (... ...)", " #0=(x . #0#) 1", " ((x . 1)) 2 3"}) {
      const std::string closing = std::string(rest) == " (x" ? ")" : "";
      const std::string text = "(" + std::string(form) + rest + closing + ")";
      CAPTURE(text);
      const std::string at_top = expand(text);
      const std::string inside = expand("(lambda (x) " + text + " 1)");
      const std::string as_value = expand("(car " + text + ")");
      CHECK((!at_top.empty() && !inside.empty() && !as_value.empty()));
    }
  }
}

TEST_CASE("deep forms are refused, long ones are not") {
  perdure::runtime::host_stack_limit(200'000);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "(car ";
  deep += "1" + std::string(100'000, ')');
  CHECK(expand(deep).find("nested too deeply") != std::string::npos);
  std::string quasi = "`";
  for (int i = 0; i < 100'000; ++i) quasi += "(";
  CHECK(expand(quasi + "," + "x" + std::string(100'000, ')')).find("nested too deeply") != std::string::npos);
  std::string wide = "(cond";
  for (int i = 0; i < 20'000; ++i) wide += " (x 1)";
  Session s;
  perdure::runtime::Value form = read_one(wide + ")");
  perdure::compiler::Arena arena;
  CHECK(perdure::compiler::expand_toplevel(arena, form, s.environment()) != nullptr);
  std::string body = "(lambda ()";
  for (int i = 0; i < 2'000; ++i) body += " (define x" + std::to_string(i) + " 1)";
  CHECK(perdure::compiler::expand_toplevel(arena, read_one(body + " x1)"), s.environment()) != nullptr);
  perdure::runtime::host_stack_limit(0);
}

TEST_CASE("literals of a source text are immutable, those that a program made are not") {
  const auto literal = [](bool with_places, std::string_view text) {
    Session s;
    s.with_places = with_places;
    s(std::string("(define x ") + std::string(text) + ")");
    const auto form = list({sym("quote"), vector({str("a")})});
    perdure::compiler::Arena arena;
    const auto source = with_places ? perdure::runtime::SourceMap::create(str("f")) : perdure::runtime::kFalse;
    const auto* node = perdure::compiler::expand_toplevel(arena, form, s.environment(), source);
    const auto value = static_cast<const perdure::compiler::Const*>(node)->value;
    return perdure::runtime::is_immutable(value) &&
           perdure::runtime::is_immutable(perdure::runtime::as<perdure::runtime::Vector>(value)->slots[0]);
  };
  CHECK(literal(true, "\"abc\""));
  CHECK_FALSE(literal(false, "\"abc\""));
}

TEST_CASE("memory that runs out is a condition, wherever it happens") {
  Session{perdure::compiler::system_environment()}("(%define-system-library (scheme oom) define begin)");
  CHECK(Session{}(kProgram) == "(define q 1)");
  std::vector<perdure::runtime::Value> forms;
  perdure::runtime::Reader reader;
  perdure::runtime::TextPosition position;
  for (std::size_t offset = 0; reader.read(kProgram, offset, true, position, {}) == perdure::runtime::ReadStatus::kDatum;)
    forms.push_back(reader.datum());
  REQUIRE(forms.size() == 9);
  for (std::size_t k = 0; k < forms.size(); ++k) {
    bool failed = true;
    for (std::uint64_t n = 0; failed && n < 1000; ++n) {
      CAPTURE(k, n);
      Session s;
      for (std::size_t before = 0; before < k; ++before) {
        perdure::compiler::Arena arena;
        REQUIRE(perdure::compiler::expand_toplevel(arena, forms[before], s.environment()) != nullptr);
      }
      perdure::compiler::Arena arena;
      perdure::runtime::raise(perdure::runtime::kFalse);
      perdure::runtime::host_heap_fail_after(n);
      failed = perdure::compiler::expand_toplevel(arena, forms[k], s.environment()) == nullptr;
      perdure::runtime::host_heap_fail_after(~std::uint64_t{0});
      if (failed) {
        REQUIRE(has_type(perdure::runtime::pending_condition(), perdure::runtime::Type::kCondition));
        REQUIRE(show(perdure::runtime::as<perdure::runtime::Condition>(perdure::runtime::pending_condition())->kind) == "out-of-memory");
      }
    }
    CHECK_FALSE(failed);
  }
}
