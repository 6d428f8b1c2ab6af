"""Machine tests of the metal kernel with the self-test world (boot/metal/selftest).

    metal_selftest.py BUILD-FOLDER [CASE]...

Without cases, all of them. Exit status 0 if all passed; the number of cases is checked too.
"""

import pathlib
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from metal_machine import Machine, run  # noqa: E402

CASES = {}
EXPECTED_CASES = 24


def case(function):
    CASES[function.__name__] = function
    return function


class Failed(Exception):
    pass


def expect(condition, what, result=None):
    if not condition:
        raise Failed(f"{what}\n{result if result is not None else ''}")


def expect_clean(result, status=0):
    expect(b"FAILED" not in result.output, "a check failed", result)
    expect(result.status == status and result.code == 2 * status + 1, f"status {status} was expected", result)
    expect(b"start 1\n" in result.output, "the world did not start", result)


def world(build):
    return build / "selftest.world"


ALL_CHECKS = ["paging", "memory", "limit", "changes", "code", "stacks", "timer", "entropy"]


def checks_on(build, boot, **kwargs):
    result = run(build, boot, world(build), ALL_CHECKS, **kwargs)
    expect_clean(result)
    expect(result.output.count(b"ok ") == 41, f"41 checks were expected, not {result.output.count(b'ok ')}", result)
    expect(any("mappings, 0 writable and executable" in line for line in result.log), "no self-check", result)
    expect(result.output.startswith(b"start 1\n"), "output that is not the world's", result)


@case
def microvm_passes_all_checks(build):
    checks_on(build, "microvm")


@case
def q35_passes_all_checks(build):
    checks_on(build, "q35")


@case
def q35_with_qboot_passes_all_checks(build):
    checks_on(build, "q35-qboot")


@case
def pc_passes_all_checks(build):
    checks_on(build, "pc")


@case
def grub_bios_passes_all_checks(build):
    checks_on(build, "grub")


@case
def grub_uefi_passes_all_checks(build):
    checks_on(build, "uefi")


@case
def more_than_four_gigabytes_can_be_used(build):
    result = run(build, "q35", world(build), ["paging", "memory"], memory=6144)
    expect_clean(result)
    expect(any("limit 5" in line for line in result.log), "a limit above 5 GiB", result)


@case
def the_memory_limit_of_the_tool_holds(build):
    result = run(build, "microvm", world(build), ["limit"], configs={"opt/perdure/memory": str(64 << 20).encode()})
    expect_clean(result)
    expect(any("limit 64 MiB" in line for line in result.log), "a limit of 64 MiB", result)


@case
def the_iso_boots_as_a_hard_disk_too(build):
    checks_on(build, "grub-disk")


@case
def an_old_processor_is_refused_with_one_line(build):
    machine = Machine(build, "microvm", world(build), ["paging"], tool=False, cpu="qemu64")
    machine.wait_for(b"this processor is too old")
    result = machine.finish(seconds=1)
    expect(result.code == "timeout" and b"this processor is too old" in result.output, "the line", result)


@case
def a_module_serves_as_world(build):
    result = run(build, "q35", None, ["paging", "memory"], extra=["-initrd", str(world(build))])
    expect_clean(result)


FAULTS = {
    "divide": ["divide error (exception 0)", "procedure divide"],
    "invalid-opcode": ["invalid opcode (exception 6)", "procedure invalid-opcode"],
    "breakpoint": ["breakpoint (exception 3)", "procedure breakpoint"],
    "general-protection": ["general protection fault (exception 13)", "no selector involved (code 0)"],
    "read-null": ["page fault (exception 14)", "reading a page that is not there", "0x0000000000000010, the null page"],
    "write-heap": ["writing a page that is not there", "0x0000100100005000, the world's heap", "procedure write-heap"],
    "write-text": ["writing a page that forbids it", "procedure write-text"],
    "read-kernel-gap": ["reading a page that is not there", "the kernel"],
    "execute-data": ["executing a page that forbids it", "may be in", "execute-data"],
    "x87": ["x87 floating-point error (exception 16)", "procedure x87"],
    "stack-overflow": ["the guard page below a stack", "procedure recurse"],
    "double-fault": ["double fault (exception 8)"],
}


@case
def every_fault_is_reported_and_ends_with_status_70(build):
    for command, texts in FAULTS.items():
        result = run(build, "microvm", world(build), [command], memory=512)
        expect(result.status == 70 and result.code == 141, f"{command}: status 70", result)
        for text in texts + ["rip 0x", "rsp 0x"]:
            expect(text.encode() in result.errors, f"{command}: {text!r} was expected", result)
        expect(result.output == b"start 1\n", f"{command}: nothing else on standard output", result)


@case
def the_world_can_recover_from_a_stack_overflow(build):
    expect_clean(run(build, "microvm", world(build), ["recover"], memory=512))


@case
def running_out_of_memory_on_a_stack_is_said(build):
    result = run(build, "microvm", world(build), ["stack-overflow"], memory=128)
    expect(result.status == 70 and b"memory is used up" in result.errors, "out of memory", result)


@case
def the_exit_status_reaches_both_sides(build):
    result = run(build, "microvm", world(build), ["exit-7"])
    expect(result.status == 7 and result.code == 15, "status 7", result)


@case
def input_is_echoed_byte_for_byte(build):
    data = bytes(range(256)) * 700
    machine = Machine(build, "microvm", world(build), ["echo"])
    machine.wait_for(b"start 1\n")
    machine.type(data)
    machine.end_input(len(data))
    result = machine.finish()
    expect_clean(result)
    expect(result.output == b"start 1\n" + data, "the same bytes", None)


@case
def standard_error_and_log_have_their_own_channel(build):
    result = run(build, "microvm", world(build), ["errors", "output"])
    expect_clean(result)
    expect(result.errors == b"to standard error\n" and "to the log" in result.log, "errors and log", result)
    expect(len(result.output) == len(b"start 1\n") + 201000, "all the output, and nothing more", None)


@case
def an_interrupt_frame_stops_a_loop(build):
    machine = Machine(build, "microvm", world(build), ["interrupt"])
    machine.wait_for(b"looping\n")
    machine.frame(b"I")
    expect_clean(machine.finish())


@case
def without_the_tool_control_c_interrupts_and_lines_are_edited(build):
    machine = Machine(build, "microvm", world(build), ["errors", "interrupt", "lines", "exit-7"], tool=False, kernel_words="")
    machine.wait_for(b"looping\r\n")
    machine.type(b"\x03")
    machine.wait_for(b"ok interrupted\r\n")
    machine.type(b"helxx\x7f\x7flo\r")
    machine.wait_for(b"\nhello\r\n")
    machine.type(b"\r")
    result = machine.finish()
    expect(result.code == 15, "status 7", result)
    expect(b"to standard error\r\n" in result.output and b"to the log" not in result.output, "errors on the terminal", result)
    expect(b"helxx\b \b\b \blo\r\nhello\r\n" in result.output, "echo, and the edited line", result)


@case
def handed_over_files_can_be_read(build):
    content = b"first line\n" * 5000
    configs = {"opt/perdure/files": b"a.scm\0/dir/b.scm\0", "opt/perdure/file/0": b"(display 1)", "opt/perdure/file/1": content}
    result = run(build, "microvm", world(build), ["show a.scm", "show /dir/b.scm"], configs=configs)
    expect_clean(result)
    expect(b"(display 1)\n" in result.output and content in result.output, "the contents", result)


@case
def a_shared_directory_can_be_used(build):
    for boot in ("microvm", "q35"):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "there").write_text("from the host\n")
            result = run(build, boot, world(build), ["show there", "missing nothing", "use-share new", "show " + folder + "/there"],
                         mounts=[("share", folder)], configs={"opt/perdure/path/share": folder.encode()})
            expect_clean(result)
            expect(result.output.count(b"from the host\n") == 2, "the host's file", result)
            expect([p.name for p in pathlib.Path(folder).iterdir()] == ["there"], "nothing left behind", result)


@case
def a_saved_world_goes_on(build):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        first = run(build, "microvm", world(build), ["save a.world", "paging"], mounts=[("save", folder)])
        expect_clean(first)
        second = run(build, "q35", folder + "/a.world", ["paging", "save out:b.world"], mounts=[("save", folder), ("out", other)])
        expect(b"start 2\n" in second.output and b"FAILED" not in second.output and second.status == 0, "the saved world", second)
        third = run(build, "microvm", other + "/b.world", ["memory"], mounts=[("save", folder)])
        expect(b"start 3\n" in third.output and third.status == 0, "saved again", third)
        expect([p.name for p in pathlib.Path(folder).iterdir()] == ["a.world"], "nothing left behind")


@case
def bad_worlds_are_refused_with_one_line(build):
    good = bytearray(world(build).read_bytes())
    page = 4096

    def changed(at, flip=1):
        copy = bytearray(good)
        copy[at] ^= flip
        return bytes(copy)

    both_magics = bytearray(changed(0))
    both_magics[page] ^= 1
    versions = bytearray(good)
    for block in (0, page):
        versions[block + 8] += 1
    bad = {
        "not a world": bytes(both_magics),
        "format version": bytes(versions),
        "truncated": bytes(good[:len(good) // 2]),
        "no superblock is whole": bytes(bytearray(changed(100))[:page]) + changed(page + 100)[page:],
        "a page of the world": changed(2 * page + 100),
        "a node of the page map": changed(len(good) - 100) if good[-page:] != bytes(page) else changed(len(good) - page + 20),
    }
    with tempfile.TemporaryDirectory() as folder:
        for text, content in bad.items():
            path = pathlib.Path(folder, "bad.world")
            path.write_bytes(content)
            result = run(build, "microvm", path, ["paging"], configs={"opt/perdure/world": b"bad.world"})
            expect(result.status == 65 and result.code == 131, f"{text}: status 65", result)
            expect(text.encode() in result.errors and result.errors.count(b"\n") == 1, f"{text}: one line that says so", result)
            expect(b"bad.world" in result.errors, "the name", result)


@case
def a_machine_without_a_world_says_so(build):
    result = run(build, "microvm", None, ["paging"])
    expect(result.status == 65 and b"no world" in result.errors, "no world at all", result)


def run_cases(cases, expected):
    """Runs the cases named on the command line, or all; answers the exit status."""
    build = pathlib.Path(sys.argv[1]).resolve()
    names = sys.argv[2:] or list(cases)
    if len(sys.argv) == 2 and len(cases) != expected:
        print(f"{len(cases)} cases, {expected} were expected")
        return 1
    failed = 0
    for name in names:
        start = time.monotonic()
        try:
            cases[name](build)
            print(f"ok {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Failed as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run_cases(CASES, EXPECTED_CASES))
