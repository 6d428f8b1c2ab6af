#!/usr/bin/env python3
"""Random sessions (session_programs.py) must say the same with and without each optimisation, in the kinds and words of what
is raised too, and, with --peers, what other Schemes say.

  sessions_fuzz.py --perdure PROGRAM [--seed N] [--count N] [--stress N] [--peers] [--all] [--show SEED]

A session that fails is cut down, form by form, and shown with its seed.
"""
import argparse
import re
import sys
import time

import compiler_oracles as oracles
from session_programs import Session

BATCH = 40
SAME_FRAMES = "without leaves"    # what this leaves out must not show in backtraces

# The peers' names for what is in every session of Perdure.
PRELUDE = r"""
(define results '())
(define kinds '())
(define traces '())
(define notes '())
(define fuel 0)
(define slots (vector #f #f))
(define param0 (make-parameter 0))
(define param1 (make-parameter 1))
(define (opaque x) (car (list x)))
(define (note x) (if (< (length notes) 60) (set! notes (cons (show x 3) notes))))
(define (spend!) (set! fuel (- fuel 1)) (if (< fuel 0) (raise 'fuel)))
(define (mark! i k thunk) (vector-set! slots i (cons k thunk)))
(define (again! i)
  (let ((slot (vector-ref slots i)))
    (if slot
        (begin
          (set! fuel (- fuel 20))
          (if (> fuel 0) (call-with-values (cdr slot) (car slot)))))))
(define (show x depth)
  (cond ((pair? x) (if (= depth 0) 'deep (cons (show (car x) (- depth 1)) (show (cdr x) depth))))
        ((vector? x) (if (< depth 2) 'deep (list->vector (show (vector->list x) (- depth 1)))))
        ((string? x) (if (> (string-length x) 40) (string-length x) x))
        ((number? x) (if (and (exact? x) (> (abs x) 1000000000000000000000000000000)) (modulo x 1000003) x))
        ((char? x) (list 'char (char->integer x)))
        ((symbol? x) (list 'sym (symbol->string x)))
        ((or (boolean? x) (null? x) (bytevector? x)) x)
        (else 'object)))
(define (try thunk)
  (set! notes '())
  (set! fuel 200)
  (vector-fill! slots #f)
  (let ((answer (call/cc (lambda (out)
                           (with-exception-handler
                             (lambda (e)
                               (set! kinds (cons (kind-of e) kinds))
                               (set! traces (cons (trace) traces))
                               (out 'err))
                             (lambda () (call-with-values thunk list)))))))
    (set! results (cons (cons (show answer 6) (reverse notes)) results))))
(define (answers number)
  (write (list number (reverse results) '~~ (reverse kinds) '~~ (reverse traces)))
  (newline)
  (set! results '())
  (set! kinds '())
  (set! traces '()))
"""
RECORDS = """
(define-syntax define-record
  (syntax-rules () ((_ name make is? a set-a! b) (define-record-type name (make x y) is? (x a set-a!) (y b)))))
"""
PERDURE = RECORDS + r"""
(define (redefine! form) (eval form (interaction-environment)))
(define (kind-of e)
  (cond ((not (error-object? e)) (list 'raised (show e 3)))
        ((eq? (%condition-kind e) 'arity-error) 'arity-error)    ; its words depend on who counts
        (else (list (%condition-who e) (%condition-kind e) (error-object-message e) (show (error-object-irritants e) 3)))))
;; Inside of a program.
(define (caught e) (note 'caught) (set! kinds (cons (cons 'caught (kind-of e)) kinds)))
;; Who is at work where something was raised that nobody catches.
(define (trace)
  (call/cc
   (lambda (k)
     (let up ((frames (%backtrace k 40)))
       (if (or (null? frames) (eq? (caar frames) 'try)) '() (cons (car frames) (up (cdr frames))))))))
"""
PEER = r"""
(define (redefine! form) (eval form (interaction-environment)))
(define (kind-of e) #f)
(define (trace) #f)
(define (caught e) (note 'caught))
(define-syntax receive
  (syntax-rules () ((_ formals producer body ...) (call-with-values (lambda () producer) (lambda formals body ...)))))
"""
CHEZ = """
(print-vector-length #f)
(define-syntax define-record
  (syntax-rules ()
    ((_ name make is? a set-a! b) (define-record-type (name make is?) (fields (mutable x a set-a!) (immutable y b))))))
"""
GUILE = """(import (scheme base) (scheme write) (scheme char) (scheme inexact) (scheme cxr) (scheme case-lambda) (scheme eval) (scheme repl))
""" + RECORDS


def written(number, forms):
    return "\n".join(forms) + f"\n(answers {number})"


def peers():
    found = []
    for peer in oracles.installed_peers():
        before = CHEZ if peer.name == "chez" else GUILE
        found.append(oracles.Peer(peer.name, peer.command, before + PEER + PRELUDE, 600, common=""))
    return found


class Fuzzer:
    def __init__(self, options):
        self.options = options
        self.peers = peers() if options.peers else []
        self.names = oracles.optimisations(options.perdure)
        self.failures = 0

    def perdure(self, *options):
        return oracles.Peer("perdure", [self.options.perdure, "run", *options, "--load", "FILE"], PERDURE + PRELUDE, 600, common="")

    def ways(self, number):
        names = self.names if self.options.all else [self.names[(number // BATCH * 2 + i) % len(self.names)] for i in range(2)]
        ways = [("optimised", self.perdure()), (SAME_FRAMES, self.perdure("--without", "leaves")), ("unoptimised", self.perdure("--without", "all"))]
        ways += [(f"without {name}", self.perdure("--without", name)) for name in names]
        if self.options.stress:
            ways.append(("stress", self.perdure("--eval", f"(%gc-stress! {self.options.stress})")))
        return ways

    def answers(self, runner, sessions):
        """{number: line}; goes on behind a session that ends the process."""
        results, rest = {}, list(sessions)
        while rest:
            lines, status = runner.run(rest, written)
            results.update(lines)
            rest = [each for each in rest if each[0] not in results]
            if rest:
                alone, status = runner.run(rest[:1], written)
                results[rest[0][0]] = alone.get(rest[0][0], f"no answer, exit status {status}: {runner.errors[:300]}")
                rest = rest[1:]
        return results

    def check(self, sessions):
        """[(number, forms)] -> {number: {way: line}} of what is wrong"""
        mine = {name: self.answers(runner, sessions) for name, runner in self.ways(sessions[0][0])}
        others = {peer.name: self.answers(peer, sessions) for peer in self.peers}
        wrong = {}
        for number, _ in sessions:
            lines = {name: each[number] for name, each in mine.items()}
            frames = [backtraces(lines[name]) for name in ("optimised", SAME_FRAMES)]
            lines = {name: line if frames[0] != frames[1] else without_backtraces(line) for name, line in lines.items()}
            first = lines["optimised"]
            told = {name: each[number] for name, each in others.items()}
            if any(each != first for each in lines.values()) or first.startswith("no answer"):
                wrong[number] = {name: line for name, line in lines.items() if line != first or name == "optimised"}
            elif told and all(portable(each) != portable(first) for each in told.values()):
                wrong[number] = {"optimised": first, **told}
        return wrong

    def report(self, seed, forms, wrong):
        self.failures += 1
        print(f"--- seed {seed}: {', '.join(wrong)}")
        if not self.options.no_shrink:
            forms = self.shrunk(seed, forms, set(wrong))
        print(written(seed, forms))
        for name, line in self.check([(seed, forms)]).get(seed, wrong).items():
            print(f"  {name:10} {line[:1500]}")
        sys.stdout.flush()

    def shrunk(self, seed, forms, ways):
        """Without the forms that are not needed for one of the ways to differ."""
        i = len(forms) - 1
        while i >= 0:
            fewer = forms[:i] + forms[i + 1:]
            now = self.check([(seed, fewer)]).get(seed)
            if now and ways & set(now) - {"optimised"}:
                forms = fewer
            i -= 1
        return forms

    def run(self):
        o = self.options
        start, seed, end = time.time(), o.seed, o.seed + o.count
        while seed < end and not (o.seconds and time.time() - start > o.seconds):
            batch = [(s, Session(s).program()) for s in range(seed, min(seed + BATCH, end))]
            for number, wrong in self.check(batch).items():
                self.report(number, dict(batch)[number], wrong)
            seed += BATCH
        ran = min(seed, end) - o.seed
        print(f"{ran} sessions, {self.failures} failures, peers: {', '.join(peer.name for peer in self.peers) or 'none'}")
        return 1 if self.failures or ran == 0 else 0


def backtraces(line):
    return re.sub(r'"[^"]*/', '"', line.rpartition(" ~~ ")[2])      # the places are in a file of another folder each time


def without_backtraces(line):
    return line.rpartition(" ~~ ")[0] or line


def portable(line):
    return oracles.unsigned_zeros(line.split(" ~~ ")[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perdure", required=True, help="the perdure program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--peers", "--long", action="store_true", help="compare with the other Schemes that are installed")
    parser.add_argument("--all", action="store_true", help="without each optimisation for every session")
    parser.add_argument("--stress", type=int, metavar="N", help="also with a collection at every Nth request for free objects")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--show", type=int, metavar="SEED", help="write this session and leave")
    options = parser.parse_args()
    if options.show is not None:
        print(PERDURE + PRELUDE + written(options.show, Session(options.show).program()))
        return 0
    return Fuzzer(options).run()


if __name__ == "__main__":
    sys.exit(main())
