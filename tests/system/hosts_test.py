#!/usr/bin/env python3
"""The tool and both hosts, with a world that knows no language (fixtures/tiny_world.cpp).

    tests/system/hosts_test.py TOOL [CASE...]

What holds for both hosts is tried on both; QEMU only emulates.
"""
import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

TOOL = "perdure"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(ROOT, "tests/system/fixtures")
PAGE = 4096
LIMIT = 600  # seconds; ends what hangs, and judges no speed
HOSTS = ("run", "boot")

FLAGS = """-std=c++20 -O2 -ffreestanding -fPIE -fvisibility=hidden -fno-exceptions -fno-rtti -fno-stack-protector
  -fno-asynchronous-unwind-tables -fcf-protection=none -mno-red-zone -fno-tree-loop-distribute-patterns""".split()


def build_tiny_world(folder):
    """The linked world."""
    elf = os.path.join(folder, "tiny.elf")
    subprocess.run(["g++", *FLAGS, "-I", ROOT, "-c", f"{FIXTURES}/tiny_world.cpp", "-o", f"{folder}/tiny.o"], check=True)
    subprocess.run(["ld", "-static", "-no-pie", "--no-relax", "-nostdlib", "-z", "noexecstack", "-z", "max-page-size=4096",
                    "-T", f"{FIXTURES}/tiny_world.ld", f"{folder}/tiny.o", "-o", elf], check=True)
    return elf


class HostsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="perdure-hosts-")
        elf = build_tiny_world(cls.folder)
        for name in ("fill", "100", "save", "tiny.world"):   # the tool wants to see files
            open(os.path.join(cls.folder, name), "w").close()
        # The tool hands it "--load fill --load 100 --load save --load tiny.world --save unused"; options
        # are skipped, and words that are no commands.
        cls.tool("make-base", elf, "unused", "fill", "100", "save", "tiny.world")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def tool(cls, *arguments, stdin=b"", env=None):
        return subprocess.run([TOOL, *arguments], cwd=cls.folder, input=stdin, capture_output=True, timeout=LIMIT,
                              env={**os.environ, "TERM": "dumb", **(env or {})})

    def obey(self, host, *commands, world="tiny.world", **more):
        return self.tool(host, world, "--", *commands, **more)

    def expect(self, result, status, out=None, err=None):
        self.assertEqual(result.returncode, status, result)
        if out is not None:
            self.assertEqual(result.stdout.decode(errors="replace"), out)
        if err is not None:
            self.assertIn(err, result.stderr.decode(errors="replace"))

    def path(self, name):
        return os.path.join(self.folder, name)

    @contextlib.contextmanager
    def running(self, host, *commands):
        process = subprocess.Popen([TOOL, host, "tiny.world", "--", *commands], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    # --- a world's life ------------------------------------------------------------------------------------------

    def test_a_world_runs_alike_on_both_hosts(self):
        for host in HOSTS:
            self.expect(self.obey(host, "hello", "check", "code", "patch", "guard", "timer", "exit", "5"), 5,
                        f"hello from {'hosted' if host == 'run' else 'metal'}, console 0\nall pages are right\ncode runs\n"
                        "8 patched\nrecovered\nthe timer works\n")

    def test_a_saved_world_goes_on_on_either_host_and_can_be_saved_again(self):
        world = "tiny.world"
        for step, (saver, resumer) in enumerate((("run", "boot"), ("boot", "run"), ("boot", "boot"), ("run", "run"))):
            saved = f"step{step}.world"
            self.expect(self.obey(saver, "count", "patch", "save", saved, "check", world=world), 0,
                        f"{step + 1}\n{step + 8} patched\nsaved\nall pages are right\n")
            self.expect(self.tool("verify", saved), 0)
            self.expect(self.obey(resumer, "check", world=saved), 0, "all pages are right\n")
            world = saved

    def test_a_save_replaces_a_world_whole_even_the_running_one(self):
        shutil.copy(self.path("tiny.world"), self.path("self.world"))
        for host in HOSTS:
            self.expect(self.obey(host, "save", "self.world", "check", world="self.world"), 0, "saved\nall pages are right\n")
            self.expect(self.tool("verify", "self.world"), 0)
        self.assertFalse(os.path.exists(self.path("self.world.tmp")))

    def test_a_save_elsewhere(self):
        os.makedirs(self.path("sub folder"), exist_ok=True)
        self.expect(self.tool("boot", "tiny.world", "--save", "sub folder/o.world", "--", "save", "out:o.world"), 0)
        self.expect(self.tool("verify", "sub folder/o.world"), 0)
        self.expect(self.obey("run", "save", "no such folder/o.world"), 1, "FAILED: save\n")

    def test_exit_status(self):
        for host in HOSTS:
            for status in (0, 1, 255):
                self.expect(self.obey(host, "exit", str(status)), status)

    # --- streams ------------------------------------------------------------------------------------------------------

    def test_bytes_pass_as_they_are(self):
        data = bytes(range(256)) * 20
        for host in HOSTS:
            self.assertEqual(self.obey(host, "echo", stdin=data).stdout, data)
            self.expect(self.obey(host, "echo", "hello"), 0)

    def test_standard_error_is_its_own_stream(self):
        for host in HOSTS:
            result = self.obey(host, "err", "to the side", "count")
            self.assertEqual((result.stdout, result.stderr), (b"1\n", b"to the side"))

    def test_verbose_leaves_standard_output_alone(self):
        for host in HOSTS:
            result = self.tool(host, "tiny.world", "--verbose", "--", "count")
            self.assertEqual(result.stdout, b"1\n")
            self.assertNotEqual(result.stderr, b"")

    def test_files_handed_over_and_shared(self):
        os.makedirs(self.path("share"), exist_ok=True)
        for name, text in (("here.txt", "here\n"), ("share/there.txt", "there\n")):
            with open(self.path(name), "w") as file:
                file.write(text)
        for host in HOSTS:
            self.expect(self.obey(host, "cat", "here.txt", "cat", "nowhere.txt"), 0, "here\nno such file\n")
            self.expect(self.tool(host, "tiny.world", "--load", "here.txt", "--share", "share", "--", "cat", "here.txt",
                                  "cat", "there.txt"), 0, "here\nthere\n")

    def test_a_broken_pipe_ends_it(self):
        for host in HOSTS:
            with self.running(host, "spin", "echo") as process:
                process.stdout.readline()
                process.stdout.close()
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(LIMIT), -signal.SIGPIPE)

    # --- signals and terminals ----------------------------------------------------------------------------------------

    def test_sigint_interrupts_and_sigterm_asks(self):
        for host in HOSTS:
            with self.running(host, "spin", "spin", "exit", "3") as process:
                self.assertEqual(process.stdout.readline(), b"spinning\n")
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.stdout.readline(), b"interrupted\n")
                self.assertEqual(process.stdout.readline(), b"spinning\n")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.stdout.readline(), b"terminated\n")
                self.assertEqual(process.wait(LIMIT), 3)

    def test_the_second_sigterm_ends_a_world_that_does_not_listen(self):
        for host in HOSTS:
            with self.running(host, "loop") as process:
                process.stdout.readline()
                deadline = time.monotonic() + LIMIT
                while process.poll() is None and time.monotonic() < deadline:      # two that come at once may be one
                    process.send_signal(signal.SIGTERM)
                    time.sleep(0.2)
                self.assertEqual(process.wait(LIMIT), 128 + signal.SIGTERM)

    def test_qemu_does_not_outlive_the_tool(self):
        with self.running("boot", "loop") as process:
            process.stdout.readline()
            with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
                qemu = int(children.read().split()[0])
            process.kill()
            process.wait()
            deadline = time.monotonic() + LIMIT
            while os.path.exists(f"/proc/{qemu}") and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertFalse(os.path.exists(f"/proc/{qemu}"))

    def terminal(self, host, *commands, term="xterm"):
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.environ["TERM"] = term
            os.execv(TOOL, [TOOL, host, "tiny.world", "--", *commands])
        self.addCleanup(os.close, fd)
        self.addCleanup(self.end, pid)
        return pid, fd

    def end(self, pid):
        """Of what a failed case left running."""
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        except ChildProcessError:
            pass   # it had ended, and was asked how

    def read_until(self, fd, text):
        seen, deadline = b"", time.monotonic() + LIMIT
        while text not in seen:
            ready, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f"{text!r} did not come; seen: {seen!r}")
            try:
                seen += os.read(fd, 4096)
            except OSError:
                self.fail(f"the terminal closed before {text!r}; seen: {seen!r}")
        return seen

    def status_of(self, pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_raw_keys_and_a_terminal_put_back(self):
        for host in HOSTS:
            pid, fd = self.terminal(host, "hello", "keys", "spin", "exit", "4")
            cooked = termios.tcgetattr(fd)
            self.assertIn(b"console 15", self.read_until(fd, b"keys:\r\n"))
            os.write(fd, b"a\r\x04\x1b[A\x7fq")
            seen = self.read_until(fd, b"spinning\r\n")
            for key in (b"97", b"13", b"4", b"27", b"127", b"113"):
                self.assertIn(key + b"\r\n", seen)
            os.write(fd, b"\x03")
            self.read_until(fd, b"interrupted\r\n")
            self.assertEqual(self.status_of(pid), 4)
            self.assertEqual(termios.tcgetattr(fd), cooked)

    def test_a_fault_puts_the_terminal_back(self):
        for host in HOSTS:
            pid, fd = self.terminal(host, "keys", "crash")
            cooked = termios.tcgetattr(fd)
            self.read_until(fd, b"keys:")
            os.write(fd, b"q")
            self.read_until(fd, b"tiny:procedure")
            self.assertEqual(self.status_of(pid), 70)
            self.assertEqual(termios.tcgetattr(fd), cooked)

    def test_stopping_gives_the_terminal_back_and_going_on_takes_it(self):
        for host in HOSTS:
            pid, fd = self.terminal(host, "keys", "exit", "6")
            cooked = termios.tcgetattr(fd)
            self.read_until(fd, b"keys:\r\n")
            os.write(fd, b"\x1a")
            _, status = os.waitpid(pid, os.WUNTRACED)
            self.assertTrue(os.WIFSTOPPED(status))
            self.assertEqual(termios.tcgetattr(fd), cooked)
            os.kill(pid, signal.SIGCONT)
            deadline = time.monotonic() + LIMIT
            while termios.tcgetattr(fd) == cooked and time.monotonic() < deadline:
                time.sleep(0.01)
            os.write(fd, b"zq")
            self.read_until(fd, b"122\r\n113\r\n")
            self.assertEqual(self.status_of(pid), 6)

    def test_the_escape_key_switches_a_machine_off(self):
        pid, fd = self.terminal("boot", "loop")
        self.read_until(fd, b"looping")
        os.write(fd, b"\x1dq")
        self.read_until(fd, b"switched off")
        self.assertEqual(self.status_of(pid), 130)

    def test_a_dumb_terminal_is_left_as_it_is(self):
        for host in HOSTS:
            pid, fd = self.terminal(host, "hello", "echo", term="dumb")
            self.read_until(fd, b"console 11\r\n")
            os.write(fd, b"line\n")
            self.read_until(fd, b"line\r\nline\r\n")   # echoed once by the terminal, once by the world
            os.write(fd, b"\x04")
            self.assertEqual(self.status_of(pid), 0)

    # --- what is refused ----------------------------------------------------------------------------------------------

    def damaged(self, name, change):
        with open(self.path("tiny.world"), "rb") as file:
            data = bytearray(file.read())
        changed = change(data)
        data = data if changed is None else changed
        with open(self.path(name), "wb") as file:
            file.write(data)

    def test_files_that_are_no_worlds_are_refused_in_one_line(self):
        def version(data):
            data[8] = data[PAGE + 8] = 1   # the format before

        cases = {"no.world": (lambda data: b"(display 1)\n", "is not a world"),
                 "empty.world": (lambda data: b"", "is not a world"),
                 "short.world": (lambda data: data[:-1], "is truncated"),
                 "half.world": (lambda data: data[:PAGE * 20], "is truncated"),
                 "version.world": (version, "another format version")}
        for name, (change, words) in cases.items():
            self.damaged(name, lambda data, change=change: change(data))
            for host in HOSTS:
                result = self.obey(host, "hello", world=name)
                self.expect(result, 65, "", words)
                self.assertEqual(result.stderr.count(b"\n"), 1)
            self.expect(self.tool("verify", name), 65, "", words)

    def test_a_damaged_page_ends_the_run_when_it_is_touched(self):
        def heap_page(data):
            data[PAGE * 20 + 5] ^= 1

        self.damaged("page.world", heap_page)
        for host in HOSTS:
            self.expect(self.obey(host, "hello", world="page.world"), 0)
            result = self.obey(host, "check", world="page.world")
            self.expect(result, 65, "", "(address 0x0000100100")
            self.assertIn(b"page.world", result.stderr)
            self.assertIn(b", generation 1)\n", result.stderr)
            self.assertEqual(result.stderr.count(b"\n"), 1)
        self.expect(self.tool("verify", "page.world"), 65, "", "file page 20")

    def test_bytes_after_the_end_mean_nothing(self):
        self.damaged("tail.world", lambda data: data + b"x" * 10000)
        self.expect(self.tool("verify", "tail.world"), 0)
        for host in HOSTS:
            self.expect(self.obey(host, "hello", world="tail.world"), 0)

    def test_one_damaged_superblock_is_survived_but_found(self):
        for page in (0, 1):
            def change(data, page=page):
                data[PAGE * page + 200] ^= 1

            self.damaged("super.world", change)
            for host in HOSTS:
                self.expect(self.obey(host, "check", world="super.world"), 0, "all pages are right\n")
            self.expect(self.tool("verify", "super.world"), 65, "", "superblock")

    def test_memory_is_limited(self):
        result = self.tool("run", "tiny.world", "--memory", "64M", "--", "limit")
        self.expect(result, 0, "committed all but 1 MiB\n")
        self.expect(self.tool("boot", "tiny.world", "--memory", "64M", "--", "limit"), 0)

    def test_faults_are_reported_and_give_70(self):
        for host in HOSTS:
            self.expect(self.obey(host, "crash"), 70, "", "tiny:procedure")
            self.expect(self.obey(host, "divide"), 70, "", "divide")

    def test_exit_codes_of_the_tool(self):
        self.expect(self.tool("bot"), 64, "", '"bot"')
        self.expect(self.tool("run", "--lod"), 64, "", '"--lod"')
        self.expect(self.tool("run", "none.world"), 66, "", "none.world")
        self.expect(self.tool("boot", "none.world"), 66, "", "none.world")
        self.expect(self.tool("run", "tiny.world", "--load", "none.scm"), 66, "", "none.scm")
        self.expect(self.tool("verify", "none.world"), 66, "", "none.world")
        self.expect(self.tool("run", "tiny.world", "--save", "none/x.world"), 73, "", "none/x.world")
        self.expect(self.tool("boot", "tiny.world", env={"PERDURE_QEMU": "no-such-qemu"}), 69, "", "no-such-qemu")
        self.expect(self.tool("help"), 0)

    # --- the other ways to boot ---------------------------------------------------------------------------------------

    def test_grub_and_uefi(self):
        for how in ("--grub", "--uefi"):
            result = self.tool("boot", how, "tiny.world", "--", "check", "echo", "exit", "9", stdin=b"\x03\x00\xff\n")
            self.assertEqual((result.returncode, result.stdout), (9, b"all pages are right\n\x03\x00\xff\n"), result)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        TOOL = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
