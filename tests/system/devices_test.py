#!/usr/bin/env python3
"""Worlds on block devices, whose size is what it is.

    tests/system/devices_test.py TOOL [CASE...]
"""
import shutil
import subprocess

import generations_test
from generations_test import HOSTS, GenerationsCase


def attach(file):
    """A loop device for the file, or None where this machine makes none."""
    result = subprocess.run(["losetup", "--find", "--show", str(file)], capture_output=True, text=True) if shutil.which("losetup") else None
    return result.stdout.strip() if result is not None and result.returncode == 0 else None


class Devices(GenerationsCase):
    def test_a_block_device_is_a_world(self):
        with open(self.world, "r+b") as file:
            file.truncate(64 << 20)
        device = attach(self.world)
        if device is None:
            self.skipTest("this machine makes no block devices")
        self.addCleanup(lambda: subprocess.run(["losetup", "--detach", device], check=True))
        for i, host in enumerate(("run", "boot", "run", "boot")):
            self.expect(0, host, device, "--eval", "(define x (+ x 1))", "--print", "x", out=f"{i + 4}\n")
        self.expect(0, host, f"{device}@2", "--print", "x", out="1\n")
        self.expect(0, "verify", device)
        self.assertGreaterEqual(len(self.log(device)), 8)
        # More than fits: the oldest generations make room.
        churn = "(do ((i 0 (+ i 1))) ((= i 40)) (bytevector-fill! x i) (checkpoint))"
        self.expect(0, "run", device, "--eval", "(define x (make-bytevector 5000000))", "--eval", churn, "--print", "(bytevector-u8-ref x 7)", out="39\n")
        self.expect(0, "verify", device)
        self.assertGreater(self.log(device)[0][0], 1)
        self.expect(0, "rollback", f"{device}@{self.log(device)[-2][0]}")
        for first in HOSTS:
            with self.using(first, device):
                for second in HOSTS:
                    self.expect(75, second, device, "--print", "1", out="", err="in use by another process")
        self.expect(0, "boot", device, "--print", "(bytevector-u8-ref x 7)", out="39\n")


if __name__ == "__main__":
    generations_test.main(__doc__)
