"""A fake Klarna: orders that are known by id only, shipping addresses that change while the order allows, tokens.

Its only merchant is `K123456_trial` with the password `trial`.
"""

from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.vendors.serving import Troubled, Troubles

USERNAME, PASSWORD = "K123456_trial", "trial"
OPEN, SENT, PRESENT = (f"f3392f8b-6116-4073-ab96-e330819e2c0{last}" for last in "789")
OLD = {
    "given_name": "Maija",
    "family_name": "Meikäläinen",
    "email": "maija@example.fi",
    "phone": "+358401234567",
    "street_address": "Hämeenkatu 1",
    "street_address2": "A 5",
    "postal_code": "33100",
    "city": "TAMPERE",
    "country": "FI",
}
ELSEWHERE = {**OLD, "given_name": "Aino", "street_address": "Torikatu 9", "postal_code": "80100", "city": "Joensuu"}


def _order(status: str, shipping: dict[str, str]) -> dict[str, Any]:
    return {
        "status": status,
        "billing_address": dict(OLD),
        "shipping_address": dict(shipping),
        "fraud_status": "ACCEPTED",
    }


@dataclass
class Klarna:
    """One open order, one that was sent, one that went to somebody else as a present."""

    orders: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            OPEN: _order("AUTHORIZED", OLD),
            SENT: _order("CAPTURED", OLD),
            PRESENT: _order("AUTHORIZED", ELSEWHERE),
        }
    )
    tokens: dict[str, str] = field(default_factory=lambda: {"tok-1": "ACTIVE"})
    keys: set[str] = field(default_factory=set)
    patched: list[tuple[str, Any]] = field(default_factory=list)

    def refuse(self, status: int, code: str, message: str) -> Response:
        """The error format."""
        return JSONResponse({"error_code": code, "error_messages": [message], "correlation_id": str(uuid4())}, status)

    async def order(self, request: Request) -> Response:
        """Read one."""
        found = self.orders.get(request.path_params["key"])
        if not self._knows(request) or found is None:
            return self._stranger(request) or self.refuse(404, "NO_SUCH_ORDER", "No such order")
        return JSONResponse({"order_id": request.path_params["key"], **found})

    async def details(self, request: Request) -> Response:
        """Change where it goes; a repeated key is not even read, as only the key is compared."""
        found = self.orders.get(request.path_params["key"])
        if not self._knows(request) or found is None:
            return self._stranger(request) or self.refuse(404, "NO_SUCH_ORDER", "No such order")
        body, key = await request.json(), request.headers.get("klarna-idempotency-key")
        self.patched.append((request.path_params["key"], body))
        if found["status"] not in {"AUTHORIZED", "PART_CAPTURED"}:
            return self.refuse(403, "NOT_ALLOWED", "Update customer details not allowed.")
        if key not in self.keys:
            found["shipping_address"] = body["shipping_address"]
        self.keys |= {key} if key else set()
        return Response(status_code=204)

    async def token(self, request: Request) -> Response:
        """Stop a customer's recurring payments."""
        key = request.path_params["key"]
        if not self._knows(request) or key not in self.tokens:
            return self._stranger(request) or self.refuse(404, "NOT_FOUND", "Token not found")
        body = await request.json()
        self.patched.append((key, body))
        self.tokens[key] = body["status"]
        return Response(status_code=202)

    def _knows(self, request: Request) -> bool:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return kind == "Basic" and b64decode(given).decode() == f"{USERNAME}:{PASSWORD}"

    def _stranger(self, request: Request) -> Response | None:
        return None if self._knows(request) else Response(status_code=401)


def create_app(klarna: Klarna | None = None, troubles: Troubles | None = None) -> ASGIApp:
    """The API."""
    one = klarna or Klarna()
    routes = [
        Route("/ordermanagement/v1/orders/{key}", one.order),
        Route("/ordermanagement/v1/orders/{key}/customer-details", one.details, methods=["PATCH"]),
        Route("/customer-token/v1/tokens/{key}/status", one.token, methods=["PATCH"]),
    ]
    return Troubled(Starlette(routes=routes), troubles or Troubles())
