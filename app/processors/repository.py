"""Recipients, the names they are known by, and the agreements with them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.customers.repository import upsert_into
from app.processors.tables import agreements, processor_names, processors


def folded(name: str) -> str:
    """The form in which names are compared."""
    return " ".join(name.split()).casefold()


def known_as(connection: Connection, name: str) -> Row[Any] | None:
    """The recipient with that id or code, or known by that name or alias."""
    c = processors.c
    try:
        conditions = [c.id == UUID(name)]
    except ValueError:
        named = select(processor_names.c.processor_id).where(processor_names.c.name == folded(name))
        conditions = [c.code == name, c.id == named.scalar_subquery()]
    for condition in conditions:
        row = connection.execute(select(processors).where(condition)).first()
        if row is not None:
            return row
    return None


def lock(connection: Connection, processor_id: UUID) -> Row[Any]:
    """A recipient that exists, locked until the transaction ends."""
    return connection.execute(select(processors).where(processors.c.id == processor_id).with_for_update()).one()


def processors_after(connection: Connection, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Recipients in the order in which they came."""
    query = select(processors).order_by(processors.c.id).limit(limit)
    if after is not None:
        query = query.where(processors.c.id > after)
    return connection.execute(query).all()


def processors_by_code(connection: Connection, codes: Collection[str]) -> dict[str, Row[Any]]:
    """Those of the recipients that are stored, locked."""
    query = select(processors).where(processors.c.code.in_(sorted(codes))).with_for_update()
    return {row.code: row for row in connection.execute(query)}


def ids_by_code(connection: Connection, codes: Collection[str]) -> dict[str, UUID]:
    """The ids of those of the recipients that are stored."""
    query = select(processors.c.code, processors.c.id).where(processors.c.code.in_(sorted(codes)))
    return {row.code: row.id for row in connection.execute(query)}


def always_notified(connection: Connection) -> Sequence[Row[Any]]:
    """Recipients that are told of each erasure, rectification and restriction (Art. 19)."""
    return connection.execute(select(processors).where(processors.c.always_notified).order_by(processors.c.id)).all()


def add_processor(connection: Connection, values: dict[str, Any]) -> bool:
    """Insert a recipient; False when the code is taken."""
    statement = upsert_into(connection, processors).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def change_processor(connection: Connection, processor_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Change a recipient and count its version up."""
    statement = (
        update(processors)
        .where(processors.c.id == processor_id)
        .values(version=processors.c.version + 1, **values)
        .returning(processors)
    )
    return connection.execute(statement).one()


def bind_names(connection: Connection, processor_id: UUID, names: Iterable[str]) -> bool:
    """Make exactly these the names of the recipient; False when another has one of them."""
    rows = [{"name": name, "processor_id": processor_id} for name in sorted({folded(name) for name in names})]
    connection.execute(delete(processor_names).where(processor_names.c.processor_id == processor_id))
    statement = upsert_into(connection, processor_names).values(rows).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == len(rows)


def release_names(connection: Connection, names: Iterable[str]) -> None:
    """Take these names from whoever has them."""
    wanted = {folded(name) for name in names}
    connection.execute(delete(processor_names).where(processor_names.c.name.in_(sorted(wanted))))


def add_agreement(connection: Connection, values: dict[str, Any]) -> None:
    """Insert an agreement."""
    connection.execute(insert(agreements).values(**values))


def agreement(connection: Connection, agreement_id: UUID) -> Row[Any] | None:
    """One agreement."""
    return connection.execute(select(agreements).where(agreements.c.id == agreement_id)).first()


def agreements_after(connection: Connection, processor_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Agreements with one recipient, oldest first."""
    c = agreements.c
    query = select(agreements).where(c.processor_id == processor_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()


def newest_agreements(connection: Connection, processor_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """The newest agreement with each of the recipients."""
    c = agreements.c
    newest = (
        select(c.id, func.row_number().over(partition_by=c.processor_id, order_by=c.id.desc()).label("place"))
        .where(c.processor_id.in_(list(processor_ids)))
        .subquery()
    )
    query = select(agreements).join(newest, newest.c.id == c.id).where(newest.c.place == 1)
    return {row.processor_id: row for row in connection.execute(query)}


def processor_codes(connection: Connection, processor_ids: Collection[UUID]) -> dict[UUID, str]:
    """The codes of recipients."""
    query = select(processors.c.id, processors.c.code).where(processors.c.id.in_(sorted(processor_ids)))
    return {row.id: row.code for row in connection.execute(query)}
