"""Decide what of a batch may leave, and write that it is about to, before it does (Art. 5(2))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.connectors.connector import Connector
from app.connectors.human import ByHuman
from app.connectors.instruction import Instruction
from app.connectors.outcome import Sent
from app.customers import repository as customers
from app.db import new_id
from app.delivery import repository
from app.delivery.instructing import Known, content_for, instruction_of, is_taken_back, known
from app.delivery.outcomes import Excuse, Held, Result
from app.notifications import repository as notifications
from app.policy.notifications import Progress
from app.processors.sending import Stopped, may_send
from app.register.definition import Definition
from app.register.operation import Operation

GONE = "superseded: nothing is held of the person any more"
GIVEN_AGAIN = "superseded: the person has consented anew"
TRANSFER = Held("transfer_basis")
"""Why something waits: nothing in Chapter V carries it to where the recipient is (Art. 44)."""
BY_HAND = Sent(task="tell_recipient")
"""Nothing leaves by itself: whoever does the task decides how."""


@dataclass(frozen=True, slots=True)
class Ready:
    """One notification, ready to be handed over, or settled already."""

    row: Row[Any]
    instruction: Instruction | None
    settled: Result | None = None

    @property
    def is_look(self) -> bool:
        """Whether it has left before, and a machine may look whether it is done."""
        return bool(self.row.state == Progress.SENT)


def prepare(
    connection: Connection, op: Operation, rows: Sequence[Row[Any]], connector: Connector, *, worker: str, base_url: str
) -> list[Ready]:
    """The instructions of these notifications, of one recipient; each that leaves has its attempt written."""
    about = known(connection, rows)
    instead = held(connection, op.definition, rows[0].recipient, connector, op.at)
    ready = [_ready(connection, op, row, about, instead, base_url) for row in rows]
    leaving = [one.row for one in ready if one.settled is None and not one.is_look]
    notifications.add_attempts(connection, _attempts(connection, op, leaving, worker))
    keys = customers.audit_keys(connection, sorted({row.customer_id for row in rows if row.customer_id}))
    op.audit(connection, "deliver", "notification", details={"items": len(rows)}, subjects=keys)
    return ready


def held(
    connection: Connection, definition: Definition, recipient: str, connector: Connector, at: datetime
) -> Result | None:
    """What happens instead of sending to this recipient now: a task where there is no machine, or waiting for a basis.

    Asked right before each batch leaves, so that a basis that lapses stops it at that instant (Art. 44).
    """
    if isinstance(connector, ByHuman):
        return BY_HAND
    carries = connector.carries_personal_data
    verdict = may_send(connection, definition, recipient, None, (), at, carries_personal_data=carries)
    return TRANSFER if isinstance(verdict, Stopped) else None


def _ready(
    connection: Connection, op: Operation, row: Row[Any], about: Known, instead: Result | None, base_url: str
) -> Ready:
    if is_taken_back(row, about):
        return Ready(row, None, Excuse(GIVEN_AGAIN))
    content = content_for(op, row, about)
    if content is None:
        return Ready(row, None, Excuse(GONE))
    if instead is not None:
        return Ready(row, None, instead)
    return Ready(row, instruction_of(connection, op, row, content, about, base_url))


def _attempts(connection: Connection, op: Operation, rows: Sequence[Row[Any]], worker: str) -> list[dict[str, Any]]:
    if not rows:
        return []
    first = rows[0]
    listed = op.definition.recipient(first.recipient)
    same = {
        "began_at": op.at,
        "recipient_name": repository.legal_name(connection, first.processor_id) or first.recipient,
        "purpose": op.purpose.code,
        "categories": list(listed.categories if listed else ()),
        "worker": worker[:80],
    }
    return [{"id": new_id(), "notification_id": row.id, **same} for row in rows]
