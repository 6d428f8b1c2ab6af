"""gdb helpers for a world, hosted or in QEMU: docs/gdb.md says how to use them.

    scheme EXPR             a value as Scheme text; EXPR is a Value or a word
    scheme-backtrace [N]    the Scheme frames, newest first, those in the heap too
    scheme-where ADDRESS    whose machine code that is
    scheme-global NAME      the globals of that name
    scheme-code NAME        the machine code of the global procedure of that name
    scheme-file WORLD       in QEMU: where to look for pages that are not in yet

Everything is read from memory by the layouts of runtime/value.h, object.h, machine.h, code_space.h and global.h (prose:
docs/machine.md); nothing of the world is called. Values in gdb's own output (bt, print, info locals) look like Scheme too.
"""
import os
import struct
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world_file import PAGE, WorldFile  # noqa: E402

PAIR, OBJECT, CLOSURE, IMMEDIATE = 1, 2, 5, 6
FLONUM_TAGS = (3, 4, 7)
FALSE, NIL = 0x06, 0x16
CONSTANTS = ["#f", "#t", "()", "#<eof>", "#<unspecific>", "#<unbound>", "#<unassigned>", "#<default>", "#<raise>", "#<would-block>"]
CHARACTER = 10
NOTE = b"\x0f\x1f\x80"
CODE_BASE, CODE_END = 0x1000_4000_0000, 0x1000_8000_0000
NEAR_BASE = 0x1000_2000_0000
MOST = 12                # elements of a list or vector that are shown


class NotIn(Exception):
    """Neither in memory nor in the world file."""


def open_world_of(pid):
    folder = f"/proc/{pid}/fd/"
    for descriptor in sorted(os.listdir(folder), key=int):
        if os.path.isfile(folder + descriptor):
            with open(folder + descriptor, "rb") as file:
                if file.read(8) == b"PERDURE1":
                    return WorldFile(folder + descriptor)
    raise NotIn      # a cold start has no world file


class Memory:
    """The world's memory. Hosts bring a page in when it is touched; until then it is what the world file says."""

    def __init__(self):
        self.pages = {}
        self.file = None

    def forget(self, *_):
        self.pages.clear()

    def read(self, address, size):
        first = address // PAGE
        pages = b"".join(self.page(number) for number in range(first, (address + size - 1) // PAGE + 1))
        return pages[address - first * PAGE:][:size]

    def page(self, number):
        if number not in self.pages:
            self.pages[number] = self.from_memory(number * PAGE) or self.from_file(number * PAGE)
        return self.pages[number]

    @staticmethod
    def from_memory(address):
        inferior = gdb.selected_inferior()
        # Of a page that is not in, Linux would give zeros; QEMU says that it is not there.
        if is_native(inferior) and not is_readable(inferior.pid, address):
            return None
        try:
            return bytes(inferior.read_memory(address, PAGE))
        except gdb.MemoryError:
            return None

    def from_file(self, address):
        inferior = gdb.selected_inferior()
        if self.file is None and is_native(inferior):
            self.file = open_world_of(inferior.pid)
        page = self.file and self.file.page(address)
        if page is None:
            raise NotIn
        return page

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def words(self, address, count):
        return struct.unpack(f"<{count}Q", self.read(address, 8 * count)) if count else ()


def is_native(inferior):
    return inferior.connection is not None and inferior.connection.type == "native"


def is_readable(pid, address):
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            bounds, access = line.split()[:2]
            start, end = (int(x, 16) for x in bounds.split("-"))
            if start <= address < end:
                return access[0] == "r"
    return False


memory = Memory()
gdb.events.cont.connect(memory.forget)


def type_names():
    """The names of runtime/object.h's enum Type, by number."""
    return [field.name.split("::")[-1][1:] for field in gdb.lookup_type("perdure::runtime::Type").fields()]


def address_of(symbol):
    return int(gdb.parse_and_eval(f"(unsigned long)&'{symbol}'"))


def field_of(variable, type_, name):
    """A word of the runtime's `machine` or `stubs`."""
    field = next(f for f in gdb.lookup_type(f"perdure::runtime::{type_}").fields() if f.name == name)
    return memory.word(address_of(f"perdure::runtime::{variable}") + field.bitpos // 8)


# --- values ----------------------------------------------------------------------------------------------------------

def flonum(word):
    bits = word ^ 7
    return repr(struct.unpack("<d", struct.pack("<Q", (bits >> 4 | bits << 60) & (1 << 64) - 1))[0])


def immediate(word):
    kind = word >> 3 & 31
    if kind == CHARACTER:
        return f"#\\{chr(word >> 8)}"
    return CONSTANTS[kind] if kind < len(CONSTANTS) else f"#<immediate {word:#x}>"


def text_of(string):
    """The characters of a string object."""
    length = memory.word(string - OBJECT) >> 16
    shown = memory.read(string - OBJECT + 8, 4 * min(length, 200))
    return shown.decode("utf-32-le", "replace") + ("..." if length > 200 else "")


def symbol_name(symbol):
    return text_of(memory.word(symbol - OBJECT + 8))


def show_list(pair, depth):
    parts = []
    while pair & 7 == PAIR and len(parts) < MOST:
        car, pair_next = memory.words(pair - PAIR, 2)
        parts.append(show(car, depth - 1))
        pair = pair_next
    if pair & 7 == PAIR:
        parts.append("...")
    elif pair != NIL:
        parts += [".", show(pair, depth - 1)]
    return "(" + " ".join(parts) + ")"


def show_object(word, depth):
    address = word - OBJECT
    header = memory.word(address)
    if header & 7 == OBJECT:
        fields = memory.words(address + 8, min(memory.word(header - OBJECT + 8 * 4) >> 3, MOST))
        return "#<" + " ".join([symbol_name(memory.word(header - OBJECT + 8))] + [show(f, depth - 1) for f in fields]) + ">"
    kind, length = type_names()[header >> 3 & 31], header >> 16
    if kind == "String":
        return '"' + text_of(word).replace('"', '\\"') + '"'
    if kind == "Symbol":
        return symbol_name(word)
    if kind == "Flonum":
        return repr(struct.unpack("<d", memory.read(address + 8, 8))[0])
    if kind == "Bignum":
        return ("-" if header & 0x100 else "") + str(int.from_bytes(memory.read(address + 8, 8 * length), "little"))
    if kind == "Compnum":
        return "(make-rectangular " + " ".join(show(part, 2) for part in memory.words(address + 8, 2)) + ")"
    if kind == "Ratnum":
        return "/".join(show(part, 1) for part in memory.words(address + 8, 2))
    if kind in ("Vector", "Values", "Condition", "Box"):
        slots = memory.words(address + 8, min(length, MOST))
        body = " ".join([show(slot, depth - 1) for slot in slots] + ["..."] * (length > MOST))
        return f"#({body})" if kind == "Vector" else f"#<{kind.lower()} {body}>"
    return f"#<{kind} {address:#x}>"


def show_closure(word):
    address = word - CLOSURE
    entry, captured = memory.words(address + 8, 2)
    if entry == field_of("stubs", "Stubs", "primitive"):
        size, name = memory.words(captured, 2)                               # Primitive::name, a string_view
        return f"#<primitive {memory.read(name, size).decode()}>"
    return f"#<procedure {describe(entry)}>"


def show(word, depth=4):
    tag = word & 7
    if tag == 0:
        return str((word if word < 1 << 63 else word - (1 << 64)) >> 3)
    if tag in FLONUM_TAGS:
        return flonum(word)
    if tag == IMMEDIATE:
        return immediate(word)
    if depth == 0:
        return "..."
    try:
        if tag == PAIR:
            return show_list(word, depth)
        return show_closure(word) if tag == CLOSURE else show_object(word, depth)
    except NotIn:
        return f"#<not in memory {word:#x}>"


class ValuePrinter:
    def __init__(self, value):
        self.word = int(value["bits"])

    def to_string(self):
        return show(self.word)


# --- code and frames -------------------------------------------------------------------------------------------------

def find_code(address):
    """(name, source, line, start, size, is a stub) of the CodeRecord that holds `address`, or None."""
    record = gdb.lookup_type("perdure::runtime::CodeRecord")
    at = {f.name: f.bitpos // 8 for f in record.fields()}
    names = "perdure::runtime::(anonymous namespace)::"
    kept = "permanent" if address < memory.word(address_of(names + "watched_start")) else "collected"
    begin, end = memory.words(address_of(f"{names}{kept}()::all"), 2)
    low, high = 0, (end - begin) // record.sizeof
    while low < high:
        middle = (low + high) // 2
        if memory.word(begin + middle * record.sizeof) <= address:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return None
    bytes_ = memory.read(begin + (low - 1) * record.sizeof, record.sizeof)
    start, size, name, source = (struct.unpack_from("<Q", bytes_, at[field])[0] for field in ("start", "size", "name", "source"))
    line, = struct.unpack_from("<I", bytes_, at["line"])
    minimum, = struct.unpack_from("<h", bytes_, at["minimum"])
    if address >= start + size:
        return None
    return (None if name == FALSE else symbol_name(name), None if source == FALSE else text_of(source), line, start, size, minimum < 0)


def describe(address):
    """A Scheme procedure's name and place; or what gdb knows."""
    if not CODE_BASE <= address < CODE_END:
        return gdb.execute(f"info symbol {address}", to_string=True).strip()
    found = find_code(address)
    if found is None:
        return "no code"
    name, source, line, start, _, is_stub = found
    return (f"stub:{name}" if is_stub else name or "(toplevel)") + (f" {source}:{line}" if source else "") + f" +{address - start:#x}"


def frame_extent(address):
    """From the return address `address` to the next one, by its note; None: it is no return address."""
    if not CODE_BASE <= address < CODE_END or memory.read(address, 3) != NOTE:
        return None
    return (struct.unpack("<I", memory.read(address + 3, 4))[0] & ~7) + 8


def frames_on_stack(at, end):
    """Return addresses from `at`: the first is the first word with a note (M3), the others follow from the notes."""
    while at < end and frame_extent(memory.word(at)) is None:
        at += 8
    while at < end:
        address = memory.word(at)
        yield address
        at += frame_extent(address)


def frames_in_continuations(k, skip):
    while k != FALSE:
        *_, parent, sizes = memory.words(k - CLOSURE, 7)
        frames = k - CLOSURE + 7 * 8
        at, end = frames + skip * 8, frames + (sizes >> 48) * 8
        while at < end:
            address = memory.word(at)
            yield address
            at += frame_extent(address)
        k, skip = parent, sizes >> 32 & 0xffff


def scheme_frames():
    base, rsp, rip = field_of("machine", "Machine", "stack_base"), int(gdb.parse_and_eval("$rsp")), int(gdb.parse_and_eval("$rip"))
    in_scheme = CODE_BASE <= rip < CODE_END and base - (256 << 10) <= rsp < base
    if in_scheme:
        yield rip
    yield from frames_on_stack(rsp if in_scheme else field_of("machine", "Machine", "scheme_sp"), base)
    yield from frames_in_continuations(*(field_of("machine", "Machine", field) for field in ("next_continuation", "next_skip")))


# --- commands --------------------------------------------------------------------------------------------------------

def command(name):
    def register(function):
        class Command(gdb.Command):
            __doc__ = function.__doc__

            def invoke(self, argument, from_tty):
                try:
                    function(argument)
                except NotIn:
                    print("that is not in memory; scheme-file WORLD tells where to look for it")

        Command(name, gdb.COMMAND_DATA)
        return function
    return register


@command("scheme")
def scheme(argument):
    """scheme EXPR: a Value, or a word that is one, as Scheme text."""
    value = gdb.parse_and_eval(argument)
    print(show(int(value["bits"] if value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT else value.cast(gdb.lookup_type("unsigned long")))))


@command("scheme-backtrace")
def scheme_backtrace(argument):
    """scheme-backtrace [N]: the Scheme frames, newest first."""
    limit = int(argument or 40)
    for number, address in enumerate(scheme_frames()):
        if number == limit:
            return print("...")
        print(f"#{number:<3} {address:#x} {describe(address)}")


@command("scheme-where")
def scheme_where(argument):
    """scheme-where ADDRESS: whose machine code that is."""
    print(describe(int(gdb.parse_and_eval(argument).cast(gdb.lookup_type("unsigned long")))))


def globals_named(wanted):
    """Cell and value of each."""
    end = memory.word(address_of("perdure::runtime::(anonymous namespace)::next_cell"))
    for cell in range(NEAR_BASE, end, 32):
        value, _, name, _ = memory.words(cell, 4)
        if symbol_name(name) == wanted:
            yield cell, value


@command("scheme-global")
def scheme_global(argument):
    """scheme-global NAME: address and value of the globals of that name."""
    for cell, value in globals_named(argument):
        print(f"{cell:#x} {show(value)}")


@command("scheme-code")
def scheme_code(argument):
    """scheme-code NAME: the machine code of the global procedures of that name."""
    for _, value in globals_named(argument):
        found = find_code(memory.word(value - CLOSURE + 8)) if value & 7 == CLOSURE else None
        if found and not found[-1]:      # a primitive's would be the stub of all primitives
            name, source, line, start, size, _ = found
            print(f"{name} {source}:{line}")
            for instruction in gdb.selected_inferior().architecture().disassemble(start, start + size - 1):
                print(f"  {instruction['addr']:#x}  {instruction['asm']}")


@command("scheme-file")
def scheme_file(argument):
    """scheme-file WORLD: the world file that the program was started from."""
    memory.file = WorldFile(argument)
    memory.forget()


printers = gdb.printing.RegexpCollectionPrettyPrinter("perdure")
printers.add_printer("Value", "^perdure::runtime::Value$", ValuePrinter)
gdb.printing.register_pretty_printer(None, printers, replace=True)
