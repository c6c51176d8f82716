"""Reading a backup, checked before any of it is believed."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from app.archive.manifest import NAME, BackupUnfit, Manifest, TableIn, opened
from app.archive.writing import member
from app.db import metadata
from app.keys import Keys
from app.ledger.facts import typed

Rows = list[dict[str, Any]]


def check(place: Path, keys: Keys) -> Manifest:
    """The manifest, once every table has been read and is as it was written; raises `BackupUnfit`."""
    try:
        with zipfile.ZipFile(place) as archive:
            manifest = opened(archive.read(NAME), keys)
            for table in manifest.tables:
                _check_table(archive, table)
    except (zipfile.BadZipFile, KeyError, EOFError):
        raise BackupUnfit("it is not a whole backup") from None
    return manifest


def _check_table(archive: zipfile.ZipFile, table: TableIn) -> None:
    digest = hashlib.sha256()
    with archive.open(member(table.name)) as file:
        while content := file.read(1 << 20):
            digest.update(content)
    if digest.hexdigest() != table.sha256:
        raise BackupUnfit(f"its table {table.name} is not as it was written")


def rows(place: Path, table: TableIn, at_once: int) -> Iterator[Rows]:
    """The rows of a table, some at a time, with values as the database takes them."""
    columns = [metadata.tables[table.name].c[name] for name in table.columns]
    with zipfile.ZipFile(place) as archive, archive.open(member(table.name)) as lines:
        while part := [json.loads(line) for line in islice(lines, at_once)]:
            yield [{c.name: typed(c, value) for c, value in zip(columns, row, strict=True)} for row in part]
