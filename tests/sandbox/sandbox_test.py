#!/usr/bin/env python3
"""Extensions in ring 3: the same suites on both hosts, with the same lines; sandboxes in saved worlds; figures.

    tests/sandbox/sandbox_test.py TOOL EXTENSIONS [CASE...]

EXTENSIONS is the folder where the build leaves the examples and the hostile extension.
"""
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

TOOL, EXTENSIONS = "perdure", "."
HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds; ends what hangs, and judges no speed


class Machine:
    def __init__(self, process, monitor):
        self.process, self.monitor = process, monitor
        self.read()

    def tell(self, command):
        """To QEMU's monitor: what it answers, or what it has said before it ended."""
        self.monitor.sendall(command.encode() + b"\n")
        return self.read()

    def read(self):
        answer = b""
        while not answer.endswith(b"(qemu) "):
            with contextlib.suppress(ConnectionResetError):
                part = self.monitor.recv(4096)
                if part:
                    answer += part
                    continue
            break
        return answer.decode()

    def end(self, text=None):
        output, errors = self.process.communicate(text, timeout=LIMIT)
        return self.process.returncode, output, errors


class Sandboxes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="perdure-sandbox-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in [*pathlib.Path(EXTENSIONS).glob("*.ext"), *HERE.glob("*.scm"), HERE.parent / "language" / "check.scm"]:
            shutil.copy(name, self.folder)
            os.utime(self.folder / name.name, (10**9, 10**9))      # files that have not just been changed are kept by the world

    def tool(self, *arguments, environment=None):
        return subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LIMIT)

    def old_copy(self, name, to):
        """Files that have just been changed are not kept by a world."""
        shutil.copy(self.folder / f"{name}.ext", self.folder / f"{to}.ext")
        os.utime(self.folder / f"{to}.ext", (10**9, 10**9))

    def suite(self, name, *options, hosts=("run", "boot")):
        lines = {}
        for host in hosts:
            with self.subTest(host=host):
                result = self.tool(host, *options, "--load", "check.scm", "--load", f"{name}.scm")
                lines[host] = result.stdout.splitlines()
                failed = [line for line in lines[host] if not line.startswith("ok ")]
                self.assertRegex("\n".join(failed), r"\A[1-9]\d* passed, 0 failed\Z", result.stderr)
                self.assertEqual(result.returncode, 0)
        self.assertEqual(lines[hosts[0]], lines[hosts[-1]])

    def test_calls(self):
        self.suite("calls")

    def test_owners(self):
        self.suite("owners")

    def test_limits(self):
        self.suite("limits")

    def test_limits_are_of_the_extensions_own_time(self):
        """Two others share its only processor: what they use of it is not the extension's."""
        processor = min(os.sched_getaffinity(0))
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, {processor})) for _ in range(2)]
        try:
            program = """(import (perdure sandbox))
              (define s (make-sandbox "tour.ext" '(call-time 0.5)))
              (define start (%monotonic-ns))
              (display (guard (c (#t (%condition-kind c))) (sandbox-call s 'spin -1)))
              (display (if (> (- (%monotonic-ns) start) 750000000) " slowly" " too soon"))"""
            result = subprocess.run([TOOL, "run", "--eval", f"(begin {program})"], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                    text=True, timeout=LIMIT, preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
        finally:
            for other in others:
                other.kill()
                other.wait()
        self.assertEqual((result.returncode, result.stdout), (0, "limit-exceeded slowly"), result.stderr)

    def test_memory_is_given_back(self):
        self.suite("memory", "--memory", "128M")

    def test_pages(self):
        self.suite("pages")

    def test_errors(self):
        self.suite("errors")

    def test_files(self):
        for host in ("run", "boot"):      # each changes them
            for name, copy in zip("abcdefghij", ("tour", "tiny", "faults") * 4):
                self.old_copy(copy, name)
            self.old_copy("tour", "changing")
            self.suite("files", hosts=(host,))

    def test_upcalls(self):
        self.suite("upcalls")

    def test_returns_from_upcalls(self):
        self.suite("returns")

    def test_hostile_extensions(self):
        self.suite("hostile")

    def test_random_code_disturbs_nothing(self):
        for host, count in (("run", 150000), ("boot", 60000)):
            with self.subTest(host=host):
                result = self.tool(host, "--load", "fuzz.scm", "--eval", f"(fuzz 1 {count})")
                self.assertEqual(result.returncode, 0, result.stderr)
                ended = re.fullmatch(rf"\(cases {count} calls (\d+) faults (\d+) time (\d+) lost 0\)\n", result.stdout)
                self.assertTrue(ended, result)
                self.assertEqual(sum(map(int, ended.groups())), count)
                self.assertGreater(min(map(int, ended.groups()[:2])), count // 100)

    def test_crossings_are_cheap(self):
        """As instructions, which are the same on every machine; beyond these bounds something has gone wrong."""
        wrapper = self.folder / "counting-qemu"
        wrapper.write_text(f'#!/bin/sh\nexec {os.environ.get("PERDURE_QEMU", "qemu-system-x86_64")} "$@" -icount shift=0\n')
        wrapper.chmod(0o755)
        result = self.tool("boot", "--load", "figures.scm", environment={**os.environ, "PERDURE_QEMU": str(wrapper)})
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = {name: int(number) for name, number in (line.split() for line in result.stdout.splitlines())}
        for name, bound in (("null-call", 60), ("call", 400), ("fault-upcall", 400), ("upcall", 400), ("create-call-kill", 30000)):
            with self.subTest(figure=name):
                self.assertLess(figures[name], bound)

    def test_interrupts_that_cannot_be_masked(self):
        """They come at any moment: in ring 3, on the way in and out, in the kernel and in the world, an instruction at a time."""
        with self.machine("interrupted.scm", "-singlestep") as machine:
            for _ in range(3000):
                machine.tell("nmi")
            self.assertEqual(machine.end("\n"), (0, "undisturbed\n", ""))

    def test_machine_checks_end_the_run_with_a_report(self):
        """The processor says that the hardware failed, in ring 3 and in the world."""
        for where in ("(sandbox-call (make-sandbox \"tour.ext\") 'spin -1)", "(let loop () (loop))"):
            with self.subTest(where=where), self.machine("begun.scm", "--eval", where) as machine:
                machine.tell("mce 0 1 0xb600000000000000 0x5 0x12345000 0x8c")
                status, output, errors = machine.end()
                self.assertEqual((status, output), (70, ""), errors)
                self.assertIn("perdure: the machine reports an error of its hardware: bank 1, status 0xb600000000000000, address 0x12345000\n", errors)

    def test_what_the_processor_forbids_ring_3(self):
        with self.machine("begun.scm", "--eval", "(sandbox-call (make-sandbox \"tour.ext\") 'spin -1)") as machine:
            registers = ""
            while "CPL=3" not in registers:      # not in an interrupt
                registers = machine.tell("info registers")
        value = {name: int(number, 16) for name, number in re.findall(r"\b(CR0|CR4|EFER|RFL)=([0-9a-f]+)", registers)}
        self.assertEqual(value["CR0"] >> 16 & 1, 1, "the supervisor writes where it may not")
        for bit, name in ((6, "machine checks"), (11, "UMIP"), (20, "SMEP"), (21, "SMAP")):
            self.assertEqual(value["CR4"] >> bit & 1, 1, name)
        self.assertEqual(value["EFER"] >> 11 & 1, 1, "NX")
        self.assertEqual(value["RFL"] >> 12 & 3, 0, "ports")
        self.assertRegex(registers, r"\bCS =003b ")

    @contextlib.contextmanager
    def machine(self, script, *arguments):
        """A booted machine whose script has said `begun`, and QEMU's monitor."""
        options = [argument for argument in arguments if argument == "-singlestep"]
        monitor = self.folder / "monitor"
        monitor.unlink(missing_ok=True)
        wrapper = self.folder / "qemu-with-monitor"
        wrapper.write_text(f'#!/bin/sh\nexec {os.environ.get("PERDURE_QEMU", "qemu-system-x86_64")} "$@" {" ".join(options)} -monitor unix:{monitor},server,nowait\n')
        wrapper.chmod(0o755)
        command = [TOOL, "boot", "--load", script, *(argument for argument in arguments if argument not in options)]
        with subprocess.Popen(command, cwd=self.folder, env={**os.environ, "PERDURE_QEMU": str(wrapper)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process, socket.socket(socket.AF_UNIX) as qemu:
            try:
                self.assertEqual(process.stdout.readline(), "begun\n")
                qemu.settimeout(LIMIT)
                qemu.connect(str(monitor))
                yield Machine(process, qemu)
            finally:
                process.kill()

    def test_saved_on_one_host_goes_on_on_the_other(self):
        for first, second in (("run", "boot"), ("boot", "run"), ("run", "run")):
            with self.subTest(saved=first, resumed=second):
                result = self.tool(first, "--load", "saved.scm")
                self.assertEqual((result.returncode, result.stdout), (0, "before 1 2\n"), result.stderr)
                result = self.tool(second, "saved.world", "--eval", "(after)")
                self.assertEqual((result.returncode, result.stdout), (0, "after 3 513 page-fault 4\n"), result.stderr)

    def test_saved_in_a_granted_call_goes_on_in_it(self):
        for first in ("run", "boot"):
            result = self.tool(first, "--load", "granted.scm", "--eval", "(go)")
            self.assertEqual((result.returncode, result.stdout), (0, "(3 3 #t 0)\n"), result.stderr)
            for second in ("run", "boot"):
                with self.subTest(saved=first, resumed=second):
                    shutil.copy(self.folder / "granted.world", self.folder / "goes-on.world")
                    result = self.tool(second, "goes-on.world")
                    self.assertEqual((result.returncode, result.stdout), (0, "(3 3 #t 0)\n"), result.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    TOOL, EXTENSIONS = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
