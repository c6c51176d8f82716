"""Register, upsert, correct and read customers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository, suppression
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
from app.customers.identity import reference_hash
from app.customers.record import (
    HOLDS_VALUES,
    contact_values,
    differences,
    new_values,
    shown,
)
from app.customers.schemas import AnyCustomer, CustomerFields, CustomerNew, CustomerOut, CustomerPatch, Reference
from app.db import TransactionLost, new_id
from app.register.operation import Operation

_ORIGIN = frozenset(
    {"interaction_kind", "interaction_reference", "interaction_at", "source", "source_reason", "inform_by_on"}
)
"""Where the record came from: set once, never by a later call."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write did to one customer: `register`, `update` or `confirm`."""

    id: UUID
    audit_key: UUID
    version: int
    action: str


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
    """Read one customer; leaves one audit row."""
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
    for reference in new.references:
        must_own(op, reference.system)
    values = new_values(op, new)
    refuse_older_than_erasure(connection, op, new, values, new.references)
    customer_id = new_id()
    for reference in new.references:
        if not repository.take_reference(connection, reference.system, reference.id, customer_id, op.at):
            raise ReferenceTaken(system=reference.system)
    made = insert(connection, op, customer_id, values)
    op.audit(connection, made.action, "customer", subject_key=made.audit_key)
    return shown(op, find(connection, op, customer_id))


def refuse_older_than_erasure(
    connection: Connection,
    op: Operation,
    fields: CustomerFields,
    values: dict[str, Any],
    references: Collection[Reference],
) -> None:
    """Raise `OlderThanErasure` when a tombstone says that this person was erased after the interaction."""
    hashes = [reference_hash(op.keys, reference.system, reference.id) for reference in references]
    hashes += [values[name] for name in ("email_hash", "phone_hash") if values.get(name)]
    erased_at = repository.erased_since(connection, hashes) if hashes else None
    if erased_at is not None and fields.interaction.occurred_at <= erased_at:
        raise OlderThanErasure(erased_on=erased_at.date().isoformat())


def insert(connection: Connection, op: Operation, customer_id: UUID, values: dict[str, Any]) -> Stored:
    """Insert the row; the caller writes the audit row."""
    made = Stored(customer_id, new_id(), 1, "register")
    row = {"id": made.id, "version": made.version, "audit_key": made.audit_key}
    repository.add(connection, {**values, **row, "created_at": op.at, "updated_at": op.at})
    return made


def upsert(
    connection: Connection, op: Operation, reference: Reference, fields: CustomerFields
) -> tuple[AnyCustomer, bool]:
    """Make or update the customer behind the caller's own reference; True when it was made.

    Two calls at once make one customer: the second waits for the first's reference and then updates.
    """
    stored = upsert_row(connection, op, reference, fields)
    op.audit(connection, stored.action, "customer", subject_key=stored.audit_key)
    return shown(op, find(connection, op, stored.id)), stored.action == "register"


def upsert_row(connection: Connection, op: Operation, reference: Reference, fields: CustomerFields) -> Stored:
    """As `upsert`, without reading the customer back and without the audit row."""
    must_own(op, reference.system)
    values = new_values(op, fields)
    known = repository.by_reference(connection, reference.system, reference.id)
    if known is None:
        refuse_older_than_erasure(connection, op, fields, values, [reference])
        customer_id = new_id()
        if repository.take_reference(connection, reference.system, reference.id, customer_id, op.at):
            return insert(connection, op, customer_id, values)
        known = repository.by_reference(connection, reference.system, reference.id)
    if known is None:
        raise TransactionLost
    return update(connection, op, known, values)


def update(connection: Connection, op: Operation, customer_id: UUID, values: dict[str, Any]) -> Stored:
    """Overwrite contact data with the caller's newer values, or keep them as a proposal under restriction."""
    row = repository.lock(connection, customer_id)
    if row is None or row.erased_at is not None:
        raise TransactionLost  # the reference went with an erasure meanwhile: look again
    values = {name: value for name, value in values.items() if name not in _ORIGIN}
    values["last_interaction_at"] = max(row.last_interaction_at, values["last_interaction_at"])
    changed = differences(row, values)
    if repository.grounds(connection, customer_id) & HOLDS_VALUES:
        changed = _propose(connection, op, customer_id, changed)
    if not changed:
        return Stored(customer_id, row.audit_key, row.version, "confirm")
    return Stored(customer_id, row.audit_key, store_change(connection, op, row, changed), "update")


def _propose(connection: Connection, op: Operation, customer_id: UUID, changed: dict[str, Any]) -> dict[str, Any]:
    kept = {name: changed.pop(name) for name in ("last_interaction_at",) if name in changed}
    if changed:
        repository.propose(connection, customer_id, op.actor.id, changed, op.at)
    return kept


def store_change(connection: Connection, op: Operation, row: Row[Any], changed: dict[str, Any]) -> int:
    """Write changed columns; suppressions follow a change of address, other systems are told of it."""
    version = repository.change(connection, row.id, {**changed, "updated_at": op.at})
    if changed.keys() & {"name", "email", "phone", "street", "postal_code", "city", "country"}:
        repository.tell_systems(connection, row.id, "rectified", op.at)
    moved = {
        getattr(row, column): changed[column]
        for column in suppression.HASH_COLUMN.values()
        if changed.get(column) and getattr(row, column)
    }
    suppression.follow(connection, moved, op.actor.id, op.at)
    return version


def patch(
    connection: Connection, op: Operation, customer_id: UUID, sent: CustomerPatch, if_match: str | None
) -> AnyCustomer:
    """Correct contact data (Art. 16); raises 428 without If-Match, 412 when stale, 409 under restriction."""
    row = find(connection, op, customer_id)
    if isinstance(shown(op, row), CustomerOut) is False:
        raise Restricted
    locked = repository.lock(connection, customer_id)
    if locked is None or locked.erased_at is not None:
        raise TransactionLost
    must_match(if_match, locked.version)
    changed = differences(locked, _patched(op, locked, sent))
    for reference in sent.references or ():
        _add_reference(connection, op, customer_id, reference)
    if changed or sent.references:
        store_change(connection, op, locked, changed)
    op.audit(connection, "rectify", "customer", subject_key=locked.audit_key, details={"columns": sorted(changed)})
    return shown(op, find(connection, op, customer_id))


def _patched(op: Operation, row: Row[Any], sent: CustomerPatch) -> dict[str, Any]:
    fields = {name: getattr(sent, name) for name in sent.model_fields_set}
    values = contact_values(op, fields)
    kind = fields.get("kind") or row.kind
    name = values.get("name", row.name)
    if kind == "customer" and name is None:
        raise invalid("#/name", "a customer has a name")
    return {**values, "kind": kind}


def _add_reference(connection: Connection, op: Operation, customer_id: UUID, reference: Reference) -> None:
    must_own(op, reference.system)
    if repository.take_reference(connection, reference.system, reference.id, customer_id, op.at):
        return
    if repository.by_reference(connection, reference.system, reference.id) != customer_id:
        raise ReferenceTaken(system=reference.system)


def must_match(if_match: str | None, version: int) -> None:
    """RFC 9110 §13: compare If-Match with the row's version; raises 428 or 412."""
    if if_match is None:
        raise CustomerIfMatchNeeded
    honour_match(if_match, version)


def honour_match(if_match: str | None, version: int) -> None:
    """The same where If-Match is optional."""
    if if_match is None or if_match.strip() == "*":
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if f'"{version}"' not in tags:
        raise CustomerStale
