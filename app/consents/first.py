"""First consents of people whom one transaction makes: an import has thousands in the same words.

They differ in whom, when and whether confirmed; what they share is judged and written once.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from app.consents import repository_notices
from app.consents.informing import in_force
from app.consents.rules import check_time, hashed_channels, hashed_text
from app.consents.schemas import ConsentIn
from app.consents.service import check_wordings, judge
from app.consents.storing import Values, event_row, state_row
from app.consents.tables import consent_events, consent_states
from app.consents.taking import Taking
from app.db import insert_all, new_id
from app.errors import Problem
from app.register.operation import Operation


class First(NamedTuple):
    """One such consent; its instants are in UTC. `event_id` needs no escape in JSON."""

    event_id: str
    customer_id: UUID
    occurred_at: datetime
    confirmed_at: datetime | None


def take_first(connection: Connection, op: Operation, words: ConsentIn, given: Sequence[First]) -> list[Problem | None]:
    """Take the consent, given as `words` says, of each of these people, whom this transaction has made; the refusals.

    For addresses with no suppression, and not for confirmations that lift one. The caller writes the audit row.
    """
    shared = judge(op, words)
    if shared.refusal is None:
        check_wordings(connection, [shared])
    if shared.refusal is not None or not given:
        return [shared.refusal] * len(given)
    refusals = [_refusal(op, one) for one in given]
    _store(connection, op, shared, [one for one, refusal in zip(given, refusals, strict=True) if refusal is None])
    return refusals


def _refusal(op: Operation, one: First) -> Problem | None:
    try:
        check_time(op, one.occurred_at, one.confirmed_at)
    except Problem as problem:
        return problem
    return None


def _store(connection: Connection, op: Operation, shared: Taking, given: Sequence[First]) -> None:
    """Insert the events, of which nothing can be known yet, and their states."""
    versions = repository_notices.published(connection, spoken=False)
    same, channels = event_row(op, shared, None, ""), hashed_channels(shared.sent)
    text = texts_like(shared.sent)

    def row(one: First) -> Values:
        at = one.confirmed_at
        return {
            **same,
            "id": new_id(),
            "event_id": one.event_id,
            "customer_id": one.customer_id,
            "notice_version": in_force(one.occurred_at, versions),
            "occurred_at": one.occurred_at,
            "evidence": same["evidence"] if at is None else {**same["evidence"], _CONFIRMED: _instant(at)},
            "content_hash": op.keys.hash("consent", text(one), *channels),
        }

    rows = [row(one) for one in given]
    insert_all(connection, consent_events, rows)
    insert_all(connection, consent_states, [state_row(row, channel) for row in rows for channel in row["channels"]])


_CONFIRMED = "double_opt_in_confirmed_at"


def texts_like(words: ConsentIn) -> Callable[[First], str]:
    """Makes the `hashed_text` of an event like `words`, whose own is written once and cut where events differ."""
    event_id, customer, occurred_at, confirmed_at = marks = [new_id().hex for _ in range(4)]
    marked = words.model_copy(
        update={
            "event_id": event_id,
            "customer": words.customer.model_copy(update={"id": customer}),
            "occurred_at": occurred_at,
            "evidence": words.evidence.model_copy(update={_CONFIRMED: confirmed_at}),
        }
    )
    a, b, c, d, e = re.split("|".join((*marks[:2], *(f'"{mark}"' for mark in marks[2:]))), hashed_text(marked))

    def text(one: First) -> str:
        confirmed = "null" if one.confirmed_at is None else f'"{_instant(one.confirmed_at)}"'
        return f'{a}{one.event_id}{b}{one.customer_id}{c}"{_instant(one.occurred_at)}"{d}{confirmed}{e}'

    return text


@lru_cache(maxsize=2)
def _instant(at: datetime) -> str:
    """An instant in UTC as JSON has it; that of the consent is mostly that of the confirmation too."""
    return f"{at.replace(tzinfo=None).isoformat()}Z"
