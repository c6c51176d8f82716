"""Register, upsert, correct and read customers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import drafts, repository
from app.customers.drafts import Draft, Stored
from app.customers.errors import (
    CustomerErased,
    CustomerIfMatchNeeded,
    CustomerNotFound,
    CustomerStale,
    OlderThanErasure,
    ReferenceTaken,
    Restricted,
    SystemNotOwned,
    invalid,
)
from app.customers.record import may_use, new_values, patched_values, sent_values, shown
from app.customers.schemas import AnyCustomer, CustomerFields, CustomerNew, CustomerOut, CustomerPatch, Reference
from app.customers.upserting import Arrival, older_than_erasure, settle
from app.db import new_id
from app.errors import Problem
from app.register.operation import Operation


def visible_systems(op: Operation) -> Collection[str] | None:
    """The systems whose people this client may see; None for a person, who sees all."""
    return None if op.actor.sees_all else op.actor.systems


def must_own(op: Operation, system: str) -> None:
    """Raise `SystemNotOwned` when an integration uses another's reference system."""
    if not op.actor.sees_all and system not in op.actor.systems:
        raise SystemNotOwned


def find(connection: Connection, op: Operation, customer_id: UUID) -> Row[Any]:
    """The living customer, if this client may see it; raises `CustomerNotFound` or `CustomerErased`."""
    row = repository.by_id(connection, customer_id, visible_systems(op))
    if row is None:
        raise CustomerNotFound
    return living(row)


def living(row: Row[Any]) -> Row[Any]:
    """The row, unless it is an erased shell; raises `CustomerErased` with the date and nothing else."""
    if row.erased_at is not None:
        raise CustomerErased(erased_on=row.erased_at.date().isoformat())
    return row


def read(connection: Connection, op: Operation, customer_id: UUID) -> AnyCustomer:
    """Read one customer."""
    row = find(connection, op, customer_id)
    seen = shown(op, row)
    op.audit(
        connection,
        "read",
        "customer",
        subject_key=row.audit_key,
        outcome="done" if isinstance(seen, CustomerOut) else "restricted",
    )
    return seen


def register(connection: Connection, op: Operation, new: CustomerNew) -> AnyCustomer:
    """Make a record (F11: with its originating interaction); raises if a reference is taken."""
    if not op.actor.sees_all and not new.references:
        raise invalid("#/references", "an integration gives its own reference, or it could not see the person again")
    references = _keys(op, new.references)
    record, customer_id = new_values(op, new), new_id()
    _take(connection, op, customer_id, references)  # of whoever lives, before the erased
    _refuse_older_than_erasure(connection, op, [Arrival(key, record, {}) for key in references or [_NO_REFERENCE]])
    draft = drafts.begun(op, customer_id, record)
    drafts.write(connection, op, [draft])
    op.audit(connection, "register", "customer", subject_key=draft.row["audit_key"])
    return shown(op, find(connection, op, customer_id))


_NO_REFERENCE = ("", "")
"""Stands for the reference of a person registered without one; no tombstone has it."""


def _keys(op: Operation, references: Iterable[Reference]) -> list[repository.Key]:
    keys = list(dict.fromkeys((reference.system, reference.id) for reference in references))
    for system, _ in keys:
        must_own(op, system)
    return keys


def _take(
    connection: Connection, op: Operation, customer_id: UUID, references: Collection[repository.Key]
) -> set[repository.Key]:
    """Bind the references to the customer; those that were free. Raises `ReferenceTaken` for another customer's."""
    taken = repository.take_references(connection, dict.fromkeys(references, customer_id), op.at)
    bound = {key for key in references if key not in taken}
    owners = repository.by_references(connection, bound) if bound else {}
    for system, external_id in sorted(bound):
        if owners.get((system, external_id)) != customer_id:
            raise ReferenceTaken(system=system)
    return taken


def _refuse_older_than_erasure(connection: Connection, op: Operation, arrivals: Sequence[Arrival]) -> None:
    for erased_at in older_than_erasure(connection, op, arrivals).values():
        raise OlderThanErasure(erased_on=erased_at.date().isoformat())


def upsert(
    connection: Connection, op: Operation, reference: Reference, fields: CustomerFields
) -> tuple[AnyCustomer, bool]:
    """Make or update the customer behind the caller's own reference; True when it was made."""
    outcome = upsert_all(connection, op, [(reference, fields)])[0]
    if isinstance(outcome, Problem):
        raise outcome
    op.audit(connection, outcome.action, "customer", subject_key=outcome.audit_key)
    return shown(op, find(connection, op, outcome.id)), outcome.action == "register"


def upsert_all(
    connection: Connection, op: Operation, items: Sequence[tuple[Reference, CustomerFields]]
) -> list[Stored | Problem]:
    """As `upsert` for many, without reading them back and without the audit row; what became of each."""
    judged = [_judged(op, reference, fields) for reference, fields in items]
    settled = iter(settle(connection, op, [arrival for arrival in judged if isinstance(arrival, Arrival)]))
    return [next(settled) if isinstance(arrival, Arrival) else arrival for arrival in judged]


def _judged(op: Operation, reference: Reference, fields: CustomerFields) -> Arrival | Problem:
    try:
        must_own(op, reference.system)
        record = new_values(op, fields)
        return Arrival((reference.system, reference.id), record, sent_values(op, fields, record))
    except Problem as problem:
        return problem


def update(connection: Connection, op: Operation, customer_id: UUID, values: Mapping[str, Any]) -> Stored:
    """Overwrite columns of a known customer; under restriction the new values are kept as a proposal."""
    draft = drafts.opened(connection, [customer_id])[customer_id]
    stored = draft.take(values)
    drafts.write(connection, op, [draft])
    return stored


def patch(
    connection: Connection, op: Operation, customer_id: UUID, sent: CustomerPatch, if_match: str | None
) -> AnyCustomer:
    """Correct contact data (Art. 16); raises 428 without If-Match, 412 when stale, 409 under restriction."""
    if not may_use(op, find(connection, op, customer_id)):
        raise Restricted
    if if_match is None:
        raise CustomerIfMatchNeeded
    draft, added = correct(connection, op, customer_id, sent, if_match)
    details = {"columns": sorted(draft.changed), "references": added}
    op.audit(connection, "rectify", "customer", subject_key=draft.row["audit_key"], details=details)
    return shown(op, find(connection, op, customer_id))


def correct(
    connection: Connection, op: Operation, customer_id: UUID, sent: CustomerPatch, if_match: str | None
) -> tuple[Draft, int]:
    """The correction itself, for a caller that audits: the draft written, and how many references were added."""
    draft = drafts.opened(connection, [customer_id])[customer_id]
    draft.held = False  # the correction is what the held values were waiting for
    honour_match(if_match, draft.version)
    draft.take(patched_values(op, draft.row, sent))
    added = _take(connection, op, customer_id, _keys(op, sent.references or ()))
    draft.must_write |= bool(added)
    drafts.write(connection, op, [draft])
    return draft, len(added)


def must_match(if_match: str | None, version: int) -> None:
    """RFC 9110 §13: compare If-Match with the row's version; raises 428 or 412."""
    if if_match is None:
        raise CustomerIfMatchNeeded
    honour_match(if_match, version)


def honour_match(if_match: str | None, version: int | None) -> None:
    """The same where If-Match is optional; version None: there is nothing yet, which no If-Match matches."""
    if if_match is None or (if_match.strip() == "*" and version is not None):
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if f'"{version}"' not in tags:
        raise CustomerStale
