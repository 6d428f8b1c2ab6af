#!/usr/bin/env python3
"""The tree says what it is: who may include whom, a README in every folder, and nothing named in a document that is not there.

    tests/system/tree_test.py [TEST...]
"""
import fnmatch
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUTSIDE = {".git", "build", "__pycache__"}

# What the sources of a folder may include; the longest prefix counts. Everything may include what is in its own folder.
ARROWS = {
    "boot/abi": [],
    "boot/store": ["boot/abi"],
    "boot/domain": ["boot/abi"],
    "boot/hosted": ["boot/abi", "boot/domain", "boot/store"],
    "boot/metal": ["boot/abi", "boot/domain", "boot/store"],
    "runtime": ["boot/abi"],
    "runtime/support": ["boot/abi"],
    "runtime/unicode": [],
    "compiler": ["boot/abi", "runtime"],
    "images": ["boot"],
}
GENERATED = {"runtime/build_id.h", "runtime/unicode/tables.inc", "tables.inc"}


def walk():
    """(folder, files) of the repository, by paths from its root."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - OUTSIDE)
        yield os.path.relpath(folder, ROOT), sorted(files)


def paths(*patterns):
    return [os.path.normpath(os.path.join(folder, file)) for folder, files in walk() for file in files
            if any(fnmatch.fnmatch(file, pattern) for pattern in patterns)]


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def exists(path):
    return os.path.exists(os.path.join(ROOT, path))


def is_below(path, folder):
    return path == folder or path.startswith(folder + "/")


class Includes(unittest.TestCase):
    def sources(self):
        found = [path for path in paths("*.h", "*.cpp", "*.asm") if any(is_below(path, top) for top in ARROWS)]
        self.assertGreater(len(found), 250)
        return found

    def test_dependencies_point_one_way(self):
        for path in self.sources():
            home = max((top for top in ARROWS if is_below(path, top)), key=len)
            for name in re.findall(r'^\s*[#%]include\s+"([^"]+)"', text_of(path), re.MULTILINE):
                with self.subTest(source=path, includes=name):
                    self.assertTrue(name in GENERATED or exists(name), "no such header, from the repository's root")
                    self.assertTrue(any(is_below(name, top) for top in [home, *ARROWS[home]]) or name in GENERATED,
                                    f"{home} may include only itself and {ARROWS[home]}")

    def test_headers_are_included_once(self):
        for path in self.sources():
            if path.endswith(".h"):
                with self.subTest(header=path):
                    self.assertIn("\n#pragma once\n", "\n" + text_of(path))


class Readmes(unittest.TestCase):
    def test_every_folder_is_explained(self):
        """By a README of its own, or by a line of its parent's that names it."""
        for folder, files in walk():
            if not files and folder != ".":
                continue
            with self.subTest(folder=folder):
                if "README.md" in files:
                    continue
                parent, name = os.path.split(folder)
                readme = os.path.join(parent, "README.md")
                self.assertTrue(exists(readme) and f"{name}/" in text_of(readme), "no README.md, and none that names it")

    def test_one_screen(self):
        for path in paths("README.md"):
            with self.subTest(readme=path):
                self.assertLessEqual(len(text_of(path).splitlines()), 80 if path == "README.md" else 60)


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for path in paths("*.md"):
            for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
                if re.match(r"[a-z]+:|#", target):
                    continue
                with self.subTest(document=path, link=target):
                    self.assertTrue(exists(os.path.join(os.path.dirname(path), target.split("#")[0])))

    def test_paths_named_are_there(self):
        """Paths from the root in `code marks`: `runtime/io`, `tests/unit/io_*.cpp`, `srfi-N.scm` with N for a number."""
        everything = {folder for folder, _ in walk()} | set(paths("*"))
        tops = {path.split("/")[0] for path in everything if "/" in path}
        for path in paths("*.md"):
            for word in re.findall(r"`([\w.*+-]+(?:/[\w.*+-]+)+)/?`", text_of(path)):
                if word.split("/")[0] not in tops:
                    continue
                with self.subTest(document=path, named=word):
                    self.assertTrue(any(fnmatch.fnmatch(each, word.replace("-N.", "-*.")) for each in everything))

    def test_files_named_are_there(self):
        """Names of sources without a folder, such as `machine.h`."""
        names = {os.path.basename(path) for path in paths("*")} | {os.path.basename(name) for name in GENERATED}
        for path in paths("*.md"):
            for word in re.findall(r"`([\w*-]+\.(?:h|cpp|asm|py|ld))`", text_of(path)):
                with self.subTest(document=path, named=word):
                    self.assertTrue(fnmatch.filter(names, word))


if __name__ == "__main__":
    unittest.main()
