"""What runs out about recipients, and which promises of the notice are kept, for metrics; numbers only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.processors.expiring import expiring
from app.processors.promises import kept
from app.register.definition import Definition

BANDS = ((-1, "overdue"), (30, "0-30"), (90, "31-90"))
"""Days left, up to and including; what is further away is not counted."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """How much runs out by days left, and whether each promise is kept, by fact."""

    expiring: Mapping[str, int]
    kept: Mapping[str, bool]


def recipients(connection: Connection, definition: Definition, now: datetime) -> Recipients:
    """Count at the instant `now`; a register has tens of recipients."""
    counts = dict.fromkeys((name for _, name in BANDS), 0)
    for one in expiring(connection, definition, BANDS[-1][0], now.astimezone(definition.zone).date()).items:
        counts[next(name for most, name in BANDS if one.days_left <= most)] += 1
    return Recipients(counts, kept(connection, definition, now))
