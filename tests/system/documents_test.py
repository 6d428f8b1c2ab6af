#!/usr/bin/env python3
"""What documents say is so: sessions are typed in, tables are compared with the headers.

    tests/system/documents_test.py TOOL [TEST...]

A session is a code block with `perdure> ` lines; TOOL gets its forms on standard input, and must print what stands below
them. `$ ./perdure ...` lines are run as they are, in an empty folder; lines after `#` are for the reader.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = "perdure"
PROMPT = "perdure> "
BANNER = re.compile(r"Perdure: (a live|a saved) world|Ctrl-D on an empty line")   # only a terminal gets it
SESSIONS = {"README.md": 2, "docs/compiler.md": 1, "docs/persistence.md": 1, "docs/repl.md": 4, "docs/tour.md": 3}                 # how many blocks at least


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


# --- sessions ----------------------------------------------------------------------------------------------------------

def blocks(document):
    """The indented blocks, each a list of lines."""
    block = []
    for line in [*document.splitlines(), "end"]:
        if line.startswith("    "):
            block.append(line[4:])
        elif block and line.strip():
            yield block
            block = []


class Session:
    """One start of the tool: a command, what is typed, what is seen."""

    def __init__(self, command):
        self.command, self.forms, self.expected = command, [], []

    def run(self, folder):
        got = subprocess.run(["sh", "-c", self.command], cwd=folder, input="\n".join(self.forms) + "\n", text=True, timeout=600,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return [line for line in got.stdout.splitlines() if line.strip()]


def sessions(block):
    current = None
    for line in block:
        if line.startswith("$ "):
            current = Session(line[2:].split("#")[0])
            if "./perdure" in line:
                yield current
        elif line.startswith(PROMPT.rstrip()):
            if current is None:
                current = Session("./perdure run")
                yield current
            # The end of input leaves as well; and what is read ahead when a world is saved is in the world.
            if line[len(PROMPT):] != "(exit)":
                current.forms.append(line[len(PROMPT):])
        elif current is not None and line.strip() and not BANNER.match(line):
            current.expected.append(line)


class Sessions(unittest.TestCase):
    def test_sessions_answer_as_documented(self):
        for document, least in SESSIONS.items():
            tried = 0
            for block in blocks(text_of(document)):
                with tempfile.TemporaryDirectory() as folder:
                    os.symlink(TOOL, os.path.join(folder, "perdure"))
                    for session in list(sessions(block)):
                        if session.expected or session.forms or "perdure new" in session.command:
                            tried += 1
                            with self.subTest(document=document, command=session.command, forms=session.forms):
                                self.assertEqual(session.run(folder), session.expected)
            self.assertGreaterEqual(tried, least, document)


# --- tables ------------------------------------------------------------------------------------------------------------

def rows(document, *patterns):
    """Of every table row whose first cells match: what the patterns' groups caught."""
    found = []
    for line in text_of(document).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        matches = [re.fullmatch(pattern, cell) for pattern, cell in zip(patterns, cells)]
        if len(cells) >= len(patterns) and all(matches):
            found.append(tuple(group for match in matches for group in match.groups()))
    return found


def body_of(header, start):
    """From the line that begins with `start` to the closing brace, without comments."""
    text = re.sub(r"//[^\n]*", "", text_of(header))
    return re.search(re.escape(start) + r"[^{]*\{(.*?)\n?\};", text, re.DOTALL).group(1)


def enumerators(header, start):
    names, value = [], -1
    for item in body_of(header, start).split(","):
        if item.strip():
            name, _, given = (part.strip() for part in item.partition("="))
            value = int(given) if given else value + 1
            names.append((name, value))
    return names


def fields_of(declarations):
    """Names in order: `Value car, cdr;  T* (*f)(int);  char32_t chars[2];`."""
    names = []
    for declaration in declarations.split(";"):
        function = re.search(r"\(\*(\w+)\)", declaration)
        if function:
            names.append(function.group(1))
        elif declaration.strip():
            names += [re.search(r"(\w+)\s*(\[.*\])?\s*$", part).group(1) for part in declaration.split("=")[0].split(",")]
    return names


def words(cell):
    return re.findall(r"`(\w+)`", cell)


class Machine(unittest.TestCase):
    DOCUMENT = "docs/machine.md"

    def test_tags(self):
        self.assertEqual([(name, int(tag)) for tag, name in rows(self.DOCUMENT, r"(\d)", r"`(kTag\w+)`")],
                         enumerators("runtime/value.h", "enum Tag"))

    def test_immediates(self):
        header = re.findall(r"constexpr Value (k\w+) = immediate\((\d+)\)", text_of("runtime/value.h"))
        documented = rows(self.DOCUMENT, r"(\d+)", r"`(k\w+)`", r"(0x\w+)")
        self.assertEqual([(name, kind) for kind, name, _ in documented], header)
        for kind, _, word in documented:
            self.assertEqual(int(word, 16), int(kind) << 3 | 6)
        self.assertIn("kCharKind = 10", text_of("runtime/value.h"))

    def test_object_types(self):
        documented = [(name, int(number)) for number, name in rows(self.DOCUMENT, r"(\d+)", r"`(k[A-Z]\w+)`", r"[\w -]*", ".*")]
        self.assertEqual([row for row in documented if row[0] not in self.immediates()], enumerators("runtime/object.h", "enum class Type"))

    def immediates(self):
        return {name for name, _ in re.findall(r"constexpr Value (k\w+) = immediate\((\d+)\)", text_of("runtime/value.h"))} | {
            name for name, _ in enumerators("runtime/value.h", "enum Tag")}

    def test_object_fields(self):
        header = {name: fields_of(body) for name, body in re.findall(r"^struct (\w+) \{ (.*) \};", text_of("runtime/object.h"), re.MULTILINE)}
        documented = {name: words(cell) for name, cell in rows(self.DOCUMENT, r"`(\w+)`", r"(`(?:header|car|type)`.*)")}
        self.assertEqual(documented, header)

    def test_global_and_continuation(self):
        text = " ".join(text_of(self.DOCUMENT).split())
        for header, name in (("runtime/global.h", "Global"), ("runtime/machine.h", "Continuation")):
            fields = fields_of(body_of(header, f"struct {name} "))
            listed = [words(sentence) for sentence in re.split(r"[:;.] ", text)]
            self.assertTrue(any(line[:len(fields)] == fields for line in listed), (name, fields))

    def test_stubs(self):
        documented = [name for cell in rows(self.DOCUMENT, r"(`\w+`(?: `\w+`)*)", r"[^`].*|`call/cc`") for name in words(cell[0])]
        fields = fields_of(body_of("runtime/machine.h", "struct Stubs"))
        self.assertEqual(sorted(set(documented) & set(fields)), sorted(fields))

    def test_gdb_helper_knows_the_same_immediates(self):
        shown = re.search(r"CONSTANTS = \[(.*?)\]", text_of("runtime/gdb/perdure.py")).group(1).split(", ")
        self.assertEqual(len(shown), len(re.findall(r"constexpr Value (k\w+) = immediate\(\d+\)", text_of("runtime/value.h"))))


class Compiler(unittest.TestCase):
    DOCUMENT = "docs/compiler.md"

    def test_optimisations(self):
        named = re.search(r"kOptimisationNames = \{(.*?)\};", text_of("compiler/optimisations.h"), re.DOTALL).group(1)
        self.assertEqual([name for name, in rows(self.DOCUMENT, r"`([a-z-]+)`")], re.findall(r'"([a-z-]+)"', named))

    def test_a_program_goes_through_the_passes_as_shown(self):
        """`...` stands for any lines."""
        block = next(block for block in blocks(text_of("compiler/README.md")) if block[0].startswith("$ ./perdure run --passes"))
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(TOOL, os.path.join(folder, "perdure"))
            shown = "\n".join(Session(block[0][2:]).run(folder)) + "\n"
        pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in block[1:])
        self.assertRegex(shown, rf"\A{pattern}\Z")

    def test_every_pass_is_in_the_list(self):
        passes = re.findall(r'(?:show|add)\("(\w+)"', text_of("compiler/compile.cpp"))
        listed = [name for name, in rows("compiler/README.md", r"(\w+)", r"`.*", ".*->.*|of each body.*")]
        self.assertGreaterEqual(len(passes), 6)
        self.assertEqual([name for name in listed if name != "find_liveness"], passes)

    def test_grammars_have_every_kind_of_node(self):
        """The enumerators of core.h and ir.h, their grammars at the top of the files, and what is written for them."""
        core = [name for name, _ in enumerators("compiler/core.h", "enum class Kind")]
        words = {"kConst": "const", "kRef": "ref", "kSet": "set!", "kGlobalRef": "global", "kGlobalSet": "global-set!", "kDefine": "define",
                 "kIf": "if", "kBegin": "begin", "kLambda": "lambda", "kCall": "call", "kLet": "let", "kLetrec": "letrec*",
                 "kReceive": "receive"}
        self.assertEqual(core, list(words))
        self.assertEqual(self.heads("compiler/core.h"), set(words.values()))
        ir = [name for name, _ in enumerators("compiler/ir.h", "enum class Op")]
        heads = {"-".join(re.findall("[A-Z][a-z]*", name)).lower() for name in ir}
        self.assertEqual(self.heads("compiler/ir.h"), heads)

    def heads(self, header):
        grammar = "\n".join(line for line in text_of(header).split("\n//\n")[1].splitlines() if "clause ::=" not in line)
        return set(re.findall(r"(?:::=|\|) \(([\w!*-]+)", grammar))

    def test_every_open_coded_operation_and_type_has_a_name(self):
        text = text_of("compiler/ir_text.cpp")
        for names, header in (("inline_name", "enum class Inline"), ("type_name", "enum class Type")):
            body = re.search(rf"{names}\(.*?kNames\[\] = \{{(.*?)\}};", text, re.DOTALL).group(1)
            self.assertEqual(len(re.findall(r'"[^"]+"', body)), len(enumerators("compiler/ir.h", header)), names)


class Platform(unittest.TestCase):
    DOCUMENT = "docs/platform.md"

    def test_functions(self):
        fields = fields_of(body_of("boot/abi/platform.h", "struct Platform "))
        documented = rows(self.DOCUMENT, r"`(\w+)`", ".*", r"`(\w+\.cpp)`", r"`(\w+\.cpp)`")
        self.assertEqual([name for name, _, _ in documented], fields[fields.index("request") + 1:])
        for name, hosted, metal in documented:
            with self.subTest(function=name):
                self.assertRegex(text_of(f"boot/hosted/{hosted}"), rf"\b{name}\b")
                self.assertTrue(os.path.exists(os.path.join(ROOT, "boot/metal", metal)))

    def test_errors(self):
        header = [row for row in enumerators("boot/abi/platform.h", "enum Error") if row[1] < 0]
        documented = rows(self.DOCUMENT, r"`(k\w+)`", r"(-\d+)") + rows(self.DOCUMENT, ".*", ".*", "", r"`(k\w+)`", r"(-\d+)")
        self.assertEqual(sorted((name, int(value)) for name, value in documented), sorted(header))

    def test_events(self):
        self.assertEqual([(name, int(bit)) for name, bit in rows(self.DOCUMENT, r"`(kEvent\w+)`", r"(\d+)")],
                         enumerators("boot/abi/platform.h", "enum Event :"))

    def test_descriptor(self):
        documented = [name for cell in rows(self.DOCUMENT, r"((?:`\w+` ?)+)", "[^|]*") for name in words(cell[0])]
        for name in fields_of(body_of("boot/abi/world.h", "struct WorldDescriptor")):
            self.assertIn(name, documented)

    def test_addresses(self):
        constants = {}
        for name, value in re.findall(r"constexpr std::uint64_t (k\w+) = ([^;]+);", text_of("boot/abi/address_map.h")):
            value = re.sub(r"std::uint64_t\{(\d+)\}", r"\1", value.replace("'", ""))
            constants[name] = eval(value, {}, constants)   # sums, products and shifts of the constants before it
        documented = rows(self.DOCUMENT, r"`(k\w+)`", r"(0x[0-9a-f]{16})")
        self.assertGreaterEqual(len(documented), 8)
        for name, address in documented:
            with self.subTest(constant=name):
                self.assertEqual(int(address, 16), constants[name])

class Extensions(unittest.TestCase):
    DOCUMENT = "docs/extensions.md"
    HEADER = "boot/abi/extension.h"

    def constants(self, start):
        body = re.search(re.escape(start) + r"\s*\{(.*?)\};", re.sub(r"/\*.*?\*/", "", text_of(self.HEADER), flags=re.DOTALL), re.DOTALL).group(1)
        return re.findall(r"(PERDURE_\w+) = (-?\d+)", body)

    def test_system_calls(self):
        header = self.constants("enum perdure_system_call")
        self.assertEqual(int(header[-1][1]), len(header) - 1)
        self.assertEqual(rows(self.DOCUMENT, r"`(PERDURE_\w+)`", r"(\d+)", ".*", ".+"), header[:-1])

    def test_errors_and_kinds(self):
        self.assertEqual(rows(self.DOCUMENT, r"`(PERDURE_E_\w+)`", r"(-\d+)"), self.constants("enum perdure_error"))
        for enum in ("enum perdure_kind", "enum perdure_resource"):
            names = [name for name, _ in self.constants(enum)]
            self.assertEqual([row for row in rows(self.DOCUMENT, r"`(PERDURE_\w+)`", r"(\d+)", "[^|]*") if row[0] in names], self.constants(enum))
        upcalls = self.constants("enum perdure_upcall_kind")
        self.assertEqual([row for row in rows(self.DOCUMENT, r"`(PERDURE_UPCALL_\w+)`", r"(\d+)", "[^|]*") if row in upcalls], upcalls[:-1])

    def test_version(self):
        version = re.search(r"#define PERDURE_EXTENSION_VERSION (\d+)", text_of(self.HEADER)).group(1)
        self.assertIn(f"## The ABI, version {version}", text_of(self.DOCUMENT))

    def test_procedures(self):
        exported = set(re.search(r"\(export (.*?)\)", text_of("world/sandbox/library.scm"), re.DOTALL).group(1).split())
        documented = set(re.findall(r"\(([a-z][\w!?-]*)", " ".join(cell for cell, in rows(self.DOCUMENT, r"(`\(.*)")))) & exported
        self.assertEqual(exported - documented, {"sandbox?"})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    TOOL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
