"""The people affected by a breach, in the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update

from app.breaches.tables import breach_people
from app.customers.repository import death_reported_on, upsert_into
from app.customers.tables import customers


def keys_of(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """The subject key of each customer that there is; None for an erased shell. Locked against an erasure."""
    c = customers.c
    query = select(c.id, c.audit_key).where(c.id.in_(sorted(customer_ids))).order_by(c.id)
    return {row.id: row.audit_key for row in connection.execute(query.with_for_update(read=True, key_share=True))}


def add_people(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> int:
    """List people; how many were new."""
    values = [dict(row) for row in rows]
    if not values:
        return 0
    statement = upsert_into(connection, breach_people).on_conflict_do_nothing()
    returned = connection.execute(statement.returning(breach_people.c.subject_key), values)
    return len(returned.all())


def mark(connection: Connection, breach_id: UUID, keys: Collection[UUID], values: dict[str, Any]) -> int:
    """Record what became of telling these people; how many of them are listed."""
    c = breach_people.c
    statement = update(breach_people).where(c.breach_id == breach_id, c.subject_key.in_(sorted(keys)))
    return connection.execute(statement.values(**values)).rowcount


def links(connection: Connection, breach_id: UUID, keys: Collection[UUID]) -> dict[UUID, UUID | None]:
    """The customer of each of these keys that is listed; None for whoever is not in the register."""
    c = breach_people.c
    query = select(c.subject_key, c.customer_id).where(c.breach_id == breach_id, c.subject_key.in_(sorted(keys)))
    return {row.subject_key: row.customer_id for row in connection.execute(query)}


def keys_by_customer(connection: Connection, breach_id: UUID, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The key under which each of these customers is listed; whoever has been erased since is not among them."""
    c = breach_people.c
    query = select(c.customer_id, c.subject_key).where(
        c.breach_id == breach_id, c.customer_id.in_(sorted(customer_ids))
    )
    return {row.customer_id: row.subject_key for row in connection.execute(query)}


def readers(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """The language of each who can read a letter: neither erased nor reported dead. Locked against an erasure."""
    c = customers.c
    query = select(c.id, c.language, death_reported_on()).where(c.id.in_(sorted(customer_ids)), c.erased_at.is_(None))
    found = connection.execute(query.order_by(c.id).with_for_update(read=True, key_share=True, of=customers))
    return {row.id: row.language for row in found if row.death_reported_on is None}


def counts(connection: Connection, breach_id: UUID) -> dict[str, int]:
    """How many people are in which state."""
    c = breach_people.c
    query = select(c.state, func.count().label("number")).where(c.breach_id == breach_id).group_by(c.state)
    return {row.state: row.number for row in connection.execute(query)}


def people_after(connection: Connection, breach_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """People in the order of their keys."""
    c = breach_people.c
    query = select(breach_people).where(c.breach_id == breach_id).order_by(c.subject_key).limit(limit)
    if after is not None:
        query = query.where(c.subject_key > after)
    return connection.execute(query).all()
