"""Telling recipients (Art. 19): what they are told, how far that has come, when it is tried again, what closes it."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from app.policy.vocabulary import Right


class Act(StrEnum):
    """What a recipient is told to do, in the words of the right that is behind it."""

    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"
    RESTRICTION_LIFTED = "restriction_lifted"
    CONSENT_WITHDRAWAL = "consent_withdrawal"
    MARKETING_BAN = "marketing_ban"
    OBJECTION = "objection"
    CORRECTION = "correction"
    """What the recipient was told before was an error of ours: it concerned somebody else."""


ACT_OF: Mapping[Right, Act] = {
    Right.ERASURE: Act.ERASURE,
    Right.RECTIFICATION: Act.RECTIFICATION,
    Right.RESTRICTION: Act.RESTRICTION,
    Right.OBJECTION: Act.OBJECTION,
    Right.MARKETING_BAN: Act.MARKETING_BAN,
    Right.CONSENT_WITHDRAWAL: Act.CONSENT_WITHDRAWAL,
}
"""What recipients are told on account of each right; access and portability tell nobody."""


class Progress(StrEnum):
    """How far a notification has come; `overdue` is said beside it, of an open one whose day has passed."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    VERIFIED = "verified"
    REFUSED = "refused"
    EXCUSED = "excused"
    FAILED = "failed"


CLOSED = frozenset({Progress.ACKNOWLEDGED, Progress.VERIFIED, Progress.REFUSED, Progress.EXCUSED})
"""Sending closes nothing: the recipient answers, a machine has looked, or a human says why it need not be told."""

TRIES = 12
"""After so many failed attempts a notification is parked for a human: with the delays below, some three days."""
_FIRST = timedelta(seconds=5)
_LONGEST = timedelta(hours=12)
DAYS_TO_ANSWER = 30
"""By when a recipient should have answered: within the month in which the person is answered (Art. 12(3), 19)."""


def is_closed(state: str) -> bool:
    """Whether nothing more is to be done."""
    return state in CLOSED


def is_overdue(state: str, due_on: date, today: date) -> bool:
    """Whether an open notification should have been answered before today."""
    return not is_closed(state) and due_on < today


def retry_delay(attempts: int, chance: float, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the `attempts`-th failure: exponential, with jitter; never less than was `asked`.

    `chance` lies in [0, 1): equal failures at one instant must not come back at one instant.
    """
    grown: timedelta = min(_FIRST * 4 ** min(attempts - 1, 10), _LONGEST)
    return max(grown * (0.5 + chance / 2), asked or timedelta())
