#!/usr/bin/env python3
"""Extensions in ring 3: the same suites on both hosts, with the same lines; sandboxes in saved worlds; figures.

    tests/sandbox/sandbox_test.py TOOL EXTENSIONS [CASE...]

EXTENSIONS is the folder where the build leaves the examples and the hostile extension.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL, EXTENSIONS = "perdure", "."
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 300  # seconds


class Sandboxes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-sandbox-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in [*pathlib.Path(EXTENSIONS).glob("*.ext"), *HERE.glob("*.scm"), HERE.parent / "language" / "check.scm"]:
            shutil.copy(name, self.folder)

    def tool(self, *arguments):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LIMIT)

    def suite(self, name):
        lines = {}
        for host in ("run", "boot"):
            with self.subTest(host=host):
                result = self.tool(host, "--load", "check.scm", "--load", f"{name}.scm")
                lines[host] = result.stdout.splitlines()
                failed = [line for line in lines[host] if not line.startswith("ok ")]
                self.assertRegex("\n".join(failed), r"\A[1-9]\d* passed, 0 failed\Z", result.stderr)
                self.assertEqual(result.returncode, 0)
        self.assertEqual(lines["run"], lines["boot"])

    def test_calls(self):
        self.suite("calls")

    def test_upcalls(self):
        self.suite("upcalls")

    def test_hostile_extensions(self):
        self.suite("hostile")

    def test_saved_on_one_host_goes_on_on_the_other(self):
        for first, second in (("run", "boot"), ("boot", "run"), ("run", "run")):
            with self.subTest(saved=first, resumed=second):
                result = self.tool(first, "--load", "saved.scm")
                self.assertEqual((result.returncode, result.stdout), (0, "before 1 2\n"), result.stderr)
                result = self.tool(second, "saved.world", "--eval", "(after)")
                self.assertEqual((result.returncode, result.stdout), (0, "after 3 513 page-fault 4\n"), result.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    TOOL, EXTENSIONS = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
