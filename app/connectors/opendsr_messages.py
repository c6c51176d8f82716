"""What OpenDSR 2.0 messages say: written strictly, read leniently, because processors spell states their own way."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from app.connectors.instruction import Instruction

IdentityType = Literal["email", "controller_customer_id"]
STATUSES = frozenset({"pending", "in_progress", "completed", "cancelled"})
_SPELLINGS = {"canceled": "cancelled", "in-progress": "in_progress"}


def request_id(notification: UUID) -> str:
    """`subject_request_id`: lower-case and of version 4, as the protocol asks; the same for every attempt."""
    return str(UUID(bytes=sha256(b"opendsr/" + notification.bytes).digest()[:16], version=4))


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of the person: `identity_type`, its value, `raw` or `sha256`."""

    type: IdentityType
    value: str
    format: Literal["raw", "sha256"]

    @classmethod
    def of(cls, kind: IdentityType, value: str, form: Literal["raw", "sha256"]) -> "Identity":
        """Hashing hides little (it is still personal data), but some processors hold nothing else."""
        if form == "sha256":
            value = sha256((value.strip().lower() if kind == "email" else value).encode()).hexdigest()
        return cls(kind, value, form)


def erasure_request(instruction: Instruction, identities: list[Identity], *, keyed: bool) -> bytes:
    """The body of `POST /requests`; `keyed` identities are mParticle's dialect."""
    body: dict[str, Any] = {
        "regulation": "gdpr",
        "subject_request_id": request_id(instruction.id),
        "subject_request_type": "erasure",
        "submitted_time": instruction.queued_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "api_version": "2.0",
        "subject_identities": _keyed(identities) if keyed else [_listed(one) for one in identities],
    }
    if instruction.callback_url:
        body["status_callback_urls"] = [instruction.callback_url]
    return json.dumps(body, separators=(",", ":")).encode()


def _listed(one: Identity) -> dict[str, str]:
    return {"identity_type": one.type, "identity_value": one.value, "identity_format": one.format}


def _keyed(identities: list[Identity]) -> dict[str, dict[str, str]]:
    return {one.type: {"value": one.value, "encoding": one.format} for one in identities}


@dataclass(frozen=True, slots=True)
class Status:
    """How far the processor says it has come; there is no state for a refusal."""

    subject_request_id: str
    status: str
    expected_at: datetime | None
    callback_url: str | None = None


def status_in(document: Any) -> Status | None:
    """The status in an answer or a callback; None when there is none."""
    if not isinstance(document, dict):
        return None
    said, about = document.get("request_status"), document.get("subject_request_id")
    status = _SPELLINGS.get(said, said) if isinstance(said, str) else None
    if status not in STATUSES or not isinstance(about, str):
        return None
    url = document.get("status_callback_url")
    return Status(
        about, status, instant(document.get("expected_completion_time")), url if isinstance(url, str) else None
    )


def instant(given: Any) -> datetime | None:
    """An RFC 3339 instant; None for what is none."""
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
