"""Running batches of programs by Perdure and, where installed, by other Schemes."""
import os
import random
import re
import shutil
import subprocess
import tempfile

from compiler_programs import text

# For every system. mix: the value, changed by what `used` holds, so that every live value shows.
COMMON = r"""
(define (digest l)
  (let next ((l l) (sum 1))
    (if (not (pair? l))
        sum
        (next (cdr l)
              (modulo (+ (* sum 31)
                         (let ((x (car l)))
                           (cond ((not (number? x)) (if (pair? x) (length-of x) (if x 5 6)))
                                 ((exact? x) (modulo (if (integer? x) x (numerator x)) 1009))
                                 ((< -1e15 x 1e15) (modulo (exact (floor (* x 4))) 1013))
                                 (else 7))))
                      10007)))))
(define (length-of l) (if (pair? l) (+ 1 (length-of (cdr l))) 0))
(define (mix value used)
  (let ((d (digest used)))
    (cond ((number? value) (+ value d))
          ((pair? value) (cons used value))
          ((null? value) used)
          ((boolean? value) (eq? value (odd? d)))
          ((vector? value) (list->vector (append (vector->list value) used)))
          (else value))))
(define-syntax keep (syntax-rules () ((_ used e) (let ((value e)) (mix value used)))))
(define-syntax receive-all
  (syntax-rules () ((_ producer f) (call-with-values (lambda () producer) (lambda all (apply f all))))))
(define (wrap n) (if (< -1606938044258990275541962092341162602522202993782792835301376 n
                        1606938044258990275541962092341162602522202993782792835301376)
                     n (modulo n 2305843009213693951)))
(define-syntax vector-set
  (syntax-rules () ((_ v i x) (let ((c (vector-copy v)) (k i) (y x)) (vector-set! c k y) c))))
(define-syntax bytevector-set
  (syntax-rules () ((_ v i x) (let ((c (bytevector-copy v)) (k i) (y x)) (bytevector-u8-set! c k y) c))))
(define-syntax let-pair
  (syntax-rules () ((_ a b c) (let ((p (cons a b)) (q c)) (set-cdr! p (list q)) (set-car! p (list (car p))) p))))
(define-syntax point-set
  (syntax-rules () ((_ p v) (let* ((q p) (r (make-point (point-x q) (point-y q)))) (set-point-x! r v) r))))
(define (keep-it thunk) (thunk))
(define parameter (make-parameter 1))
(define (exact-integer-sqrt-floor n) (call-with-values (lambda () (exact-integer-sqrt n)) (lambda (s r) s)))
(define (show x)
  (cond ((pair? x) (cons (show (car x)) (show (cdr x))))
        ((vector? x) (list->vector (map show (vector->list x))))
        ((point? x) (list 'point (show (point-x x)) (show (point-y x))))
        ((point3? x) (list 'point3 (show (point3-x x))))
        ((procedure? x) 'procedure)
        (else x)))
"""

RECORDS = """
(define-record-type point (make-point x y) point? (x point-x set-point-x!) (y point-y))
(define-record-type point3 (make-point3 x y z) point3? (x point3-x) (y point3-y) (z point3-z))
"""

CHEZ = r"""
(define-record-type (point make-point point?) (fields (mutable x point-x set-point-x!) (immutable y point-y)))
(define-record-type (point3 make-point3 point3?) (fields (immutable x point3-x) (immutable y point3-y) (immutable z point3-z)))
(define (floor-quotient a b) (if (and (integer? a) (integer? b)) (floor (/ a b)) (car 'floor-quotient)))
(define (square x) (* x x))
(define (vector-append . vs) (list->vector (apply append (map vector->list vs))))
"""

GUILE = """
(import (scheme base) (scheme write) (scheme char) (scheme inexact) (scheme cxr) (scheme case-lambda) (only (guile) cons* logand logior logxor))
(define bitwise-and logand)
(define bitwise-or logior)
(define bitwise-xor logxor)
"""


class Peer:
    """A system that reads a file of programs and writes one line for each."""
    def __init__(self, name, command, prelude, timeout=6000, environment=None, common=COMMON):
        self.name, self.command, self.prelude, self.timeout = name, command, prelude + common, timeout
        self.environment = dict(os.environ, **(environment or {}))

    def run(self, programs, write_program):
        """[(number, program)] -> ({number: line}, exit status)"""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "programs.scm")
            with open(path, "w") as file:
                file.write(self.prelude)
                for number, program in programs:
                    file.write(write_program(number, program) + "\n")
            try:
                done = subprocess.run([each.replace("FILE", path) for each in self.command], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=self.timeout, env=self.environment)
                out, status, self.errors = done.stdout, done.returncode, done.stderr.decode("utf-8", "replace")
            except subprocess.TimeoutExpired as late:
                out, status, self.errors = late.stdout or b"", "timeout", ""
        lines = {}
        for line in out.decode("utf-8", "replace").splitlines():
            found = re.match(r"\((\d+) (.*)\)$", line)
            if found:
                lines[int(found.group(1))] = normal(found.group(2))
        return lines, status


NUMBER = re.compile(r"(?<![\w\"#\\.])[-+]?(\d+\.\d*|\.\d+|\d+)(e[-+]?\d+)?(?![\w.])")


def normal(line):
    """Differences in how the same value is written go away."""
    def same(match):
        word = match.group(0)
        return repr(float(word)) if "." in word or "e" in word else word
    return NUMBER.sub(same, line.replace("#vu8(", "#u8(").replace("-nan.0", "+nan.0"))


def unsigned_zeros(line):
    """The sign of a zero that was rounded or multiplied to is open in the standard."""
    return line.replace("-0.0", "0.0")


def perdure(program, base_world=None, without=()):
    environment = {"PERDURE_BASE_WORLD": base_world} if base_world else {}
    return Peer("perdure", [program, "run", *without, "--load", "FILE"], RECORDS, environment=environment)


def optimisations(program, base_world=None):
    """The names of all that Perdure's compiler can leave out."""
    environment = dict(os.environ, **({"PERDURE_BASE_WORLD": base_world} if base_world else {}))
    written = subprocess.run([program, "run", "--print", "(optimisations)"], stdout=subprocess.PIPE, check=True, env=environment, timeout=600)
    return written.stdout.decode().strip("()\n").split()


def installed_peers():
    peers = []
    if shutil.which("chezscheme") or shutil.which("scheme"):
        peers.append(Peer("chez", [shutil.which("chezscheme") or shutil.which("scheme"), "--script", "FILE"], CHEZ))
    if shutil.which("guile-3.0"):
        peers.append(Peer("guile", ["guile-3.0", "--no-auto-compile", "--r7rs", "-s", "FILE"], GUILE + RECORDS))
    return peers


# --- the ways to run a program -----------------------------------------------------------------------------------------
def _answer(number, expression):
    return f"(write (list {number} (guard (e (#t 'err)) (show {expression}))))(newline)"


def toplevel(number, program):
    """Definitions at the top level: procedures are globals."""
    definitions, expression = program
    return " ".join(text(each) for each in definitions) + "\n" + _answer(number, text(expression))


def body(number, program):
    """One closed expression: procedures are local, known ones."""
    return _answer(number, closed(program))


def closed(program):
    definitions, expression = program
    return "(let () " + " ".join(text(each) for each in definitions) + " " + text(expression) + ")"


def pressed(number, program):
    """The same under register pressure: among values that live on, compiled by eval."""
    makers = [_among_locals, _among_captured, _in_loop, _among_parameters]
    form, arguments = makers[number % len(makers)](random.Random(number), closed(program))
    return _answer(number, f"((eval '{form} (interaction-environment)) {arguments})")


# What lives on: (expression over the parameters p = #(1.0 2) and q = (5), what it must still be afterwards)
_VALUES = [("(vector-length p)", "2"), ("(* 2.5 (vector-ref p 0))", "2.5"), ("(car q)", "5"), ("(+ (vector-ref p 0) 0.5)", "1.5"),
           ("(list (vector-ref p 1))", "'(2)"), ("(* (vector-ref p 0) 8.0)", "8.0"), ("(- (car q) 6)", "-1"),
           ("(vector-ref p 0)", "1.0"), ("(/ (vector-ref p 0) 2)", "0.5"), ("(string #\\a)", '"a"'), ("(cons 1 q)", "'(1 5)")]


def _values(choice):
    """(let* bindings, a test that all are as they were)"""
    chosen = [choice.choice(_VALUES) for _ in range(choice.randrange(6, 22))]
    names = [f"p{i}" for i in range(len(chosen))]
    rows = " ".join(f"({name} {each[0]})" for name, each in zip(names, chosen))
    test = " ".join(f"(equal? {name} {each[1]})" for name, each in zip(names, chosen))
    return names, rows, f"(and {test})"


def _among_locals(choice, expression):
    _, rows, test = _values(choice)
    return f"(lambda (p q) (let* ({rows}) (let ((value {expression})) (if {test} value 'lost))))", "(vector 1.0 2) '(5)"


def _among_captured(choice, expression):
    _, rows, test = _values(choice)
    return (f"(lambda (p q) (let* ({rows}) (keep-it (lambda () (let ((value {expression})) (if {test} value 'lost))))))",
            "(vector 1.0 2) '(5)")


def _in_loop(choice, expression):
    names, rows, test = _values(choice)
    again = " ".join(names)
    return (f"(lambda (p q) (let* ({rows}) (let again ((n 2) {' '.join(f'({each} {each})' for each in names)}) "
            f"(let ((value {expression})) (if {test} (if (= n 0) value (again (- n 1) {again})) 'lost)))))", "(vector 1.0 2) '(5)")


def _among_parameters(choice, expression):
    names, rows, test = _values(choice)
    return (f"(lambda (p q) (let* ({rows}) ((car (list (lambda ({' '.join(names)}) "
            f"(let ((value {expression})) (if {test} value 'lost))))) {' '.join(names)})))", "(vector 1.0 2) '(5)")
