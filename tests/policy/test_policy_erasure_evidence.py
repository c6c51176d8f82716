"""Erasure versus evidence: consents, files of requests, suppressions, the window for claims."""

from dataclasses import replace
from datetime import date

import pytest

from app.policy.erasure import (
    Erase,
    ErasureRequest,
    HoldingKind,
    Retain,
)
from app.policy.vocabulary import (
    ErasureException,
    ErasureGround,
)
from tests.policy.judging import TODAY, verdict, verdicts
from tests.policy.worlds import (
    CARE,
    CLAIMS,
    NEED,
    NEWSLETTER,
    RIGHTS,
    STATUTE_RULES,
    WINDOW,
    holding,
)


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        (HoldingKind.CONSENT_EVIDENCE, "Art. 7(1)"),
        (HoldingKind.DISCLOSURE_LOG, "Art. 5(2)"),
        (HoldingKind.REQUEST_FILE, "Art. 5(2)"),
        (HoldingKind.LEGAL_HOLD_FILE, "Art. 17(3)(e)"),
    ],
)
def test_proof_stays_for_the_evidence_period(kind: HoldingKind, section: str) -> None:
    """Kept three years from its event, even if it is filed under the marketing purpose it proves."""
    held = holding(kind, NEWSLETTER, kept_since=date(2024, 2, 29))
    found = verdict(held)
    assert isinstance(found, Retain)
    assert (found.exception, found.law, found.section) == (ErasureException.LEGAL_CLAIMS, "GDPR", section)
    assert found.until == date(2027, 2, 28)
    assert isinstance(verdict(held, today=date(2027, 2, 28)), Retain)
    assert isinstance(verdict(held, today=date(2027, 3, 1)), Erase)


def test_proof_of_a_consent_still_in_force_runs_from_the_erasure() -> None:
    """An erasure ends the consent too, so its date is the event, and it does not slide."""
    held = holding(HoldingKind.CONSENT_EVIDENCE, RIGHTS)
    for today in (TODAY, date(2027, 6, 1)):
        found = verdict(held, today=today)
        assert isinstance(found, Retain)
        assert found.until == date(2029, 11, 22)
    unknown = verdict(held, request=ErasureRequest(ErasureGround.NO_LONGER_NECESSARY))
    assert isinstance(unknown, Retain)
    assert unknown.until == date(2029, 11, 22)


def test_a_file_that_is_not_closed_has_no_end_yet() -> None:
    """The period of a request or legal-hold file runs from its closing, which has not come."""
    for kind in (HoldingKind.REQUEST_FILE, HoldingKind.LEGAL_HOLD_FILE):
        found = verdict(holding(kind, RIGHTS))
        assert isinstance(found, Retain)
        assert found.until is None


def test_a_suppression_outlives_everything_and_is_reviewed_yearly() -> None:
    """The ban must still be obeyed after the erasure, even if it is filed under the marketing it stops."""
    for purpose in (RIGHTS, NEWSLETTER):
        found = verdict(holding(HoldingKind.SUPPRESSION, purpose))
        assert isinstance(found, Retain)
        assert (found.exception, found.section) == (ErasureException.LEGAL_OBLIGATION, "Art. 21(3)")
        assert (found.until, found.review_on) == (None, date(2027, 11, 22))


def test_the_claims_window_needs_a_recorded_necessity_assessment() -> None:
    """The limitation period keeps data for the claims purpose only, and only if somebody assessed it."""
    held = holding(HoldingKind.ATTRIBUTE, CLAIMS, CARE, kept_since=date(2024, 5, 31))
    assessed = replace(STATUTE_RULES, claims_window=WINDOW)
    found = verdicts(held, assessed)
    kept = found["claims"]
    assert isinstance(kept, Retain)
    assert (kept.law, kept.section, kept.until) == (WINDOW.law, WINDOW.section, date(2027, 5, 31))
    assert kept.exception is ErasureException.LEGAL_CLAIMS
    assert NEED.by in kept.reason
    assert NEED.why in kept.reason
    assert isinstance(found["care"], Erase)
    assert isinstance(verdicts(held, assessed, today=date(2027, 5, 31))["claims"], Retain)
    assert isinstance(verdicts(held, assessed, today=date(2027, 6, 1))["claims"], Erase)
    unassessed = replace(STATUTE_RULES, claims_window=replace(WINDOW, necessity_assessment=None))
    assert isinstance(verdicts(held, unassessed)["claims"], Erase)
    assert isinstance(verdicts(held)["claims"], Erase)


def test_a_necessity_assessment_holds_until_its_day_and_longer_only_if_it_is_reviewed() -> None:
    """Once its day has passed, the assessment retains nothing, though the limitation period still runs."""
    held = holding(HoldingKind.ATTRIBUTE, CLAIMS, kept_since=date(2026, 5, 31))
    need = replace(NEED, until=date(2027, 1, 31))
    rules = replace(STATUTE_RULES, claims_window=replace(WINDOW, necessity_assessment=need))
    found = verdict(held, rules)
    assert isinstance(found, Retain)
    assert found.until == date(2027, 1, 31)
    assert isinstance(verdict(held, rules, today=date(2027, 2, 1)), Erase)
    reviewed = replace(need, until=date(2030, 1, 31), reviewed_on=date(2027, 1, 15))
    rules = replace(STATUTE_RULES, claims_window=replace(WINDOW, necessity_assessment=reviewed))
    found = verdict(held, rules, today=date(2027, 2, 1))
    assert isinstance(found, Retain)
    assert found.until == date(2029, 5, 31)
    assert "reviewed on 2027-01-15" in found.reason
