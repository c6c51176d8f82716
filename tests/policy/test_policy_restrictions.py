"""Rectifications and restrictions: what decides them, and what ends them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.policy.rectification import Finding, outcome, settled
from app.policy.restrictions import HOLDS_VALUES, OF_THE_PERSON, kept_instead, lift_refusal
from app.policy.vocabulary import (
    RestrictionGround,
)
from tests.policy.worlds import (
    days,
)


def test_findings_decide_the_rectification() -> None:
    """All accepted, some, none; and what each leaves behind."""
    assert outcome([Finding.AS_PROPOSED]) == "granted"
    assert outcome([Finding.AS_PROPOSED, Finding.UNDECIDED]) == "partly_granted"
    assert outcome([Finding.AS_HELD]) == "refused"
    assert settled(Finding.AS_PROPOSED, is_value=True) == "changed"
    assert settled(Finding.AS_PROPOSED, is_value=False) == "supplemented"
    for finding in (Finding.AS_HELD, Finding.UNDECIDED):
        assert settled(finding, is_value=True) == "noted"


@given(st.frozensets(st.sampled_from(RestrictionGround)))
def test_only_what_the_person_obtained_keeps_data_from_erasure(grounds: frozenset[RestrictionGround]) -> None:
    """The register's own two grounds restrict as well, but nobody asked to have anything kept on them."""
    found = kept_instead(grounds)
    assert (found is None) == (not grounds & OF_THE_PERSON)
    assert found is None or found in grounds
    assert HOLDS_VALUES > OF_THE_PERSON


@given(days, st.integers(-40, 40), st.integers(-40, 40), st.booleans())
def test_a_restriction_is_lifted_after_the_person_was_told(began: date, told: int, now: int, settled_: bool) -> None:
    """Article 18(3): a notice between the restriction's first day and today, and the matter settled (F56)."""
    told_on, today = began + timedelta(days=told), began + timedelta(days=now)
    refusal = lift_refusal(began, told_on, today, settled=settled_)
    assert (refusal is None) == (settled_ and began <= told_on <= today)
