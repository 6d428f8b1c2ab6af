#!/usr/bin/env python3
"""Every program of the benchmark, shrunk to one call of what it times, finds its own result right in a world.

    tests/bench/programs_test.py TOOL [PROGRAM...]

All of them hosted; those of ON_METAL on the bare machine too.
"""
import os
import sys
import tempfile

import peers
import processes

ON_METAL = ["ctak", "gcbench"]
EXPECTED_PROGRAMS = 112


def check(command, program, folder):
    """Says what is wrong; answers whether nothing is."""
    try:
        peers.measured(command, folder)
    except peers.Failed as failure:
        print(f"FAIL {program}: {failure}\n{failure.details}")
        return False
    return True


def processes_measure_all(tool, folder):
    """The program about processes, shrunk, has a line for each row of its table."""
    _, output = peers.run([tool, "run", "--load", str(processes.PROGRAMS / "perdure.scm"), "--eval", "(set! scale 1000)", "--eval", "(main)"], folder)
    names = [line.split()[0] for line in output.splitlines()]
    if sorted(names) != sorted(processes.ROWS):
        print(f"FAIL processes:\n{output}")
    return sorted(names) == sorted(processes.ROWS)


def main():
    tool, chosen = os.path.abspath(sys.argv[1]), sys.argv[2:] or peers.PROGRAMS
    right = 0
    runs = [("run", program) for program in chosen] + [("boot", program) for program in ON_METAL if program in chosen]
    with tempfile.TemporaryDirectory() as folder:
        for verb, program in runs:
            source = peers.write_program(program, "perdure", folder, small=True)
            right += check([tool, verb, "--load", source.name], f"{program}, {verb}", folder)
        measured = processes_measure_all(tool, folder)
    complete = len(sys.argv) > 2 or len(peers.PROGRAMS) == EXPECTED_PROGRAMS
    if not complete:
        print(f"there are {len(peers.PROGRAMS)} programs, not {EXPECTED_PROGRAMS}")
    print(f"{right} of {len(runs)} runs right")
    return 0 if complete and measured and right == len(runs) else 1


if __name__ == "__main__":
    sys.exit(main())
