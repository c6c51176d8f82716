"""The record of processing activities as it is kept for the supervisory authority (Art. 30(1), (3), (4))."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from app.notice.activities import Activity, activities
from app.notice.composing_purposes import items
from app.notice.document import Block, Heading, Line, Lines, Notice, Paragraph, Section
from app.notice.practice import practice_of
from app.notice.schemas_record import ActivityOut, RecordControllerOut, RecordOut
from app.notice.speech import Speech, languages_of, words
from app.register.versions import Register

COLUMNS = ("purpose", "basis", "interests", "persons", "categories", "recipients", "transfers", "limits")


def speech_of(connection: Connection, register: Register, at: datetime, language: str | None) -> Speech:
    """What the record is written with, in the language asked for if there are words in it."""
    spoken = languages_of(register.definition)
    chosen = language if language in spoken else spoken[0]
    return Speech(register.definition, practice_of(connection, register.definition, at), frozenset(), words(chosen))


def record(connection: Connection, register: Register, at: datetime, language: str | None) -> RecordOut:
    """The record as of now."""
    c = speech_of(connection, register, at, language)
    definition, place = c.definition, c.definition.request_address
    officer = definition.dpo.name if definition.dpo.status == "appointed" else None
    return RecordOut(
        as_of=c.practice.today,
        language=c.language,
        register_version=register.version,
        controller=RecordControllerOut(
            name=definition.controller.legal_name,
            business_id=definition.controller.business_id,
            address=f"{place.street}, {place.postal_code} {place.city}, {place.country}",
            phone=definition.request_phone.display,
            email=definition.request_email,
            contact=definition.contact.person_in_charge,
            data_protection_officer=officer,
        ),
        security=security(c),
        activities=[ActivityOut.model_validate(asdict(one)) for one in activities(c)],
    )


def security(c: Speech) -> list[str]:
    """Art. 30(1)(g): what this service does, and what the controller says beyond it."""
    own = c.definition.notice.security
    return [c.words("security.service"), *([c.say(own)] if own is not None else [])]


def table(connection: Connection, register: Register, at: datetime, language: str | None) -> bytes:
    """The activities as CSV (RFC 4180, UTF-8), a row each, lists within a cell one to a line."""
    c = speech_of(connection, register, at, language)
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow([c.words(f"record.columns.{name}") for name in COLUMNS])
    for one in activities(c):
        writer.writerow(["\n".join(lines) for lines in _cells(c, one).values()])
    return kept.getvalue().encode()


def document(connection: Connection, register: Register, at: datetime, language: str | None) -> Notice:
    """The record as sections, for its page and its PDF."""
    c = speech_of(connection, register, at, language)
    dated = f"{c.words('record.as_of')} {c.words.day(c.practice.today)}"
    version = f"{c.words('record.register_version')} {register.version}"
    return Notice(
        language=c.language,
        title=c.words("record.title"),
        controller=c.definition.controller.legal_name,
        lead=(f"{c.words('record.law')} · {dated} · {version}",),
        sections=(
            Section("controller", c.words("record.controller"), tuple(_controller(c))),
            *(Section(one.code, one.purpose, tuple(_activity(c, one))) for one in activities(c)),
            Section("security", c.words("record.security"), tuple(Paragraph(text) for text in security(c))),
        ),
    )


def _controller(c: Speech) -> Iterator[Block]:
    definition, place = c.definition, c.definition.request_address
    known = [definition.controller.legal_name, definition.controller.business_id, place.street]
    lines = [*known, f"{place.postal_code} {place.city}", definition.request_phone.display, definition.request_email]
    yield Lines(tuple(Line(text) for text in lines if text))
    yield Heading(c.words("controller.contact"))
    yield Paragraph(definition.contact.person_in_charge)
    yield Heading(c.words("record.officer"))
    appointed = definition.dpo.status == "appointed" and definition.dpo.name
    yield Paragraph(appointed or c.words("record.no_officer"))


def _activity(c: Speech, one: Activity) -> Iterator[Block]:
    for name, lines in _cells(c, one).items():
        if name != "purpose" and lines:
            yield Heading(c.words(f"record.columns.{name}"))
            yield Paragraph(lines[0]) if len(lines) == 1 else items(lines)


def _cells(c: Speech, one: Activity) -> dict[str, list[str]]:
    """What stands under each of `COLUMNS`."""
    return {
        "purpose": [one.purpose],
        "basis": [f"{one.basis_text} ({c.words.cited('GDPR', f'Art. {one.basis}')})"],
        "interests": [one.interests] if one.interests else [],
        "persons": [*one.persons],
        "categories": [*one.categories],
        "recipients": [f"{r.name}: {r.role}, {r.country}" for r in one.recipients] or [c.words("record.nobody")],
        "transfers": [f"{t.recipient}: {t.country}, {t.ground}" for t in one.transfers],
        "limits": [f"{limit.data}: {limit.period} ({limit.law})" for limit in one.limits],
    }
