"""The notice's page for a screen, a phone and a printer, and its PDF: both from the stored version."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.notice.speech import words
from app.pdf import pdf_of


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
    page = _templates().get_template("notice.html")
    others = [(code, words(code)("page.in_language")) for code in shown.languages if code != shown.language]
    return page.render(notice=shown.stored, w=words(shown.language), shown=shown, others=others, style=style())


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
    return _templates().get_template("record.html").render(notice=stored, style=style())


def record_document_of(stored: Mapping[str, Any], made_at: datetime) -> bytes:
    """Its PDF."""
    page = words(stored["language"])("page.page")
    content = {"notice": stored, "version": stored["title"], "dated": "", "superseded": "", "page": page}
    return pdf_of(template(), content, made_at)


@cache
def template() -> bytes:
    """The template of the PDF."""
    return (files("app.notice") / "pages" / "notice.typ").read_bytes()


@cache
def style() -> Markup:
    """The page's only style, put into it."""
    return Markup(_templates().get_template("notice.css").render())  # noqa: S704 (our own file)


@cache
def security_policy() -> str:
    """Nothing may load or run on the page but its style, known by its hash."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("app.notice", "pages"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
