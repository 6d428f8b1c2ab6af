// The checks between passes find what must not be, and nothing in what the passes make (compiler/check.h).
#include "compiler/check.h"
#include "compiler/compile.h"
#include "compiler/ir_text.h"
#include "tests/unit/expander_support.h"

using namespace perdure;
using namespace perdure::compiler;
using namespace perdure::compiler::testing;

namespace {

Node node_of(Kind kind) { return {kind, {}}; }

struct Trees {
  Arena arena;
  Variable* x = arena.make<Variable>();
  Node* constant() { return arena.make<Const>(node_of(Kind::kConst), runtime::fixnum(1)); }
  Node* ref(Variable* v) { return arena.make<Ref>(node_of(Kind::kRef), v); }
  std::span<Node*> list(std::initializer_list<Node*> nodes) {
    auto all = arena.array<Node*>(nodes.size());
    std::copy(nodes.begin(), nodes.end(), all.begin());
    return all;
  }
  Node* let(Variable* v, Node* value, Node* body) {
    auto variables = arena.array<Variable*>(1);
    variables[0] = v;
    return arena.make<Let>(node_of(Kind::kLet), variables, list({value}), body);
  }
  Node* letrec(Variable* v, Node* value, Node* body) {
    auto variables = arena.array<Variable*>(1);
    variables[0] = v;
    return arena.make<Letrec>(node_of(Kind::kLetrec), variables, list({value}), body);
  }
  Node* begin(std::span<Node*> body) { return arena.make<Begin>(node_of(Kind::kBegin), body); }
};

// The intermediate language of one form, checked on the way.
std::string lowered(std::string_view text, bool types = false) {
  static const Value environment = make_environment(system_environment());
  runtime::Reader reader;
  runtime::TextPosition position;
  std::size_t offset = 0;
  REQUIRE(reader.read(text, offset, true, position, {}) == runtime::ReadStatus::kDatum);
  Arena arena;
  Node* node = expand_toplevel(arena, reader.datum(), environment);
  REQUIRE(node != nullptr);
  CHECK(check_core(node, false) == "");
  node = simplify(arena, fix_letrec(arena, node));
  CHECK(check_core(node, true) == "");
  Function* function = lower(arena, node);
  CHECK(check_ir(function) == "");
  infer_types(function);
  for (Function* each : functions_of(function))
    for (Body& body : each->bodies) {
      find_liveness(arena, body);
      CHECK(check_body(*each, body, true, true) == "");
    }
  return written(ir_to_datum(function, types));
}

Expr* expr(Arena& arena, Op op, std::initializer_list<Expr*> parts = {}) {
  auto* e = arena.make<Expr>();
  e->op = op;
  e->value = runtime::fixnum(1);
  e->parts = arena.array<Expr*>(parts.size());
  std::copy(parts.begin(), parts.end(), e->parts.begin());
  return e;
}

std::string wrong(Expr* code, std::uint32_t locals = 2) {
  Function function;
  Body body;
  body.code = code;
  body.local_count = locals;
  return check_body(function, body, false, false);
}

}  // namespace

TEST_CASE("check_core: a variable is bound once, and mentioned where it is bound") {
  Trees t;
  CHECK(check_core(t.let(t.x, t.constant(), t.ref(t.x)), true) == "");
  CHECK(check_core(t.ref(t.x), true).starts_with("C1"));
  CHECK(check_core(t.let(t.x, t.ref(t.x), t.constant()), true).starts_with("C1"));
  CHECK(check_core(t.begin(t.list({t.let(t.x, t.constant(), t.constant()), t.ref(t.x)})), true).starts_with("C1"));
  CHECK(check_core(t.let(t.x, t.constant(), t.let(t.x, t.constant(), t.constant())), true).starts_with("C1"));
}

TEST_CASE("check_core: assigned variables say so, no scratch is left") {
  Trees t;
  Node* set = t.arena.make<Set>(node_of(Kind::kSet), t.x, t.constant());
  CHECK(check_core(t.let(t.x, t.constant(), set), true).starts_with("C2"));
  t.x->assigned = true;
  CHECK(check_core(t.let(t.x, t.constant(), t.arena.make<Set>(node_of(Kind::kSet), t.x, t.constant())), true) == "");
  t.x->info = &t;
  CHECK(check_core(t.let(t.x, t.constant(), t.constant()), true).starts_with("C2"));
}

TEST_CASE("check_core: parts are there, each once") {
  Trees t;
  Node* one = t.constant();
  CHECK(check_core(t.begin({}), true).starts_with("C3"));
  CHECK(check_core(t.begin(t.list({nullptr})), true).starts_with("C3"));
  CHECK(check_core(t.begin(t.list({one, one})), true).starts_with("C3"));
}

TEST_CASE("check_core: after fix_letrec only procedures are bound by letrec*") {
  Trees t;
  CHECK(check_core(t.letrec(t.x, t.constant(), t.constant()), false) == "");
  CHECK(check_core(t.letrec(t.x, t.constant(), t.constant()), true).starts_with("C4"));
}

TEST_CASE("check_ir: locals") {
  Arena a;
  Local x{0, runtime::kFalse}, far{9, runtime::kFalse};
  auto mention = [&](Local* l) { Expr* e = expr(a, Op::kLocal); e->local = l; return e; };
  auto let = [&](Local* l, Expr* value, Expr* body) { Expr* e = expr(a, Op::kLet, {value, body}); e->local = l; return e; };
  CHECK(wrong(let(&x, expr(a, Op::kConst), mention(&x))) == "");
  CHECK(wrong(mention(&x)).starts_with("I1"));
  CHECK(wrong(let(&x, mention(&x), expr(a, Op::kConst))).starts_with("I1"));
  CHECK(wrong(let(&x, expr(a, Op::kConst), let(&x, expr(a, Op::kConst), mention(&x)))).starts_with("I1"));
  CHECK(wrong(let(&far, expr(a, Op::kConst), expr(a, Op::kConst))).starts_with("I1"));
}

TEST_CASE("check_ir: a goto stands where its loop's value is answered") {
  Arena a;
  LoopLabel label;
  label.body = expr(a, Op::kConst);
  auto loop = [&](Expr* body) {
    Expr* e = expr(a, Op::kLoop, {body});
    e->labels = a.array<LoopLabel*>(1);
    e->labels[0] = &label;
    return e;
  };
  auto go = [&](std::initializer_list<Expr*> values = {}) { Expr* e = expr(a, Op::kGoto, values); e->label = &label; return e; };
  CHECK(wrong(loop(go())) == "");
  CHECK(wrong(loop(expr(a, Op::kIf, {expr(a, Op::kConst), go(), expr(a, Op::kConst)}))) == "");
  CHECK(wrong(go()).starts_with("I2"));
  CHECK(wrong(loop(expr(a, Op::kIf, {go(), expr(a, Op::kConst), expr(a, Op::kConst)}))).starts_with("I2"));
  CHECK(wrong(loop(go({expr(a, Op::kConst)}))).starts_with("I2"));
}

TEST_CASE("check_ir: calls, closures and parts") {
  Arena a;
  Function callee;
  Body entered;
  entered.code = expr(a, Op::kConst);
  callee.bodies = {&entered, 1};
  Expr* call = expr(a, Op::kCallKnown, {expr(a, Op::kConst)});
  call->function = &callee;
  CHECK(wrong(call).starts_with("I3"));
  callee.known_calls = true;
  CHECK(wrong(call) == "");
  callee.captured_count = 1;
  CHECK(wrong(call).starts_with("I3"));
  Expr* closure = expr(a, Op::kClosure);
  closure->function = &callee;
  CHECK(wrong(closure).starts_with("I3"));
  CHECK(wrong(expr(a, Op::kIf, {expr(a, Op::kConst)})).starts_with("I4"));
  CHECK(wrong(expr(a, Op::kSequence)).starts_with("I4"));
  CHECK(wrong(expr(a, Op::kInline)).starts_with("I4"));
}

TEST_CASE("lower: what the passes make holds, and is written by the grammar") {
  CHECK(lowered("(define (f x) (g x))") == "((function lambda.0 (() (define-global f (closure f.1)))) (function f.1 ((x.0) (call-global g x.0))))");
  CHECK(lowered("(let loop ((i 0)) (if (f i) (loop (g i)) i))") ==
        "((function lambda.0 (() (loop ((loop:0 i.0) (if (call-global f i.0) (goto loop:0 (call-global g i.0)) i.0)) (goto loop:0 0)))))");
  CHECK(lowered("(lambda (x) (set! x 1) (lambda () x))") ==
        "((function lambda.0 (() (closure lambda.1))) (function lambda.1 ((x.0) (let x.1 (inline make-box x.0) (sequence (inline box-set! x.1 1) "
        "(closure lambda.2 x.1))))) (function lambda.2 (() (inline box-ref x.1))))");
  CHECK(lowered("(let loop ((i 1.5)) (if (f) (loop 2.5) i))", true).find("(i.0 flonum)") != std::string::npos);
}

TEST_CASE("lower: groups of procedures, case-lambda, many arguments, captured loops") {
  for (const char* text : {"(letrec ((even (lambda (n) (if (z n) #t (odd (d n))))) (odd (lambda (n) (if (z n) #f (even (d n)))))) (list even odd))",
                           "(define f (case-lambda ((x) x) ((x y . z) (lambda () (list x y z)))))",
                           "(lambda (a b c d e f g h i j) (k (lambda () (list a b c d e f g h i j))))",
                           "(lambda (n) (let outer ((i n) (f (lambda () n))) (let inner ((j i)) (if (p j) (outer j (lambda () (list i j n))) (inner (f))))))",
                           "(define (f x) (define (g y) (if (p y) (g (h y)) (lambda () (g x)))) (g (g x)))"})
    CHECK_FALSE(lowered(text).empty());
}
