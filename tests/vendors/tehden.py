"""A stateful Tehden: OAuth 2.0 tokens that run out, 15 requests a second with a burst of 30, RPC-style calls.

Paths of the token and names of the calls are as documented; the members of their bodies are the fake's own, because
the company's documentation is for its customers only.
"""

import secrets
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.vendors.serving import Troubled, Troubles

CLIENT, SECRET = "seloste", "tehden-client-secret"
USER, PASSWORD = "api@example.fi", "tehden-password"
Handler = Callable[[Request], Awaitable[Response]]


class Tehden:
    """One company; `app` serves it."""

    def __init__(self) -> None:
        self.customers: dict[int, dict[str, Any]] = {}
        self.troubles = Troubles()
        self.token_lasts: int | None = 3600
        self.grants: list[str] = []
        self.updates: list[dict[str, Any]] = []
        self.refused = 0
        self._tokens: set[str] = set()
        self._left, self._at = 30.0, time.monotonic()
        routes = [
            Route("/oauth/oaclient/token", self._token, methods=["POST"]),
            Route("/company_customer/findCustomer", self._guarded(self._find), methods=["POST"]),
            Route("/company_customer/updateTehdenCustomer", self._guarded(self._update), methods=["POST"]),
        ]
        self.app = Troubled(Starlette(routes=routes), self.troubles)

    def add_customer(self, **members: Any) -> int:
        """A customer of the company."""
        its_id = 900 + len(self.customers)
        self.customers[its_id] = {"id": its_id, "marketing": {"email": True, "sms": True}, "excluded": False, **members}
        return its_id

    def end_tokens(self) -> None:
        """Every token is refused from now on, whatever was promised of it."""
        self._tokens.clear()

    def _allows(self) -> bool:
        now = time.monotonic()
        self._left, self._at = min(30.0, self._left + (now - self._at) * 15), now
        self._left -= 1
        self.refused += self._left < 0
        return self._left >= 0

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        self.grants.append(str(form.get("grant_type")))
        client = (str(form.get("client_id")), str(form.get("client_secret")))
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, word = b64decode(told).decode().partition(":")
            client = (name, word)
        user = (str(form.get("username")), str(form.get("password")))
        if client != (CLIENT, SECRET) or (form.get("grant_type") == "password" and user != (USER, PASSWORD)):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_urlsafe(16)
        self._tokens.add(token)
        lasts = {} if self.token_lasts is None else {"expires_in": self.token_lasts}
        return JSONResponse({"access_token": token, "token_type": "Bearer", **lasts})

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if not self._allows():
                return JSONResponse({"error": "Too many requests"}, 429)
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
                return JSONResponse({"error": "invalid_token"}, 401)
            return await handler(request)

        return guarded

    async def _find(self, request: Request) -> Response:
        criteria = (await request.json()).get("criteria", {})
        found = [one for one in self.customers.values() if all(one.get(k) == v for k, v in criteria.items())]
        return JSONResponse({"result": {"customers": found}})

    async def _update(self, request: Request) -> Response:
        sent = await request.json()
        self.updates.append(sent)
        record = self.customers.get(int(sent["customer_id"]))
        if record is None:
            return JSONResponse({"error": "Unknown customer"}, 400)
        for name, value in sent.get("data", {}).items():
            if isinstance(value, dict):
                record.setdefault(name, {}).update(value)
            elif name in record:
                record[name] = value
        return JSONResponse({"result": {"id": record["id"]}})


def create_app() -> Troubled:
    """A company with one customer, for a trial."""
    made = Tehden()
    made.add_customer(
        name="Aino Esimerkki", email="aino@example.fi", externalsystem_id=7, externalsystemidentifier="c-1"
    )
    return made.app
