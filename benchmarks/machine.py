"""Who else uses the processors while we measure."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Moment:
    """Processor time used so far by the whole machine and by the processes under measurement."""

    at: float
    all: float
    own: float

    def others_since(self, before: "Moment") -> float:
        """How many processors other programs have kept busy since then."""
        used = (self.all - before.all) - (self.own - before.own)
        return max(used, 0.0) / max(self.at - before.at, 0.001)


def now(roots: Iterable[int]) -> Moment:
    """The present moment; `roots` are processes that count as own, with all their children."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # without idle and iowait
    return Moment(time.monotonic(), busy / _TICKS, _own(set(roots)))


def parent_of(pid: int) -> int:
    """The process that started another."""
    return int(_fields(Path(f"/proc/{pid}"))[1])


def _fields(process: Path) -> list[str]:
    """Of its status, what follows the name."""
    return (process / "stat").read_text().rsplit(")", 1)[1].split()


def _own(roots: set[int]) -> float:
    """Own processor time; that of children which have ended is their parents'."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = _fields(folder)
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = sum(int(field) for field in fields[11:15]) / _TICKS
    mine = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(used.get(pid, 0.0) for pid in mine)
