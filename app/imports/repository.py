"""Imports and their leases, and set-based reads and inserts of people and orders for a whole batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, case, insert, or_, select, true, update

from app.customers.repository import upsert_into
from app.customers.tables import customer_references, customers, purchases, tombstones, vouchers
from app.db import TransactionLost, new_id
from app.imports.tables import imports


def claim(
    connection: Connection, made: dict[str, Any], holder: UUID, now: datetime, until: datetime, restart: bool
) -> Row[Any] | None:
    """Take the lease of an import, making its row first; None while another holder's lease runs.

    A finished import, or any with `restart`, begins anew at record 0.
    """
    blank = {"position": 0, "counts": {}, "began_at": now, "changed_at": now, "id": new_id()}
    connection.execute(upsert_into(connection, imports).values(**made, **blank).on_conflict_do_nothing())
    c = imports.c
    anew = true() if restart else c.finished_at.is_not(None)
    statement = (
        update(imports)
        .where(c.fingerprint == made["fingerprint"], or_(c.lease_until.is_(None), c.lease_until <= now))
        .values(
            lease_holder=holder, lease_until=until, changed_at=now, finished_at=None,
            position=case((anew, 0), else_=c.position),
            began_at=case((anew, now), else_=c.began_at),
        )
    )  # fmt: skip
    return connection.execute(statement.returning(imports)).first()


def held_until(connection: Connection, fingerprint: str) -> datetime | None:
    """Until when the lease of an import runs."""
    query = select(imports.c.lease_until).where(imports.c.fingerprint == fingerprint)
    return connection.execute(query).scalar_one_or_none()


def advance(connection: Connection, import_id: UUID, holder: UUID, values: dict[str, Any]) -> bool:
    """Move an import on; False when the lease is another's by now."""
    c = imports.c
    statement = update(imports).where(c.id == import_id, c.lease_holder == holder).values(**values)
    return connection.execute(statement).rowcount == 1


def people_by_email(connection: Connection, hashes: Collection[str]) -> dict[str, list[UUID]]:
    """The living customers behind each address hash."""
    c = customers.c
    found: dict[str, list[UUID]] = {}
    if hashes:
        query = select(c.id, c.email_hash).where(c.email_hash.in_(list(hashes)), c.erased_at.is_(None))
        for row in connection.execute(query.order_by(c.id)):
            found.setdefault(row.email_hash, []).append(row.id)
    return found


def known_to_system(connection: Connection, system: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these customers to whom the system has a reference already."""
    c = customer_references.c
    query = select(c.customer_id).where(c.system == system, c.customer_id.in_(list(ids)))
    return set(connection.execute(query).scalars()) if ids else set()


def erasures(connection: Connection, hashes: Collection[str]) -> dict[str, datetime]:
    """When the bearer of each of these hashes was erased, as far as a tombstone stands."""
    query = select(tombstones.c.hash, tombstones.c.erased_at).where(tombstones.c.hash.in_(list(hashes)))
    return {row.hash: row.erased_at for row in connection.execute(query)} if hashes else {}


def add_people(connection: Connection, people: Sequence[dict[str, Any]]) -> None:
    """Insert customers."""
    if people:
        connection.execute(insert(customers), list(people))


def add_references(connection: Connection, system: str, bound: dict[str, UUID], at: datetime) -> None:
    """Bind references; raises `TransactionLost` when a concurrent call was first, so that the batch looks again."""
    rows = [
        {"system": system, "external_id": external_id, "customer_id": customer_id, "created_at": at}
        for external_id, customer_id in sorted(bound.items())
    ]
    _insert_all(connection, customer_references, rows, customer_references.c.external_id)


def _insert_all(connection: Connection, table: Any, rows: list[dict[str, Any]], key: Any) -> None:
    if not rows:
        return
    statement = upsert_into(connection, table).on_conflict_do_nothing().returning(key)
    if len(connection.execute(statement, rows).all()) != len(rows):
        raise TransactionLost


def purchases_named(connection: Connection, system: str, order_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The purchases of these orders, whoever's they are."""
    c = purchases.c
    query = select(purchases).where(c.system == system, c.order_id.in_(list(order_ids)))
    return {row.order_id: row for row in connection.execute(query)} if order_ids else {}


def vouchers_named(connection: Connection, system: str, numbers: Collection[str]) -> dict[str, Row[Any]]:
    """The vouchers of these numbers, whoever's they are; kept snapshots of erased people too."""
    c = vouchers.c
    query = select(vouchers).where(c.system == system, c.number.in_(list(numbers)))
    return {row.number: row for row in connection.execute(query)} if numbers else {}


def add_purchases(connection: Connection, rows: list[dict[str, Any]], printed: list[dict[str, Any]]) -> None:
    """Insert purchases and their vouchers; raises `TransactionLost` when a concurrent call was first."""
    _insert_all(connection, purchases, sorted(rows, key=lambda row: str(row["order_id"])), purchases.c.id)
    _insert_all(connection, vouchers, sorted(printed, key=lambda row: str(row["number"])), vouchers.c.id)


def settle_purchase(connection: Connection, purchase_id: UUID, values: dict[str, Any]) -> None:
    """Note what has happened to an order since: delivered, paid, cancelled."""
    c = purchases.c
    connection.execute(update(purchases).where(c.id == purchase_id).values(version=c.version + 1, **values))
