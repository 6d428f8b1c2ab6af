#!/usr/bin/env python3
"""The base world on both hosts: that they agree, that damage is refused, and that no page is ever writable and executable.

    tests/system/world_test.py TOOL [CASE...]

What a person at a terminal sees is in session_test.py, what the hosts do for any world in hosts_test.py, memory that runs out in
memory_test.py.
"""
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import session_test
from session_test import PROMPT, Terminal, plain

TOOL = "perdure"
HOSTS = ("run", "boot")
PAGE = 4096
LIMIT = 600  # seconds; ends what hangs, and judges no speed

# What programs do with the outside: everything but the time.
PROGRAM = r"""
(define-record-type point (make-point x y) point? (x point-x) (y point-y set-point-y!))
(define (show . data) (for-each write data) (newline))
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
(define numbers (let loop ((line (read-line)) (all '()))
  (if (eof-object? line) (reverse all) (loop (read-line) (cons (string->number line) all)))))
(show numbers (apply + numbers) (fact 60) (/ 1. 3) (sqrt 2) (exp 1) (sin 1e10) (expt 2.5 100) 1/3 (exact->inexact 22/7))
(show (make-point 1 2) car (lambda (x) x) (call/cc (lambda (k) k)) (current-output-port) (eof-object))
(show "tab\t newline\n lambda \x3bb; nul \x0;" #\x0 #\space 'sym '|odd symbol| '#u8(1 2 255))
(show (guard (e (#t (error-object-message e))) (vector-ref (vector 1 2) 9)))
(show (guard (e ((string? e) (string-append "caught " e))) (dynamic-wind (lambda () (display "[in]")) (lambda () (raise "it")) (lambda () (display "[out]")))))
(define table (make-equal-hash-table))
(do ((i 0 (+ i 1))) ((= i 1000)) (hash-table-set! table (list i (number->string i)) (* i i)))
(show (hash-table-ref table '(31 "31") (lambda () 'none)) (hash-table-count table))
(do ((i 0 (+ i 1))) ((= i 20000)) (write i) (display (if (= 0 (remainder i 20)) "\n" " ")))
(display "\x1b;[1mnot translated\r\n\xe4;\x1f600;" (current-output-port))
(car (fact 5))
"""


class WorldCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-world-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tool(self, *arguments, stdin=b"", seconds=LIMIT):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=seconds, env={**os.environ, "TERM": "dumb"})

    def expect(self, result, status, out=None):
        self.assertEqual(result.returncode, status, result)
        if out is not None:
            self.assertEqual(result.stdout.decode(errors="replace"), out, result.stderr)
        return result

    def session(self, host, *lines, options=(), seconds=LIMIT):
        """A REPL in a pipe: standard output and standard error."""
        result = self.tool(host, *options, stdin="".join(line + "\n" for line in lines).encode(), seconds=seconds)
        self.expect(result, 0)
        return result.stdout.decode(), result.stderr.decode()

    def terminal(self, verb, *arguments):
        session_test.TOOL, session_test.VERB = TOOL, verb
        terminal = Terminal(*arguments, folder=self.folder)
        self.addCleanup(terminal.close)
        self.banner = plain(terminal.expect(PROMPT, LIMIT))
        return terminal


class Agreement(WorldCase):
    def test_a_program_says_the_same_on_both_hosts(self):
        (self.folder / "program.scm").write_text(PROGRAM)
        stdin = b"12\n-7\n1e3\n2/3\n123456789012345678901234567890"
        results = [self.tool(host, "--load", "program.scm", stdin=stdin) for host in HOSTS]
        for result in results:
            self.expect(result, 70)
            self.assertGreater(len(result.stdout), 100000)
        self.assertEqual(results[0].stdout, results[1].stdout)
        self.assertEqual(results[0].stderr, results[1].stderr)
        self.assertIn(b"car: argument 1 must be a pair, got 120", results[0].stderr)

    def test_errors_in_every_position_leave_the_repl_alive_on_both_hosts(self):
        forms = pathlib.Path(__file__).with_name("fixtures").joinpath("errors.scm").read_bytes()
        results = [self.tool(host, stdin=forms) for host in HOSTS]
        for result in results:
            self.expect(result, 3)   # its last form
            self.assertTrue(result.stdout.endswith(b"still alive\n"), result.stdout[-500:])
        self.assertEqual(results[0].stdout, results[1].stdout)
        self.assertEqual(results[0].stderr, results[1].stderr)
        self.assertEqual(results[0].stderr.count(b"error: "), forms.count(b"\n;; error"), results[0].stderr.decode())

    def test_standard_input_is_data_to_its_end(self):
        everything = "(let loop ((l '())) (let ((c (read-char))) (if (eof-object? c) (reverse l) (loop (cons (char->integer c) l)))))"
        data = bytes(range(128)) + "\u03bb\u20ac\U0001f600".encode()
        for host in HOSTS:
            result = self.tool(host, "--print", everything, stdin=data)
            self.expect(result, 0, "(" + " ".join(str(ord(c)) for c in data.decode()) + ")\n")
            self.expect(self.tool(host, "--print", "(string-length (read-line))", stdin=b"x" * 1000000), 0, "1000000\n")
            self.expect(self.tool(host, "--print", "(let* ((a (read)) (b (read-char)) (c (read-line)) (d (read))) (list a b c d))", stdin=b"(a . b) rest\n"), 0,
                        '((a . b) #\\space "rest" #<eof>)\n')

    def test_usage_errors_are_told_in_one_line(self):
        for host in HOSTS:
            for wrong in (["--bogus"], ["--eval"], ["--load"], ["--print"], ["--save"], ["--memory", "much"], ["--memory"],
                          ["a.world", "b.world"], ["--uefi", "--grub", "--bogus"]):
                result = self.expect(self.tool(host, *wrong), 64, "")
                self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)


class WaysToStart(WorldCase):
    def converse(self, *how):
        t = self.terminal("boot", *how)
        self.assertIn("Ctrl-D", self.banner)
        self.assertNotIn("error", self.banner)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])
        t.line(f"(begin {session_test.RUNS} (let loop () (loop)))")
        t.expect(session_test.RUNNING)
        t.send("\x03")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(string-append \"still\" \" here\")"), ['"still here"'])
        t.line("(exit 7)")
        self.assertEqual(t.end(LIMIT), 7)

    def test_directly(self):
        self.converse()

    def test_by_grub_under_bios(self):
        self.converse("--grub")

    def test_by_grub_under_uefi(self):
        self.converse("--uefi")

    def test_a_session_wanders_between_the_hosts(self):
        form = "(define (square x) (* x x)) (define seen (list 'metal (square 5))) (define t (make-equal-hash-table))"
        metal = self.terminal("boot")
        metal.answer(form)
        metal.answer('(hash-table-set! t "key" seen)')
        self.assertEqual(metal.answer('(save-world "x.world")', LIMIT), ["#t"])
        self.assertEqual(metal.answer("(square 12)"), ["144"])
        metal.line("(exit)")
        self.assertEqual(metal.end(LIMIT), 0)

        hosted = self.terminal("run", "x.world")
        self.assertEqual(hosted.answer("(square 7)"), ["49"])
        hosted.answer("(set! seen (cons 'hosted seen))")
        self.assertEqual(hosted.answer('(save-world "y.world")', LIMIT), ["#t"])
        self.assertEqual(hosted.answer("seen"), ["(hosted metal 25)"])
        hosted.line("(exit)")
        self.assertEqual(hosted.end(), 0)

        again = self.terminal("boot", "y.world")
        self.assertEqual(again.answer("(list seen (hash-table-ref t \"key\"))"), ["((hosted metal 25) (metal 25))"])
        self.assertEqual(again.answer('(save-world "y.world")', LIMIT), ["#t"])
        again.line("(exit)")
        self.assertEqual(again.end(LIMIT), 0)
        self.expect(self.tool("verify", "y.world"), 0)
        self.expect(self.tool("run", "y.world", "--print", "(square (length seen))"), 0, "9\n")

    def test_ephemerons_are_weak_in_a_saved_world_too(self):
        keep = ["(import (srfi 124))",
                "(define (tied i) (let ((key (list i))) (cons key (make-ephemeron key (vector key)))))",
                "(define (broken l) (apply + (map (lambda (e) (if (ephemeron-broken? e) 1 0)) l)))",
                "(define all (map tied (iota 100)))", "(define keys (map car all))", "(define kept (map cdr all))",
                "(define all #f)", "(define dead (map (lambda (i) (cdr (tied i))) (iota 100)))", '(save-world "e.world")']
        look = ["(list (broken kept) (> (broken dead) 90))",
                "(equal? (map (lambda (e) (car (vector-ref (ephemeron-datum e) 0))) kept) (iota 100))",
                "(define keys #f)", "(collect-garbage)", "(> (broken kept) 90)"]
        for first, second in (HOSTS, HOSTS[::-1]):
            out, err = self.session(first, *keep)
            self.assertIn("#t", out, err)
            out, err = self.session(second, *look, options=("e.world",))
            self.assertEqual([line for line in out.splitlines() if line], ["(0 #t)", "#t", "#t"], err)


class ProcessorTime(WorldCase):
    """What a process is charged on a host that other programs use, too."""

    SETUP = """(import (perdure process) (perdure limits))
        (define (now) (/ (inexact (current-jiffy)) (jiffies-per-second)))
        (define (used) (cdr (assq 'time (process-info (self)))))
        (define (spin-until time) (if (< (now) time) (spin-until time)))"""

    def start(self, program, **options):
        (self.folder / "spin.scm").write_text(self.SETUP + program)
        process = subprocess.Popen([TOOL, "run", "--load", "spin.scm"], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_host_that_is_stopped_charges_nothing(self):
        # A second between two looks at the clock: it was stopped.
        process = self.start("""
            (define (spin before end)
              (let ((time (now)))
                (cond ((> (- time before) 1) (spin-until (+ time 0.1)) #t)
                      ((< time end) (spin time end))
                      (else #f))))
            (define (attempt)
              (let* ((before (used)) (start (now)) (stopped? (with-limits ((time 1)) (spin start (+ start 0.2)))))
                (if stopped? (< (- (used) before) (- (now) start 1)) (attempt))))
            (write (attempt))""")
        while process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            time.sleep(2)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.5)
        self.assertEqual((process.returncode, process.stdout.read()), (0, "#t"))

    def test_what_other_programs_take_is_not_charged(self):
        processor = {min(os.sched_getaffinity(0))}
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, processor))
        self.addCleanup(busy.wait)
        self.addCleanup(busy.kill)
        process = self.start("""
            (define before (used))
            (spin-until (+ (now) 0.5))
            (display (- (used) before))""",
                             preexec_fn=lambda: os.sched_setaffinity(0, processor))
        charged = float(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertGreater(charged, 0)
        self.assertLess(charged, usage.ru_utime + usage.ru_stime + 0.001)


class Damage(WorldCase):
    def base(self):
        return pathlib.Path(os.environ.get("PERDURE_BASE_WORLD") or pathlib.Path(TOOL).with_name("base.world")).read_bytes()

    def refuse(self, content, words, hosts=HOSTS):
        (self.folder / "bad.world").write_bytes(content)
        for host in (*hosts, "verify"):
            result = self.expect(self.tool(host, "bad.world", *(() if host == "verify" else ("--print", "1"))), 65, "")
            self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)
            self.assertIn(b"bad.world", result.stderr)
            self.assertRegex(result.stderr.decode(), words)

    def test_what_is_no_whole_world_is_refused(self):
        base = self.base()
        self.refuse(b"", "not a world")
        self.refuse(b"(display 1)\n" * 1000, "not a world")
        self.refuse(bytes(len(base)), "not a world")
        self.refuse(base[:len(base) // 2], "truncated")
        self.refuse(base[:-1], "truncated")
        version = bytearray(base)
        for superblock in (0, PAGE):
            version[superblock + 8] += 1
        self.refuse(bytes(version), "version")

    def test_a_flipped_bit_anywhere_is_found_and_never_believed(self):
        """By verify, always; a run either does not touch that page, and is right, or refuses, be it after its last word."""
        base, chance, refused = self.base(), random.Random(20), 0
        good = self.expect(self.tool("run", "--print", "(map (lambda (x) (* x x)) (iota 5))"), 0).stdout
        for _ in range(60):
            at, bit = chance.randrange(2 * PAGE, len(base)), chance.randrange(8)
            bad = bytearray(base)
            bad[at] ^= 1 << bit
            (self.folder / "bad.world").write_bytes(bad)
            checked = self.tool("verify", "bad.world")
            self.assertEqual(checked.returncode, 65, f"byte {at} bit {bit}: {checked}")
            result = self.tool("run", "bad.world", "--print", "(map (lambda (x) (* x x)) (iota 5))")
            self.assertIn((result.returncode, result.stdout), [(65, b""), (65, good), (0, good)], f"byte {at} bit {bit}: {result}")
            refused += result.returncode == 65
        self.assertGreater(refused, 0)

    def test_the_machine_refuses_a_damaged_page_too(self):
        base = self.base()
        # The first page of the world's data: the start of the runtime, which every start reads.
        bad = bytearray(base)
        bad[2 * PAGE + 100] ^= 1
        self.refuse(bytes(bad), "damaged")

    def test_a_world_that_is_not_there(self):
        for host in (*HOSTS, "verify"):
            result = self.expect(self.tool(host, "none.world"), 66, "")
            self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)


class Protection(WorldCase):
    COMPILING = ("(define (compile-some n) (if (> n 0) (begin (eval (list 'define 'f (list 'lambda '(x) (list '+ 'x n)))"
                 " (interaction-environment)) (compile-some (- n 1)))))")

    def test_hosted_no_mapping_is_ever_writable_and_executable(self):
        process = subprocess.Popen([TOOL, "run", "--eval", self.COMPILING,
                                    "--eval", "(let loop () (if (not (char-ready?)) (begin (compile-some 50) (loop))))",
                                    "--eval", '(begin (display "ready") (flush-output-port) (read-line) (read-char))'],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder)
        try:
            os.set_blocking(process.stdout.fileno(), False)
            looks, executable, told = 0, 0, False
            deadline = time.monotonic() + LIMIT
            while process.stdout.read(5) is None:
                self.assertLess(time.monotonic(), deadline)
                self.assertIsNone(process.poll())
                if looks >= 50 and executable > 0 and not told:      # it compiles until then, however slow it is, or this is
                    process.stdin.write(b"enough\n")
                    process.stdin.flush()
                    told = True
                maps = self.mappings(process.pid)
                self.assertEqual([line for line in maps if re.match(r"\S+ .wx", line)], [])
                executable = max(executable, sum(1 for line in maps if re.match(r"1000[0-9a-f]{8}\S* ..x", line)))
                looks += 1
            self.assertEqual([line for line in self.mappings(process.pid) if re.match(r"\S+ .wx", line)], [])
        finally:
            process.stdin.close()
            process.wait(LIMIT)
            process.stdout.close()

    def mappings(self, pid):
        try:
            return pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
        except ProcessLookupError:
            return []

    def test_the_machine_finds_no_such_page_in_its_tables(self):
        """At the start and at the end: the kernel looks if its command line says so."""
        wrapper = self.folder / "qemu-with-self-check"
        wrapper.write_text('#!/bin/sh\nexec qemu-system-x86_64 "$@" -append self-check\n')
        wrapper.chmod(0o755)
        result = subprocess.run([TOOL, "boot", "--verbose", "--eval", self.COMPILING, "--eval", "(compile-some 500)"], cwd=self.folder,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, env={**os.environ, "PERDURE_QEMU": str(wrapper)})
        self.expect(result, 0, "")
        checks = re.findall(r"self-check: (\d+) mappings, (\d+) writable and executable", result.stderr.decode())
        self.assertEqual(len(checks), 2, result.stderr)
        self.assertGreater(int(checks[1][0]), int(checks[0][0]))
        self.assertEqual([violations for _, violations in checks], ["0", "0"])


def main(about=__doc__):
    global TOOL
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(about)
    TOOL = os.path.abspath(arguments.pop(0))
    session_test.SLOW = 4.0
    unittest.main(argv=[sys.argv[0], "-v", *arguments])


if __name__ == "__main__":
    main()
