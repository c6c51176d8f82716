"""A notice about a breach, laid out as letters are: to the authority, or the words for people without an address."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.breaches.judging import AUTHORITY
from app.breaches.notices import Audience, NoticeFacts
from app.breaches.notifying import facts_of
from app.breaches.words import HEADINGS
from app.letters.composing import contact_of, sender_of
from app.letters.document import Block, Document, Heading, Paragraph
from app.letters.service import TEMPLATE_VERSION
from app.letters.words import words
from app.register.definition import Definition
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Sheet:
    """A notice ready for a page or a PDF."""

    name: str
    version: int
    on: datetime
    document: Document


def sheet(connection: Connection, op: Operation, name: str, audience: Audience, language: str) -> Sheet:
    """The notice as it reads now; raises `NoCommunication` while nothing is written."""
    facts = facts_of(connection, op, name, audience, language, "print_notice")
    return Sheet(f"{facts.number}-{audience}", TEMPLATE_VERSION, op.at, laid_out(op.definition, facts))


def laid_out(definition: Definition, facts: NoticeFacts) -> Document:
    """The facts as the blocks of a letter."""
    w, own = words(TEMPLATE_VERSION, facts.language), HEADINGS[facts.language]
    to_authority = facts.audience == AUTHORITY
    blocks: list[Block] = []
    for block in facts.blocks:
        blocks += [Heading(block.heading), Paragraph(block.text)]
    return Document(
        language=facts.language,
        title=facts.title,
        sender=sender_of(definition),
        recipient=_authority(definition, facts.language) if to_authority else (),
        meta=((w("label.dated"), w.day(facts.on.astimezone(definition.zone).date())), (own["breach"], facts.number)),
        greeting=own["opening"] if to_authority else w("greeting"),
        blocks=tuple(blocks),
        closing=w("closing"),
        signature=(definition.contact.person_in_charge, definition.controller.legal_name),
        footer=" · ".join(contact_of(w, definition)),
        page_word=w("label.page"),
    )


def _authority(definition: Definition, language: str) -> tuple[str, ...]:
    """The supervisory authority as the definition names it, at the last of its places, which is where post goes."""
    authority = definition.authority
    address = (authority.address or "").split("; ")[-1].split(", ")
    return tuple(line for line in (authority.name.text(language, definition.default_language), *address) if line)
