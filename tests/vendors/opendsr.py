"""An OpenDSR 2.0 processor with a certificate of its own: takes erasures, signs what it says, calls back.

`POST /control/advance/{id}?to=completed` moves a request on and calls its callbacks; `/ca.pem` is the authority to
name as `ca_file`. Like real ones it answers a repeated request with 400, and knows nothing but erasures.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.vendors.certificates import Authority, Key, new_key, pem_of
from tests.vendors.serving import Troubled, Troubles

DOMAIN = "opendsr.processor.example"
COMPLETION = timedelta(days=3)


@dataclass
class Processor:
    """Its people are e-mail addresses; `raw_ecdsa` signs with the two numbers side by side."""

    authority: Authority = field(default_factory=Authority.new)
    key: Key = field(default_factory=lambda: new_key("ec"))
    domain: str = DOMAIN
    raw_ecdsa: bool = False
    people: set[str] = field(default_factory=lambda: {"maija@example.fi"})
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    posted: list[Any] = field(default_factory=list)
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=300))
    fetched: int = 0

    def sign(self, body: bytes) -> str:
        """On one line."""
        if not isinstance(self.key, ec.EllipticCurvePrivateKey):
            return b64encode(self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
        der = self.key.sign(body, ec.ECDSA(hashes.SHA256()))
        if self.raw_ecdsa:
            return b64encode(b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(der))).decode()
        return b64encode(der).decode()

    def signed(self, told: Any, status: int = 200) -> Response:
        """An answer with its two headers."""
        body = json.dumps(told, separators=(",", ":")).encode()
        return Response(body, status, self.headers(body), "application/json")

    def headers(self, body: bytes) -> dict[str, str]:
        """What goes with everything that is said but discovery."""
        return {"X-OpenDSR-Processor-Domain": self.domain, "X-OpenDSR-Signature": self.sign(body)}

    def refuse(self, reason: str, status: int = 400) -> Response:
        """The error format, without personal data."""
        error = {"domain": "request", "reason": reason, "message": reason}
        return self.signed({"error": {"code": status, "message": reason, "errors": [error]}}, status)

    def told_of(self, key: str) -> dict[str, Any]:
        """How far a request has come."""
        due = datetime.fromisoformat(self.requests[key]["submitted_time"]) + COMPLETION
        status = {"controller_id": "1402", "expected_completion_time": due.isoformat(), "subject_request_id": key}
        return {**status, "request_status": self.states[key], "results_url": None, "extensions": None}

    def callback(self, key: str, url: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a callback."""
        body = json.dumps({**self.told_of(key), "status_callback_url": url}).encode()
        return body, self.headers(body)

    async def discover(self, request: Request) -> Response:
        """Not signed, because it says where the certificate is."""
        certificate = f"{request.base_url}certificate.pem"
        known = [{"identity_type": "email", "identity_format": "raw"}]
        told = {"api_version": "2.0", "supported_identities": known, "supported_subject_request_types": ["erasure"]}
        return Response(json.dumps({**told, "processor_certificate": certificate}), media_type="application/json")

    async def certificate(self, _: Request) -> Response:
        """The leaf alone, as many servers give it."""
        self.fetched += 1
        return Response(pem_of(self.authority.certify(self.key, self.domain, self.until)), media_type="text/plain")

    async def root(self, _: Request) -> Response:
        """The authority's certificate."""
        return Response(pem_of(self.authority.root), media_type="text/plain")

    async def create(self, request: Request) -> Response:
        """Take a request; a repeated one is refused, as mParticle does."""
        raw = await request.body()
        body = json.loads(raw)
        self.posted.append(body)
        key = body["subject_request_id"]
        if UUID(key).version != 4 or key != key.lower() or body.get("regulation") != "gdpr":
            return self.refuse("malformed")
        if body["subject_request_type"] != "erasure":
            return self.refuse("unsupported")
        if key in self.requests:
            return self.refuse("already exists")
        self.requests[key], self.states[key] = body, "pending"
        received = datetime.now(UTC).isoformat()
        receipt = {**self.told_of(key), "received_time": received, "encoded_request": b64encode(raw).decode()}
        return self.signed(receipt, 201)

    async def status(self, request: Request) -> Response:
        """Or cancel, while it is pending."""
        key = request.path_params["key"]
        if key not in self.requests:
            return self.refuse("not found", 404)
        if request.method == "DELETE":
            if self.states[key] != "pending":
                return self.refuse("not pending")
            self.states[key] = "cancelled"
            return self.signed(self.told_of(key), 202)
        return self.signed(self.told_of(key))

    def advance(self, key: str, to: str) -> None:
        """A completed erasure is an erasure."""
        self.states[key] = to
        if to == "completed":
            self.people -= {one["identity_value"] for one in self.requests[key]["subject_identities"]}

    async def control(self, request: Request) -> Response:
        """Move a request on, and tell whoever asked to be told."""
        key = request.path_params["key"]
        self.advance(key, request.query_params.get("to", "completed"))
        async with httpx.AsyncClient() as client:
            for url in self.requests[key].get("status_callback_urls", []):
                body, headers = self.callback(key, url)
                await client.post(url, content=body, headers={**headers, "content-type": "application/json"})
        return Response(status_code=204)


def create_app(processor: Processor | None = None, troubles: Troubles | None = None) -> ASGIApp:
    """The processor."""
    one = processor or Processor()
    routes = [
        Route("/v2/discovery", one.discover),
        Route("/certificate.pem", one.certificate),
        Route("/ca.pem", one.root),
        Route("/v2/requests", one.create, methods=["POST"]),
        Route("/v2/requests/{key}", one.status, methods=["GET", "DELETE"]),
        Route("/control/advance/{key}", one.control, methods=["POST"]),
    ]
    return Troubled(Starlette(routes=routes), troubles or Troubles())
