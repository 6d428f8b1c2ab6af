#!/usr/bin/env python3
"""Memory that runs out, on both hosts: the program is told, and goes on; so is what the compiler asks for.

    tests/system/memory_test.py TOOL [CASE...]
"""
import world_test
from world_test import HOSTS, WorldCase


class Memory(WorldCase):
    # Each takes all there is; the second line shows what is left.
    HUNGRY = {
        "a list": "(let loop ((l '())) (loop (cons 1 l)))",
        "lists kept by a variable": "(begin (define kept '()) (let loop () (set! kept (cons (make-vector 100 0) kept)) (loop)))",
        "a vector": "(make-vector 100000000 0)",
        "a string": "(make-string 100000000 #\\a)",
        "strings that double": '(let loop ((s "abcdefgh")) (loop (string-append s s)))',
        "a bytevector": "(make-bytevector 1000000000 1)",
        "an output port": "(call-with-output-string (lambda (p) (let loop () (write-string \"some text\" p) (loop))))",
        "a number": "(let loop ((n 12345678901234567890)) (loop (* n n)))",
        "a hash table": "(let ((t (make-equal-hash-table))) (let loop ((i 0)) (hash-table-set! t i (list i)) (loop (+ i 1))))",
        "recursion": "(let loop ((n 0)) (+ 1 (loop (+ n 1))))",
        "continuations": "(let loop ((k '())) (loop (cons (call/cc (lambda (c) c)) k)))",
        "symbols": "(let loop ((n 0) (all '())) (loop (+ n 1) (cons (string->symbol (number->string n)) all)))",
        "apply": "(apply + (make-list 10000000 1))",
        "a long literal": "(eval (let loop ((n 0) (l '())) (if (< n 3000000) (loop (+ n 1) (cons n l)) (list 'quote l))) (interaction-environment))",
    }

    def exhaust(self, host, what):
        form = self.HUNGRY[what]
        out, err = self.session(host, form, "(set! kept '())", "(length (map + (iota 1000) (iota 1000)))",
                                f"(guard (e (#t (display \"caught\") (newline))) {form} (display \"enough\") (newline))", "(set! kept '())",
                                '(save-world "s.world")', "(* 6 7)", options=("--memory", "64M", "--eval", "(define kept '())", "--repl"))
        out = [line for line in out.splitlines() if line]
        if what == "symbols":   # they fill memory for good: what follows may be refused, but never faults
            self.assertIn("1000", out, err)
            self.assertIn("caught", out)
            self.assertRegex(err, "error: out of memory")
            return self.assertNotIn("fault", err)
        self.assertEqual(out[-2:], ["#t", "42"], err)
        self.assertIn("1000", out, err)
        if "enough" not in out:   # it fits, for some
            self.assertRegex(err, "error: (out of memory|stack overflow)")
            self.assertIn("caught", out)
        self.assertNotIn("fault", err)
        self.assertLess((self.folder / "s.world").stat().st_size, 24 << 20)
        self.expect(self.tool("run", "s.world", "--print", "(+ 1 2)"), 0, "3\n")

    def test_running_out_is_a_condition_hosted(self):
        for what in self.HUNGRY:
            with self.subTest(what):
                self.exhaust("run", what)

    def test_running_out_is_a_condition_in_the_machine(self):
        for what in ("a list", "lists kept by a variable", "a vector", "strings that double", "recursion", "continuations"):
            with self.subTest(what):
                self.exhaust("boot", what)

    def test_a_program_that_keeps_all_it_gets_hears_of_it_again_and_again(self):
        more = "(let loop () (set! kept (cons 1 kept)) (loop))"
        for host in HOSTS:
            out, err = self.session(host, "(define kept '())", "(let loop () (set! kept (cons (make-vector 50 0) kept)) (loop))",
                                    more, more, more, '(save-world "s.world")', "(set! kept '())", "(length (iota 100000))",
                                    options=("--memory", "64M", "--repl"))
            self.assertEqual(err.count("error: out of memory"), 4, err)
            self.assertEqual([line for line in out.splitlines() if line][-2:], ["#t", "100000"])
            self.expect(self.tool(host, "s.world", "--memory", "64M", "--print", "(car kept)"), 0, "1\n")

    def test_the_compiler_goes_on_or_is_told(self):
        nested = "(define (nested n) (if (= n 0) 'x `(let ((y ,n) (f (lambda (z) (+ z ,n)))) (f (+ y ,(nested (- n 1)))))))"
        attempt = "(define (attempt n) (guard (e (#t 'told)) (eval `(lambda (x) ,(nested n)) (interaction-environment)) 'compiled))"
        fill = "(let loop () (set! kept (cons {} kept)) (loop))"
        for host in HOSTS:
            out, err = self.session(host, "(define kept '())", nested, attempt, fill.format("(make-vector 100 0)"), fill.format("1"),
                                    "(every (lambda (n) (memq (attempt n) '(compiled told))) '(1 5 20 60 120 60 20 5 1))",
                                    "(set! kept '())", "(collect-garbage)", "(attempt 120)", options=("--memory", "64M", "--repl"))
            self.assertEqual(err.count("error: out of memory"), 2, err)
            self.assertEqual([line for line in out.splitlines() if line][-2:], ["(compiled told)", "compiled"], err)

    def test_a_large_form_is_compiled_in_what_was_just_dropped(self):
        fill = "(let loop () (set! kept (cons {} kept)) (loop))"
        for terms in (300, 600):
            form = " ".join(f"(let ((y (+ x {i}))) (* y y))" for i in range(terms))
            for host in HOSTS:
                out, err = self.session(host, "(define kept '())", f"(define form '(lambda (x) (list {form})))",
                                        fill.format("(make-vector 50 0)"), fill.format("(make-vector 4 0)"), fill.format("1"),
                                        "(begin (set! kept '()) (length ((eval form (interaction-environment)) 1)))",
                                        options=("--memory", "64M", "--repl"))
                self.assertEqual(err.count("error: out of memory"), 3, err)
                self.assertEqual(out.split(), [str(terms)], err)

    # Of a procedure with that many terms.
    LARGE_FORMS = ("(define (large n) `(lambda (x) (list ,@(map (lambda (i) `(let ((y (+ x ,i))) (* y y))) (iota n)))))",
                   "(define (attempt n) (guard (e ((error-object? e) (error-object-message e)))"
                   " (length ((eval (large n) (interaction-environment)) 1))))",
                   "(define (again times n) (if (= times 1) (attempt n) (begin (attempt n) (again (- times 1) n))))")

    def test_a_form_too_large_for_the_compiler_leaves_nothing_behind(self):
        for host, times in (("run", 50), ("boot", 4)):
            # The first takes most of what there is.
            out, err = self.session(host, *self.LARGE_FORMS, "(attempt 900)", f"(again {times} 3000)", "(again 2 10000)", "(attempt 900)", "(attempt 3)",
                                    options=("--memory", "64M", "--repl"))
            self.assertEqual(out.split("\n")[:-1], ["900", '"out of memory"', '"out of memory"', "900", "3"], err)

    def test_a_large_form_typed_in_is_compiled_or_refused(self):
        for host in HOSTS:
            for terms in (3000, 10000) if host == "run" else (3000,):
                typed = " ".join(f"(let ((y (+ x {i}))) (* y y))" for i in range(terms))
                out, err = self.session(host, f"(define (big x) (list {typed}))", "(define (small x) (* x x))", "(small 5)",
                                        options=("--memory", "64M", "--repl"))
                self.assertEqual((out.split(), err.count("error: out of memory")), (["25"], 1), err)

    def test_with_any_amount_of_memory_a_large_form_is_compiled_or_refused(self):
        for host, amounts in (("run", range(64, 136, 6)), ("boot", (64, 128))):
            answers = [self.session(host, *self.LARGE_FORMS, "(attempt 1500)", "(attempt 3)", options=("--memory", f"{amount}M", "--repl"))[0].split("\n")
                       for amount in amounts]
            self.assertEqual({answer[1] for answer in answers}, {"3"})
            self.assertEqual([answers[0][0], answers[-1][0]], ['"out of memory"', "1500"])
            self.assertLessEqual({answer[0] for answer in answers}, {'"out of memory"', "1500"})

    def test_what_is_dropped_can_be_had_again(self):
        # Thirty times all the memory.
        form = "(do ((i 0 (+ i 1))) ((= i 2000)) (make-vector 125000 i))"
        for host in HOSTS:
            self.expect(self.tool(host, "--memory", "64M", "--eval", form, "--print", "'done"), 0, "done\n")


if __name__ == "__main__":
    world_test.main(__doc__)
