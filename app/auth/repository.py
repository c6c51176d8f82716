"""API clients and their tokens: find by token, add, list, rotate, withdraw."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.auth.errors import ClientNameTaken
from app.auth.tables import api_clients
from app.db import Instant

NOTED_EVERY = timedelta(minutes=1)
"""How long a noted use stands before a later one is written."""


def active_client(
    client_id: ColumnElement[UUID], token: ColumnElement[str], at: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """SQL that holds while the client may act with that token: the guard of every audited statement."""
    return exists().where(api_clients.c.id == client_id, *_valid(token, at))


def _valid(token: Any, at: Any) -> tuple[ColumnElement[bool], ...]:
    """Not withdrawn, and the token is its present one or a rotated-out one, within its time.

    Comparing hashes in SQL takes a time that may depend on them; whoever measures it learns of the SHA-256 of a guess
    and of a random token, from which no token follows.
    """
    c = api_clients.c
    present = and_(c.token_hash == token, or_(c.expires_at.is_(None), c.expires_at > at))
    return c.withdrawn_at.is_(None), or_(present, and_(c.former_token_hash == token, c.former_until > at))


def client_by_token_hash(connection: Connection, token_hash: str, at: datetime) -> Row[Any] | None:
    """The client that may act with the token."""
    return connection.execute(select(api_clients).where(*_valid(token_hash, at))).first()


def client_is_active(connection: Connection, client_id: UUID, token_hash: str, at: datetime) -> bool:
    """Whether the client may still act with that token."""
    query = select(api_clients.c.id).where(api_clients.c.id == client_id, *_valid(token_hash, at))
    return connection.execute(query).first() is not None


def add_client(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a client; raises `ClientNameTaken`."""
    try:
        connection.execute(insert(api_clients).values(**values))
    except IntegrityError:
        raise ClientNameTaken from None


def client(connection: Connection, client_id: UUID) -> Row[Any] | None:
    """One client, withdrawn ones too."""
    return connection.execute(select(api_clients).where(api_clients.c.id == client_id)).first()


def clients(connection: Connection, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Clients in the order they were made."""
    query = select(api_clients).order_by(api_clients.c.id).limit(limit)
    if after is not None:
        query = query.where(api_clients.c.id > after)
    return connection.execute(query).all()


def emails_of_people(connection: Connection, at: datetime) -> dict[str, str]:
    """Where people who may sign in are written to, by the name of their client."""
    c = api_clients.c
    lasting = or_(c.expires_at.is_(None), c.expires_at > at)
    query = select(c.name, c.email).where(c.kind == "person", c.email.is_not(None), c.withdrawn_at.is_(None), lasting)
    return {row.name: row.email for row in connection.execute(query)}


def people_of_email(connection: Connection, email: str, at: datetime) -> Sequence[Row[Any]]:
    """The people who may sign in and are written to at that address, however it is capitalised."""
    c = api_clients.c
    lasting = or_(c.expires_at.is_(None), c.expires_at > at)
    named = func.lower(c.email) == email.lower()
    query = select(api_clients).where(c.kind == "person", named, c.withdrawn_at.is_(None), lasting)
    return connection.execute(query).all()


def set_email(connection: Connection, client_id: UUID, email: str | None) -> bool:
    """Where a person is written to from now on; False when there is no such person, or they were withdrawn."""
    c = api_clients.c
    statement = update(api_clients).where(c.id == client_id, c.kind == "person", c.withdrawn_at.is_(None))
    return connection.execute(statement.values(email=email)).rowcount == 1


def client_by_name(connection: Connection, name: str) -> Row[Any] | None:
    """The active client of that name."""
    return connection.execute(
        select(api_clients).where(api_clients.c.name == name, api_clients.c.withdrawn_at.is_(None))
    ).first()


def withdraw_client(connection: Connection, client_id: UUID, at: datetime) -> bool:
    """Withdraw a client's token for good; False when it was withdrawn already."""
    statement = (
        update(api_clients)
        .where(api_clients.c.id == client_id, api_clients.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at, email=None)
    )
    return connection.execute(statement).rowcount == 1


def active_owners(connection: Connection, at: datetime) -> set[UUID]:
    """The owners who could still sign in; they stay so until the transaction ends."""
    c = api_clients.c
    lasting = or_(c.expires_at.is_(None), c.expires_at > at)
    owners = select(c.id).where(c.role == "owner", c.withdrawn_at.is_(None), lasting).order_by(c.id).with_for_update()
    return set(connection.execute(owners).scalars())


def replace_bootstrap_token(connection: Connection, name: str, token_hash: str) -> bool:
    """Give the bootstrap owner the token that the environment names now; False when there is none yet."""
    statement = (
        update(api_clients)
        .where(api_clients.c.name == name, api_clients.c.bootstrap, api_clients.c.withdrawn_at.is_(None))
        .values(token_hash=token_hash)
    )
    return connection.execute(statement).rowcount == 1


def rotate_token(
    connection: Connection, client_id: UUID, token_hash: str, former_until: datetime, expires_at: datetime | None
) -> bool:
    """Give a client a new token; its present one works on until `former_until`, or its own earlier end.

    False when the client is withdrawn. The environment's token no longer replaces that of an owner rotated this way.
    """
    c = api_clients.c
    until = case((c.expires_at < former_until, c.expires_at), else_=literal(former_until, Instant()))
    former = {"former_token_hash": c.token_hash, "former_until": until, "former_used_at": c.last_used_at}
    statement = (
        update(api_clients)
        .where(c.id == client_id, c.withdrawn_at.is_(None))
        .values(token_hash=token_hash, expires_at=expires_at, last_used_at=None, bootstrap=False, **former)
    )
    return connection.execute(statement).rowcount == 1


def note_uses(connection: Connection, uses: Mapping[str, datetime]) -> None:
    """Write when tokens were last used, each at most once a minute whichever processes it was used in."""
    c = api_clients.c
    for token_hash, at in sorted(uses.items()):
        for holder, used in ((c.token_hash, c.last_used_at), (c.former_token_hash, c.former_used_at)):
            due = or_(used.is_(None), used <= at - NOTED_EVERY)
            connection.execute(update(api_clients).where(holder == token_hash, due).values({used: at}))


def expiring(connection: Connection, at: datetime, before: datetime) -> Sequence[UUID]:
    """Clients whose token is valid now and runs out before that instant, without another to follow it."""
    c = api_clients.c
    query = select(c.id).where(c.withdrawn_at.is_(None), c.expires_at > at, c.expires_at < before).order_by(c.id)
    return connection.execute(query).scalars().all()
