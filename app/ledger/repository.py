"""The outbox and the state: what the ledger has still to be told, and how far the database knows it has followed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, select

from app.customers.repository import upsert_into
from app.ledger.facts import Facts, gather
from app.ledger.file import Place
from app.ledger.tables import ledger_outbox, ledger_state

BATCH = 500
_ONLY = 1


@dataclass(frozen=True, slots=True)
class State:
    """How far the database has followed: which ledger, how many entries, the digits of the last, and what blocks it."""

    ledger_id: UUID | None = None
    entries: int = 0
    mac: str | None = None
    blocked: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the outbox, by id, and the entries that they make."""

    noted: Sequence[UUID]
    entries: Sequence[Facts]


def state(connection: Connection) -> State:
    """The state; that of a database which has followed nothing yet when there is none."""
    c = ledger_state.c
    row = connection.execute(select(c.ledger_id, c.entries, c.mac, c.blocked)).first()
    return State() if row is None else State(*row)


def keep(connection: Connection, found: State) -> None:
    """Write the state."""
    values = {"ledger_id": found.ledger_id, "entries": found.entries, "mac": found.mac, "blocked": found.blocked}
    statement = upsert_into(connection, ledger_state).values(id=_ONLY, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def block(connection: Connection, reason: str | None) -> None:
    """Keep every process from being ready, or, with None, no longer."""
    statement = upsert_into(connection, ledger_state).values(id=_ONLY, entries=0, blocked=reason)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"blocked": reason}))


def seen(connection: Connection) -> tuple[State, datetime | None]:
    """The state, and when the oldest fact was noted that no ledger holds yet."""
    return state(connection), connection.execute(select(func.min(ledger_outbox.c.at))).scalar_one()


def batch(connection: Connection) -> Batch:
    """The next facts to be appended."""
    c = ledger_outbox.c
    noted: Sequence[Row[Any]] = connection.execute(select(ledger_outbox).order_by(c.at, c.id).limit(BATCH)).all()
    return Batch([row.id for row in noted], gather(connection, noted))


def waiting(connection: Connection, ids: Collection[UUID]) -> int:
    """How many of these are still in the outbox."""
    query = select(func.count()).where(ledger_outbox.c.id.in_(sorted(ids)))
    return connection.execute(query).scalar_one()


def forget(connection: Connection, noted: Collection[UUID]) -> None:
    """Take facts out of the outbox."""
    connection.execute(delete(ledger_outbox).where(ledger_outbox.c.id.in_(sorted(noted))))


def forget_notes(connection: Connection, kind: str, row_ids: Collection[UUID]) -> None:
    """Take the notes about these rows out of the outbox."""
    c = ledger_outbox.c
    connection.execute(delete(ledger_outbox).where(c.kind == kind, c.row_id.in_(sorted(row_ids))))


def acknowledge(connection: Connection, noted: Collection[UUID], ledger_id: UUID | None, place: Place) -> None:
    """The ledger holds these on disk: forget them and remember how far it has come."""
    forget(connection, noted)
    if ledger_id is not None:
        keep(connection, State(ledger_id, place.n, place.mac))
