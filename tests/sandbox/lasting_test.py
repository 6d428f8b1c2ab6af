#!/usr/bin/env python3
"""Sandboxes in worlds that are kept: in the middle of a call, of a handler, of a system call, stopped, and so on, they go on from any generation,
on either host.

    tests/sandbox/lasting_test.py TOOL EXTENSIONS [CASE...]

EXTENSIONS is the folder where the build leaves lasting.ext. What is done is in lasting.scm.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

TOOL, EXTENSIONS = "perdure", "."
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds; ends what hangs, and judges no speed

STATES = (
    "((idle idle) (call running) (message running) (fault running) (mask running) (receive waiting) (grant waiting) (stopped stopped) "
    "(faulted stopped) (limited running-or-over) (share running-or-over) (killed killed) (timer running-or-over))\n"
)
FINISHED = """(idle (100000 884736))
(call 1)
(message 11)
(fault 11)
(mask 3)
(receive (65 1))
(grant 42)
(stopped still-there)
(stopped 1)
(faulted (stopped 16))
(faulted 0)
(limited (limit-exceeded #t))
(share (limit-exceeded #t))
(killed killed)
(timer came)
(left 12)
"""


class Lasting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-lasting-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copy(pathlib.Path(EXTENSIONS) / "lasting.ext", self.folder)
        shutil.copy(HERE / "lasting.scm", self.folder)

    def tool(self, *arguments):
        result = subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def new_world(self):
        (self.folder / "w").unlink(missing_ok=True)
        self.tool("new", "w")

    def begin(self, host, *forms):
        self.new_world()
        return self.tool(host, "w", "--load", "lasting.scm", "--eval", "(begin-all!)", *[part for form in forms for part in ("--eval", form)])

    def test_from_host_to_host_to_host(self):
        for first, second, third in (("run", "boot", "run"), ("boot", "run", "boot"), ("run", "run", "run"), ("boot", "boot", "boot")):
            with self.subTest(hosts=(first, second, third)):
                self.begin(first)
                self.assertEqual(self.tool(second, "w", "--print", "(states)"), STATES)
                self.assertEqual(self.tool(third, "w", "--eval", "(finish-all!)"), FINISHED)

    def test_an_older_generation(self):
        for first, second in (("run", "boot"), ("boot", "run")):
            with self.subTest(hosts=(first, second)):
                self.begin(first, '(begin (write (checkpoint)) (newline))', "(for-each sandbox-kill! (sandbox-list))")
                number = self.tool("log", "w").splitlines()[-2].split()[0]
                self.assertEqual(self.tool(second, "w", "--print", "(length (sandbox-list))"), "0\n")
                self.assertEqual(self.tool(second, f"w@{number}", "--eval", "(finish-all!)"), FINISHED)
                self.assertEqual(self.tool(first, f"w@{number}", "--eval", "(finish-all!)"), FINISHED)

    def test_going_back(self):
        """Within a run: what was done since is as if it had not been, of what belonged to a sandbox that has ended too."""
        there_and_back = """(let ((here (checkpoint "here")))
          (if (equal? (cdr (assq 'note (car (reverse (world-history))))) "here")
              (begin
                (go! 'call)
                (result 'call)
                (for-each sandbox-kill! (sandbox-list))
                (let loop ((n 20)) (if (> n 0) (begin (make-sandbox "lasting.ext") (loop (- n 1)))))
                (rollback here))
              (finish-all!)))"""
        for host in ("run", "boot"):
            with self.subTest(host=host):
                self.assertEqual(self.begin(host, there_and_back), FINISHED)

    def test_killed_between_automatic_checkpoints(self):
        """Ring 3 runs while they are made; the last one goes on."""
        for first, second in (("run", "boot"), ("boot", "run"), ("run", "run")):
            with self.subTest(hosts=(first, second)):
                self.new_world()
                command = [TOOL, first, "w", "--load", "lasting.scm", "--eval", "(begin-all!)", "--eval", "(auto-checkpoint! 0.2)",
                           "--eval", "(define (newest) (cdr (assq 'number (car (reverse (world-history))))))",
                           # Of the next two, one was begun after all that.
                           "--eval", "(let ((before (newest))) (until (lambda () (> (newest) (+ before 1)))) (display 'ready) (newline) (sleep 1000))"]
                process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
                self.assertEqual(process.stdout.readline(), "ready\n")
                time.sleep(0.1)
                process.kill()
                process.wait()
                process.stdout.close()
                self.wait_until_free()
                self.assertEqual(self.tool(second, "w", "--eval", "(finish-all!)"), FINISHED)

    def test_what_has_not_changed_is_not_written_again(self):
        forms = """(define many (let loop ((n 20) (all '())) (if (= n 0) all (loop (- n 1) (cons (open n) all)))))
          (for-each (lambda (s) (sandbox-call s 'fill 100000)) many)
          (checkpoint)
          (define (pages-of-a-checkpoint) (checkpoint) (cdr (assq 'changed (car (reverse (world-history))))))
          (pages-of-a-checkpoint)
          (write (list (< (pages-of-a-checkpoint) 150)
                       (begin (sandbox-call (car many) 'check_filled 1) (< (pages-of-a-checkpoint) 150))
                       (begin (for-each (lambda (s) (sandbox-call s 'fill 100000)) many) (> (pages-of-a-checkpoint) 3000))))"""
        for host in ("run", "boot"):
            with self.subTest(host=host):
                self.new_world()
                self.assertEqual(self.tool(host, "w", "--load", "lasting.scm", "--eval", "(auto-checkpoint! #f)", "--eval", f"(begin {forms})"),
                                 "(#t #t #t)")

    def wait_until_free(self):
        """A booted machine may live a moment longer than the tool."""
        for _ in range(100):
            if subprocess.run([TOOL, "run", "w", "--eval", "1"], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True).returncode != 75:
                return
            time.sleep(0.1)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    TOOL, EXTENSIONS = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
