"""The ledger file: one line for each entry, each authenticated together with the line before it.

A line is 64 hexadecimal digits, a space and a JSON object with the members `n`, `id`, `kind` and `at` besides the
facts of its kind. The digits are an HMAC-SHA256 of the line before and this one under the installation's key, so a line
that is changed, removed, inserted or moved is found. Line 0 names the ledger. What stands after the last line feed was
never acknowledged: a process died while it wrote.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.keys import Keys
from app.ledger.errors import LedgerUnfit

DIGITS = 64
NOTHING = "0" * DIGITS
"""What stands for the line before the first one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry ends: its number, its digits, and the offset of the next one."""

    n: int
    mac: str
    offset: int


BEGIN = Place(-1, NOTHING, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    place: Place
    text: str

    @property
    def facts(self) -> dict[str, Any]:
        """The JSON object."""
        found: dict[str, Any] = json.loads(self.text)
        return found


class LedgerFile:
    """Reads and appends; callers hold `locked` while they append."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self.path = path
        self._keys = keys

    def exists(self) -> bool:
        """Whether there is a file; raises `OSError` when that cannot be told."""
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        return True

    def entries(self, after: Place = BEGIN) -> Iterator[Entry]:
        """The entries after a place, each checked; raises `LedgerUnfit` at the first that is not as it was written."""
        place = after
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < after.offset:
                raise LedgerUnfit(f"{self.path} is shorter than it was: entry {after.n} is gone")
            file.seek(after.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                entry = self._checked(line, place)
                place = entry.place
                yield entry

    def _checked(self, line: bytes, before: Place) -> Entry:
        n = before.n + 1
        try:
            mac, _, text = line.decode().rstrip("\n").partition(" ")
        except UnicodeDecodeError:
            mac, text = "", ""
        if not hmac.compare_digest(mac.encode(), self._mac(before.mac, text).encode()):
            raise LedgerUnfit(f"{self.path}: entry {n} is not as it was written, or was written under another key")
        return Entry(Place(n, mac, before.offset + len(line)), text)

    def _mac(self, before: str, text: str) -> str:
        return self._keys.hash("ledger", before, text)

    def begin(self, ledger_id: UUID, at: str) -> Place:
        """Make the file with its line 0, where there is no entry yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        return self.append(BEGIN, [{"id": str(ledger_id), "kind": "ledger", "at": at}])

    def append(self, after: Place, entries: Sequence[Mapping[str, Any]]) -> Place:
        """Write entries behind the place, over a line that was never finished; on disk when this returns."""
        place, lines = after, []
        for entry in entries:
            text = json.dumps({"n": place.n + 1, **entry}, ensure_ascii=False, separators=(",", ":"))
            mac = self._mac(place.mac, text)
            lines.append(f"{mac} {text}\n".encode())
            place = Place(place.n + 1, mac, place.offset + len(lines[-1]))
        with self.path.open("r+b") as file:
            file.truncate(after.offset)
            file.seek(after.offset)
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        if after is BEGIN:
            _sync_folder(self.path)
        return place

    def set_aside(self, suffix: str) -> Path | None:
        """Rename the file, keeping it; where to, or None when there is none."""
        if not self.path.exists():
            return None
        aside = self.path.with_name(f"{self.path.name}.{suffix}")
        self.path.rename(aside)
        _sync_folder(self.path)
        return aside

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the ledger against every other process; answers False at once when one holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)


def _sync_folder(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
