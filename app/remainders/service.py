"""Search everything that the service stores for values of an erased person, and say what may be there.

The permitted remainder is the buyer printed on a voucher that the law keeps, restricted and not past its date.
"""

import mmap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from app.customers.tables import customers, vouchers
from app.db import metadata
from app.remainders.values import Sought
from app.tables import TABLES

PRINTED = frozenset({"buyer_name", "buyer_address"})
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Permitted:
    """A voucher of the person on which the buyer stays as printed, and until when."""

    number: str
    columns: tuple[str, ...]
    until: date | None


@dataclass(frozen=True, slots=True)
class Left:
    """Values, by line, in a column of a table; of the person or nobody, or of other people who share them."""

    table: str
    column: str
    values: tuple[int, ...]
    rows: int
    of_others: bool


@dataclass(frozen=True, slots=True)
class Remainder:
    """What was found, table by table, and in how many rows nothing was."""

    permitted: tuple[Permitted, ...]
    left: tuple[Left, ...]
    tables: int
    rows: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left but what is permitted, and what is other people's."""
        return all(found.of_others for found in self.left)

    @property
    def known(self) -> set[int]:
        """Values that stand in some row, so that the file must hold them."""
        return {value for found in self.left for value in found.values}


def search(connection: Connection, customer_id: UUID, wanted: Sought, today: date) -> Remainder:
    """Read every row of every table; memory stays flat."""
    permitted: list[Permitted] = []
    left: Counter[tuple[str, str, int, bool]] = Counter()
    rows = 0
    for table in metadata.sorted_tables:
        result = connection.execute(select(table), execution_options={"yield_per": AT_ONCE})
        for row in result:
            rows += 1
            found = {column: hits for column, value in row._mapping.items() if (hits := _hits(value, wanted))}
            if not found:
                continue
            if table is vouchers and _may_stay(row, customer_id, found, today):
                permitted.append(Permitted(row.number, tuple(sorted(found)), row.retain_until))
                continue
            others = _is_of_others(row, "id" if table is customers else "customer_id", customer_id)
            left.update((table.name, column, value, others) for column, hits in found.items() for value in hits)
    return Remainder(tuple(permitted), tuple(_told(left)), len(metadata.sorted_tables), rows)


def _hits(value: Any, wanted: Sought) -> set[int]:
    if value is None or isinstance(value, bool | int | float | UUID):
        return set()
    return wanted.within(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _may_stay(row: Row[Any], customer_id: UUID, found: dict[str, set[int]], today: date) -> bool:
    """A voucher of this person, restricted, whose date has not passed; without a date it waits for the accountant."""
    in_time = row.retain_until is None or row.retain_until >= today
    return row.customer_id == customer_id and row.restricted_at is not None and in_time and PRINTED.issuperset(found)


def _is_of_others(row: Row[Any], owned_by: str, customer_id: UUID) -> bool:
    owner = row._mapping.get(owned_by)
    return owner is not None and owner != customer_id


def _told(left: Counter[tuple[str, str, int, bool]]) -> Iterator[Left]:
    for table, column, others in sorted({(table, column, others) for table, column, _, others in left}):
        values = {v: n for (t, c, v, o), n in left.items() if (t, c, o) == (table, column, others)}
        yield Left(table, column, tuple(sorted(values)), max(values.values()), others)


def in_files(files: list[Path], wanted: Sought) -> dict[str, set[int]]:
    """Which values stand in the bytes of which files."""
    found = {file.name: {n for n, forms in wanted.as_bytes() if _holds(file, forms)} for file in files}
    return {name: values for name, values in found.items() if values}


def _holds(file: Path, forms: frozenset[bytes]) -> bool:
    with file.open("rb") as opened:
        if file.stat().st_size == 0:
            return False
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(form) >= 0 for form in forms)


def files_of(database_url: str) -> list[Path]:
    """The files of a SQLite database; of PostgreSQL's the service sees none."""
    if not database_url.startswith("sqlite:///"):
        return []
    place = Path(database_url.removeprefix("sqlite:///"))
    return [file for suffix in ("", "-wal") if (file := place.with_name(place.name + suffix)).is_file()]


assert TABLES  # noqa: S101 (the import above fills the metadata with every table)
