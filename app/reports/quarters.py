"""A quarter of the year in the controller's time zone, and its months."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Quarter:
    """The first to the third, the fourth to the sixth month, and so on."""

    year: int
    number: int

    @property
    def months(self) -> tuple[date, date, date]:
        """The first day of each month."""
        first = 3 * self.number - 2
        return date(self.year, first, 1), date(self.year, first + 1, 1), date(self.year, first + 2, 1)

    @property
    def begins_on(self) -> date:
        """Its first day."""
        return self.months[0]

    @property
    def ends_on(self) -> date:
        """Its last day."""
        return self.next.begins_on - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The one after it."""
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    def edges(self, zone: ZoneInfo) -> tuple[datetime, datetime, datetime, datetime]:
        """The first instant of each month, and of the quarter after it."""
        first, second, third = self.months
        days = (first, second, third, self.next.begins_on)
        begun = [datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC) for day in days]
        return begun[0], begun[1], begun[2], begun[3]

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def before(cls, day: date) -> "Quarter":
        """The last quarter that is over by a day: the one usually reported on."""
        return cls.of(cls.of(day).begins_on - timedelta(days=1))
