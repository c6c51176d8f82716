"""What the lists show: people found, shared addresses, the changes feed, proposals."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, text

from app.customers.repository import known_to, whole
from app.customers.tables import LAST_NAME, customer_changes, customer_proposals, customers
from app.db import new_id, settled_before


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


def named(dialect: str, beginning: str) -> ColumnElement[bool]:
    """SQL that holds for people whose whole name or last name begins so; answered from indexes on both databases."""
    return or_(*(_begins(dialect, name, beginning) for name in (customers.c.name_search, LAST_NAME)))


def _begins(dialect: str, name: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """On SQLite a range: its LIKE disregards case, so that no index of ours could answer it."""
    if dialect == "postgresql":
        return name.startswith(beginning, autoescape=True)
    return and_(name >= beginning, name < beginning + LAST_CHARACTER)


LAST_CHARACTER = chr(0x10FFFF)
"""Sorts after every character that a name may hold."""


def shared_addresses(
    connection: Connection, column: ColumnElement[str], after: str | None, limit: int
) -> list[tuple[str, list[UUID]]]:
    """Address hashes held by several customers, with those customers; an erased shell holds none.

    Nothing but the hash is asked, so that its index answers alone: whoever shares none is walked past in it.
    """
    query = (
        select(column)
        .where(column.is_not(None))
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


def changes_since(
    connection: Connection, systems: Collection[str] | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """The feed, oldest first, as far as nothing older can still be committed."""
    settled = _settled(connection)
    query = select(customer_changes).order_by(customer_changes.c.id).limit(limit)
    if systems is not None:
        query = query.where(customer_changes.c.system.in_(sorted(systems)))
    if after is not None:
        query = query.where(customer_changes.c.id > after)
    if settled is not None:
        query = query.where(customer_changes.c.id < settled)
    return connection.execute(query).all()


_OLDEST_WRITER = text(
    "SELECT extract(epoch FROM clock_timestamp() - min(xact_start))::float FROM pg_stat_activity "
    "WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()"
)
MARGIN = 1.0
"""Seconds by which the clocks of processes and database may differ."""


def _settled(connection: Connection) -> UUID | None:
    """The identifier below which every row has been committed or never will be; None on SQLite, where writers queue.

    Asked in a statement of its own before the feed is read: who commits in between is seen by the second statement.
    """
    if connection.dialect.name != "postgresql":
        return None
    seconds: float | None = connection.execute(_OLDEST_WRITER).scalar_one()
    return settled_before(MARGIN + (seconds or 0))


def proposals(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """Values waiting for a human, oldest first."""
    query = select(customer_proposals).where(customer_proposals.c.customer_id == customer_id)
    return connection.execute(query.order_by(customer_proposals.c.id)).all()


def propose(connection: Connection, customer_id: UUID, client_id: UUID, values: dict[str, Any], at: datetime) -> None:
    """Keep arriving values beside the record while a human must decide; a repeat of what waits already adds nothing."""
    if any(row.client_id == client_id and row.proposed == values for row in proposals(connection, customer_id)):
        return
    row = {"id": new_id(), "customer_id": customer_id, "client_id": client_id, "proposed": values, "proposed_at": at}
    connection.execute(insert(customer_proposals).values(**row))
