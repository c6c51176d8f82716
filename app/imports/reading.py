"""CSV as it comes: records with the number of their first line, and a fault for each line that is none.

A broken line must not swallow its neighbours. A record is first sought on one physical line; an open quote
may run on over a few more, but only if what results has exactly the columns of the heading; otherwise the
first line is the fault and reading goes on with the second.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from app.imports.errors import NotAnExport
from app.imports.files import MAX_LINE, Part, numbered

MAX_JOINED = 100
"""Physical lines that one record may span."""
MAX_COLUMNS = 500
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its first line, counted from 1 with the heading, and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read; `reason` is a code of the report."""

    line: int
    reason: str


class Table:
    """A part read as CSV: `heading` at once, `rows()` afterwards, in memory that does not grow."""

    def __init__(self, part: Part) -> None:
        """Read the heading; raises `NotAnExport` when there is none."""
        self._part = part
        lines = numbered(part)
        try:
            self.heading_line, text = self._first(lines)
        finally:
            lines.close()  # type: ignore[attr-defined] # it is a generator
        self.delimiter = max(DELIMITERS, key=text.count)
        try:
            self.heading = [cell.strip() for cell in _parse(text, self.delimiter)]
        except csv.Error:
            raise NotAnExport("the heading has an open quote") from None
        if len(self.heading) > MAX_COLUMNS:
            raise NotAnExport(f"the heading has more than {MAX_COLUMNS} columns")

    def _first(self, lines: Iterator[tuple[int, bytes | None]]) -> tuple[int, str]:
        for number, raw in lines:
            if raw is None:
                raise NotAnExport("the first line is longer than any heading")
            if raw.strip():
                try:
                    return number, raw.decode(self._part.encoding)
                except UnicodeDecodeError:
                    raise NotAnExport(f"the heading is not {self._part.encoding}") from None
        raise NotAnExport("the file holds no heading")

    def rows(self) -> Iterator[Row | Fault]:
        """Every record after the heading; blank lines are passed over."""
        lines = numbered(self._part)
        waiting: deque[tuple[int, bytes | None]] = deque()
        while (entry := waiting.popleft() if waiting else next(lines, None)) is not None:
            number, raw = entry
            if number <= self.heading_line or raw == b"":
                continue
            yield self._read(number, raw, waiting, lines)

    def _read(
        self, number: int, raw: bytes | None, waiting: deque[tuple[int, bytes | None]],
        lines: Iterator[tuple[int, bytes | None]],
    ) -> Row | Fault:  # fmt: skip
        if raw is None:
            return Fault(number, "line_too_long")
        text = self._decoded(raw)
        if text is None or "\0" in text:
            return Fault(number, "wrong_encoding")
        try:
            cells = _parse(text, self.delimiter)
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return Fault(number, "broken_quotes")
            return self._run_on(number, text, waiting, lines)
        if len(cells) == len(self.heading):
            return Row(number, cells)
        return Fault(number, "too_few_columns" if len(cells) < len(self.heading) else "too_many_columns")

    def _run_on(
        self, number: int, text: str, waiting: deque[tuple[int, bytes | None]],
        lines: Iterator[tuple[int, bytes | None]],
    ) -> Row | Fault:  # fmt: skip
        """A quoted cell with line breaks, if one of the next lines closes it with the right columns."""
        passed: list[tuple[int, bytes | None]] = []
        joined = text
        while len(passed) < MAX_JOINED and len(joined) <= MAX_LINE:
            entry = waiting.popleft() if waiting else next(lines, None)
            if entry is None:
                break
            passed.append(entry)
            more = self._decoded(entry[1])
            if more is None:
                break
            joined = f"{joined}\n{more}"
            if '"' in more and (cells := self._closed(joined)) is not None:
                return Row(number, cells)
        waiting.extendleft(reversed(passed))
        return Fault(number, "open_quote")

    def _decoded(self, raw: bytes | None) -> str | None:
        try:
            return None if raw is None else raw.decode(self._part.encoding)
        except UnicodeDecodeError:
            return None

    def _closed(self, joined: str) -> list[str] | None:
        try:
            cells = _parse(joined, self.delimiter)
        except csv.Error:
            return None
        return cells if len(cells) == len(self.heading) else None


def _parse(text: str, delimiter: str) -> list[str]:
    lines = io.StringIO(text, newline="") if "\n" in text else [text]
    return next(csv.reader(lines, delimiter=delimiter, strict=True), [])


def column(heading: list[str], names: tuple[str, ...]) -> int | None:
    """The first column whose heading is one of `names`, whatever its case, spaces and underscores."""
    wanted = {_plain(name) for name in names}
    return next((n for n, cell in enumerate(heading) if _plain(cell) in wanted), None)


def _plain(label: str) -> str:
    return "".join(c for c in label.casefold() if c.isalnum())
