"""How people sign in at Swagger UI through the provider: authorization code with PKCE, by their own browser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from app.auth.provider import ASKED

SCHEME = "provider"
REDIRECT = "/docs/oauth2-redirect"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")
_SCOPES = {"openid": "who you are", "email": "by which address the register knows you", "profile": "and your roles"}


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """Where a browser signs in, as which client of the provider's."""

    client_id: str
    authorization: str
    token: str
    origin: str
    """Of the token endpoint: the one other server that the page may call."""

    @classmethod
    def of(cls, described: Mapping[str, Any] | None, client_id: str | None) -> Self | None:
        """None without a provider, or when its addresses are none that a page may be told."""
        if described is None or client_id is None:
            return None
        authorization, token = described["authorization_endpoint"], described["token_endpoint"]
        at = urlsplit(token)
        origin = f"{at.scheme}://{at.netloc}"
        if not _ORIGIN.fullmatch(origin) or not authorization.startswith(("https://", "http://")):
            return None
        return cls(client_id, authorization, token, origin)

    def declared(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with this way to sign in beside the token of an API client."""
        components = document["components"]
        schemes = {**components["securitySchemes"], SCHEME: self._scheme()}
        return {
            **document,
            "components": {**components, "securitySchemes": schemes},
            "paths": {
                path: {method: _either(one) for method, one in item.items()} for path, item in document["paths"].items()
            },
        }

    def _scheme(self) -> dict[str, Any]:
        flow = {"authorizationUrl": self.authorization, "tokenUrl": self.token, "scopes": _SCOPES}
        return {
            "type": "oauth2",
            "description": "Sign in at your organisation's provider; you act as your own API client, with its role.",
            "x-tokenName": "id_token",
            "flows": {"authorizationCode": flow},
        }


def _either(operation: dict[str, Any]) -> dict[str, Any]:
    if not operation["security"]:
        return operation
    return {**operation, "security": [*operation["security"], {SCHEME: list(ASKED)}]}
