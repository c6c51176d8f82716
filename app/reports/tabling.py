"""Reports as CSV (RFC 4180, UTF-8): one figure a row, so that a spreadsheet can pivot them as it likes."""

import csv
import io
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from app.access.writing import cell
from app.reports.schemas import QuarterOut

COLUMNS = ("part", "of", "detail", "measure", "value")
_NAMED: dict[str, tuple[str, str | None]] = {
    "received": ("right", None),
    "answered": ("right", "outcome"),
    "open": ("right", None),
    "consents": ("purpose", "month"),
    "swept": ("rule", None),
    "notifications": ("recipient", None),
}
"""By part of the report: what its rows are of, and what tells two rows of the same apart."""

Row = tuple[object, ...]


def quarter_table(report: QuarterOut) -> bytes:
    """Everything that is a number; of the findings how many there are."""
    return csv_of(COLUMNS, _rows(report))


def _rows(report: QuarterOut) -> Iterator[Row]:
    named = f"{report.year}-Q{report.quarter}"
    yield "quarter", named, "", "as_of", report.as_of
    yield "quarter", named, "", "complete", report.complete
    for part, (of, detail) in _NAMED.items():
        for entry in getattr(report, part):
            yield from _figures(part, of, detail, entry)
    yield "ended_customerships", "", "", "number", report.ended_customerships
    for severity in ("high", "medium", "low"):
        yield "findings", severity, report.found_on, "number", getattr(report, severity)


def _figures(part: str, of: str, detail: str | None, entry: BaseModel) -> Iterator[Row]:
    values = entry.model_dump()
    about, apart = values.pop(of), values.pop(detail) if detail else ""
    yield from ((part, about, apart, measure, value) for measure, value in values.items())


def csv_of(columns: Iterable[str], rows: Iterable[Row]) -> bytes:
    """A table with its head."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return made.getvalue().encode()
