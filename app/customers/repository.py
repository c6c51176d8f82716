"""Customers, their references, tombstones and restrictions: each method is named for its question."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.customers.tables import (
    customer_changes,
    customer_references,
    customers,
    deaths,
    restrictions,
    tombstones,
)
from app.db import among, new_id

Key = tuple[str, str]
"""A reference as (system, id)."""


def upsert_into(connection: Connection, table: Any) -> Any:
    """The dialect's INSERT that knows ON CONFLICT."""
    return (postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)


def grounds_of() -> ColumnElement[Any]:
    """The restriction grounds in force of the row's customer, comma-separated."""
    return (
        select(func.aggregate_strings(restrictions.c.ground, ","))
        .where(restrictions.c.customer_id == customers.c.id, restrictions.c.lifted_at.is_(None))
        .correlate(customers)
        .scalar_subquery()
        .label("grounds")
    )


def references_of() -> ColumnElement[Any]:
    """All references of the row's customer as `system id`, comma-separated."""
    pair = customer_references.c.system + " " + customer_references.c.external_id
    return (
        select(func.aggregate_strings(pair, ","))
        .where(customer_references.c.customer_id == customers.c.id)
        .correlate(customers)
        .scalar_subquery()
        .label("reference_list")
    )


def death_reported_on() -> ColumnElement[Any]:
    """When the death of the row's customer was reported, if such a report stands."""
    return (
        select(deaths.c.reported_on)
        .where(deaths.c.customer_id == customers.c.id, deaths.c.withdrawn_at.is_(None))
        .correlate(customers)
        .scalar_subquery()
        .label("death_reported_on")
    )


def known_to(systems: Collection[str]) -> ColumnElement[bool]:
    """SQL that holds for people to whom one of the systems has a reference."""
    return exists().where(
        customer_references.c.customer_id == customers.c.id, customer_references.c.system.in_(sorted(systems))
    )


def seen(dialect: str) -> ColumnElement[bool]:
    """`known_to` for prepared statements: binds `systems`, and `sees_all` for a client that sees everybody."""
    c = customer_references.c
    known = exists().where(c.customer_id == customers.c.id, among(dialect, c.system, "systems"))
    return bindparam("sees_all", type_=Boolean()) | known


def whole(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The query of customers with their references, restrictions and reported death."""
    return select(customers, grounds_of(), references_of(), death_reported_on()).where(*conditions)


def by_id(connection: Connection, customer_id: UUID, systems: Collection[str] | None) -> Row[Any] | None:
    """One customer, erased shells too; `systems` limits an integration to people it knows or knew."""
    return connection.execute(whole(customers.c.id == customer_id, *_seen_by(systems))).first()


def _seen_by(systems: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if systems is None else [known_or_erased(systems)]


def known_or_erased(systems: Collection[str]) -> ColumnElement[bool]:
    """SQL that holds for people to whom one of the systems has a reference, or had one until their erasure."""
    told = exists().where(
        customer_changes.c.customer_id == customers.c.id,
        customer_changes.c.kind == "erased",
        customer_changes.c.system.in_(sorted(systems)),
    )
    return known_to(systems) | (customers.c.erased_at.is_not(None) & told)


def lock(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The customer's row, locked against an erasure and other writers until the transaction ends."""
    return connection.execute(select(customers).where(customers.c.id == customer_id).with_for_update()).first()


def share(connection: Connection, customer_id: UUID, systems: Collection[str] | None) -> Row[Any] | None:
    """As `by_id`, locked against an erasure only: what is added cannot land on an erased shell."""
    query = select(customers).where(customers.c.id == customer_id, *_seen_by(systems))
    return connection.execute(query.with_for_update(read=True, key_share=True)).first()


def by_reference(connection: Connection, system: str, external_id: str) -> UUID | None:
    """The customer that the reference leads to."""
    c = customer_references.c
    return connection.execute(
        select(c.customer_id).where(c.system == system, c.external_id == external_id)
    ).scalar_one_or_none()


def by_references(connection: Connection, references: Collection[Key]) -> dict[Key, UUID]:
    """The customers that the references lead to."""
    c = customer_references.c
    by_system: dict[str, list[str]] = {}
    for system, external_id in sorted(references):
        by_system.setdefault(system, []).append(external_id)
    wanted = (and_(c.system == system, c.external_id.in_(ids)) for system, ids in by_system.items())
    query = select(c.system, c.external_id, c.customer_id).where(or_(false(), *wanted))
    return {(row.system, row.external_id): row.customer_id for row in connection.execute(query)}


def take_references(connection: Connection, references: Mapping[Key, UUID], at: datetime) -> set[Key]:
    """Bind free references to customers; those that were free. Waits for a concurrent caller of the same reference."""
    c = customer_references.c
    statement = upsert_into(connection, customer_references).on_conflict_do_nothing()
    rows = [
        {"system": system, "external_id": external_id, "customer_id": references[system, external_id], "created_at": at}
        for system, external_id in sorted(references)
    ]
    if not rows:
        return set()
    return {
        (row.system, row.external_id) for row in connection.execute(statement.returning(c.system, c.external_id), rows)
    }


def lock_all(connection: Connection, customer_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The living customers' rows, locked against other writers and an erasure, but not against new purchases."""
    query = select(customers).where(customers.c.id.in_(sorted(customer_ids)), customers.c.erased_at.is_(None))
    return connection.execute(query.order_by(customers.c.id).with_for_update(key_share=True)).all()


def add_all(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert customers."""
    if rows:
        connection.execute(insert(customers), rows)


def change_all(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the columns of each row; all rows name the same columns, and `changed_id` for the customer."""
    if rows:
        connection.execute(update(customers).where(customers.c.id == bindparam("changed_id")), rows)


def change(connection: Connection, customer_id: UUID, values: dict[str, Any]) -> int:
    """Change a customer's row and count its version up; the new version."""
    statement = (
        update(customers)
        .where(customers.c.id == customer_id)
        .values(version=customers.c.version + 1, **values)
        .returning(customers.c.version)
    )
    version: int = connection.execute(statement).scalar_one()
    return version


def touch(connection: Connection, customer_id: UUID, at: datetime) -> None:
    """Move the last interaction forward (F82, N20)."""
    connection.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.last_interaction_at < at)
        .values(last_interaction_at=at)
    )


def erasures(connection: Connection, hashes: Collection[str]) -> dict[str, datetime]:
    """When each of these hashes was last erased, for those that have a tombstone."""
    c = tombstones.c
    query = select(c.hash, c.erased_at).where(c.hash.in_(sorted(hashes)))
    return {row.hash: row.erased_at for row in connection.execute(query)} if hashes else {}


def tell_systems(
    connection: Connection,
    customer_ids: UUID | Collection[UUID],
    kind: str,
    at: datetime,
    but: Collection[str] = (),
) -> None:
    """Put a change into the feed of every system that knows the people, except those of `but`, who made it."""
    ids = [customer_ids] if isinstance(customer_ids, UUID) else sorted(customer_ids)
    c = customer_references.c
    known = select(c.customer_id, c.system, c.external_id).where(c.customer_id.in_(ids), c.system.not_in(sorted(but)))
    changes = [{"id": new_id(), "kind": kind, "at": at, **row._mapping} for row in connection.execute(known)]
    if changes:
        connection.execute(insert(customer_changes), changes)


def grounds(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The restriction grounds in force for each customer that has any."""
    c = restrictions.c
    query = select(c.customer_id, c.ground).where(c.customer_id.in_(sorted(customer_ids)), c.lifted_at.is_(None))
    found: dict[UUID, frozenset[str]] = {}
    for row in connection.execute(query):
        found[row.customer_id] = found.get(row.customer_id, frozenset()) | {row.ground}
    return found


def references_list(connection: Connection, customer_id: UUID) -> list[tuple[str, str]]:
    """All references of a customer as (system, id)."""
    c = customer_references.c
    query = select(c.system, c.external_id).where(c.customer_id == customer_id).order_by(c.system, c.external_id)
    return [(row.system, row.external_id) for row in connection.execute(query)]


def audit_keys(connection: Connection, customer_ids: Iterable[UUID]) -> list[UUID]:
    """The audit keys of these customers."""
    query = select(customers.c.audit_key).where(customers.c.id.in_(list(customer_ids)))
    return [key for key in connection.execute(query).scalars() if key is not None]
