#!/usr/bin/env python3
"""The generations of a world file, from outside: which runs are kept, the tool's commands about them, who may use a file at a
time, and files that hold anything. Worlds on devices are in devices_test.py.

    tests/system/generations_test.py TOOL [CASE...]

What the world itself does with its generations is in the language's tests; what a kill leaves behind in tests/faults/.
"""
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = "perdure"
HOSTS = ("run", "boot")
PAGE = 4096
LIMIT = 600  # seconds; ends what hangs, and judges no speed
NOBODY = 65534

# Four generations after the first: x is 1 in the second, 2 in the third; then the end of the run.
MAKE = ["--eval", "(import (perdure world))", "--eval", "(define x 1)", "--eval", '(checkpoint "x is one")', "--eval", "(define x 2)",
        "--eval", '(checkpoint "x is two")', "--eval", "(define x 3)"]


class GenerationsCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.classes_folder = pathlib.Path(tempfile.mkdtemp(prefix="perdure-generations-"))
        cls.addClassCleanup(shutil.rmtree, cls.classes_folder)
        cls.original = cls.classes_folder / "original.world"
        subprocess.run([TOOL, "new", cls.original], check=True, timeout=LIMIT)
        subprocess.run([TOOL, "run", cls.original, *MAKE], check=True, stdin=subprocess.DEVNULL, timeout=LIMIT)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-generations-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.world = self.folder / "w.world"
        shutil.copy(self.original, self.world)

    def tool(self, *arguments, **more):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=LIMIT, **more)

    def expect(self, status, *arguments, out=None, err=None, **more):
        """Runs the tool; standard output must be, and standard error match, what is given. Answers standard output."""
        result = self.tool(*arguments, **more)
        self.assertEqual(result.returncode, status, result)
        if out is not None:
            self.assertEqual(result.stdout, out, result.stderr)
        if err is not None:
            self.assertRegex(result.stderr, err)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        elif status == 0:
            self.assertEqual(result.stderr, "")
        return result.stdout

    def log(self, world="w.world"):
        """(number, pages changed, kept?, note) of each generation."""
        lines = self.expect(0, "log", world).splitlines()
        self.assertRegex(lines[0], r"^generation +made +size +changed +kept +note$")
        found = [re.fullmatch(r" *(\d+)  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  +[\d.]+ [MK]iB +(\d+)  (kept|-) *(?:  (.*))?", line) for line in lines[1:]]
        self.assertTrue(all(found), lines)
        return [(int(m[1]), int(m[2]), m[3] == "kept", m[4] or "") for m in found]

    def digest(self, name="w.world"):
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()

    @contextlib.contextmanager
    def using(self, host, *arguments):
        """A run that has the world and waits for the end of its input."""
        process = subprocess.Popen([TOOL, host, *map(str, arguments), "--eval", '(begin (display "here") (flush-output-port) (read-char))'],
                                   cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.assertEqual(process.stdout.read(4), b"here", process.poll() is not None and process.stderr.read())
            yield process
            if process.poll() is None:   # it was not killed
                process.stdin.close()
                self.assertEqual(process.wait(LIMIT), 0, process.stderr.read())
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()


class Kept(GenerationsCase):
    def test_a_run_goes_on_where_the_last_one_ended(self):
        for i, host in enumerate(("run", "boot", "boot", "run")):
            self.expect(0, host, "w.world", "--eval", "(define x (+ x 1))", "--print", "x", out=f"{i + 4}\n")
            self.expect(0, "verify", "w.world")
        numbers = [number for number, *_ in self.log()]
        self.assertGreaterEqual(numbers[-1], 8)

    def test_nothing_is_kept_without_a_name_or_of_a_generation_or_if_told_so(self):
        before = self.digest()
        for host in HOSTS:
            for world in (["w.world", "--ephemeral"], ["--ephemeral", "w.world@2"], ["w.world@3"]):
                self.expect(0, host, *world, "--eval", "(define x 'gone)", "--print", "x", out="gone\n")
                self.assertEqual(self.digest(), before)
        self.assertEqual(os.listdir(self.folder), ["w.world"])

    def test_a_generation_is_as_it_was(self):
        for host in HOSTS:
            for number, x in ((2, 1), (3, 2)):
                self.expect(0, host, f"w.world@{number}", "--print", "x", out=f"{x}\n")
            self.expect(66, host, "w.world@77", "--print", "x", out="", err="w.world@77: it has no such generation")

    def test_a_checkpoint_in_the_middle_answers_its_generation(self):
        self.expect(0, "run", "w.world", "--eval", "(begin (write (checkpoint)) (newline))", out="5\n")
        for host in HOSTS:
            self.expect(0, host, "w.world@5", out="5\n")   # 6 is the end of that run

    def test_a_file_whose_name_looks_like_a_generation(self):
        self.world.rename(self.folder / "w@2")
        self.expect(0, "run", "w@2", "--print", "x", out="3\n")
        self.expect(0, "run", "w@2@2", "--print", "x", out="1\n")
        self.expect(66, "run", "w@3", "--print", "x", out="")

    def test_a_file_that_cannot_be_written_is_read(self):
        self.world.chmod(0o444)
        self.folder.chmod(0o755)
        before, user = self.digest(), {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        told = r"w\.world: it cannot be written \(Permission denied\): nothing of this run will be kept"
        for host in HOSTS:
            self.expect(0, host, "w.world", "--eval", "(define x 'gone)", "--print", "x", out="gone\n", err=told, **user)
        for command in (["rollback", "w.world@2"], ["keep", "w.world@2"]):
            self.expect(73, *command, out="", err="w.world: it cannot be written", **user)
        self.assertEqual(self.digest(), before)

    def test_the_room_for_a_machine_is_given_back(self):
        size = self.world.stat().st_size
        with self.using("boot", "w.world"):
            self.assertGreater(self.world.stat().st_size, size + (256 << 20))
        self.assertLess(self.world.stat().st_size, size + (8 << 20))
        with self.using("boot", "w.world") as process:
            process.kill()   # and QEMU with it, a moment later: nobody cuts the file back
            process.wait()
        deadline = time.monotonic() + LIMIT
        while self.tool("verify", "w.world").returncode == 75:
            self.assertLess(time.monotonic(), deadline)
        self.assertGreater(self.world.stat().st_size, size + (256 << 20))
        self.expect(0, "verify", "w.world")
        self.expect(0, "run", "w.world", "--print", "x", out="3\n")
        self.assertLess(self.world.stat().st_size, size + (8 << 20))
        self.expect(0, "verify", "w.world")


class Commands(GenerationsCase):
    def test_log(self):
        log = self.log()
        self.assertEqual([number for number, *_ in log], [1, 2, 3, 4])
        self.assertEqual([note for *_, note in log[1:3]], ["x is one", "x is two"])
        self.assertTrue(all(1 <= changed < 1000 for _, changed, *_ in log[1:]), log)
        with self.using("run", "w.world"):
            self.assertEqual(self.log(), log)

    def test_version_says_what_new_worlds_have(self):
        version = re.fullmatch(r"perdure [\d.]+ \((.*)\)\n", self.expect(0, "version"))
        self.assertIn(f": {version[1]}, build", self.expect(0, "inspect", "w.world"))

    def test_inspect_counts_every_page(self):
        for name, number in (("w.world", 4), ("w.world@2", 2)):
            text = self.expect(0, "inspect", name)
            self.assertRegex(text, r"\Aw\.world: world format 2, abi \d+, build \w+\n")
            self.assertRegex(text, r"superblock 0 +sequence \d+, generation \d")
            self.assertRegex(text, r"space +[\d.]+ MiB in use, [\d.]+ \w+ free")
            self.assertRegex(text, r"generations +4 retained, 0 kept")
            self.assertRegex(text, rf"\ngeneration +{number}, made .*")
            pages = int(re.search(r"\npages +(\d+)", text)[1])
            areas = re.findall(r"^(\w[\w ]*?) +([r-][w-][x-]) +(\d+) +(\d+)$", text, re.MULTILINE)
            self.assertEqual(sum(int(stored) + int(zeros) for *_, stored, zeros in areas), pages)
            self.assertLessEqual({"runtime", "near data", "compiled code", "heap"}, {area for area, *_ in areas})
            self.assertNotIn("rwx", [protection for _, protection, *_ in areas])

    def test_diff(self):
        shutil.copy(self.world, self.folder / "copy.world")
        for same in (["w.world", "w.world"], ["w.world@2", "w.world@2"], ["w.world", "copy.world@4"]):
            self.expect(0, "diff", *same, out="")
        for different in (["w.world@2", "w.world@3"], ["w.world@3", "copy.world@2"]):
            table = self.expect(1, "diff", *different).splitlines()
            self.assertRegex(table[0], r"^pages +changed +added +removed +protection$")
            areas = {line[:16].strip(): list(map(int, line[16:].split())) for line in table[1:]}
            self.assertIn("heap", areas)
            runs = self.expect(1, "diff", "--pages", *different).splitlines()
            found = [re.fullmatch(r"0x(\w{16}) +(\d+) pages? +(\w+) +(\w[\w ]*)", run) for run in runs]
            kinds = ["changed", "added", "removed", "protection"]
            for area, counts in areas.items():
                self.assertEqual([sum(int(m[2]) for m in found if (m[3], m[4]) == (kind, area)) for kind in kinds], counts)
            self.assertEqual([m[1] for m in found], sorted(m[1] for m in found))
        changed = self.log()[2][1]
        table = self.expect(1, "diff", "w.world@2", "w.world@3").splitlines()[1:]
        self.assertEqual(sum(sum(map(int, line[16:].split())) for line in table), changed)

    def test_rollback(self):
        self.expect(0, "rollback", "w.world@2", out="w.world: generation 5 is what generation 2 was\n")
        self.expect(0, "verify", "w.world")
        self.expect(0, "diff", "w.world@2", "w.world")
        self.assertEqual(self.log()[-1], (5, 0, False, "rollback to generation 2"))
        for host in HOSTS:
            self.expect(0, host, "w.world", "--print", "x", out="1\n")
        self.expect(0, "run", "w.world@4", "--print", "x", out="3\n")   # those in between stay
        self.expect(66, "rollback", "w.world@77", out="", err="w.world@77: it has no such generation")

    def test_keep(self):
        self.expect(0, "keep", "w.world@2", out="w.world: generation 2 is kept\n")
        many = '(do ((i 0 (+ i 1))) ((= i 60)) (set! x i) (checkpoint))'
        self.expect(0, "run", "w.world", "--eval", many)
        log = self.log()
        self.assertIn((2, True), [(number, kept) for number, _, kept, _ in log])
        self.assertNotIn(3, [number for number, *_ in log])
        self.assertLess(len(log), 50)
        self.expect(0, "run", "w.world@2", "--print", "x", out="1\n")
        self.expect(0, "keep", "w.world@2", "--no", out="w.world: generation 2 is kept no longer than others\n")
        self.expect(0, "run", "w.world", "--eval", "(checkpoint)")
        self.assertNotIn(2, [number for number, *_ in self.log()])
        self.expect(0, "verify", "w.world")
        self.expect(66, "keep", "w.world@2", out="", err="w.world@2: it has no such generation")

    def test_new(self):
        self.expect(0, "new", "mine.world", out="")
        self.expect(0, "verify", "mine.world")
        self.expect(0, "new", "yours.world", "--from", "w.world", out="")
        self.expect(0, "new", "older.world", "--from=w.world@2", out="")
        self.assertEqual([len(self.log(name)) for name in ("mine.world", "yours.world", "older.world")], [1, 1, 1])
        self.expect(0, "run", "yours.world", "--print", "x", out="3\n")
        self.expect(0, "boot", "older.world", "--print", "x", out="1\n")
        ids = {self.expect(0, "run", name, "--eval", "(import (perdure world))", "--print", "(world-id)")
               for name in ("mine.world", "yours.world", "older.world", "w.world")}
        self.assertEqual(len(ids), 4)
        before = self.digest()
        self.expect(73, "new", "w.world", out="", err="w.world: it is there already")
        self.assertEqual(self.digest(), before)
        self.expect(73, "new", "no/such/folder/a.world", out="", err="no folder")
        self.expect(66, "new", "a.world", "--from", "none.world", out="", err="none.world")
        self.expect(66, "new", "a.world", "--from", "w.world@77", out="")
        self.assertFalse((self.folder / "a.world").exists())

    def test_wrong_usage_and_missing_files(self):
        for command, operands in (("log", ["w.world"]), ("verify", ["w.world"]), ("inspect", ["w.world"]), ("diff", ["w.world", "w.world"]),
                                  ("rollback", ["w.world@2"]), ("keep", ["w.world@2"])):
            missing = [operand.replace("w.world", "none.world") for operand in operands]
            self.expect(66, command, *missing, out="", err="none.world: No such file")
            folder = [operand.replace("w.world", ".") for operand in operands]
            self.assertEqual(self.tool(command, *folder).returncode, 73 if command in ("rollback", "keep") else 66)
            for wrong in ([], [*operands, "more.world"], [""], [*operands, "--bogus"], [*operands, "--eval", "1"]):
                self.expect(64, command, *wrong, out="", err="perdure: ")
        for wrong in (["log", "w.world@2"], ["verify", "w.world@2"], ["rollback", "w.world"], ["keep", "w.world"], ["keep", "w.world@0"],
                      ["new"], ["new", "a.world", "--from"]):
            self.expect(64, *wrong, out="", err="perdure: ")


class Damage(GenerationsCase):
    def damage(self, page, at=100):
        with open(self.world, "r+b") as file:
            file.seek(page * PAGE + at)
            byte = file.read(1)
            file.seek(page * PAGE + at)
            file.write(bytes([byte[0] ^ 1]))

    def superblock(self, page):
        """(sequence, page of the root of the current map) of a superblock."""
        data = self.world.read_bytes()[page * PAGE:]
        return struct.unpack_from("<Q", data, 24)[0], struct.unpack_from("<Q", data, 80 + 48)[0]

    def newest(self):
        return max((0, 1), key=lambda page: self.superblock(page)[0])

    def test_a_damaged_page_is_named_with_its_generation(self):
        # A page that only generation 2 has: found by asking verify about each that differs.
        text = self.expect(1, "diff", "--pages", "w.world@2", "w.world@3")
        address = next(re.finditer(r"^(0x\w+) +\d+ pages? +changed +heap", text, re.MULTILINE))[1]
        size = self.world.stat().st_size // PAGE
        for page in range(size - 1, 1, -1):
            self.damage(page)
            result = self.tool("verify", "w.world")
            if "generation 2\n" in result.stderr and "at 0x" in result.stderr and result.stderr.count("\n") == 1:
                break
            self.damage(page)
        else:
            self.fail("no page belongs to generation 2 alone")
        self.assertEqual(result.returncode, 65)
        self.assertRegex(result.stderr, rf"perdure: w\.world: it is damaged: .*, at 0x[0-9a-f]+, file page {page}, generation 2\n")
        self.assertTrue(address)
        self.expect(0, "run", "w.world", "--print", "x", out="3\n")   # that page is not its own
        self.assertEqual(len(self.log()), 5)

    def test_a_damaged_newest_generation_is_told_and_the_one_before_is_taken(self):
        for page in (self.newest(), self.superblock(self.newest())[1]):   # its superblock; the root of its map
            with self.subTest(page=page):
                shutil.copy(self.original, self.world)
                self.damage(page)
                told = r"w\.world: the newest generation may be damaged; the newest whole one is 3"
                self.expect(65, "verify", "w.world", out="")
                for command in (["log", "w.world"], ["inspect", "w.world@2"], ["diff", "w.world@3", "w.world"]):
                    result = self.tool(*command)
                    self.assertRegex(result.stderr, told)
                    self.assertIn(result.returncode, (0, 65))
                for host in HOSTS:
                    result = self.tool(host, "w.world", "--ephemeral", "--print", "x")
                    self.assertEqual((result.returncode, result.stdout), (0, "2\n"))
                    self.assertEqual(result.stderr,
                                     "perdure: w.world: the newest generation is damaged, or was not finished; going on with generation 3\n")
                result = self.tool("run", "w.world", "--print", "x")   # and goes on from there
                self.assertEqual((result.returncode, result.stdout), (0, "2\n"), result.stderr)
                self.expect(0, "run", "w.world", "--print", "x", out="2\n")

    def test_what_is_no_world_is_refused(self):
        for content in (b"", b"(display 1)\n" * 1000, bytes(1 << 16), self.original.read_bytes()[:100000]):
            self.world.write_bytes(content)
            for command in (["log", "w.world"], ["inspect", "w.world"], ["diff", "w.world", "w.world"], ["verify", "w.world"],
                            ["rollback", "w.world@2"], ["keep", "w.world@2"], ["run", "w.world"], ["boot", "w.world"],
                            ["new", "a.world", "--from", "w.world"]):
                self.expect(65, *command, out="", err="w.world: it is (not a world|truncated)")
            self.assertEqual(self.world.read_bytes(), content)


class Sharing(GenerationsCase):
    def test_a_world_has_one_writer_at_a_time(self):
        for first in HOSTS:
            with self.using(first, "w.world"):
                for second in HOSTS:
                    for how in ([], ["--ephemeral"]):
                        self.expect(75, second, "w.world", *how, "--print", "x", out="", err="w.world: it is in use by another process")
                for command in (["verify", "w.world"], ["inspect", "w.world"], ["diff", "w.world@2", "w.world"], ["keep", "w.world@2"],
                                ["rollback", "w.world@2"], ["new", "a.world", "--from", "w.world"]):
                    self.expect(75, *command, out="", err="w.world: it is in use by another process")
                self.expect(0, "log", "w.world")
            self.expect(0, "verify", "w.world")

    def test_a_world_has_many_readers_but_then_no_writer(self):
        for first in HOSTS:
            for how in (["w.world", "--ephemeral"], ["w.world@3"]):
                with self.using(first, *how):
                    for second in HOSTS:
                        self.expect(0, second, "w.world@2", "--print", "x", out="1\n")
                        self.expect(75, second, "w.world", "--print", "x", out="", err="w.world: it is in use by another process")
                    for command in ("verify", "inspect", "log"):
                        self.expect(0, command, "w.world")
                    self.expect(75, "keep", "w.world@2", out="", err="w.world: it is in use by another process")

    def test_a_machine_that_loses_the_race_for_the_file_says_the_same(self):
        """Somebody takes it between the tool's own look and QEMU's."""
        wrapper = self.folder / "slow-qemu"
        wrapper.write_text('#!/bin/sh\n: > starting\nwhile [ ! -e go ]; do sleep 0.05; done\nexec qemu-system-x86_64 "$@"\n')
        wrapper.chmod(0o755)
        process = subprocess.Popen([TOOL, "boot", "w.world", "--print", "x"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, "PERDURE_QEMU": str(wrapper)})
        try:
            deadline = time.monotonic() + LIMIT
            while not (self.folder / "starting").exists():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            with self.using("run", "w.world"):
                (self.folder / "go").touch()
                out, err = process.communicate(timeout=LIMIT)
            self.assertEqual((process.returncode, out, err), (75, "", "perdure: w.world: it is in use by another process\n"))
        finally:
            process.kill()
            process.communicate()


def main(about=__doc__):
    global TOOL
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(about)
    TOOL = os.path.abspath(arguments.pop(0))
    unittest.main(argv=[sys.argv[0], "-v", *arguments])


if __name__ == "__main__":
    main()
