#!/usr/bin/env python3
"""What the compiler shows of itself. The disassembler writes every instruction as objdump does: all code of the base world, and what the forms of
fixtures/instructions.scm add. And a procedure is shown alike on both hosts.

    tests/system/disassembler_test.py TOOL [TEST...]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = "perdure"

# Writes the bytes of all code, with nops in the gaps, and one line for each instruction.
DUMP = """
(define bytes (open-binary-output-file "code.bin"))
(define lines (open-output-file "code.txt"))
(define first (cadar (%code-pieces)))
;; A form that has been evaluated may be gone.
(define (read-piece start size) (guard (gone (#t #f)) (cons (%code-bytes start size) (%instructions start size))))
(let next ((pieces (%code-pieces)) (at first))
  (if (pair? pieces)
      (let* ((start (cadar pieces)) (size (caddar pieces)) (piece (read-piece start size)))
        (if piece
            (begin
              (write-bytevector (make-bytevector (- start at) #x90) bytes)
              (write-bytevector (car piece) bytes)
              (for-each (lambda (row)
                          (for-each (lambda (each) (display each lines) (write-char #\\space lines))
                                    (list (number->string (+ start (car row)) 16) (cadr row) (caddr row) (list-ref row 3)))
                          (newline lines))
                        (cdr piece))))
        (next (cdr pieces) (if piece (+ start size) at)))))
(close-port bytes)
(close-port lines)
(write first)
"""


def words(text):
    return " ".join(text.split())


class Tool(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def tool(self, verb, *arguments):
        done = subprocess.run([TOOL, verb, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, timeout=6000,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class Disassembler(Tool):
    def objdump(self, start):
        """{address: text} of the bytes that DUMP wrote."""
        done = subprocess.run(["objdump", "-D", "-w", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", f"--adjust-vma={start}",
                               os.path.join(self.folder, "code.bin")], stdout=subprocess.PIPE, check=True, text=True)
        found = {}
        for line in done.stdout.splitlines():
            parts = line.split("\t")
            if len(parts) >= 3 and parts[0].endswith(":"):
                found[int(parts[0][:-1], 16)] = words(parts[2].split("#")[0])
        return found

    @unittest.skipUnless(shutil.which("objdump"), "there is no objdump")
    def test_every_instruction_is_written_as_objdump_does(self):
        with open(os.path.join(self.folder, "dump.scm"), "w") as file:
            file.write(DUMP)
        start = int(self.tool("run", "--load", os.path.join(HERE, "fixtures/instructions.scm"), "--load", "dump.scm"))
        expected = self.objdump(start)
        different, count = [], 0
        with open(os.path.join(self.folder, "code.txt")) as file:
            for line in file:
                address, _, text = line.split(" ", 2)
                count += 1
                if words(text) != expected.get(int(address, 16)):
                    different.append((address, words(text), expected.get(int(address, 16))))
        self.assertEqual(different[:20], [])
        self.assertGreater(count, 100000)

    def test_a_procedure_is_shown_alike_on_both_hosts(self):
        arguments = ["--eval", "(define (f x) (cons x (g (* 2.0 x))))", "--eval", "(disassemble f)", "--eval", "(disassemble call/cc)"]
        shown = self.tool("run", *arguments)
        self.assertEqual(shown, self.tool("boot", *arguments))
        self.assertRegex(shown, r"\Af, \d+ bytes at 0x[0-9a-f]+\n")
        for part in (r"    0  cmp    eax,0x1\n", r"; machine\.stack_limit\n", r"call   g\n", r"; machine\.free_pairs\.next\n",
                     r"jne    \+0x[0-9a-f]+\n", r"  ret\n", r"jmp    arity-error\n", r"\ncall/cc, "):
            self.assertRegex(shown, part)

    def test_offsets_are_those_of_instructions(self):
        shown = self.tool("run", "--eval", "(disassemble map)")
        offsets = {int(line.split()[0], 16) for line in shown.splitlines()[1:]}
        jumps = [int(target, 16) for target in re.findall(r" j\w+ +\+0x([0-9a-f]+)", shown)]
        self.assertGreater(len(jumps), 3)
        self.assertEqual([each for each in jumps if each not in offsets], [])

    def test_what_has_no_code_of_the_world_is_refused(self):
        for expression, message in (("(disassemble string-append)", "disassemble: this is a primitive, whose body is C++:"),
                                    ("(disassemble 5)", "disassemble: argument 1 must be a procedure, got 5"),
                                    ("(disassemble map 5)", "disassemble: argument 2 must be an output port, got 5"),
                                    ("(%instructions 0 5)", "%instructions: there is no such code: 0 5"),
                                    ("(%code-bytes (cadr (%code-of map)) 100000000)", "%code-bytes: there is no such code:")):
            done = subprocess.run([TOOL, "run", "--eval", expression], stdin=subprocess.DEVNULL, timeout=600, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
            with self.subTest(expression=expression):
                self.assertEqual(done.returncode, 70)
                self.assertIn(message, done.stderr)


# A form for each optimisation that it makes a difference to.
DIFFERENCE = {
    "copies": "(lambda (x) (let ((y x)) (f y)))",
    "folding": "(f (+ 1 2))",
    "opening": "(let ((g (lambda (x) (lambda () (f x))))) (g (f)))",
    "inlining": "(lambda (x) (let ((g (lambda (y) (f y y)))) (g (g x))))",
    "definitions": "(lambda (l) (map (lambda (x) (f x)) l))",
    "leaves": "(lambda (x) (f (leaf x)))",
    "dead-code": "(begin 1 (f))",
    "truth": "(if (or (f) (g)) 1 2)",
    "loops": "(let loop ((i 0)) (if (f i) (loop (g i)) i))",
    "known-calls": "(lambda (x) (define (h y) (if (f y) (g (h y)) y)) (f (h x)))",
    "clauses": "(lambda (x) (define h (case-lambda ((y) (if (f y) (g (h y 1)) y)) ((y z) (g (h z))))) (f (h x)))",
    "global-calls": "(lambda (x) (f x))",
    "late-frames": "(lambda (x) (if (pair? x) (f (f x)) x))",
    "thin-closures": "(lambda (x) (define (h y) (if (f y) (g (h y)) y)) (f (h x)))",
    "open-coding": "(lambda (x) (car x))",
    "direct-calls": "(lambda (x) (symbol->string x))",
    "spreading": "(lambda (f x) (apply f x))",
    "values": "(lambda (x) (receive (a b) (f x) (g b a)))",
    "facts": "(lambda (x) (lambda () (f (car x)) (cdr x)))",
    "ranges": "(lambda (v) (let loop ((i 0)) (if (< i (vector-length v)) (begin (f (vector-ref v i)) (loop (+ i 1))) i)))",
    "procedure-types": "(lambda (v) (define (h x) (f (h (cons v x))) (cdr x)) (f (h (cons 1 v))))",
    "types": "(let loop ((x 1.5)) (if (f) (loop 2.5) x))",
}


class Passes(Tool):
    def shown(self, form, *options, verb="run"):
        return re.sub(r"0x[0-9a-f]{8,}", "0x...", self.tool(verb, *options, "--passes", form))

    def test_every_switch_makes_a_difference(self):
        names = self.tool("run", "--print", "(optimisations)").strip("()\n").split()
        self.assertEqual(sorted(names), sorted(DIFFERENCE))
        for name, form in DIFFERENCE.items():
            with self.subTest(optimisation=name):
                before = "--eval", "(define (leaf x) (cdr x))"
                self.assertNotEqual(self.shown(form, *before), self.shown(form, "--without", name, *before))

    def test_opened_procedures_are_named(self):
        shown = self.shown("(lambda (x) (f (leaf x)))", "--eval", "(define (leaf x) (cdr x))")
        self.assertIn("(f (if leaf-unchanged? (opened leaf (cdr x.1)) (leaf x.1)))", re.sub(r"\s+", " ", shown))
        self.assertIn("(opened map\n", self.shown("(lambda (l) (map (lambda (x) (f x)) l))"))

    def test_passes_are_shown_alike_on_both_hosts(self):
        form = "(define (f v) (let loop ((i 0) (s 0.0)) (if (< i (vector-length v)) (loop (+ i 1) (+ s (vector-ref v i))) s)))"
        shown = self.shown(form)
        self.assertEqual(shown, self.shown(form, verb="boot"))
        self.assertEqual(re.findall(r"^;; (\w+)$", shown, re.MULTILINE),
                         ["expand", "fix_letrec", "simplify", "lower", "infer_types", "generate"])

    def test_a_form_is_shown_but_not_run(self):
        self.assertIn(";; generate\n", self.shown("(exit 3)"))

    def test_what_is_wrong_is_said(self):
        for arguments, status, message in ((["--passes", "(if)"], 70, "if: must have the form"), (["--without", "speed"], 64, "--without knows no optimisation speed"),
                                           (["--eval", "(show-passes 1 2)"], 70, "show-passes: argument 2 must be"),
                                           (["--eval", "(disabled-optimisations '(speed))"], 70, "disabled-optimisations: there is no such optimisation"),
                                           (["--eval", "(disabled-optimisations 'all)"], 70, "disabled-optimisations: argument 1 must be a list")):
            done = subprocess.run([TOOL, "run", *arguments], stdin=subprocess.DEVNULL, timeout=600, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            with self.subTest(arguments=arguments):
                self.assertEqual(done.returncode, status)
                self.assertIn(message, done.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    TOOL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
