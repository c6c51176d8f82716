"""Sign in with the token of a person's API client, act as that client, sign out.

A session holds the hash of the token it began with, as the client's own row does: when the token is rotated out, runs
out or is withdrawn, the session is over in the same instant, because every audited statement asks for it again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection

from app.auth.actor import Actor, to_actor
from app.auth.provider import SIGNED_IN
from app.auth.repository import client_by_token_hash
from app.console import repository
from app.console.errors import SignInNeeded
from app.db import new_id
from app.register.operation import Operation

LASTS = SIGNED_IN
IDLE = timedelta(minutes=30)
"""After so long without a page the session is over."""
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; `stale` when their use should be noted."""

    id: UUID
    cookie: str
    language: str
    actor: Actor
    stale: bool


def begin(connection: Connection, op: Operation, language: str) -> str:
    """A new session of the actor; answers the cookie, of which a hash is stored. Raises `PersonNeeded`."""
    op.actor.must_be_person()
    repository.forget_expired(connection, op.at)
    cookie, session_id = secrets.token_urlsafe(32), new_id()
    until = op.at + LASTS
    repository.add_session(
        connection,
        {
            "id": session_id,
            "client_id": op.actor.id,
            "cookie_hash": _hash(cookie),
            "acting_token": op.actor.token,
            "language": language,
            "began_at": op.at,
            "used_at": op.at,
            "expires_at": until if op.actor.until is None else min(until, op.actor.until),
        },
    )
    op.audit(connection, "sign_in", "console_session", session_id)
    return cookie


def found(connection: Connection, cookie: str, at: datetime) -> Session:
    """The session behind the cookie; raises `SignInNeeded` when it is over, or its token is."""
    row = repository.session_by_cookie(connection, _hash(cookie))
    if row is None or row.expires_at <= at or row.used_at <= at - IDLE:
        raise SignInNeeded
    client = client_by_token_hash(connection, row.acting_token, at)
    if client is None or client.id != row.client_id or client.kind != "person":
        raise SignInNeeded
    actor = to_actor(client, row.acting_token)
    return Session(row.id, cookie, row.language, actor, stale=row.used_at <= at - NOTED_EVERY)


def end(connection: Connection, op: Operation, session_id: UUID) -> None:
    """Sign out."""
    repository.end_session(connection, session_id)
    op.audit(connection, "sign_out", "console_session", session_id)


def _hash(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
