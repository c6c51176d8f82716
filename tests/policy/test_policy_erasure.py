"""Erasure: restriction instead, the ground of each verdict, and what binds a row of several purposes."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.policy.erasure import (
    Ask,
    Erase,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    Restrict,
    Retain,
    Verdict,
    assess,
    holding_outcome,
    outcomes_of,
    strictest,
    sweep_due,
)
from app.policy.vocabulary import (
    ErasureException,
    ErasureGround,
    RestrictionGround,
)
from tests.policy.judging import OPEN_ORDER, TODAY, verdict, verdicts, voucher
from tests.policy.worlds import (
    ASKED,
    CARE,
    CLAIMS,
    MAILING,
    NEWSLETTER,
    NOTICE_RULES,
    ORDER,
    STATUTE_RULES,
    WINDOW,
    holding,
)


@pytest.mark.parametrize(
    "ground",
    [
        RestrictionGround.ERASURE_OPPOSED,
        RestrictionGround.PERSONS_CLAIM,
        RestrictionGround.ACCURACY_CONTESTED,
        RestrictionGround.OBJECTION_PENDING,
    ],
)
def test_a_person_may_have_data_restricted_instead_of_erased(ground: RestrictionGround) -> None:
    """What would be erased is restricted until the person releases it; marketing stops all the same."""
    request = replace(ASKED, restrict_instead=ground)
    found = verdicts(holding(HoldingKind.ATTRIBUTE, CARE, NEWSLETTER), request=request)
    kept = found["care"]
    assert isinstance(kept, Restrict)
    assert (kept.ground, kept.until) == (ground, None)
    assert kept.reason
    assert isinstance(found["newsletter"], Erase)
    assert isinstance(verdict(voucher(), request=request), Retain)


def test_the_wish_for_restriction_may_concern_some_holdings_only() -> None:
    """The rest is erased as asked."""
    request = replace(ASKED, restrict_instead=RestrictionGround.PERSONS_CLAIM, restrict_only=frozenset({"purchase-1"}))
    assert isinstance(verdict(holding(HoldingKind.PURCHASE, ORDER), request=request), Restrict)
    assert isinstance(verdict(holding(HoldingKind.ATTRIBUTE, CARE), request=request), Erase)


@pytest.mark.parametrize("ground", [RestrictionGround.RETENTION, RestrictionGround.ERASURE_PENDING])
def test_the_registers_own_restrictions_are_nobodys_wish(ground: RestrictionGround) -> None:
    """They follow from a decision and cannot be asked for in place of one."""
    request = replace(ASKED, restrict_instead=ground)
    assert isinstance(verdict(holding(HoldingKind.ATTRIBUTE, CARE), request=request), Erase)


@pytest.mark.parametrize(
    ("asked", "purpose", "cited"),
    [
        (ErasureGround.NO_LONGER_NECESSARY, CARE, ErasureGround.NO_LONGER_NECESSARY),
        (ErasureGround.NO_LONGER_NECESSARY, NEWSLETTER, ErasureGround.CONSENT_WITHDRAWN),
        (ErasureGround.NO_LONGER_NECESSARY, MAILING, ErasureGround.OBJECTION),
        (ErasureGround.CONSENT_WITHDRAWN, NEWSLETTER, ErasureGround.CONSENT_WITHDRAWN),
        (ErasureGround.CONSENT_WITHDRAWN, MAILING, ErasureGround.OBJECTION),
        (ErasureGround.CONSENT_WITHDRAWN, ORDER, ErasureGround.NO_LONGER_NECESSARY),
        (ErasureGround.OBJECTION, CARE, ErasureGround.OBJECTION),
        (ErasureGround.OBJECTION, NEWSLETTER, ErasureGround.OBJECTION),
        (ErasureGround.OBJECTION, ORDER, ErasureGround.NO_LONGER_NECESSARY),
        (ErasureGround.UNLAWFUL_PROCESSING, ORDER, ErasureGround.UNLAWFUL_PROCESSING),
        (ErasureGround.LEGAL_OBLIGATION, CARE, ErasureGround.LEGAL_OBLIGATION),
        (ErasureGround.CHILD, NEWSLETTER, ErasureGround.CHILD),
    ],
)
def test_each_erasure_cites_the_ground_that_fits_its_purpose(
    asked: ErasureGround, purpose: HeldPurpose, cited: ErasureGround
) -> None:
    """A withdrawal cannot be the ground for data that never rested on consent."""
    found = verdict(holding(HoldingKind.ATTRIBUTE, purpose), request=ErasureRequest(asked))
    assert isinstance(found, Erase)
    assert found.ground is cited


LATE = Retain(ErasureException.LEGAL_OBLIGATION, "L", "s", date(2030, 1, 1), "r")
OPEN = replace(LATE, until=None)
RESTRICT = Restrict(RestrictionGround.PERSONS_CLAIM, "r", None)
ERASE = Erase(ErasureGround.NO_LONGER_NECESSARY, "r")
DUPLICATE = Erase(ErasureGround.NO_LONGER_NECESSARY, "r", "holder", date(2030, 1, 1))


def test_the_strictest_verdict_binds_the_row() -> None:
    """Ask before Retain (open-ended first, then the latest), before Restrict, before Erase, in any order."""
    ascending: list[Verdict] = [
        ERASE,
        DUPLICATE,
        replace(RESTRICT, until=date(2027, 9, 1)),
        replace(RESTRICT, until=date(2027, 10, 1)),
        RESTRICT,
        replace(LATE, until=date(2029, 1, 1)),
        LATE,
        OPEN,
        Ask("?"),
    ]
    for highest in range(1, len(ascending) + 1):
        assert strictest(ascending[:highest]) == ascending[highest - 1]
        assert strictest(ascending[:highest][::-1]) == ascending[highest - 1]


def test_a_row_without_a_purpose_is_a_question() -> None:
    """Nothing disappears because nobody said what it is for."""
    assert isinstance(strictest(()), Ask)
    assert isinstance(holding_outcome(assess([holding(HoldingKind.ATTRIBUTE)], ASKED, NOTICE_RULES, TODAY), "x"), Ask)


def test_the_outcome_of_a_row_looks_at_its_own_verdicts_only() -> None:
    """The voucher stays, the attribute goes, details stay for an order; worked out one by one or together."""
    attribute = holding(HoldingKind.ATTRIBUTE, CARE, NEWSLETTER)
    details = holding(HoldingKind.CONTACT_DETAILS, NEWSLETTER, ORDER, matters=(OPEN_ORDER,))
    assessed = assess([voucher(), attribute, details], ASKED, STATUTE_RULES, TODAY)
    outcomes = {one: holding_outcome(assessed, one) for one in ("voucher-1", "attribute-1", "contact_details-1")}
    assert [type(outcome) for outcome in outcomes.values()] == [Retain, Erase, Retain]
    assert outcomes_of(assessed) == outcomes


@pytest.mark.parametrize(
    ("one", "due"),
    [
        (ERASE, True),
        (replace(LATE, until=TODAY), False),
        (replace(LATE, until=date(2026, 11, 21)), True),
        (OPEN, False),
        (RESTRICT, False),
        (replace(RESTRICT, until=date(2026, 11, 21)), True),
        (Ask("?"), False),
    ],
)
def test_the_sweep_takes_up_what_has_reached_its_date(one: Verdict, due: bool) -> None:
    """The day after `until`, not on it; open ends and questions wait for a human."""
    assert sweep_due(one, TODAY) is due


def test_rows_that_are_alike_are_judged_alike() -> None:
    """Each of many rows gets its verdicts under its own name, though equal facts are worked out once."""
    first = voucher()
    second = replace(first, id="voucher-2")
    assessed = assess([first, second], ASKED, STATUTE_RULES, TODAY)
    mine = [replace(one, holding_id="") for one in assessed if one.holding_id == first.id]
    its = [replace(one, holding_id="") for one in assessed if one.holding_id == second.id]
    assert mine == its != []


LIKE = Holding("one", HoldingKind.ATTRIBUTE, "category", (ORDER, CLAIMS), kept_since=date(2010, 1, 1))
CLAIMED = replace(STATUTE_RULES, claims_window=WINDOW)


@pytest.mark.parametrize(
    "differs",
    [
        {"kind": HoldingKind.SUPPRESSION},
        {"purposes": (ORDER,)},
        {"open_matters": (OPEN_ORDER,)},
        {"kept_since": date(2026, 1, 1)},
    ],
    ids=lambda differs: next(iter(differs)),
)
def test_rows_that_differ_in_one_fact_share_no_verdict(differs: dict[str, Any]) -> None:
    """Verdicts of rows that are alike are worked out once; an open order of one of them is not lost by that."""
    other = replace(LIKE, id="other", **differs)
    together = assess([LIKE, other], ASKED, CLAIMED, TODAY)
    alone = [*assess([LIKE], ASKED, CLAIMED, TODAY), *assess([other], ASKED, CLAIMED, TODAY)]
    assert list(together) == alone
    assert len({repr([one.verdict for one in alone if one.holding_id == name]) for name in ("one", "other")}) == 2


@pytest.mark.parametrize(
    "names",
    [
        {"ground": ErasureGround.UNLAWFUL_PROCESSING, "ground_holdings": frozenset({"one"})},
        {"restrict_instead": RestrictionGround.PERSONS_CLAIM, "restrict_only": frozenset({"one"})},
    ],
    ids=["a finding", "a wish"],
)
def test_of_two_rows_that_are_alike_a_request_may_name_one(names: dict[str, Any]) -> None:
    """What was processed unlawfully goes without exception; what is like it, but is not named, has its own verdict."""
    request = replace(ASKED, **names)
    held = [replace(LIKE, purposes=(CARE,)), replace(LIKE, purposes=(CARE,), id="other")]
    one, other = (found.verdict for found in assess(held, request, CLAIMED, TODAY))
    assert [one] == [found.verdict for found in assess(held[:1], request, CLAIMED, TODAY)]
    assert [other] == [found.verdict for found in assess(held[1:], request, CLAIMED, TODAY)]
    assert one != other
