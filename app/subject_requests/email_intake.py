"""Take a pasted e-mail as a request: sender, day and text become the case; a human has picked the right.

The sender's address identifies nobody, so the case is linked to nobody; people who may be meant are shown, and a human
picks. Identity codes are masked before anything is stored (Tietosuojalaki 29 §).
"""

import re
import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers.identity import normal_name
from app.pagination import Page, Window
from app.register.operation import Operation
from app.subject_requests import email_text, intake, repository, repository_people
from app.subject_requests.email_text import LONGEST_TEXT, Mail, Unclear
from app.subject_requests.errors import EmailUnclear
from app.subject_requests.handling import audit, find
from app.subject_requests.schemas import ClaimedIdentity, RequestNew
from app.subject_requests.schemas_people import CandidateOut, EmailIn, EmailTakenOut
from app.wire import Line, holds_identity_code

MASK = "[identity code removed]"
MOST_CANDIDATES = 50
_CODE = re.compile(r"(?<!\d)\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![0-9A-Za-z])", re.IGNORECASE)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class EmailRequest(RequestNew):
    """A request whose details are the text of an e-mail, with its lines."""

    details: str | None = None


class _Name(BaseModel):
    name: Line


def read(sent: EmailIn, now: datetime) -> Mail:
    """The e-mail with what was given by hand in its place; raises `EmailUnclear` for what a human must add."""
    try:
        mail = Mail() if sent.raw is None else email_text.read(sent.raw, now)
    except Unclear as unclear:
        if sent.sender is None or sent.received_at is None or sent.text is None:
            _ask(unclear.needed)
        mail = Mail(notes=["source_unreadable"])
    given = {"sender": sent.sender, "received_at": sent.received_at, "text": sent.text}
    if sent.sender is not None:
        mail.sender_name, mail.sender_email = sent.sender.name, sent.sender.email
    mail.received_at = sent.received_at or mail.received_at
    mail.subject = mail.subject if sent.subject is None else sent.subject
    mail.text = mail.text if sent.text is None else sent.text
    missing = {name: why for name, why in mail.unclear.items() if given[name] is None}
    if missing:
        _ask(missing)
    return mail


def _ask(needed: dict[str, str]) -> None:
    raise EmailUnclear(errors=[{"detail": why, "pointer": f"#/{name}"} for name, why in needed.items()])


def take(connection: Connection, op: Operation, sent: EmailIn, mail: Mail) -> EmailTakenOut:
    """Receive the request."""
    subject, masked_subject = seen(mail.subject)
    text, masked_text = seen(mail.text)
    whole = f"{subject}\n\n{text}".strip()
    if len(whole) > LONGEST_TEXT:
        whole = whole[:LONGEST_TEXT]
        mail.notes.append("cut")
    assert mail.received_at is not None  # noqa: S101 (`read` has asked for it)
    new = EmailRequest.model_construct(
        right=sent.right,
        customer=None,
        claimed_identity=_claimed(mail),
        representative=None,
        channel="email",
        received_at=mail.received_at,
        details=whole or None,
        ground=sent.ground,
        purposes=sent.purposes,
        channels=sent.channels,
    )
    made = intake.receive(connection, op, new)
    details = {
        "attachments": mail.attachments,
        "masked": masked_subject + masked_text,
        "notes": sorted(set(mail.notes)),
    }
    event = {"request_id": made.id, "at": op.at, "kind": "taken_from_email", "client_id": op.actor.id}
    repository.add_event(connection, {**event, "state": made.state, "details": details})
    return _out(connection, op, find(connection, str(made.id)))


def reread(connection: Connection, op: Operation, request_id: UUID) -> EmailTakenOut:
    """The same answer, for a repeated Idempotency-Key."""
    row = find(connection, str(request_id))
    audit(connection, op, row, "read")
    return _out(connection, op, row)


def _claimed(mail: Mail) -> ClaimedIdentity:
    """Who it says it is from; a name that cannot be taken gives way to the address."""
    name, _ = seen(mail.sender_name or "")
    try:
        name = _Name(name=name[:200]).name
    except ValidationError:
        name = mail.sender_email or ""
    try:
        return ClaimedIdentity(name=name[:200], email=mail.sender_email)
    except ValidationError:
        raise EmailUnclear(errors=[{"detail": "is no e-mail address we can take", "pointer": "#/sender"}]) from None


def seen(text: str) -> tuple[str, int]:
    """Only what can be seen, in its lines, with identity codes masked; how many those were."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    shown = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    shown = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in shown.split("\n"))).strip()
    if not holds_identity_code(shown):
        return shown, 0
    compatible = unicodedata.normalize("NFKC", shown)
    plain = "".join("-" if unicodedata.category(c) == "Pd" or c == "−" else c for c in compatible)
    masked, count = _CODE.subn(MASK, plain)
    return masked, count


def _out(connection: Connection, op: Operation, row: Row[Any]) -> EmailTakenOut:
    taken = next(e for e in repository.events(connection, row.id) if e.kind == "taken_from_email")
    return EmailTakenOut(
        id=row.id,
        case_number=row.case_number,
        due_on=row.due_on,
        version=row.version,
        attachments_dropped=taken.details["attachments"],
        identity_codes_masked=taken.details["masked"],
        notes=taken.details["notes"],
        candidates=_candidates(connection, op, row),
    )


def _candidates(connection: Connection, op: Operation, row: Row[Any]) -> list[CandidateOut]:
    if row.claimed_identity is None or row.customer_id is not None:
        return []
    claimed = ClaimedIdentity.model_validate(row.claimed_identity)
    held = intake.claimed_addresses(op, claimed)
    found = repository_people.candidates(connection, held, normal_name(claimed.name), MOST_CANDIDATES)
    return [CandidateOut(customer_id=i, shared=shared) for i, shared in sorted(found.items())]


def candidates(connection: Connection, op: Operation, name: str, window: Window) -> Page[CandidateOut]:
    """Who may be meant by the claimed identity of a case that is linked to nobody; a human picks."""
    row = find(connection, name)
    after = UUID(window.after[0]) if window.after else None
    found = [one for one in _candidates(connection, op, row) if after is None or one.customer_id > after]
    page = window.page(found[: window.limit + 1], [(str(one.customer_id),) for one in found[: window.limit + 1]])
    keys = customers.audit_keys(connection, [one.customer_id for one in page.items])
    op.audit(connection, "read_candidates", "subject_request", row.id, subjects=keys)
    return page
