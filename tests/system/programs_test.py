#!/usr/bin/env python3
"""Programs in files: libraries that are found and loaded, files that include others, and where errors say they are.

    tests/system/programs_test.py TOOL [run|boot] [CASE...]
"""
import os
import subprocess
import sys
import tempfile
import unittest

TOOL = "perdure"
VERB = "run"


class Programs(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = os.path.join(temporary.name, "work")
        self.elsewhere = os.path.join(temporary.name, "elsewhere")
        os.mkdir(self.folder)
        os.mkdir(self.elsewhere)

    def write(self, name, text, folder=None):
        path = os.path.join(folder or self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def library(self, name, body, exports="f", imports="", folder=None):
        self.write(name.replace(" ", "/") + ".sld",
                   f"(define-library ({name})\n  (import (scheme base) (scheme write) {imports})\n  (export {exports})\n"
                   f"  (begin {body}))\n", folder)

    def tool(self, *arguments, stdin=""):
        done = subprocess.run([TOOL, VERB, *arguments], input=stdin, cwd=self.folder, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stdout, done.stderr

    def gives(self, output, *arguments, stdin=""):
        self.assertEqual(self.tool(*arguments, stdin=stdin), (0, output, ""))

    def fails(self, message, *arguments, status=70):
        got, _, err = self.tool(*arguments)
        self.assertEqual(got, status, err)
        self.assertIn(message, err)

    def error_of(self, message, text):
        self.write("wrong.scm", text)
        self.fails(message, "--load", "wrong.scm")


class Libraries(Programs):
    def test_are_found_in_the_current_folder(self):
        self.library("foo bar", "(define (f) 26)")
        self.library("foo bar 1", "(define (g) (+ (f) 1))", "(rename g h)", "(foo bar)")
        self.gives("(26 27)\n", "--eval", "(import (foo bar) (foo bar 1))", "--print", "(list (f) (h))")
        self.gives("26\n", "--print", "(eval '(f) (environment '(foo bar)))")
        self.gives("26\n", stdin="(import (only (foo bar) f))\n(f)\n")

    def test_are_found_beside_the_file_that_imports_them(self):
        self.library("app a", "(define (f) (g))", "f", "(app b)", os.path.join(self.folder, "src"))
        self.library("app b", "(define (g) 5)", "g", "", os.path.join(self.folder, "src"))
        self.write("src/main.scm", "(import (app a))\n(write (f))\n")
        self.gives("5", "--load", "src/main.scm")

    def test_are_found_in_the_folders_named(self):
        self.library("a", "(define (f) 'first)", folder=os.path.join(self.folder, "one"))
        self.library("a", "(define (f) 'second)", folder=os.path.join(self.folder, "two"))
        self.library("b", "(define (f) 'elsewhere)", folder=self.elsewhere)
        self.library("a", "(define (f) 'here)")
        for options, value in [([], "here"), (["-I", "two", "-I", "one"], "second"), (["--libraries=one"], "first")]:
            self.gives(value + "\n", *options, "--eval", "(import (a))", "--print", "(f)")
        self.gives("elsewhere\n", "--eval", "(import (b))", "--print", "(f)", "-I", self.elsewhere)
        self.gives("elsewhere\n", "--eval", "(import (b))", "--print", "(f)", "-I", "../elsewhere")
        self.fails("there is no such folder", "-I", "nowhere", status=66)
        self.fails("-I wants DIR after it", "-I", status=64)

    def test_are_found_in_the_shared_folder(self):
        self.library("shared", "(define (f) 'shared)", folder=self.elsewhere)
        self.gives("shared\n", "--share", self.elsewhere, "--eval", "(import (shared))", "--print", "(f)")
        self.library("deep", "(define (f) 'deep)", folder=os.path.join(self.elsewhere, "lib"))
        self.gives("deep\n", "--share", self.elsewhere, "-I", "lib", "--eval", "(import (deep))", "--print", "(f)")

    def test_are_evaluated_once(self):
        self.library("once", "(display \"made \") (define (f) 1)")
        self.library("user", "(define (g) (f))", "g", "(once)")
        self.gives("made 1\n", "--eval", "(import (once) (user)) (import (once))", "--print", "(g)")

    def test_are_known_to_cond_expand(self):
        self.library("there", "(define (f) 'there)")
        self.gives("there\n", "--print", "(cond-expand ((library (not there at all)) 1) ((library (there)) (import (there)))) (f)")
        self.library("chooser", "(define x 1)", "x", "")
        self.write("choice.sld", "(define-library (choice) (import (scheme base))\n (cond-expand ((library (gone)) (import (gone)))"
                   " ((and (library (there)) r7rs (not gone)) (import (there)) (export f))))")
        self.gives("there\n", "--eval", "(import (choice))", "--print", "(f)")

    def test_that_fail_are_tried_again(self):
        self.library("bad", "(car 1) (define (f) 1)")
        text = "(define (try) (guard (e (#t (error-object-message e))) (eval '(import (bad)) (interaction-environment)) 'fine))"
        self.gives('("argument 1 must be a pair, got" "argument 1 must be a pair, got")\n', "--eval", text,
                   "--print", "(list (try) (try))")

    def test_errors_of_finding_them(self):
        self.fails("import: 1:9: there is no library (foo bar)", "--eval", "(import (foo bar))")
        self.write("other.sld", "(define-library (another) (import (scheme base)))")
        self.fails("other.sld does not define the library (other)", "--eval", "(import (other))")
        self.library("c one", "", "", "(c two)")
        self.library("c two", "", "", "(c one)")
        self.fails("a library needs itself, by way of those that it imports: ((c one) (c two) (c one))", "--eval", "(import (c one))")
        self.write("wrong.sld", "(define-library (wrong)\n  (import (scheme base))\n  (begin (define x 1)\n    (if)))\n")
        self.fails("if: wrong.sld:4:5: must have the form", "--eval", "(import (wrong))")
        self.fails("there is no library (.. elsewhere)", "--eval", "(import (.. elsewhere))")

    def test_go_with_a_saved_world(self):
        self.library("kept", "(define (f) 'kept)")
        self.gives("", "--eval", "(import (kept))", "--save", "with.world")
        os.remove(os.path.join(self.folder, "kept.sld"))
        self.gives("kept\n", "with.world", "--eval", "(import (prefix (kept) k:))", "--print", "(k:f)")


class Including(Programs):
    def test_names_are_relative_to_the_including_file(self):
        self.write("lib/a.sld", "(define-library (a) (import (scheme base)) (export x y Z)\n"
                   "  (include-library-declarations \"parts/more.scm\")\n  (include \"parts/x.scm\"))\n")
        self.write("lib/parts/more.scm", "(include-ci \"folded.scm\")\n")
        self.write("lib/parts/folded.scm", "(DEFINE Y 2) (define |Z| 3)\n")
        self.write("lib/parts/x.scm", "(include \"deeper/x.scm\")\n")
        self.write("lib/parts/deeper/x.scm", "(define x 1)\n")
        self.gives("(1 2 3)\n", "-I", "lib", "--eval", "(import (a))", "--print", "(list x y Z)")

    def test_in_bodies_and_in_folders_of_libraries(self):
        self.write("shared/forms.scm", "(define a 1) (define (b) (+ a 1)) (b)")
        self.gives("2\n", "--print", "(let () (include \"shared/forms.scm\"))")
        self.gives("2\n", "-I", "shared", "--print", "(let () (include \"forms.scm\"))")
        self.fails("include: 1:1: no such file: \"forms.scm\"", "--print", "(include \"forms.scm\")")

    def test_errors_name_the_included_file(self):
        self.write("part.scm", "(define (f x)\n  (let ((y))\n    y))\n")
        self.error_of("let: part.scm:2:9: a binding must have the form (name value), not (y)", "\n(include \"part.scm\")\n")

    def test_backtraces_name_the_included_file(self):
        self.write("inner.scm", "\n\n(define (h x) (if (null? x) (h x) (list (car x))))\n")
        self.write("parts.scm", "(define (f x)\n  (if (null? x) (f x) (list (h x))))\n(include \"inner.scm\")\n")
        self.library("outer", "(include \"parts.scm\")\n(define (g x)\n  (if (null? x) (g x) (list (f x))))", "f g")
        self.write("main.scm", "(import (outer))\n(g 1)\n")
        status, _, err = self.tool("--load", "main.scm")
        self.assertEqual(status, 70)
        self.assertRegex(err, r"(?s)in h \(inner.scm:3\).*in f \(parts.scm:1\).*in g \(outer.sld:\d+\)")


class Backtraces(Programs):
    """Procedures that stand at their calls are named as if they were called."""
    def trace_of(self, *frames, text):
        self.write("wrong.scm", text)
        with_all = self.tool("--load", "wrong.scm")
        self.assertEqual(with_all[0], 70)
        for name in "definitions", "leaves", "definitions,leaves":
            self.assertEqual(self.tool("--without", name, "--load", "wrong.scm"), with_all)
        self.assertRegex(with_all[2], "^error: [^\n]*\n" + "".join(f"  in {each}\n" for each in frames) + "$")

    def test_of_a_procedure_of_a_library(self):
        self.library("small", "(define (first-of x)\n  (car x))", "first-of")
        self.trace_of(r"first-of \(small.sld:\d+\)", r"caller \(wrong.scm:2\)",
                      text="(import (small))\n(define (caller x)\n  (list (first-of x)))\n(caller 1)\n")
        self.trace_of(r"first-of \(small.sld:\d+\)", text="(import (small))\n(list (first-of 1))\n")

    LEAVES = ("(define-record-type point (make-point x y) point? (x point-x) (y point-y))\n"
              "(define (half n)\n  (quotient n 2))\n"
              "(define (middle p)\n  (+ 0 (half (point-x p))))\n"
              "(define (last-call p)\n  (half (point-x p)))\n")

    def test_of_opened_in_opened(self):
        half, point_x = r"half \(wrong.scm:2\)", r"point-x \(wrong.scm:1\)"
        middle, last_call = r"middle \(wrong.scm:4\)", r"last-call \(wrong.scm:6\)"
        def after(text): return self.LEAVES + text
        self.trace_of(point_x, middle, r"caller \(wrong.scm:8\)", text=after("(define (caller p) (list (middle p)))\n(caller 1)\n"))
        self.trace_of(half, middle, r"caller \(wrong.scm:8\)", text=after("(define (caller p) (list (middle p)))\n(caller (make-point 'a 1))\n"))
        self.trace_of(point_x, last_call, r"caller \(wrong.scm:8\)", text=after("(define (caller p) (list (last-call p)))\n(caller 1)\n"))
        # A call that is the last thing a procedure does ends its frame.
        self.trace_of(half, r"caller \(wrong.scm:8\)", text=after("(define (caller p) (list (last-call p)))\n(caller (make-point 'a 1))\n"))
        self.trace_of(half, text=after("(define (caller p) (last-call p))\n(caller (make-point 'a 1))\n"))
        self.trace_of(half, middle, text=after("(define (caller p) (middle p))\n(caller (make-point 'a 1))\n"))

    def test_of_branches_loops_tests_and_procedures_within(self):
        half = r"half \(wrong.scm:2\)"
        loop = "(define (caller l)\n  (let loop ((l l) (n 0))\n    (if (null? l)\n        n\n        (loop (cdr l) (+ n (half (car l)))))))\n"
        self.trace_of(half, r"caller \(wrong.scm:8\)", text=self.LEAVES + loop + "(caller '(1 2 a))\n")
        test = "(define (caller n)\n  (if (and (number? n) (half n)) 1 (if (eqv? (half n) 3) 4 5)))\n"
        self.trace_of(half, r"caller \(wrong.scm:8\)", text=self.LEAVES + test + "(caller 'a)\n")
        inner = "(define (maker n)\n  (lambda (m)\n    (vector (half m) n)))\n(list ((maker 1) 'a))\n"
        self.trace_of(half, r".*\(wrong.scm:9\)", text=self.LEAVES + inner)
        copied = "(define (caller n)\n  (define (twice m) (list (half m) (half m)))\n  (list (twice 1) (twice n)))\n(caller 'a)\n"
        self.write("wrong.scm", self.LEAVES + copied)
        self.assertRegex(self.tool("--load", "wrong.scm")[2], r"(?s)  in half \(wrong.scm:2\)\n.*  in caller \(wrong.scm:8\)\n$")

    def test_of_several_values(self):
        both = "(define (both n)\n  (if (> n 5) (values n (half n)) (values n 1)))\n"
        self.trace_of(r"half \(wrong.scm:2\)", r"both \(wrong.scm:8\)", r"caller \(wrong.scm:10\)",
                      text=self.LEAVES + both + "(define (caller n)\n  (call-with-values (lambda () (both n)) (lambda (a b) (vector a b))))\n(caller 9.5)\n")
        self.trace_of(r"caller \(wrong.scm:10\)",
                      text=self.LEAVES + both + "(define (caller n)\n  (call-with-values (lambda () (both n)) (lambda (a b) (vector-ref a b))))\n(caller 2)\n")

    def test_of_calls_that_never_return(self):
        text = ("(define (refuse n)\n  (error \"no:\" n))\n"
                "(define (checked n)\n  (if (symbol? n) (list (refuse n)) n))\n"
                "(define (refusing n)\n  (if (symbol? n) (refuse n) n))\n")
        checked, caller = r"checked \(wrong.scm:3\)", r"caller \(wrong.scm:7\)"
        self.trace_of(checked, caller, text=text + "(define (caller n)\n  (list (checked n)))\n(caller 'a)\n")
        self.trace_of(caller, text=text + "(define (caller n)\n  (list (refusing n)))\n(caller 'a)\n")
        self.trace_of(checked, text=text + "(define (caller n)\n  (checked n))\n(caller 'a)\n")

    def test_of_what_was_defined_again(self):
        self.trace_of(r"half \(wrong.scm:9\)", r"middle \(wrong.scm:4\)", r"caller \(wrong.scm:8\)",
                      text=self.LEAVES + "(define (caller p) (list (middle p)))\n(define (half n)\n  (remainder n 2))\n(caller (make-point 'a 1))\n")

    def test_of_a_wrong_number_of_arguments(self):
        self.trace_of(r"caller \(wrong.scm:8\)", text=self.LEAVES + "(define (caller n) (list (half)))\n(caller 1)\n")


class Places(Programs):
    def test_of_forms_and_of_macro_uses(self):
        self.error_of("let: wrong.scm:3:9: a binding must have the form (name value), not (z)",
                      "(define (f x)\n  (let ((y 1)\n        (z))\n    y))\n")
        macro = "(define-syntax swap!\n  (syntax-rules ()\n    ((_ a b) (let ((t a)) (set! a b) (set! b t 5)))))\n"
        self.error_of("set!: wrong.scm:5:3: in the expansion of swap!: must have the form (set! name value), not (set! y t 5)",
                      macro + "(define (bad x y)\n  (swap! x y))\n")
        self.error_of("set!: wrong.scm:5:13: in the expansion of swap!:", macro + "(define (bad x y)\n  (if x 1 2 (swap! x y)))\n"
                      .replace("1 2 (", "    (").replace("(if x     ", "(if x     "))
        self.error_of("swap!: wrong.scm:4:1: must have the form (swap! a b), not (swap! 1)", macro + "(swap! 1)\n")
        self.error_of("if: wrong.scm:6:10: must have the form", macro + "(define (bad x y)\n  (swap! x\n         (if)))\n")

    def test_of_text_on_the_command_line_and_at_the_repl(self):
        self.fails("error: let: 2:8: a binding must have the form", "--eval", "(let ()\n (let ((x)) 1))")
        _, _, err = self.tool(stdin="(+ 1\n  (if))\n(let loop)\n")
        self.assertIn("error: if: 2:3: must have the form", err)
        self.assertIn("error: let: 1:1: must have the form", err)

    def test_of_brackets_that_are_not_closed(self):
        self.error_of("wrong.scm:2:3: end of input before the bracket opened here is closed; the form began at 1:1",
                      "(define (f x)\n  (let ((y 1))\n    y)\n(define (g) 1)\n".replace("    y)\n", "    y\n"))
        self.error_of("wrong.scm:1:1: end of input before the bracket opened here is closed", "(define (f x)\n  x\n(f 1)\n")
        self.error_of("wrong.scm:2:2: unexpected `)`", "(car '(1))\n ))\n")
        self.error_of("wrong.scm:2:1: the denominator of this number is zero", "1\n1/0\n")
        self.error_of("wrong.scm:1:9: end of input inside a string", "(display\"abc)\n")

    def test_unbound_variables_suggest_names(self):
        self.error_of("unbound variable: strin-append (similar: string-append)", "(define (f) (strin-append \"a\"))\n(f)\n")
        self.error_of("unbound variable: error? (similar: error)", "(error? 1)\n")
        self.error_of("unbound variable: my-procedur (similar: my-procedure)", "(define (my-procedure) 1)\n(my-procedur)\n")
        self.error_of("unbound variable: vector-index (it is exported by (srfi 133)", "(vector-index even? #(1 2))\n")
        self.library("inner", "(define (helper-one) 1) (define (f) (helper-on))")
        self.fails("unbound variable: helper-on (similar: helper-one)", "--eval", "(import (inner)) (f)")


class Constants(Programs):
    def test_literals_cannot_be_changed_wherever_they_stand(self):
        for form in ['(string-set! "abc" 0 #\\x)', "(vector-set! '#(1 2) 0 3)", "(bytevector-u8-set! #u8(1) 0 2)",
                     "(string-set! (cadr '(1 \"a\")) 0 #\\x)"]:
            message = "is a literal constant and cannot be changed"
            self.error_of(message, form + "\n")
            self.fails(message, "--eval", form)
            self.assertIn(message, self.tool(stdin=form + "\n")[2])
        self.gives('"xbc"\n', "--print", '(let ((s (string-copy "abc"))) (string-set! s 0 #\\x) s)')


class Reading(Programs):
    def test_the_repl_reads_on_as_it_was_told(self):
        self.gives("abc\nABC\n(1 5)\nshown\n", stdin="#!fold-case\n(QUOTE ABC)\n#!no-fold-case\n'ABC\n"
                   "(list 1 #;2 #;#;3 4 5)\n#;(hidden\n (form)) 'shown\n")

    def test_a_redefined_keyword_counts_for_forms_before_and_after(self):
        self.gives("((two 1) (two 1))\n5\n", stdin="(define-syntax m (syntax-rules () ((_ a) (list 'one a))))\n"
                   "(define (f) (m 1))\n(define-syntax m (syntax-rules () ((_ a) (list 'two a))))\n(list (f) (m 1))\n"
                   "(define m 5)\nm\n")

    def test_streams_take_constant_space(self):
        self.write("stream.scm", """(define (stream-filter keep? s)
  (delay-force
   (if (null? (force s))
       (delay '())
       (let ((h (car (force s))) (t (cdr (force s))))
         (if (keep? h)
             (delay (cons h (stream-filter keep? t)))
             (stream-filter keep? t))))))
(define (from n) (delay (cons n (from (+ n 1)))))
(define (loop n) (if (= n 0) (delay 'end) (delay-force (loop (- n 1)))))
(write (list (car (force (stream-filter (lambda (x) (> x 300000)) (from 0)))) (force (loop 3000000))))
""")
        self.gives("(300001 end)", "--memory", "64M", "--load", "stream.scm")


if __name__ == "__main__":
    TOOL = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1 and sys.argv[1] in ("run", "boot"):
        VERB = sys.argv.pop(1)
    unittest.main(verbosity=2)
