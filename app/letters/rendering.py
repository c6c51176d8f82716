"""A letter's page for a screen and a printer, and its PDF: both from the same blocks."""

from base64 import b64encode
from dataclasses import asdict
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.letters.document import Document
from app.pdf import pdf_of


def html_of(document: Document, version: int) -> str:
    """The page; everything in it is escaped, and it asks for nothing else."""
    page = _templates().get_template(f"v{version}/letter.html")
    return page.render(letter=document, blocks=_blocks(document), style=style(version))


def pdf(document: Document, version: int, made_at: datetime) -> bytes:
    """PDF/UA-1; the same bytes for the same letter. Call it through `asyncio.to_thread`."""
    return pdf_of(typst_template(version), content_of(document), made_at)


def content_of(document: Document) -> dict[str, Any]:
    """The letter as the data of the Typst template."""
    return {**asdict(document), "blocks": _blocks(document)}


def _blocks(document: Document) -> list[dict[str, Any]]:
    return [{"sort": type(block).__name__.lower(), **asdict(block)} for block in document.blocks]


def policy(version: int) -> str:
    """Nothing may load or run on the page but its own style, known by its hash."""
    digest = b64encode(sha256(style(version).encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"


@cache
def style(version: int) -> Markup:
    """The page's only style, put into it."""
    return Markup(_templates().get_template(f"v{version}/letter.css").render())  # noqa: S704 (our own file)


@cache
def typst_template(version: int) -> bytes:
    """The template of the PDF."""
    return files("app.letters").joinpath("templates", f"v{version}", "letter.typ").read_bytes()


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("app.letters", "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
