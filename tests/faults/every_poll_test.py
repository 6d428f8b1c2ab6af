#!/usr/bin/env python3
"""Checkpoints at every n-th poll, the only places where one can happen, under the language's suites.

    tests/faults/every_poll_test.py TOOL [run|boot] [--every N] [--long] [--generations N] [--seed N] [SUITE...]

A suite runs in a world with a file of its own, which commits a generation at every N-th poll (tests/language/checkpointing.scm).
It has to print what it prints without that; the file has to be whole afterwards; and some of its generations, started on either
host, have to go on with what is left of the suite, to the letter.
"""
import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

LANGUAGE = pathlib.Path(__file__).resolve().parents[1] / "language"
LIMIT = 900  # seconds
POLLS_AT_END = 40  # at most, behind the last line of a suite

# Suites, and the N that makes some dozens of generations. Not among them: what is about files of its own, which an older
# generation does not find again (ports), or says what a world without a file answers (world).
EVERY = {"letrec": 10, "macros": 20, "syntax-errors": 100, "numbers": 50, "complex": 20, "data": 50, "text-output": 20,
         "redefinition": 2000, "report-procedures": 100, "expressions": 20000, "lists": 2000, "control": 2000,
         "continuations": 20000, "reentry": 100000, "processes": 20000, "srfi-18": 50, "srfi-41": 20000, "srfi-42": 100,
         "srfi-64": 100, "srfi-125": 20000, "srfi-132": 50000, "srfi-158": 50}
BOOTED = ["letrec", "macros", "control", "continuations", "processes", "report-procedures"]
DENSER = 20    # with --long


class Broken(Exception):
    pass


class Suite:
    def __init__(self, options, folder, name):
        self.options, self.folder, self.name = options, folder, name
        self.world = folder / f"{name}.world"

    def tool(self, *arguments):
        done = subprocess.run([self.options.tool, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=LIMIT)
        if done.returncode != 0:
            wrong = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
            raise Broken("\n".join([f"{' '.join(map(str, arguments))}: status {done.returncode}", *wrong[-20:], done.stderr[-2000:]]))
        return done.stdout

    def numbers(self):
        """Of the generations that were made at polls."""
        lines = self.tool("log", self.world).splitlines()[1:]
        return [int(line.split()[0]) for line in lines if line.endswith("poll")]

    def check_rest(self, host, number, last_with_rest, all_lines):
        rest = self.tool(host, f"{self.world}@{number}")
        if not all_lines.endswith(rest) or (rest == "" and number < last_with_rest):
            raise Broken(f"{host}: generation {number} went on otherwise:\n{rest[:500]}\n...\n{rest[-1500:]}")

    def check(self, every, chance):
        files = ["--load", f"{self.name}.scm"]
        expected = self.tool("run", "--load", "check.scm", *files)
        self.tool("new", self.world)
        got = self.tool(self.options.host, self.world, "--load", "check.scm", "--eval", f"(define %every {every})",
                        "--load", "checkpointing.scm", *files)
        if got != expected:
            raise Broken(difference(expected, got))
        self.tool("verify", self.world)
        numbers = self.numbers()
        if not numbers:
            raise Broken("no generation was made: it polls less often than that")
        chosen = sorted({numbers[0], *chance.sample(numbers, min(len(numbers), self.options.generations))})
        for number in chosen:
            self.check_rest(chance.choice(["run", "run", "boot"]), number, numbers[-1] - POLLS_AT_END // every, expected)
        print(f"{self.name}: {numbers[-1]} generations, {len(chosen)} of them went on", flush=True)
        self.world.unlink()


def difference(expected, got):
    for a, b in zip(expected.splitlines() + [""], got.splitlines() + [""]):
        if a != b:
            return f"expected: {a}\n     got: {b}"
    return "the end is different"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("tool", type=lambda name: str(pathlib.Path(name).resolve()))
    parser.add_argument("host", choices=["run", "boot"])
    parser.add_argument("suites", nargs="*")
    parser.add_argument("--every", type=int)
    parser.add_argument("--long", action="store_true", help=f"{DENSER} times as many generations")
    parser.add_argument("--generations", type=int, default=3, help="so many are started again")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_intermixed_args()
    chance = random.Random(options.seed)
    broken = 0
    with tempfile.TemporaryDirectory(prefix="perdure-polls-") as folder:
        for file in LANGUAGE.glob("*.scm"):      # the suites make files where they are; several runs go on at once
            shutil.copy(file, folder)
        for name in options.suites or (EVERY if options.host == "run" else BOOTED):
            every = options.every or max(1, EVERY[name] // (DENSER if options.long else 1))
            try:
                Suite(options, pathlib.Path(folder), name).check(every, chance)
            except (Broken, subprocess.TimeoutExpired) as problem:
                broken += 1
                print(f"{name}, every {every}, seed {options.seed}: FAILED: {problem}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
