"""The provider's ID tokens as bearer tokens of the API: for people at Swagger UI, under the rules of the console.

Only what the provider made for the public client that the settings name is taken, and only ID tokens: an access token
says what its holder may do elsewhere, not who they are. Whoever shows one acts as their own client, with its scopes,
its name in the trail and its end: every statement asks again whether that client's own token is still good.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.auth.actor import Actor
from app.auth.errors import NobodyHere, ProviderSilent
from app.auth.id_token import Expected, KeyUnknown, TokenRefused, claims_of, instant
from app.auth.provider import SIGNED_IN, Provider, person_of
from app.db import Database
from app.deps import TtlCache
from app.errors import Unauthorized
from app.settings import Settings

PATIENCE = 5.0
"""Seconds for which a request waits for the provider."""
SILENT = 10.0
"""Seconds for which a provider that did not answer is not asked again."""
LOOKED_AGAIN = 30.0
"""Seconds between two looks at the keys for one that is unknown, so that nobody makes us ask at will."""
KEYS = "keys"


class ProviderTokens:
    """Finds the person behind an ID token; the provider's keys are remembered as long as its description."""

    def __init__(self, settings: Settings, db: Database, known: TtlCache) -> None:
        self._settings = settings
        self._db = db
        self._known = known
        self._silent = TtlCache(SILENT)
        self._looked = TtlCache(LOOKED_AGAIN)

    @property
    def client_id(self) -> str | None:
        """The public client that people's browsers are at the provider; None: none of its tokens is taken."""
        return self._settings.oidc_browser_client_id

    def made(self, token: str) -> bool:
        """Whether it looks like a JWT (base64url of `{"`, and two dots), which no token of an API client does."""
        return self.client_id is not None and token.startswith("eyJ") and token.count(".") == 2

    async def described(self) -> Mapping[str, Any] | None:
        """Where a browser signs in; None without a client for it, and while the provider is silent."""
        if self.client_id is None:
            return None
        try:
            return await self._described()
        except ProviderSilent:
            return None

    async def actor(self, token: str, at: datetime) -> Actor:
        """The person's own client; raises `Unauthorized`, and `ProviderSilent` when nobody can tell."""
        try:
            claims = await self._claims(token, at)
            until = min(instant(claims["exp"]), instant(claims["iat"]) + SIGNED_IN)
            if until <= at:
                raise Unauthorized
            actor = await self._db.read(person_of, claims, self._settings.oidc_role_claim, at)
        except (TokenRefused, NobodyHere):
            raise Unauthorized from None
        return replace(actor, until=until if actor.until is None else min(until, actor.until))

    async def _claims(self, token: str, at: datetime) -> Mapping[str, Any]:
        expected = Expected((await self._described())["issuer"], self.client_id or "", None)
        keys = self._known.get(KEYS, time.monotonic()) or await self._keys()
        try:
            return claims_of(token, keys, expected, at)
        except KeyUnknown:  # the provider may have a new one
            if self._looked.get(KEYS, time.monotonic()):
                raise
            return claims_of(token, await self._keys(), expected, at)

    async def _described(self) -> Mapping[str, Any]:
        remembered: Mapping[str, Any] | None = self._known.get(self._settings.oidc_issuer, time.monotonic())
        if remembered is not None:  # without making a client that has nothing to ask
            return remembered
        async with self._asking() as provider:
            return await provider.described()

    async def _keys(self) -> list[Mapping[str, Any]]:
        self._looked.put(KEYS, value=True, at=time.monotonic())
        async with self._asking() as provider:
            keys = await provider.keys()
        self._known.put(KEYS, keys, time.monotonic())
        return keys

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Provider]:
        """The provider, unless it was silent a moment ago."""
        if self._silent.get(KEYS, time.monotonic()):
            raise ProviderSilent
        provider = Provider.of(self._settings, self._known)
        try:
            async with provider.client, asyncio.timeout(PATIENCE):
                yield provider
        except (ProviderSilent, TimeoutError):
            self._silent.put(KEYS, value=True, at=time.monotonic())
            raise ProviderSilent from None
