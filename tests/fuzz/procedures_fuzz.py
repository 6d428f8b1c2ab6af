#!/usr/bin/env python3
"""Every procedure of the base world, called with arguments that make no sense: procedures.scm under a hosted world.

    tests/fuzz/procedures_fuzz.py TOOL [--seed N] [--calls N] [--stress N] [--long]

Fails when the world ends by itself, is not whole, or stays in one call although it is interrupted. The last calls are
then shown; with the same seed they come again.
"""
import argparse
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = pathlib.Path(__file__).with_name("procedures.scm")
INTERRUPT_EVERY = 0.1  # seconds
STUCK_AFTER = 300      # seconds in one call: endless, on a machine however slow

# What ends or saves the world or the process that calls, changes what the system itself stands on, or waits.
UNTOUCHABLE = """
exit emergency-exit save-world repl collect-garbage
%exit %begin-save %set-hook! %set-handlers! %set-parameters! %set-winders! %set-current-port-cells! %set-saved-continuation!
%set-interaction-environment! %register-library!
%take-events! %wait %gc-stress! %after-polls! %console-raw! %console-input-port %console-output-port %console-error-port
%define-system-library %foreign-set-struct-record!
%forget-library!
exit-process kill! link spawn-link process-interrupt! thread-terminate! rollback
%process-start! %process-adopt! %process-continue! %process-end! %process-interrupt! %will-wait! %wake! %start-group! %set-process-group!
%set-foreground-process! %atomic-begin! %atomic-end!
procedures-of public?
""".split()


def primitive_names():
    """The primitives with names that begin with %, from the tables."""
    names = set()
    for folder in ("runtime", "compiler"):
        for source in (ROOT / folder).rglob("*.cpp"):
            names.update(re.findall(r'primitive\("(%[^"]+)"', source.read_text()))
    return sorted(names)


def definitions(options, trace):
    return (f"(define seed {options.seed}) (define calls {options.calls}) (define trace-file \"{trace}\")"
            f"(define primitives '({' '.join(primitive_names())}))"
            f"(define untouchable '({' '.join(UNTOUCHABLE)}))")


def run(options):
    with tempfile.TemporaryDirectory(prefix="perdure-fuzz-") as folder:
        trace = pathlib.Path(folder, "trace")
        work = pathlib.Path(folder, "work")
        work.mkdir()
        stress = ["--eval", f"(%gc-stress! {options.stress})"] if options.stress else []
        process = subprocess.Popen(
            [options.tool, "run", "--memory", "96M", "--eval", definitions(options, trace), *stress, "--load", SCRIPT],
            cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        last, since = None, time.monotonic()
        while process.poll() is None:
            try:
                process.wait(INTERRUPT_EVERY)
            except subprocess.TimeoutExpired:
                if trace.exists():                             # the calls have begun, and interrupts are handled
                    process.send_signal(signal.SIGINT)
            size = (trace.stat().st_size, trace.stat().st_mtime_ns) if trace.exists() else None
            if size != last:
                last, since = size, time.monotonic()
            if time.monotonic() - since > STUCK_AFTER:
                process.kill()
        output = process.stdout.read().decode(errors="replace")
        summary = re.search(r"\(procedures (\d+) calls (\d+) answered (\d+) refused (\d+) given-up (\d+)\)\n\Z", output)
        if process.returncode == 0 and summary and int(summary[1]) > 1000 and int(summary[2]) >= options.calls:
            print(f"seed {options.seed}: {summary[0].strip()}")
            return True
        print(f"FAILED, seed {options.seed}, status {process.returncode}\n{output[-3000:]}")
        if trace.exists():
            print("the last calls:\n" + "\n".join(trace.read_text(errors="replace").splitlines()[-5:]))
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", type=lambda name: str(pathlib.Path(name).resolve()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--stress", type=int, default=0, help="collect at every Nth request for memory")
    parser.add_argument("--long", action="store_true", help="twenty seeds of 100,000 calls, two of them with --stress 5")
    options = parser.parse_args()
    if not options.long:
        return 0 if run(options) else 1
    options.calls = 100000
    good = True
    for seed in range(options.seed, options.seed + 20):
        options.seed, options.stress = seed, 5 if seed % 10 == 0 else 0
        good = run(options) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
