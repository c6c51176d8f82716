"""Signed webhooks (Standard Webhooks 1.0.0): the recipient's own program is told that there is something to do.

The payload is thin: which notification, which act, where to see whom it concerns and to answer. No personal data.
"""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr
from standardwebhooks import Webhook

from app.connectors.connector import Configured, Connector, must_be_https
from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Failed, Outcome, Sent
from app.connectors.outside import Limits, Link, Outside, Unreachable, refused
from app.connectors.secrets import Secret
from app.policy.notifications import Act

SECONDS_TO_ANSWER = 20.0
"""The specification's 15 to 30 s: a receiver stores and answers, and works afterwards."""
PREFIX = "whsec_"


def message_id(notification: UUID) -> str:
    """`webhook-id`: the same for every attempt, so the receiver's key against doing it twice."""
    return f"ntf_{notification}"


def payload(instruction: Instruction) -> bytes:
    """The exact bytes that are signed and sent."""
    told: dict[str, Any] = {
        "notification_id": str(instruction.id),
        "case_number": instruction.case_number,
        "recipient": instruction.recipient,
        "act": instruction.act.value,
        "purposes": list(instruction.purposes),
        "channels": list(instruction.channels),
        "answer_by": instruction.due_on.isoformat(),
        "link": instruction.acknowledge_url,
    }
    at = instruction.queued_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    event = {"type": f"data_subject.{instruction.act.value}", "timestamp": at, "data": told}
    return json.dumps(event, separators=(",", ":")).encode()


def signed(keys: list[SecretStr], identifier: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt, signed with each key: during a rotation the receiver may hold either.

    In UTC, because the library takes the digits of any time for UTC.
    """
    at = at.astimezone(UTC).replace(microsecond=0)
    signatures = [Webhook(key.get_secret_value()).sign(identifier, at, body.decode()) for key in keys]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@dataclass(frozen=True, slots=True)
class ByWebhook(Connector):
    """Tells the recipient's program, which then answers behind the link."""

    link: Link
    keys: list[SecretStr]

    @property
    def carries_personal_data(self) -> bool:
        """The payload is thin: who it is about is seen on the page behind the link."""
        return False

    @property
    def capabilities(self) -> frozenset[Act]:
        """Everything can be told this way."""
        return frozenset(Act)

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """A webhook asks nothing."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """Post it; any 2xx means that it has been taken in, not that it has been done."""
        body = payload(instruction)
        headers = signed(self.keys, message_id(instruction.id), self.link.outside.clock(), body)
        try:
            answer = await self.link.call(
                "POST",
                "",
                content=body,
                headers={**headers, "content-type": "application/json"},
                timeout=SECONDS_TO_ANSWER,
            )
        except Unreachable as error:
            return error.outcome
        if answer.is_success:
            return Sent(reference=message_id(instruction.id))
        return Failed("endpoint_gone") if answer.status_code == 410 else refused(answer)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only the recipient answers."""
        return Sent(reference=message_id(instruction.id))


def _address(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be https://HOST/PATH, without a user name or a fragment")
    return given


def _strong(secret: SecretStr) -> SecretStr:
    """The specification's 24 to 64 bytes; an empty key would sign what anybody can sign."""
    given = secret.get_secret_value()
    try:
        key = b64decode(given.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not given.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"must be {PREFIX} and the base64 of 24 to 64 random bytes")
    return secret


Key = Annotated[Secret, AfterValidator(_strong)]


class WebhookConfig(Configured):
    """`kind: webhook`. `previous_secret` signs beside `secret` until the receiver has changed over."""

    kind: Literal["webhook"]
    url: Annotated[str, AfterValidator(_address)]
    secret: Key
    previous_secret: Key | None = None
    at_once: Annotated[int, Field(ge=1, le=32)] = 4
    per_second: Annotated[float, Field(gt=0)] | None = None

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """Over TLS, unless this is a trial on one machine."""
        must_be_https(recipient, self.url, outside)
        keys = [self.secret, *([self.previous_secret] if self.previous_secret else [])]
        return ByWebhook(Link(outside, self.url, Limits(self.at_once, self.per_second)), keys)
