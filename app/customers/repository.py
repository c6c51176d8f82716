"""Customers, their references, tombstones and restrictions: each method is named for its question."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.customers.tables import (
    customer_changes,
    customer_proposals,
    customer_references,
    customers,
    restrictions,
    tombstones,
)
from app.db import new_id, settled_before


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


def known_to(systems: Collection[str]) -> ColumnElement[bool]:
    """SQL that holds for people to whom one of the systems has a reference."""
    return exists().where(
        customer_references.c.customer_id == customers.c.id, customer_references.c.system.in_(sorted(systems))
    )


def whole(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The query of customers with their references and restrictions."""
    return select(customers, grounds_of(), references_of()).where(*conditions)


def by_id(connection: Connection, customer_id: UUID, systems: Collection[str] | None) -> Row[Any] | None:
    """One customer, erased shells too; `systems` limits an integration to people it knows."""
    conditions = [customers.c.id == customer_id]
    if systems is not None:
        conditions.append(known_to(systems) | customers.c.erased_at.is_not(None))
    return connection.execute(whole(*conditions)).first()


def is_known_to(connection: Connection, customer_id: UUID, systems: Collection[str]) -> bool:
    """Whether one of the systems has a reference to the customer."""
    c = customer_references.c
    query = select(c.customer_id).where(c.customer_id == customer_id, c.system.in_(sorted(systems))).limit(1)
    return connection.execute(query).first() is not None


def lock(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The customer's row, locked against an erasure and other writers until the transaction ends."""
    return connection.execute(select(customers).where(customers.c.id == customer_id).with_for_update()).first()


def share(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The customer's row, locked against an erasure only: what is added cannot land on an erased shell."""
    query = select(customers).where(customers.c.id == customer_id)
    return connection.execute(query.with_for_update(read=True, key_share=True)).first()


def by_reference(connection: Connection, system: str, external_id: str) -> UUID | None:
    """The customer that the reference leads to."""
    c = customer_references.c
    return connection.execute(
        select(c.customer_id).where(c.system == system, c.external_id == external_id)
    ).scalar_one_or_none()


def take_reference(connection: Connection, system: str, external_id: str, customer_id: UUID, at: datetime) -> bool:
    """Bind a free reference to the customer; False when it is bound already (waits for a concurrent caller)."""
    statement = upsert_into(connection, customer_references).values(
        system=system, external_id=external_id, customer_id=customer_id, created_at=at
    )
    return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a customer."""
    connection.execute(insert(customers).values(**values))


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


def erased_since(connection: Connection, hashes: Iterable[str]) -> datetime | None:
    """When the newest tombstone among these hashes was set."""
    query = select(func.max(tombstones.c.erased_at)).where(tombstones.c.hash.in_(list(hashes)))
    erased_at: datetime | None = connection.execute(query).scalar_one()
    return erased_at


def search(
    connection: Connection,
    condition: ColumnElement[bool],
    systems: Collection[str] | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Living customers that meet the condition, by id."""
    query = whole(condition, customers.c.erased_at.is_(None)).order_by(customers.c.id).limit(limit)
    if systems is not None:
        query = query.where(known_to(systems))
    if after is not None:
        query = query.where(customers.c.id > after)
    return connection.execute(query).all()


def shared_addresses(
    connection: Connection, column: ColumnElement[str], after: str | None, limit: int
) -> list[tuple[str, list[UUID]]]:
    """Address hashes held by several living customers, with those customers."""
    query = (
        select(column)
        .where(column.is_not(None), customers.c.erased_at.is_(None))
        .group_by(column)
        .having(func.count() > 1)
        .order_by(column)
        .limit(limit)
    )
    if after is not None:
        query = query.where(column > after)
    hashes = list(connection.execute(query).scalars())
    owners: dict[str, list[UUID]] = {value: [] for value in hashes}
    for owner, value in connection.execute(
        select(customers.c.id, column).where(column.in_(hashes)).order_by(customers.c.id)
    ):
        owners[value].append(owner)
    return list(owners.items())


def tell_systems(connection: Connection, customer_id: UUID, kind: str, at: datetime) -> None:
    """Put a change into the feed of every system that knows the person."""
    c = customer_references.c
    rows = connection.execute(select(c.system, c.external_id).where(c.customer_id == customer_id)).all()
    changes = [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "system": row.system,
            "external_id": row.external_id,
            "kind": kind,
            "at": at,
        }
        for row in rows
    ]
    if changes:
        connection.execute(insert(customer_changes), changes)


def changes_since(
    connection: Connection, systems: Collection[str] | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """The feed, oldest first."""
    query = select(customer_changes).order_by(customer_changes.c.id).limit(limit)
    if systems is not None:
        query = query.where(customer_changes.c.system.in_(sorted(systems)))
    if after is not None:
        query = query.where(customer_changes.c.id > after)
    if connection.dialect.name == "postgresql":
        query = query.where(customer_changes.c.id < settled_before())
    return connection.execute(query).all()


def grounds(connection: Connection, customer_id: UUID) -> frozenset[str]:
    """The restriction grounds in force for a customer."""
    c = restrictions.c
    query = select(c.ground).where(c.customer_id == customer_id, c.lifted_at.is_(None))
    return frozenset(connection.execute(query).scalars())


def references_list(connection: Connection, customer_id: UUID) -> list[tuple[str, str]]:
    """All references of a customer as (system, id)."""
    c = customer_references.c
    query = select(c.system, c.external_id).where(c.customer_id == customer_id).order_by(c.system, c.external_id)
    return [(row.system, row.external_id) for row in connection.execute(query)]


def propose(connection: Connection, customer_id: UUID, client_id: UUID, values: dict[str, Any], at: datetime) -> None:
    """Keep arriving values beside the record while a human must decide about them."""
    row = {"id": new_id(), "customer_id": customer_id, "client_id": client_id, "proposed": values, "proposed_at": at}
    connection.execute(insert(customer_proposals).values(**row))


def proposals(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """Values waiting for a human, oldest first."""
    query = select(customer_proposals).where(customer_proposals.c.customer_id == customer_id)
    return connection.execute(query.order_by(customer_proposals.c.id)).all()


def drop_proposals(connection: Connection, customer_id: UUID) -> None:
    """Forget the values waiting for a human."""
    connection.execute(delete(customer_proposals).where(customer_proposals.c.customer_id == customer_id))


def audit_keys(connection: Connection, customer_ids: Iterable[UUID]) -> list[UUID]:
    """The audit keys of these customers."""
    query = select(customers.c.audit_key).where(customers.c.id.in_(list(customer_ids)))
    return [key for key in connection.execute(query).scalars() if key is not None]
