"""Take away what was done to the wrong person, as if it had never been; only the ids of what is gone are kept.

The ids let the database allow the deletion of verdicts, and let the erasure ledger, which remembers what it once
heard, take the same rows away again after a restore.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from app.consents import repository as consents
from app.consents.storing import winning
from app.consents.tables import consent_events, consent_states
from app.customers import suppression
from app.customers.tables import restrictions, suppression_events
from app.customers.tables_rights import objections
from app.db import new_id
from app.letters import repository as letters
from app.register.operation import Operation
from app.subject_requests.tables import decisions, verdicts
from app.subject_requests.tables_people import abuse_findings, undoings

Gone = Mapping[str, Collection[UUID]]
"""Ids of rows by kind."""


def undo(connection: Connection, op: Operation, cause_id: UUID, gone: Gone) -> None:
    """Take these rows away and remember that they were undone, for which mistaken case or report."""
    common = {"cause_id": cause_id, "at": op.at, "client_id": op.actor.id}
    rows = [{"id": new_id(), "kind": kind, "row_id": i, **common} for kind, ids in gone.items() for i in sorted(ids)]
    if rows:
        connection.execute(insert(undoings), rows)
    take_away(connection, gone)


def take_away(connection: Connection, gone: Gone) -> None:
    """Delete the rows of each kind, and make anew the projections that came from them; a letter leaves the file."""
    for kind, ids in gone.items():
        if ids:
            KINDS[kind](connection, ids)


def _suppressions(connection: Connection, ids: Collection[UUID]) -> None:
    suppression.undo(connection, ids)


def _withdrawals(connection: Connection, ids: Collection[UUID]) -> None:
    """Withdrawals made for somebody who had asked for none: the consents before them stand again."""
    c, s = consent_events.c, consent_states.c
    concerned = connection.execute(
        delete(consent_events).where(c.id.in_(sorted(ids))).returning(c.customer_id, c.purpose)
    )
    for customer_id, purpose in sorted({(row.customer_id, row.purpose) for row in concerned if row.customer_id}):
        connection.execute(delete(consent_states).where(s.customer_id == customer_id, s.purpose == purpose))
        left = [e for e in consents.history(connection, customer_id, None) if e.purpose == purpose]
        consents.project(connection, winning(dict(event._mapping) for event in left))


def _of(table: Any) -> Callable[[Connection, Collection[UUID]], None]:
    def go(connection: Connection, ids: Collection[UUID]) -> None:
        connection.execute(delete(table).where(table.c.id.in_(sorted(ids))))

    return go


KINDS: Mapping[str, Callable[[Connection, Collection[UUID]], None]] = {
    "suppression": _suppressions,
    "withdrawal": _withdrawals,
    "restriction": _of(restrictions),
    "objection": _of(objections),
    "finding": _of(abuse_findings),
    "verdict": _of(verdicts),
    "decision": _of(decisions),
    "letter": letters.leave_person,
}
"""What can be undone."""


def suppressions_of(connection: Connection, cause_ids: Collection[UUID]) -> list[UUID]:
    """The suppression events that come from these causes, copies at later addresses included."""
    c = suppression_events.c
    query = select(c.id).where(c.cause_id.in_(sorted(cause_ids)))
    return list(connection.execute(query).scalars()) if cause_ids else []


def withdrawals_of(connection: Connection, customer_id: UUID, case_number: str) -> list[UUID]:
    """The withdrawals that a case made for a person."""
    c = consent_events.c
    query = select(c.id).where(
        c.customer_id == customer_id,
        c.action == "withdrawn",
        c.event_id.startswith(f"{case_number}-", autoescape=True),
    )
    return list(connection.execute(query).scalars())
