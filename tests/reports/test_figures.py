"""Quarters and figures, by hand."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.reports.figures import Case, Taken, Waiting, begun, taken, waiting
from app.reports.quarterly import told_out
from app.reports.quarters import Quarter

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize(
    ("day", "its", "before"),
    [
        (date(2026, 1, 1), Quarter(2026, 1), Quarter(2025, 4)),
        (date(2026, 3, 31), Quarter(2026, 1), Quarter(2025, 4)),
        (date(2026, 4, 1), Quarter(2026, 2), Quarter(2026, 1)),
        (date(2026, 12, 31), Quarter(2026, 4), Quarter(2026, 3)),
    ],
)
def test_a_day_has_its_quarter(day: date, its: Quarter, before: Quarter) -> None:
    assert (Quarter.of(day), Quarter.before(day)) == (its, before)
    assert its.begins_on <= day <= its.ends_on


def test_a_quarter_begins_and_ends_in_the_controllers_zone() -> None:
    """Summer time begins within the first quarter: the edges are local midnights all the same."""
    assert Quarter(2026, 1).edges(HELSINKI) == (
        datetime(2025, 12, 31, 22, tzinfo=UTC),
        datetime(2026, 1, 31, 22, tzinfo=UTC),
        datetime(2026, 2, 28, 22, tzinfo=UTC),
        datetime(2026, 3, 31, 21, tzinfo=UTC),
    )
    assert Quarter(2026, 4).ends_on == date(2026, 12, 31)


def case(began: int, answered: int | None, due: int = 31, about: str = "access", outcome: str = "granted") -> Case:
    return Case(
        about, outcome, date(2026, 7, began), date(2026, 7, due), None if answered is None else date(2026, 7, answered)
    )


def test_days_are_counted_by_kind_and_outcome() -> None:
    """The due date itself is in time; the median of an even number lies between two."""
    cases = [case(1, 4), case(1, 8), case(2, 20, due=20), case(2, 21, due=20), case(3, None)]
    cases.append(case(1, 2, outcome="refused"))
    assert taken(cases) == [
        Taken("access", "granted", 4, 12.5, 19, 1),
        Taken("access", "refused", 1, 1.0, 1, 0),
    ]
    assert taken(cases, date(2026, 7, 8), date(2026, 7, 20)) == [Taken("access", "granted", 2, 12.5, 18, 0)]
    assert taken([]) == []


def test_of_a_recipient_only_its_answers_count_as_such() -> None:
    """Whom nobody need tell has answered nothing; what was open at the end is open, whatever came of it since."""
    cases = [case(1, 3, outcome="acknowledged"), case(1, 9, due=8, outcome="refused"), case(1, 2, outcome="excused")]
    cases += [case(4, None, due=5), case(4, 30, outcome="verified")]
    found = told_out("access", cases, date(2026, 7, 1), date(2026, 7, 20), date(2026, 7, 20))
    assert (found.told, found.answered, found.refused, found.excused) == (5, 2, 1, 1)
    assert (found.median_days, found.longest_days, found.late) == (5.0, 8, 1)
    assert (found.open, found.overdue) == (2, 1)
    nothing = told_out("access", [case(4, None)], date(2026, 7, 1), date(2026, 7, 20), date(2026, 7, 20))
    assert (nothing.median_days, nothing.longest_days) == (None, None)


def test_what_was_open_at_the_end_of_a_day() -> None:
    """Not what came later, nor what had been answered by then; overdue is what was due before."""
    cases = [case(1, None, due=9), case(1, 10, due=10), case(1, 11, due=10), case(11, None), case(2, None, due=10)]
    assert waiting(cases, date(2026, 7, 10)) == [Waiting("access", 3, 1)]
    assert waiting(cases, date(2026, 7, 11)) == [Waiting("access", 3, 2)]
    assert begun(cases, date(2026, 7, 1), date(2026, 7, 10)) == {"access": 4}
