"""The disclosure log, and what the gate must know of the people concerned."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from app.customers.repository import known_to
from app.customers.tables import customer_references, customers, purchases, restrictions
from app.db import one_of
from app.processors.tables import disclosures, processor_names, processors


def people(
    connection: Connection, customer_ids: Collection[UUID], systems: Collection[str] | None
) -> dict[UUID, Row[Any]]:
    """Those of the customers that the client may see, erased shells too, locked against an erasure."""
    c = customers.c
    query: Select[Any] = select(c.id, c.audit_key, c.erased_at).where(c.id.in_(sorted(customer_ids))).order_by(c.id)
    if systems is not None:
        query = query.where(known_to(systems) | c.erased_at.is_not(None))
    return {row.id: row for row in connection.execute(query.with_for_update(read=True, key_share=True))}


def grounds_at(connection: Connection, customer_ids: Collection[UUID], at: datetime) -> dict[UUID, set[str]]:
    """The restriction grounds that were in force for each of the customers."""
    c = restrictions.c
    query = select(c.customer_id, c.ground).where(
        c.customer_id.in_(sorted(customer_ids)), c.began_at <= at, c.lifted_at.is_(None) | (c.lifted_at > at)
    )
    found: dict[UUID, set[str]] = {}
    for customer_id, ground in connection.execute(query):
        found.setdefault(customer_id, set()).add(ground)
    return found


def referred(connection: Connection, system: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """The customers behind references of one system."""
    c = customer_references.c
    query = select(c.external_id, c.customer_id).where(c.system == system, c.external_id.in_(sorted(external_ids)))
    return {row.external_id: row.customer_id for row in connection.execute(query)}


def add_disclosures(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Write to the log."""
    values = list(rows)
    if values:
        connection.execute(insert(disclosures), values)


def disclosure(connection: Connection, disclosure_id: UUID) -> Row[Any] | None:
    """One entry of the log."""
    return connection.execute(_logged().where(disclosures.c.id == disclosure_id)).first()


def disclosures_after(
    connection: Connection, customer_id: UUID, after: UUID | None, limit: int | None
) -> Sequence[Row[Any]]:
    """A person's entries, oldest first."""
    c = disclosures.c
    query = _logged().where(c.customer_id == customer_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()


def recipients_of(connection: Connection, customer_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """To whom these people's data have gone, and when last; by the newest name on record."""
    c = disclosures.c
    name = func.coalesce(processors.c.legal_name, processors.c.name, c.recipient_name)
    last_at = func.max(c.disclosed_at).label("last_at")
    query: Select[Any] = (
        select(c.customer_id, c.processor_id, processors.c.code, name.label("name"), last_at)
        .outerjoin(processors, processors.c.id == c.processor_id)
        .where(one_of(connection, c.customer_id, customer_ids), c.sent)
        .group_by(c.customer_id, c.processor_id, processors.c.code, name)
        .order_by(name)
    )
    return connection.execute(query).all()


def payers_of(connection: Connection, customer_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The recipients through whom these people have paid."""
    c, p = purchases.c, processors.c
    known = processor_names.c
    named = select(known.processor_id).where(known.name == func.lower(c.payment_provider)).scalar_subquery()
    query: Select[Any] = (
        select(c.customer_id, p.id, p.code, p.name, p.legal_name)
        .select_from(purchases)
        .join(processors, (p.code == func.lower(c.payment_provider)) | (p.id == named))
        .where(one_of(connection, c.customer_id, customer_ids), c.payment_provider.is_not(None))
        .distinct()
        .order_by(p.code)
    )
    return connection.execute(query).all()


def erase(connection: Connection, customer_id: UUID) -> int:
    """Delete a person's entries; how many there were."""
    return connection.execute(delete(disclosures).where(disclosures.c.customer_id == customer_id)).rowcount


def _logged() -> Select[Any]:
    joined = disclosures.outerjoin(processors, processors.c.id == disclosures.c.processor_id)
    return select(disclosures, processors.c.code.label("recipient_code")).select_from(joined)
