"""Checkpoints on the bare kernel, with the self-test world (boot/metal/selftest/checkpoints.cpp).

    metal_checkpoints.py BUILD-FOLDER [CASE]...
"""

import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from metal_machine import Machine, run  # noqa: E402
from metal_selftest import Failed, expect, run_cases  # noqa: E402

CASES = {}
EXPECTED_CASES = 19
PAGE = 4096


def case(function):
    CASES[function.__name__] = function
    return function


class World:
    """A copy of the self-test world in a folder of its own, with room for checkpoints."""

    def __init__(self, build, room=64 << 20):
        self.build = build
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name, "my.world")
        shutil.copy(build / "selftest.world", self.path)
        self.lengthen(room)

    def lengthen(self, room):
        with open(self.path, "r+b") as file:
            file.truncate(self.path.stat().st_size + room)

    def run(self, *commands, boot="microvm", **kwargs):
        """Runs commands in it; all its checks must be right."""
        kwargs.setdefault("writable", True)
        result = run(self.build, boot, self.path, commands, **kwargs)
        expect(b"FAILED" not in result.output and result.status == 0, "a check failed", result)
        expect(all("0 writable and executable" in line for line in result.log if "mappings" in line), "the self-check", result)
        return result

    def verify(self):
        done = subprocess.run([self.build / "perdure", "verify", self.path], capture_output=True, timeout=600)
        expect(done.returncode == 0, f"the file is whole: {done.stdout}{done.stderr}")

    def hosted(self, *commands):
        done = subprocess.run([self.build / "perdure", "run", self.path, "--", *commands], capture_output=True, timeout=600)
        expect(done.returncode == 0 and b"FAILED" not in done.stdout, f"the Linux host goes on with it: {done.stdout}{done.stderr}")
        self.lengthen(64 << 20)      # it may have cut off what is free
        return done.stdout


def numbers(output, word):
    return [int(line.split()[-1]) for line in output.splitlines() if line.strip().startswith(word)]


@case
def a_checkpoint_is_resumed_on_both_hosts(build):
    for boot in ("microvm", "q35"):
        world = World(build)
        result = world.run("grow 300", "set 5", "checkpoint first", "set 6", boot=boot)
        expect(b"committed 2\n" in result.output, "generation 2", result)
        world.verify()
        expect(world.hosted("expect 5").startswith(b"start 2\n"), "where it was")
        result = world.run("expect 5", "set 7", "checkpoint second", boot="q35" if boot == "microvm" else "microvm")
        expect(b"start 2\n" in result.output and b"committed 3\n" in result.output, "generation 3", result)
        world.verify()
        world.hosted("expect 7")


@case
def the_state_is_that_of_the_stop_although_the_world_writes(build):
    world = World(build)
    result = world.run("grow 500", "disturb 11")
    expect(numbers(result.output, b"times")[0] > 1, "writes while it was being written", result)
    world.verify()
    world.hosted("expect 11")
    world.run("expect 11", "disturb 2000", boot="q35")
    world.verify()
    world.run("expect 2000")


@case
def what_changes_between_checkpoints_is_in_the_next(build):
    world = World(build)
    world.run("grow 50", "set 1", "checkpoint a", "grow 70", "set 2", "checkpoint b", "checkpoint c", "set 3", "checkpoint d")
    result = world.run("expect 3", "history")
    changed = numbers(result.output, b"changed")
    expect(len(changed) == 5 and changed[3] < 10, "only what changed is written", result)
    world.verify()


@case
def what_does_not_matter_is_not_written_and_nothing_is_missing_when_it_does(build):
    world = World(build)
    result = world.run("grow 300", "set 5", "checkpoint a", "unused 200", "set 6", "checkpoint b", "history")
    expect(200 <= numbers(result.output, b"changed")[-1] < 220, "pages that do not matter are left out", result)
    world.verify()
    world.run("expect-used 6", "expect-unused 5", "grow 40", "set 7", "checkpoint c")
    world.verify()
    world.hosted("expect-used 7")
    world.run("set 8", "checkpoint d", "unused 1000", "checkpoint e")
    world.verify()
    world.hosted("expect 8")


@case
def fresh_and_released_pages_are_zero_again(build):
    world = World(build)
    world.run("grow 64", "set 3", "checkpoint a", "release 20", "grow 64", "checkpoint b")
    world.verify()
    world.run("expect-zero 20", "expect-zero 100", "set 4", "expect 4")
    # Released, committed again and left alone; and the same in the middle of the writing.
    world.run("set 5", "checkpoint a", "release 20", "checkpoint b", "begin c", "release 30", "wait", "checkpoint d")
    world.verify()
    world.run("expect-zero 20", "expect-zero 30")
    world.hosted("expect-zero 20", "expect-zero 30")


@case
def pages_outside_the_ranges_leave_the_file_and_stay_in_the_world(build):
    world = World(build)
    world.run("grow 40", "set 8", "checkpoint with")
    world.run("leave-out 1", "checkpoint without", "expect 8", "leave-out 0", "checkpoint with")
    world.verify()
    world.run("expect 8")


@case
def another_protection_reaches_the_file(build):
    world = World(build)
    world.run("grow 40", "set 8", "checkpoint with")
    world.run("protect 1", "checkpoint read-only", "expect 8")
    world.verify()
    expect(world.run("expect 8").output.startswith(b"start 3\n"), "it goes on")
    result = run(build, "microvm", world.path, ["expect 8", "set 9"], writable=True)
    expect(b"writing a page that forbids it" in result.errors, "the protection of the file", result)


@case
def a_world_goes_back_and_on_from_there(build):
    world = World(build)
    world.run("grow 200", "set 1", "then expect 1", "then set 5", "then checkpoint five", "checkpoint one", "set 2", "checkpoint two",
              "keep 2", "set 3", "checkpoint three")
    result = world.run("expect 3", "set 4", "rollback 2")
    expect(b"start 2\nok the heap is as it was" in result.output and b"committed 6\n" in result.output, "resumed from generation 2", result)
    world.verify()
    result = world.run("expect 5", "history")
    expect(numbers(result.output, b"number") == [1, 2, 3, 4, 5, 6], "all are there", result)
    expect(numbers(result.output, b"parent")[4:] == [2, 5], "whose child it is", result)
    expect(numbers(result.output, b"flags") == [0, 1, 0, 0, 0, 0], "which is kept", result)
    result = world.run("rollback 99", "expect 5")
    expect(b"no rollback 3\n" in result.output, "no such generation: kNotFound", result)


@case
def an_older_generation_is_run_without_being_kept(build):
    world = World(build)
    world.run("grow 200", "set 1", "checkpoint one", "set 2", "checkpoint two")
    before = world.path.read_bytes()
    world.run("expect 1", "denied", configs={"opt/perdure/generation": b"2"})
    expect(world.path.read_bytes() == before, "the file is the same")
    result = run(build, "microvm", world.path, [], writable=True, configs={"opt/perdure/generation": b"77"})
    expect(result.status == 65 and b"generation" in result.errors, "one that is not there", result)


@case
def a_disk_that_is_read_only_keeps_nothing(build):
    for boot in ("microvm", "q35"):
        world = World(build)
        world.run("grow 20", "set 1", "denied", boot=boot, writable=False)


@case
def a_full_disk_is_told_and_leaves_the_old_generation(build):
    world = World(build, room=150 * PAGE)
    world.run("grow 40", "set 1", "checkpoint one")
    result = world.run("grow 200", "set 2", "checkpoint two", "expect 2", "checkpoint three")
    expect(result.output.count(b"failed 8\n") == 2 and b"committed" not in result.output, "kNoSpace", result)
    world.verify()
    world.run("expect 1")
    world.lengthen(8 << 20)
    world.run("grow 200", "set 3", "checkpoint four")
    world.verify()
    world.run("expect 3")


@case
def a_disk_that_fails_is_told_and_asked_again_the_next_time(build):
    world = World(build)
    world.run("grow 40", "set 1", "checkpoint one")
    for event in ("write_aio", "flush_to_disk"):
        result = world.run("expect 1", "set 2", "checkpoint two", "expect 2", disk_errors=[event])
        expect(b"failed 6\n" in result.output and b"committed" not in result.output, f"{event}: kIo", result)
        world.verify()
    result = world.run("expect 1", "set 2", "checkpoint two", "set 3", "checkpoint three", disk_errors=["write_aio"])
    expect(b"failed 6\n" in result.output and b"committed 3\n" in result.output, "the second try", result)
    world.verify()
    world.run("expect 3")


@case
def failed_checkpoints_lose_nothing(build):
    world = World(build, room=150 * PAGE)
    world.run("grow 40", "set 1", "checkpoint one")
    # 300 pages have no room; 20 have. What was written or kept aside in vain is written again.
    world.run("grow 300", "set 2", "fail", "shrink 320", "checkpoint two")
    world.verify()
    world.run("expect 2")


@case
def little_memory_only_makes_the_writing_wait(build):
    world = World(build, room=200 << 20)
    for value in (1, 2):
        world.run("grow-to-limit" if value == 1 else "expect 1", f"disturb {value}", memory=96)
        world.verify()
    world.run("expect 2", memory=96)


@case
def pages_come_back_whatever_was_done_to_them(build):
    for seed in range(2):
        world = World(build)
        for start in range(6):
            memory = 256 if start % 3 else 48
            result = world.run(f"random {seed * 100 + start}", boot=("microvm", "q35")[start % 2], memory=memory)
            expect(numbers(result.output, b"start") == [start + 1] and numbers(result.output, b"begun")[0] > 0, "checkpoints", result)
            world.verify()


@case
def leaving_finishes_what_was_begun(build):
    world = World(build)
    world.run("grow 2000", "set 1", "begin last")
    world.verify()
    world.hosted("expect 1")


@case
def a_world_that_faults_has_what_it_began(build):
    world = World(build)
    world.run("grow 2000", "set 1", "checkpoint one")
    result = run(build, "microvm", world.path, ["expect 1", "set 2", "begin last", "set 3", "divide"], writable=True)
    expect(result.status == 70 and b"divide error" in result.errors, "a fault", result)
    world.verify()
    world.run("expect 2")


@case
def going_back_many_times_loses_no_memory(build):
    world = World(build, room=200 << 20)
    world.run("grow 300", "set 1", "then go-back 60", "then grow-to-limit", "then disturb 7", "checkpoint one", "keep 2", "set 2",
              "checkpoint two", memory=96)
    first = world.run("expect 2", "go-back 60", memory=96)
    expect(first.output.count(b"start 2\n") > 50, "as many starts", first)
    plain = World(build)
    plain.run("grow 300", "set 1", "then grow-to-limit", "checkpoint one", memory=96)
    most = numbers(plain.run(memory=96).output, b"pages")[0]
    expect(numbers(first.output, b"pages")[-1] > most - 200, f"the same memory as at first, {most} pages", first)
    world.run("expect 7", memory=96)


@case
def killing_the_machine_leaves_a_whole_generation(build):
    world = World(build)
    world.run("grow 400", "set 0", "checkpoint start")
    said = 0
    chance = random.Random(4)
    for round_trip in range(12):
        machine = Machine(build, ("microvm", "q35")[round_trip % 2], world.path, ["expect-rounds", "rounds"], writable=True)
        machine.wait_for(b"\nround ")
        time.sleep(chance.random() * 0.5)
        machine.process.kill()
        result = machine.finish()
        expect(b"FAILED" not in result.output, "whole when it came back", result)
        back = numbers(result.output, b"at round")[0]
        expect(back >= said, f"round {said} was committed, {back} came back", result)
        # The last line may be cut off.
        said = numbers(result.output[:result.output.rindex(b"\n")], b"round")[-1]
        world.verify()


if __name__ == "__main__":
    sys.exit(run_cases(CASES, EXPECTED_CASES))
