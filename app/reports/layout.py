"""The quarterly report as sections of tables, in the dress of the notice and the record of processing."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import yaml

from app.access.labels import Speech
from app.letters.words import Words
from app.notice.document import Block, Grid, Notice, Paragraph, Section
from app.notice.speech import languages_of
from app.register.definition import Definition
from app.reports.schemas import QuarterOut


@cache
def words(language: str) -> Words:
    """The words of reports in a language of `app.letters.words.LANGUAGES`."""
    place = files("app.reports").joinpath("words", f"{language}.yaml")
    return Words(language, yaml.safe_load(place.read_text(encoding="utf-8")))


def language_of(definition: Definition, asked: str | None) -> str:
    """The language asked for, if there are words in it."""
    spoken = languages_of(definition)
    return asked if asked in spoken else spoken[0]


def laid_out(definition: Definition, report: QuarterOut, language: str) -> Notice:
    """The report as one prints it."""
    w, codes = words(language), Speech(language)
    lead = w("as_of", begins=w.day(report.begins_on), as_of=w.day(report.as_of))
    version = f"{w('register_version')} {report.register_version}"
    sections = {
        "received": _received(w, codes, report),
        "answered": _answered(w, codes, report),
        "open": _open(w, codes, report),
        "consents": _consents(w, definition, report),
        "swept": _swept(w, report),
        "notifications": _notifications(w, report),
        "findings": _findings(w, report),
    }
    return Notice(
        language=language,
        title=w("title", quarter=report.quarter, year=report.year),
        controller=definition.controller.legal_name,
        lead=(f"{lead} · {version}", *(() if report.complete else (w("running"),))),
        sections=tuple(Section(code, w(f"{code}.title"), tuple(blocks)) for code, blocks in sections.items()),
    )


def _grid(w: Words, columns: Iterable[str], rows: Iterable[tuple[object, ...]], wide: int = 1) -> Block:
    """A table whose first `wide` columns take three shares each; without a row, a sentence that says so."""
    head = tuple(columns)
    body = tuple(tuple(_cell(w, value) for value in row) for row in rows)
    if not body:
        return Paragraph(w("nothing"))
    return Grid(head, tuple(3 if n < wide else 1 for n in range(len(head))), body)


def _cell(w: Words, value: object) -> str:
    match value:
        case None:
            return "–"
        case float():
            return w.amount(f"{value:g}")
        case _:
            return str(value)


def _received(w: Words, codes: Speech, report: QuarterOut) -> Iterator[Block]:
    rows = [(codes.code("right", one.right), one.number) for one in report.received]
    yield _grid(w, (w("received.column"), w("number")), rows)


def _answered(w: Words, codes: Speech, report: QuarterOut) -> Iterator[Block]:
    columns = (w("received.column"), *(w(name) for name in ("outcome", "number", "median", "longest", "late")))
    own = {name: w(name) for name in ("done", "withdrawn")}
    rows = [
        (
            codes.code("right", one.right),
            own.get(one.outcome) or codes.code("outcome", one.outcome),
            *(one.number, one.median_days, one.longest_days, one.late),
        )
        for one in report.answered
    ]
    yield _grid(w, columns, rows, wide=2)


def _open(w: Words, codes: Speech, report: QuarterOut) -> Iterator[Block]:
    rows = [(codes.code("right", one.right), one.number, one.overdue) for one in report.open]
    yield _grid(w, (w("received.column"), w("number"), w("overdue")), rows)


def _consents(w: Words, definition: Definition, report: QuarterOut) -> Iterator[Block]:
    names = {purpose.code: purpose.label.text(w.language) for purpose in definition.purposes}
    rows = [(names.get(one.purpose, one.purpose), one.month, one.given, one.withdrawn) for one in report.consents]
    yield _grid(w, w.several("consents.columns"), rows)
    yield Paragraph(w("consents.note"))


def _swept(w: Words, report: QuarterOut) -> Iterator[Block]:
    yield _grid(w, w.several("swept.columns"), [(w.of("rules", one.rule), one.rows) for one in report.swept])
    yield Paragraph(w("swept.ended", number=report.ended_customerships))


def _notifications(w: Words, report: QuarterOut) -> Iterator[Block]:
    rows = [
        (
            *(one.recipient, one.told, one.answered, one.refused, one.excused),
            *(one.median_days, one.longest_days, one.open, one.overdue),
        )
        for one in report.notifications
    ]
    yield _grid(w, w.several("notifications.columns"), rows)


def _findings(w: Words, report: QuarterOut) -> Iterator[Block]:
    counted = {name: getattr(report, name) for name in ("high", "medium", "low")}
    yield Paragraph(w("findings.summary", day=w.day(report.found_on), **counted))
    rows = [
        (w.of("findings.severity", one.severity.value), one.what, one.article, one.remedy) for one in report.findings
    ]
    if rows:
        yield Grid(w.several("findings.columns"), (2, 6, 3, 6), tuple(rows))
