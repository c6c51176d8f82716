"""Batches of the sweep: their identifiers, what is kept of them, and whom the audit trail names for them.

The verdicts of one batch have identifiers that begin alike, numbered behind the batch's own (`batch_id`), and name it
as their decision: so the erasure ledger notes the batch once, and finds its verdicts by their primary keys.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Uuid, insert, literal, select

from app.audit.tables import audit_subjects
from app.customers.tables import customers
from app.db import new_id
from app.subject_requests.tables import sweep_batches, verdicts

NUMBERED = 1 << 32
"""Verdicts that a batch has numbers for."""
DIGITS = 8
"""Of an identifier, what counts the verdicts of its batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one statement has to know besides what goes."""

    id: UUID
    at: datetime
    register_version: int
    limit: int

    @property
    def begins(self) -> str:
        """How the identifiers of its verdicts begin."""
        return self.id.hex[:-DIGITS]

    @property
    def verdicts(self) -> ColumnElement[bool]:
        """SQL that holds for the verdicts of the batch."""
        return verdicts.c.id.between(*of_batch(self.id))


def batch_id() -> UUID:
    """A time-ordered identifier with room for numbers behind it."""
    return UUID(int=new_id().int // NUMBERED * NUMBERED)


def of_batch(batch: UUID) -> tuple[UUID, UUID]:
    """Between which identifiers the verdicts of a batch lie."""
    return batch, UUID(int=batch.int + NUMBERED - 1)


def is_recorded(connection: Connection, batch: Batch) -> bool:
    """Whether the database has seen the batch."""
    return connection.execute(select(sweep_batches.c.id).where(sweep_batches.c.id == batch.id)).first() is not None


OVER = "Nothing needs it any more (Art. 5(1)(e))."


def record(connection: Connection, batch: Batch, rule: str, as_of: date, rows: int) -> None:
    """Keep what a batch did, by rule and count; a trigger notes it for the erasure ledger."""
    values = {"id": batch.id, "rule": rule, "as_of": as_of, "at": batch.at, "rows": rows}
    connection.execute(insert(sweep_batches).values(**values, register_version=batch.register_version))


def name_subjects(connection: Connection, batch: Batch, event_id: UUID) -> None:
    """Name in the audit trail every living person of whom the batch erased something."""
    c = verdicts.c
    keys = (
        select(customers.c.audit_key, literal(event_id, Uuid()))
        .join(verdicts, c.customer_id == customers.c.id)
        .where(batch.verdicts, customers.c.audit_key.is_not(None))
        .distinct()
    )
    connection.execute(insert(audit_subjects).from_select(["audit_key", "event_id"], keys))
