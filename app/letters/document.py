"""A letter as blocks of text, from which its page, its PDF and its plain text are made alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `widths` are shares of the page."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Heading | Paragraph | Items | Grid


@dataclass(frozen=True, slots=True)
class Document:
    """A whole letter in one language; `recipient` is empty when it cannot be joined any more."""

    language: str
    title: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    meta: tuple[tuple[str, str], ...]
    greeting: str
    blocks: tuple[Block, ...]
    closing: str
    signature: tuple[str, ...]
    footer: str
    page_word: str


def text_of(document: Document) -> str:
    """The letter as plain text, without sender and recipient."""
    return "\n\n".join([document.title, *(_plain(block) for block in document.blocks)])


def _plain(block: Block) -> str:
    match block:
        case Heading() | Paragraph():
            return block.text
        case Items():
            return "\n".join(f"- {item}" for item in block.items)
        case Grid():
            return "\n".join(_row(block.columns, row) for row in block.rows)
        case _ as unreachable:
            assert_never(unreachable)


def _row(columns: Iterable[str], row: Iterable[str]) -> str:
    return "- " + "; ".join(f"{column}: {cell}" for column, cell in zip(columns, row, strict=True) if cell)


def paragraphs(*texts: str | None) -> Iterator[Paragraph]:
    """A paragraph for each text there is."""
    return (Paragraph(text) for text in texts if text)
