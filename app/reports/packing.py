"""A ZIP whose bytes depend on its content and its date alone, with an index of what is in it."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any, cast

from pydantic import BaseModel

from app.access.spool import Spool

INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: what it is, the article that asks for it, and its content bit by bit."""

    name: str
    what: str
    law: str
    pieces: Iterable[bytes]


def pack(spool: Spool, entries: Iterable[Entry], head: dict[str, Any], dated: datetime) -> int:
    """Write the files in their order and the index last, which names each with its size and SHA-256; how many."""
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(cast("IO[bytes]", spool), "w") as made:
        for entry in entries:
            size, digest = _write(made, entry, dated)
            listed.append(
                {"name": entry.name, "what": entry.what, "law": entry.law, "size": size, "sha256": digest},
            )
        _write(made, Entry(INDEX, "", "", [json_of({**head, "files": listed})]), dated)
    return len(listed)


def _write(made: zipfile.ZipFile, entry: Entry, dated: datetime) -> tuple[int, str]:
    info = zipfile.ZipInfo(entry.name, (dated.year, dated.month, dated.day, dated.hour, dated.minute, dated.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, on whatever machine it is made
    info.external_attr = 0o644 << 16
    size, digest = 0, sha256()
    with made.open(info, "w") as file:
        for piece in entry.pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def json_of(value: Any) -> bytes:
    """One value, for people to read as well."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain).encode() + b"\n"


def lines_of(values: Iterable[Any]) -> Iterator[bytes]:
    """JSON Lines."""
    return (json.dumps(value, ensure_ascii=False, default=_plain).encode() + b"\n" for value in values)


def list_of(values: Iterable[Any]) -> Iterator[bytes]:
    """A JSON array, an element a line."""
    between = b"[\n"
    for value in values:
        yield between + json.dumps(value, ensure_ascii=False, default=_plain).encode()
        between = b",\n"
    yield b"\n]\n" if between == b",\n" else b"[]\n"


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
