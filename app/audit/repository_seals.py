"""Seals and their members in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, text

from app.audit.seals import Seal
from app.audit.tables import audit_events, audit_seal_members, audit_seals, audit_subjects

LOWEST = UUID(int=0)


def lock_chain(connection: Connection) -> None:
    """Let one transaction at a time add to the chain; readers and writers of audit rows are not held up."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE audit_seals IN SHARE ROW EXCLUSIVE MODE"))


def last_seal(connection: Connection) -> Seal | None:
    """The newest seal."""
    row = connection.execute(select(audit_seals).order_by(audit_seals.c.number.desc()).limit(1)).first()
    return None if row is None else _seal(row)


def seals_after(connection: Connection, number: int, limit: int) -> list[Seal]:
    """Seals in the order of the chain."""
    query = select(audit_seals).where(audit_seals.c.number > number).order_by(audit_seals.c.number).limit(limit)
    return [_seal(row) for row in connection.execute(query)]


def sealed_up_to(connection: Connection, before: datetime) -> tuple[int, UUID]:
    """Number and reach of the last seal made before an instant."""
    c = audit_seals.c
    query = select(c.number, c.up_to).where(c.sealed_at < before).order_by(c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.number, row.up_to) if row else (0, LOWEST)


def rows_sealed_after(connection: Connection, number: int) -> int:
    """How many rows the seals after a number hold."""
    query = select(func.coalesce(func.sum(audit_seals.c.row_count), 0)).where(audit_seals.c.number > number)
    return int(connection.execute(query).scalar_one())


def ids_between(connection: Connection, above: UUID, up_to: UUID) -> set[UUID]:
    """The identifiers of the rows in a range."""
    c = audit_events.c
    return set(connection.execute(select(c.id).where(c.id > above, c.id <= up_to)).scalars())


def count_between(connection: Connection, above: UUID, up_to: UUID) -> int:
    """How many rows there are in a range."""
    c = audit_events.c
    return int(connection.execute(select(func.count()).where(c.id > above, c.id <= up_to)).scalar_one())


def count_above(connection: Connection, above: UUID) -> int:
    """How many rows there are behind a range."""
    return int(connection.execute(select(func.count()).where(audit_events.c.id > above)).scalar_one())


def members(connection: Connection, number: int) -> bytes:
    """The members of a batch; empty once it has expired."""
    query = select(audit_seal_members.c.members).where(audit_seal_members.c.number == number)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found or b""


def members_after(connection: Connection, number: int) -> Sequence[bytes]:
    """The members of each batch after a number."""
    return (
        connection.execute(select(audit_seal_members.c.members).where(audit_seal_members.c.number > number))
        .scalars()
        .all()
    )


def add_seal(connection: Connection, seal: Seal, members: bytes) -> None:
    """Add to the chain."""
    connection.execute(insert(audit_seals).values(asdict(seal)))
    connection.execute(insert(audit_seal_members).values(number=seal.number, members=members))


def delete_batch(connection: Connection, number: int, ids: Iterable[UUID]) -> int:
    """Delete the rows of an expired batch and their list; the seal stays. How many rows went."""
    going = list(ids)
    connection.execute(delete(audit_subjects).where(audit_subjects.c.event_id.in_(going)))
    gone = connection.execute(delete(audit_events).where(audit_events.c.id.in_(going))).rowcount
    connection.execute(delete(audit_seal_members).where(audit_seal_members.c.number == number))
    return gone


def _seal(row: Row[tuple[object, ...]]) -> Seal:
    return Seal(**row._mapping)
