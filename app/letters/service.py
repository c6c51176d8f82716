"""Issue letters in the caller's transaction, and read them. Whoever issues audits, with what it was issued for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.db import new_id
from app.letters import repository
from app.letters.addressee import Addressee, nameless, of_record
from app.letters.composing import compose
from app.letters.document import Document, text_of
from app.letters.errors import LetterIncomplete, LetterLost, LetterNotFound
from app.letters.facts import Facts, read
from app.letters.schemas import DeliveryOut, LetterOut, LetterRow
from app.letters.words import LANGUAGES
from app.policy.letters import Lacking, LetterKind, Part, Said, lacking
from app.register.definition import Definition
from app.register.loading import load
from app.register.operation import Operation
from app.register.repository import newest_notice, version

TEMPLATE_VERSION = 1
NO_NOTICE = 0
"""What a letter pins that was issued before the first notice was published."""
_WITHOUT_REMEDIES = frozenset(
    {
        LetterKind.ACKNOWLEDGEMENT,
        LetterKind.IDENTITY_REQUEST,
        LetterKind.MARKETING_BAN_CONFIRMED,
        LetterKind.BREACH_NOTICE,
    }
)
"""Letters that refuse nothing; all others name the complaint and the remedy, as is good practice."""


def issue(
    connection: Connection,
    op: Operation,
    facts: Facts,
    *,
    case_number: str,
    request_id: UUID | None,
    customer_id: UUID | None,
    language: str | None,
    person: Addressee | None = None,
) -> Row[Any]:
    """Store a letter, ready to be delivered; raises `LetterIncomplete` when it lacks what the law demands.

    `person` is whose name and addresses are kept out of its words: the record's, unless somebody else is meant.
    """
    chosen = letter_language(op.definition, language)
    whom = person or of_record(connection, customer_id)
    content = {"facts": nameless(facts.model_dump(mode="json"), whom), "complaint": None, "remedy": None}
    if facts.kind not in _WITHOUT_REMEDIES:
        content |= {"complaint": _complaint(op.definition, chosen), "remedy": _remedy(op.definition)}
    must_be_whole(content)
    letter_id = new_id()
    values = {
        "id": letter_id,
        "number": repository.next_number(connection, op.today.year),
        "kind": facts.kind.value,
        "case_number": case_number,
        "request_id": request_id,
        "customer_id": customer_id,
        "language": chosen,
        "content": content,
        "template_version": TEMPLATE_VERSION,
        "register_version": op.register.version,
        "notice_version": newest_notice(connection) or NO_NOTICE,
        "issued_at": op.at,
        "issued_by": op.actor.id,
    }
    repository.add(connection, values)
    return find(connection, letter_id)


def letter_language(definition: Definition, language: str | None) -> str:
    """The person's language, else the first of the definition's for which there are words."""
    return next((code for code in (language, *definition.languages) if code in LANGUAGES), LANGUAGES[-1])


def _complaint(definition: Definition, language: str) -> dict[str, Any]:
    """Where to complain (Art. 77), as the definition names it."""
    authority = definition.authority
    return {
        "authority": authority.name.text(language, definition.default_language),
        "address": authority.address,
        "phone": authority.phone,
        "email": authority.email,
        "url": str(authority.url),
    }


def _remedy(definition: Definition) -> dict[str, Any]:
    """Where to sue (Art. 79): where the controller is established, or where the person lives."""
    return {"courts": ["establishment", "residence"], "city": definition.controller.address.city}


def must_be_whole(content: Mapping[str, Any]) -> None:
    """Raise `LetterIncomplete`, naming each part that is missing from what would be stored."""
    told = read(content["facts"])
    complaint, remedy = content["complaint"] or {}, content["remedy"] or {}
    contact = [complaint.get(name) for name in ("url", "address", "phone", "email")]
    parts = {
        **told.parts(),
        Part.COMPLAINT: (complaint.get("authority") or "",) if any(contact) else (),
        Part.REMEDY: tuple(remedy.get("courts", ())),
    }
    lacks = lacking(Said(told.kind, parts, tuple(one.judged() for one in told.staying())))
    if lacks:
        raise LetterIncomplete(errors=[_error(one) for one in lacks])


def _error(lacks: Lacking) -> dict[str, str]:
    if lacks.member is None:
        return {"detail": f"the letter does not say: {lacks.part}", "pointer": f"#/{lacks.part}"}
    return {"detail": f"what stays does not say: {lacks.member}", "pointer": f"#/stays/{lacks.number}/{lacks.member}"}


def find(connection: Connection, name: UUID | str) -> Row[Any]:
    """The letter by id or number; raises `LetterNotFound`."""
    row = repository.letter(connection, name)
    if row is None:
        raise LetterNotFound
    return row


def read_letter(connection: Connection, op: Operation, number: str) -> LetterOut:
    """One letter as it was issued."""
    row = find(connection, number)
    audit(connection, op, row, "read")
    return letter_out(connection, op, row)


def audit(connection: Connection, op: Operation, row: Row[Any], action: str) -> None:
    """One audit row that names the letter and whom it concerns."""
    keys = customers.audit_keys(connection, [row.customer_id]) if row.customer_id else []
    op.audit(connection, action, "letter", row.number, next(iter(keys), None), details={"kind": row.kind})


def document_of(connection: Connection, op: Operation, row: Row[Any], person: Addressee | None) -> Document:
    """The letter under the definition that it pins, with whom it goes to; raises `LetterLost`."""
    if row.content is None:
        raise LetterLost
    return compose(row, _pinned(connection, op, row.register_version), person)


def _pinned(connection: Connection, op: Operation, number: int) -> Definition:
    if number == op.register.version:
        return op.definition
    stored = version(connection, number)
    assert stored is not None  # noqa: S101 (versions are never deleted)
    return _parsed(stored.document)


@lru_cache(maxsize=8)
def _parsed(document: str) -> Definition:
    return load(document)


def letter_row(row: Row[Any]) -> LetterRow:
    """A letter in a list."""
    return LetterRow(**_members(row))


def letter_out(connection: Connection, op: Operation, row: Row[Any]) -> LetterOut:
    """The whole letter, nameless; the caller audits."""
    document = document_of(connection, op, row, None) if row.content is not None else None
    named = ("request_id", "customer_id", "template_version", "register_version", "notice_version", "issued_by")
    return LetterOut(
        **_members(row),
        **{name: getattr(row, name) for name in named},
        title=document.title if document else None,
        text=text_of(document) if document else None,
        content=row.content,
    )


def _members(row: Row[Any]) -> dict[str, Any]:
    sent = None
    if row.sent_on is not None:
        sent = DeliveryOut(
            sent_on=row.sent_on, means=row.means, recorded_at=row.recorded_at, recorded_by=row.recorded_by
        )
    named = ("id", "number", "case_number", "language", "issued_at")
    members = {name: getattr(row, name) for name in named}
    return {**members, "kind": LetterKind(row.kind), "state": "delivered" if sent else "ready", "delivery": sent}
