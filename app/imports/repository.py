"""Imports and their leases, and set-based reads and inserts of people and orders for a whole batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, bindparam, case, insert, or_, select, true, update

from app.customers.repository import upsert_into
from app.customers.tables import (
    customer_changes,
    customer_references,
    customers,
    purchases,
    restrictions,
    suppression_events,
    suppressions,
    tombstones,
    vouchers,
)
from app.db import TransactionLost, insert_all, new_id, one_of
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


def people_by_reference(connection: Connection, system: str, references: Collection[str]) -> dict[str, UUID]:
    """The customers that these references of one system lead to."""
    c = customer_references.c
    query = select(c.external_id, c.customer_id).where(
        c.system == system, one_of(connection, c.external_id, references)
    )
    return {row.external_id: row.customer_id for row in connection.execute(query)} if references else {}


def people_by_email(connection: Connection, hashes: Collection[str]) -> dict[str, list[UUID]]:
    """The living customers behind each address hash, oldest first.

    Shells are sorted out here: asked for the living, PostgreSQL would walk the index of all of them while its
    statistics lag behind an import.
    """
    c = customers.c
    found: dict[str, list[UUID]] = {}
    if hashes:
        query = select(c.id, c.email_hash, c.erased_at).where(one_of(connection, c.email_hash, hashes))
        for row in sorted(connection.execute(query), key=lambda row: str(row.id)):
            if row.erased_at is None:
                found.setdefault(row.email_hash, []).append(row.id)
    return found


def people(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """These customers, locked against an erasure in a fixed order."""
    if not ids:
        return {}
    query = select(customers).where(one_of(connection, customers.c.id, ids)).order_by(customers.c.id)
    locked = query.with_for_update(read=True, key_share=True, of=customers)
    return {row.id: row for row in connection.execute(locked)}


def known_to_system(connection: Connection, system: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these customers to whom the system has a reference already."""
    c = customer_references.c
    query = select(c.customer_id).where(c.system == system, one_of(connection, c.customer_id, ids))
    return set(connection.execute(query).scalars()) if ids else set()


def restricted(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of these customers whose processing is restricted (Art. 18)."""
    c = restrictions.c
    query = select(c.customer_id).where(one_of(connection, c.customer_id, ids), c.lifted_at.is_(None))
    return set(connection.execute(query).scalars()) if ids else set()


def erasures(connection: Connection, hashes: Collection[str]) -> dict[str, datetime]:
    """When the bearer of each of these hashes was erased, as far as a tombstone stands."""
    query = select(tombstones.c.hash, tombstones.c.erased_at).where(one_of(connection, tombstones.c.hash, hashes))
    return {row.hash: row.erased_at for row in connection.execute(query)} if hashes else {}


def suppressed(connection: Connection, hashes: Collection[str]) -> dict[str, list[Row[Any]]]:
    """The suppressions of each of these address hashes."""
    found: dict[str, list[Row[Any]]] = {}
    if hashes:
        query = select(suppressions).where(one_of(connection, suppressions.c.address_hash, hashes))
        for row in connection.execute(query):
            found.setdefault(row.address_hash, []).append(row)
    return found


def suppress(connection: Connection, rows: Sequence[dict[str, Any]], client_id: UUID, at: datetime) -> None:
    """Suppress many addresses at once, as `suppression.apply` does one: the later `since` stands."""
    if not rows:
        return
    events = [{**row, "id": new_id(), "recorded_at": at, "client_id": client_id} for row in rows]
    insert_all(connection, suppression_events, events)
    insert_all(connection, suppressions, sorted(rows, key=lambda row: str(row["address_hash"])), _LATER_SINCE_STANDS)


_LATER_SINCE_STANDS = """ON CONFLICT (address_hash, purpose, channel) DO UPDATE
    SET key_id = excluded.key_id, state = excluded.state, origin = excluded.origin, since = excluded.since
    WHERE excluded.since >= suppressions.since"""


def follow(connection: Connection, rows: Sequence[dict[str, Any]], told: Collection[UUID], at: datetime) -> None:
    """Write what many customers have become (`id` and every changed column), and tell the systems that know them."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(sorted(row.keys() - {"id"})), []).append(row)
    c = customers.c
    for names, same in by_columns.items():
        statement = update(customers).where(c.id == bindparam("its_id")).values(version=c.version + 1, updated_at=at)
        binds = [{"its_id": row["id"], **{f"to_{name}": row[name] for name in names}} for row in same]
        connection.execute(statement.values({name: bindparam(f"to_{name}") for name in names}), binds)
    _tell(connection, told, at)


def _tell(connection: Connection, told: Collection[UUID], at: datetime) -> None:
    c = customer_references.c
    query = select(c.customer_id, c.system, c.external_id).where(one_of(connection, c.customer_id, told))
    changes = [
        {**row._mapping, "id": new_id(), "kind": "rectified", "at": at}
        for row in (connection.execute(query) if told else ())
    ]
    if changes:
        connection.execute(insert(customer_changes), changes)


def add_people(connection: Connection, people: Sequence[dict[str, Any]]) -> None:
    """Insert customers."""
    insert_all(connection, customers, people)


def add_references(connection: Connection, system: str, bound: dict[str, UUID], at: datetime) -> None:
    """Bind references; raises `TransactionLost` when a concurrent call was first, so that the batch looks again."""
    rows = [
        {"system": system, "external_id": external_id, "customer_id": customer_id, "created_at": at}
        for external_id, customer_id in sorted(bound.items())
    ]
    _insert_new(connection, customer_references, rows)


def _insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if insert_all(connection, table, rows, "ON CONFLICT DO NOTHING") != len(rows):
        raise TransactionLost


def purchases_named(connection: Connection, system: str, order_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The purchases of these orders, whoever's they are."""
    c = purchases.c
    query = select(purchases).where(c.system == system, one_of(connection, c.order_id, order_ids))
    return {row.order_id: row for row in connection.execute(query)} if order_ids else {}


def vouchers_named(connection: Connection, system: str, numbers: Collection[str]) -> dict[str, Row[Any]]:
    """The vouchers of these numbers, whoever's they are; kept snapshots of erased people too."""
    c = vouchers.c
    query = select(vouchers).where(c.system == system, one_of(connection, c.number, numbers))
    return {row.number: row for row in connection.execute(query)} if numbers else {}


def add_purchases(connection: Connection, rows: list[dict[str, Any]], printed: list[dict[str, Any]]) -> None:
    """Insert purchases and their vouchers; raises `TransactionLost` when a concurrent call was first."""
    _insert_new(connection, purchases, sorted(rows, key=lambda row: str(row["order_id"])))
    _insert_new(connection, vouchers, sorted(printed, key=lambda row: str(row["number"])))


def settle_purchase(connection: Connection, purchase_id: UUID, values: dict[str, Any]) -> None:
    """Note what has happened to an order since: delivered, paid, cancelled."""
    c = purchases.c
    connection.execute(update(purchases).where(c.id == purchase_id).values(version=c.version + 1, **values))
