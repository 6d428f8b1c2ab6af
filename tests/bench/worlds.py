"""Worlds of much live data, beside SBCL with a core of as much: from starting a process to a first value, and saving a complete
new file. In QEMU, the guest's instructions up to the value.

The data is a vector of vectors of numbers; the value is one of them.
"""
import os
import pathlib
import pty
import re
import resource
import select
import signal
import subprocess
import time

SIZES = (16, 256, 1024)      # MB of live data
SAVED = 256
ROW = 16382                  # numbers of a vector: 128 KiB with its header
LIMIT = 600                  # seconds
VALUE = re.compile(rb"\b4711\b")


def rows(megabytes):
    return megabytes * 8


def scheme_data(megabytes):
    return (f"(define data (let ((rows (make-vector {rows(megabytes)} #f)))"
            f" (do ((i 0 (+ i 1))) ((= i {rows(megabytes)}) rows) (vector-set! rows i (make-vector {ROW} 4711)))))")


def lisp_data(megabytes):
    return (f"(defparameter *data* (let ((rows (make-array {rows(megabytes)})))"
            f" (dotimes (i {rows(megabytes)} rows) (setf (svref rows i) (make-array {ROW} :initial-element 4711)))))")


SCHEME_VALUE = "(vector-ref (vector-ref data 77) 5)"
LISP_VALUE = "(progn (print (svref (svref *data* 77) 5)) (terpri) (finish-output))"


def done(command, folder):
    """Seconds on the clock and of processor time, and what it wrote."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {ended.returncode}\n{ended.stderr.decode(errors='replace')}")
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended.stdout


def lisp(megabytes, *forms, core=None):
    command = ["sbcl", *(["--core", core] if core else []), "--dynamic-space-size", f"{max(1024, 3 * megabytes)}MB", "--noinform", "--no-sysinit",
               "--no-userinit", "--disable-debugger"]
    return command + [part for form in forms for part in ("--eval", form)]


class World:
    """Files of so much data, and how they are started and saved."""

    def __init__(self, tool, folder, megabytes, have_lisp):
        self.tool, self.folder, self.megabytes, self.have_lisp = tool, folder, megabytes, have_lisp
        self.world, self.core = f"{megabytes}.world", f"{megabytes}.core"
        memory = f"{max(512, 4 * megabytes)}M"
        done([tool, "run", "--memory", memory, "--eval", scheme_data(megabytes), "--save", self.world], folder)
        if have_lisp:
            done(lisp(megabytes, lisp_data(megabytes), f'(save-lisp-and-die "{self.core}")'), folder)

    def start(self, *actions):
        return [self.tool, "run", self.world, "--ephemeral", *actions]

    def start_lisp(self, form):
        return lisp(self.megabytes, form, "(exit :code 0 :abort t)", core=self.core)

    def measured(self, command):
        clock, processor, output = done(command, self.folder)
        if not VALUE.search(output):
            raise RuntimeError(f"{command}: {output}")
        return clock, processor

    def remove(self):
        for name in (self.world, self.core):
            pathlib.Path(self.folder, name).unlink(missing_ok=True)


def least(pairs):
    return tuple(min(each) for each in zip(*pairs))


def starts(world, count):
    """{what: (least on the clock, least of processor time)}"""
    found = {"perdure": [], "sbcl": []}
    for _ in range(count):
        found["perdure"].append(world.measured(world.start("--print", SCHEME_VALUE)))
        if world.have_lisp:
            found["sbcl"].append(world.measured(world.start_lisp(LISP_VALUE)))
    return {name: least(pairs) for name, pairs in found.items() if pairs}


def saves(world, count):
    """What saving takes beside a start alone, and the size of the file: {what: (clock, processor, bytes)}"""
    found = {"perdure": [], "sbcl": []}
    ways = {"perdure": (world.start("--eval", '(save-world "new.file")'), world.start("--eval", "1"))}
    if world.have_lisp:
        ways["sbcl"] = (lisp(world.megabytes, '(save-lisp-and-die "new.file")', core=world.core), world.start_lisp("1"))
    new = pathlib.Path(world.folder, "new.file")
    for _ in range(count):
        for name, (saving, starting) in ways.items():
            clock, processor, _ = done(saving, world.folder)
            clock_alone, processor_alone, _ = done(starting, world.folder)
            found[name].append((clock - clock_alone, processor - processor_alone, new.stat().st_size))
            new.unlink()
    return {name: least(triples) for name, triples in found.items() if triples}


def guest_instructions(world, count):
    """The least of so many runs, from the kernel's entry to where the value is printed and a REPL waits."""
    wrapper = pathlib.Path(world.folder, "qemu-counting")
    wrapper.write_text(f'#!/bin/sh\nexec {os.environ.get("PERDURE_QEMU", "qemu-system-x86_64")} "$@" -icount shift=0\n')
    wrapper.chmod(0o755)
    return min(one_count(world, wrapper) for _ in range(count))


def one_count(world, wrapper):
    ours, theirs = pty.openpty()
    command = [world.tool, "boot", world.world, "--ephemeral", "--verbose", "--print", SCHEME_VALUE, "--repl"]
    process = subprocess.Popen(command, cwd=world.folder, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
                               env=dict(os.environ, PERDURE_QEMU=str(wrapper), TERM="dumb"))
    os.close(theirs)
    log, deadline = b"", time.monotonic() + LIMIT
    wanted = re.compile(rb"kernel entry to first wait for input: ([0-9]+) tsc ticks")
    try:
        while not wanted.search(log):
            ready = select.select([ours, process.stderr], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise RuntimeError(f"{' '.join(command)}: no prompt; {log.decode(errors='replace')}")
            if ours in ready:
                os.read(ours, 65536)
            if process.stderr in ready:
                part = os.read(process.stderr.fileno(), 65536)
                if not part:
                    raise RuntimeError(f"{' '.join(command)}: ended; {log.decode(errors='replace')}")
                log += part
        return int(wanted.search(log)[1])
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        os.close(ours)


def measure(tool, count, folder, have_lisp, say):
    started, counted, saved = {}, {}, {}
    for megabytes in SIZES:
        say(f"  {megabytes} MB")
        world = World(tool, folder, megabytes, have_lisp)
        started[megabytes] = starts(world, count)
        counted[megabytes] = guest_instructions(world, 3)
        if megabytes == SAVED:
            saved = saves(world, max(3, count // 4))
        world.remove()
    return started, counted, saved


def milliseconds(pair):
    return f"{pair[0] * 1000:.1f} ms ({pair[1] * 1000:.1f} ms)"


TITLES = {"perdure": "`perdure run WORLD --ephemeral --print ...`", "sbcl": "SBCL with a core of the same data"}


def tables(started, counted, saved):
    lines = ["| first value, least on the clock (processor time), live data | " + " | ".join(f"{size} MB" for size in started) + " |",
             "|---|" + "--:|" * len(started)]
    for name in next(iter(started.values())):
        lines.append(f"| {TITLES[name]} | " + " | ".join(milliseconds(times[name]) for times in started.values()) + " |")
    lines.append("| `perdure boot`, guest instructions (`-icount shift=0`) | " + " | ".join(f"{ticks:,}" for ticks in counted.values()) + " |")
    lines += ["", f"| a new file of {SAVED} MB, beyond starting | on the clock | processor time | MB |", "|---|--:|--:|--:|"]
    names = {"perdure": "`save-world`", "sbcl": "`save-lisp-and-die`"}
    for name, (clock, processor, size) in saved.items():
        lines.append(f"| {names[name]} | {clock:.2f} s | {processor:.2f} s | {size / 1e6:.0f} |")
    return "\n".join(lines)
