"""What processes cost beside Erlang's processes and Gambit's threads: the programs of processes/, each a whole run of one system.

A line of theirs is `NAME TIMES SECONDS`, or `memory COUNT BYTES`.
"""
import pathlib
import shutil

from peers import Failed, first_line, gambit_version, run

PROGRAMS = pathlib.Path(__file__).parent / "processes"
ROWS = {
    "spawn": "a process that does nothing, until its end is known",
    "message": "a message there and one back",
    "switch": "giving the processor to another process",
    "create": "100,000 that live at once: making one",
    "wake": "100,000: a message to each, its answer, its end",
    "memory": "100,000: memory of the system's process, each",
}


def perdure(tool):
    def prepare(folder):
        return [tool, "run", "--load", str(PROGRAMS / "perdure.scm"), "--eval", "(main)"]
    return "Perdure", first_line(tool, "version"), prepare


def erlang():
    def prepare(folder):
        run(["erlc", "-o", str(folder), str(PROGRAMS / "processes.erl")], folder)
        return ["erl", "+P", "1000000", "+S", "1:1", "-noshell", "-s", "processes", "main"]
    release = first_line("erl", "-noshell", "-eval", "io:format(\"~s\", [erlang:system_info(otp_release)]), halt().")
    return "Erlang/OTP", f"{release}, `erlc`, one scheduler (`+S 1:1`)", prepare


def gambit():
    def prepare(folder):
        target = folder / "gambit-threads"
        run(["gsc", "-exe", "-o", str(target), str(PROGRAMS / "gambit.scm")], folder)
        return [str(target)]
    return "Gambit threads", f"{gambit_version()}, `gsc -exe`, safe", prepare


def systems(tool):
    found = [perdure(tool)]
    if shutil.which("erlc"):
        found.append(erlang())
    if shutil.which("gsc"):
        found.append(gambit())
    return found


def measure(tool, rounds, folder, say):
    """({system: {row: least cost of one, in nanoseconds or bytes}}, {system: how it was run}); systems take turns."""
    folder = pathlib.Path(folder)
    chosen = systems(tool)
    commands = {title: prepare(folder) for title, _, prepare in chosen}
    best = {title: {} for title, _, _ in chosen}
    for _ in range(rounds):
        for title, command in commands.items():
            try:
                lines = run(command, folder)[1].splitlines()
            except Failed as failure:
                say(failure.details)
                continue
            for name, times, cost in map(str.split, lines):
                each = float(cost) / int(times) * (1 if name == "memory" else 1e9)
                best[title][name] = min(each, best[title].get(name, each))
    return best, {title: how for title, how, _ in chosen}


def shown(name, cost):
    return f"{cost:,.0f} bytes" if name == "memory" else f"{cost / 1000:.2f} µs"


def table(best):
    """Behind each peer's cost, how many times Perdure's that is."""
    lines = ["| of one | " + " | ".join(best) + " |", "|---|" + "--:|" * len(best)]
    for name, words in ROWS.items():
        ours = best["Perdure"].get(name)
        cells = []
        for title, costs in best.items():
            if name not in costs:
                cells.append("failed")
            elif title == "Perdure" or not ours:
                cells.append(shown(name, costs[name]))
            else:
                cells.append(f"{shown(name, costs[name])} ({costs[name] / ours:.2f})")
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
