"""What must hold for every set of holdings, whatever is held and whoever asks."""

import random
from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.erasure import (
    Ask,
    Continue,
    Erase,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    Restrict,
    Retain,
    Rules,
    Verdict,
    assess,
    holding_outcome,
    outcomes_of,
    strictest,
)
from app.policy.keeping import is_own_record
from app.policy.retention import AccountingPeriod, accounting_period
from app.policy.vocabulary import Nature
from tests.policy.worlds import days, holding_sets, requests, rule_sets

Verdicts = dict[tuple[str, str], Verdict]


def by_purpose(holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date) -> Verdicts:
    return {(one.holding_id, one.purpose): one.verdict for one in assess(holdings, request, rules, today)}


def reaches(request: ErasureRequest, purpose: HeldPurpose) -> bool:
    """Whether the purpose is part of what was asked."""
    return request.purposes is None or purpose.code in request.purposes


def period_of(held: Holding, rules: Rules) -> AccountingPeriod | None:
    """The accounting period of a voucher that is kept here with its buyer, or None."""
    facts = held.accounting
    if held.kind is not HoldingKind.VOUCHER or facts is None or facts.record != "here" or not facts.buyer_printed:
        return None
    found = accounting_period(
        facts.material, facts.booked_on, facts.transaction_on, rules.financial_years, rules.accounting
    )
    return found if isinstance(found, AccountingPeriod) else None


def each_holding_has_exactly_one_verdict_for_each_purpose(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """Nothing is forgotten and nothing is decided twice, in the order in which it was given."""
    assessed = assess(holdings, request, rules, today)
    expected = [(one.id, purpose.code) for one in holdings for purpose in one.purposes]
    assert [(one.holding_id, one.purpose) for one in assessed] == expected


def nothing_under_a_legal_obligation_goes_before_its_date(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """A voucher kept here is retained through `until` for every purpose but marketing, and so is its row."""
    found = by_purpose(holdings, request, rules, today)
    for held in holdings:
        period = period_of(held, rules)
        if period is None or period.until < today:
            continue
        for purpose in held.purposes:
            verdict = found[held.id, purpose.code]
            if purpose.nature is not Nature.DIRECT_MARKETING and reaches(request, purpose):
                assert isinstance(verdict, Retain)
                assert verdict.until is None or verdict.until >= period.until


def nothing_is_retained_after_its_date_without_another_ground(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """No verdict retains through a day that has passed; without open matters a voucher past its date goes."""
    found = by_purpose(holdings, request, rules, today)
    assert not [v for v in found.values() if isinstance(v, Retain) and v.until and v.until < today]
    for held in holdings:
        period = period_of(held, rules)
        if period is not None and period.until < today and not held.open_matters and not rules.claims_window:
            outcomes = {type(found[held.id, one.code]) for one in held.purposes if reaches(request, one)}
            assert outcomes <= {Erase, Restrict}


@given(holding_sets, requests, rule_sets, days, st.integers(1, 5000))
def test_time_alone_only_moves_a_verdict_towards_erasure(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date, later: int
) -> None:
    """Facts unchanged, `Retain` may become `Erase` (or the person's `Restrict`); nothing else moves."""
    then = date.fromordinal(today.toordinal() + later)
    before, after = by_purpose(holdings, request, rules, today), by_purpose(holdings, request, rules, then)
    for key, old in before.items():
        new = after[key]
        if isinstance(old, Retain) and old.until is not None and old.until < then:
            assert isinstance(new, Erase | Restrict)
            assert isinstance(new, Erase) or request.restrict_instead is not None
        elif isinstance(old, Retain):
            assert isinstance(new, Retain)
            assert new.until == old.until
        else:
            assert type(new) is type(old)


def each_verdict_says_why(holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date) -> None:
    """A retention names law and section, everything else its ground, and all of them a reason in words."""
    for verdict in by_purpose(holdings, request, rules, today).values():
        match verdict:
            case Retain():
                assert verdict.law
                assert verdict.section
                assert verdict.exception
                assert verdict.reason
            case Erase() | Restrict():
                assert verdict.ground
                assert verdict.reason
            case Continue():
                assert str(verdict.basis) in verdict.reason
            case Ask():
                assert verdict.question.endswith(("?", "."))


def marketing_always_ends(holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date) -> None:
    """Marketing purposes are erased whatever keeps the row, unless it is proof or a suppression."""
    found = by_purpose(holdings, request, rules, today)
    for held in holdings:
        for purpose in held.purposes:
            marketing = purpose.nature is Nature.DIRECT_MARKETING and not is_own_record(held.kind)
            if marketing and reaches(request, purpose):
                assert isinstance(found[held.id, purpose.code], Erase)


@given(holding_sets, requests, rule_sets, days, st.randoms(use_true_random=False))
def test_no_holding_changes_another_and_order_changes_nothing(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date, dice: random.Random
) -> None:
    """Each holding alone, or all of them shuffled, gives the same verdicts and outcomes."""
    together = by_purpose(holdings, request, rules, today)
    alone = Verdicts()
    for held in holdings:
        alone |= by_purpose([held], request, rules, today)
    shuffled = dice.sample(holdings, len(holdings))
    assert together == alone == by_purpose(shuffled, request, rules, today)
    assessed, turned = assess(holdings, request, rules, today), assess(shuffled, request, rules, today)
    for held in holdings:
        assert holding_outcome(assessed, held.id) == holding_outcome(reversed(turned), held.id)


@settings(max_examples=300)
@given(holding_sets, requests, rule_sets, days)
def test_what_is_alike_but_for_one_fact_is_judged_by_itself(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """Verdicts are shared by rows whose facts are the same, and a request may name one of two such rows only."""
    like = [replace(one, id=f"{one.id}-again") for one in holdings]
    like += [
        replace(one, id=f"{one.id}-{fact}", **{fact: getattr(other, fact)})
        for one, other in pairwise(holdings)
        for fact in ("kind", "purposes", "accounting", "open_matters", "kept_since")
    ]
    everything = [*holdings, *like]
    alone = tuple(verdict for one in everything for verdict in assess([one], request, rules, today))
    assert assess(everything, request, rules, today) == alone


def a_row_goes_only_if_every_purpose_lets_it(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """One purpose that keeps is enough to keep the row."""
    for held in holdings:
        found = [one.verdict for one in assess([held], request, rules, today)]
        if isinstance(strictest(found), Erase):
            assert found
            assert all(isinstance(one, Erase) for one in found)


def the_outcomes_of_many_rows_are_those_of_each(
    holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date
) -> None:
    """Worked out together, because rows that are alike share their verdicts, or one by one."""
    assessed = assess(holdings, request, rules, today)
    assert outcomes_of(assessed) == {one.holding_id: holding_outcome(assessed, one.holding_id) for one in assessed}


OF_ONE_DAY = (
    each_holding_has_exactly_one_verdict_for_each_purpose,
    nothing_under_a_legal_obligation_goes_before_its_date,
    nothing_is_retained_after_its_date_without_another_ground,
    each_verdict_says_why,
    marketing_always_ends,
    a_row_goes_only_if_every_purpose_lets_it,
    the_outcomes_of_many_rows_are_those_of_each,
)


@settings(max_examples=400)  # each set serves seven properties, of which each had a hundred sets of its own
@given(holding_sets, requests, rule_sets, days)
def test_what_holds_on_any_day(holdings: list[Holding], request: ErasureRequest, rules: Rules, today: date) -> None:
    """Every property is asked of the same sets, since making them up takes longer than judging them."""
    for holds in OF_ONE_DAY:
        holds(holdings, request, rules, today)
