"""Machine tests of the metal kernel with the base world: what the kernel does for a real one, seen from outside.

    metal_world.py BUILD-FOLDER [CASE]...

A fault in compiled Scheme code is made through QEMU's gdb stub: nothing in a world can make one.
"""

import os
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from metal_machine import Machine  # noqa: E402
from metal_selftest import Failed, expect, run_cases  # noqa: E402

CASES = {}
EXPECTED_CASES = 4
CODE_BASE, CODE_SIZE = 0x1000_4000_0000, 1 << 30
RIP = 16     # its number among the registers, as the gdb protocol counts


def case(function):
    CASES[function.__name__] = function
    return function


def world(build):
    return build / "base.world"


class Debugger:
    """As much of the gdb remote protocol as it takes to look at a running machine and to change a byte of it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(600)
        self.socket.connect(path)
        self.buffer = b""
        self.answer()      # connecting stops the machine, which tells so

    def send(self, text):
        self.socket.sendall(b"$%s#%02x" % (text, sum(text) & 255))

    def answer(self):
        while True:
            start = self.buffer.find(b"$")
            end = self.buffer.find(b"#", start)
            if start >= 0 and end >= 0 and len(self.buffer) >= end + 3:
                text, self.buffer = self.buffer[start + 1:end], self.buffer[end + 3:]
                self.socket.sendall(b"+")
                return text
            part = self.socket.recv(4096)
            if not part:
                raise Failed("the debugger's connection ended")
            self.buffer += part

    def ask(self, text):
        self.send(text)
        return self.answer()

    def go_on(self):
        self.send(b"c")

    def stop(self):
        self.socket.sendall(b"\x03")
        return self.answer()

    def instruction_pointer(self):
        return int.from_bytes(bytes.fromhex(self.ask(b"g").decode())[8 * RIP:8 * RIP + 8], "little")

    def write(self, address, data):
        return self.ask(b"M%x,%x:%s" % (address, len(data), data.hex().encode()))


def fault_in_compiled_code(build, program, code):
    """Boots `program`, which prints "looping" and then runs compiled code for ever, and puts `code` where it runs."""
    machine = Machine(build, "microvm", world(build), ["--eval", program], extra=["-gdb", "unix:gdb,server=on,wait=off"])
    expect(machine.wait_for(b"looping"), "the loop")
    debugger = Debugger(machine.path("gdb"))
    for _ in range(200):
        at = debugger.instruction_pointer()
        if CODE_BASE <= at < CODE_BASE + CODE_SIZE:
            break
        debugger.go_on()
        time.sleep(0.01)
        debugger.stop()
    expect(debugger.write(at, code) == b"OK", "the debugger can write to the code")
    debugger.go_on()
    result = machine.finish()
    debugger.socket.close()
    return result


SPIN = '(define (spin-along n) (if (< n 0) n (spin-along (+ n 1)))) (define (calls-it) (+ 1 (spin-along 0)))'


@case
def a_fault_in_compiled_code_names_the_procedure_and_its_callers(build):
    program = f'(begin {SPIN} (display "looping") (flush-output-port) (display (calls-it)))'
    for code, text in ((b"\x0f\x0b", "invalid opcode (exception 6)"), (b"\xcc", "breakpoint (exception 3)"),
                       (b"\x31\xc0\x8b\x00", "page fault (exception 14)")):
        result = fault_in_compiled_code(build, program, code)
        expect(result.status == 70 and result.code == 141, f"{text}: status 70", result)
        for words in (f"perdure: {text} in the world's compiled code", "procedure spin-along", "rip 0x00001000", "may be in"):
            expect(words.encode() in result.errors, f"{words!r} was expected", result)
        callers = result.errors.split(b"may be in", 1)[1]
        expect(b"calls-it" in callers, "the caller is named", result)
        expect(result.output == b"looping", "nothing else on standard output", result)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@case
def a_world_that_waits_halts_the_processor(build):
    machine = Machine(build, "microvm", world(build), ["--repl"], kernel_words="", console_flags=7)
    expect(machine.wait_for(b"perdure> "), "a prompt")
    for _ in range(20):      # it may have something to do still when it has shown its prompt
        before = processor_seconds(machine.process.pid)
        time.sleep(2)
        used = processor_seconds(machine.process.pid) - before
        if used < 0.2:
            break
    machine.type(b"(exit 4)\r")
    result = machine.finish()
    expect(result.status == 4, "status 4", result)
    expect(used < 0.2, f"2 seconds of waiting took {used} s of the processor", result)


def bare_session(build, boot):
    """A REPL on a serial line and nothing else: no tool, byte 3 is Ctrl-C."""
    machine = Machine(build, boot, world(build), [], tool=False, kernel_words="")
    expect(machine.wait_for(b"perdure> "), "a prompt")
    machine.type(b"(* 6 7)\r")
    expect(machine.wait_for(b"42\r\n"), "a value")
    machine.type(b"(begin (display \"around\") (let loop () (loop)))\r")
    expect(machine.wait_for(b"\naround"), "the loop")
    machine.type(b"\x03")
    expect(machine.wait_for(b"interrupt"), "the interrupt is told")
    machine.type(b"(car 1)\r")
    expect(machine.wait_for(b"error: car"), "an error is told on the same line")
    machine.type(b"(exit 5)\r")
    return machine.finish()


@case
def without_the_tool_the_serial_line_is_the_terminal(build):
    result = bare_session(build, "microvm")
    expect(result.code == 11, "status 5", result)


@case
def without_the_tool_on_a_pc(build):
    result = bare_session(build, "q35")
    expect(result.code == 11, "status 5", result)


if __name__ == "__main__":
    sys.exit(run_cases(CASES, EXPECTED_CASES))
