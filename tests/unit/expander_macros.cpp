// syntax-rules: matching, templates, and hygiene in the hard cases.
#include "tests/unit/expander_support.h"

using namespace perdure::compiler::testing;

namespace {

// The expansion of a use of a macro m with these rules.
std::string use(std::string_view rules, std::string_view form) {
  Session s;
  const std::string defined = s("(define-syntax m (syntax-rules " + std::string(rules) + "))");
  return defined[0] == '!' ? defined : s(form);
}

}  // namespace

TEST_CASE("patterns match lists, tails, vectors and data") {
  CHECK(use("() ((_ a b) '(b a))", "(m 1 2)") == "'(2 1)");
  CHECK(use("() ((_ a . b) '(a b))", "(m 1 2 3)") == "'(1 (2 3))");
  CHECK(use("() ((_ (a b) c) '(a b c))", "(m (1 2) 3)") == "'(1 2 3)");
  CHECK(use("() ((_ #(a b ...)) '(a b ...))", "(m #(1 2 3))") == "'(1 2 3)");
  CHECK(use("() ((_ 1) 'one) ((_ \"s\") 'string) ((_ #\\c) 'char) ((_ _) 'other)", "(m \"s\")") == "'string");
  CHECK(use("() ((_ 1) 'one) ((_ _) 'other)", "(m 2)") == "'other");
  CHECK(use("() ((_ _ _ a) 'a)", "(m 1 2 3)") == "3");
  CHECK(use("() ((_ a) '#(a b a))", "(m 1)") == "'#(1 b 1)");
  CHECK(use("() ((_) 1)", "(m 2)") == "!m: must have the form (m), not (m 2)");
  CHECK(use("() ((m . x) 'x)", "(m)") == "'()");
}

TEST_CASE("ellipses repeat, nest, and leave a tail") {
  CHECK(use("() ((_ a ...) '(a ...))", "(m)") == "'()");
  CHECK(use("() ((_ a ...) '((a) ...))", "(m 1 2)") == "'((1) (2))");
  CHECK(use("() ((_ (a b ...) ...) '((b ... a) ...))", "(m (1 2 3) (4))") == "'((2 3 1) (4))");
  CHECK(use("() ((_ (a b ...) ...) '(b ... ...))", "(m (1 2 3) (4) (5 6))") == "'(2 3 6)");
  CHECK(use("() ((_ a ... b c) '(c b (a ...)))", "(m 1 2 3 4)") == "'(4 3 (1 2))");
  CHECK(use("() ((_ a ... b . c) '(a ... b c))", "(m 1 2 3 . 4)") == "'(1 2 3 4)");
  CHECK(use("() ((_ a ... b) '(a ... b))", "(m)") == "!m: must have the form (m a ... b), not (m)");
  CHECK(use("() ((_ #(a ... b) ...) '((b a ...) ...))", "(m #(1 2) #(3))") == "'((2 1) (3))");
  CHECK(use("() ((_ (a ...) (b ...)) '((a b ...) ...))", "(m (1 2) (3 4))") == "'((1 3 4) (2 3 4))");
  CHECK(use("() ((_ (a b ...) ...) '(((a b) ...) ...))", "(m (1 2 3) (4 5))") == "'(((1 2) (1 3)) ((4 5)))");
  CHECK(use("() ((_ ((a ...) ...) ...) '(a ... ... ...))", "(m ((1 2) (3)) ((4)))") == "'(1 2 3 4)");
  CHECK(use("() ((_ a ...) '(a ... . end))", "(m 1 2)") == "'(1 2 . end)");
  CHECK(use("() ((_ (a ...) (b ...)) '((a b) ...))", "(m (1 2) (3))") ==
        "!m: sequences of different lengths are repeated together");
}

TEST_CASE("ellipses can be escaped, renamed, and taken as literals") {
  CHECK(use("() ((_ a) '(a (... ...)))", "(m 1)") == "'(1 ...)");
  CHECK(use("() ((_ a) '(... (a ...)))", "(m 1)") == "'(1 ...)");
  CHECK(use("::: () ((_ a :::) '(a ::: ...))", "(m 1 2)") == "'(1 2 ...)");
  CHECK(use("(...) ((_ ...) 'dots) ((_ a) 'other)", "(m ...)") == "'dots");
  CHECK(use("(...) ((_ ...) 'dots) ((_ a) 'other)", "(m 5)") == "'other");
  CHECK(use("(_) ((m _) 'underscore) ((m a) 'other)", "(m 5)") == "'other");
  CHECK(expand("(let ((... 1)) (let-syntax ((m (syntax-rules () ((_ a ...) '(a ...))))) (m 1 2)))") ==
        "(let ((....1 1)) '(1 2))");
}

TEST_CASE("malformed rules are refused when they are defined") {
  CHECK(use("() ((_ a a) 1)", "1") == "!syntax-rules: this pattern variable is named twice: a");
  CHECK(use("() ((_ a ... b ...) 1)", "1") == "!syntax-rules: only one ellipsis may stand in one list of a pattern: (b ...)");
  CHECK(use("() ((_ a ...) a)", "1") == "!syntax-rules: this pattern variable needs an ellipsis after it: a");
  CHECK(use("() ((_ a) (a ...))", "1").starts_with("!syntax-rules: a template before an ellipsis has no variable"));
  CHECK(use("() (_ 1)", "1") == "!syntax-rules: a rule must have the form ((keyword . pattern) template), not (_ 1)");
  CHECK(use("(1) ((_) 1)", "1") == "!syntax-rules: a literal must be a name, not 1");
  CHECK(use("", "1").starts_with("!syntax-rules: must have the form"));
  CHECK(expand("(define-syntax m 5)") == "!define-syntax: (syntax-rules ...) is needed, not 5");
  CHECK(expand("(syntax-rules () ((_) 1))") == 
        "!syntax-rules: this stands only where a keyword is defined, as in define-syntax");
}

TEST_CASE("introduced names do not capture the user's") {
  const std::string swap =
      "(define-syntax swap! (syntax-rules () ((_ a b) (let ((tmp a)) (set! a b) (set! b tmp)))))"
      "(lambda (tmp other) (swap! tmp other))";
  CHECK(expand(swap) == "(lambda (tmp.1 other.1) (let ((tmp.2 tmp.1)) (begin (set! tmp.1 other.1) (set! other.1 tmp.2))))");
  const std::string my_or =
      "(define-syntax my-or (syntax-rules () ((_) #f) ((_ e) e) ((_ e r ...) (let ((t e)) (if t t (my-or r ...))))))"
      "(lambda (t if) (my-or if t))";
  CHECK(expand(my_or) == "(lambda (t.1 if.1) (let ((t.2 if.1)) (if t.2 t.2 t.1)))");
}

TEST_CASE("introduced names mean what they meant at the definition") {
  CHECK(expand("(define-syntax kar (syntax-rules () ((_ x) (car x)))) (lambda (car) (kar car))") ==
        "(lambda (car.1) (car car.1))");
  CHECK(expand("(lambda (x) (let-syntax ((m (syntax-rules () ((_) x)))) (let ((x 1)) (m))))") ==
        "(lambda (x.1) (let ((x.2 1)) x.1))");
  CHECK(expand("(let ((x 'outer)) (let-syntax ((m (syntax-rules () ((m) x)))) (let ((x 'inner)) (m))))") ==
        "(let ((x.1 'outer)) (let ((x.2 'inner)) x.1))");
  CHECK(expand("(let ((=> #f)) (cond (#t => 'ok)))") == "(let ((=>.1 #f)) (if #t (begin =>.1 'ok) '#<unspecific>))");
  CHECK(expand("(define-syntax m (syntax-rules () ((_) (if 1 2 3)))) (lambda (if) (m))") == "(lambda (if.1) (if 1 2 3))");
}

TEST_CASE("literals match by meaning") {
  const std::string definition =
      "(define-syntax m (syntax-rules (else in) ((_ else) 'else) ((_ in) 'in) ((_ x) 'other)))";
  CHECK(expand(definition + "(m else)") == "'else");
  CHECK(expand(definition + "(m in)") == "'in");
  CHECK(expand(definition + "(let ((else 1)) (m else))") == "(let ((else.1 1)) 'other)");
  CHECK(expand(definition + "(lambda (in) (m in))") == "(lambda (in.1) 'other)");
  CHECK(expand(definition + "(define in 5) (m in)") == "'in");   // the macro's environment is this one
  CHECK(expand(definition + "(define-syntax n (syntax-rules () ((_) (m in)))) (n)") == "'in");
}

TEST_CASE("macros define macros") {
  CHECK(expand("(define-syntax def (syntax-rules () ((_ name value) (define-syntax name (syntax-rules () ((_) value))))))"
               "(def five 5) (five)") == "5");
  CHECK(expand("(define-syntax be-like-begin (syntax-rules () ((be-like-begin name) (define-syntax name (syntax-rules ()"
               " ((name expr (... ...)) (begin expr (... ...))))))))"
               "(be-like-begin sequence) (sequence 1 2 3 4)") == "(begin 1 2 3 4)");
  CHECK(expand("(define-syntax jabberwocky (syntax-rules () ((_ hatter) (begin (define march-hare 42)"
               "(define-syntax hatter (syntax-rules () ((_) march-hare)))))))"
               "(jabberwocky mad-hatter) (mad-hatter)") == "march-hare");
  CHECK(expand("(let ((x 1)) (let-syntax ((foo (syntax-rules () ((_ y) (let-syntax ((bar (syntax-rules () ((_) (let ((x 2)) y)))))"
               " (bar)))))) (foo x)))") == "(let ((x.1 1)) (let ((x.2 2)) x.1))");
  CHECK(expand("(letrec-syntax ((even (syntax-rules () ((_) #t) ((_ x . r) (odd . r))))"
               "(odd (syntax-rules () ((_) #f) ((_ x . r) (even . r))))) (even 1 2 3))") == "#f");
  CHECK(expand("(define-syntax while (syntax-rules () ((_ c b ...) (let lp () (when c b ... (lp))))))"
               "(lambda (lp) (while lp (lp)))") ==
        "(lambda (lp.1) (letrec* ((lp.2 (lambda () (if lp.1 (begin (lp.1) (lp.2)) '#<unspecific>)))) (lp.2)))");
}

TEST_CASE("definitions that a macro introduces at top level are its own") {
  Session s;
  s("(define-syntax counter (syntax-rules () ((_ next) (begin (define count 0) (define (next) (set! count (+ count 1)))))))");
  CHECK(s("(counter a)") == "(begin (define count 0) (define a (lambda () (set! count (+ count 1)))))");
  s("(counter b)");
  CHECK(perdure::compiler::environment_global(s.environment(), sym("count")) == nullptr);
  // Two that refer to each other, before the second is defined.
  CHECK(s("(define-syntax both (syntax-rules () ((_ f) (begin (define (f) (g)) (define (g) (f)))))) (both h)") ==
        "(begin (define h (lambda () (g))) (define g (lambda () (h))))");
  CHECK(perdure::compiler::environment_global(s.environment(), sym("g")) == nullptr);
}

TEST_CASE("macros expand into definitions in bodies") {
  CHECK(expand("(define-syntax def (syntax-rules () ((_ n v) (define n v)))) (lambda () (def x 1) (def y x) y)") ==
        "(lambda () (letrec* ((x.1 1) (y.1 x.1)) y.1))");
  CHECK(expand("(define-syntax two (syntax-rules () ((_ n) (begin (define t 1) (define (n) t))))) "
               "(lambda () (two a) (two b) (a))") ==
        "(lambda () (letrec* ((t.1 1) (a.1 (lambda () t.1)) (t.2 1) (b.1 (lambda () t.2))) (a.1)))");
  CHECK(expand("(lambda () (define-syntax m (syntax-rules () ((_) x))) (define x 1) (m))") ==
        "(lambda () (letrec* ((x.1 1)) x.1))");
  CHECK(expand("(lambda (x) (define-syntax m (syntax-rules () ((_ v) (begin (define v 1) x)))) (m y) y)").starts_with(
        "(lambda (x.1) (letrec* ((y.1 1)) (begin x.1 y.1)))"));
  CHECK(expand("(let-syntax ((m (syntax-rules () ((_ n) (define n 1))))) (m z) z)") == "(letrec* ((z.1 1)) z.1)");
  CHECK(expand("(define-syntax r (syntax-rules () ((_ n) (define-record-type n #f #f (f get)))))"
               "(lambda () (r a) (r b) a)").find("(get.2 ") != std::string::npos);
}

TEST_CASE("quoted data of a macro are plain symbols") {
  CHECK(expand("(define-syntax m (syntax-rules () ((_ x) '(a #(b x) . c)))) (m 1)") == "'(a #(b 1) . c)");
  CHECK(expand("(define-syntax m (syntax-rules () ((_ x) `(a ,x b)))) (m (f))") == "(cons 'a (cons (f) '(b)))");
  CHECK(expand("(define-syntax m (syntax-rules () ((_ x) (case x ((a b) 1) (else 2))))) (m 1)") ==
        "(let ((key.1 1)) (if (if (eq? key.1 'a) #t (eq? key.1 'b)) 1 2))");
  CHECK(expand("'#0=(a . #0#)") == "'#0=(a . #0#)");
  CHECK(expand("(define-syntax m (syntax-rules () ((_ x) '(b x)))) (m #0=(a . #0#))") == "'(b #0=(a . #0#))");
}

TEST_CASE("keywords can be bound to keywords") {
  CHECK(expand("(define-syntax wenn if) (wenn 1 2 3)") == "(if 1 2 3)");
  CHECK(expand("(define-syntax m (syntax-rules () ((_) 1))) (let-syntax ((n m)) (n))") == "1");
  CHECK(expand("if") == "!if: a syntactic keyword is not a value: if");
  CHECK(expand("(lambda (x) (define-syntax x (syntax-rules () ((_) 1))) (x))") == "(lambda (x.1) 1)");
}

TEST_CASE("syntax-error reports what the macro says") {
  CHECK(use("() ((_ x) (syntax-error \"no such thing\" x y))", "(m 5)") == "!no such thing 5 y");
  CHECK(use("() ((_ x) (syntax-error \"no such thing\" x))", "(m 5)") == "!no such thing 5");
}

TEST_CASE("expansion without end is stopped") {
  CHECK(use("() ((_) (m))", "(m)").find("macro expansion does not end") != std::string::npos);
}

TEST_CASE("well-known puzzles") {
  // Al Petrofsky's let* with shadowed keywords
  CHECK(expand("(let ((a 1)) (letrec-syntax ((foo (syntax-rules () ((_ b) (bar a b))))"
               "(bar (syntax-rules () ((_ c d) (cons c (let ((c 3)) (list d c 'c))))))) (let ((a 2)) (foo a))))") ==
        "(let ((a.1 1)) (let ((a.2 2)) (cons a.1 (let ((a.3 3)) (list a.2 a.3 'a)))))");
  // An ellipsis that follows a literal
  CHECK(expand("(let-syntax ((m (syntax-rules (lit) ((_ lit ... x) '(x))))) (m lit lit 1))") == "'(1)");
  // A macro whose use binds its own literal
  CHECK(expand("(let-syntax ((m (syntax-rules () ((_ n b) (let ((n 1)) b))))) (let ((x 2)) (m x x)))") ==
        "(let ((x.1 2)) (let ((x.2 1)) x.2))");
  // A local definition shadows a macro that is used later
  CHECK(expand("(define-syntax k (syntax-rules () ((_) 1))) (lambda () (define (k) 2) (k))") ==
        "(lambda () (letrec* ((k.1 (lambda () 2))) (k.1)))");
  // do loop, in a macro, over a user's variable of the same name
  CHECK(expand("(define-syntax repeat (syntax-rules () ((_ n e) (do ((i 0 (+ i 1))) ((< n i)) e)))) (lambda (i) (repeat i i))") ==
        "(lambda (i.1) (letrec* ((do.1 (lambda (i.2) (if (< i.1 i.2) '#<unspecific> (begin i.1 (do.1 (+ i.2 1))))))) (do.1 0)))");
}
