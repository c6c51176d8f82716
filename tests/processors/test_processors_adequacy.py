"""The table of adequacy decisions, and the table after a fall."""

from datetime import date

import pytest

from app.policy.transfers import AdequacyCondition, is_eea
from app.processors.adequacy import Fall, decision_on, entries, table

TODAY = date(2026, 11, 22)
COUNTRIES = "AD AR BR CA CH EP FO GB GG IL IM JE JP KR NZ US UY"


def test_the_table_has_exactly_the_countries_of_the_fact_base() -> None:
    assert sorted(entry.country for entry in entries()) == COUNTRIES.split()
    assert not [entry.country for entry in entries() if is_eea(entry.country)]


def test_each_row_says_where_it_comes_from_and_when_somebody_looked() -> None:
    for entry in entries():
        assert entry.source
        assert entry.scope
        assert entry.checked_on <= TODAY
        assert entry.valid_to is None or entry.valid_to > entry.valid_from


def test_conditions() -> None:
    conditions = {entry.country: entry.condition for entry in entries()}
    assert conditions["US"] is AdequacyCondition.DPF
    assert conditions["CA"] is AdequacyCondition.PIPEDA
    assert conditions["JP"] is AdequacyCondition.PRIVATE_SECTOR
    assert conditions["CH"] is AdequacyCondition.NONE


@pytest.mark.parametrize(
    ("country", "on", "decision"),
    [
        ("US", date(2023, 7, 9), None),
        ("US", date(2023, 7, 10), "(EU) 2023/1795"),
        ("GB", date(2031, 12, 27), "(EU) 2021/1772"),
        ("GB", date(2031, 12, 28), None),
        ("BR", date(2026, 1, 25), None),
        ("BR", date(2026, 1, 26), "Brazil, adopted 26 January 2026"),
        ("IN", TODAY, None),
    ],
)
def test_a_decision_counts_from_its_first_day_to_its_last(country: str, on: date, decision: str | None) -> None:
    assert decision_on(table(), country, on) == decision


def test_an_annulled_framework_is_valid_until_the_day_before() -> None:
    fallen = Fall(dpf_annulled_on=date(2027, 1, 1)).of(table())
    assert decision_on(fallen, "US", date(2026, 12, 31)) is not None
    assert decision_on(fallen, "US", date(2027, 1, 1)) is None
    assert decision_on(fallen, "CH", date(2027, 1, 1)) is not None


def test_withdrawn_decisions_are_gone_and_the_table_itself_is_not_touched() -> None:
    fallen = Fall(withdrawn=frozenset({"CH"})).of(table())
    assert decision_on(fallen, "CH", TODAY) is None
    assert decision_on(table(), "CH", TODAY) is not None
