// Environments, libraries and imports.
#include "compiler/expander/library.h"
#include "compiler/expander/suggestions.h"
#include "tests/unit/expander_support.h"

using namespace perdure::compiler;
using namespace perdure::compiler::testing;
using perdure::runtime::kFalse;
using perdure::runtime::kNil;
using perdure::runtime::kTrue;
using perdure::runtime::kUnbound;

namespace {

void declare_base() {
  Session system{system_environment()};
  CHECK(system("(%define-system-library (scheme base) define lambda if set! quote begin define-syntax syntax-rules let car "
               "cdr list + else ... _ (rename + plus))")[0] != '!');
}

struct Empty : Session {
  Empty() : Session(make_environment(kFalse)) { declare_base(); }
};

}  // namespace

TEST_CASE("a definition shadows an imported name in its environment only") {
  Session s, other;
  CHECK(s("car") == "car");
  const auto* system = perdure::runtime::system_global("car");
  CHECK(environment_global(s.environment(), sym("car")) == system);
  s("(define car 5)");
  CHECK(environment_global(s.environment(), sym("car")) != system);
  CHECK(environment_global(s.environment(), sym("car"))->value == kTrue);   // until the definition is evaluated
  CHECK(environment_global(other.environment(), sym("car")) == system);
  CHECK(s("(set! car 6)") == "(set! car 6)");
}

TEST_CASE("a failed definition leaves the environment as it was") {
  Session s;
  CHECK(s("(define car (lambda))")[0] == '!');
  CHECK(environment_global(s.environment(), sym("car")) == perdure::runtime::system_global("car"));
  CHECK(s("(begin (define-syntax if (syntax-rules () ((_) 1))) (let))")[0] == '!');
  CHECK(s("(if 1 2 3)") == "(if 1 2 3)");
}

TEST_CASE("a failed definition brings an explicit import back") {
  declare_base();
  Session s;
  s("(import (rename (only (scheme base) car) (car list)))");
  CHECK(s("(define (list) (if))")[0] == '!');
  CHECK(s("(list 1)") == "(car 1)");
  CHECK(s("(begin (import (only (scheme base) list)) (if))")[0] == '!');
  CHECK(s("(list 1)") == "(car 1)");
}

TEST_CASE("unbound names are forward references") {
  Session s;
  s("(define (f) (later))");
  auto* forward = environment_global(s.environment(), sym("later"));
  REQUIRE(forward != nullptr);
  CHECK(forward->value == kUnbound);
  s("(define (later) 1)");
  CHECK(environment_global(s.environment(), sym("later")) == forward);
  CHECK(s("(set! nowhere 1)") == "(set! nowhere 1)");
}

TEST_CASE("an empty environment is filled by import") {
  Empty s;
  CHECK(s("(car 1)") == "(car 1)");
  CHECK(environment_global(s.environment(), sym("car")) != perdure::runtime::system_global("car"));
  Empty t;
  CHECK(t("(import (scheme base)) (if (car 1) 2 3)") == "(if (car 1) 2 3)");
  CHECK(environment_global(t.environment(), sym("car")) == perdure::runtime::system_global("car"));
  CHECK(t("(plus 1 2)") == "(+ 1 2)");
  CHECK(Empty{}("(if 1 2 3)") == "!if: this keyword is not imported; it is exported by (scheme base)");
}

TEST_CASE("import sets select and rename") {
  Empty s;
  CHECK(s("(import (only (scheme base) car)) (car cdr)") == "(car cdr)");
  CHECK(environment_global(s.environment(), sym("cdr")) != perdure::runtime::system_global("cdr"));
  Empty p;
  CHECK(p("(import (prefix (only (scheme base) car if) s:)) (s:if s:car 1 2)") == "(if car 1 2)");
  Empty r;
  CHECK(r("(import (rename (scheme base) (car cdr) (cdr car))) (cdr car)") == "(car cdr)");
  Empty e;
  CHECK(e("(import (except (scheme base) car)) (car 1)") == "(car 1)");
  CHECK(environment_global(e.environment(), sym("car")) != perdure::runtime::system_global("car"));
  CHECK(Empty{}("(import (only (scheme base) nothing))") == "!import: the library does not export this name: nothing");
  CHECK(Empty{}("(import (no such library))") == "!import: there is no library (no such library)");
  CHECK(Empty{}("(import 5)") == "!import: an import set is needed, not 5");
  CHECK(Empty{}("(import (rename (scheme base) (car)))") == "!import: a renaming must have the form (from to), not (car)");
}

TEST_CASE("libraries export procedures and macros, and keep the rest") {
  Empty s;
  CHECK(s("(define-library (my stack) (export push (rename secret-pop pop)) (import (scheme base))"
          "(begin (define hidden 1) (define-syntax push (syntax-rules () ((_ x) (list hidden x))))"
          "(define (secret-pop) hidden)))") ==
        "(begin (define hidden 1) (define secret-pop (lambda () hidden)))");
  CHECK(s("(import (my stack)) (push hidden)") == "(list hidden hidden)");
  CHECK(s("(pop)") == "(secret-pop)");
  CHECK(environment_global(s.environment(), sym("hidden"))->value == kUnbound);
  CHECK(s("(import (only (scheme base) set!)) (set! pop 1)") == "!set!: an imported variable cannot be assigned (define makes a new one): pop");
  CHECK(s("(define-library (bad) (export nothing) (import (scheme base)))") ==
        "!define-library: this name is exported but not defined: nothing");
  CHECK(s("(define-library (bad) (foo))") == 
        "!define-library: a declaration must be one of export, import, begin, include, include-ci, "
        "include-library-declarations and cond-expand, not (foo)");
  CHECK(s("(define-library (bad) (import (unknown)))") == "!import: there is no library (unknown)");
  CHECK(s("(define-library bad)") == "!define-library: the name of a library is a list of symbols and numbers, not bad");
  CHECK(s("(import (bad))") == "!import: there is no library (bad)");
  CHECK(s("(define-library (re 1) (export kar) (import (rename (scheme base) (car kar)))) (import (re 1)) (kar 1)") == "(car 1)");
}

TEST_CASE("cond-expand selects by feature and library") {
  declare_base();
  CHECK(expand("(cond-expand (perdure 1) (else 2))") == "1");
  CHECK(expand("(cond-expand ((and r7rs (not nonsense) (or nonsense full-unicode)) 1) (else 2))") == "1");
  CHECK(expand("(cond-expand ((library (scheme base)) 1) (else 2))") == "1");
  CHECK(expand("(cond-expand ((library (scheme nonsense)) 1) (else 2))") == "2");
  CHECK(expand("(cond-expand (nonsense 1))") == "'#<unspecific>");
  CHECK(expand("(lambda () (cond-expand (r7rs (define x 1) (define y 2))) y)") == "(lambda () (letrec* ((x.1 1) (y.1 2)) y.1))");
  CHECK(expand("(cond-expand (5 1))") == 
        "!cond-expand: a requirement must be a name, (library name), (and ...), (or ...), (not requirement) or else, not 5");
  Empty s;
  CHECK(s("(define-library (c) (export x) (import (scheme base)) (cond-expand (r7rs (begin (define x 1))) (else))) "
          "(import (c)) x") == "x");
}

TEST_CASE("include puts the forms of files in place") {
  FakeHost host;
  host.files["defs.scm"] = "(define x 1)\n(define y 2)";
  host.files["body.scm"] = "(define z 1) z";
  host.files["bad.scm"] = "\n (if)";
  host.files["Case.scm"] = "'ABC";
  Session s;
  CHECK(s("(include \"defs.scm\")") == "(begin (define x 1) (define y 2))");
  CHECK(s("(lambda () (include \"body.scm\"))") == "(lambda () (letrec* ((z.1 1)) z.1))");
  CHECK(s("(car (include \"Case.scm\"))") == "(car 'ABC)");
  CHECK(s("(car (include-ci \"Case.scm\"))") == "(car 'abc)");
  CHECK(s("(include \"bad.scm\")") == "!if: bad.scm:2:2: must have the form (if test consequent [alternative]), not (if)");
  CHECK(s("(include \"nowhere.scm\")").starts_with("!include: "));
  declare_base();
  host.files["lib.scm"] = "(export f) (import (scheme base)) (begin (define (f) 1))";
  CHECK(s("(define-library (inc) (include-library-declarations \"lib.scm\")) (import (inc)) f") == "f");
}

TEST_CASE("a library that has a file is asked for") {
  declare_base();
  FakeHost host;
  host.files["src/app/a.sld"] = host.files["lib/b/1.scm"] = host.files["lib/p.scm"] = "1";
  const auto wanted = [](std::string_view text, std::string_view source) {
    Arena arena;
    perdure::runtime::Value answer = kTrue;
    CHECK(expand_toplevel(arena, read_one(text), make_environment(system_environment()), str(source), &answer) == nullptr);
    return written(answer);
  };
  set_library_folders(list({str("nowhere"), str("lib/")}));
  CHECK(wanted("(import (app a))", "src/main.scm") == "((app a) \"src/\" . \"src/app/a.sld\")");
  CHECK(wanted("(import (only (b 1) x))", "src/main.scm") == "((b 1) \"lib/\" . \"lib/b/1.scm\")");
  CHECK(wanted("(define-library (x) (import (b 1)))", "") == "((b 1) \"lib/\" . \"lib/b/1.scm\")");
  CHECK(wanted("(cond-expand ((library (b 1)) 1))", "") == "((b 1) \"lib/\" . \"lib/b/1.scm\")");
  CHECK(wanted("(import (no file))", "src/main.scm") == "#f");
  CHECK(wanted("(import (lib .. b 1))", "") == "#f");
  CHECK(find_included_file("p.scm", "src/main.scm") == "lib/p.scm");
  CHECK(find_included_file("a.sld", "src/app/x.scm") == "src/app/a.sld");
  CHECK(find_included_file("none.scm", "src/main.scm") == "src/none.scm");
  set_library_folders(kNil);
}

TEST_CASE("nearest names are suggested") {
  Suggestions near("vectr-ref");
  for (const char* name : {"vector-ref", "vector-set!", "vectr", "car", "vector-rev", "%vectr-ref"}) near.offer(name);
  CHECK(near.phrase() == "vector-ref or vector-rev");
  Suggestions swapped("lsit"), none("xyzzy"), same("car");
  swapped.offer("list");
  none.offer("plugh");
  same.offer("car");
  CHECK(swapped.phrase() == "list");
  CHECK(none.phrase().empty());
  CHECK(same.phrase().empty());
  declare_base();
  CHECK(expand("(import (scheme bsae))") == "!import: there is no library (similar: (scheme base)) (scheme bsae)");
  CHECK(expand("(import (only (scheme base) cra))") == "!import: the library does not export this name (similar: car): cra");
}

TEST_CASE("an environment of imports cannot be changed") {
  declare_base();
  Family call{expander_primitives()};
  const auto fixed = call("%make-import-environment", list({sym("scheme"), sym("base")}));
  Session s(fixed);
  CHECK(s("(car 1)") == "(car 1)");
  CHECK(s("(define x 1)") == "!define: nothing can be defined in this environment: x");
  CHECK(s("(define car 1)") == "!define: nothing can be defined in this environment: car");
  CHECK(s("(import (scheme base))") == "!import: nothing can be imported into this environment");
}

TEST_CASE("primitives on environments and libraries") {
  declare_base();
  Family call{expander_primitives()};
  const auto base = list({sym("scheme"), sym("base")});
  const auto environment = call("%make-import-environment", list({sym("only"), base, sym("car")}));
  CHECK(call("environment?", environment) == kTrue);
  CHECK(call.text("%environment-names", environment) == "(car)");
  CHECK(call("%environment-value", environment, sym("car")) == kTrue);
  CHECK(call("%environment-bound?", environment, sym("cdr")) == kFalse);
  CHECK(call("%library?", base) == kTrue);
  CHECK(call.kind("%make-import-environment", list({sym("no")})) == "syntax-error");
  CHECK(call.text("%library-missing", base) == "()");
  CHECK(call("%register-library!", list({sym("mine")}), environment, list({sym("car")})) == perdure::runtime::kUnspecific);
  CHECK(call.text("%library-exports", list({sym("mine")})) == "(car)");
  CHECK(call.text("%expand", list({sym("if"), num(1), num(2), num(3)})) == "(if 1 2 3)");
  CHECK(call.text("%values-ref", num(1), num(0), num(2)) == "values: 2 values were expected, got 1");
  const perdure::runtime::Value two[] = {num(1), num(2)};
  const auto values = perdure::runtime::make_values(two, 2);
  CHECK(call.text("%values-ref", values, num(1), num(2)) == "2");
  CHECK(call.text("%values-tail", values, num(1)) == "(2)");
  CHECK(call.text("%values-ref", values, num(0), num(~3)) == "values: at least 3 values were expected, got 2");
  CHECK(call.text("%check-values", num(5), num(0)) == "values: 0 values were expected, got 1");
}
