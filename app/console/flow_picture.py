"""Where data flow, as a picture: purposes, categories, recipients and countries, with lines between them.

Drawn here, because a page of the console runs nothing. A line out of the EEA carries what the transfer rests on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap

WIDTH, HEIGHT, GAP = 190, 44, 14
COLUMNS = (10, 280, 550, 1000)
"""Where each column begins; between recipients and countries there is room for the justification."""
TOP = 40
LINE_CHARACTERS, LINES = 27, 2
WHY_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Way:
    """Data of one recipient in one country; `why` outside the EEA only, `holds` false when nothing carries it."""

    country: str
    outside: bool
    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """A recipient with what it gets, what for, and where it goes."""

    name: str
    purposes: Sequence[str]
    categories: Sequence[str]
    ways: Sequence[Way]


@dataclass(frozen=True, slots=True)
class Box:
    """A named box with its text in lines."""

    x: int
    y: int
    name: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to the next; `kind` is a class of the style."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Note:
    """The justification, over its line."""

    x: int
    y: int
    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]
    notes: Sequence[Note]


def drawn(serves: Iterable[tuple[str, Sequence[str]]], receivers: Sequence[Receiver]) -> Picture:
    """`serves`: each purpose with the categories that it uses."""
    purposes = dict(serves)
    categories = _once(name for names in (*purposes.values(), *(r.categories for r in receivers)) for name in names)
    countries = _once(way.country for receiver in receivers for way in receiver.ways)
    columns = [
        _column(at, names)
        for at, names in zip(COLUMNS, (purposes, categories, [r.name for r in receivers], countries), strict=True)
    ]
    lines = [Line(_path(columns[0][p], columns[1][c]), "line") for p, names in purposes.items() for c in names]
    lines += [Line(_path(columns[1][c], columns[2][r.name]), "line") for r in receivers for c in r.categories]
    notes: list[Note] = []
    for receiver in receivers:
        _send(receiver, columns[2][receiver.name], columns[3], lines, notes)
    boxes = [box for column in columns for box in column.values()]
    return Picture(COLUMNS[-1] + WIDTH + 10, max(box.y for box in boxes) + HEIGHT + 10, boxes, lines, notes)


def _send(receiver: Receiver, begin: Box, ends: Mapping[str, Box], lines: list[Line], notes: list[Note]) -> None:
    """A line to each country, one under the other where there are several, with its note when it leaves the EEA."""
    step = HEIGHT // (len(receiver.ways) + 1)
    for number, way in enumerate(receiver.ways, start=1):
        kind = "line" if not way.outside else "held" if way.holds else "stopped"
        down = step * number
        lines.append(Line(_path(begin, ends[way.country], down), kind))
        if way.outside:
            text = shorten(way.why, WHY_CHARACTERS, placeholder="…")
            notes.append(Note(begin.x + WIDTH + 6, begin.y + down - 5, text, way.holds))


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _column(x: int, names: Iterable[str]) -> dict[str, Box]:
    return {name: Box(x, TOP + n * (HEIGHT + GAP), name, _lines(name)) for n, name in enumerate(names)}


def _lines(name: str) -> list[str]:
    found = wrap(name, LINE_CHARACTERS)
    return found if len(found) <= LINES else [found[0], shorten(" ".join(found[1:]), LINE_CHARACTERS, placeholder="…")]


def _path(begin: Box, end: Box, down: int = HEIGHT // 2) -> str:
    """A curve from the right side of one box to the left side of another, straight at first so that notes lie on it."""
    x, y, to_x, to_y = begin.x + WIDTH, begin.y + down, end.x, end.y + HEIGHT // 2
    straight = max(0, to_x - x - 200)
    middle = (x + straight + to_x) // 2
    return f"M{x} {y}h{straight}C{middle} {y} {middle} {to_y} {to_x} {to_y}"
