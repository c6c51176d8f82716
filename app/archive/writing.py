"""Writing a backup: read in one snapshot, so that the service goes on meanwhile."""

import hashlib
import json
import os
import zipfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Table, select

from app.archive.manifest import NAME, Manifest, TableIn, sealed
from app.db import metadata
from app.keys import Keys
from app.ledger.facts import plain
from app.migrating import current_revision
from app.tables import TABLES

AT_ONCE = 1000
assert TABLES  # noqa: S101 (importing them fills the metadata)


def write(connection: Connection, place: Path, keys: Keys, at: datetime) -> Manifest:
    """Write all tables into a new file that only its owner may read; it is on disk when this returns."""
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            tables = [_write_table(connection, archive, table) for table in metadata.sorted_tables]
            manifest = Manifest(at.isoformat(), str(current_revision(connection)), tables)
            archive.writestr(NAME, sealed(manifest, keys))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> TableIn:
    digest, rows = hashlib.sha256(), 0
    found = connection.execute(select(table), execution_options={"yield_per": AT_ONCE})
    with archive.open(member(table.name), "w", force_zip64=True) as file:
        for part in found.partitions():
            lines = [json.dumps([plain(value) for value in row], ensure_ascii=False) + "\n" for row in part]
            content = "".join(lines).encode()
            digest.update(content)
            rows += len(lines)
            file.write(content)
    return TableIn(table.name, [column.name for column in table.c], rows, digest.hexdigest())


def member(table: str) -> str:
    """The name of a table's file in the archive."""
    return f"{table}.jsonl"
