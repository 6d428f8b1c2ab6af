#!/usr/bin/env python3
"""C code in the world: the suites on one host, worlds that go on on the other, files that are damaged.

    tests/foreign/foreign_test.py TOOL run|boot [CASE...]
"""
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL, HOST = "perdure", "run"
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds; ends what hangs, and judges no speed

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

    def other_host(self):
        return {"run": "boot", "boot": "run"}[HOST]

    def test_saved_worlds_go_on_on_either_host(self):
        result = self.tool(HOST, "--load", "saved.scm", "--save", "saved.world")
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
        (self.folder / "calls.so").unlink()
        expected = '(44 "kept" 40 105 2 fault 42 11 #u8(1 0 0 0 2 0 0 0 3 0 0 0))\n'
        for second in (HOST, self.other_host()):
            with self.subTest(saved=HOST, resumed=second):
                result = self.tool(second, "saved.world", "--ephemeral", "--eval", "(after)")
                self.assertEqual((result.returncode, result.stdout), (0, expected), result.stderr)

    def test_worlds_saved_inside_a_callback_go_on_in_it(self):
        for second in (HOST, self.other_host()):
            with self.subTest(saved=HOST, resumed=second):
                result = self.tool(HOST, "--eval", '(define times 0)', "--eval", '(define (save) (save-world "inside.world") (set! times (+ times 1)))',
                                   "--eval", "(define (resumed?) times)", "--load", "inside.scm")
                self.assertEqual((result.returncode, result.stdout), (0, "(1008 1)\n"), result.stderr)
                result = self.tool(second, "inside.world", "--ephemeral")
                self.assertEqual((result.returncode, result.stdout), (0, "(1008 1)\n"), result.stderr)

    def test_checkpoints_inside_a_callback(self):
        self.tool("new", "mine.world")
        result = self.tool(HOST, "mine.world", "--eval", "(import (perdure world))", "--eval", "(define number 0)",
                           "--eval", "(define (save) (set! number (checkpoint)))", "--eval", "(define (resumed?) number)", "--load", "inside.scm")
        self.assertRegex(result.stdout, r"\A\(1008 \d+\)\n\Z", result.stderr)
        number = result.stdout.split()[1].rstrip(")")
        for second in (HOST, self.other_host()):
            with self.subTest(saved=HOST, resumed=second):
                again = self.tool(second, f"mine.world@{number}")
                self.assertRegex(again.stdout, r"\A\(1008 \d+\)\n\Z", again.stderr)

    def test_what_c_changes_is_in_the_next_generation(self):
        self.tool("new", "mine.world")
        result = self.tool(HOST, "mine.world", "--load", "saved.scm")
        self.assertEqual(result.returncode, 0, result.stderr)
        for host, expected in ((HOST, "44 45"), (self.other_host(), "46 47"), (HOST, "48 49")):
            result = self.tool(host, "mine.world", "--eval", "(import (perdure world))", "--eval",
                               '(begin (write (count-up)) (checkpoint) (write-string " ") (write (count-up)) (collect-garbage))')
            self.assertEqual((result.returncode, result.stdout), (0, expected), result.stderr)
        result = self.tool(HOST, "mine.world", "--eval", "(after)")
        self.assertRegex(result.stdout, r'\A\(50 "kept" 40 105 2 fault 42 11 ', result.stderr)

    def test_damaged_files_are_refused(self):
        """Cut at every place of a page, fields of headers and tables changed: refused or loaded, never a fault outside foreign code."""
        source = random.Random(7)
        files = []
        for name in ("calls.so", "calls.o", "user.so", "user.o"):
            whole = (self.folder / name).read_bytes()
            files += [whole[:length] for length in (0, 1, 15, 16, 63, 64, 65, 120, len(whole) // 2, len(whole) - 1)]
            for field, values in (((16, "H"), (0, 1, 2, 3, 4, 65535)), ((18, "H"), (3, 183)), ((4, "B"), (1,)), ((5, "B"), (2,)),
                                  ((32, "Q"), (0, 1, len(whole), 2**63, 2**64 - 1)), ((40, "Q"), (0, 1, len(whole), 2**63, 2**64 - 1)),
                                  ((54, "H"), (0, 1, 65535)), ((56, "H"), (0, 65535)), ((58, "H"), (0, 65535)), ((60, "H"), (0, 1, 65535)),
                                  ((62, "H"), (0, 65535))):
                for value in values:
                    changed = bytearray(whole)
                    struct.pack_into("<" + field[1], changed, field[0], value)
                    files.append(bytes(changed))
            for _ in range(400 if HOST == "run" else 60):
                files.append(damaged(whole, source))
        for number, file in enumerate(files):
            (self.folder / f"{number}.damaged").write_bytes(file)
        result = self.tool(HOST, "--eval", f"(define count {len(files)})", "--load", "damaged.scm")
        self.assertRegex(result.stdout, rf"\A\({len(files)} [1-9]\d* [1-9]\d*\)\n\Z", result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)


def damaged(whole, source):
    """Words of its headers, symbols and relocations that say something else. Not of its code and its constructors: they are trusted."""
    sections = section_table(whole)
    changed = bytearray(whole)
    kinds = {0, 2, 3, 4, 5, 6, 11, 0x6FFFFFF6}
    places = [(0, 64), (struct.unpack_from("<Q", whole, 40)[0], 64 * len(sections))]
    if segments := struct.unpack_from("<Q", whole, 32)[0]:
        places.append((segments, 56 * struct.unpack_from("<H", whole, 56)[0]))
    places += [(offset, size) for kind, offset, size in sections if kind in kinds and size]
    for _ in range(source.choice((1, 1, 2, 5, 20))):
        start, size = source.choice(places)
        at = start + source.randrange(max(1, size - 7))
        width = source.choice("BHIQ")
        value = source.choice((0, 1, 2, 8, 0x7F, 0xFF, 0xFFFF, 0x1000, 2**31, 2**32 - 1, 2**63, 2**64 - 8, 2**64 - 1, source.getrandbits(64)))
        bits = 8 * struct.calcsize(width)
        if at + bits // 8 <= len(changed):
            struct.pack_into("<" + width, changed, at, value % 2**bits)
    return bytes(changed)


def section_table(whole):
    """(type, offset, size) of each."""
    table, count = struct.unpack_from("<Q", whole, 40)[0], struct.unpack_from("<H", whole, 60)[0]
    return [(struct.unpack_from("<I", whole, at + 4)[0], *struct.unpack_from("<QQ", whole, at + 24)) for at in range(table, table + 64 * count, 64)]


if __name__ == "__main__":
    TOOL, HOST = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2]
    unittest.main(argv=[sys.argv[0]] + [f"Foreign.test_{case}" for case in sys.argv[3:]])
