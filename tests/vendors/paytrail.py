"""A fake Paytrail: payments of one merchant, HMAC on both sides, nonces that are taken once, reports that come later.

The merchant is Paytrail's published test merchant. `POST /control/report/{request id}` sends a report asked for before.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.vendors.serving import Troubled, Troubles

MERCHANT, SECRET = "375917", "SAIPPUAKAUPPIAS"
PAID, OTHERS = "681538c4-fc84-11e9-83bc-2ffcef4c3453", "4b300af6-9a22-11e8-9184-abb6de7fd2d0"


def _payer(reference: str, first: str, last: str, town: str) -> dict[str, Any]:
    who = {"firstname": first, "familyname": last, "payerName": f"{last}{first}".upper(), "postoffice": town}
    where = {"address": "Hämeenkatu 1", "postcode": "33100", "country": "Finland"}
    about = {
        "entryDate": "02-03-2026",
        "amount": 15.25,
        "status": "Paid",
        "paymentMethod": "OP",
        "stamp": f"s-{reference}",
    }
    return {**about, **who, **where, "reference": reference, "paymentMethodFee": 0.12, "settlementId": 1}


@dataclass
class Paytrail:
    """Payments by transaction id, and who paid them, which only a report tells."""

    secret: str = SECRET
    signs_wrongly: bool = False
    payments: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            PAID: {"status": "ok", "reference": "1001", "provider": "osuuspankki"},
            OTHERS: {"status": "ok", "reference": "1002", "provider": "nordea"},
        }
    )
    payers: list[dict[str, Any]] = field(
        default_factory=lambda: [
            _payer("1001", "Maija", "Meikäläinen", "Tampere"),
            _payer("1002", "Aino", "Esimerkki", "Helsinki"),
        ]
    )
    nonces: set[str] = field(default_factory=set)
    asked: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sign(self, members: Mapping[str, str], body: bytes) -> str:
        """Written apart from the connector's, from the documentation."""
        names = sorted(name for name in members if name.startswith("checkout-"))
        content = b"".join(f"{name}:{members[name]}\n".encode() for name in names) + body
        digest = hashlib.sha512 if members["checkout-algorithm"] == "sha512" else hashlib.sha256
        return hmac.new(self.secret.encode(), content, digest).hexdigest()

    def signed(self, told: Any, status: int = 200) -> Response:
        """An answer, signed as requests are."""
        body = json.dumps(told).encode()
        return Response(body, status, self.headers(body), "application/json; charset=utf-8")

    def headers(self, body: bytes) -> dict[str, str]:
        """Of an answer or a report."""
        sent = {"checkout-account": MERCHANT, "checkout-algorithm": "sha256", "checkout-nonce": str(uuid4())}
        signature = "0" * 64 if self.signs_wrongly else self.sign(sent, body)
        return {**sent, "request-id": str(uuid4()), "signature": signature}

    def refuse(self, status: int, message: str, *meta: str) -> Response:
        """The error format."""
        return self.signed({"status": "error", "message": message, "meta": list(meta)}, status)

    async def answer(self, request: Request) -> Response:
        """Whatever is asked, by whom is looked at first."""
        body, sent = await request.body(), dict(request.headers)
        self.asked.append((f"{request.method} {request.url.path}", sent, json.loads(body) if body else None))
        if sent.get("checkout-account") != MERCHANT or not sent.get("signature"):
            return self.refuse(401, "Unknown merchant")
        if not hmac.compare_digest(self.sign(sent, body), sent["signature"]):
            return self.refuse(401, "Signature mismatch")
        if sent["checkout-method"] != request.method or sent["checkout-nonce"] in self.nonces:
            return self.refuse(400, "Invalid headers", "checkout-nonce")
        self.nonces.add(sent["checkout-nonce"])
        return self.take_report(json.loads(body)) if request.method == "POST" else self.payment(request)

    def payment(self, request: Request) -> Response:
        """Names nobody."""
        key = request.path_params["key"]
        if request.headers.get("checkout-transaction-id") != key:
            return self.refuse(400, "Invalid headers", "checkout-transaction-id")
        if key not in self.payments:
            return self.refuse(404, "Transaction not found")
        rest = {
            "transactionId": key,
            "amount": 1525,
            "currency": "EUR",
            "stamp": "s",
            "createdAt": "2026-03-02T09:13:00",
        }
        return self.signed({**rest, **self.payments[key]})

    def take_report(self, asked: dict[str, Any]) -> Response:
        """It comes later."""
        if not asked.get("callbackUrl", "").startswith("https://"):
            return self.refuse(400, "Invalid payload", "instance.callbackUrl must use HTTPS")
        key = str(uuid4())
        self.reports[key] = asked
        return self.signed({"requestId": key})

    def report(self, key: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a report: everybody's payments, with the fields that were asked for."""
        wanted = self.reports[key].get("reportFields")
        rows = [{name: one[name] for name in one if wanted is None or name in wanted} for one in self.payers]
        body = json.dumps(rows).encode()
        return body, self.headers(body)

    async def control(self, request: Request) -> Response:
        """Send a report."""
        body, headers = self.report(request.path_params["key"])
        async with httpx.AsyncClient() as client:
            url = self.reports[request.path_params["key"]]["callbackUrl"]
            await client.post(url, content=body, headers={**headers, "content-type": "application/json"})
        return Response(status_code=204)


def create_app(paytrail: Paytrail | None = None, troubles: Troubles | None = None) -> ASGIApp:
    """The service."""
    one = paytrail or Paytrail()
    routes = [
        Route("/payments/report", one.answer, methods=["POST"]),
        Route("/payments/{key}", one.answer),
        Route("/control/report/{key}", one.control, methods=["POST"]),
    ]
    return Troubled(Starlette(routes=routes), troubles or Troubles())
