"""The provider that people sign in at (OpenID Connect): authorization code with PKCE (RFC 7636, RFC 9700)."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from sqlalchemy import Connection

from app.auth.actor import Actor, to_actor
from app.auth.errors import NobodyHere, ProviderNotSet, ProviderRefused, ProviderSilent
from app.auth.id_token import Expected, TokenRefused, claims_of
from app.auth.repository import people_of_email
from app.connectors.outside import new_client
from app.deps import TtlCache
from app.settings import Settings

REMEMBERED = 600.0
"""Seconds for which a process remembers where the provider's pages are."""
SIGNED_IN = timedelta(hours=8)
"""A working day; then the provider, or the token, is asked for again."""
ASKED = ("openid", "email", "profile")
LONGEST_ANSWER = 256 * 1024
CALLBACK = "/console/provider/callback"


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way; only the browser that began it holds this."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        """Three random values: against forged answers, against replayed tokens, against stolen codes."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def read(cls, cookie: str) -> Self:
        """From the cookie; raises `ProviderRefused`."""
        parts = cookie.split(".")
        if len(parts) != 3 or not all(parts):
            raise ProviderRefused
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @property
    def challenge(self) -> str:
        """Of the verifier, S256."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Provider:
    """The issuer that the settings name; what it says of itself is remembered for a while."""

    issuer: str
    client_id: str
    secret: str | None
    role_claim: str | None
    redirect_uri: str
    client: httpx.AsyncClient
    known: TtlCache

    @classmethod
    def of(cls, settings: Settings, known: TtlCache) -> Self:
        """Raises `ProviderNotSet`. The issuer is the operator's own word, so that it may be on their own network."""
        if settings.oidc_issuer is None or settings.oidc_client_id is None:
            raise ProviderNotSet
        secret = settings.oidc_client_secret
        return cls(
            settings.oidc_issuer,
            settings.oidc_client_id,
            None if secret is None else secret.get_secret_value(),
            settings.oidc_role_claim,
            settings.base_url + CALLBACK,
            new_client(may_reach_private=True),
            known,
        )

    async def begin(self, begun: Begun) -> str:
        """Where the browser goes to sign in."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(ASKED),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        place = (await self.described())["authorization_endpoint"]
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    async def finish(self, begun: Begun, code: str, now: datetime) -> Mapping[str, Any]:
        """The claims about who signed in; raises `ProviderRefused` and `ProviderSilent`."""
        described = await self.described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": begun.verifier,
        }
        if self.secret is None:
            form["client_id"] = self.client_id
        told = await self._json("POST", described["token_endpoint"], form)
        keys = await self.keys()
        expected = Expected(described["issuer"], self.client_id, begun.nonce)
        try:
            return claims_of(str(told.get("id_token", "")), keys, expected, now)
        except TokenRefused:
            raise ProviderRefused from None

    async def keys(self) -> list[Mapping[str, Any]]:
        """Those that the provider signs with now."""
        keys = (await self._json("GET", (await self.described())["jwks_uri"])).get("keys")
        if not isinstance(keys, list):
            raise ProviderSilent
        return keys

    async def described(self) -> Mapping[str, Any]:
        """OpenID Connect Discovery; a document that speaks for another issuer is nobody's."""
        remembered: Mapping[str, Any] | None = self.known.get(self.issuer, time.monotonic())
        if remembered is not None:
            return remembered
        found = await self._json("GET", f"{self.issuer}/.well-known/openid-configuration")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if str(found.get("issuer", "")).rstrip("/") != self.issuer or not all(
            isinstance(found.get(name), str) for name in names
        ):
            raise ProviderSilent
        self.known.put(self.issuer, found, time.monotonic())
        return found

    async def _json(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        auth = (self.client_id, self.secret) if form is not None and self.secret is not None else None
        try:
            answer = await self.client.request(method, url, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
            if form is not None and 400 <= answer.status_code < 500:
                raise ProviderRefused
            found = json.loads(answer.raise_for_status().content[:LONGEST_ANSWER])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise ProviderSilent from None
        if not isinstance(found, dict):
            raise ProviderSilent
        return found


def person_of(connection: Connection, claims: Mapping[str, Any], role_claim: str | None, at: datetime) -> Actor:
    """The one person's client with the verified address, and with a role that the claim names; raises `NobodyHere`.

    Clients are made by the register's owner, so that a role has one place; the provider says who somebody is. Where the
    claim is asked for, a role needs both: the provider takes it away by no longer naming it, and of somebody who has
    several clients it says as which they act.
    """
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NobodyHere
    people = people_of_email(connection, email, at)
    if role_claim:
        named = roles_in(claims, role_claim)
        people = [one for one in people if one.role in named]
    if len(people) != 1:
        raise NobodyHere
    return to_actor(people[0])


def roles_in(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """What the claim names, a text or a list; `a.b` is the member `b` of `a`, unless a claim is called so."""
    found: Any = claims
    for step in [claim] if claim in claims else claim.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return frozenset(one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str))
