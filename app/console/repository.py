"""Sessions, and how many consents were given and withdrawn in which month."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, case, delete, func, insert, select, update

from app.consents.tables import consent_events
from app.console.tables import console_sessions


def add_session(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a session."""
    connection.execute(insert(console_sessions).values(**values))


def session_by_cookie(connection: Connection, cookie_hash: str) -> Row[Any] | None:
    """The session behind a cookie, run out or not."""
    return connection.execute(select(console_sessions).where(console_sessions.c.cookie_hash == cookie_hash)).first()


def note_use(connection: Connection, session_id: UUID, at: datetime) -> None:
    """Note that somebody is still there."""
    connection.execute(update(console_sessions).where(console_sessions.c.id == session_id).values(used_at=at))


def speak(connection: Connection, session_id: UUID, language: str) -> None:
    """Speak another language from now on."""
    connection.execute(update(console_sessions).where(console_sessions.c.id == session_id).values(language=language))


def end_session(connection: Connection, session_id: UUID) -> None:
    """Sign out: the cookie opens nothing any more."""
    connection.execute(delete(console_sessions).where(console_sessions.c.id == session_id))


def forget_expired(connection: Connection, at: datetime) -> None:
    """Remove sessions that have run out."""
    connection.execute(delete(console_sessions).where(console_sessions.c.expires_at <= at))


def consents_by_month(connection: Connection, months: Sequence[datetime], until: datetime) -> Sequence[Row[Any]]:
    """How many consents per purpose were given and withdrawn between each of the instants and the next; one walk."""
    c = consent_events.c
    ends = [*months[1:], until]
    counted = [
        func.coalesce(func.sum(case((and_(c.action == action, c.occurred_at >= begin, c.occurred_at < end), 1))), 0)
        for begin, end in zip(months, ends, strict=True)
        for action in ("given", "withdrawn")
    ]
    query = select(c.purpose, *counted).where(c.occurred_at >= months[0], c.occurred_at < until)
    return connection.execute(query.group_by(c.purpose).order_by(c.purpose)).all()
