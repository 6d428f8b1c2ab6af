#!/usr/bin/env python3
"""Differential fuzzing of the compiler: random programs (compiler_programs.py) must give the same results whichever way
they are compiled, and, with --peers, the results that other Schemes give.

  compiler_fuzz.py --perdure PROGRAM [--world BASE] [--seed N] [--count N] [--stress N] [--peers] [--show SEED]

Every program has a seed of its own; a failing one is written out, cut down, with the seed that makes it again.
"""
import argparse
import sys
import time

import compiler_oracles as oracles
from compiler_programs import Generator
from compiler_shrink import shrink

BATCH = 60


def make(seed):
    return Generator(seed).program()


def run_all(runner, programs, write_program):
    """As runner.run, but goes on behind a program that ends the process. -> {number: line}"""
    results = {}
    rest = list(programs)
    while rest:
        lines, status = runner.run(rest, write_program)
        results.update(lines)
        rest = [each for each in rest if each[0] not in results]
        if not rest:
            break
        # Lines come in order, so the first without one is to blame. A form that was refused is left out quietly.
        number = rest[0][0]
        alone, status = runner.run(rest[:1], write_program)
        results[number] = alone.get(number, f"no answer, exit status {status}")
        rest = rest[1:]
    return results


class Fuzzer:
    def __init__(self, options):
        self.options = options
        self.perdure = oracles.perdure(options.perdure, options.world)
        self.unoptimised = oracles.perdure(options.perdure, options.world, ["--without", "all"])
        self.optimisations = oracles.optimisations(options.perdure, options.world)
        self.peers = oracles.installed_peers() if options.peers else []
        self.stress = options.stress and self.has_stress()
        self.failures = self.stressed_so_far = 0

    def has_stress(self):
        return "procedure" in self.perdure.run([(0, 0)], lambda n, p: "(write (list 0 (show %gc-stress!)))(newline)")[0].get(0, "")

    def ways(self, number):
        """[(name, what runs it, how it is written)]; of the optimisations another one is off for each batch."""
        name = self.optimisations[number // BATCH % len(self.optimisations)]
        without = oracles.perdure(self.options.perdure, self.options.world, ["--without", name])
        return [("toplevel", self.perdure, oracles.toplevel), ("body", self.perdure, oracles.body), ("pressed", self.perdure, oracles.pressed),
                ("unoptimised", self.unoptimised, oracles.body), (f"without {name}", without, oracles.body)]

    def with_stress(self, number, program):
        return f"(%gc-stress! {self.options.stress}) {oracles.body(number, program)} (%gc-stress! 0)"

    def check(self, programs):
        """[(number, program)] -> {number: what is wrong}"""
        wrong = {}
        results = {name: run_all(runner, programs, way) for name, runner, way in self.ways(programs[0][0])}
        if self.stress and self.stressed_so_far < self.options.stress_count:
            some = programs[:self.options.stress_count - self.stressed_so_far]
            self.stressed_so_far += len(some)
            results["gc-stress"] = run_all(self.perdure, some, self.with_stress)
        answers = {peer.name: run_all(peer, programs, oracles.body) for peer in self.peers}
        for number, _ in programs:
            mine = {name: each[number] for name, each in results.items() if number in each}
            first = mine["toplevel"]
            peers = {name: each[number] for name, each in answers.items()}
            if any(each != first for each in mine.values()) or first.startswith("no answer"):
                wrong[number] = {**mine, **peers}
            elif peers and all(oracles.unsigned_zeros(each) != oracles.unsigned_zeros(first) and not each.startswith("no answer") for each in peers.values()):
                wrong[number] = {"perdure": first, **peers}
        return wrong

    def report(self, seed, wrong):
        self.failures += 1
        print(f"--- seed {seed}")
        for name, line in wrong.items():
            print(f"  {name:10} {line[:300]}")
        if self.options.no_shrink:
            return
        self.number = seed
        small = shrink(make(seed), lambda program: self.same_kind(program, wrong), self.options.steps)
        print(oracles.toplevel(seed, small))
        for name, line in (self.check([(seed, small)]).get(seed) or {}).items():
            print(f"  {name:10} {line[:300]}")
        sys.stdout.flush()

    def same_kind(self, program, wrong):
        now = self.check([(self.number, program)]).get(self.number)
        if now is None or set(now) != set(wrong):
            return False
        # Peers must go on answering, and agree if they did; a crash stays a crash.
        peers = [peer.name for peer in self.peers]
        if any(now[name].startswith("no answer") for name in peers):
            return False
        if len({wrong[name] for name in peers}) == 1 and len({now[name] for name in peers}) > 1:
            return False
        return all(now[name].startswith("no answer") == wrong[name].startswith("no answer") for name in wrong)

    def run(self):
        o = self.options
        start, seed, end = time.time(), o.seed, o.seed + o.count
        while seed < end and not (o.seconds and time.time() - start > o.seconds):
            batch = [(s, make(s)) for s in range(seed, min(seed + BATCH, end))]
            for number, wrong in self.check(batch).items():
                self.report(number, wrong)
            seed += BATCH
        ran = min(seed, end) - o.seed
        print(f"{ran} programs, {self.failures} failures, {len(self.ways(0))} ways, {self.stressed_so_far} under stress, "
              f"peers: {', '.join(peer.name for peer in self.peers) or 'none'}")
        return 1 if self.failures or ran == 0 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perdure", required=True, help="the perdure program")
    parser.add_argument("--world", help="the base world (default: perdure's own)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--peers", "--long", action="store_true", help="compare with the other Schemes that are installed")
    parser.add_argument("--stress", type=int, metavar="N", help="also with a collection at every Nth request for free objects")
    parser.add_argument("--stress-count", type=int, default=10 ** 9, help="for that many programs only")
    parser.add_argument("--steps", type=int, default=400, help="how many attempts to cut a failing program down")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--show", type=int, metavar="SEED", help="write this program and leave")
    options = parser.parse_args()
    if options.show is not None:
        print(oracles.toplevel(options.show, make(options.show)))
        return 0
    return Fuzzer(options).run()


if __name__ == "__main__":
    sys.exit(main())
