"""Letters to the people affected, one each: issued, and recorded as sent, which is how people are told (Art. 34)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.breaches import repository, repository_people
from app.breaches.errors import NoCommunication, invalid
from app.breaches.judging import PERSONS, content_of
from app.breaches.reporting import changed, find_open, note
from app.breaches.schemas import LettersIn, LettersSentIn
from app.breaches.schemas_out import BreachOut, LettersOut
from app.letters import repository as stored
from app.letters import service as letters
from app.letters.addressee import Addressee
from app.letters.errors import LetterDelivered
from app.letters.facts import BreachNotice
from app.letters.words import LANGUAGES
from app.policy.letters import LetterKind
from app.register.operation import Operation

NOBODY = Addressee()
"""The words were written for everybody, so nobody's name is looked for in them: many a surname is a common word."""
_KIND = LetterKind.BREACH_NOTICE.value


def issue(connection: Connection, op: Operation, name: str, sent: LettersIn) -> LettersOut:
    """Issue a letter to each, all or none; whoever has one in the newest words gets no second one.

    Raises `NoCommunication` while no words are written, `BreachInvalid` for somebody who is not listed.
    """
    op.actor.must_be_person()
    row = find_open(connection, name)
    newest = _newest_words(connection, row.id)
    listed = _listed(connection, row.id, sent.subject_keys)
    languages = repository_people.readers(connection, {one for one in listed.values() if one is not None})
    had = _had(connection, row, languages)
    numbers, keys, without = [], [], []
    for key, customer_id in listed.items():
        if customer_id is None or customer_id not in languages:
            without.append(key)
            continue
        words = _words_for(op, newest, languages[customer_id])
        if (customer_id, str(words.id)) not in had:
            numbers.append(_write(connection, op, row, words, customer_id))
            keys.append(key)
    event_id = _noted(connection, op, row.id, numbers, without)
    op.audit(connection, "issue_letters", "breach", row.id, details={"letters": len(numbers)}, subjects=keys)
    return _out(connection, event_id)


def reread(connection: Connection, op: Operation, event_id: UUID) -> LettersOut:
    """What was issued, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "breach", repository.event(connection, event_id).breach_id)
    return _out(connection, event_id)


def deliver(connection: Connection, op: Operation, name: str, sent: LettersSentIn) -> BreachOut:
    """Record that letters have left, all or none; the people they went to have been told, in the letters' words.

    Whoever was erased after the letter was issued is linked to nobody, and their state is recorded by subject key.
    """
    op.actor.must_be_person()
    row = find_open(connection, name)
    left = _undelivered(connection, op, row, sent)
    recorded = {"means": sent.channel, "recorded_at": op.at, "recorded_by": op.actor.id}
    sent_on = sent.at.astimezone(op.definition.zone).date()
    stored.add_deliveries(connection, [{"letter_id": one.id, "sent_on": sent_on, **recorded} for one in left])
    keys = repository_people.keys_by_customer(connection, row.id, {one.customer_id for one in left})
    for words, told in _by_words(left, keys).items():
        values = {"state": "told", "told_at": sent.at, "channel": sent.channel, "notice_id": words, "reason": None}
        repository_people.mark(connection, row.id, told, values)
    note(connection, op, row.id, "letters_sent", letters=len(left), people=len(keys))
    told_so = {"outcome": "told", "letters": len(left)}
    op.audit(connection, "tell", "breach", row.id, details=told_so, subjects=sorted(keys.values()))
    return changed(connection, op, row.id)


def _newest_words(connection: Connection, breach_id: UUID) -> dict[str, Row[Any]]:
    """The newest words for people in each language in which there are any."""
    written = {one.language: one for one in repository.notices(connection, breach_id) if one.audience == PERSONS}
    if not written:
        raise NoCommunication
    return written


def _listed(connection: Connection, breach_id: UUID, keys: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """The customer behind each key, in the order in which the caller names them."""
    links = repository_people.links(connection, breach_id, set(keys))
    for n, key in enumerate(keys):
        if key not in links:
            raise invalid(f"#/subject_keys/{n}", "names somebody who is not listed")
    return {key: links[key] for key in keys}


def _had(connection: Connection, row: Row[Any], people: Mapping[UUID, Any]) -> set[tuple[UUID, str]]:
    """Who has a letter in which words; one whose content a restore has lost counts as none."""
    issued = stored.of_people(connection, _KIND, row.number, people.keys())
    return {(one.customer_id, one.content["facts"]["communication"]) for one in issued if one.content is not None}


def _words_for(op: Operation, newest: Mapping[str, Row[Any]], language: str | None) -> Row[Any]:
    """In the person's language; else in the first of the definition's in which they are written, else in any."""
    tried = (language, *op.definition.languages, *LANGUAGES)
    return next(newest[code] for code in tried if code is not None and code in newest)


def _write(connection: Connection, op: Operation, row: Row[Any], words: Row[Any], customer_id: UUID) -> str:
    found_on = row.aware_at.astimezone(op.definition.zone).date()
    said = content_of(words)
    facts = BreachNotice(
        communication=words.id,
        found_on=found_on,
        nature=said.nature or "",
        consequences=said.consequences or "",
        measures=said.measures or "",
        contact=said.contact or "",
        advice=words.advice,
    )
    about = {"case_number": row.number, "request_id": None, "customer_id": customer_id}
    number: str = letters.issue(connection, op, facts, **about, language=words.language, person=NOBODY).number
    return number


def _noted(connection: Connection, op: Operation, breach_id: UUID, numbers: list[str], without: list[UUID]) -> UUID:
    """The timeline's entry: the first and the last number, because numbers given under one lock follow each other."""
    ends = {"first": numbers[0], "last": numbers[-1]} if numbers else {}
    unwritten = [str(key) for key in without]
    event_id = note(connection, op, breach_id, "letters_issued", letters=len(numbers), **ends, without=unwritten)
    repository.change_breach(connection, breach_id, {})
    return event_id


def _out(connection: Connection, event_id: UUID) -> LettersOut:
    event = repository.event(connection, event_id)
    told = event.details
    return LettersOut(
        id=event_id,
        breach=event.number,
        letters=list(_numbers(told["first"], told["letters"])) if told["letters"] else [],
        without=[UUID(key) for key in told["without"]],
    )


def _numbers(first: str, how_many: int) -> Iterator[str]:
    series, year, start = first.split("-")
    return (f"{series}-{year}-{number:06d}" for number in range(int(start), int(start) + how_many))


def _undelivered(connection: Connection, op: Operation, row: Row[Any], sent: LettersSentIn) -> list[Row[Any]]:
    """The letters, which are of this breach, were issued before the instant, and have not left before."""
    known = stored.by_numbers(connection, set(sent.letters))
    for n, number in enumerate(sent.letters):
        letter = known.get(number)
        if letter is None or (letter.kind, letter.case_number) != (_KIND, row.number):
            raise invalid(f"#/letters/{n}", "is no letter of this breach")
        if letter.sent_on is not None:
            raise LetterDelivered(letter=number, sent_on=letter.sent_on.isoformat())
        if not max(letter.issued_at, row.aware_at) <= sent.at <= op.at:
            raise invalid("#/at", "must lie between the issue of each letter and now")
    return sorted(known.values(), key=lambda letter: str(letter.number))


def _by_words(left: Sequence[Row[Any]], keys: Mapping[UUID, UUID]) -> dict[UUID | None, list[UUID]]:
    """Whom to mark as told, by the words that the letter has; of two letters the later counts."""
    words = {one.customer_id: one.content["facts"]["communication"] if one.content else None for one in left}
    told: dict[UUID | None, list[UUID]] = {}
    for customer_id, key in keys.items():
        said = words[customer_id]
        told.setdefault(UUID(said) if said else None, []).append(key)
    return told
