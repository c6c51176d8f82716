"""Register versions: the newest, one, all, and the next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.register.errors import VersionTaken
from app.register.tables import notice_versions, register_versions

_newest = select(func.max(register_versions.c.version)).scalar_subquery()


def is_newest(version: ColumnElement[int]) -> ColumnElement[bool]:
    """SQL that holds while `version` is the newest: the guard of every audited statement."""
    return _newest == version


def newest_version(connection: Connection) -> int | None:
    """The number of the version in force."""
    newest: int | None = connection.execute(select(func.max(register_versions.c.version))).scalar_one()
    return newest


def newest_notice(connection: Connection) -> int | None:
    """The number of the notice in force; None while none has been published."""
    newest: int | None = connection.execute(select(func.max(notice_versions.c.version))).scalar_one()
    return newest


def version(connection: Connection, number: int) -> Row[Any] | None:
    """One version with its document."""
    return connection.execute(select(register_versions).where(register_versions.c.version == number)).first()


def versions(connection: Connection, below: int | None = None, limit: int | None = None) -> Sequence[Row[Any]]:
    """All versions without their documents, newest first; or those before one, so many of them."""
    c = register_versions.c
    query: Select[Any] = select(c.version, c.digest, c.applied_at, c.applied_by).order_by(c.version.desc()).limit(limit)
    return connection.execute(query if below is None else query.where(c.version < below)).all()


def add_version(connection: Connection, number: int, digest: str, document: str, at: datetime, by: UUID | None) -> None:
    """Store the next version; raises `VersionTaken` when another process was first."""
    values = {"version": number, "digest": digest, "document": document, "applied_at": at, "applied_by": by}
    try:
        connection.execute(insert(register_versions).values(**values))
    except IntegrityError:
        raise VersionTaken from None
