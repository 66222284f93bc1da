#!/usr/bin/env python3
"""Cuts the power at many moments of a recorded run, and opens what is left.

usage: check.py RECORD DIRECTORY COMMAND [--cuts N] [--seed N] [--keep none|random]

RECORD comes from recorder.so; DIRECTORY is the one that was recorded. For each cut an image of the directory is
built: everything that was synced before the cut, and of the rest, depending on --keep, nothing, or a random
part, some of it torn at 512 bytes. Renames and removals are kept once the directory was synced, and at random
before. COMMAND is run with the image's path as its last argument; it must end with status 0 and print, as the
last word of its last line, how far the image reaches; acknowledgements are numbers on lines of a file ACK, and
the last one before the cut must not be beyond that. Nothing else is expected: an unacknowledged operation may
or may not have survived.
"""
import argparse
import os
import random
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

SECTOR = 512
HEADER = struct.Struct("=c7xqqq")


def read_record(path):
    """The entries of a record: (operation, path, offset, data)."""
    entries = []
    with open(path, "rb") as file:
        content = file.read()
    place = 0
    while place + HEADER.size <= len(content):
        operation, offset, path_length, data_length = HEADER.unpack_from(content, place)
        place += HEADER.size
        name = content[place : place + path_length].decode()
        place += path_length
        entries.append((operation.decode(), name, offset, content[place : place + data_length]))
        place += data_length
    return entries


class Image:
    """Files as a disk holds them, and what was written but not synced."""

    def __init__(self, generator, keep):
        self.random, self.keep = generator, keep
        self.files, self.pending, self.names = {}, {}, []

    def take(self, entry):
        operation, path, _, data = entry
        if operation in "WT":
            self.pending.setdefault(path, []).append(entry)
            self.files.setdefault(path, bytearray())
        elif operation == "S":
            for write in self.pending.pop(path, []):
                self.apply(write)
            self.names = [change for change in self.names if os.path.dirname(change[1]) != path]
        elif operation == "R":
            target = data.decode()
            self.names.append(("R", target, self.files.get(target)))
            self.files[target] = self.files.pop(path, bytearray())
            self.pending[target] = self.pending.pop(path, [])
        elif operation == "U":
            self.names.append(("U", path, self.files.pop(path, None)))
            self.pending.pop(path, None)

    def apply(self, entry, torn=False):
        operation, path, offset, data = entry
        content = self.files.setdefault(path, bytearray())
        if operation == "T":
            del content[offset:]
            content.extend(bytes(offset - len(content)))
            return
        if torn:
            data = data[: SECTOR * self.random.randrange(0, len(data) // SECTOR + 1)]
        if len(content) < offset + len(data):
            content.extend(bytes(offset + len(data) - len(content)))
        content[offset : offset + len(data)] = data

    def cut(self):
        """Decides about everything that was not synced."""
        for writes in self.pending.values():
            for write in writes:
                fate = self.random.random() if self.keep == "random" else 1
                if fate < 0.4:
                    self.apply(write)
                elif fate < 0.6:
                    self.apply(write, torn=True)
        # A removal may be undone; an undone rename would need the old name's file, which the new one shares.
        for operation, path, content in reversed(self.names):
            if operation == "U" and content is not None and self.random.random() < 0.5:
                self.files.setdefault(path, content)

    def write(self, source, target):
        os.makedirs(target, mode=0o700)
        for path, content in self.files.items():
            if path.endswith(("-shm", "/ACK", "/lock")):
                continue
            place = target + path[len(source) :]
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            with open(place, "wb") as file:
                file.write(content)


def check_cut(entries, end, options, generator, folder):
    """What is wrong after a cut before entry `end`; None: nothing."""
    image, acknowledged = Image(generator, options.keep), 0
    for entry in entries[:end]:
        if entry[0] == "A":
            acknowledged = int(entry[3].split()[-1])
        else:
            image.take(entry)
    image.cut()
    target = os.path.join(folder, "image")
    shutil.rmtree(target, ignore_errors=True)
    image.write(options.directory, target)
    run = subprocess.run(
        shlex.split(options.command) + [target], capture_output=True, text=True, timeout=60, check=False
    )
    if run.returncode != 0:
        # Before anything was acknowledged there need not be a state directory.
        return None if acknowledged == 0 else f"status {run.returncode}: {(run.stdout + run.stderr).strip()[-300:]}"
    reached = int(run.stdout.split()[-1])
    return None if reached >= acknowledged else f"reaches {reached}, but {acknowledged} was acknowledged"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("record")
    parser.add_argument("directory")
    parser.add_argument("command")
    parser.add_argument("--cuts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--keep", choices=["none", "random"], default="random")
    options = parser.parse_args()
    options.directory = options.directory.rstrip("/")
    entries = read_record(options.record)
    acknowledgements = sum(entry[0] == "A" for entry in entries)
    if acknowledgements < 20:
        sys.exit(f"only {acknowledgements} acknowledgements were recorded: this run would prove nothing")
    failures = 0
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        for cut in range(options.cuts):
            generator = random.Random(f"{options.seed}:{cut}")
            end = generator.randrange(1, len(entries) + 1)
            problem = check_cut(entries, end, options, generator, folder)
            if problem:
                failures += 1
                print(f"cut {cut} before entry {end} of {len(entries)}: {problem}")
    print(f"{options.cuts} cuts, seed {options.seed}, unsynced writes kept: {options.keep}: {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
