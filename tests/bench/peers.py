"""The systems that are compared: how each compiles and runs a program, and which of its modes that is.

A program is its prelude (how this system tells the time), preludes/common.scm and programs/NAME.scm, one after the
other in one file, so that every system compiles the same text.
"""
import pathlib
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).parent
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.scm"))
TIME_LIMIT = 30  # seconds, for compiling ahead of time and for each run


class Failed(Exception):
    """A program did not compile, ended badly, took too long, or found its own result wrong. The message is one word."""

    def __init__(self, word, details):
        super().__init__(word)
        self.details = details


def run(command, folder):
    """Seconds, and what was printed."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise Failed("timeout", f"{' '.join(command)}: more than {TIME_LIMIT} s") from None
    if done.returncode != 0:
        raise Failed("failed", f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start, done.stdout


def measured(command, folder):
    """The times that the program gives for its rounds, and the seconds spent beside those: starting, compiling, loading."""
    elapsed, output = run(command, folder)
    lines = output.splitlines()
    if not lines or not all(line.startswith("time ") for line in lines):
        raise Failed("wrong" if "wrong" in output else "failed", f"{' '.join(command)}:\n{output}")
    times = [float(line.split()[1]) for line in lines]
    return times, elapsed - sum(times)


def write_program(name, prelude, folder, small=False):
    """The text that a system compiles, as a file in the folder."""
    source = pathlib.Path(folder) / f"{prelude}-{name}.scm"
    parts = [(HERE / "preludes" / f"{prelude}.scm").read_text(), f"(define small? {'#t' if small else '#f'})\n\n",
             (HERE / "preludes" / "common.scm").read_text(), (HERE / "programs" / f"{name}.scm").read_text()]
    source.write_text("".join(parts))
    return source


class Peer:
    """A way to run programs. `mode` says which, for the table."""

    def __init__(self, name, title, mode, version, prepare):
        self.name, self.title, self.mode, self.version, self.prepare_command = name, title, mode, version, prepare

    def prepare(self, program, folder):
        """Compiles ahead of time what is so compiled; answers the command that runs it, and the seconds that took."""
        source = write_program(program, self.name, folder)
        start = time.perf_counter()
        return self.prepare_command(source), time.perf_counter() - start


def prepare_gambit(source):
    run(["gsc", "-exe", "-o", str(source.with_suffix("")), str(source)], source.parent)
    return [str(source.with_suffix(""))]


def guile():
    return shutil.which("guile-3.0") or shutil.which("guile")


def prepare_guile(source):
    target = source.with_suffix(".go")
    compilation = f'(use-modules (system base compile)) (compile-file "{source}" #:output-file "{target}" #:optimization-level 2)'
    run([guile(), "--no-auto-compile", "-c", compilation], source.parent)
    return [guile(), "--no-auto-compile", "-c", f'(load-compiled "{target}")']


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def gambit_version():
    return first_line("gsc", "-v").split()[0].lstrip("v")


def all_peers(tool):
    """Perdure and, of the others, those that are installed."""
    peers = [Peer("perdure", "Perdure", "`perdure run --load`, hosted", lambda: first_line(tool, "version"),
                  lambda source: [tool, "run", "--load", str(source)])]
    if shutil.which("scheme"):
        peers.append(Peer("chez", "Chez", "`scheme --optimize-level 2 --program`, compiled in memory",
                          lambda: first_line("scheme", "--version"),
                          lambda source: ["scheme", "--optimize-level", "2", "--program", str(source)]))
    if shutil.which("gsc"):
        peers.append(Peer("gambit", "Gambit", "`gsc -exe` with `(declare (standard-bindings) (block))`, safe", gambit_version, prepare_gambit))
    if guile():
        peers.append(Peer("guile", "Guile", "compiled to a file at optimization level 2, a module of its own",
                          lambda: first_line(guile(), "--version").split()[-1], prepare_guile))
    return peers
