// Core and derived forms: what they expand into.
#include "tests/unit/expander_support.h"

using namespace perdure::compiler::testing;

TEST_CASE("constants, variables and calls expand to themselves") {
  CHECK(expand("5") == "5");
  CHECK(expand("\"abc\"") == "\"abc\"");
  CHECK(expand("'(a b)") == "'(a b)");
  CHECK(expand("#(1 2)") == "'#(1 2)");
  CHECK(expand("(car x)") == "(car x)");
  CHECK(expand("((lambda (x) x) 1)") == "((lambda (x.1) x.1) 1)");
  CHECK(expand("()") == "!() is not an expression; the empty list is written '()");
  CHECK(expand("(car . x)") == "!car: a call must be a proper list: (car . x)");
}

TEST_CASE("lambda takes every shape of formals") {
  CHECK(expand("(lambda () 1)") == "(lambda () 1)");
  CHECK(expand("(lambda (a b) b)") == "(lambda (a.1 b.1) b.1)");
  CHECK(expand("(lambda (a . r) r)") == "(lambda (a.1 . r.1) r.1)");
  CHECK(expand("(lambda r r)") == "(lambda r.1 r.1)");
  CHECK(expand("(lambda (a a) 1)") == "!lambda: this parameter is named twice: a");
  CHECK(expand("(lambda (1) 1)") == "!lambda: a parameter must be a name, not 1");
  CHECK(expand("(lambda (a))") == "!lambda: must have the form (lambda formals body ...), not (lambda (a))");
  CHECK(expand("(case-lambda ((a) a) ((a . b) b))") == "(case-lambda ((a.1) a.1) ((a.2 . b.1) b.1))");
  CHECK(expand("(named-lambda (f x) x)") == "(lambda (x.1) x.1)");
}

TEST_CASE("if, set! and begin") {
  CHECK(expand("(if 1 2 3)") == "(if 1 2 3)");
  CHECK(expand("(if 1 2)") == "(if 1 2 '#<unspecific>)");
  CHECK(expand("(if 1)") == "!if: must have the form (if test consequent [alternative]), not (if 1)");
  CHECK(expand("(lambda (x) (set! x 1))") == "(lambda (x.1) (set! x.1 1))");
  CHECK(expand("(set! y 1)") == "(set! y 1)");
  CHECK(expand("(set! car 1)") == "!set!: an imported variable cannot be assigned (define makes a new one): car");
  CHECK(expand("(set! if 1)") == "!set!: a syntactic keyword cannot be assigned: if");
  CHECK(expand("(begin 1 2)") == "(begin 1 2)");
  CHECK(expand("(begin)") == "'#<unspecific>");
  CHECK(expand("(car (begin))") == "!begin: must have the form (begin expression ...), not (begin)");
}

TEST_CASE("the let family") {
  CHECK(expand("(let ((x 1) (y 2)) (+ x y))") == "(let ((x.1 1) (y.1 2)) (+ x.1 y.1))");
  CHECK(expand("(let () 1)") == "1");
  CHECK(expand("(let ((x 1)) (let ((x x)) x))") == "(let ((x.1 1)) (let ((x.2 x.1)) x.2))");
  CHECK(expand("(let* ((x 1) (x (+ x 1))) x)") == "(let ((x.1 1)) (let ((x.2 (+ x.1 1))) x.2))");
  CHECK(expand("(letrec ((f (lambda () (f)))) f)") == "(letrec* ((f.1 (lambda () (f.1)))) f.1)");
  CHECK(expand("(let loop ((i 0)) (loop (+ i 1)))") == "(letrec* ((loop.1 (lambda (i.1) (loop.1 (+ i.1 1))))) (loop.1 0))");
  CHECK(expand("(let loop ((i loop)) i)") == "(letrec* ((loop.1 (lambda (i.1) i.1))) (loop.1 loop))");
  CHECK(expand("(let ((x 1) (x 2)) x)") == "!let: this name is bound twice: x");
  CHECK(expand("(let ((x)) x)") == "!let: a binding must have the form (name value), not (x)");
  CHECK(expand("(let x)") == "!let: must have the form (let ((name value) ...) body ...), not (let x)");
  CHECK(expand("(do ((i 0 (+ i 1)) (k 5)) ((< 5 i) k) (car i))") ==
        "(letrec* ((do.1 (lambda (i.1 k.1) (if (< 5 i.1) k.1 (begin (car i.1) (do.1 (+ i.1 1) k.1)))))) (do.1 0 5))");
  CHECK(expand("(do () (#t))") == "(letrec* ((do.1 (lambda () (if #t '#<unspecific> (do.1))))) (do.1))");
}

TEST_CASE("conditionals") {
  CHECK(expand("(cond (1 2) (else 3))") == "(if 1 2 3)");
  CHECK(expand("(cond (1) (2 => car))") ==
        "(let ((test.1 1)) (if test.1 test.1 (let ((test.2 2)) (if test.2 (car test.2) '#<unspecific>))))");
  CHECK(expand("(cond (else 1) (2 3))") == "!cond: else must be the last clause, before (2 3)");
  CHECK(expand("(let ((else #f)) (cond (else 1)))") == "(let ((else.1 #f)) (if else.1 1 '#<unspecific>))");
  CHECK(expand("(let ((=> 1)) (cond (2 => 3)))") == "(let ((=>.1 1)) (if 2 (begin =>.1 3) '#<unspecific>))");
  CHECK(expand("(case 1 ((a 2) 3) ((\"s\") 4) (else => car))") ==
        "(let ((key.1 1)) (if (if (eq? key.1 'a) #t (eq? key.1 2)) 3 (if (eqv? key.1 \"s\") 4 (car key.1))))");
  CHECK(expand("(case 1 ((1 2 3 4 5 6 7 8 9) 3))") ==
        "(let ((key.1 1)) (if (memv key.1 '(1 2 3 4 5 6 7 8 9)) 3 '#<unspecific>))");
  CHECK(expand("(and)") == "#t");
  CHECK(expand("(and 1 2 3)") == "(if 1 (if 2 3 #f) #f)");
  CHECK(expand("(or)") == "#f");
  CHECK(expand("(or 1 2)") == "(let ((or.1 1)) (if or.1 or.1 2))");
  CHECK(expand("(when 1 2 3)") == "(if 1 (begin 2 3) '#<unspecific>)");
  CHECK(expand("(unless 1 2)") == "(if 1 '#<unspecific> 2)");
}

TEST_CASE("quasiquote") {
  CHECK(expand("`(a b)") == "'(a b)");
  CHECK(expand("`(a ,b)") == "(cons 'a (cons b '()))");
  CHECK(expand("`(a ,@b c)") == "(cons 'a (append b '(c)))");
  CHECK(expand("`(a ,@b)") == "(cons 'a b)");
  CHECK(expand("`(a . ,b)") == "(cons 'a b)");
  CHECK(expand("`#(a ,b)") == "(list->vector (cons 'a (cons b '())))");
  CHECK(expand("`,x") == "x");
  CHECK(expand("`(a `(b ,(c ,d)))") ==
        "(cons 'a (cons (cons 'quasiquote (cons (cons 'b (cons (cons 'unquote "
        "(cons (cons 'c (cons d '())) '())) '())) '())) '()))");
  CHECK(expand("`,@x").starts_with("!quasiquote: unquote-splicing must stand within a list"));
  CHECK(expand("`(1 ,@'(2 3) . 4)") == "(cons 1 (append '(2 3) 4))");
}

TEST_CASE("bodies have letrec* semantics") {
  CHECK(expand("(lambda () (define x 1) (define (f) x) (f))") ==
        "(lambda () (letrec* ((x.1 1) (f.1 (lambda () x.1))) (f.1)))");
  CHECK(expand("(lambda () (begin (define x 1) (define y x)) (begin y 2))") ==
        "(lambda () (letrec* ((x.1 1) (y.1 x.1)) (begin y.1 2)))");
  CHECK(expand("(lambda () (define x 1) (car x) (define y 2) y)") ==
        "(lambda () (letrec* ((x.1 1) (_.1 (car x.1)) (y.1 2)) y.1))");
  CHECK(expand("(lambda () (define x 1))") == "!lambda: the body ends without an expression");
  CHECK(expand("(lambda () (define x 1) (define x 2) x)") == "!define: this name is defined twice in one body: x");
  CHECK(expand("(lambda (x) (define x 1) x)") == "(lambda (x.1) (letrec* ((x.2 1)) x.2))");
  CHECK(expand("(if 1 (define x 2))") == "!define: a definition cannot stand where an expression is needed");
  CHECK(expand("(lambda () (define-values (a . b) (f)) a)") ==
        "(lambda () (letrec* ((values.1 (f)) (a.1 (%values-ref values.1 0 -2)) (b.1 (%values-tail values.1 1))) a.1))");
}

TEST_CASE("several values") {
  CHECK(expand("(let-values (((a b) (f)) (c (g))) a)") ==
        "(let ((values.1 (f)) (values.2 (g))) (let ((a.1 (%values-ref values.1 0 2)) (b.1 (%values-ref values.1 1 2)) "
        "(c.1 (%values-tail values.2 0))) a.1))");
  CHECK(expand("(let*-values (((a) (f)) ((b) a)) b)") ==
        "(let ((values.1 (f))) (let ((a.1 (%values-ref values.1 0 1))) (let ((values.2 a.1)) "
        "(let ((b.1 (%values-ref values.2 0 1))) b.1))))");
  CHECK(expand("(receive (a . r) (f) r)") ==
        "(let ((values.1 (f))) (let ((a.1 (%values-ref values.1 0 -2)) (r.1 (%values-tail values.1 1))) r.1))");
  CHECK(expand("(let-values (((a) 1) ((a) 2)) a)") == "!let-values: this name is bound twice: a");
  CHECK(expand("(define-values (x y) (f))") ==
        "(let ((values.1 (f))) (begin (define x (%values-ref values.1 0 2)) (define y (%values-ref values.1 1 2)) "
        "'#<unspecific>))");
}

TEST_CASE("records") {
  CHECK(expand("(define-record-type point (make-point y) point? (x point-x) (y point-y set-point-y!))")
            .starts_with("(begin (define point '#"));
  Session s;
  s("(define-record-type point (make-point y) point? (x point-x) (y point-y set-point-y!))");
  const std::string text = expand("(lambda () (define-record-type <p> #f p? (x px)) p?)");
  CHECK(text.find("(p?.1 (lambda (record.1) (%record? record.1 ") != std::string::npos);
  CHECK(expand("(define-record-type p (mp z) p? (x px))") ==
        "!define-record-type: the constructor names what is no field: z");
  CHECK(expand("(define-record-type p (mp) p? (x px) (x py))") == "!define-record-type: this field is named twice: x");
}

TEST_CASE("control forms call the library") {
  CHECK(expand("(parameterize ((p 1)) 2)") == "(%parameterize (list (cons p 1)) (lambda () 2))");
  CHECK(expand("(delay x)") == "(%delay (lambda () x))");
  CHECK(expand("(delay-force x)") == "(%delay-force (lambda () x))");
  CHECK(expand("(guard (e (#f 1)) 2)") == "(%guard (lambda () 2) (lambda (e.1 reraise.1) (if #f 1 (reraise.1))))");
  CHECK(expand("(guard (e (else e)) 2)") == "(%guard (lambda () 2) (lambda (e.1 reraise.1) e.1))");
}

TEST_CASE("what derived forms refer to cannot be shadowed") {
  CHECK(expand("(let ((cons 1) (list 2) (append 3)) `(a ,@b ,cons))") ==
        "(let ((cons.1 1) (list.1 2) (append.1 3)) (cons 'a (append b (cons cons.1 '()))))");
  Session s;
  CHECK(s("(define (eqv? a b) #f) (case 1 ((1.5) 2))") == "(let ((key.1 1)) (if (eqv? key.1 1.5) 2 '#<unspecific>))");
  CHECK(perdure::compiler::environment_global(s.environment(), sym("eqv?")) != perdure::runtime::system_global("eqv?"));
}

TEST_CASE("errors tell the place") {
  Session s;
  s.with_places = true;
  CHECK(s("1\n  (if)") == "!if: test.scm:2:3: must have the form (if test consequent [alternative]), not (if)");
  CHECK(s("(let ((x 1)\n      (y))\n  x)") == "!let: test.scm:2:7: a binding must have the form (name value), not (y)");
}
