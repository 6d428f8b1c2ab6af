"""How long starting takes: a process until it printed a value, a machine until its prompt, and the guest's own work."""
import os
import pathlib
import pty
import re
import select
import signal
import statistics
import subprocess
import tempfile
import time

PROMPT = b"perdure> "


class Series:
    """Times of one kind, in seconds."""

    def __init__(self, title):
        self.title, self.times = title, []

    @property
    def best(self):
        return min(self.times)

    @property
    def median(self):
        return statistics.median(self.times)


def until_end(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n{done.stderr.decode()}")
    return elapsed


def until_output(command, wanted, environment=None, limit=60):
    """Seconds until `wanted` was seen on the command's terminal; then the command is ended."""
    start = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment or {}, TERM="xterm")
        os.execvp(command[0], command)
    seen = b""
    try:
        while wanted not in seen:
            left = limit - (time.perf_counter() - start)
            if left <= 0 or not select.select([terminal], [], [], left)[0]:
                raise RuntimeError(f"{' '.join(command)}: waited for {wanted!r}, got {seen!r}")
            try:
                part = os.read(terminal, 65536)
            except OSError:
                part = b""
            if not part:
                raise RuntimeError(f"{' '.join(command)}: ended before {wanted!r}; got {seen!r}")
            seen += part
        return time.perf_counter() - start
    finally:
        os.kill(pid, signal.SIGKILL)  # QEMU ends with the tool
        os.waitpid(pid, 0)
        os.close(terminal)


def hosted_starts(tool, have_sbcl, count):
    """A process that prints a value, beside SBCL that does nothing."""
    rows = [(Series("`perdure run --print '(+ 1 2)'`"), [tool, "run", "--print", "(+ 1 2)"])]
    if have_sbcl:
        rows.append((Series("`sbcl --non-interactive --no-userinit --eval '(quit)'`"),
                     ["sbcl", "--non-interactive", "--no-userinit", "--eval", "(quit)"]))
    for _ in range(count):
        for series, command in rows:
            series.times.append(until_end(command))
    return [series for series, _ in rows]


def machine_starts(tool, build, count):
    """`perdure boot` until its prompt, beside the same with a kernel that does nothing but write one byte."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(build / "floor.elf", pathlib.Path(folder, "kernel.elf"))
        floor = {"PERDURE_KERNEL": folder, "PERDURE_BASE_WORLD": str(build / "base.world")}
        rows = [(Series("`perdure boot` to the prompt"), PROMPT, {}), (Series("the floor: a kernel that writes one byte"), b"P", floor)]
        for _ in range(count):
            for series, wanted, environment in rows:
                series.times.append(until_output([tool, "boot"], wanted, environment))
        return [series for series, _, _ in rows]


def guest_instructions(tool, count):
    """What the kernel counts from its entry, under -icount: {to where: instructions}, the least of `count` starts.

    QEMU is started through a wrapper that adds the counting.
    """
    least = {}
    with tempfile.TemporaryDirectory() as folder:
        wrapper = pathlib.Path(folder, "qemu-counting")
        wrapper.write_text(f'#!/bin/sh\nexec {os.environ.get("PERDURE_QEMU", "qemu-system-x86_64")} "$@" -icount shift=0\n')
        wrapper.chmod(0o755)
        environment = dict(os.environ, PERDURE_QEMU=str(wrapper), TERM="xterm")
        for _ in range(count):
            for where, ticks in one_count(tool, environment):
                least[where] = min(int(ticks), least.get(where, int(ticks)))
    return least


def one_count(tool, environment):
    """The kernel's log goes to standard error, the world's console to a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([tool, "boot", "--verbose"], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    seen = b""
    deadline = time.monotonic() + 120
    while PROMPT not in seen and time.monotonic() < deadline:
        if select.select([ours], [], [], 1)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
    time.sleep(0.2)
    process.kill()
    log = process.communicate()[1].decode(errors="replace")
    os.close(ours)
    return re.findall(r"kernel entry to (.*?): ([0-9]+) tsc ticks", log)
