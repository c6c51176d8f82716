"""Making a reply in each of its forms: the database is read once, in one picture of it, into a spool; then it is sent.

So a transaction lasts as long as reading takes (seconds for a hundred thousand rows; PostgreSQL ends what is older
than `SNAPSHOT_SECONDS`), however slowly the answer is fetched.
"""

import asyncio
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, cast

from sqlalchemy import Connection

from app.access import gate
from app.access.document import Content, content_of, document_of, page_of
from app.access.reply import Asked
from app.access.spool import Spool, spooling
from app.access.writing import Write, write_csv, write_json
from app.db import Database

DATA, PAGE, DOCUMENT = "data.json", "page.html", "document.pdf"
FOLDER = "portable/"


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP of the whole reply, how much it holds, and the marks under which it was made."""

    spool: Spool
    records: int
    withheld: int
    marks: frozenset[Any]
    language: str


async def json_of(db: Database, asked: Asked) -> Spool:
    """The reply as JSON."""
    return await db.snapshot(_json, asked)


def _json(connection: Connection, asked: Asked) -> Spool:
    with spooling() as spool:
        write_json(gate.begun(connection, asked), spool.write)
    return spool


async def page(db: Database, asked: Asked) -> str:
    """The reply as a page."""
    return page_of(await db.snapshot(_content, asked))


async def document(db: Database, asked: Asked) -> bytes:
    """The reply as a PDF."""
    content = await db.snapshot(_content, asked)
    return await asyncio.to_thread(document_of, content, asked.at)


def _content(connection: Connection, asked: Asked) -> Content:
    return content_of(gate.begun(connection, asked))


async def archive(db: Database, asked: Asked) -> Archive:
    """Everything in one file; the portable part (Art. 20) as JSON and as CSV in a folder of its own."""
    with spooling() as spool, zipfile.ZipFile(cast("IO[bytes]", spool), "w") as made:
        entries = _Entries(made, asked)
        found, content = await db.snapshot(_fill, asked, entries, spool)
        with entries.open(PAGE) as write:
            write(page_of(content).encode())
        document = await asyncio.to_thread(document_of, content, asked.at)
        with entries.open(DOCUMENT) as write:
            write(document)
    return found


class _Entries:
    """The files of an archive, dated by the reply and not by the machine."""

    def __init__(self, made: zipfile.ZipFile, asked: Asked) -> None:
        self._made = made
        local = asked.at.astimezone(asked.definition.zone)
        self._date = (local.year, local.month, local.day, local.hour, local.minute, local.second)

    @contextmanager
    def open(self, name: str) -> Iterator[Write]:
        """One file, to be written bit by bit."""
        entry = zipfile.ZipInfo(name, self._date)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._made.open(entry, "w") as file:
            yield file.write


def _fill(connection: Connection, asked: Asked, entries: _Entries, spool: Spool) -> tuple[Archive, Content]:
    reply = gate.begun(connection, asked)
    with entries.open(DATA) as write:
        write_json(reply, write)
    found = Archive(spool, reply.written, reply.marks.used, reply.marks.ids, reply.speech.language)
    folder = "" if reply.portable else FOLDER
    portable = replace(reply, portable=True)
    if folder:
        with entries.open(f"{folder}{DATA}") as write:
            write_json(portable, write)
    for section in portable.sections():
        with entries.open(f"{folder}{section.code}.csv") as write:
            write_csv(portable, section, write)
    return found, content_of(reply)
