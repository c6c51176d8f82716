"""The notice's page for a screen, a phone and a printer, and its PDF: both from the stored version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from app.notice.speech import words
from app.pdf import pdf_of
from app.sheets import Sheets

_SHEETS = Sheets("app.notice", "pages", "notice.css", has_forms=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A version in one language; `current` is the number of the version in force."""

    version: int
    current: int
    language: str
    languages: tuple[str, ...]
    published_at: datetime
    dated: str
    stored: Mapping[str, Any]


def page_of(shown: Shown) -> str:
    """The page: one file that asks for nothing else, without a script."""
    page = _SHEETS.template("notice.html")
    others = [(code, words(code)("page.in_language")) for code in shown.languages if code != shown.language]
    return page.render(notice=shown.stored, w=words(shown.language), shown=shown, others=others, style=_SHEETS.style)


def document_of(shown: Shown) -> bytes:
    """PDF/UA-1, A4; the same bytes for the same version. Call it through `asyncio.to_thread`."""
    w = words(shown.language)
    content = {
        "notice": shown.stored,
        "version": f"{w('page.version')} {shown.version}",
        "dated": f"{w('page.dated')} {shown.dated}",
        "superseded": w("page.superseded", number=shown.current) if shown.version != shown.current else "",
        "page": w("page.page"),
    }
    return pdf_of(template(), content, shown.published_at)


def record_page_of(stored: Mapping[str, Any]) -> str:
    """The page of the record of processing, in the same dress."""
    return _SHEETS.template("record.html").render(notice=stored, style=_SHEETS.style)


def record_document_of(stored: Mapping[str, Any], made_at: datetime) -> bytes:
    """Its PDF."""
    page = words(stored["language"])("page.page")
    content = {"notice": stored, "version": stored["title"], "dated": "", "superseded": "", "page": page}
    return pdf_of(template(), content, made_at)


@cache
def template() -> bytes:
    """The template of the PDF."""
    return (files("app.notice") / "pages" / "notice.typ").read_bytes()


def security_policy() -> str:
    """Under which nothing else loads or runs on the page."""
    return _SHEETS.policy
