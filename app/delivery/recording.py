"""Write what came of each notification, and complete the cases for which nothing is open any more (Art. 19)."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.outcome import Acknowledged, Failed, Later, Refused, Sent, Verified
from app.customers import repository as customers
from app.delivery import claiming, repository
from app.delivery.outcomes import Excuse, Held, Result
from app.notifications import repository as notifications
from app.policy.notifications import TRIES, Progress, retry_delay
from app.policy.requests import State
from app.register.operation import Operation
from app.subject_requests import repository as requests
from app.subject_requests import traces
from app.subject_requests.handling import finish, move

LOOK_AGAIN = timedelta(minutes=1)
"""How often what must not leave is looked at: whether a basis for the transfer has been recorded meanwhile."""
Values = dict[str, Any]
FREE: Mapping[str, None] = {"claimed_by": None}


def record(
    connection: Connection, op: Operation, done: Sequence[tuple[Row[Any], Result]], *, worker: str
) -> Counter[str]:
    """Write the outcomes of what this worker still holds; how many of each kind there were."""
    held = claiming.still_held(connection, worker, [row for row, _ in done])
    settled = [(held[row.id], result) for row, result in done if row.id in held]
    changed = [(row, _values(op, row, result)) for row, result in settled]
    notifications.change_each(connection, {row.id: values for row, values in changed})
    _end_attempts(connection, op, settled, worker)
    closed = [(row, values) for row, values in changed if "closed_at" in values]
    if any(row.sealed is not None for row, _ in closed):
        traces.of_content(connection, op.at)
    counted = Counter(str(values["state"]) for _, values in changed)
    keys = customers.audit_keys(connection, sorted({row.customer_id for row, _ in changed if row.customer_id}))
    op.audit(connection, "record", "notification", details=dict(counted) or None, subjects=keys)
    complete_cases(connection, op, [(row, str(values["state"])) for row, values in closed])
    return counted


def complete_cases(connection: Connection, op: Operation, closed: Iterable[tuple[Row[Any], str]]) -> None:
    """Put the answers on the timelines of their cases, and complete those for which nothing else is open."""
    of_case: dict[UUID, list[tuple[str, str]]] = {}
    for row, state in closed:
        if row.request_id is not None:
            of_case.setdefault(row.request_id, []).append((row.recipient, state))
    for request_id, answers in sorted(of_case.items()):
        request = requests.request(connection, request_id, lock=True)
        if request is None or State(request.state) is not State.EXECUTING:
            continue
        for recipient, state in answers:
            told = {"addressee": recipient, "outcome": state}
            move(connection, op, request, State.EXECUTING, "recipient_answered", details=told)
        finish(connection, op, request)


def _values(op: Operation, row: Row[Any], result: Result) -> Values:
    """The columns that change."""
    match result:
        case Verified() | Acknowledged() | Refused() | Excuse():
            return _closed(op, row, result)
        case Sent():
            return _sent(op, row, result)
        case Held(code):
            return {**FREE, "state": row.state, "waiting": code, "next_at": op.at + LOOK_AGAIN}
        case Later():
            return _later(op, row, result)
        case Failed(code):
            return {**FREE, "state": Progress.FAILED.value, "waiting": code, "next_at": None}
        case _ as unreachable:
            assert_never(unreachable)


def _closed(op: Operation, row: Row[Any], result: Verified | Acknowledged | Refused | Excuse) -> Values:
    closing: Values = {**notifications.DESTROYED, "closed_at": op.at, "waiting": None, "task": None}
    closing["sent_at"] = row.sent_at or (None if isinstance(result, Excuse) else op.at)
    match result:
        case Verified(reference, memory):
            told = {"reference": reference or row.reference, "memory": {**row.memory, **memory}}
            return {**closing, **told, "state": Progress.VERIFIED.value}
        case Acknowledged(reference):
            return {**closing, "reference": reference or row.reference, "state": Progress.ACKNOWLEDGED.value}
        case Refused(ground, until):
            return {**closing, "ground": ground, "until": until, "state": Progress.REFUSED.value}
        case Excuse(reason):
            return {**closing, "reason": reason, "state": Progress.EXCUSED.value}


def _sent(op: Operation, row: Row[Any], result: Sent) -> Values:
    """It has left, or a human has it on the list; a machine looks again when the connector says so."""
    left = None if (result.task or "").startswith("tell_") else op.at
    return {
        **FREE,
        "state": Progress.SENT.value,
        "sent_at": row.sent_at or left,
        "task": result.task or row.task,
        "reference": result.reference or row.reference,
        "memory": {**row.memory, **result.memory},
        "attempts": 0,
        "waiting": None,
        "next_at": op.at + result.look_after if result.look_after else None,
    }


def _later(op: Operation, row: Row[Any], result: Later) -> Values:
    """Tried again after a while; after the last try it is parked where a human sees it."""
    failed = row.attempts + 1
    told = {**FREE, "waiting": result.code, "attempts": failed, "memory": {**row.memory, **result.memory}}
    if failed >= TRIES:
        parked = row.state if row.state == Progress.SENT else Progress.FAILED.value
        return {**told, "state": parked, "next_at": None}
    delay = retry_delay(failed, random.random(), result.after)  # noqa: S311 (jitter, no secret)
    return {**told, "state": row.state, "next_at": op.at + delay}


def _end_attempts(
    connection: Connection, op: Operation, settled: Sequence[tuple[Row[Any], Result]], worker: str
) -> None:
    by_end: dict[tuple[str, str | None], list[UUID]] = {}
    for row, result in settled:
        by_end.setdefault((type(result).__name__.lower(), getattr(result, "code", None)), []).append(row.id)
    for (outcome, code), ids in by_end.items():
        repository.end_attempts(connection, ids, worker, op.at, outcome, code)
