#!/usr/bin/env python3
"""C code in the world: the suites on one host, worlds that go on on the other, files that are damaged.

    tests/foreign/foreign_test.py TOOL run|boot [CASE...]
"""
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL, HOST = "perdure", "run"
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 300  # seconds

SMALL = {
    "missing": "int nobody_defines_this(int); extern int nor_this; int f(int n) { return nobody_defines_this(n) + nor_this; }",
    "tls": "__thread int n; int f(void) { return ++n; }",
    "program": "int main(void) { return 0; }",
    "no-pic": 'const char *table[] = {"a"}; int f(int i) { return "text"[i] + table[0][i]; }',
    "protected": "void g(char *); int f(void) { char text[100]; text[0] = 0; g(text); return text[0]; } void g(char *p) { p[1] = 2; }",
    "bad-constructor": "__attribute__((constructor)) static void f(void) { *(volatile int *)16 = 1; }",
}


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = tempfile.TemporaryDirectory(prefix="perdure-foreign-")
        for source in ("calls", "user"):
            cls.compile(HERE / f"{source}.c", "-fPIC", "-shared", "-nostdlib", "-o", f"{source}.so")
            cls.compile(HERE / f"{source}.c", "-fPIC", "-c", "-o", f"{source}.o")
        cls.compile(HERE / "calls.c", "-fPIC", "-shared", "-o", "plain.so")
        for name, text in SMALL.items():
            source = pathlib.Path(cls.objects.name) / f"{name}.c"
            source.write_text(text + "\n")
            options = ["-fstack-protector-all"] if name == "protected" else []
            if name == "program":
                cls.compile(source, "-pie", "-o", "program")
            elif name == "no-pic":
                cls.compile(source, "-fno-pic", "-mcmodel=small", "-c", "-o", "no-pic.o")
            else:
                cls.compile(source, "-fPIC", "-shared", "-nostdlib", *options, "-o", f"{name}.so")
                cls.compile(source, "-fPIC", "-c", *options, "-o", f"{name}.o")

    @classmethod
    def tearDownClass(cls):
        cls.objects.cleanup()

    @classmethod
    def compile(cls, source, *options):
        subprocess.run(["gcc", "-O2", "-fno-stack-protector", str(source), *options], cwd=cls.objects.name, check=True)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-foreign-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in [*pathlib.Path(self.objects.name).iterdir(), *HERE.glob("*.scm"), HERE.parent / "language" / "check.scm"]:
            shutil.copy(name, self.folder)

    def tool(self, *arguments):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT)

    def suite(self, name, *before):
        result = self.tool(HOST, *before, "--load", "check.scm", "--load", f"{name}.scm")
        failed = [line for line in result.stdout.splitlines() if not line.startswith("ok ")]
        self.assertRegex("\n".join(failed), r"\A[1-9]\d* passed, 0 failed\Z", result.stderr)
        self.assertEqual(result.returncode, 0)

    def test_calls(self):
        self.suite("calls")

    def test_callbacks(self):
        self.suite("callbacks")

    def test_callbacks_under_stress(self):
        """A collection at every few requests for memory finds what nothing keeps alive."""
        if HOST == "run":
            self.suite("callbacks", "--eval", "(%gc-stress! 97)")
            self.suite("calls", "--eval", "(%gc-stress! 31)")

    def test_errors(self):
        self.suite("errors")


if __name__ == "__main__":
    TOOL, HOST = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2]
    unittest.main(argv=[sys.argv[0]] + [f"Foreign.test_{case}" for case in sys.argv[3:]])
