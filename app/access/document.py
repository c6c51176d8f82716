"""The reply for people's eyes: one content, shown as a page (HTML) and as a document (PDF, A4).

Both show the newest records of each section only, with how many there are: a person with a hundred thousand rows
reads all of them in the archive's data.json, and nobody on paper.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.access import repository
from app.access.labels import labels
from app.access.reply import Reply
from app.access.schemas import DataInformationOut, DataRecordOut
from app.access.sections import Section
from app.access.showing import Shown
from app.pdf import pdf_of

SHOWN = 100
"""Records of a section that page and document show."""

Content = dict[str, Any]


def content_of(reply: Reply) -> Content:
    """Everything that page and document show, as texts in the person's language."""
    head, speech, shown = reply.head(), reply.speech, reply.shown()
    mode = "portable_" if reply.portable else ""
    who = head.controller
    about = [
        (speech.word("case"), head.case_number),
        (speech.word("made"), shown.text("at", None, head.made_at)),
        (speech.word("controller"), f"{who.name}, {who.address}, {who.phone}, {who.email}"),
        (speech.word("contact"), who.contact),
    ]
    about += [(speech.word("dpo"), who.data_protection_officer)] if who.data_protection_officer else []
    sections = [_section(reply, section, shown) for section in reply.sections()]
    return {
        "language": head.language,
        "title": speech.word(f"{mode}title"),
        "intro": speech.word(f"{mode}intro", controller=who.name),
        "withheld_why": speech.word("withheld_why") if any(one["withheld"] for one in sections) else "",
        "page": speech.word("page"),
        "case": head.case_number,
        "about": about,
        "blocks": [*_blocks(reply, head.information, shown)] if head.information else [],
        "sections": sections,
    }


def _blocks(reply: Reply, told: DataInformationOut, shown: Shown) -> Iterator[Content]:
    """Art. 15(1) and (2), a heading and lines each."""
    word = reply.speech.word
    interests = [p for p in told.purposes if p.interests]
    yield _block(word("purposes"), (f"{p.purpose.text}: {p.basis.text} ({p.basis.code})" for p in told.purposes))
    if interests:
        yield _block(word("interests"), (f"{p.purpose.text}: {p.interests}" for p in interests))
    yield _block(word("categories"), (category.text for category in told.categories))
    yield _block(word("recipients"), (_recipient(reply, one, shown) for one in told.recipients))
    if told.transfers:
        lines = (_transfer(reply, one) for one in told.transfers)
        yield _block(word("transfers"), lines)
    yield _block(word("source"), [told.source])
    yield _block(word("periods"), (f"{p.text} ({' '.join(filter(None, (p.law, p.section)))})" for p in told.periods))
    rights = [f"{right.right.text} ({right.article})" for right in told.rights]
    yield _block(word("rights"), [*rights, told.how_to_use_rights])
    office = told.authority
    where = ", ".join(filter(None, (office.name, office.address, office.phone, office.email, office.url)))
    yield _block(word("complaint"), [told.complaint, where])
    yield _block(word("automated"), [told.automated_decisions_text])


def _block(heading: str, lines: Any) -> Content:
    return {"heading": heading, "lines": list(lines)}


def _transfer(reply: Reply, one: Any) -> str:
    """Whom the data reach where, on what safeguard, whether it holds, and how to get a copy."""
    word, importer = reply.speech.word, "" if one.importer == one.recipient else f" ({one.importer})"
    basis = ", ".join(filter(None, (one.safeguard.text, one.article, one.instrument)))
    stopped = "" if one.holds else f" {word('transfer_stopped')}"
    return f"{one.recipient}{importer}, {one.country}: {basis}.{stopped} {word('copy')}: {one.copy_of_safeguards}"


def _recipient(reply: Reply, one: Any, shown: Shown) -> str:
    word = reply.speech.word
    when = word("regularly") if one.last_disclosed_at is None else ""
    when = when or f"{word('last')} {shown.text('at', None, one.last_disclosed_at)}"
    legal = one.legal_name if one.legal_name != one.name else None
    return ", ".join(filter(None, (one.name, legal, one.country, one.role and one.role.text, when)))


def _section(reply: Reply, section: Section, shown: Shown) -> Content:
    words, word = labels().sections[section.code], reply.speech.word
    if section.code == "attributes":
        records = reply.attributes()
        total = len(records)
    else:
        total = repository.count(reply.connection, section, reply.who)
        rows = repository.newest(reply.connection, section, reply.who, SHOWN) if total else []
        records = [reply.record(section, row) for row in rows]
    names = reply.fields(section)
    texts = {name: reply.speech.of(words.fields[name].label) for name in names}
    note = "" if total else word("nothing")
    note = note or (word("newest", shown=len(records), total=total) if total > len(records) else "")
    return {
        "title": reply.speech.of(words.title),
        "context": reply.speech.of(words.context),
        "note": note,
        "layout": words.layout,
        "labels": list(texts.values()),
        "names": names,
        "withheld": any(record.withheld for record in records),
        "records": [_record(reply, section, record, texts, shown) for record in records],
    }


def _record(reply: Reply, section: Section, record: DataRecordOut, texts: dict[str, str], shown: Shown) -> Content:
    codes, word = labels().sections[section.code].fields, reply.speech.word
    values = {name: shown.text(name, codes[name].codes, record.values.get(name)) for name in texts}
    withheld = [
        f"{texts.get(one.field or '', one.field or word('whole_record'))}: {one.reason}" for one in record.withheld
    ]
    return {
        "record": record.record,
        "cells": list(values.values()),
        "pairs": [(texts[name], text) for name, text in values.items() if text],
        "withheld": [f"{word('withheld')}: {line}" for line in withheld],
        "kept": record.retention.text if record.retention else "",
    }


def page_of(content: Content) -> str:
    """The page: one file that asks for nothing else, without a script."""
    return _templates().get_template("reply.html").render(style=style("reply.css"), **content)


def document_of(content: Content, made_at: datetime) -> bytes:
    """The PDF; takes some time of a processor, so call it through `asyncio.to_thread`."""
    return pdf_of(template(), content, made_at)


@cache
def template() -> bytes:
    """The template of the PDF."""
    return (files("app.access") / "pages" / "reply.typ").read_bytes()


@cache
def style(name: str) -> Markup:
    """A page's only style, put into it."""
    return Markup(_templates().get_template(name).render())  # noqa: S704 (our own file)


@cache
def security_policy(name: str) -> str:
    """Nothing may load or run on a page but its style, known by its hash; a form goes to ourselves."""
    digest = b64encode(sha256(style(name).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("app.access", "pages"), autoescape=select_autoescape(), undefined=StrictUndefined
    )


def link_page(**members: Any) -> str:
    """The page behind a link."""
    return _templates().get_template("link.html").render(style=style("link.css"), **members)
