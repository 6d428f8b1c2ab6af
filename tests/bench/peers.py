"""The systems that are compared: how each compiles and runs a program, and which of its modes that is.

A program is its prelude (how this system tells the time), preludes/common.scm and programs/NAME.scm, one after the
other in one file, so that every system compiles the same text.
"""
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent


class Peer:
    """A way to run programs. `mode` says which, for the table."""

    def __init__(self, name, title, mode, version, prepare):
        self.name, self.title, self.mode, self.version, self.prepare_command = name, title, mode, version, prepare

    def prepare(self, program, folder):
        """Compiles ahead of time what is so compiled; answers the command that runs it."""
        source = pathlib.Path(folder) / f"{self.name}-{program}.scm"
        parts = [HERE / "preludes" / f"{self.name}.scm", HERE / "preludes" / "common.scm", HERE / "programs" / f"{program}.scm"]
        source.write_text("".join(part.read_text() for part in parts))
        return self.prepare_command(source)


def compiled(command, result):
    done = subprocess.run(command, capture_output=True, text=True, cwd=pathlib.Path(result).parent)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} could not compile: {done.stdout}{done.stderr}")
    return result


def prepare_gambit(source):
    return [str(compiled(["gsc", "-exe", "-o", str(source.with_suffix("")), str(source)], source.with_suffix("")))]


def guile():
    return shutil.which("guile-3.0") or shutil.which("guile")


def prepare_guile(source):
    target = source.with_suffix(".go")
    compilation = f'(use-modules (system base compile)) (compile-file "{source}" #:output-file "{target}" #:optimization-level 2)'
    compiled([guile(), "--no-auto-compile", "-c", compilation], target)
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
