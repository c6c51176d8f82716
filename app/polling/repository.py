"""Readings and their leases, hints, and what a system last said of a person."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, delete, or_, select, update

from app.customers.repository import upsert_into
from app.customers.tables import bookings, customer_references
from app.db import new_id, one_of
from app.polling.tables import poll_hints, polls

AFTER_FAILURE = timedelta(minutes=2)
"""How long a recipient that has just failed is left alone, whatever it hints at."""


def claim(
    connection: Connection, recipient: str, stream: str, holder: UUID, now: datetime, until: datetime
) -> Row[Any] | None:
    """Take the lease of a reading, making its row first; None while another holder's lease runs."""
    blank = {"id": new_id(), "page": 1, "is_through": True, "counts": {}, "began_at": now, "changed_at": now}
    made = upsert_into(connection, polls).values(recipient=recipient, stream=stream, **blank)
    connection.execute(made.on_conflict_do_nothing())
    c = polls.c
    free = or_(c.lease_until.is_(None), c.lease_until <= now)
    statement = update(polls).where(c.recipient == recipient, c.stream == stream, free)
    return connection.execute(statement.values(lease_holder=holder, lease_until=until).returning(polls)).first()


def advance(connection: Connection, poll_id: UUID, holder: UUID, values: Mapping[str, Any]) -> bool:
    """Move a reading on; False when the lease is another's by now."""
    c = polls.c
    statement = update(polls).where(c.id == poll_id, c.lease_holder == holder)
    return connection.execute(statement.values(**values)).rowcount == 1


def readings(connection: Connection) -> Sequence[Row[Any]]:
    """How far every reading has come."""
    return connection.execute(select(polls).order_by(polls.c.recipient, polls.c.stream)).all()


def is_due(connection: Connection, recipient: str, stream: str, now: datetime, every: timedelta) -> bool:
    """Whether a reading is to begin: its time has come, or there are hints and the last one did not just fail."""
    c = polls.c
    row = connection.execute(select(polls).where(c.recipient == recipient, c.stream == stream)).first()
    if row is None or now - row.changed_at >= every:
        return True
    waits = now - row.changed_at < AFTER_FAILURE and row.failure is not None
    return not waits and bool(hints(connection, recipient, stream, 1))


def hint(connection: Connection, recipient: str, stream: str, external_id: str, at: datetime) -> None:
    """Remember to read an object anew; told twice is remembered once."""
    row = {"id": new_id(), "recipient": recipient, "stream": stream, "external_id": external_id, "hinted_at": at}
    statement = upsert_into(connection, poll_hints).values(**row)
    keys = ["recipient", "stream", "external_id"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"hinted_at": at}))


def hints(connection: Connection, recipient: str, stream: str, most: int) -> Sequence[Row[Any]]:
    """The oldest hints that wait."""
    c = poll_hints.c
    query = select(poll_hints).where(c.recipient == recipient, c.stream == stream)
    return connection.execute(query.order_by(c.id).limit(most)).all()


def heeded(connection: Connection, found: Collection[Row[Any]]) -> None:
    """Forget hints whose object was read, unless they were given again meanwhile."""
    c = poll_hints.c
    for row in found:
        connection.execute(delete(poll_hints).where(c.id == row.id, c.hinted_at == row.hinted_at))


def last_said(connection: Connection, system: str, external_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """What a system last said of each person, as keyed hashes by field."""
    c = customer_references.c
    query = select(c.external_id, c.last_said).where(
        c.system == system, one_of(connection, c.external_id, external_ids)
    )
    rows = connection.execute(query) if external_ids else ()
    return {row.external_id: dict(row.last_said or {}) for row in rows}


def note_said(connection: Connection, system: str, said: Mapping[str, Mapping[str, str]]) -> None:
    """Remember what a system has said now."""
    c = customer_references.c
    statement = update(customer_references).where(c.system == system, c.external_id == bindparam("its_id"))
    binds = [{"its_id": its_id, "now_said": dict(values)} for its_id, values in sorted(said.items())]
    if binds:
        connection.execute(statement.values(last_said=bindparam("now_said", type_=c.last_said.type)), binds)


def bookings_named(connection: Connection, system: str, booking_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The bookings of these ids, whoever's they are."""
    c = bookings.c
    query = select(bookings).where(c.system == system, one_of(connection, c.booking_id, booking_ids))
    return {row.booking_id: row for row in connection.execute(query)} if booking_ids else {}
