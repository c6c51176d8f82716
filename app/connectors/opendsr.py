"""Processors that speak OpenDSR 2.0: erasures go by machine, with a signed receipt; every other act is a human's task.

The protocol knows access, portability and erasure, and no way to say "refused": what it cannot carry is not pretended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

import httpx
from cryptography import x509
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.connectors.connector import Configured, Connector, ConnectorsInvalid, must_be_https
from app.connectors.instruction import Instruction, Subject
from app.connectors.opendsr_messages import (
    Identity,
    IdentityType,
    Status,
    erasure_request,
    instant,
    request_id,
    status_in,
)
from app.connectors.opendsr_signature import (
    LONGEST_CERTIFICATE,
    SignatureRefused,
    domain_of,
    must_be_signed,
    public_roots,
    signature_of,
    trusted_certificate,
)
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.outside import Limits, Link, Outside, Unreachable, document, refused
from app.connectors.secrets import Secret
from app.policy.notifications import Act

BY_HAND = Sent(task="tell_recipient")
FRESH = timedelta(days=1)
"""How long a certificate is believed before it is fetched again."""
SOONEST, LATEST = timedelta(hours=1), timedelta(days=1)
"""Between looks at a request that is not done yet."""


@dataclass(slots=True)
class OpenDsr(Connector):
    """One processor; knows its certificate for a day."""

    config: "OpenDsrConfig"
    link: Link
    roots: tuple[x509.Certificate, ...]
    _leaf: x509.Certificate | None = field(default=None, init=False)
    _fetched_at: datetime | None = field(default=None, init=False)

    @property
    def capabilities(self) -> frozenset[Act]:
        """The one act that the protocol can carry."""
        return frozenset({Act.ERASURE})

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """The protocol has no search."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """Ask for the erasure; a request that is there already is the same request."""
        identities = self._identities(instruction.subject)
        if instruction.act is not Act.ERASURE or not identities:
            return BY_HAND
        body = erasure_request(instruction, identities, keyed=self.config.identities_as == "object")
        headers = {"content-type": "application/json"}
        try:
            answer = await self.link.call("POST", self.config.collection, content=body, headers=headers)
            if answer.status_code in {400, 409}:  # a processor says neither which of them a repeated request gets
                known = await self._look(instruction)
                return refused(answer) if isinstance(known, Failed) else known
            if not answer.is_success:
                return refused(answer)
            receipt = await self._signed(answer)
        except Unreachable as error:
            return error.outcome
        return self._waiting(instruction, instant(receipt.get("expected_completion_time")))

    async def verify(self, instruction: Instruction) -> Outcome:
        """Look at the request's status; what a human was to tell has no reference."""
        if instruction.reference is None:
            return BY_HAND
        try:
            return await self._look(instruction)
        except Unreachable as error:
            return error.outcome

    def outcome_of(self, instruction: Instruction, status: Status) -> Outcome:
        """What a status means, whether it was asked for or came by callback."""
        if status.subject_request_id != request_id(instruction.id):
            return Failed("another_request")
        if status.status == "completed":
            return Verified(reference=status.subject_request_id)
        if status.status == "cancelled":
            return Failed("cancelled_there")
        return self._waiting(instruction, status.expected_at)

    async def must_have_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `SignatureRefused` unless this processor signed the body; `Unreachable` without its certificate."""
        if domain_of(headers) != self.config.domain:
            raise SignatureRefused("domain_unknown")
        leaf = await self._certificate(again=not self._is_fresh())
        try:
            must_be_signed(leaf.public_key(), signature_of(headers), body)
        except SignatureRefused:
            if self._fetched_lately():
                raise
            leaf = await self._certificate(again=True)  # the processor may have changed its key since
            must_be_signed(leaf.public_key(), signature_of(headers), body)

    async def _look(self, instruction: Instruction) -> Outcome:
        answer = await self.link.call("GET", f"{self.config.collection}/{quote(request_id(instruction.id))}")
        if not answer.is_success:
            return Failed("unknown_there") if answer.status_code == 404 else refused(answer)
        status = status_in(await self._signed(answer))
        return Later("answer_unreadable") if status is None else self.outcome_of(instruction, status)

    async def _signed(self, answer: httpx.Response) -> dict[str, Any]:
        """What a processor's answer says, once it is known to be the processor's."""
        if self.config.require_signatures:
            try:
                await self.must_have_signed(answer.headers, answer.content)
            except SignatureRefused as error:
                raise Unreachable(Later(error.code)) from None
        return document(answer)

    def _waiting(self, instruction: Instruction, expected_at: datetime | None) -> Sent:
        left = LATEST if expected_at is None else expected_at - self.link.outside.clock()
        return Sent(reference=request_id(instruction.id), look_after=max(SOONEST, min(left, LATEST)))

    def _identities(self, subject: Subject) -> list[Identity]:
        known: dict[IdentityType, str | None] = {
            "email": subject.email,
            "controller_customer_id": subject.references.get(self.config.customer_id_system or ""),
        }
        return [
            Identity.of(kind, value, self.config.format) for kind in self.config.identities if (value := known[kind])
        ]

    def _is_fresh(self) -> bool:
        now, at = self.link.outside.clock(), self._fetched_at
        return self._leaf is not None and at is not None and now < min(at + FRESH, self._leaf.not_valid_after_utc)

    def _fetched_lately(self) -> bool:
        """Forged signatures must not make us fetch without end."""
        return self._fetched_at is not None and self.link.outside.clock() < self._fetched_at + timedelta(minutes=5)

    async def _certificate(self, *, again: bool) -> x509.Certificate:
        if self._leaf is None or again:
            now = self.link.outside.clock()
            pem = await self._fetch_certificate()
            self._leaf = trusted_certificate(pem, self.config.domain, self.roots, now)
            self._fetched_at = now
        return self._leaf

    async def _fetch_certificate(self) -> bytes:
        """From where discovery says, which must be the processor's own domain."""
        told = document(await self.link.call("GET", "/discovery"))
        url = told.get("processor_certificate")
        if not isinstance(url, str) or not self.config.owns(url, private=self.link.outside.may_reach_private):
            raise SignatureRefused("certificate_invalid")
        answer = await Link(self.link.outside, url, self.link.limits).call("GET", "")
        if not answer.is_success or len(answer.content) > LONGEST_CERTIFICATE:
            raise SignatureRefused("certificate_invalid")
        return answer.content


def _https_or_http(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be https://HOST/v2, without a user name, query or fragment")
    return given


Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)]


class OpenDsrConfig(Configured):
    """`kind: opendsr`. `domain` is the one whose signatures are believed; `customer_id_system` whose reference goes out
    as `controller_customer_id`. `collection` and `identities_as` are for dialects."""

    kind: Literal["opendsr"]
    base_url: Annotated[str, AfterValidator(_https_or_http)]
    domain: Domain
    identities: Annotated[tuple[IdentityType, ...], Field(min_length=1)] = ("email",)
    format: Literal["raw", "sha256"] = "raw"
    customer_id_system: str | None = None
    collection: Annotated[str, StringConstraints(pattern=r"^/[a-z_/-]+$")] = "/requests"
    identities_as: Literal["array", "object"] = "array"
    require_signatures: bool = True
    ca_file: Path | None = None
    username: str | None = None
    password: Secret | None = None
    bearer: Secret | None = None
    at_once: Annotated[int, Field(ge=1, le=32)] = 4
    per_second: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.username is None) != (self.password is None) or (self.bearer and self.username):
            raise ValueError("give username and password, or bearer, or neither")
        if "controller_customer_id" in self.identities and self.customer_id_system is None:
            raise ValueError("controller_customer_id needs customer_id_system")
        return self

    def owns(self, url: str, *, private: bool) -> bool:
        """Whether an address is the processor's own, over TLS; a trial on one machine has neither."""
        parts = urlsplit(url)
        return private or (parts.scheme == "https" and parts.hostname == self.domain)

    def connect(self, recipient: str, outside: Outside) -> OpenDsr:
        """Over TLS, unless this is a trial on one machine."""
        must_be_https(recipient, self.base_url, outside)
        auth = (self.username, self.password.get_secret_value()) if self.username and self.password else None
        headers = {"authorization": f"Bearer {self.bearer.get_secret_value()}"} if self.bearer else {}
        link = Link(outside, self.base_url, Limits(self.at_once, self.per_second), auth, headers)
        return OpenDsr(self, link, self._roots(recipient))

    def _roots(self, recipient: str) -> tuple[x509.Certificate, ...]:
        if self.ca_file is None:
            return public_roots()
        try:
            return tuple(x509.load_pem_x509_certificates(self.ca_file.read_bytes()))
        except (OSError, ValueError):
            raise ConnectorsInvalid(f"{recipient}: ca_file holds no certificates that can be read") from None
