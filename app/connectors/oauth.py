"""OAuth 2.0 towards a recipient (RFC 6749 §4.3, 4.4): a token is kept while it lasts, and renewed once when refused."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

import httpx
from pydantic import AfterValidator, model_validator

from app.connectors.field_map import Mapped
from app.connectors.listing import Refusal, read_json
from app.connectors.outcome import Later
from app.connectors.outside import Link, Unreachable
from app.connectors.secrets import Secret

EARLIER = 30.0
"""Seconds before its end at which a token is renewed, so that none runs out on the way."""


def _path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or "?" in text:
        raise ValueError("must be a path that begins with one slash")
    return text


CallPath = Annotated[str, AfterValidator(_path)]


class Grant(Mapped):
    """How a token is got: as the recipient documents it (`password`), or by the client alone."""

    grant: Literal["password", "client_credentials"] = "password"
    client_id: Secret
    client_secret: Secret
    username: Secret | None = None
    password: Secret | None = None
    client_by: Literal["basic", "parameters"] = "basic"
    token_path: CallPath
    redirect_uri: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.grant == "password") != (self.username is not None and self.password is not None):
            raise ValueError("username and password belong to the grant `password`, and only to that")
        return self

    @property
    def client(self) -> tuple[str, str]:
        """The client's id and secret."""
        return self.client_id.get_secret_value(), self.client_secret.get_secret_value()

    def form(self) -> dict[str, str]:
        """What is posted; in the body, so that no secret stands in an address."""
        form: dict[str, str] = {"grant_type": self.grant}
        if self.username is not None and self.password is not None:
            form |= {"username": self.username.get_secret_value(), "password": self.password.get_secret_value()}
        if self.client_by == "parameters":
            form |= dict(zip(("client_id", "client_secret"), self.client, strict=True))
        return form | ({"redirect_uri": self.redirect_uri} if self.redirect_uri else {})


@dataclass(slots=True)
class Authorised:
    """Calls with a bearer token; those that come together wait for one token."""

    link: Link
    grant: Grant
    _token: str = ""
    _until: float = 0.0
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """One call; of a token that is refused, once more with a new one. Raises `Unreachable` and `Refusal`."""
        token = await self._bearer()
        answer = await self._call(token, method, path, sent)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            answer = await self._call(await self._bearer(refused=token), method, path, sent)
        return answer

    async def _call(self, token: str, method: str, path: str, sent: Mapping[str, Any]) -> httpx.Response:
        headers = {**sent.get("headers", {}), "Authorization": f"Bearer {token}"}
        return await self.link.call(method, path, **{**sent, "headers": headers})

    async def _bearer(self, refused: str = "") -> str:
        async with self._renewing:
            if not self._token or self._token == refused or time.monotonic() >= self._until:
                self._token, lasts = await self._new()
                self._until = time.monotonic() + lasts
            return self._token

    async def _new(self) -> tuple[str, float]:
        """A new token and the seconds it lasts; of one that does not say, until it is refused."""
        headers = {"Accept": "application/json"}
        if self.grant.client_by == "basic":
            told = b64encode(":".join(self.grant.client).encode()).decode()
            headers["Authorization"] = f"Basic {told}"
        answer = await self.link.call("POST", self.grant.token_path, data=self.grant.form(), headers=headers)
        if not answer.is_success:
            raise Refusal(f"token_http_{answer.status_code}")
        body = read_json(answer)
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise Unreachable(Later("answer_unreadable"))
        lasts = body.get("expires_in")
        return body["access_token"], float(lasts) - EARLIER if isinstance(lasts, int | float) else float("inf")
