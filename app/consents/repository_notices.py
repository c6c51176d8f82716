"""Versions of the privacy notice as a consent needs them: which was in force when, and in which languages."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from app.db import Instant
from app.register.tables import notice_versions

_SAID = bindparam("said_notice", type_=Integer())
_LANGUAGE = bindparam("said_language", type_=String())


def published(connection: Connection, *, spoken: bool) -> Sequence[Row[Any]]:
    """Every version with its date, the oldest first; with its languages if they are asked for."""
    c = notice_versions.c
    query: Select[Any] = select(c.version, c.published_at, *([c.languages] if spoken else []))
    return connection.execute(query.order_by(c.published_at, c.version)).all()


def notice_shown(dialect: str) -> ScalarSelect[int]:
    """SQL for the version bound as `said_notice`, else the one in force; null when it was not out by `shown_by`."""
    c = notice_versions.c
    in_language = or_(_LANGUAGE.is_(None), _speaks(dialect))
    query = select(c.version).where(
        c.published_at <= bindparam("shown_by", type_=Instant()),
        or_(_SAID.is_(None), and_(c.version == _SAID, in_language)),
    )
    return query.order_by(c.published_at.desc(), c.version.desc()).limit(1).scalar_subquery()


def notice_is_known(dialect: str) -> ColumnElement[bool]:
    """SQL that holds unless a version is said that was not to be seen then."""
    return or_(_SAID.is_(None), notice_shown(dialect).is_not(None))


def _speaks(dialect: str) -> ColumnElement[bool]:
    languages = notice_versions.c.languages
    if dialect == "postgresql":
        return languages.bool_op("?")(_LANGUAGE)
    one = func.json_each(languages).table_valued("value")
    return exists(select(1).select_from(one).where(one.c.value == _LANGUAGE))
