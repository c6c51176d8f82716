"""Traces of erasures in the database: left with the erasure itself, settled once the files are clear."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from app.db import new_id
from app.upkeep.tables import erasure_traces


@dataclass(frozen=True, slots=True)
class Pending:
    """The traces that the step has to clear: their ids, the tables they name, the instant of the oldest."""

    ids: tuple[UUID, ...]
    tables: tuple[str, ...]
    oldest: datetime


def leave(connection: Connection, at: datetime, tables: Iterable[Table], request_id: UUID | None = None) -> None:
    """Record, in the erasing transaction, whose files may still hold what it erased."""
    names = sorted({table.name for table in tables})
    row = {"id": new_id(), "request_id": request_id, "tables": names, "left_at": at}
    connection.execute(insert(erasure_traces).values(**row))


def pending(connection: Connection) -> Pending | None:
    """What waits for the step; None when nothing does."""
    c = erasure_traces.c
    rows = connection.execute(select(c.id, c.tables, c.left_at).where(c.gone_at.is_(None)).order_by(c.left_at)).all()
    if not rows:
        return None
    names = {name for row in rows for name in row.tables}
    return Pending(tuple(row.id for row in rows), tuple(sorted(names)), rows[0].left_at)


def oldest(connection: Connection) -> datetime | None:
    """Since when something waits."""
    c = erasure_traces.c
    found: datetime | None = connection.execute(select(func.min(c.left_at)).where(c.gone_at.is_(None))).scalar_one()
    return found


def settle(connection: Connection, ids: Collection[UUID], at: datetime) -> None:
    """The files are clear of these: remember when, for a request that is answered; forget the others."""
    c = erasure_traces.c
    connection.execute(delete(erasure_traces).where(c.id.in_(list(ids)), c.request_id.is_(None)))
    connection.execute(update(erasure_traces).where(c.id.in_(list(ids))).values(gone_at=at))


def of_request(connection: Connection, request_id: UUID) -> tuple[datetime, datetime | None] | None:
    """When the request's erasure left its trace and when that was gone; None when it erased nothing."""
    c = erasure_traces.c
    query = select(c.left_at, c.gone_at).where(c.request_id == request_id).order_by(c.left_at.desc())
    row = connection.execute(query).first()
    return (row.left_at, row.gone_at) if row else None


def forget(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Forget, with their files, when the bytes of these requests were gone; what still waits is kept."""
    c = erasure_traces.c
    gone = c.request_id.in_(list(request_ids)) & c.gone_at.is_not(None)
    connection.execute(delete(erasure_traces).where(gone))
