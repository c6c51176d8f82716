"""Notices about a breach as facts: what is told to the authority (Art. 33(3)) and to people (Art. 34(2)).

`notice_facts` is the one seam for whoever lays them out, numbers and sends them. It names no person: a letter joins
its addressee at delivery.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row

from app.breaches.errors import NoCommunication
from app.breaches.judging import AUTHORITY, PERSONS, content_of
from app.breaches.words import HEADINGS
from app.policy.breach_facts import Content
from app.policy.breaches import combined, missing_parts
from app.register.definition import Definition

Audience = Literal["authority", "persons"]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph under its heading; `code` says which fact it is."""

    code: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """Everything a notice says, in the language of its reader."""

    audience: Audience
    language: str
    number: str
    title: str
    on: datetime
    controller: str
    blocks: tuple[Block, ...]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def notice_facts(
    definition: Definition,
    breach: Row[Any],
    written: Sequence[Row[Any]],
    audience: Audience,
    language: str,
    on: datetime,
) -> NoticeFacts:
    """The notice that `written`, all notices of the breach in their order, amounts to; raises `NoCommunication`.

    Phases to the authority add up to one notice; people get the newest words in their own language.
    """
    told = [notice for notice in written if notice.audience == audience]
    if audience == PERSONS:
        told = [notice for notice in told if notice.language == language][-1:]
    if not told:
        raise NoCommunication
    whole = combined(content_of(notice) for notice in told)
    words = HEADINGS[language]
    more = _for_authority(definition, breach, told, language) if audience == AUTHORITY else _for_people(told, language)
    return NoticeFacts(
        audience=audience,
        language=language,
        number=breach.number,
        title=words[audience],
        on=on,
        controller=definition.controller.legal_name,
        blocks=(*_said(whole, language), *more),
        missing=tuple(str(part) for part in missing_parts(whole)),
    )


def contact_text(definition: Definition) -> str:
    """Where more can be asked (Art. 33(3)(b)): the data-protection officer or whoever answers for the register."""
    name = definition.dpo.name or definition.contact.person_in_charge
    place = definition.request_address
    return ", ".join(
        (
            name,
            definition.controller.legal_name,
            f"{place.street}, {place.postal_code} {place.city}",
            definition.request_phone.display,
            definition.request_email,
        )
    )


def _said(content: Content, language: str) -> Iterator[Block]:
    words = HEADINGS[language]
    for code, text in asdict(content).items():
        yield Block(code, words[code], text or words["unknown"])


def _for_people(told: Sequence[Row[Any]], language: str) -> Iterator[Block]:
    advice = told[-1].advice
    if advice:
        yield Block("advice", HEADINGS[language]["advice"], advice)


def _for_authority(
    definition: Definition, breach: Row[Any], told: Sequence[Row[Any]], language: str
) -> Iterator[Block]:
    """Numbers as they are known now (Art. 33(3)(a)), the instant of awareness, and the reasons for delay and phases."""
    words = HEADINGS[language]
    yield Block("numbers", words["numbers"], _numbers(definition, breach, language))
    aware = breach.aware_at.astimezone(definition.zone)
    yield Block("aware", words["aware"], aware.strftime("%d.%m.%Y %H:%M %Z"))
    for code, member in (("delay", "delay_reasons"), ("later", "later_because")):
        reasons = [text for notice in told if (text := getattr(notice, member))]
        if reasons:
            yield Block(code, words[code], " ".join(reasons))


def _numbers(definition: Definition, breach: Row[Any], language: str) -> str:
    words = HEADINGS[language]
    labels = {category.code: category.label.text(language) for category in definition.categories}
    named = [*breach.person_categories, *(labels.get(code, code) for code in breach.data_categories)]
    counted = [
        f"{words[kind]}: {words['unknown'].lower() if number is None else number}"
        for kind, number in (("people", breach.people_about), ("records", breach.records_about))
    ]
    return "; ".join((*named, *counted))
