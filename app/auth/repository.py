"""API clients: find by token, add, list, withdraw."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.auth.errors import ClientNameTaken
from app.auth.tables import api_clients


def active_client(client_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """SQL that holds while the client has not been withdrawn: the guard of every audited statement."""
    return exists().where(api_clients.c.id == client_id, api_clients.c.withdrawn_at.is_(None))


def client_by_token_hash(connection: Connection, token_hash: str) -> Row[Any] | None:
    """The active client that holds the token."""
    return connection.execute(
        select(api_clients).where(api_clients.c.token_hash == token_hash, api_clients.c.withdrawn_at.is_(None))
    ).first()


def client_is_active(connection: Connection, client_id: UUID) -> bool:
    """Whether the client may still act."""
    query = select(api_clients.c.id).where(api_clients.c.id == client_id, api_clients.c.withdrawn_at.is_(None))
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
        .values(withdrawn_at=at)
    )
    return connection.execute(statement).rowcount == 1


def active_owners(connection: Connection) -> int:
    """How many owners could still sign in; they stay so until the transaction ends."""
    c = api_clients.c
    owners = select(c.id).where(c.role == "owner", c.withdrawn_at.is_(None)).order_by(c.id).with_for_update()
    return len(connection.execute(owners).all())


def replace_bootstrap_token(connection: Connection, name: str, token_hash: str) -> bool:
    """Give the bootstrap owner the token that the environment names now; False when there is none yet."""
    statement = (
        update(api_clients)
        .where(api_clients.c.name == name, api_clients.c.bootstrap, api_clients.c.withdrawn_at.is_(None))
        .values(token_hash=token_hash)
    )
    return connection.execute(statement).rowcount == 1
