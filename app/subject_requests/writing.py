"""Letters of a request: in the person's language, without their name; it joins on the page and the document."""

from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.letters import repository as stored_letters
from app.letters import service as letters
from app.letters.addressee import Addressee, of_row
from app.letters.facts import Facts
from app.register.operation import Operation
from app.subject_requests import envelopes, repository

Whom: TypeAlias = tuple[Addressee | None, str | None]
"""Whom a letter goes to, and their language."""


def write_letter(
    connection: Connection, op: Operation, request: Row[Any], facts: Facts, known: Whom | None = None
) -> Row[Any]:
    """Issue a letter in this transaction and append it to the timeline; the caller audits what it is for.

    Raises `LetterIncomplete` when it lacks what the law demands of its kind.
    """
    person, language = known or whom(connection, op, request)
    letter = letters.issue(
        connection,
        op,
        facts,
        case_number=request.case_number,
        request_id=request.id,
        customer_id=request.customer_id,
        language=language,
        person=person,
    )
    note(connection, op, request, "letter_issued", letter)
    return letter


def note(connection: Connection, op: Operation, request: Row[Any], kind: str, letter: Row[Any]) -> None:
    """Append what became of a letter to the timeline, in the state in which the request is."""
    stored = repository.request(connection, request.id)
    assert stored is not None  # noqa: S101 (the caller has it)
    event = {"request_id": request.id, "at": op.at, "kind": kind, "state": stored.state, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": {"number": letter.number, "kind": letter.kind}})


def left(connection: Connection, op: Operation, row: Row[Any], letter: Row[Any], sent_on: date, means: str) -> bool:
    """Record that a letter has left; False when that is recorded already."""
    delivery = {"letter_id": letter.id, "sent_on": sent_on, "means": means}
    recorded = stored_letters.add_delivery(connection, {**delivery, "recorded_at": op.at, "recorded_by": op.actor.id})
    if recorded:
        note(connection, op, row, "letter_sent", letter)
    return recorded


def whom(connection: Connection, op: Operation, request: Row[Any]) -> Whom:
    """Whom the request's letters go to, and their language: from the living record, the envelope, or the claim.

    Nobody once the person is erased and the envelope's key destroyed: then nothing can be joined any more.
    """
    customer = customers.by_id(connection, request.customer_id, None) if request.customer_id else None
    if customer is not None and customer.erased_at is None:
        return of_row(customer), customer.language
    sealed = envelopes.opened(connection, op.keys, request.id)
    if sealed is not None:
        return sealed_person(sealed)
    if request.claimed_identity is not None:
        return _claimed(request.claimed_identity), None
    return None, None


def sealed_person(content: dict[str, Any]) -> Whom:
    """Whom the content of an envelope is about."""
    return _sealed(content), content.get("language")


def _sealed(content: dict[str, Any]) -> Addressee:
    """The postal address is one line there: street, postal code and city, country."""
    parts = (content.get("address") or "").rsplit(", ", 2)
    street, place, country = parts if len(parts) == 3 else (None, None, None)
    return Addressee(content.get("name"), street, None, place, country, content.get("email"), content.get("phone"))


def _claimed(content: dict[str, Any]) -> Addressee:
    named = {name: content.get(name) for name in ("name", "email", "phone")}
    return Addressee(**named, **(content.get("address") or {}))
