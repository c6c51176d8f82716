"""The processors of processors."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from app.processors.tables_safeguards import sub_processors


def add_sub_processor(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a sub-processor."""
    connection.execute(insert(sub_processors).values(**values))


def sub_processor(connection: Connection, sub_processor_id: UUID) -> Row[Any] | None:
    """One sub-processor."""
    return connection.execute(select(sub_processors).where(sub_processors.c.id == sub_processor_id)).first()


def lock_sub_processor(connection: Connection, sub_processor_id: UUID) -> Row[Any] | None:
    """One sub-processor, locked until the transaction ends."""
    query = select(sub_processors).where(sub_processors.c.id == sub_processor_id).with_for_update()
    return connection.execute(query).first()


def change_sub_processor(connection: Connection, sub_processor_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Change a sub-processor and count its version up."""
    c = sub_processors.c
    changed = update(sub_processors).where(c.id == sub_processor_id).values(version=c.version + 1, **values)
    return connection.execute(changed.returning(sub_processors)).one()


def chain_after(connection: Connection, processor_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Whom one recipient engages, directly or through others, oldest first."""
    c = sub_processors.c
    query = select(sub_processors).where(c.processor_id == processor_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()


def chains(connection: Connection, processor_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Whom each of the recipients engages."""
    c = sub_processors.c
    found: dict[UUID, list[Row[Any]]] = {processor_id: [] for processor_id in processor_ids}
    for row in connection.execute(select(sub_processors).where(c.processor_id.in_(list(found))).order_by(c.id)):
        found[row.processor_id].append(row)
    return found
