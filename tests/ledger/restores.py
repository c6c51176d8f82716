"""Really restoring: a backup of a world, loaded into a database of its own, and what a register holds of people."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from app.archive.reading import check
from app.archive.restoring import load
from app.archive.writing import write
from app.consents.tables import consent_states
from app.customers.tables import (
    bookings,
    customer_references,
    customers,
    deaths,
    purchases,
    restrictions,
    suppressions,
    tombstones,
    vouchers,
)
from app.db import open_database
from app.letters.tables import letters
from app.subject_requests.tables import decisions, legal_holds, subject_requests
from tests.databases import create_database, drop_database
from tests.worlds import World


async def back_up(world: World, file: Path) -> Path:
    """A backup of the world as it is now."""
    await world.db.snapshot(write, file, world.services.keys, world.now)
    return file


@contextmanager
def new_database(kind: str, folder: Path, server: str) -> Iterator[str]:
    """The address of an empty database of a kind."""
    name = f"restored_{uuid4().hex}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    yield create_database(server, name)
    drop_database(server, name)


async def restored(world: World, file: Path, url: str) -> World:
    """The world's app on a database that was restored from the file."""
    db = open_database(url)
    await load(db, file, check(file, world.services.keys), lambda _: None)
    await db.close()
    await world.close()
    return World(world.app, world.template, url, world.now)


PICTURE: dict[Any, tuple[str, ...]] = {
    customers: tuple(c.name for c in customers.c if c.name not in {"version", "updated_at"}),
    customer_references: ("system", "external_id", "customer_id"),
    purchases: ("id", "customer_id"),
    bookings: ("id", "customer_id"),
    vouchers: ("id", "customer_id", "buyer_name", "restricted_at", "retain_until"),
    consent_states: ("customer_id", "purpose", "channel", "action", "occurred_at"),
    tombstones: ("hash", "erased_at"),
    suppressions: ("address_hash", "purpose", "channel", "state", "origin", "since"),
    restrictions: ("id", "customer_id", "ground", "request_id", "began_at"),
    deaths: ("id", "customer_id", "reported_on", "recorded_at", "withdrawn_at"),
    legal_holds: ("id", "customer_id", "kind", "set_on", "released_on"),
    subject_requests: ("id", "case_number", "right", "state", "customer_id", "due_on", "execute_after", "executed_at"),
    letters: ("id", "number", "kind", "case_number", "request_id", "customer_id", "issued_at"),
    decisions: ("id", "request_id", "outcome", "decided_by", "cancelled_at"),
}
"""What two registers must agree on to treat people alike."""


def picture(connection: Connection, people: set[UUID] | None = None) -> dict[str, set[str]]:
    """The rows of the picture; restrictions only while in force; with `people`, without rows about anybody else."""
    found: dict[str, set[str]] = {}
    for table, names in PICTURE.items():
        query = select(*(table.c[name] for name in names))
        if table is restrictions:
            query = query.where(table.c.lifted_at.is_(None))
        owner = "id" if table is customers else "customer_id"
        rows = [row._asdict() for row in connection.execute(query)]
        known = [row for row in rows if people is None or row.get(owner) is None or row[owner] in people]
        found[table.name] = {str(row) for row in known}
    return found
