"""What an entry of each kind says: columns of the row that it remembers, and for an erasure what was carried out.

Nothing that a person or a caller wrote is among them: no reasoning, evidence, claim, name or address, only ids, keyed
hashes, codes and dates. Replay puts `LOST` where the original had words.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Date, LargeBinary, Row, Table, Uuid, select

from app.consents.tables import consent_events
from app.customers.tables import deaths, restrictions, suppression_events
from app.customers.tables_rights import objections
from app.db import Instant
from app.letters.tables import letters
from app.subject_requests.repository_sweep_batches import of_batch
from app.subject_requests.repository_sweep_proof import PROOF
from app.subject_requests.tables import (
    decisions,
    legal_holds,
    request_events,
    subject_requests,
    sweep_batches,
    verdicts,
)
from app.subject_requests.tables_people import undoings

LOST = "Not in the erasure ledger; what was written went with the database."

ROWS: Mapping[str, tuple[Table, frozenset[str]]] = {
    "request": (
        subject_requests,
        frozenset(
            {
                *("version", "claimed_identity", "representative", "details", "extension_reason", "person_in_charge"),
                *("substitute", "ground_facts"),
            }
        ),
    ),
    "decision": (
        decisions,
        frozenset(
            {"reasoning", "identity_how", "identity_low_reason", "decided_by_name"}
            | {"confirmed_by_name", "sent_back_reason", "proposal"}
        ),
    ),
    "suppression": (suppression_events, frozenset()),
    "withdrawal": (
        consent_events,
        frozenset(
            {"event_id", "evidence", "content_hash", "wording_id", "wording_version", "wording_language"}
            | {"notice_version", "notice_language"}
        ),
    ),
    "restriction": (restrictions, frozenset({"lift_reason"})),
    "objection": (objections, frozenset()),
    "hold": (legal_holds, frozenset({"claim"})),
    "letter": (letters, frozenset({"content"})),
    "death": (deaths, frozenset({"evidence_seen", "withdrawal_reason"})),
    "undoing": (undoings, frozenset()),
    "sweep": (verdicts, frozenset({"reason", "kept_by"})),
}
"""Kinds that remember a row as it stands, and the columns that stay out."""

Facts = dict[str, Any]


def remembered(kind: str) -> list[Column[Any]]:
    """The columns of a kind's row that an entry holds."""
    table, left_out = ROWS[kind]
    return [column for column in table.c if column.name not in left_out]


def gather(connection: Connection, noted: Sequence[Row[Any]]) -> list[Facts]:
    """An entry for each row of the outbox whose source still stands, in the outbox's order; one for each source."""
    ids: dict[str, set[UUID]] = {}
    for row in noted:
        ids.setdefault(row.kind, set()).add(row.row_id)
    found = {(kind, key): facts for kind in ids for key, facts in _sources(connection, kind, ids[kind]).items()}
    entries: list[Facts] = []
    for row in noted:
        facts = found.pop((row.kind, row.row_id), None)
        if facts is not None:
            entries.append({"id": str(row.id), "kind": row.kind, "at": row.at.isoformat(), **facts})
    return entries


def _sources(connection: Connection, kind: str, ids: Collection[UUID]) -> dict[UUID, Facts]:
    if kind == "erasure":
        return _erasures(connection, ids)
    if kind == SWEPT:
        return {batch: facts for batch in ids if (facts := _swept(connection, batch))}
    columns = remembered(kind)
    query = select(*columns).where(ROWS[kind][0].c.id.in_(sorted(ids)))
    return {row.id: {"row": _without_words(_plain(columns, row))} for row in connection.execute(query)}


def _plain(columns: Sequence[Column[Any]], row: Row[Any]) -> Facts:
    return {column.name: plain(value) for column, value in zip(columns, row, strict=True)}


def _without_words(row: Facts) -> Facts:
    """A decision's overrides carry reasons of a human's own."""
    if row.get("overrides"):
        row["overrides"] = [{**override, "reason": LOST} for override in row["overrides"]]
    return row


def _erasures(connection: Connection, event_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """What executions did: the verdict that was carried out on each holding."""
    e, r = request_events.c, subject_requests.c
    query = (
        select(e.id, e.request_id, e.at, r.customer_id)
        .join(subject_requests, r.id == e.request_id)
        .where(e.id.in_(sorted(event_ids)))
    )
    return {
        row.id: {
            "request_id": str(row.request_id),
            "customer_id": str(row.customer_id),
            "executed_at": row.at.isoformat(),
            "verdicts": _carried_out(connection, row.request_id),
        }
        for row in connection.execute(query).all()
    }


SWEPT = "swept"
"""The kind of an entry that stands for all rows of one batch of a sweep."""


def _swept(connection: Connection, batch: UUID) -> Facts | None:
    """Which rows a batch of the sweep took, or, where its rule goes by people, of whom."""
    row = connection.execute(select(sweep_batches).where(sweep_batches.c.id == batch)).first()
    if row is None:
        return None
    by_row = row.rule not in PROOF
    column = verdicts.c.holding if by_row else verdicts.c.customer_id
    query = select(column).where(verdicts.c.id.between(*of_batch(batch))).order_by(verdicts.c.id)
    gone = [UUID(one.partition(":")[2]) if by_row else one for one in connection.execute(query).scalars()]
    told = {"batch": str(batch), "rule": row.rule, "as_of": row.as_of.isoformat(), "swept_at": row.at.isoformat()}
    return {**told, "gone": [one.hex for one in gone]}


OUTCOME = ("holding", "holding_kind", "verdict", "ground", "law", "section", "until", "statutory_until")


def _carried_out(connection: Connection, request_id: UUID) -> list[Facts]:
    """The binding verdicts of the standing decision, the newest for each holding."""
    v, d = verdicts.c, decisions.c
    columns = [v[name] for name in OUTCOME]
    query = (
        select(*columns)
        .join(decisions, d.id == v.decision_id)
        .where(v.request_id == request_id, v.purpose == "", d.cancelled_at.is_(None))
        .order_by(v.id)
    )
    rows = [_plain(columns, row) for row in connection.execute(query)]
    return list({row["holding"]: row for row in rows}.values())


def plain(value: Any) -> Any:
    """A column's value as JSON holds it."""
    match value:
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def typed(column: Column[Any], value: Any) -> Any:
    """The reverse of `plain`."""
    if value is None:
        return None
    match column.type:
        case Uuid():
            return UUID(value)
        case Instant():
            return datetime.fromisoformat(value)
        case Date():
            return date.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
        case _:
            return value


def row_of(kind: str, facts: Facts) -> Facts:
    """The row that an entry remembers, with values for the database."""
    return {column.name: typed(column, facts["row"].get(column.name)) for column in remembered(kind)}
