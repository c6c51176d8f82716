"""The outcome of a request in words: what went, what stays and until when, who is told, what else to know."""

from collections.abc import Iterator

from app.letters.document import Block, Grid, Heading, Items, Paragraph, paragraphs
from app.letters.facts import Fulfilled, Partial, Refused, Stays
from app.letters.words import Words
from app.policy.holdings import HoldingKind
from app.policy.vocabulary import Right
from app.register.definition import Definition

_AnyOutcome = Fulfilled | Partial | Refused


def outcome(w: Words, definition: Definition, told: Fulfilled | Partial) -> Iterator[Block]:
    """Something was done: what, and what not (Art. 12(3), 12(4))."""
    done = w("outcome.done", done_on=w.day(told.done_on)) if told.done_on else None
    yield from paragraphs(_request(w, told), done)
    if told.went:
        yield Heading(w("outcome.went"))
        yield Grid(w.several("outcome.went_columns"), (5, 2, 7), tuple(_went(w, definition, told)))
    yield from _stays(w, definition, told.stays)
    if told.recipients:
        yield Heading(w("outcome.recipients"))
        yield Paragraph(w("outcome.recipients_text"))
        yield Items(told.recipients)
    yield from _afterwards(w, told)


def refused(w: Words, definition: Definition, told: Refused) -> Iterator[Block]:
    """Nothing was done: why (Art. 12(4))."""
    yield from paragraphs(_request(w, told), w("outcome.refused_text"))
    if told.reasons:
        yield Heading(w("refusal.reasons"))
        yield from paragraphs(w(f"refusal.{told.ground}") if told.ground else None, *told.reasons)
    yield from _stays(w, definition, told.stays)
    yield Heading(w("outcome.afterwards"))
    yield from paragraphs(w("outcome.file", years=told.request_file_years), w("outcome.human"))


def recipients(w: Words, names: tuple[str, ...]) -> Iterator[Block]:
    """Who is told (Art. 19)."""
    if names:
        yield Paragraph(w("recipients_told"))
        yield Items(names)


def _request(w: Words, told: _AnyOutcome) -> str:
    return w("outcome.request", received_on=w.day(told.received_on), right=w.of("right", told.right))


def _went(w: Words, definition: Definition, told: _AnyOutcome) -> Iterator[tuple[str, ...]]:
    for one in told.went:
        named = _named(w, definition, one.kind, one.category)
        yield named, str(one.count), w.of("erased_because", one.ground)


def _named(w: Words, definition: Definition, kind: HoldingKind, category: str | None) -> str:
    """What people call it, or the notice's own category where that says more."""
    found = definition.category(category) if category else None
    if found is None:
        return w.of("kind", kind)
    return found.label.text(w.language, definition.default_language)


def _stays(w: Words, definition: Definition, stays: tuple[Stays, ...]) -> Iterator[Block]:
    if not stays:
        return
    yield Heading(w("outcome.stays"))
    yield Paragraph(w("outcome.stays_text"))
    rows = tuple(_row(w, definition, one) for one in stays)
    yield Grid(w.several("outcome.stays_columns"), (4, 6, 6, 4, 4), rows)


def _row(w: Words, definition: Definition, one: Stays) -> tuple[str, ...]:
    reason = one.reason or "" if one.because == "human" else w.of("because", one.because)
    named = _named(w, definition, one.kind, one.category)
    dated = w.day(one.dated_on) if one.dated_on else None
    what = " ".join(part for part in (named, one.reference) if part)
    return (
        f"{what}, {dated}" if dated else what,
        reason.replace("{kept_by}", one.kept_by or ""),
        _cited(w, one),
        w.day(one.until) if one.until else w.of("ends", one.ends or ""),
        w.of("access", one.access),
    )


def _cited(w: Words, one: Stays) -> str:
    """The law and section, and the exception of Article 17(3) where the law is another."""
    cited = w.cited(one.law, one.section)
    if one.law == "GDPR" and one.ground in one.section:
        return cited
    return f"{cited}; {w.cited('GDPR', f'Art. {one.ground}')}" if one.ground[:1].isdigit() else cited


def _afterwards(w: Words, told: Fulfilled | Partial) -> Iterator[Block]:
    erased = told.right is Right.ERASURE
    banned = any(one.kind is HoldingKind.SUPPRESSION for one in told.stays)
    gone = told.bytes_gone_by
    yield Heading(w("outcome.afterwards"))
    yield from paragraphs(
        w("outcome.ban") if banned else None,
        w("outcome.bytes", bytes_gone_by=w.day(gone)) if gone else None,
        w("outcome.backups") if erased else None,
        w("outcome.file", years=told.request_file_years),
        w("outcome.human"),
    )
