#!/usr/bin/env python3
"""World files that hold anything: no content of a file crashes the tool or a host.

    tests/fuzz/worlds_fuzz.py TOOL [--count N] [--seed N]

A world with several generations is changed: bytes anywhere, or one field of a superblock, a table page, a generation or a node of a
map, with all checksums above it made right again, so that the change is believed. Then every command of the tool about files looks
at it, and a run. Each has to end by itself, with one of its statuses.
"""
import argparse
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

PAGE = 4096
LIMIT = 600  # seconds; ends what hangs, and judges no speed
MASK = (1 << 64) - 1
# What xxHash's specification calls PRIME64_1 to PRIME64_5.
P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

# Offsets of docs/world-format.md.
SUPERBLOCK_FIELDS = [(16, 4), (20, 4), (24, 8), (32, 8), (72, 8), (12, 4), (1360, 8)]
SUPERBLOCK_CURRENT, SUPERBLOCK_TABLE, SUPERBLOCK_CHECKSUM = 80, 336, 4088
GENERATION_FIELDS = [(0, 8), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8), (64, 8), (72, 4), (76, 4), (80, 8)]
MAP_PAGE, MAP_CHECKSUM, MAP_HEIGHT = 48, 56, 72
TABLE_SLOTS, SLOT_SIZE, SLOT_COUNT = 256, 256, 15
NODE_FIELDS = [(0, 4), (4, 2), (6, 2), (8, 8)]
NODE_ENTRIES, ENTRY_SIZE = 16, 24


def rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK


def mix(lane, word):
    return rotate((lane + word * P2) & MASK, 31) * P1 & MASK


def xxh64(data):
    """With seed 0, of a multiple of 8 bytes, at least 32: all that a world file has."""
    lanes = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    full = len(words) // 4 * 4
    for i in range(0, full, 4):
        for k in range(4):
            lanes[k] = mix(lanes[k], words[i + k])
    value = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
    for lane in lanes:
        value = ((value ^ mix(0, lane)) * P1 + P4) & MASK
    value = (value + len(data)) & MASK
    for word in words[full:]:
        value = (rotate(value ^ mix(0, word), 27) * P1 + P4) & MASK
    for shift, prime in ((33, P2), (29, P3)):
        value = (value ^ value >> shift) * prime & MASK
    return value ^ value >> 32


class World:
    """A world file in memory, whose fields can be changed so that it stays consistent."""

    def __init__(self, content):
        self.bytes = bytearray(content)

    def get(self, at, size=8):
        return int.from_bytes(self.bytes[at:at + size], "little")

    def put(self, at, size, value):
        self.bytes[at:at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def newest(self):
        return max((0, PAGE), key=lambda at: self.get(at + 24))

    def page_checksum(self, page):
        return xxh64(bytes(self.bytes[page * PAGE:(page + 1) * PAGE]))

    def seal_superblock(self, at):
        self.put(at + SUPERBLOCK_CHECKSUM, 8, xxh64(bytes(self.bytes[at:at + SUPERBLOCK_CHECKSUM])))

    # --- places that can be changed; each answers where it is and what makes it right again ---------------------------

    def in_superblock(self, chance):
        at = chance.choice((0, PAGE))
        offset, size = chance.choice(SUPERBLOCK_FIELDS)
        return at + offset, size, lambda: self.seal_superblock(at)

    def in_current(self, chance):
        at = self.newest()
        offset, size = chance.choice(GENERATION_FIELDS)
        return at + SUPERBLOCK_CURRENT + offset, size, lambda: self.seal_superblock(at)

    def table(self, chance):
        """(superblock, table entry, page) of a page of the table."""
        at = self.newest()
        entries = [at + SUPERBLOCK_TABLE + 16 * i for i in range(64) if self.get(at + SUPERBLOCK_TABLE + 16 * i) != 0]
        entry = chance.choice(entries)
        return at, entry, self.get(entry)

    def seal_table(self, at, entry, page):
        self.put(entry + 8, 8, self.page_checksum(page))
        self.seal_superblock(at)

    def in_table_entry(self, chance):
        at, entry, _ = self.table(chance)
        return entry + chance.choice((0, 8)), 8, lambda: self.seal_superblock(at)

    def in_slot(self, chance):
        at, entry, page = self.table(chance)
        slot = page * PAGE + TABLE_SLOTS + SLOT_SIZE * chance.choice([0, 0, 0, chance.randrange(SLOT_COUNT)])
        offset, size = chance.choice(GENERATION_FIELDS)
        return slot + offset, size, lambda: self.seal_table(at, entry, page)

    def in_node(self, chance):
        """Of the current map, at any level."""
        at = self.newest()
        generation = at + SUPERBLOCK_CURRENT
        page, checksum_at, path = self.get(generation + MAP_PAGE), generation + MAP_CHECKSUM, []
        for _ in range(self.get(generation + MAP_HEIGHT, 4)):
            path.append((page, checksum_at))
            count = self.get(page * PAGE + 6, 2)
            entry = page * PAGE + NODE_ENTRIES + ENTRY_SIZE * chance.randrange(count)
            if chance.random() < 0.4:
                break
            page, checksum_at = self.get(entry + 8) >> 8, entry + 16
        node = path[-1][0] * PAGE

        def seal():
            for page, checksum_at in reversed(path):
                self.put(checksum_at, 8, self.page_checksum(page))
            self.seal_superblock(at)

        if chance.random() < 0.3:
            offset, size = chance.choice(NODE_FIELDS)
            return node + offset, size, seal
        return entry + chance.choice((0, 8, 16)), 8, seal

    PLACES = (in_superblock, in_current, in_table_entry, in_slot, in_node, in_node, in_node)

    def change_a_field(self, chance):
        at, size, seal = chance.choice(self.PLACES)(self, chance)
        old, pages = self.get(at, size), len(self.bytes) // PAGE
        self.put(at, size, chance.choice((0, 1, 2, old + 1, old - 1, old ^ 1 << chance.randrange(8 * size), MASK, MASK >> 1, 1 << 63,
                                          pages, pages - 1, pages << 8, chance.randrange(pages), chance.randrange(pages) << 8 | 3, old | 8,
                                          old | 6, chance.getrandbits(64))))
        seal()

    def change_bytes(self, chance):
        kind = chance.randrange(6)
        if kind == 0:
            del self.bytes[chance.randrange(len(self.bytes)):]
        elif kind == 1:
            self.bytes += bytes(chance.randrange(3 * PAGE))
        elif kind == 2:   # a page over another
            a, b = (chance.randrange(len(self.bytes) // PAGE) * PAGE for _ in range(2))
            self.bytes[a:a + PAGE] = self.bytes[b:b + PAGE]
        else:
            for _ in range(chance.choice((1, 1, 3, 100))):
                at = chance.randrange(2 * PAGE if kind == 3 else len(self.bytes))
                self.bytes[at] = chance.randrange(256)


class Fuzz:
    def __init__(self, tool, folder, chance):
        self.tool, self.folder, self.chance = tool, pathlib.Path(folder), chance
        make = ["--eval", "(import (perdure world))", "--eval", "(define x 1)"]
        for i in range(5):
            make += ["--eval", f'(define x (make-vector {1000 * i + 1} {i}))', "--eval", f'(checkpoint "number {i}")']
        self.run("new", "good.world")
        self.run("run", "good.world", *make)
        self.good = (self.folder / "good.world").read_bytes()
        assert xxh64(self.good[:SUPERBLOCK_CHECKSUM]) == World(self.good).get(SUPERBLOCK_CHECKSUM)
        self.statuses = {}

    def run(self, *arguments):
        return subprocess.run([self.tool, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)

    def commands(self):
        world = "bad.world"
        yield {0, 65}, ["log", world]
        yield {0, 65, 66}, ["inspect", self.chance.choice((world, world, world + "@2"))]
        yield {0, 1, 65, 66}, ["diff", *self.chance.choice(((world + "@2", world), (world, "good.world"), ("good.world@3", world + "@3"))),
                               *self.chance.choice(([], ["--pages"]))]
        yield {0, 65}, ["verify", world]
        yield {0, 65, 66, 70, 74}, ["run", world + self.chance.choice(("", "@3")), "--memory", "256M", *self.chance.choice(([], ["--ephemeral"])),
                                    "--print", "(vector-length x)"]
        yield {0, 65, 66, 73}, [*self.chance.choice((["keep"], ["keep", "--no"], ["rollback"])), world + "@2"]
        yield {0, 65}, ["verify", world]

    def turn(self):
        world = World(self.good)
        try:
            for _ in range(self.chance.choice((0, 1, 1, 1, 2, 5))):
                world.change_a_field(self.chance)
        except (ValueError, IndexError, struct.error):
            pass   # what it would have changed next is not there any more
        if self.chance.random() < 0.3:
            world.change_bytes(self.chance)
        (self.folder / "bad.world").write_bytes(world.bytes)
        for statuses, command in self.commands():
            result = self.run(*command)
            self.statuses.setdefault(command[0], {}).setdefault(result.returncode, 0)
            self.statuses[command[0]][result.returncode] += 1
            if result.returncode not in statuses:
                return command, result, bytes(world.bytes)
        return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("tool")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perdure-worlds-fuzz-") as folder:
        fuzz = Fuzz(os.path.abspath(options.tool), folder, random.Random(options.seed))
        for i in range(options.count):
            failure = fuzz.turn()
            if failure is not None:
                kept = pathlib.Path(tempfile.gettempdir()) / f"perdure-fuzz-{options.seed}-{i}.world"
                kept.write_bytes(failure[2])
                sys.exit(f"{i}: {failure[0]}: {failure[1]}\nthe file is {kept}")
    print(options.count, "files:", "; ".join(f"{command} {sorted(found.items())}" for command, found in fuzz.statuses.items()))


if __name__ == "__main__":
    main()
