"""Put notifications into the outbox, in the transaction of what they tell of (Art. 19).

What is told of a living person is read from the record when it leaves, so nothing is copied. Of a person who is
erased, of an address in no record and of a value that is no longer held, the least that the recipient needs is sealed
with the notification, and destroyed when it closes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.customers.repository import upsert_into
from app.db import new_id
from app.notifications.tables import notifications
from app.policy.notifications import DAYS_TO_ANSWER, Act, Progress
from app.processors.disclosure_log import Notified
from app.register.operation import Operation
from app.sealing import sealed

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Notice:
    """One recipient to be told one thing about one person."""

    recipient: str
    act: Act
    request_id: UUID | None = None
    customer_id: UUID | None = None
    processor_id: UUID | None = None
    content: Mapping[str, Any] | None = None
    purposes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def addressee(recipient: Notified) -> str:
    """How a recipient is named in the outbox: by its code, or as it was known when it got the data."""
    return (recipient.code or recipient.name)[:LONGEST_NAME]


def queue(connection: Connection, op: Operation, notices: Iterable[Notice]) -> None:
    """Queue them; what the same case has told the same recipient already is not queued again."""
    rows = [_row(op, notice) for notice in notices]
    if rows:
        connection.execute(upsert_into(connection, notifications).on_conflict_do_nothing(), rows)


def tell_each(connection: Connection, op: Operation, recipients: Iterable[Notified], notice: Notice) -> None:
    """The same notice to each of these recipients."""
    told = (replace(notice, recipient=addressee(one), processor_id=one.processor_id) for one in recipients)
    queue(connection, op, told)


def _row(op: Operation, notice: Notice) -> dict[str, Any]:
    key = new_id()
    nothing = {"key_id": None, "wrapped_key": None, "sealed": None}
    content = dict(notice.content or {})
    return {
        "id": key,
        "request_id": notice.request_id,
        "customer_id": notice.customer_id,
        "recipient": notice.recipient[:LONGEST_NAME],
        "processor_id": notice.processor_id,
        "act": notice.act.value,
        "purposes": list(notice.purposes),
        "channels": list(notice.channels),
        "state": Progress.QUEUED.value,
        **(sealed(op.keys, bound(notice.request_id or key, notice.recipient), content) if content else nothing),
        "queued_at": op.at,
        "due_on": op.today + timedelta(days=DAYS_TO_ANSWER),
        "attempts": 0,
        "next_at": op.at,
        "memory": {},
        "register_version": op.register.version,
    }


def bound(belongs_to: UUID, recipient: str) -> str:
    """What the sealed content of a notification opens with."""
    return f"{belongs_to}/{recipient[:LONGEST_NAME]}"
