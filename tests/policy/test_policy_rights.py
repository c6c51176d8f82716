"""Grounds, overrides, objections, rectifications, restrictions: what each right asks before it has its way."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.bases import OtherBasis, other_bases
from app.policy.erasure import (
    Ask,
    Continue,
    Erase,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Retain,
    Rules,
    assess,
    holding_outcome,
    statutory_floor,
    sweep_due,
)
from app.policy.grounds import GroundFacts, ground_refusal
from app.policy.objections import BalancingTest, Rejected, Unproved, Upheld, may_be_objected_to, weigh
from app.policy.overrides import Own, OwnErase, OwnRetain, Refused, override
from app.policy.vocabulary import (
    ErasureException,
    ErasureGround,
    LegalBasis,
    Material,
    Nature,
    Unlawfulness,
)
from tests.policy.worlds import (
    ASKED,
    BOOKS,
    CARE,
    CLAIMS,
    INVOICE,
    MAILING,
    NEWSLETTER,
    ORDER,
    PURPOSES,
    RIGHTS,
    STATUTE_RULES,
    days,
    holding,
    holding_sets,
    requests,
    rule_sets,
)

TODAY = date(2026, 11, 22)
OPEN_ORDER = OpenMatter(OpenMatterKind.UNFULFILLED, None, "order 7")


# --- Article 17(1): the grounds ---------------------------------------------------------------------------------------

MET = {
    ErasureGround.NO_LONGER_NECESSARY: GroundFacts(),
    ErasureGround.CONSENT_WITHDRAWN: GroundFacts(consented=True),
    ErasureGround.OBJECTION: GroundFacts(objection_upheld=True),
    ErasureGround.UNLAWFUL_PROCESSING: GroundFacts(unlawfulness=Unlawfulness.OUTSIDE_THE_LIST),
    ErasureGround.LEGAL_OBLIGATION: GroundFacts(law="Laki 1/2027", section="2 §"),
    ErasureGround.CHILD: GroundFacts(child=True, information_society_service=True),
}


@pytest.mark.parametrize("ground", ErasureGround)
def test_each_ground_has_conditions_of_its_own(ground: ErasureGround) -> None:
    """Its own facts meet it; without any only (a) can still be looked at."""
    assert ground_refusal(ground, MET[ground]) is None
    refusal = ground_refusal(ground, GroundFacts())
    assert (refusal is None) == (ground is ErasureGround.NO_LONGER_NECESSARY)


@pytest.mark.parametrize(
    ("ground", "facts"),
    [
        (ErasureGround.UNLAWFUL_PROCESSING, GroundFacts(unlawfulness=Unlawfulness.RECORDS_MISSING)),
        (ErasureGround.LEGAL_OBLIGATION, GroundFacts(law="Laki 1/2027")),
        (ErasureGround.CHILD, GroundFacts(child=True)),
    ],
)
def test_half_a_condition_is_none(ground: ErasureGround, facts: GroundFacts) -> None:
    """C-60/22: a gap in the records is no unlawfulness; a law without its section; a child in no online service."""
    assert ground_refusal(ground, facts)


def test_marketing_needs_no_objection_that_was_upheld() -> None:
    """Article 21(2): to object is enough."""
    assert ground_refusal(ErasureGround.OBJECTION, GroundFacts(markets=True)) is None


@pytest.mark.parametrize("ground", [ErasureGround.UNLAWFUL_PROCESSING, ErasureGround.LEGAL_OBLIGATION])
def test_an_open_contract_heals_nothing_unlawful(ground: ErasureGround) -> None:
    """Against (d) and (e) only Article 17(3) stands; a finding reaches the holdings that it names and no other."""
    held = holding(HoldingKind.ATTRIBUTE, ORDER, matters=(OPEN_ORDER,))
    named = ErasureRequest(ground, ground_holdings=frozenset({held.id}))
    other = ErasureRequest(ground, ground_holdings=frozenset({"attribute-2"}))
    (found,) = assess([held], named, STATUTE_RULES, TODAY)
    assert found.verdict == Erase(ground, "Nothing needs it any more (Art. 5(1)(e)).")
    (spared,) = assess([held], other, STATUTE_RULES, TODAY)
    assert isinstance(spared.verdict, Retain)
    assert isinstance(assess([held], ErasureRequest(ground), STATUTE_RULES, TODAY)[0].verdict, Erase)


def test_a_legal_hold_stands_against_every_ground() -> None:
    """Article 17(3)(e) limits all of paragraph 1."""
    hold = OpenMatter(OpenMatterKind.LEGAL_HOLD, None, "hold 1")
    for ground in ErasureGround:
        held = holding(HoldingKind.ATTRIBUTE, ORDER, matters=(hold,))
        (found,) = assess([held], ErasureRequest(ground), STATUTE_RULES, TODAY)
        assert isinstance(found.verdict, Retain)


def test_a_childs_consent_takes_what_rests_on_consent() -> None:
    """The accounting of what was bought is no matter of the child's consent."""
    held = holding(HoldingKind.ATTRIBUTE, ORDER, NEWSLETTER)
    found = {o.purpose: o.verdict for o in assess([held], ErasureRequest(ErasureGround.CHILD), STATUTE_RULES, TODAY)}
    grounds = {code: one.ground for code, one in found.items() if isinstance(one, Erase)}
    assert grounds == {"orders": ErasureGround.NO_LONGER_NECESSARY, "newsletter": ErasureGround.CHILD}


# --- Article 21(1): an objection reaches its purposes only ------------------------------------------------------------


@given(holding_sets, requests, rule_sets, days)
def test_what_was_not_asked_goes_on_and_keeps_its_row(
    holdings: list[Holding], request_: ErasureRequest, rules: Rules, today: date
) -> None:
    """Beyond the purposes asked nothing is erased, restricted or kept for later; such a row stays as it is."""
    only = replace(request_, purposes=frozenset({"care"}))
    assessed = assess(holdings, only, rules, today)
    for one in assessed:
        assert isinstance(one.verdict, Continue) == (one.purpose != "care")
        assert not isinstance(one.verdict, Continue) or not sweep_due(one.verdict, today)
    for held in holdings:
        verdicts = [one.verdict for one in assessed if one.holding_id == held.id]
        if any(isinstance(v, Continue) for v in verdicts) and not any(isinstance(v, Ask) for v in verdicts):
            assert isinstance(holding_outcome(assessed, held.id), Continue)


texts = st.sampled_from((None, "", "  ", "Fraud was attempted."))
tests = st.builds(
    BalancingTest,
    interest=st.just("Planning of opening hours."),
    necessity=st.just("Nothing milder shows who comes back."),
    situation=st.just("Lives under a protected address."),
    outcome=st.sampled_from(("upheld", "rejected")),
    compelling_grounds=texts,
    legal_claims=texts,
)


@given(st.sampled_from(PURPOSES), tests)
def test_the_burden_is_the_controllers(held: HeldPurpose, test: BalancingTest) -> None:
    """Marketing always stops; nothing is rejected without grounds in words; whatever is upheld needs none."""
    found = weigh(held, test)
    said = any((text or "").strip() for text in (test.compelling_grounds, test.legal_claims))
    if held.nature is Nature.DIRECT_MARKETING or test.outcome == "upheld":
        assert isinstance(found, Upheld)
    else:
        assert isinstance(found, Rejected if said else Unproved)


def test_an_objection_reaches_interests_and_public_tasks() -> None:
    """Article 21(1) with basis (e) or (f); marketing has paragraph 2 of its own."""
    assert {one.code for one in PURPOSES if may_be_objected_to(one)} == {"care", "claims"}
    assert may_be_objected_to(replace(CARE, basis=LegalBasis.PUBLIC_TASK))
    assert not may_be_objected_to(MAILING)


# --- Overrides --------------------------------------------------------------------------------------------------------

owns: st.SearchStrategy[Own] = st.one_of(
    st.builds(OwnErase, st.just("Nobody needs it.")),
    st.builds(OwnRetain, st.sampled_from(ErasureException), st.just("Act"), st.just("1 §"), days, st.just("Needed.")),
)


@given(holding_sets, requests, rule_sets, days, owns)
def test_an_override_never_shortens_a_statutory_period(
    holdings: list[Holding], request_: ErasureRequest, rules: Rules, today: date, own: Own
) -> None:
    """Whatever else holds the row, and whatever the human says: what a statute keeps stays as long as it demands."""
    assessed = assess(holdings, request_, rules, today)
    for held in holdings:
        floor = statutory_floor(held, request_, rules, today)
        found = override(holding_outcome(assessed, held.id), floor, own, today)
        if isinstance(floor, Ask):
            assert isinstance(found, Refused)
        elif floor is not None and not isinstance(found, Refused):
            assert isinstance(found, Retain)
            assert floor.until is not None
            assert found.until is not None
            assert found.until >= floor.until


def test_what_a_hold_hides_is_not_forgotten() -> None:
    """A hold without an end binds the row for longer than the accounting period, which still stands beneath it."""
    held = holding(
        HoldingKind.VOUCHER, BOOKS, accounting=INVOICE, matters=(OpenMatter(OpenMatterKind.LEGAL_HOLD, None, "1"),)
    )
    bound = holding_outcome(assess([held], ASKED, STATUTE_RULES, TODAY), held.id)
    floor = statutory_floor(held, ASKED, STATUTE_RULES, TODAY)
    assert isinstance(bound, Retain)
    assert bound.exception is ErasureException.LEGAL_CLAIMS
    refused = override(bound, floor, OwnErase("The hold is nothing."), TODAY)
    assert isinstance(refused, Refused)
    assert refused.kind == "obliged"


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        (OwnErase("Away."), "obliged"),
        (OwnRetain(ErasureException.LEGAL_CLAIMS, "Act", "1 §", date(2026, 12, 30), "Needed."), "shortened"),
        (OwnRetain(ErasureException.LEGAL_CLAIMS, "Act", "1 §", date(2026, 12, 31), "Needed."), None),
    ],
)
def test_a_voucher_stays_through_its_last_day(own: Own, kind: str | None) -> None:
    """Shorter by one day is refused, the same day is not."""
    held = holding(HoldingKind.VOUCHER, BOOKS, accounting=INVOICE)
    bound = holding_outcome(assess([held], ASKED, STATUTE_RULES, TODAY), held.id)
    found = override(bound, statutory_floor(held, ASKED, STATUTE_RULES, TODAY), own, TODAY)
    assert (found.kind if isinstance(found, Refused) else None) == kind


def test_what_no_statute_keeps_is_the_humans_to_decide() -> None:
    """Erased though a contract is open, kept on each exception of Article 17(3); a past day keeps nothing."""
    held = holding(HoldingKind.PURCHASE, ORDER, matters=(OPEN_ORDER,))
    bound = holding_outcome(assess([held], ASKED, STATUTE_RULES, TODAY), held.id)
    floor = statutory_floor(held, ASKED, STATUTE_RULES, TODAY)
    assert floor is None
    assert isinstance(override(bound, floor, OwnErase("Void contract."), TODAY), Erase)
    for exception in ErasureException:
        kept = override(bound, floor, OwnRetain(exception, "Act", "1 §", TODAY, "Needed."), TODAY)
        assert isinstance(kept, Retain)
        assert kept.exception is exception
    past = override(bound, floor, OwnRetain(ErasureException.ARCHIVING, "Act", "1 §", date(2026, 1, 1), "x"), TODAY)
    assert isinstance(past, Refused)
    assert past.kind == "past"


def test_an_open_question_is_answered_first() -> None:
    """Nobody knows how long an unclassified voucher must stay, so nobody may erase it by an override."""
    unknown = replace(INVOICE, material=Material.UNCLASSIFIED)
    held = holding(HoldingKind.VOUCHER, BOOKS, accounting=unknown)
    floor = statutory_floor(held, ASKED, STATUTE_RULES, TODAY)
    assert isinstance(floor, Ask)
    assert isinstance(override(Erase(ErasureGround.NO_LONGER_NECESSARY, "x"), floor, OwnErase("x"), TODAY), Refused)


def test_a_suppression_cannot_be_overridden() -> None:
    """The ban must be obeyed as long as there is marketing: no day is late enough."""
    held = holding(HoldingKind.SUPPRESSION, RIGHTS)
    floor = statutory_floor(held, ASKED, STATUTE_RULES, TODAY)
    own = OwnRetain(ErasureException.LEGAL_CLAIMS, "Act", "1 §", date(2099, 1, 1), "Needed.")
    bound = holding_outcome(assess([held], ASKED, STATUTE_RULES, TODAY), held.id)
    assert isinstance(override(bound, floor, own, TODAY), Refused)


# --- Article 7(3): other legal bases ----------------------------------------------------------------------------------


def test_other_bases_are_named_holding_by_holding() -> None:
    """A withdrawn consent leaves the contract, the claims and a consent that still stands."""
    details = holding(HoldingKind.CONTACT_DETAILS, ORDER, NEWSLETTER, CLAIMS)
    optional = replace(holding(HoldingKind.ATTRIBUTE, NEWSLETTER), id="attribute:birthday")
    assert other_bases([details, optional], ()) == (
        OtherBasis("contact_details-1", "orders", LegalBasis.CONTRACT),
        OtherBasis("contact_details-1", "claims", LegalBasis.LEGITIMATE_INTERESTS),
    )
    assert OtherBasis("attribute:birthday", "newsletter", LegalBasis.CONSENT) in other_bases([optional], {"newsletter"})
