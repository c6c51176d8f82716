"""Who acts: the API client behind a bearer token."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.auth import repository
from app.auth.errors import PersonNeeded
from app.auth.roles import SCOPES, Role, Scope
from app.db import Database
from app.deps import TtlCache
from app.errors import Unauthorized


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


def to_actor(row: Row[Any]) -> Actor:
    """The actor that a client row describes."""
    role = Role(row.role)
    return Actor(row.id, row.name, row.kind, role, SCOPES[role], frozenset(row.systems), row.default_purpose)


class Clients:
    """Finds the actor of a token; remembers it for a few seconds in this process."""

    def __init__(self, db: Database, cache_seconds: float) -> None:
        self._db = db
        self._cache = TtlCache(cache_seconds)

    async def actor(self, token: str) -> Actor:
        """The active client that holds `token`; raises `Unauthorized`."""
        digest = token_hash(token)
        now = time.monotonic()
        known: Actor | None = self._cache.get(digest, now)
        if known is None:
            row = await self._db.read(repository.client_by_token_hash, digest)
            if row is None:
                raise Unauthorized
            known = to_actor(row)
            self._cache.put(digest, known, now)
        return known
