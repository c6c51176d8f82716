"""Who acts: the API client behind a bearer token."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from app.auth import repository
from app.auth.errors import PersonNeeded
from app.auth.failures import Failures
from app.auth.roles import SCOPES, Role, Scope
from app.db import Database
from app.deps import TtlCache
from app.errors import Unauthorized

ACCEPTED = 8 * 3600.0
"""Seconds for which it is remembered that a token was good."""


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated client. A `person` sees all people, an `integration` those it has a reference to."""

    id: UUID
    name: str
    kind: str
    role: Role
    scopes: frozenset[Scope]
    systems: frozenset[str]
    default_purpose: str | None
    token: str
    """Hash of the token that it acts with: every statement asks again whether that one is still good."""
    until: datetime | None = None
    """When that token runs out."""

    @property
    def sees_all(self) -> bool:
        """True for persons and the service itself; an integration sees people it has a reference to."""
        return self.kind != "integration"

    @property
    def is_person(self) -> bool:
        """True for a human's own client."""
        return self.kind == "person"

    def must_be_person(self) -> None:
        """Raise `PersonNeeded` for integrations (F97, F98)."""
        if not self.is_person:
            raise PersonNeeded


def new_token() -> str:
    """A bearer token with 256 bits of randomness; the prefix lets secret scanners find a leaked one."""
    return f"seloste_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """SHA-256 of the token: a fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def to_actor(row: Row[Any], digest: str | None = None) -> Actor:
    """The actor that a client row describes, acting with its present token or with the one of that hash."""
    role, acting = Role(row.role), digest or row.token_hash
    until = row.expires_at if hmac.compare_digest(acting, row.token_hash) else row.former_until
    systems = frozenset(row.systems)
    return Actor(row.id, row.name, row.kind, role, SCOPES[role], systems, row.default_purpose, acting, until)


class Elsewhere(Protocol):
    """Who else says who somebody is: the provider that people sign in at."""

    def made(self, token: str) -> bool:
        """Whether the token can only be one of theirs."""

    async def actor(self, token: str, at: datetime) -> Actor:
        """The person who shows the token; raises `Unauthorized`."""


class Clients:
    """Finds the actor of a token; remembers it for a few seconds in this process."""

    def __init__(
        self, db: Database, cache_seconds: float, failures: Failures, elsewhere: Elsewhere | None = None
    ) -> None:
        self._db = db
        self._cache = TtlCache(cache_seconds)
        self._failures = failures
        self._elsewhere = elsewhere
        self._accepted = TtlCache(ACCEPTED)
        self._uses: dict[str, datetime] = {}

    async def actor(self, token: str, at: datetime, host: str | None) -> Actor:
        """The client that may act with `token`; raises `Unauthorized` and `TooManyFailures`."""
        digest = token_hash(token)
        now = time.monotonic()
        known: Actor | None = self._cache.get(digest, now)
        if known is None or (known.until is not None and known.until <= at):
            known = await self._look_up(token, digest, at, host)
            self._cache.put(digest, known, now)
        if known.token == digest:
            self._uses[digest] = at
        return known

    async def _look_up(self, token: str, digest: str, at: datetime, host: str | None) -> Actor:
        """Ask the database; a token that was good before is heard whatever else fails at its address."""
        if not self._accepted.get(digest, time.monotonic()):
            self._failures.check(host)
        try:
            found = await self._found(token, digest, at)
        except Unauthorized:
            self._accepted.drop(digest)
            self._failures.count(host)
            raise
        self._accepted.put(digest, value=True, at=time.monotonic())
        return found

    async def _found(self, token: str, digest: str, at: datetime) -> Actor:
        if self._elsewhere is not None and self._elsewhere.made(token):
            return await self._elsewhere.actor(token, at)
        row = await self._db.read(repository.client_by_token_hash, digest, at)
        if row is None:
            raise Unauthorized
        return to_actor(row, digest)

    async def note_uses(self) -> None:
        """Write when tokens were last used, outside of any request."""
        uses, self._uses = self._uses, {}
        if uses:
            await self._db.write(repository.note_uses, uses)
