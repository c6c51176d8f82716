"""Adequacy decisions that hold no more, as the dpo has recorded them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Text, cast, func, or_, select, update

from app.customers.repository import upsert_into
from app.processors.adequacy import Lapse
from app.processors.tables_safeguards import adequacy_lapses

_SEPARATOR = "\n"


def add_lapse(connection: Connection, values: dict[str, Any]) -> bool:
    """Insert a lapse; False when one of this decision stands already."""
    statement = upsert_into(connection, adequacy_lapses).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def lapse(connection: Connection, lapse_id: UUID) -> Row[Any] | None:
    """One lapse, locked until the transaction ends."""
    query = select(adequacy_lapses).where(adequacy_lapses.c.id == lapse_id).with_for_update()
    return connection.execute(query).first()


def take_back(connection: Connection, lapse_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Say that a lapse stands no more, and count its version up."""
    c = adequacy_lapses.c
    changed = update(adequacy_lapses).where(c.id == lapse_id).values(version=c.version + 1, **values)
    return connection.execute(changed.returning(adequacy_lapses)).one()


def lapses_after(connection: Connection, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """All lapses, those taken back too, oldest first."""
    query = select(adequacy_lapses).order_by(adequacy_lapses.c.id).limit(limit)
    return connection.execute(query if after is None else query.where(adequacy_lapses.c.id > after)).all()


def standing(connection: Connection) -> Sequence[Row[Any]]:
    """The lapses that stand now."""
    c = adequacy_lapses.c
    return connection.execute(select(adequacy_lapses).where(c.taken_back_at.is_(None)).order_by(c.id)).all()


def lapses_now(connection: Connection) -> tuple[Lapse, ...]:
    """What stands now, for the table of decisions."""
    return tuple(Lapse(row.decision, row.lapsed_on) for row in standing(connection))


def lapses_at(connection: Connection, at: datetime) -> tuple[Lapse, ...]:
    """What had been recorded and not been taken back by then."""
    c = adequacy_lapses.c
    query = select(c.decision, c.lapsed_on).where(*_stood(at)).order_by(c.id)
    return tuple(Lapse(row.decision, row.lapsed_on) for row in connection.execute(query))


def lapses_column(at: datetime | None = None) -> ColumnElement[Any]:
    """`lapses_at`, or of now, as one text, for statements that ask all at once; `lapses_in` reads it."""
    c = adequacy_lapses.c
    each = cast(c.lapsed_on, Text) + " " + c.decision
    told = select(func.aggregate_strings(each, _SEPARATOR))
    stands = told.where(c.taken_back_at.is_(None)) if at is None else told.where(*_stood(at))
    return stands.scalar_subquery().label("lapses")


def _stood(at: datetime) -> tuple[ColumnElement[bool], ...]:
    c = adequacy_lapses.c
    return c.recorded_at <= at, or_(c.taken_back_at.is_(None), c.taken_back_at > at)


def lapses_in(told: str | None) -> tuple[Lapse, ...]:
    """What `lapses_column` tells."""
    split = (one.partition(" ") for one in (told or "").split(_SEPARATOR) if one)
    return tuple(sorted(Lapse(decision, date.fromisoformat(day)) for day, _, decision in split))
