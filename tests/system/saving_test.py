#!/usr/bin/env python3
"""save-world while the world goes on: of which moment the file is, who waits for whom, what is left where something ends it.

    tests/system/saving_test.py TOOL [run|boot] [CASE...]
"""
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import unittest

import persistence_test
import session_test
from persistence_test import FIXTURES, LIMIT, children, has_ended, kill_all, until

VERB = "run"
FAILED = "cannot write the world, "


class Saving(persistence_test.Case):
    def setUp(self):
        super().setUp()
        for name in ("changing.scm", "blocked.scm"):
            shutil.copy(os.path.join(FIXTURES, name), self.path(name))

    def exists(self, name):
        return os.path.exists(self.path(name))

    def expect_whole(self, name):
        """What is under that name is a world; and nothing else is left."""
        done = subprocess.run([persistence_test.TOOL, "verify", self.path(name)], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(self.exists(name + ".tmp"))

    def begin(self, *arguments):
        run = subprocess.Popen([persistence_test.TOOL, VERB, self.world, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.addCleanup(run.wait)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.stderr.close)
        self.addCleanup(kill_all, run.pid)
        return run

    def test_others_run_and_the_file_is_of_one_moment(self):
        for kept in ([], ["--ephemeral"]):
            shown = self.lines(*kept, "--load", "changing.scm", "--eval", "(define answer (save-until-seen))", "--print", "(list answer seen)",
                               "--print", "(whole?)")
            self.assertEqual(shown, ["(#t #t)", "#t"])
            self.expect_whole("x.world")
            for host in ("run", VERB):
                self.assertEqual(self.lines("--ephemeral", "--print", "(whole?)", "--print", "(> n 0)", world="x.world", verb=host),
                                 ["#t", "#t"])

    def test_it_goes_on_in_the_file_where_it_was(self):
        program = """
          (define answers '())
          (define saver (spawn (lambda ()
            (let ((answer (save-world "x.world" "by a process")))
              (set! answers (cons answer answers))
              (if (eq? answer 'restored) (begin (wait-until (lambda () (whole?))) (set! answers (cons 'whole answers))))))))
          (process-join saver)"""
        self.assertEqual(self.lines("--load", "changing.scm", "--eval", program, "--print", "answers"), ["(#t)"])
        self.assertEqual(self.lines("--eval", "(process-join saver)", "--print", "answers", world="x.world", stdin=None), ["(whole restored)"])

    def test_checkpoints_and_other_files_wait_for_their_turn(self):
        program = """
          (auto-checkpoint! 0.01)
          (define savers (map (lambda (name) (spawn (lambda () (save-world name)))) '("a.world" "b.world" "c.world")))
          (define keepers (map (lambda (i) (spawn (lambda () (checkpoint "asked")))) '(1 2 3)))
          (define saved (map process-join savers))
          (define numbers (map process-join keepers))
          (auto-checkpoint! #f)"""
        shown = self.lines("--load", "changing.scm", "--eval", program, "--print", "saved", "--print", "(apply < (sort numbers <))",
                           "--print", "(length (filter (lambda (g) (equal? (cdr (assq 'note g)) \"asked\")) (world-history)))")
        self.assertEqual(shown, ["(#t #t #t)", "#t", "3"])
        self.verify()
        for name in ("a.world", "b.world", "c.world"):
            self.expect_whole(name)
            self.assertEqual(self.lines("--print", "(whole?)", world=name, verb="run"), ["#t"])

    def test_the_file_that_the_world_is_kept_in(self):
        """It gets a generation, and goes on being kept."""
        for name in ("my.world", "./my.world", self.path("my.world")):
            shown = self.lines("--eval", "(define x 'then)", "--print", f'(save-world "{name}" "by name")', "--eval", "(set! x 'now)",
                               "--print", "(cdr (assq 'note (list-ref (world-history) (- (length (world-history)) 1))))")
            self.assertEqual(shown, ["#t", '"by name"'])
            self.assertFalse(self.exists("my.world.tmp"))
            self.verify()
            self.assertEqual(self.lines("--print", "x"), ["now"])

    def test_going_back_while_a_file_is_written(self):
        shown = self.lines("--eval", "(define x 'then)", "--eval", "(define back (checkpoint))", "--load", "changing.scm", "--eval", "(begin-saving)",
                           "--eval", "(set! x 'now)", "--eval", "(rollback back)", "--print", "x", stdin="x\n")
        self.assertEqual(shown[-1], "then")
        self.expect_whole("x.world")
        self.verify()

    def test_the_end_of_a_run_waits_for_the_file(self):
        for kept in ([], ["--ephemeral"]):
            for end in ("(exit 3)", "(emergency-exit 3)"):
                self.world = self.new("my.world")
                done = self.run_world(*kept, "--load", "changing.scm", "--eval", "(begin-saving)", "--eval", end)
                self.assertEqual((done.returncode, done.stderr), (3, ""))
                self.expect_whole("x.world")
        self.verify()

    def test_a_host_that_has_to_end_completes_the_file(self):
        for kept in ([], ["--ephemeral"]):
            self.world = self.new("my.world")
            run = self.begin(*kept, "--load", "changing.scm", "--eval", "(begin-saving)", "--print", "'saving", "--eval", "(wait-until (lambda () #f))")
            self.assertEqual(run.stdout.readline(), "saving\n")
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(LIMIT), 143)
            self.expect_whole("x.world")

    def test_a_host_that_is_killed_leaves_nothing_that_looks_like_a_world(self):
        for _ in range(3):
            self.world = self.new("my.world")
            run = self.begin("--load", "changing.scm", "--eval", "(begin-saving)", "--print", "'saving", "--eval", "(wait-until (lambda () #f))")
            self.assertEqual(run.stdout.readline(), "saving\n")
            if VERB == "run":      # the process that writes hears of it, and takes its part away
                writers = children(run.pid)
                os.kill(run.pid, signal.SIGKILL)
                run.wait(LIMIT)
                until(lambda: all(map(has_ended, writers)))
            else:
                kill_all(run.pid)
            if self.exists("x.world"):
                done = subprocess.run([persistence_test.TOOL, "verify", self.path("x.world")], capture_output=True, text=True, timeout=LIMIT)
                self.assertEqual(done.returncode, 0, done.stderr)
                os.unlink(self.path("x.world"))
            self.verify()

    def test_a_writer_that_is_killed(self):
        if VERB == "boot":
            self.skipTest("the machine has no second process")
        run = self.begin("--ephemeral", "--load", "changing.scm", "--print",
                         '(let loop () (guard (e ((file-error? e) (error-object-message e))) (save-world "x.world") (loop)))',
                         "--eval", '(call-with-output-file "failed" (lambda (port) (wait-until (lambda () (file-exists? "go on")))))',
                         "--print", '(save-world "x.world")')

        def kill_some():      # one may have ended just before
            for each in children(run.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            return self.exists("failed")
        until(kill_some)
        open(self.path("go on"), "w").close()
        out, errors = run.communicate(timeout=LIMIT)
        self.assertEqual((out, errors, run.returncode), (f'"{FAILED}the host could not write it:"\n#t\n', "", 0))
        self.expect_whole("x.world")

    def test_no_room(self):
        """The file of that name stays what it is, and others go on."""
        self.lines("--ephemeral", "--eval", "(define old 'old)", "--eval", '(save-world "x.world")')
        room = 1 << 22

        def no_more_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        done = subprocess.run([persistence_test.TOOL, VERB, self.world, "--ephemeral", "--load", "changing.scm", "--print",
                               '(guard (e ((file-error? e) (error-object-message e))) (save-world "x.world"))', "--print", "(whole?)"],
                              capture_output=True, text=True, cwd=self.folder, preexec_fn=no_more_room, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout), (0, f'"{FAILED}the disk is full:"\n#t\n'), done.stderr)
        self.expect_whole("x.world")
        self.assertEqual(self.lines("--ephemeral", "--print", "old", world="x.world"), ["old"])
        # Where nobody is left to hear of it, the end of the run says it. (It may also come between two tries.)
        trying = '(spawn (lambda () (let loop () (guard (e ((file-error? e) #f)) (save-world "x.world")) (loop))))'

        def told_at_the_end():
            done = subprocess.run([persistence_test.TOOL, VERB, self.world, "--ephemeral", "--load", "changing.scm", "--eval", trying,
                                   "--eval", "(wait-until (lambda () seen))", "--eval", "(exit)"],
                                  capture_output=True, text=True, cwd=self.folder, preexec_fn=no_more_room, timeout=LIMIT)
            told = (done.returncode, done.stderr) == (74, f"perdure: {FAILED}the disk is full: x.world\n")
            self.assertTrue(told or (done.returncode, done.stderr) == (0, ""), done)
            return told
        until(told_at_the_end)

    def test_places_that_cannot_be(self):
        os.mkdir(self.path("folder"))
        refused = '(guard (e ((file-error? e) (list (error-object-message e) (error-object-irritants e)))) (save-world "{}"))'
        for name, why in (("no/such/a.world", "no such directory"), ("folder", "it is a directory"), ("changing.scm/a", "part of the path is no directory")):
            self.assertEqual(self.lines("--print", refused.format(name)), [f'("{FAILED}{why}:" ("{name}"))'])
        self.assertEqual(sorted(os.listdir(self.folder)), ["blocked.scm", "changing.scm", "folder", "my.world"])

    def test_the_interrupt_key(self):
        t = self.terminal()
        t.answer('(load "changing.scm")', LIMIT)
        t.line("(begin (display 'begun) (newline) (let loop () (save-world \"x.world\") (loop)))")
        t.expect("begun\r\n")
        t.send("\x03")
        t.expect("interrupted", LIMIT)
        t.expect(session_test.PROMPT, LIMIT)
        self.assertEqual(t.answer('(list (save-world "y.world") (save-world "x.world"))', LIMIT), ["(#t #t)"])
        t.line("(exit)")
        self.assertEqual(t.end(LIMIT), 0)
        self.expect_whole("x.world")
        self.expect_whole("y.world")

    def test_processes_that_wait_in_every_way(self):
        self.lines("--ephemeral", "--load", "blocked.scm", "--load", "changing.scm", "--eval", "(until-blocked)", "--eval", "(save-until-seen)", stdin=None)
        self.assertEqual(self.lines("--ephemeral", "--eval", "(finish!)", "--eval", "(until-finished)", "--print", "(result 'receive)", "--print", "(whole?)",
                                    stdin="a line\n", world="x.world"), ["(a message)", "#t"])

    def test_memory_that_ran_out(self):
        program = """
          (define kept '())
          (define full (guard (e (#t 'full)) (let loop () (set! kept (cons (make-vector 1000 0) kept)) (loop))))
          (set! kept (cddr kept))
          (define answer (guard (e ((file-error? e) #f)) (save-world "x.world")))
          (set! kept '())"""
        self.assertEqual(self.lines("--ephemeral", "--memory", "128M", "--eval", program, "--print", "(list full (save-world \"y.world\"))"), ["(full #t)"])
        self.expect_whole("y.world")


def main():
    global VERB
    persistence_test.TOOL = session_test.TOOL = os.path.abspath(sys.argv[1])
    arguments = sys.argv[2:]
    if arguments and arguments[0] in ("run", "boot"):
        VERB = persistence_test.VERB = session_test.VERB = arguments.pop(0)
    unittest.main(argv=[sys.argv[0], *arguments], verbosity=2)


if __name__ == "__main__":
    main()
