"""Finnish public holidays 2026 to 2028 as plain dates, for tests without any calendar library."""

from datetime import date
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")


def _days(year: int, *days: tuple[int, int]) -> frozenset[date]:
    return frozenset(date(year, month, day) for day, month in days)


HOLIDAYS = (
    _days(2026, (1, 1), (6, 1), (3, 4), (5, 4), (6, 4), (1, 5), (14, 5), (24, 5))
    | _days(2026, (20, 6), (31, 10), (6, 12), (25, 12), (26, 12))
    | _days(2027, (1, 1), (6, 1), (26, 3), (28, 3), (29, 3), (1, 5), (6, 5), (16, 5))
    | _days(2027, (26, 6), (6, 11), (6, 12), (25, 12), (26, 12))
    | _days(2028, (1, 1), (6, 1), (14, 4), (16, 4), (17, 4), (1, 5), (25, 5), (4, 6))
    | _days(2028, (24, 6), (4, 11), (6, 12), (25, 12), (26, 12))
)
EVES = frozenset(
    {
        *_days(2026, (19, 6), (24, 12)),
        *_days(2027, (25, 6), (24, 12)),
        *_days(2028, (23, 6), (24, 12)),
    }
)
