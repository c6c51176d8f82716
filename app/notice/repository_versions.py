"""Versions of the notice: the newest, one, all, and the next."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from app.customers.repository import upsert_into
from app.register.tables import notice_versions

_HEAD = [column for column in notice_versions.c if column.name != "content"]
"""Everything but the words, which are long."""


def newest(connection: Connection) -> Row[Any] | None:
    """The version in force, without its words."""
    query: Select[Any] = select(*_HEAD).order_by(notice_versions.c.version.desc()).limit(1)
    return connection.execute(query).first()


def version(connection: Connection, number: int) -> Row[Any] | None:
    """One version with its words."""
    return connection.execute(select(notice_versions).where(notice_versions.c.version == number)).first()


def versions_before(connection: Connection, number: int | None, limit: int) -> Sequence[Row[Any]]:
    """Versions without their words, newest first; those before one, if it is named."""
    c = notice_versions.c
    query: Select[Any] = select(*_HEAD).order_by(c.version.desc()).limit(limit)
    return connection.execute(query if number is None else query.where(c.version < number)).all()


def add(connection: Connection, values: dict[str, Any]) -> bool:
    """Store the next version; False when another process was first."""
    statement = upsert_into(connection, notice_versions).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1
