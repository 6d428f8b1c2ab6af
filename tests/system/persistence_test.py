#!/usr/bin/env python3
"""Worlds that last: checkpoints, what comes back after the plug is pulled, going back, hooks, what a run is told.

    tests/system/persistence_test.py TOOL [run|boot] [CASE...]

`run` is the hosted machine, `boot` QEMU. Both must pass the same cases; with `boot`, worlds also go from one to the other.
"""
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import session_test
from session_test import PROMPT, Terminal

TOOL = "perdure"
VERB = "run"
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
GOES_ON = "Perdure: a saved world goes on."
LIMIT = 300  # seconds; ends a test that hangs, and judges no speed


def until(done):
    """Waits for what is bound to come; how long it takes is nobody's business."""
    deadline = time.monotonic() + LIMIT
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come")
        time.sleep(0.05)


def has_ended(pid):
    """Whether it is gone, or dead and only not waited for yet: with all its threads, of which the last one closes its files."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX" and len(os.listdir(f"/proc/{pid}/task")) == 1
    except OSError:
        return True


def kill_all(pid):
    """All at once, as a power cut; with `boot`, QEMU and the tool. Their locks of the file are gone with them."""
    pids = [*children(pid), pid]
    for each in pids:
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until(lambda: all(map(has_ended, pids)))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.world = self.new("my.world")

    def path(self, name):
        return os.path.join(self.folder, name)

    def new(self, name, *arguments):
        """A world of one's own; made on the hosted machine, which is fast."""
        done = subprocess.run([TOOL, "run", *arguments, "--save", self.path(name)], capture_output=True, text=True, timeout=LIMIT,
                              cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return name

    def run_world(self, *arguments, stdin="", verb=None, seconds=LIMIT, world=None):
        """stdin None: input that neither comes nor ends."""
        silent, speaker = os.pipe() if stdin is None else (None, None)
        feed = {"stdin": silent} if stdin is None else {"input": stdin}
        try:
            return subprocess.run([TOOL, verb or VERB, world or self.world, *arguments], capture_output=True, text=True,
                                  timeout=seconds, cwd=self.folder, **feed)
        finally:
            for each in (silent, speaker):
                if each is not None:
                    os.close(each)

    def lines(self, *arguments, **options):
        """What a run that ends well writes."""
        done = self.run_world(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout.splitlines()

    def typed(self, text, **options):
        return self.lines(stdin=text, **options)

    def terminal(self, *arguments, world=None, **options):
        terminal = Terminal(world or self.world, *arguments, folder=self.folder, **options)
        self.addCleanup(terminal.close)
        self.banner = terminal.expect(PROMPT, 60)
        return terminal

    def pull_the_plug(self, terminal):
        kill_all(terminal.pid)
        os.waitpid(terminal.pid, 0)
        terminal.status = -9

    def log(self):
        """The generations, as numbers and notes."""
        done = subprocess.run([TOOL, "log", self.path(self.world)], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()[1:]

    def newest(self):
        return int(self.log()[-1].split()[0])

    def verify(self):
        done = subprocess.run([TOOL, "verify", self.path(self.world)], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)


def children(pid):
    found = []
    for each in os.listdir("/proc"):
        if each.isdigit():
            try:
                with open(f"/proc/{each}/stat") as f:
                    parent = int(f.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [*children(int(each)), int(each)]
    return found


class OldAndYoung(Case):
    """Collections that look only at what is young, and at old pages that have changed (docs/machine.md, Memory)."""

    def rounds(self, first, last):
        """Each stores young objects in old ones, and collects many times; what an earlier run stored is looked at first."""
        work = "(begin (put! {0}) (%gc-stress! 20) (churn 10000) (%gc-stress! 0) (churn 200000))"
        forms = [f"(held {first - 1})"] if first > 1 else []
        for n in range(first, last + 1):
            forms += [work.format(n), f"(held {n})"]
        forms += ["(begin (collect-garbage) (churn 200000))", f"(held {last})"]
        return "".join(form + "\n" for form in forms)

    def test_young_objects_in_old_ones_live(self):
        self.new("my.world", "--load", os.path.join(FIXTURES, "old-and-young.scm"))
        for first, last in (1, 3), (4, 5), (6, 6):
            shown = self.typed(self.rounds(first, last))
            self.assertEqual([each for each in shown if each.startswith("(") and each != "()"], [])
            self.assertEqual(shown.count("()"), last - first + 2 + (first > 1))


class Checkpoints(Case):
    def test_what_was_committed_is_there_after_a_power_cut(self):
        t = self.terminal()
        t.answer("(define x 'kept)")
        first = int(t.answer('(checkpoint "first")')[0])
        t.answer("(define x 'changed)")
        second = int(t.answer("(checkpoint)")[0])
        self.assertGreater(second, first)
        self.pull_the_plug(t)
        self.verify()
        t = self.terminal()
        self.assertIn(GOES_ON, self.banner)
        self.assertEqual(t.answer("x"), ["changed"])

    def test_a_form_goes_on_behind_its_checkpoint(self):
        t = self.terminal()
        t.answer("(import (only (perdure world) auto-checkpoint!))")
        t.answer("(auto-checkpoint! #f)")
        t.line("(let loop ((i 0)) (if (< i 3) (begin (checkpoint) (display (list 'step i)) (newline) (loop (+ i 1))) (sleep)))"
               .replace("(sleep)", "(let forever () (forever))"))
        t.expect("(step 2)")
        self.pull_the_plug(t)
        t = Terminal(self.world, folder=self.folder)
        self.addCleanup(t.close)
        t.expect("(step 2)", 60)       # the third one was committed, and had not been left
        t.send("\x03")
        t.expect("interrupted")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])

    def test_it_saves_itself(self):
        t = self.terminal()
        t.answer("(import (perdure world) (perdure process))")
        self.assertEqual(t.answer("(auto-checkpoint-seconds)"), ["10"])
        t.answer("(auto-checkpoint! 0.3)")
        t.answer("(define x 'kept-by-itself)")
        before = self.newest()        # of the next two, one was begun after that

        def work():
            t.answer("x")
            return self.newest() > before + 1
        until(work)
        self.assertIn("auto-checkpoint", " ".join(t.answer("(map process-name (process-list))")))
        self.pull_the_plug(t)
        t = self.terminal()
        self.assertEqual(t.answer("x"), ["kept-by-itself"])
        t.answer("(import (perdure world))")
        self.assertEqual(t.answer("(auto-checkpoint-seconds)"), ["0.3"])

    def test_an_idle_world_is_left_alone(self):
        t = self.terminal()
        t.answer("(import (perdure world))")
        t.answer("(auto-checkpoint! 0.2)")

        def left_alone():
            before = self.log()
            time.sleep(2)
            return self.log() == before
        until(left_alone)
        before = self.log()
        t.answer("(define x 1)")
        until(lambda: len(self.log()) > len(before))

    def test_it_can_be_told_not_to(self):
        t = self.terminal()
        t.answer("(import (perdure world) (perdure process))")
        t.answer("(auto-checkpoint! 0.2)")
        t.answer("(auto-checkpoint! #f)")
        t.answer("(checkpoint)")      # after one that had been begun
        before = self.log()
        t.answer("(define x 1)")
        time.sleep(1)
        self.assertEqual(self.log(), before)
        self.assertNotIn("auto-checkpoint", " ".join(t.answer("(map process-name (process-list))")))

    def test_others_run_while_one_is_written(self):
        self.assertEqual(self.lines("--eval", "(import (perdure process))", "--eval", "(define n 0)",
                                    "--eval", "(define p (spawn (lambda () (let loop () (set! n (+ n 1)) (loop)))))",
                                    "--eval", "(define v (make-vector 2000000 0)) (checkpoint) (define before n) (vector-fill! v 1)",
                                    "--eval", "(checkpoint)", "--print", "(> n before)"), ["#t"])

    def test_those_who_ask_together_are_served_in_order(self):
        program = """
          (import (perdure process))
          (define done '())
          (define ps (map (lambda (i) (spawn (lambda () (let ((n (checkpoint (number->string i)))) (set! done (cons (cons i n) done))))))
                          '(1 2 3 4 5)))
          (for-each process-join ps)
          (define numbers (map cdr (reverse done)))"""
        self.assertEqual(self.lines("--eval", program, "--print", "(sort (map car done) <)", "--print", "(equal? numbers (sort numbers <))",
                                    "--print", "(length (delete-duplicates numbers))",
                                    "--print", "(equal? (map (lambda (each) (number->string (car each))) (reverse done)) "
                                    "(filter string->number (map (lambda (g) (cdr (assq 'note g))) (world-history))))"),
                         ["(1 2 3 4 5)", "#t", "5", "#t"])

    def test_a_process_killed_in_the_middle_leaves_its_turn(self):
        program = """
          (import (perdure process) (perdure world))
          (define slow (on-save (lambda () (if (eq? (process-name (self)) 'slow) (sleep 1000)))))
          (define p (spawn checkpoint 'slow))
          (sleep 0.2)
          (define q (spawn checkpoint))
          (sleep 0.2)
          (kill! p) (kill! p)"""
        self.assertEqual(self.lines("--eval", program, "--print", "(integer? (process-join q 300 'late))"), ["#t"])

    def killed_at_each_poll(self, saving, step):
        program = f"""
          (import (perdure process) (perdure world))
          (define (save) {saving})
          (define (killed-at? n)
            (let ((p (make-process save)) (killed? #f))
              (%after-polls! n (lambda ()
                                 (set! killed? (process-alive? p))
                                 (process-wait (spawn (lambda () (kill! p) (kill! p))) #f)))
              (process-start! p)
              (process-wait p #f)
              (%after-polls! 0 car)
              killed?))
          (define (answers?) (and (process-join (spawn save) 300 #f) #t))
          (define (attempt n killed)
            (let ((killed? (killed-at? n)))
              (cond ((not (answers?)) (list 'blocked n))
                    (killed? (attempt (+ n {step}) (+ killed 1)))
                    (else (> killed 3)))))"""
        self.assertEqual(self.lines("--eval", program, "--print", "(attempt 1 0)"), ["#t"])

    def test_a_process_killed_at_any_poll_of_a_checkpoint_stops_no_other(self):
        self.killed_at_each_poll("(checkpoint)", 1)

    def test_a_process_killed_at_any_poll_of_a_save_stops_no_other(self):
        self.killed_at_each_poll('(save-world "saved.world")', 5)
        self.assertEqual(self.lines("--print", "(+ 1 2)", world="saved.world"), ["3"])

    def test_a_process_that_gives_up_waiting_leaves_the_line(self):
        program = """
          (import (perdure process) (perdure world) (perdure limits))
          (define me (self))
          (define slow (on-save (lambda () (if (eq? (process-name (self)) 'slow) (begin (send! me 'saving) (receive))))))
          (define p (spawn checkpoint 'slow))
          (receive)
          (define answer (guard (e ((limit-exceeded? e) 'gave-up)) (with-limits ((wall 0.1)) (checkpoint))))
          (send! p 'go-on)"""
        self.assertEqual(self.lines("--eval", program, "--print", "(list answer (integer? (process-join p)) "
                                    "(integer? (process-join (spawn checkpoint) 300 'late)))"), ["(gave-up #t #t)"])

    def test_mistakes(self):
        def refused(form, *message):
            done = self.run_world("--eval", "(import (perdure world))", "--eval", form)
            self.assertEqual((done.returncode, done.stderr.splitlines()[0]), (70, "error: " + " ".join(message)))
        refused("(checkpoint 5)", "checkpoint: argument 1 must be a string of at most 176 bytes, got 5")
        refused("(rollback 12345)", "rollback: there is no such generation: 12345")
        refused("(rollback 'x)", "rollback: argument 1 must be the number of a generation, got x")
        refused("(keep-generation! 12345)", "keep-generation!: there is no such generation: 12345")
        refused("(auto-checkpoint! 'often)", "auto-checkpoint!: argument 1 must be a positive number of seconds or #f, got often")
        refused("(on-save 5)", "on-save: argument 1 must be a procedure, got 5")
        refused("(remove-hook! 5)", "remove-hook!: argument 1 must be a hook of on-save or on-restore, got 5")

    def test_a_run_that_is_not_kept_says_so(self):
        size = os.path.getsize(self.path(self.world))
        for form in ("(checkpoint)", "(rollback 1)", "(keep-generation! 1)"):
            done = self.run_world("--ephemeral", "--print", f"(guard (e ((file-error? e) (error-object-message e))) {form})")
            self.assertEqual(done.stdout, '"nothing of this run is kept: it was not started from a world file that can be written"\n')
        self.assertEqual(self.lines("--ephemeral", "--print", "(map (lambda (g) (map car g)) (world-history))"),
                         ["((number time size changed note kept? parent))"])
        self.assertEqual(self.lines("--ephemeral", "--eval", "(define x 1)"), [])
        self.assertEqual(os.path.getsize(self.path(self.world)), size)
        self.assertEqual(self.lines("--ephemeral", "--eval", "(import (perdure process))", "--print", "(map process-name (process-list))"),
                         ["(main)"])

    def test_memory_that_ran_out_does_not_keep_a_world_from_lasting(self):
        program = """
          (import (perdure process) (perdure limits))
          (define kept 'yes)
          (define (eat) (let loop ((l '())) (loop (cons (make-vector 1000 0) l))))
          (define limited (guard (e ((limit-exceeded? e) (checkpoint) 'limit)) (with-limits ((memory 20000000)) (eat))))
          (define full (guard (e (#t (checkpoint) 'full)) (eat)))"""
        self.assertEqual(self.lines("--memory", "192M", "--eval", program, "--print", "(list limited full)"), ["(limit full)"])
        self.assertEqual(self.lines("--print", "(list kept limited)"), ["(yes limit)"])


    def test_a_full_disk(self):
        if VERB == "boot":
            self.skipTest("QEMU's disk is made long enough before")
        room = os.path.getsize(self.path(self.world)) + 2_000_000

        def no_more_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        program = """
          (import (perdure world) (perdure process))
          (define small 'kept)
          (checkpoint)
          (auto-checkpoint! 0.2)
          (define big (make-vector 1000000 (vector 1.5 'x)))
          (let loop ((i 0)) (if (< i 1000000) (begin (vector-set! big i i) (loop (+ i 1)))))
          (define answer (guard (e ((file-error? e) (error-object-message e))) (checkpoint)))"""
        with subprocess.Popen([TOOL, VERB, self.world, "--eval", program, "--print", "answer", "--repl"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder, preexec_fn=no_more_room) as run:
            self.assertEqual(run.stdout.readline(), '"the world\'s file cannot grow, the disk is full"\n')
            # The world says so once for all its own tries, and once more when the run ends; the status tells, too.
            self.assertEqual(run.stderr.readline(), "auto-checkpoint: error: checkpoint: the world's file cannot grow, the disk is full\n")
            out, errors = run.communicate(timeout=LIMIT)
        self.assertEqual((out, errors), ("", "perdure: error: checkpoint: the world's file cannot grow, the disk is full\n"))
        self.assertEqual(run.returncode, 74)
        self.verify()
        self.assertEqual(self.lines("--print", "small"), ["kept"])

    def test_a_disk_too_full_for_a_new_world(self):
        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
        run = subprocess.run([TOOL, "new", "too-large.world"], capture_output=True, text=True, cwd=self.folder, preexec_fn=little_room, timeout=LIMIT)
        self.assertEqual((run.returncode, run.stdout), (73, ""))
        self.assertRegex(run.stderr, 'cannot write the world, .*: "too-large.world"')
        self.assertFalse(os.path.exists(self.path("too-large.world")))


class Ends(Case):
    def test_each_end_of_a_run_keeps_the_world_at_the_prompt(self):
        self.typed("(define a 1)\n")                                   # the end of input
        self.typed("(define b 2) (exit) (define b 3)\n")
        self.lines("--eval", "(define c 3)")
        self.assertEqual(self.run_world("--eval", "(define d 4) (exit 7)").returncode, 7)
        self.assertEqual(self.run_world("--eval", "(define e 5)", "--eval", "(car 0)").returncode, 70)
        t = self.terminal()
        self.assertIn(GOES_ON, self.banner)
        self.assertEqual(t.answer("(list a b c d e)"), ["(1 2 3 4 5)"])
        t.line("(begin (define f 6) (exit 3))")
        self.assertEqual(t.end(), 3)
        t = self.terminal()
        self.assertEqual(t.answer("f"), ["6"])
        t.send("\x04")
        self.assertEqual(t.end(), 0)
        self.verify()

    def test_emergency_exit_keeps_nothing(self):
        self.lines("--eval", "(define a 1)")
        self.lines("--eval", "(define a 2) (emergency-exit)")
        self.assertEqual(self.lines("--print", "a"), ["1"])

    def test_processes_go_on_after_the_end_of_a_run(self):
        self.lines("--eval", "(import (perdure process))", "--eval", "(define n 0)",
                   "--eval", "(define p (spawn (lambda () (let loop () (sleep 0.01) (set! n (+ n 1)) (loop)))))", "--eval", "(define (until ready?) (if (not (ready?)) (begin (sleep 0.01) (until ready?))))")
        goes_on = "(let ((before n)) (until (lambda () (> n before))) n)"
        first = int(self.lines("--print", goes_on)[0])
        second = int(self.lines("--print", goes_on)[0])
        self.assertGreater(second, first)

    def test_exit_in_another_process(self):
        program = """
          (import (perdure process))
          (define m (spawn (lambda () (guard (e (#t (display "never"))) (receive) (exit 5)))))
          (define w (spawn (lambda () (process-wait m #f) (set! told #t)))) (define told #f)
          (send! m 'now)
          (sleep 1000)"""
        self.assertEqual(self.run_world("--eval", program).returncode, 5)
        self.assertEqual(self.lines("--eval", "(process-join w)", "--print", "(list told (process-alive? m) (process-reason m))"), ["(#t #f exit)"])

    RESTLESS = """
      (import (perdure process) (perdure world))
      (define made 0)
      (define restless (spawn (lambda () (let loop () (checkpoint "restless") (set! made (+ made 1)) (loop)))))"""

    def test_nothing_runs_between_the_last_generation_and_the_end(self):
        self.lines("--eval", self.RESTLESS, "--eval", "(let until () (if (= made 0) (begin (sleep 0.01) (until))))")
        self.assertIn("end of a run", self.log()[-1])
        for _ in range(3):
            with subprocess.Popen([TOOL, VERB, self.world], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder) as going:
                time.sleep(2)
                self.assertIsNone(going.poll())              # it is at its prompt, and does not end as the run before did
                out, _ = going.communicate(b"(> made 0)\n", timeout=LIMIT)
                self.assertEqual(out, b"#t\n")

    def test_a_run_killed_while_it_ends_does_not_end_the_next_one(self):
        t = self.terminal()
        t.answer("(import (perdure process) (perdure world))")
        t.answer("(auto-checkpoint! #f)")
        t.answer("(define p (spawn (lambda () (receive) (checkpoint \"in between\"))))")
        t.answer("(define (until-the-next-run this) (if (equal? this (instance-id)) (begin (sleep 0.01) (until-the-next-run this))))")
        t.answer("(define slow (on-save (lambda () (if (eq? (process-name (self)) 'main) (begin (send! p 'now) (until-the-next-run (instance-id)))))))")
        t.line("(exit)")
        until(lambda: "in between" in self.log()[-1])
        self.pull_the_plug(t)
        t = self.terminal()
        t.answer("(remove-hook! slow)")
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])
        t.line("(exit)")
        self.assertEqual(t.end(), 0)

    def test_a_batch_run_of_a_world_that_waited_for_a_line(self):
        self.lines("--eval", self.RESTLESS)
        for _ in range(2):
            with subprocess.Popen([TOOL, VERB, self.world], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder) as going:
                time.sleep(2)
                kill_all(going.pid)
            self.assertEqual(self.lines("--print", "(list 'asked)"), ["(asked)"])

    def test_a_host_that_has_to_end_stops_a_computation_where_it_is(self):
        t = self.terminal()
        t.line("(begin (display 'begun) (newline) (let loop ((i 0)) (if (< i 1000000000000000) (loop (+ i 1)) 'done)))")
        t.expect("begun\r\n")
        os.kill(t.pid, signal.SIGTERM)
        self.assertEqual(t.end(), 143)
        t = Terminal(self.world, folder=self.folder)
        self.addCleanup(t.close)
        t.expect("goes on", 60)
        t.send("\x03")
        t.expect("interrupted", 30)
        t.expect(PROMPT)
        self.assertEqual(t.answer("(+ 1 2)"), ["3"])

    def test_a_host_that_has_to_end_at_the_prompt(self):
        t = self.terminal()
        t.answer("(define x 5)")
        t.send("(* x ")
        t.expect("(* x ")                      # it has been read
        os.kill(t.pid, signal.SIGTERM)
        self.assertEqual(t.end(), 143)
        t = self.terminal()                    # what was being typed is there, too
        self.assertIn(GOES_ON, self.banner)
        t.line("8)")
        t.expect("40")

    def test_from_a_terminal_to_a_pipe_and_back(self):
        t = self.terminal()
        t.answer("(define x 5)")
        t.answer("(checkpoint)")
        t.send("(list 'half")
        t.expect("(list 'half")
        os.kill(t.pid, signal.SIGTERM)
        t.end()
        self.assertEqual(self.typed("(* x 2)\n"), ["10"])
        t = self.terminal()
        self.assertEqual(t.answer("x"), ["5"])


class Generations(Case):
    def test_history(self):
        self.lines("--eval", '(checkpoint "one")', "--eval", '(define big (make-vector 100000 1))', "--eval", '(checkpoint "two, λ")')
        program = "(map (lambda (g) (map (lambda (key) (cdr (assq key g))) '(number note kept? parent))) (world-history))"
        first = self.lines("--print", program)[0]
        self.assertIn('"one"', first)
        self.assertIn('"two, λ"', first)
        self.assertEqual(self.lines("--print", """
          (let ((h (world-history)))
            (list (apply < (map (lambda (g) (cdr (assq 'number g))) h))
                  (apply <= (map (lambda (g) (cdr (assq 'time g))) h))
                  (< (abs (- (current-second) (cdr (assq 'time (list-ref h (- (length h) 1)))))) 600)
                  (> (cdr (assq 'size (car h))) 10000000)
                  (> (apply max (map (lambda (g) (cdr (assq 'changed g))) (cdr h))) 195)))"""), ["(#t #t #t #t #t)"])

    def test_a_new_world_from_one_that_lasts(self):
        self.lines("--eval", "(import (perdure world))", "--eval", "(define first-id (world-id))")
        t = self.terminal()
        t.line("(begin (checkpoint) (display 'begun) (newline) (let loop () (loop)))")
        t.expect("begun\r\n")
        self.pull_the_plug(t)
        before = self.log()
        done = subprocess.run([TOOL, "new", "other.world", "--from", self.world], capture_output=True, text=True, timeout=LIMIT, cwd=self.folder)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.log(), before)
        t = Terminal("other.world", folder=self.folder)      # goes on in the middle of what the other one did
        self.addCleanup(t.close)
        t.expect("begun\r\n", 60)
        t.send("\x03")
        t.expect("interrupted")
        t.expect(PROMPT)
        self.assertEqual(t.answer("(equal? first-id (world-id))"), ["#f"])
        t.line("(exit)")
        t.end()
        self.assertEqual(self.lines("--print", "(equal? first-id (world-id))"), ["#t"])

    def test_going_back_and_forth(self):
        t = self.terminal()
        t.answer("(define x 1)")
        old = int(t.answer('(checkpoint "old")')[0])
        t.answer("(define x 2)")
        t.line(f"(rollback {old})")
        t.expect(GOES_ON, 60)
        t.expect(PROMPT)
        self.assertEqual(t.answer("x"), ["1"])
        newer = [line for line in self.log() if "before going back" in line]
        self.assertEqual(len(newer), 1)
        t.line(f"(rollback {int(newer[0].split()[0])})")
        t.expect(GOES_ON, 60)
        t.expect(PROMPT)
        self.assertEqual(t.answer("x"), ["2"])
        t.line("(exit)")
        self.assertEqual(t.end(), 0)
        self.verify()
        self.assertEqual(self.lines("--print", "x"), ["2"])

    def test_going_back_to_one_that_is_about_to_be_dropped(self):
        """Of those that are sixteen old or older only some stay: the last commit before going back must not drop that one."""
        t = self.terminal()
        t.answer("(import (only (perdure world) auto-checkpoint!))")
        t.answer("(auto-checkpoint! #f)")
        t.answer("(define (newest) (cdr (assq 'number (car (reverse (world-history))))))")
        t.answer("(define x 'old)")
        t.answer("(if (even? (newest)) #f (checkpoint))")
        old = int(t.answer('(checkpoint "old")')[0])
        self.assertEqual(old % 2, 1)
        t.answer("(define x 'new)")
        t.answer("(do ((i 0 (+ i 1))) ((= i 15)) (checkpoint))")
        t.line(f"(rollback {old})")
        t.expect(GOES_ON, 60)
        t.expect(PROMPT)
        self.assertEqual(t.answer("x"), ["old"])
        self.assertEqual(t.answer("(filter (lambda (g) (cdr (assq 'kept? g))) (world-history))"), ["()"])
        t.line("(exit)")
        self.assertEqual(t.end(), 0)
        self.verify()

    def test_going_back_in_a_batch_run(self):
        self.lines("--eval", '(define x 1) (define n (checkpoint "old"))')
        number = [int(line.split()[0]) for line in self.log() if line.endswith("old")][0]
        # The older world goes on behind its checkpoint: with what that run had left to do, and then with a prompt.
        self.typed("", world=self.world)
        self.assertEqual(self.lines("--eval", f"(define x 2) (rollback {number})"), [])
        self.assertEqual(self.lines("--print", "x"), ["1"])

    def test_kept_generations(self):
        self.assertEqual(self.lines("--eval", '(define n (checkpoint "precious"))', "--eval", "(keep-generation! n)",
                                    "--eval", "(define (kept) (map (lambda (g) (cdr (assq 'note g))) (filter (lambda (g) (cdr (assq 'kept? g))) (world-history))))",
                                    "--print", "(kept)", "--eval", "(keep-generation! n #f)", "--print", "(kept)"), ['("precious")', "()"])

    def test_an_older_generation_by_name(self):
        self.lines("--eval", '(define x 1) (checkpoint "old") (define x 2)')
        number = [int(line.split()[0]) for line in self.log() if line.endswith("old")][0]
        self.assertEqual(self.lines("--print", "x", world=f"{self.world}@{number}"), ["1"])
        self.assertEqual(self.lines("--print", "x"), ["2"])


class Hooks(Case):
    def test_they_run_in_order_and_errors_stop_nobody(self):
        program = """
          (import (perdure world))
          (define trail '())
          (define (mark name) (lambda () (set! trail (cons name trail))))
          (on-save (mark 's1))
          (on-save (lambda () (car 'save)))
          (define h (on-save (mark 's2)))
          (on-save (mark 's3))
          (on-restore (mark 'r1))
          (on-restore (lambda () (car 'restore)))
          (on-restore (mark 'r2))
          (checkpoint)
          (define at-checkpoint (reverse trail))
          (remove-hook! h)
          (set! trail '())"""
        done = self.run_world("--eval", program, "--print", "at-checkpoint")
        self.assertEqual((done.returncode, done.stdout), (0, "(s1 s2 s3)\n"))
        self.assertEqual(done.stderr.count("on-save: error: car: argument 1 must be a pair, got save"), 2)   # checkpoint, end of run
        done = self.run_world("--print", "(reverse trail)")
        self.assertEqual((done.returncode, done.stdout), (0, "(s1 s3 r1 r2)\n"))
        self.assertIn("on-restore: error: car: argument 1 must be a pair, got restore", done.stderr)

    def test_a_hook_that_saves(self):
        done = self.run_world("--eval", "(import (perdure world))", "--eval", "(on-save checkpoint)", "--print", "(integer? (checkpoint))")
        self.assertEqual((done.returncode, done.stdout), (0, "#t\n"))
        self.assertIn("on-save: error: checkpoint: called in the middle of saving, by a procedure given to on-save", done.stderr)

    def test_a_restored_hook_may_wait(self):
        self.lines("--eval", "(import (perdure world) (perdure process))", "--eval", "(define told #f)",
                   "--eval", "(define helper (spawn (lambda () (let loop () (let ((p (receive))) (send! p 'answer) (loop))))))",
                   "--eval", "(on-restore (lambda () (send! helper (self)) (set! told (receive symbol? 10 'late))))")
        self.assertEqual(self.lines("--print", "told"), ["answer"])

    def test_who_it_is(self):
        self.lines("--eval", "(import (perdure world))", "--eval", "(define w (world-id)) (define i (instance-id))",
                   "--eval", "(define r (random-integer 1000000000000))", "--eval", '(checkpoint "here")')
        number = [int(line.split()[0]) for line in self.log() if line.endswith("here")][0]
        shown = self.lines("--print", "(list (equal? w (world-id)) (equal? i (instance-id)) (string-length w) (string-length i))")
        self.assertEqual(shown, ["(#t #f 32 32)"])
        # Two runs from the same generation draw other numbers and have other names.
        draw = ("--eval", "(import (srfi 27))", "--print", "(list (instance-id) (random-integer 1000000000000000))")
        runs = {tuple(self.lines(*draw, world=f"{self.world}@{number}")) for _ in range(3)}
        self.assertEqual(len(runs), 3)
        other = self.new("other.world")
        self.assertNotEqual(self.lines("--eval", "(import (perdure world))", "--print", "(world-id)", world=other),
                            self.lines("--print", "(world-id)"))

    def test_sources_that_were_made_random_are_so_again(self):
        self.lines("--eval", "(import (srfi 27))",
                   "--eval", "(define free (make-random-source)) (random-source-randomize! free)",
                   "--eval", "(define fixed (make-random-source)) (random-source-pseudo-randomize! fixed 1 2)",
                   "--eval", "(define taken (make-random-source)) (random-source-randomize! taken) (random-source-pseudo-randomize! taken 1 2)",
                   "--eval", '(checkpoint "here")')
        number = [int(line.split()[0]) for line in self.log() if line.endswith("here")][0]
        def drawn(name):
            return [self.lines("--print", f"((random-source-make-integers {name}) 1000000000000000)", world=f"{self.world}@{number}") for _ in range(2)]
        a, b = drawn("free")
        self.assertNotEqual(a, b)
        for name in ("fixed", "taken"):
            a, b = drawn(name)
            self.assertEqual(a, b)

    def test_open_files_are_closed(self):
        with open(self.path("in.txt"), "w") as f:
            f.write("(one)\n(two)\n")
        program = """
          (define in (open-input-file "in.txt"))
          (define out (open-output-file "out.txt"))
          (define first (read in))
          (write 'written out)"""
        self.lines("--eval", program)
        with open(self.path("out.txt")) as f:
            self.assertEqual(f.read(), "written")
        ask = "(define-syntax try (syntax-rules () ((_ e) (guard (c ((closed-by-restore? c) 'closed) (#t (error-object-message c))) e))))"
        self.assertEqual(self.lines("--eval", "(import (perdure world))", "--eval", ask,
                                    "--print", "(list first (try (read in)) (try (write 'more out)) (try (flush-output-port out)) (input-port-open? in) (output-port-open? out))",
                                    "--eval", "(close-port in) (close-port out)", "--print", "(try (read in))",
                                    "--eval", '(display "console goes on\n")'),
                         ["((one) closed closed closed #f #f)", '"the port is closed:"', "console goes on"])
        with open(self.path("out.txt")) as f:
            self.assertEqual(f.read(), "written")


class Stress(Case):
    def test_suites_hold_while_checkpoints_are_made_all_the_time(self):
        suites = ("continuations.scm", "control.scm", "lists.scm", "data.scm")
        for name in ("check.scm", *suites):
            shutil.copy(os.path.join(FIXTURES, "..", "..", "language", name), self.path(name))
        for suite in suites:
            shown = self.lines("--eval", "(import (perdure world))", "--eval", "(auto-checkpoint! 0.005)",
                               "--load", "check.scm", "--load", suite)
            self.assertRegex(shown[-1], r"^[1-9]\d* passed, 0 failed$")
        self.verify()
        self.assertGreater(int(self.log()[-1].split()[0]), 1 + len(suites))   # more than the ends of runs


class RoundTrips(Case):
    """Processes that wait in each way there is go on wherever the world is started next."""
    HOSTS = ["run", "run", "run", "run"]

    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(FIXTURES, "blocked.scm"), self.path("blocked.scm"))

    def test_blocked_in_every_way(self):
        hosts = self.HOSTS if VERB == "run" else ["boot", "run", "boot", "run", "boot"]
        self.lines("--load", "blocked.scm", "--eval", "(until-blocked)", "--print", "(length (waiting))", stdin=None, verb=hosts[0])
        counts = []
        for host in hosts[1:-1]:
            shown = self.lines("--eval", "(until-all-went-on)", "--print", "(waiting)", "--print", "(result 're-entrant)",
                               "--print", "(list compiled shared-count starts (equal? first-world (world-id)))", "--print", "(early?)", stdin=None, verb=host)
            waiting = "(receive patient impatient sleep mutex condition join wind deep compiler limits read parameter)"
            if shown[3] == "#f":      # so slow a machine that three seconds have passed in the world's own time
                waiting, shown[0] = (re.sub(" (impatient|sleep|limits)", "", text) for text in (waiting, shown[0]))
            self.assertEqual(shown[0], waiting)
            self.assertEqual(shown[1], "0")
            numbers = shown[2].strip("()").split()
            self.assertEqual(numbers[3], "#t")
            counts.append([int(n) for n in numbers[:3]])
        for before, after in zip(counts, counts[1:]):
            for a, b in zip(before, after):
                self.assertGreater(b, a)
        shown = self.lines("--eval", "(finish!)", "--eval", "(until-finished)", "--print", "(report)", "--eval", "(kill! winder) (process-wait winder #f)", "--print", "steps",
                           stdin="a line\n", verb=hosts[-1])
        self.assertEqual(shown[0], "((receive a message) (patient . now) (impatient . late) (sleep . woken) (mutex . locked) "
                         "(condition . signalled) (join . its-value) (wind . went-on) (re-entrant . 11) (deep . 200000) "
                         "(compiler . waiting) (limits . exceeded) (read . \"a line\") (parameter (caught thing inner) inner))")
        self.assertEqual(shown[1], "(out in)")
        self.verify()

    def test_a_read_goes_on_with_the_next_hosts_input(self):
        self.lines("--eval", "(import (perdure process))", "--eval", "(define got #f)",
                   "--eval", "(define p (spawn (lambda () (set! got (read-line)))))", "--eval", "(let until () (if (not (eq? (cdr (assq 'state (process-info p))) 'waiting)) (begin (sleep 0.01) (until))))", stdin=None)
        self.assertEqual(self.lines("--eval", "(process-join p 300 'late)", "--print", "got", stdin="from the next host\n"), ['"from the next host"'])

    def test_sleepers_sleep_the_rest_and_no_more(self):
        """In the time of the world's clock, which stands still between the runs."""
        start, pause = time.monotonic(), 2
        self.lines("--eval", "(import (perdure process))", "--eval", "(define (now) (/ (current-jiffy) (jiffies-per-second)))",
                   "--eval", "(define woken '())", "--eval", "(define (sleeper seconds) (spawn (lambda () (sleep seconds) (set! woken (cons seconds woken)))))",
                   "--eval", "(define asleep (now)) (define p (sleeper 2)) (sleep 1)", "--eval", "(define left (now))")
        time.sleep(pause)
        # Who sleeps 1.5 from here on is woken after who has slept 1 of 2.
        shown = self.lines("--eval", "(define begun (now))", "--eval", "(process-join (sleeper 1.5))", "--print", "(reverse woken)",
                           "--print", "(>= (- (now) asleep) 2)", "--print", "(inexact (- begun left))")
        self.assertEqual(shown[:2], ["(2 1.5)", "#t"])
        self.assertLess(float(shown[2]), time.monotonic() - start - pause)


def main():
    global TOOL, VERB
    TOOL = session_test.TOOL = os.path.abspath(sys.argv[1])
    arguments = sys.argv[2:]
    if arguments and arguments[0] in ("run", "boot"):
        VERB = session_test.VERB = arguments.pop(0)
    unittest.main(argv=[sys.argv[0], *arguments], verbosity=2)


if __name__ == "__main__":
    main()
