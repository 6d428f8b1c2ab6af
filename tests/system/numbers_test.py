"""Numbers against Python's: reading, writing and exact arithmetic on random doubles, integers and rationals, in every radix.

    python3 tests/system/numbers_test.py TOOL [run|boot] [--seed N] [--count N]

Each case is an expression and what `write` shows of its value. One program has them all, so that a host starts once.
"""
import argparse
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PREFIXES = {2: "#b", 8: "#o", 10: "#d", 16: "#x"}
HARD_DOUBLES = (5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 1e23, 9007199254740993.0, 0.1, 1 / 3)

# The digits that count of a decimal: no sign, point or exponent, no zeros at the ends.
PRELUDE = """
(define (significant s)
  (define (strip l) (if (and (pair? l) (char=? (car l) #\\0)) (strip (cdr l)) l))
  (let loop ((l (string->list s)) (digits '()))
    (cond ((and (pair? l) (char-numeric? (car l))) (loop (cdr l) (cons (car l) digits)))
          ((and (pair? l) (memv (car l) '(#\\- #\\.))) (loop (cdr l) digits))
          (else (list->string (strip (reverse (strip digits))))))))
"""


def integer_text(n, radix=10):
    digits = ""
    rest = abs(n)
    while rest:
        digits = DIGITS[rest % radix] + digits
        rest //= radix
    return ("-" if n < 0 else "") + (digits or "0")


def rational_text(q, radix=10):
    below = "" if q.denominator == 1 else "/" + integer_text(q.denominator, radix)
    return integer_text(q.numerator, radix) + below


class Cases:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.all = []

    def add(self, form, shown):
        self.all.append((form, shown))

    def double(self):
        kind = self.chance.randrange(4)
        if kind == 0:
            d = struct.unpack("<d", self.chance.getrandbits(64).to_bytes(8, "little"))[0]
            return d if math.isfinite(d) else 1.5
        if kind == 1:
            return self.chance.uniform(-1e6, 1e6)
        if kind == 2:
            return float(self.chance.randrange(-10**18, 10**18))
        return self.chance.choice(HARD_DOUBLES) * self.chance.choice((1, -1))

    def integer(self):
        return self.chance.getrandbits(self.chance.choice((3, 30, 60, 61, 62, 64, 65, 128, 500, 2000))) * self.chance.choice((1, -1))

    def rational(self):
        return Fraction(self.integer(), self.integer() or 7)

    def doubles(self):
        d = self.double()
        self.add(f'(exact (string->number "{d!r}"))', rational_text(Fraction(d)))
        self.add(f"(eqv? {d!r} (string->number (number->string {d!r})))", "#t")
        digits = repr(abs(d)).split("e")[0].replace(".", "").strip("0")
        self.add(f"(significant (number->string {d!r}))", f'"{digits}"')
        text = f"{self.chance.randrange(1, 10 ** self.chance.randrange(1, 40))}e{self.chance.randrange(-340, 310)}"
        read = float(text)
        if math.isinf(read):
            self.add(f'(string->number "{text}")', "+inf.0")
        else:
            self.add(f'(exact (string->number "{text}"))', rational_text(Fraction(read)))
        self.add(f'(string->number "#e{text}")', rational_text(Fraction(text)))

    def radices(self):
        radix, n, q = self.chance.randrange(2, 37), self.integer(), self.rational()
        for number in (Fraction(n), q):
            text = rational_text(number, radix)
            self.add(f"(number->string {rational_text(number)} {radix})", f'"{text}"')
            self.add(f'(string->number "{text.upper()}" {radix})', rational_text(number))
            if radix in PREFIXES:
                self.add(PREFIXES[radix] + text, rational_text(number))

    def integers(self):
        a, b = self.integer(), self.integer() or 1
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        for form, value in ((f"quotient {a} {b}", quotient), (f"remainder {a} {b}", a - b * quotient), (f"modulo {a} {b}", a % b),
                            (f"floor-quotient {a} {b}", a // b), (f"gcd {a} {b}", math.gcd(a, b)), (f"bitwise-and {a} {b}", a & b),
                            (f"bitwise-xor {a} {b}", a ^ b), (f"integer-length {a}", (a if a >= 0 else ~a).bit_length())):
            self.add(f"({form})", str(value))
        shift = self.chance.randrange(-70, 200)
        self.add(f"(arithmetic-shift {a} {shift})", str(a << shift if shift >= 0 else a >> -shift))
        root = math.isqrt(abs(a))
        self.add(f"(call-with-values (lambda () (exact-integer-sqrt {abs(a)})) list)", f"({root} {abs(a) - root * root})")

    def rationals(self):
        a, b = self.rational(), self.rational()
        for operator, value in (("+", a + b), ("-", a - b), ("*", a * b), ("/", a / (b or Fraction(1)))):
            self.add(f"({operator} {rational_text(a)} {rational_text(b or Fraction(1) if operator == '/' else b)})", rational_text(value))
        self.add(f"(< {rational_text(a)} {rational_text(b)})", "#t" if a < b else "#f")
        self.add(f"(list (floor {rational_text(a)}) (round {rational_text(a)}))", f"({math.floor(a)} {round(a)})")
        try:
            self.add(f"(exact (inexact {rational_text(a)}))", rational_text(Fraction(float(a))))
        except OverflowError:
            self.add(f"(inexact {rational_text(a)})", "+inf.0" if a > 0 else "-inf.0")


def answers(tool, verb, cases):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "numbers.scm"), "w", encoding="utf-8") as program:
            program.write(PRELUDE + "".join(f"(write {form})\n(newline)\n" for form, _ in cases))
        done = subprocess.run([tool, verb, "--load", "numbers.scm"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"numbers: status {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("verb", nargs="?", default="run", choices=("run", "boot"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    cases = Cases(options.seed)
    for _ in range(options.count):
        for family in (cases.doubles, cases.radices, cases.integers, cases.rationals):
            family()
    shown = answers(os.path.abspath(options.tool), options.verb, cases.all)
    wrong = [f"{form}\n  expected {expected}\n  got      {got}" for (form, expected), got in zip(cases.all, shown) if expected != got]
    print("\n".join(wrong[:10]))
    print(f"numbers: {len(cases.all)} cases, {len(wrong)} wrong, seed {options.seed}")
    return 1 if wrong or len(shown) != len(cases.all) else 0


if __name__ == "__main__":
    sys.exit(main())
