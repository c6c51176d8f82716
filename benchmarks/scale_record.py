"""Row 13: what the database takes for each byte of personal data, for the record of GDPRbench.

A record is its key, nine metadata fields and a hundred bytes of `Data`. Here it is a customer (`Data`: name, e-mail
address, telephone number and postal address, exactly a hundred bytes), the key as the caller's reference, and a
consent: purpose, user, source, objection and sharing are what the customer, the consent and the definition say. It is
written through the service's own seeding, with the two audit rows of its making: of the registration and the consent.

Personal bytes are `Data` alone, as GDPRbench counts them; beside it, everything that the caller said of the person.
The size is what the records added: an empty register, catalogues of PostgreSQL included, is taken off.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from sqlite3 import OperationalError, connect
from typing import Any

import asyncpg

from app.db import open_database
from app.keys import load_keys
from app.register.versions import Registers
from app.seeding.fill import SLICE, Filling, begin, wordings_of
from app.seeding.people import SINCE, Dealing, Person, Size
from app.seeding.rows import rows_of
from benchmarks.databases import database, execute
from benchmarks.scale_registers import found, megabytes

DATA = 100
"""Bytes of the record's `Data`."""
GATE, AIM = 3.5, 3.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the records take: bytes for each byte of `Data`, and of all that was said; bytes of a record by table."""

    dialect: str
    records: int
    per_data: float
    per_said: float
    of_record: dict[str, int]


def record_bytes(dialect: str, records: int, place: Path, server: str) -> Recorded:
    """Fill a register of its own and weigh it."""
    name = "scale_records"
    url = f"sqlite:///{place / name}.db"
    if dialect == "postgresql":
        execute(server, f"CREATE DATABASE {name}")
        url = database(server, name)
    asyncio.run(found(url))
    empty = megabytes(url)
    said = asyncio.run(_fill(url, place / "seloste.secret", records))
    added = (_settled_megabytes(url) - empty) * 2**20
    return Recorded(dialect, records, added / (records * DATA), added / said, _by_table(url, records))


async def _fill(url: str, secret_file: Path, records: int) -> int:
    """Write the records; the bytes that their caller said."""
    db = open_database(url)
    registers = Registers(db, 0)
    filling = Filling(db, load_keys(secret_file), registers, await registers.current(), Size(records, 1))
    actors = await db.write(begin, filling)
    operations = {role: filling.operation(actor) for role, actor in actors.items()}
    wording, said = wordings_of(filling.register)["newsletter"], 0
    for start in range(0, records, SLICE):
        people = list(_people(range(start, min(start + SLICE, records)), wording))
        said += sum(_said(person) for person in people)
        await db.copy_in(rows_of(people, operations))
    await db.close()
    return said


def _people(numbers: range, wording: str) -> Iterator[Person]:
    for n in numbers:
        at = SINCE + timedelta(minutes=n)
        key = f"key{n}"
        consent = {
            "event_id": key, "customer": {"system": "webshop", "id": key}, "purpose": "newsletter",
            "channels": ["email"], "action": "given", "wording": {"id": wording, "version": 1},
            "collected_via": "web_form", "occurred_at": at.isoformat(),
        }  # fmt: skip
        fields = {**_data(n), "source": "customer_relationship", "interaction": {"kind": "form", "occurred_at": at}}
        yield Person(n, Random(n), at, fields, (("webshop", key),), (Dealing("consent", at, key, consent),))


def _data(n: int) -> dict[str, Any]:
    """A hundred bytes about somebody."""
    address = {"street": f"Esimerkkikatu {n % 90 + 10}", "postal_code": "33200", "city": "Tampere"}
    email, phone = f"aino.esimerkki{n:07}@example.fi", f"040{n:07}"
    left = DATA - len(email) - len(phone) - sum(map(len, address.values()))
    return {"name": f"Aino {'Esimerkki' * 4}"[:left], "email": email, "phone": phone, "address": address}


def _said(person: Person) -> int:
    """Bytes of every value that was sent, each once."""
    return sum(map(len, _texts([person.fields, [dealing.sent for dealing in person.dealings]])))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def _settled_megabytes(url: str) -> float:
    """The size, once what was written has left the write-ahead log."""
    if url.startswith("sqlite"):
        with closing(connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return megabytes(url)


def _by_table(url: str, records: int) -> dict[str, int]:
    """Bytes of a record in each table and index that has any; none where SQLite was built without `dbstat`."""
    sizes = _of_sqlite(url) if url.startswith("sqlite") else asyncio.run(_of_postgresql(url))
    each = {name: size // records for name, size in sizes.items()}
    return dict(sorted(((name, size) for name, size in each.items() if size), key=lambda one: -one[1]))


def _of_sqlite(url: str) -> dict[str, int]:
    with closing(connect(url.removeprefix("sqlite:///"))) as connection:
        try:
            return dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        except OperationalError:
            return {}


async def _of_postgresql(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    query = """SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i')"""
    try:
        return {row[0]: row[1] for row in await connection.fetch(query)}
    finally:
        await connection.close()


def told(recorded: Recorded) -> str:
    """A line of the report, and one of what a record is made of."""
    met = "met" if recorded.per_data <= GATE else "no"
    whole = ", ".join(f"{name} {size}" for name, size in list(recorded.of_record.items())[:16])
    return (
        f"GDPRbench record, {recorded.records}: {recorded.per_data:.1f} bytes for each of Data (row 13: gate {GATE} "
        f"{met}, aim {AIM}), {recorded.per_said:.1f} for each that was said\n  bytes of a record: {whole}"
    )
