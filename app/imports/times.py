"""Wall-clock times of an export as instants, and days; read in the time zone that the operator names.

Where clocks go back, one wall-clock time happened twice; where they go forward, one never happened. Both are
taken and noted in the report: of two, a consent counts from the earlier and a withdrawal from the later, so
that a withdrawal in the same hour stands; one that never happened is read with the offset before the change.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?\s?(Z|[+-]\d{2}:?\d{2})?"
)
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
"""As nearly every export has it, and Python itself reads it."""
_FINNISH = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s(?:klo\s)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?")
EARLIEST = 1990
"""No export holds a year before this; such a time is a fault of the file."""

AMBIGUOUS = "time_ambiguous"
NONEXISTENT = "time_nonexistent"


class ImpossibleTime(ValueError):
    """The text is no time at all, or none that can have been."""


class Read(NamedTuple):
    """An instant in UTC, and the report's note about it or an empty text."""

    at: datetime
    note: str = ""


def instant(text: str, zone: ZoneInfo, *, later: bool = False) -> Read:
    """The instant of `YYYY-MM-DD HH:MM[:SS]` or `D.M.YYYY H.MM`; raises `ImpossibleTime`.

    `later` chooses the second of an ambiguous pair. An offset in the text wins over `zone`.
    """
    naive, offset = _naive(text.strip())
    if offset is not None:
        return Read(naive.replace(tzinfo=offset).astimezone(UTC))
    ahead = _ahead_all_month(naive.year, naive.month, zone)
    if ahead is not None:
        return Read((naive - ahead).replace(tzinfo=UTC))
    first = naive.replace(tzinfo=zone)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return Read(first.astimezone(UTC))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != naive:
        return Read(first.astimezone(UTC), NONEXISTENT)
    return Read(first.replace(fold=int(later)).astimezone(UTC), AMBIGUOUS)


@lru_cache(maxsize=1024)
def _ahead_all_month(year: int, month: int, zone: ZoneInfo) -> timedelta | None:
    """How far the zone is ahead of UTC, unless its clocks change in that month; exports hold many times of one."""
    first = datetime(year, month, 1, tzinfo=zone)
    midnights = [first + timedelta(days=n) for n in range(33)]
    found = {midnight.replace(fold=fold).utcoffset() for midnight in midnights for fold in (0, 1)}
    return found.pop() if len(found) == 1 else None


def day(text: str, zone: ZoneInfo) -> date:
    """The calendar day in `zone` of a date or of a time; raises `ImpossibleTime`."""
    naive, offset = _naive(text.strip())
    return naive.date() if offset is None else naive.replace(tzinfo=offset).astimezone(zone).date()


def _naive(text: str) -> tuple[datetime, timezone | None]:
    if _PLAIN.fullmatch(text):
        try:
            return _sensible(datetime.fromisoformat(text)), None
        except ValueError:
            raise ImpossibleTime("is no day or hour of the calendar") from None
    if (found := _ISO.fullmatch(text)) is not None:
        year, month, on, *clock, offset = found.groups()
    elif (found := _FINNISH.fullmatch(text)) is not None:
        on, month, year, *clock = found.groups()
        offset = None
    else:
        raise ImpossibleTime("is no time")
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        naive = datetime(int(year), int(month), int(on), hour, minute, second)  # noqa: DTZ001 (the caller's zone)
    except ValueError:
        raise ImpossibleTime("is no day or hour of the calendar") from None
    return _sensible(naive), _offset(offset)


def _sensible(naive: datetime) -> datetime:
    if not EARLIEST <= naive.year <= 2199:
        raise ImpossibleTime("lies outside any export")
    return naive


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ImpossibleTime("has no offset of this earth")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)
