"""What a benchmark is given."""

import itertools
import os
import resource
import time

from .broker import Broker
from .failure import Failure
from .report import Report
from .tools import Tools


class Bench:
    def __init__(self, binary, directory, is_quick):
        self.binary = binary
        self.directory = directory
        self.is_quick = is_quick
        self.tools = Tools(directory)
        self.report = Report()
        self._numbers = itertools.count()

    @property
    def rounds(self):
        return range(1 if self.is_quick else 3)

    def size(self, full, quick):
        return quick if self.is_quick else full

    def folder(self, name):
        return self.directory / f"{name}-{next(self._numbers)}"

    def broker(self, nodes=1, cores_per_node=16):
        return Broker(self.binary, self.folder("broker"), nodes, cores_per_node)


class Stopwatch:
    """The time between two moments, and how busy a broker was meanwhile."""

    def __init__(self, broker):
        self._broker = broker
        self._processor = broker.processor_seconds()
        self.begin = time.monotonic()

    def stop(self, at=None):
        self.seconds = (at or time.monotonic()) - self.begin
        self.busy_cores = (self._broker.processor_seconds() - self._processor) / self.seconds


def expect(is_right, sentence):
    """A figure counts only if the work was done."""
    if not is_right:
        raise Failure(sentence)


def raise_descriptor_limit():
    """Thousands of streams need thousands of descriptors, here and in what is started from here."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if hard > 0 else 65_536, hard))


def synced():
    """Work of an earlier benchmark that the disk still has to do belongs to that one."""
    os.sync()
