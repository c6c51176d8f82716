"""Append events and move the projection. The same `event_id` of the same client is the same event."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.consents import repository
from app.consents.errors import EventReused
from app.consents.rules import content_hash
from app.consents.taking import Taking
from app.db import TransactionLost, new_id
from app.register.operation import Operation

Values = dict[str, Any]


def store(connection: Connection, op: Operation, taking: Sequence[Taking]) -> None:
    """Insert the events that are new and move the projection; a known event changes nothing."""
    known = repository.events_named(connection, op.actor.id, {t.sent.event_id for t in taking})
    sent = {t.sent.event_id: (t, content_hash(op, t.sent)) for t in reversed(taking)}
    for t in taking:
        stored = known.get(t.sent.event_id)
        first, content = sent[t.sent.event_id]
        if stored is not None:
            _is_known(t, stored.id, same=stored.content_hash == content_hash(op, t.sent))
        elif first is not t:
            _is_known(t, None, same=content == content_hash(op, t.sent))
    rows = [row for t in taking if not t.known and t.refusal is None for row in _rows(op, t, sent[t.sent.event_id][1])]
    added = _add(connection, op, rows, sent)
    repository.project(connection, winning(added))
    for t in taking:
        t.id = t.id or sent[t.sent.event_id][0].id


def _is_known(t: Taking, event: UUID | None, *, same: bool) -> None:
    t.known, t.id = True, event
    if not same:
        t.refusal = EventReused()


def _rows(op: Operation, t: Taking, content: str) -> list[Values]:
    """One row for each person; one without a person when a withdrawal concerns an address in no record."""
    concerned: list[UUID | None] = [person.id for person in t.people] or [None]
    return [event_row(op, t, customer_id, content) for customer_id in concerned]


def event_row(op: Operation, t: Taking, customer_id: UUID | None, content: str) -> Values:
    """The stored event."""
    wording_id, version, language = t.wording or (None, None, None)
    return {
        "id": new_id(),
        "client_id": op.actor.id,
        "event_id": t.sent.event_id,
        "customer_id": customer_id,
        "purpose": t.sent.purpose,
        "channels": t.channels,
        "action": t.sent.action,
        "wording_id": wording_id,
        "wording_version": version,
        "wording_language": language,
        "notice_version": t.notice,
        "notice_language": t.sent.notice_language,
        "collected_via": t.sent.collected_via,
        "occurred_at": t.sent.occurred_at,
        "recorded_at": op.at,
        "evidence": t.sent.evidence.model_dump(mode="json", exclude_defaults=True),
        "content_hash": content,
        "register_version": op.register.version,
    }


def _add(
    connection: Connection, op: Operation, rows: Sequence[Values], sent: dict[str, tuple[Taking, str]]
) -> list[Values]:
    """Insert the rows; those that a concurrent call was first to insert are judged as known events."""
    inserted = repository.add_events(connection, rows)
    lost = {row["event_id"] for row in rows if row["id"] not in inserted}
    by_others = repository.events_named(connection, op.actor.id, lost)
    for event_id in lost:
        t, content = sent[event_id]
        if event_id not in by_others:
            raise TransactionLost
        _is_known(t, by_others[event_id].id, same=by_others[event_id].content_hash == content)
    added = [row for row in rows if row["id"] in inserted]
    for row in added:
        t, _ = sent[row["event_id"]]
        t.fresh.append(next((p for p in t.people if p.id == row["customer_id"]), None))
        t.id = t.id or row["id"]
    return added


def winning(rows: Iterable[Values]) -> list[Values]:
    """One state row per person, purpose and channel: the event that stands, in a fixed order of rows."""
    best: dict[tuple[UUID, str, str], Values] = {}
    for row in sorted(rows, key=lambda r: (r["occurred_at"], r["action"] == "withdrawn", r["recorded_at"], r["id"])):
        if row["customer_id"] is None:
            continue
        for channel in row["channels"]:
            best[row["customer_id"], row["purpose"], channel] = state_row(row, channel)
    return [best[key] for key in sorted(best)]


def state_row(row: Values, channel: str) -> Values:
    """The state that a stored event makes of one channel."""
    return {"channel": channel, "event": row["id"], **{name: row[name] for name in _CARRIED}}


_CARRIED = (
    *("customer_id", "purpose", "action", "occurred_at", "recorded_at"),
    *("wording_id", "wording_version", "wording_language", "notice_version", "notice_language"),
)
