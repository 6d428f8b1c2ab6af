#!/usr/bin/env python3
"""What goes wrong around a world: memory that is short by every amount, saving that is cut off or has no room.

    tests/faults/faults_test.py TOOL [CASE...]
"""
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = "perdure"
HOSTS = ("run", "boot")
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds; ends what hangs, and judges no speed


class FaultCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-faults-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tool(self, *arguments, **more):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT, **more)

    def expect(self, result, status, out=None):
        self.assertEqual(result.returncode, status, result)
        if out is not None:
            self.assertEqual(result.stdout.decode(), out, result.stderr)
        return result


class ShortOfMemory(FaultCase):
    """starve.scm: each operation is right or refused, and nothing else."""

    def starve(self, host, memory, levels):
        result = self.expect(self.tool(host, "--memory", memory, "--eval", f"(define levels {levels})", "--load", HERE / "starve.scm"), 0)
        found = re.fullmatch(r"\(operations (\d+) right (\d+) refused (\d+) unstarted (\d+) wrong 0\)\n", result.stdout.decode())
        self.assertTrue(found, result)
        operations, right, refused, unstarted = map(int, found.groups())
        self.assertGreaterEqual(operations, 23)
        self.assertEqual(right + refused + unstarted, operations * levels)
        self.assertGreater(refused, operations * levels // 10)
        self.assertLess(unstarted, operations)
        return right

    def test_hosted(self):
        self.assertGreater(self.starve("run", "32M", 18), 0)

    def test_in_the_machine(self):
        self.starve("boot", "64M", 4)


class Saving(FaultCase):
    """The name of a world is that of a whole world, whatever happens while another is written to it."""

    BIG = "(define ballast (make-bytevector 60000000 %d))"

    def remains(self, name, answers):
        self.expect(self.tool("verify", name), 0)
        result = self.expect(self.tool("run", name, "--print", "(bytevector-u8-ref ballast 12345)"), 0)
        self.assertIn(result.stdout.decode(), [f"{answer}\n" for answer in answers])
        return result.stdout

    def test_a_save_that_is_killed_leaves_the_old_world_or_the_new_one(self):
        chance = random.Random(4)
        self.expect(self.tool("run", "--eval", self.BIG % 1, "--save", "a.world"), 0)
        for host, count, longest in (("run", 24, 0.2), ("boot", 6, 1.5)):
            for turn in range(count):
                process = subprocess.Popen([TOOL, host, "--eval", self.BIG % 2, "--eval", '(begin (display "now") (flush-output-port))',
                                            "--save", "a.world"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                self.assertEqual(process.stdout.read(3), b"now")
                time.sleep(chance.uniform(0, longest))
                process.kill()
                process.wait()
                process.stdout.close()
                if self.remains("a.world", [1, 2]) == b"2\n":
                    self.expect(self.tool("run", "--eval", self.BIG % 1, "--save", "a.world"), 0)
        # What the killed ones left behind does not stand in the way.
        self.expect(self.tool("run", "--eval", self.BIG % 3, "--save", "a.world"), 0)
        self.remains("a.world", [3])

    def test_no_room_is_a_condition_and_the_old_world_stays(self):
        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))

        self.expect(self.tool("run", "--eval", self.BIG % 1, "--save", "a.world"), 0)
        program = '(guard (e ((file-error? e) (display "refused "))) (save-world "a.world") (display "saved "))'
        for host in HOSTS:
            result = self.tool(host, "--eval", self.BIG % 2, "--eval", program, "--print", "(+ 1 2)", preexec_fn=little_room)
            self.expect(result, 0, "refused 3\n")
            self.expect(self.tool(host, "--eval", self.BIG % 2, "--save", "a.world", preexec_fn=little_room), 70, "")
            self.remains("a.world", [1])
            self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["a.world"])

    def test_places_where_nothing_can_be_saved(self):
        (self.folder / "folder.world").mkdir()
        for host in HOSTS:
            for name in ("folder.world", "no/such/folder/a.world", "", "."):
                program = f'(guard (e ((file-error? e) (display "refused "))) (save-world "{name}") (display "saved "))'
                self.expect(self.tool(host, "--eval", program, "--print", "(+ 1 2)"), 0, "refused 3\n")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["folder.world"])


def main():
    global TOOL
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__)
    TOOL = os.path.abspath(arguments.pop(0))
    unittest.main(argv=[sys.argv[0], "-v", *arguments])


if __name__ == "__main__":
    main()
