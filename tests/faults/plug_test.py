#!/usr/bin/env python3
"""The plug is pulled: a world in which processes move amounts between accounts (bank.scm) is killed at random moments, as a
process and as a machine in QEMU, while it commits generations. Each time it goes on, the sum is right, no generation that was
said to be committed is missing, and every process goes on.

    tests/faults/plug_test.py TOOL [--kills N] [--seed N]
"""
import argparse
import os
import pathlib
import random
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds; ends what hangs, and judges no speed
SUM = 40 * 1000
IN_USE = 75


class Broken(Exception):
    pass


class Run:
    """One life of the world, until the plug is pulled."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.output, self.open = b"", True

    def read(self, seconds):
        """Takes what it says for so long, or until it ends."""
        deadline = time.monotonic() + seconds
        while self.open and self.selector.select(max(0, deadline - time.monotonic())):
            data = self.process.stdout.read()
            self.open = data != b""
            self.output += data or b""
            if time.monotonic() >= deadline:
                break

    def wait_for(self, words):
        deadline = time.monotonic() + LIMIT
        while words not in self.output and self.open and time.monotonic() < deadline:
            self.read(0.1)
        return words in self.output

    def pull_the_plug(self):
        self.process.send_signal(signal.SIGKILL)   # QEMU goes with the tool that started it
        self.read(LIMIT)
        self.process.wait()
        self.selector.close()
        self.process.stdout.close()

    def numbers(self, word):
        """Of the lines that are whole."""
        return [int(number) for number in re.findall(rf"^{word} (-?\d+) $".encode(), self.output, re.MULTILINE)]


class Plug:
    def __init__(self, tool, folder, chance):
        self.tool, self.folder, self.chance = tool, folder, chance
        self.committed = 0
        self.told = {"run": 0, "boot": 0}

    def look(self, *arguments):
        """A command about the file, which QEMU may still have for a moment."""
        deadline = time.monotonic() + LIMIT
        while True:
            result = subprocess.run([self.tool, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
            if result.returncode == 0:
                return result.stdout
            if result.returncode != IN_USE or time.monotonic() > deadline:
                raise Broken(f"{arguments}: {result}")

    def live(self, host, *actions):
        self.look("verify", "bank.world")
        newest = int(self.look("log", "bank.world").splitlines()[-1].split()[0])
        if newest < self.committed:
            raise Broken(f"generation {self.committed} was said to be committed, the newest is {newest}")
        run = Run([self.tool, host, "bank.world", *actions], self.folder)
        try:
            if self.committed == 0 or self.chance.random() < 0.7:   # or at any moment of the start
                run.wait_for(b"stuck" if self.committed else b"committed")
            run.read(self.chance.uniform(0, 0.3))
        finally:
            run.pull_the_plug()
        self.check(host, run)

    def check(self, host, run):
        text = run.output.decode(errors="replace")
        sums, committed = run.numbers("sum"), run.numbers("committed")
        stuck = re.findall(r"^stuck (.*?) $", text, re.MULTILINE)
        if re.search(r"error|fault|damaged|perdure:", text) or sums not in ([], [SUM]) or stuck not in ([], ["()"]):
            raise Broken(f"{host} said:\n{text[-3000:]}")
        if committed != sorted(committed) or (committed and committed[0] < self.committed):
            raise Broken(f"{host}: after generation {self.committed} came {committed}")
        self.committed = max([self.committed, *committed])
        self.told[host] += bool(stuck)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("tool")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="perdure-plug-") as folder:
        plug = Plug(os.path.abspath(options.tool), folder, chance)
        plug.look("new", "bank.world")
        start = ["--load", str(HERE / "bank.scm"), "--eval", "(open-the-bank)", "--eval", "(check-in)"]
        for i in range(options.kills):
            host = "boot" if chance.random() < 0.4 else "run"
            try:
                plug.live(host, *start)
            except Broken as broken:
                sys.exit(f"seed {options.seed}, kill {i}: {broken}")
            start = ["--eval", "(check-in)"]
        told = plug.told
        print(f"{options.kills} kills; the sum was right {told['run']} times hosted, {told['boot']} times in QEMU; {plug.committed} generations")
        if sum(told.values()) < options.kills // 2:
            sys.exit("too few of these runs came so far as to tell")


if __name__ == "__main__":
    main()
