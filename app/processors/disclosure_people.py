"""The people of a disclosure: found by id or reference, with what the gate must know of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.customers.errors import CustomerNotFound
from app.customers.service import must_own, visible_systems
from app.errors import Problem
from app.processors import repository_disclosures
from app.processors.schemas_disclosures import ById, CustomerPointer
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Person:
    """What the gate must know of one person."""

    id: UUID
    audit_key: UUID | None
    erased: bool
    grounds: frozenset[str]


def systems_asked(op: Operation) -> Collection[str] | None:
    """The systems whose people the client may ask about; None for all.

    A mailer that owns no system may ask about anybody, as it may in processing checks: it learns only yes or no.
    """
    return visible_systems(op) or None


def people(
    connection: Connection, op: Operation, pointers: Sequence[CustomerPointer], at: datetime
) -> list[Person | Problem]:
    found = _resolved(connection, op, pointers)
    ids = {one for one in found if isinstance(one, UUID)}
    rows = repository_disclosures.people(connection, ids, systems_asked(op))
    grounds = repository_disclosures.grounds_at(connection, ids, at)

    def person(one: UUID | Problem) -> Person | Problem:
        if isinstance(one, Problem):
            return one
        row = rows.get(one)
        if row is None:
            return CustomerNotFound()
        return Person(row.id, row.audit_key, row.erased_at is not None, frozenset(grounds.get(row.id, ())))

    return [person(one) for one in found]


def _resolved(connection: Connection, op: Operation, pointers: Sequence[CustomerPointer]) -> list[UUID | Problem]:
    wanted: dict[str, set[str]] = {}
    for pointer in pointers:
        if not isinstance(pointer, ById):
            wanted.setdefault(pointer.system, set()).add(pointer.id)
    owned: dict[str, dict[str, UUID] | Problem] = {}
    for system, external_ids in wanted.items():
        try:
            must_own(op, system)
        except Problem as problem:
            owned[system] = problem
        else:
            owned[system] = repository_disclosures.referred(connection, system, external_ids)

    def resolve(pointer: CustomerPointer) -> UUID | Problem:
        if isinstance(pointer, ById):
            return pointer.id
        known = owned[pointer.system]
        return known if isinstance(known, Problem) else known.get(pointer.id) or CustomerNotFound()

    return [resolve(pointer) for pointer in pointers]
