"""From a path to parts: a single file, or each CSV inside a zip archive; surveyed once before reading.

The survey finds the fingerprint, the encoding and the number of lines, in memory that does not grow with
the file. Errors say what is wrong with the file and never quote it.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.imports.errors import NotAnExport

MAX_LINE = 65_536
"""Bytes of one physical line; a longer one is reported and skipped without being held."""
MAX_PART = 8 * 1024**3
MAX_RATIO = 500
"""A member that unpacks to more than this many times its size is a zip bomb."""
_CHUNK = 1024 * 1024
_BUFFER = 64 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Part:
    """One text file of an export; `open` starts it anew. `name` may be a person's choice: never report it."""

    name: str
    open: Callable[[], IO[bytes]]
    lines: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Export:
    """A surveyed file: SHA-256 in hex of its bytes, and its parts in the order of the archive."""

    sha256: str
    parts: tuple[Part, ...]

    @property
    def lines(self) -> int:
        """Physical lines in all parts."""
        return sum(part.lines for part in self.parts)


def survey(path: Path, encoding: str = "auto") -> Export:
    """Look a file through; raises `NotAnExport` when it holds no text that could be an export."""
    try:
        digest = _digest(path)
    except OSError as error:
        raise NotAnExport(f"the file cannot be opened: {error.strerror}") from None
    if not zipfile.is_zipfile(path):
        return Export(digest, (_part(path.name, lambda: path.open("rb"), encoding),))
    return Export(digest, _members(path, encoding))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(path: Path, encoding: str) -> tuple[Part, ...]:
    with zipfile.ZipFile(path) as archive:
        found = [m for m in archive.infolist() if _is_csv(m)]
    for member in found:
        if member.flag_bits & 1:
            raise NotAnExport("the archive is encrypted")
        if member.file_size > MAX_PART or member.file_size > MAX_RATIO * max(member.compress_size, 4096):
            raise NotAnExport("the archive unpacks to far more than an export would")
    if not found:
        raise NotAnExport("the archive holds no CSV file")
    return tuple(_part(m.filename, _member_opener(path, m), encoding) for m in found)


def _is_csv(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    hidden = name.startswith("__MACOSX") or Path(name).name.startswith(".")
    return not member.is_dir() and not hidden and name.lower().endswith((".csv", ".txt", ".json"))


def _member_opener(path: Path, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        return io.BufferedReader(zipfile.ZipFile(path).open(member), _BUFFER)  # type: ignore[type-var] # it reads all the same

    return opened


def _part(name: str, opener: Callable[[], IO[bytes]], encoding: str) -> Part:
    """Count lines and decide between UTF-8 and Windows-1252 by which of them most lines beyond ASCII are."""
    lines = utf8 = other = 0
    try:
        with opener() as file:
            for raw in _raw_lines(file):
                lines += 1
                if lines == 1 and raw is not None:
                    _refuse_binary(raw)
                if raw is not None and not raw.isascii():
                    utf8, other = (utf8 + 1, other) if _is_utf8(raw) else (utf8, other + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise NotAnExport("the archive is damaged") from None  # whose words name the member, maybe after a person
    if lines == 0:
        raise NotAnExport("the file is empty")
    found = encoding if encoding != "auto" else "cp1252" if other > utf8 else "utf-8"
    return Part(name, opener, lines, found)


def _refuse_binary(first: bytes) -> None:
    if first.startswith(_UTF16):
        raise NotAnExport("the file is UTF-16; save it as UTF-8")
    if b"\0" in first or first.startswith(b"%PDF"):
        raise NotAnExport("the file is no text")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _raw_lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Physical lines without their ends; None for one longer than `MAX_LINE`, whose rest is passed over."""
    while raw := file.readline(MAX_LINE + 2):
        if len(raw) <= MAX_LINE or raw.endswith(b"\n"):
            yield raw.rstrip(b"\r\n")
            continue
        while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield None


def numbered(part: Part) -> Iterator[tuple[int, bytes | None]]:
    """The physical lines of a part with their numbers, from 1; a byte order mark is taken off."""
    with part.open() as file:
        for number, raw in enumerate(_raw_lines(file), start=1):
            yield number, raw.removeprefix(_BOM) if number == 1 and raw is not None else raw
