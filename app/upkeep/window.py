"""When the step may burden the database, and by when it must have run."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

LONGEST_WAIT = timedelta(days=7)
"""What a person may be told: by then the bytes are gone from the database's files."""
NO_LONGER_WAITS = timedelta(days=5)
"""From this age on the step runs at any hour, so that two days are left for what may stand in its way."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the controller's day; it may span midnight, and `00:00-00:00` is the whole day."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `02:00-04:00`; raises `ValueError`."""
        begins, _, ends = text.partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))

    def __contains__(self, hour: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends


def is_due(window: Window, oldest: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether the step is to run now for traces of which the oldest was left at `oldest`."""
    return now.astimezone(zone).time() in window or now - oldest >= NO_LONGER_WAITS


def gone_by(left_at: datetime, zone: tzinfo) -> date:
    """The last day, in the controller's calendar, on which the bytes may still be there."""
    return (left_at + LONGEST_WAIT).astimezone(zone).date()
