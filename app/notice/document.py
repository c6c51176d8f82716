"""The notice as sections of blocks, from which its page, its PDF and its plain text are made alike."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from app.letters.document import Grid, Heading, Items, Paragraph

__all__ = ["Block", "Callout", "Grid", "Heading", "Items", "Line", "Lines", "Notice", "Paragraph", "Section"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an address; `href` where it leads somewhere."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """What must be presented clearly and separately from anything else (Art. 21(4))."""

    text: str


Block: TypeAlias = Heading | Paragraph | Items | Grid | Lines | Callout


@dataclass(frozen=True, slots=True)
class Section:
    """One of the numbered sections; `code` is its anchor."""

    code: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The whole notice in one language."""

    language: str
    title: str
    controller: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]

    def stored(self) -> dict[str, Any]:
        """The form in which a version is kept, and from which it is shown ever after."""
        kept = asdict(self)
        for section, shown in zip(self.sections, kept["sections"], strict=True):
            shown["blocks"] = [{"sort": type(block).__name__.lower(), **asdict(block)} for block in section.blocks]
        as_read: dict[str, Any] = json.loads(json.dumps(kept))  # lists, as the database gives them back
        return as_read


def digest(content: Mapping[str, Any]) -> str:
    """The address of this content: the same for the same words in every language."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def paragraphs(stored: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every piece of text of a stored notice, with the code of its section (`lead` for what comes first)."""
    yield from (("lead", text) for text in (stored["title"], *stored["lead"]))
    for section in stored["sections"]:
        yield section["code"], section["title"]
        for block in section["blocks"]:
            yield from ((section["code"], text) for text in _texts(block))


def _texts(block: Mapping[str, Any]) -> Iterator[str]:
    match block["sort"]:
        case "items":
            yield from block["items"]
        case "lines":
            yield from (line["text"] for line in block["lines"])
        case "grid":
            yield from ("; ".join(_cells(block["columns"], row)) for row in block["rows"])
        case _:
            yield block["text"]


def _cells(columns: list[str], row: list[str]) -> Iterator[str]:
    return (f"{column}: {cell}" for column, cell in zip(columns, row, strict=True) if cell)


def text_of(stored: Mapping[str, Any]) -> str:
    """A stored notice as plain text."""
    return "\n".join(text for _, text in paragraphs(stored))
