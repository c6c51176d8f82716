"""Requests of every right against the law, briefly: the same lives every time; `make fuzz` takes new ones, longer."""

from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.abuse.driver import driven
from tests.rights import law
from tests.rights.law import Question
from tests.rights.machine import explore
from tests.worlds import Template


def test_any_life_of_requests_keeps_the_promises(app: FastAPI, sqlite_template: Template, tmp_path: Path) -> None:
    """Nothing forgotten, no clock too late, nothing restricted served, nothing erased left."""
    with driven(app, sqlite_template, tmp_path) as driver:
        explore(driver, examples=4, steps=25)


@pytest.mark.parametrize(
    ("received", "first", "extended"),
    [
        ("2026-01-30", "2026-03-02", "2026-04-30"),
        ("2026-03-05", "2026-04-07", "2026-06-05"),
        ("2027-02-26", "2027-03-30", "2027-05-26"),
        ("2026-05-20", "2026-06-22", "2026-08-20"),
        ("2026-07-31", "2026-08-31", "2026-11-02"),
        ("2027-11-24", "2027-12-24", "2028-02-24"),
        ("2028-02-29", "2028-03-29", "2028-05-29"),
    ],
)
def test_the_oracle_knows_the_vectors(received: str, first: str, extended: str) -> None:
    """Whoever judges must be right first: weekends, Easter, Midsummer, All Saints, Christmas, leap day."""
    on = date.fromisoformat(received)
    assert law.last_day(on, [], on, extended=False).isoformat() == first
    assert law.last_day(on, [], on, extended=True).isoformat() == extended


@pytest.mark.parametrize(
    ("received", "asked", "answered", "due"),
    [
        ("2026-03-02", "2026-03-04", "2026-03-11", "2026-04-09"),
        ("2026-11-16", "2026-11-17", "2026-11-27", "2026-12-28"),
    ],
)
def test_the_oracle_knows_the_pauses(received: str, asked: str, answered: str, due: str) -> None:
    """Days waited move the nominal date; then weekends and holidays do."""
    question = Question(date.fromisoformat(asked), reasoned=True, ended_on=date.fromisoformat(answered))
    on = date.fromisoformat(received)
    assert law.last_day(on, [question], date(2027, 1, 1), extended=False).isoformat() == due
