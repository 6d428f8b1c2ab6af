#!/usr/bin/env python3
"""What a person at a terminal sees, and what a script in a pipe gets: the REPL, its line editor, Ctrl-C, saving and
going on. Each case starts the tool on a terminal of its own.

    tests/system/session_test.py TOOL [run|boot] [CASE...]

`run` is the hosted machine, `boot` QEMU (PVH). Both must pass the same cases.
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = "perdure"
VERB = "run"
PROMPT = "perdure> "
SLOW = 6.0  # factor for all time limits: they end a test that hangs, and judge no speed
RUNS = "(display (* 6 7))"  # what a form begins with that is interrupted: RUNNING is seen when it runs, not in its echo
RUNNING = "\n42"


class Terminal:
    """The tool on a pseudo-terminal; wide, so that what is typed stays on one row."""

    def __init__(self, *arguments, term="xterm", folder=None, columns=250):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = term
            if folder:
                os.chdir(folder)
            os.execv(TOOL, [TOOL, VERB, *arguments])
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.seen = b""      # not matched yet
        self.all = b""
        self.status = None

    def send(self, text):
        os.write(self.fd, text.encode() if isinstance(text, str) else text)

    def line(self, text):
        self.send(text + "\r")

    def read_more(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.seen += data
        self.all += data
        return bool(data)

    def expect(self, text, seconds=20):
        """Waits for `text`; answers what came before it."""
        deadline = time.monotonic() + seconds * SLOW
        wanted = text.encode()
        while wanted not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or (not self.read_more(left) and wanted not in self.seen):
                raise AssertionError(f"waited for {text!r}, got {self.seen[-1500:]!r}")
        before, _, self.seen = self.seen.partition(wanted)
        return before.decode(errors="replace")

    def answer(self, form, seconds=20):
        """What the REPL shows for a form, without the echo of it and without terminal sequences."""
        self.line(form)
        shown = plain(self.expect(PROMPT, seconds))
        return [line for line in shown.splitlines()[1:] if line.strip()]

    def end(self, seconds=20):
        """The exit status."""
        deadline = time.monotonic() + seconds * SLOW
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                return self.status
            self.read_more(0.05)
        raise AssertionError(f"did not end; got {self.seen[-1500:]!r}")

    def close(self):
        if self.status is None:
            try:
                pid, _ = os.waitpid(self.pid, os.WNOHANG)
                if not pid:
                    os.kill(self.pid, signal.SIGKILL)
                    os.waitpid(self.pid, 0)
            except ChildProcessError:
                pass
        os.close(self.fd)


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r", "")


def batch(*arguments, stdin="", folder=None, seconds=60):
    """(status, standard output, standard error) of a run in pipes."""
    done = subprocess.run([TOOL, VERB, *arguments], input=stdin.encode(), capture_output=True, cwd=folder,
                          timeout=seconds * SLOW)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class SessionCase(unittest.TestCase):
    def open(self, *arguments, **options):
        terminal = Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        self.banner = terminal.expect(PROMPT, 60)
        return terminal


class Repl(SessionCase):
    def test_first_screen_says_how_to_leave_and_interrupt(self):
        self.open()
        self.assertIn("Ctrl-D", self.banner)
        self.assertIn("Ctrl-C", self.banner)

    def test_values(self):
        t = self.open()
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])
        self.assertEqual(t.answer("(values 1 \"two\" #\\3)"), ["1", '"two"', "#\\3"])
        self.assertEqual(t.answer("(define x 5)"), [])
        self.assertEqual(t.answer("x (* x 2)"), ["5", "10"])
        self.assertEqual(t.answer("(values)"), [])
        self.assertEqual(t.answer("; only a comment"), [])
        self.assertEqual(t.answer("(display \"out\")"), ["out"])

    def test_forms_over_several_lines(self):
        t = self.open()
        t.line("(define (twice f)")
        t.expect("...> ")
        t.line("  (lambda (x) ; half done (")
        t.expect("...> ")
        t.line("    (f (f x))))")
        t.expect(PROMPT)
        self.assertEqual(t.answer("((twice (lambda (x) (* x x))) 3)"), ["81"])
        t.line('(string-length "a')
        t.expect("...> ")
        self.assertEqual(t.answer('b")'), ["3"])

    def test_errors_come_back_to_the_prompt(self):
        t = self.open()
        shown = t.answer("(define (inner x) (+ 1 (car x))) (define (outer x) (+ 1 (inner x))) (outer 5)")
        self.assertIn("error: car: argument 1 must be a pair, got 5", shown[0])
        self.assertTrue(any("inner" in line for line in shown[1:]), shown)
        self.assertTrue(any("outer" in line for line in shown[1:]), shown)
        self.assertEqual(t.answer('(error "it broke:" 1 "two" \'(3))')[0], 'error: it broke: 1 "two" (3)')
        self.assertEqual(t.answer("(raise 'thing)")[0], "error: raised thing")
        self.assertIn("nowhere", t.answer("nowhere")[0])
        self.assertIn("error", t.answer("(if)")[0])
        self.assertIn("error", t.answer(")")[0])
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])

    def test_endless_recursion_is_a_condition(self):
        t = self.open("--memory", "512M", "--repl")
        t.answer("(define (endless x) (+ 1 (endless x)))")
        self.assertIn("stack", t.answer("(endless 1)", 120)[0])
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])
        self.assertIn("stack", t.answer("(endless 1)", 120)[0])
        self.assertEqual(t.answer("(guard (e (#t (%condition-kind e))) (endless 1))", 120), ["stack-overflow"])

    def test_out_of_memory_is_a_condition(self):
        t = self.open("--memory", "256M", "--repl")
        t.answer("(define (fill l) (fill (cons (make-vector 100000 l) l)))")
        self.assertIn("out of memory", t.answer("(fill '())", 120)[0])
        self.assertEqual(t.answer("(length (map + (iota 1000) (iota 1000)))"), ["1000"])
        self.assertIn("out of memory", t.answer("(fill '())", 120)[0])
        self.assertIn("out of memory", t.answer("(define (pairs l) (pairs (cons 1 l))) (pairs '())", 120)[0])
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])

    def test_leaving(self):
        t = self.open()
        t.send("\x04")
        self.assertEqual(t.end(), 0)
        t = self.open()
        t.line("(exit 7)")
        self.assertEqual(t.end(), 7)
        t = self.open()
        t.line("(dynamic-wind (lambda () #f) (lambda () (exit #f)) (lambda () (display \"[after]\")))")
        t.expect("[after]")
        self.assertEqual(t.end(), 1)

    def test_a_program_reads_the_console(self):
        t = self.open()
        t.line(f"(begin {RUNS} (list 'got (read-line)))")
        t.expect(RUNNING)
        t.send("typed by hand\r")
        t.expect('(got "typed by hand")')
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])


class Interrupt(SessionCase):
    def stop(self, t, form):
        t.line(f"(begin {RUNS} {form})")
        t.expect(RUNNING)
        t.send("\x03")
        t.expect("interrupted")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])

    def test_endless_loops(self):
        t = self.open()
        self.stop(t, "(let loop () (loop))")
        self.stop(t, "(do ((i 0 (+ i 1))) (#f))")
        self.stop(t, "(let loop ((l '())) (loop (list 1 2 3)))")
        self.stop(t, "(let loop () (guard (e (#t 'caught)) (let inner () (inner))) (loop))")
        self.stop(t, "(let loop () (loop))")

    def test_waiting_for_input(self):
        t = self.open()
        self.stop(t, "(read-line)")

    def test_dynamic_winds_are_left(self):
        t = self.open()
        t.line(f"(dynamic-wind (lambda () #f) (lambda () {RUNS} (let loop () (loop))) (lambda () (display \"[left]\")))")
        t.expect(RUNNING)
        t.send("\x03")
        t.expect("[left]")
        t.expect(PROMPT)

    def test_a_line_being_typed_is_dropped(self):
        t = self.open()
        t.send("(this is wrong")
        t.expect("wrong")
        t.send("\x03")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])
        t.line("(unfinished")
        t.expect("...> ")
        t.send("\x03")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])


class Editing(SessionCase):
    def test_keys(self):
        t = self.open()
        for typed, value in [
                ("(+ 1 3\x7f2)", "3"),                       # backspace
                ("(car 5)\x15(* 6 7)", "42"),                # C-u
                ("+ 40 2)\x01(", "42"),                      # C-a
                ("(+ 10 2)\x1b[D\x1b[D\x1b[D0", "102"),       # cursor left
                ("(+ 10 2)\x02\x02\x0b5)", "15"),            # C-b, C-k
                ("(list 1 wrong\x17 2)", "(1 2)"),           # C-w
                ("'ad\x1b[Db\x1b[C\x1b[Hx\x1b[3~\x1b[H\x1b[3~'\x05e", "abde"),
        ]:
            self.assertEqual(t.answer(typed)[-1:], [value], typed)

    def test_recalled_lines(self):
        t = self.open()
        t.answer("(define n 0)")
        t.answer("(set! n (+ n 1))")
        t.send("\x1b[A\r")
        t.expect(PROMPT)
        self.assertEqual(t.answer("n"), ["2"])
        t.send("\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B\x1b[B42\r")   # back down to the empty line
        t.expect("\n42")
        t.expect(PROMPT)

    def test_long_and_wide_lines(self):
        t = self.open(columns=80)
        digits = "1234567890" * 20
        t.send(f"(string-length \"{digits}\")")
        t.send("\x1b[H" + "\x1b[C" * 3 + "\x05\r")
        t.expect("\n200")
        t.expect(PROMPT)
        self.assertEqual(t.answer('(string-length "\u03bb\u4f60\u597d")')[-1:], ["3"])

    def test_pasted_lines(self):
        t = self.open()
        t.send("(define (area w h)\r  (* w h))\r(area 3\r 4)\r(list 'pasted)\r")
        t.expect("\n12")
        t.expect("\n(pasted)")

    def test_completion(self):
        t = self.open()
        self.assertEqual(t.answer("(call-with-curr\t procedure?)")[-1:], ["#t"])

    def test_a_dumb_terminal_gets_plain_text(self):
        t = self.open(term="dumb")
        t.line("(+ 1 2)")
        t.expect("3")
        t.expect(PROMPT)
        self.assertNotIn(b"\x1b", t.all)
        t.send("\x04")
        self.assertEqual(t.end(), 0)


class Batch(unittest.TestCase):
    def test_print_and_eval(self):
        self.assertEqual(batch("--print", "(+ 1 2)"), (0, "3\n", ""))
        self.assertEqual(batch("--eval", "(define x 4)", "--print", "(* x x)", "--print", '"s"'), (0, '16\n"s"\n', ""))
        self.assertEqual(batch("--eval", '(display "bytes: \u03bb")'), (0, "bytes: \u03bb", ""))

    def test_load_and_arguments(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "app.scm"), "w") as f:
                f.write("(define (greet who)\n  (display (string-append \"hello \" who \"\\n\")))\n"
                        "(for-each greet (cdr (command-line)))\n")
            self.assertEqual(batch("--load", "app.scm", "--", "a", "--b", folder=folder), (0, "hello a\nhello --b\n", ""))

    def test_exit_statuses(self):
        for form, status in [("(exit)", 0), ("(exit #t)", 0), ("(exit #f)", 1), ("(exit 9)", 9), ("(emergency-exit 3)", 3)]:
            self.assertEqual(batch("--eval", form), (status, "", ""), form)
        status, out, err = batch("--eval", "(display 1)", "--eval", "(define (f) (+ 1 (car 'x))) (f)", "--eval", "(display 2)")
        self.assertEqual((status, out), (70, "1"))
        self.assertIn("car: argument 1 must be a pair, got x", err)
        self.assertIn("in f", err)
        self.assertEqual(batch("--load", "no-such-file.scm")[0], 66)
        self.assertEqual(batch("--no-such-option")[0], 64)
        self.assertEqual(batch("--eval")[0], 64)

    def test_standard_input_is_the_programs(self):
        self.assertEqual(batch("--print", "(read-line)", "--print", "(read)", stdin="first line\n(second datum)"),
                         (0, '"first line"\n(second datum)\n', ""))
        self.assertEqual(batch("--print", "(eof-object? (read-char))"), (0, "#t\n", ""))

    def test_a_repl_in_a_pipe_is_plain(self):
        self.assertEqual(batch(stdin='(define x 5)\n(* x\n x)\n(display "hi")\n'), (0, "25\nhi", ""))
        status, out, err = batch(stdin="(car 1)\n(+ 1 2)\n")
        self.assertEqual((status, out), (0, "3\n"))
        self.assertIn("error: car", err)
        self.assertEqual(batch("--eval", "(define y 6)", "--repl", stdin="y\n"), (0, "6\n", ""))
        self.assertEqual(batch(stdin="(exit 4)\n"), (4, "", ""))

    def test_terminate_and_interrupt_signals(self):
        for sent, status in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            p = subprocess.Popen([TOOL, VERB, "--eval", "(display 1) (flush-output-port) (let loop () (loop))"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            self.assertEqual(p.stdout.read(1), b"1")
            p.send_signal(sent)
            p.communicate(timeout=20 * SLOW)
            self.assertEqual(p.returncode, status)


class Saving(SessionCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_from_the_repl_and_on(self):
        t = self.open(folder=self.folder)
        t.answer("(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))")
        t.answer("(define kept (list 1 2.5 \"three\" (make-vector 3 'v) (expt 3 100)))")
        self.assertEqual(t.answer('(save-world "a.world")', 60), ["#t"])
        self.assertEqual(t.answer("(fib 15)"), ["610"])
        t.line("(exit)")
        self.assertEqual(t.end(), 0)
        t = self.open("a.world", folder=self.folder)
        self.assertIn("goes on", self.banner)
        self.assertEqual(t.answer("(fib 20)"), ["6765"])
        self.assertEqual(t.answer("(list (car kept) (vector-ref (list-ref kept 3) 2) (= (list-ref kept 4) (expt 3 100)))"), ["(1 v #t)"])
        t.answer("(define more 'again)")
        t.answer('(define answer (save-world "b.world"))', 60)
        self.assertEqual(t.answer("answer"), ["#t"])
        t.line("(exit)")
        t.end()
        self.assertEqual(batch("b.world", "--ephemeral", "--print", "(list (fib 10) more)", folder=self.folder), (0, "(55 again)\n", ""))
        t = self.open("b.world", folder=self.folder)
        self.assertEqual(t.answer("answer"), ["restored"])
        self.assertEqual(t.answer("(car 1)")[0], "error: car: argument 1 must be a pair, got 1")

    def test_in_the_middle_of_a_computation(self):
        t = self.open(folder=self.folder)
        t.answer("(define p (make-parameter 'out))")
        t.answer("(define (deep n) (if (= n 0) (begin (save-world \"mid.world\") (p)) (let ((v (deep (- n 1)))) (if (= n 1000) (list n v) v))))")
        form = "(dynamic-wind (lambda () (display \"[in]\")) (lambda () (parameterize ((p 'inside)) (deep 1000))) (lambda () (display \"[out]\")))"
        shown = "".join(t.answer(form, 60))
        self.assertIn("(1000 inside)", shown)
        t = self.open("mid.world", folder=self.folder)
        shown = plain(self.banner)
        self.assertIn("[out]", shown)
        self.assertNotIn("[in]", shown)
        self.assertIn("(1000 inside)", shown)

    def test_save_without_a_repl(self):
        with open(os.path.join(self.folder, "app.scm"), "w") as f:
            f.write("(define table (make-equal-hash-table))\n(hash-table-set! table \"k\" 'v)\n")
        self.assertEqual(batch("--load", "app.scm", "--save", "app.world", folder=self.folder), (0, "", ""))
        self.assertEqual(batch("app.world", "--print", '(hash-table-ref table "k")', folder=self.folder), (0, "v\n", ""))
        self.assertEqual(batch("app.world", folder=self.folder, stdin='(hash-table-ref table "k")'), (0, "v\n", ""))

    def test_save_again_in_another_run(self):
        self.assertEqual(batch("--eval", "(define x 1)", "--eval", '(save-world "first.world")', folder=self.folder), (0, "", ""))
        again = batch("first.world", "--ephemeral", "--eval", '(save-world "second.world")', "--print", "(+ x 1)", folder=self.folder)
        self.assertEqual(again, (0, "2\n", ""))
        self.assertEqual(batch("second.world", "--print", "x", folder=self.folder), (0, "1\n", ""))

    def test_garbage_is_not_saved(self):
        used = "(do ((i 0 (+ i 1))) ((= i 3000)) (eval `(lambda (x) (list x ,i)) (interaction-environment)))"
        self.assertEqual(batch("--eval", '(save-world "fresh.world")', folder=self.folder), (0, "", ""))
        self.assertEqual(batch("--eval", used, "--eval", '(save-world "used.world")', folder=self.folder), (0, "", ""))
        fresh, used = (os.path.getsize(os.path.join(self.folder, name)) for name in ("fresh.world", "used.world"))
        self.assertLess(used, 2 * fresh)

    def test_input_read_ahead_stays_with_the_session_that_read_it(self):
        saving = "(define x 41)\n(save-world \"ahead.world\")\n(set! x 0)\n(exit 5)\n"
        self.assertEqual(batch(folder=self.folder, stdin=saving), (5, "#t\n", ""))
        self.assertEqual(batch("ahead.world", folder=self.folder, stdin="(+ x 1)\n"), (0, "42\n", ""))

    def test_failures_are_conditions(self):
        status, _, err = batch("--eval", '(save-world "/no/such/folder/x.world")')
        self.assertEqual(status, 70)
        self.assertIn("save-world", err)
        self.assertEqual(batch("--eval", '(guard (e ((file-error? e) (display "refused"))) (save-world "/no/such/folder/x"))')[1], "refused")


class Machine(unittest.TestCase):
    """Every way to start the machine, and both hosts, take up the same file."""

    def setUp(self):
        if VERB != "boot":
            self.skipTest("only for QEMU")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_tool(self, *arguments):
        done = subprocess.run([TOOL, *arguments], capture_output=True, cwd=self.folder, timeout=60 * SLOW,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode()

    def test_a_world_goes_round(self):
        with open(os.path.join(self.folder, "app.scm"), "w") as f:
            f.write("(define path '())\n(define (visit! how) (set! path (cons how path)))\n"
                    "(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))\n")
        # Made hosted, then saved again by each; the last one tells the whole way.
        self.assertEqual(self.run_tool("run", "--load", "app.scm", "--save", "0.world"), (0, ""))
        ways = [["boot"], ["boot", "--grub"], ["boot", "--uefi"], ["run"]]
        for i, way in enumerate(ways):
            name = "-".join(way)
            status, out = self.run_tool(*way, f"{i}.world", "--eval", f"(visit! '{name})", "--print", "(fib 20)",
                                        "--save", f"{i + 1}.world")
            self.assertEqual((status, out), (0, "6765\n"), name)
            self.assertEqual(self.run_tool("verify", f"{i + 1}.world")[0], 0)
        for way in ways:
            self.assertEqual(self.run_tool(*way, f"{len(ways)}.world", "--print", "(reverse path)"),
                             (0, "(boot boot---grub boot---uefi run)\n"), way)


def main():
    global TOOL, VERB, SLOW
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__)
    TOOL = os.path.abspath(arguments.pop(0))
    if arguments and arguments[0] in ("run", "boot"):
        VERB = arguments.pop(0)
    SLOW = float(os.environ.get("PERDURE_TEST_PATIENCE", "6" if VERB == "run" else "12"))
    unittest.main(argv=[sys.argv[0], "-v", *arguments])


if __name__ == "__main__":
    main()
