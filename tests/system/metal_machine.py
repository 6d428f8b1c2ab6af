"""Starts machines for the tests of the metal kernel, and plays the `perdure` tool's part on the control channel."""

import atexit
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
MARKER = b"<<perdure>>"
LIMIT = 600  # seconds; ends what hangs, and judges no speed


class Result:
    """What a run left behind."""

    def __init__(self, code, output, errors, log, status, said):
        self.code = code          # of QEMU: 2 * status + 1
        self.output = output      # standard output: bytes of COM1 (after the marker, if firmware wrote there too)
        self.errors = errors      # 'e' frames
        self.log = log            # lines of 'l' frames
        self.said = said          # by QEMU itself
        self.status = status      # of the 'x' frame; None if there was none

    def __str__(self):
        return (f"qemu exit code {self.code}, status {self.status}\n--- output\n{self.output.decode(errors='replace')}"
                f"\n--- errors\n{self.errors.decode(errors='replace')}\n--- log\n" + "\n".join(self.log) + f"\n--- QEMU\n{self.said}")


class Machine:
    """One QEMU. `boot`: microvm, q35, q35-qboot, pc, grub (BIOS, from a CD), grub-disk, uefi. With `tool`, this program is at COM2."""

    def __init__(self, build, boot, world, arguments=(), *, tool=True, memory=256, kernel_words="verbose self-check", configs=None,
                 mounts=(), extra=(), console_flags=0, cpu="max", writable=False, disk_errors=()):
        self.build = pathlib.Path(build)
        self.folder = tempfile.mkdtemp(prefix="perdure-metal-")
        self.tool = tool
        self.configs = dict(configs or {})
        self.frames = b""
        self.control = None
        pci = boot != "microvm"
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", cpu, "-m", str(memory), "-nodefaults", "-no-user-config",
                   "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        command += self.boot_options(boot, kernel_words, arguments)
        if world:
            file = f"file={world}"
            if disk_errors:      # what QEMU's blkdebug calls events: each fails once, with EIO
                file = f"file.driver=blkdebug,file.image.driver=file,file.image.filename={world}"
                file += "".join(f",file.inject-error.{i}.event={event},file.inject-error.{i}.once=on" for i, event in enumerate(disk_errors))
            command += ["-drive", f"if=none,id=world,format=raw,werror=report,readonly={'off' if writable else 'on'},{file}",
                        "-device", "virtio-blk-pci,drive=world,disable-legacy=on" if pci else "virtio-blk-device,drive=world"]
        for tag, path in mounts:
            device = "virtio-9p-pci,disable-legacy=on" if pci else "virtio-9p-device"
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none", "-device", f"{device},fsdev={tag},mount_tag={tag}"]
        command += ["-chardev", f"socket,id=console,path={self.path('console')},server=on,wait=on", "-serial", "chardev:console"]
        if tool:
            command += ["-chardev", f"socket,id=control,path={self.path('control')},server=on,wait=on"]
            command += ["-device", "isa-serial,chardev=control,index=1"]
            if arguments:
                self.configs["opt/perdure/arguments"] = b"".join(a.encode() + b"\0" for a in arguments)
            self.configs["opt/perdure/kernel"] = kernel_words.encode()
            self.configs["opt/perdure/console"] = struct.pack("<IHH", console_flags, 80, 24)
            self.configs["opt/perdure/marker"] = MARKER
        for index, (name, content) in enumerate(self.configs.items()):
            path = self.path(f"config{index}")
            pathlib.Path(path).write_bytes(content)
            command += ["-fw_cfg", f"name={name},file={path}"]
        # QEMU tells on standard error that it waits for connections; what else it says there is part of the result.
        self.said = open(self.path("said"), "w+b")
        self.process = subprocess.Popen(command + list(extra), stdin=subprocess.DEVNULL, stderr=self.said, cwd=self.folder)
        atexit.register(self.process.kill)      # a case that failed half way leaves no machine behind
        self.output = bytearray()
        self.changed = threading.Condition()
        self.threads = []
        self.console = self.connect("console", self.take_output)
        if tool:
            self.control = self.connect("control", self.take_frames)

    def path(self, name):
        return os.path.join(self.folder, name)

    def boot_options(self, boot, kernel_words, arguments):
        # Without the tool the arguments travel on the kernel's command line.
        line = kernel_words if self.tool else f"{kernel_words} -- {' '.join(arguments)}"
        kernel = ["-kernel", str(self.build / "kernel.elf"), "-append", line]
        if boot == "microvm":
            return ["-M", "microvm", "-global", "virtio-mmio.force-legacy=false"] + kernel
        if boot in ("q35", "pc"):
            return ["-M", boot] + kernel
        if boot == "q35-qboot":
            return ["-M", "q35", "-bios", "qboot.rom"] + kernel
        iso = str(self.build / "perdure.iso")
        if boot == "grub-disk":
            return ["-M", "q35", "-drive", f"if=ide,format=raw,snapshot=on,file={iso}"]
        options = ["-M", "q35", "-cdrom", iso]
        if boot == "uefi":
            shutil.copy(OVMF_VARS, self.path("vars.fd"))
            options += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
                        "-drive", f"if=pflash,format=raw,file={self.path('vars.fd')}"]
        return options

    def connect(self, name, take):
        deadline = time.monotonic() + LIMIT
        channel = socket.socket(socket.AF_UNIX)
        while True:
            try:
                channel.connect(self.path(name))
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

        def read():
            try:
                while part := channel.recv(65536):
                    with self.changed:
                        take(part)
                        self.changed.notify_all()
            except OSError:
                pass

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        self.threads.append(thread)
        return channel

    def take_output(self, part):
        self.output += part

    def take_frames(self, part):
        self.frames += part

    def type(self, data):
        self.console.sendall(data)

    def frame(self, kind, payload=b""):
        self.control.sendall(kind + struct.pack("<H", len(payload)) + payload)

    def end_input(self, count):
        self.frame(b"E", struct.pack("<Q", count))

    def wait_for(self, text, seconds=LIMIT):
        with self.changed:
            return self.changed.wait_for(lambda: text in self.output, seconds)

    def finish(self, seconds=LIMIT):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "timeout"
        for thread in self.threads:
            thread.join(5)
        self.console.close()
        if self.control:
            self.control.close()
        self.said.seek(0)
        said = b"".join(line for line in self.said if b"waiting for connection" not in line).decode(errors="replace")
        self.said.close()
        shutil.rmtree(self.folder)
        errors, log, status = self.split_frames()
        output = bytes(self.output)
        if self.tool and MARKER in output:
            output = output.split(MARKER, 1)[1]
        return Result(code, output, errors, log, status, said)

    def split_frames(self):
        errors, log, status, at = b"", [], None, 0
        if MARKER in self.frames:        # what firmware said on COM2 comes before it
            self.frames = self.frames.split(MARKER, 1)[1]
        while at + 3 <= len(self.frames):
            kind, size = self.frames[at:at + 1], struct.unpack_from("<H", self.frames, at + 1)[0]
            payload = self.frames[at + 3:at + 3 + size]
            at += 3 + size
            if kind == b"e":
                errors += payload
            elif kind == b"l":
                log.append(payload.decode(errors="replace"))
            elif kind == b"x":
                status = struct.unpack("<I", payload)[0]
        return errors, log, status


def run(*args, seconds=LIMIT, **kwargs):
    return Machine(*args, **kwargs).finish(seconds)
