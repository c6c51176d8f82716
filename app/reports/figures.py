"""What cases come to in numbers: pure, so that the same rows always give the same figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median


@dataclass(frozen=True, slots=True)
class Case:
    """One request (Art. 12(3)), or what one recipient was told (Art. 19); `answered_on` is None while it is open."""

    about: str
    outcome: str
    began_on: date
    due_on: date
    answered_on: date | None

    @property
    def days(self) -> int:
        """Calendar days from the beginning to the answer; only of what has been answered."""
        assert self.answered_on is not None  # noqa: S101 (callers ask of answered cases alone)
        return (self.answered_on - self.began_on).days

    @property
    def is_late(self) -> bool:
        """Whether the answer came after the due date."""
        return self.answered_on is not None and self.answered_on > self.due_on

    def is_open(self, on: date) -> bool:
        """Whether it had begun and had not been answered at the end of a day."""
        return self.began_on <= on and (self.answered_on is None or self.answered_on > on)


@dataclass(frozen=True, slots=True)
class Taken:
    """How long the answers of one kind took."""

    about: str
    outcome: str
    number: int
    median_days: float
    longest_days: int
    late: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was open at the end of a day, and how much of it should have been answered before."""

    about: str
    number: int
    overdue: int


def begun(cases: Iterable[Case], first: date, last: date) -> Mapping[str, int]:
    """How many of each kind began within these days."""
    counted = Counter(case.about for case in cases if first <= case.began_on <= last)
    return dict(sorted(counted.items()))


def taken(cases: Iterable[Case], first: date = date.min, last: date = date.max) -> list[Taken]:
    """How long those answered within these days took, by kind and outcome."""
    groups: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if case.answered_on is not None and first <= case.answered_on <= last:
            groups[case.about, case.outcome].append(case)
    return [_taken(about, outcome, found) for (about, outcome), found in sorted(groups.items())]


def _taken(about: str, outcome: str, found: list[Case]) -> Taken:
    days = [case.days for case in found]
    late = sum(case.is_late for case in found)
    return Taken(about, outcome, len(found), float(median(days)), max(days), late)


def waiting(cases: Iterable[Case], on: date) -> list[Waiting]:
    """What was open at the end of a day, by kind."""
    groups: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.is_open(on):
            groups[case.about].append(case)
    return [
        Waiting(about, len(found), sum(case.due_on < on for case in found)) for about, found in sorted(groups.items())
    ]
