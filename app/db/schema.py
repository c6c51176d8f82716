"""Metadata with a naming convention, and the column types both databases share."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import JSON, DateTime, Dialect, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


@lru_cache(maxsize=4096)
def _as_text(moment: datetime) -> str:
    """An instant in UTC as SQLite keeps it. The rows of one call name the same instants many times."""
    return moment.isoformat(" ", "microseconds").removesuffix("+00:00")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: timestamptz on PostgreSQL, sortable UTC text on SQLite; refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """As the driver takes it: of the same length and in UTC, so that SQLite's texts are in order."""
        as_text = dialect.name == "sqlite"

        def bind(value: datetime | None) -> Any:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError("an instant needs a time zone")
            if not as_text:
                return value
            return _as_text(value if value.tzinfo is UTC else value.astimezone(UTC))

        return bind

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """SQLite's text has lost its zone; asyncpg answers in UTC whatever the zone of its session."""
        if dialect.name == "postgresql":
            return None
        from_text = self.impl_instance.dialect_impl(dialect).result_processor(dialect, coltype)

        def read(value: Any) -> datetime | None:
            moment: datetime | None = value if from_text is None else from_text(value)
            return None if moment is None else moment.replace(tzinfo=UTC)

        return read


_source: ContextVar[Callable[[], UUID] | None] = ContextVar("source", default=None)


def new_id() -> UUID:
    """A time-ordered identifier (RFC 9562 UUIDv7): unique without asking the database, kind to its indexes."""
    source = _source.get()
    return UUID(int=uuid_utils.uuid7().int) if source is None else source()


@contextmanager
def ids_from(source: Callable[[], UUID]) -> Iterator[None]:
    """Take new identifiers from `source` meanwhile: a generated register has the same ones each time."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def settled_before(seconds: float = 1.0) -> UUID:
    """The lowest identifier of the recent past: rows with smaller ones belong to transactions that have ended.

    Feeds that are read by cursor stop there, so that a row committed late is not skipped.
    """
    milliseconds = int((time.time() - seconds) * 1000)
    return UUID(int=milliseconds << 80)
