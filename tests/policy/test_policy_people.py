"""Identity, representatives, four eyes, abuse and death: what a human must say before something is done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.abuse import ABUSIVE, COUNTS, Fact, FactKind, Finding, Measure, missing
from app.policy.four_eyes import FourEyes, is_needed
from app.policy.identification import ACT_OF, REASONED, Act, Level, doubt
from app.policy.processing import ConsentFact, PersonFacts, PurposeFacts, ReasonCode, check
from app.policy.representation import Mandate, Representing, cannot_act
from app.policy.vocabulary import Channel, LegalBasis, Nature, Right

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CASES = ("2026-00001", "2026-00002", "2026-00003")

facts = st.builds(
    Fact,
    st.sampled_from(FactKind),
    st.dates(TODAY - timedelta(days=700), TODAY + timedelta(days=3)),
    st.lists(st.sampled_from([*CASES, "2025-00009"]), max_size=3).map(tuple),
)


def found(measure: Measure, finding: Finding, *given_facts: Fact) -> set[str]:
    return {one.code for one in missing(measure, finding, given_facts, CASES, TODAY)}


@given(st.sampled_from(Measure), st.sampled_from(sorted(ABUSIVE)), st.lists(facts, max_size=40))
def test_no_number_of_requests_is_ever_enough(measure: Measure, finding: Finding, told: list[Fact]) -> None:
    """However many requests and days are counted, something must show the intention (C-416/23, C-526/24)."""
    counted = [replace(fact, kind=FactKind.NUMBER_OF_REQUESTS) for fact in told]
    assert found(measure, finding, *counted) & {"only_a_count", "evidence"}
    assert ("only_a_count" in found(measure, finding, *told)) is (bool(told) and {f.kind for f in told} <= COUNTS)


@given(st.sampled_from(Measure), st.sampled_from(Finding), st.lists(facts, max_size=8), facts)
def test_one_more_fact_never_spoils_the_others(
    measure: Measure, finding: Finding, told: list[Fact], more: Fact
) -> None:
    """What is said against a fact names it and stays; a sound fact adds nothing against the finding."""
    sound = replace(more, on=min(more.on, TODAY), cases=CASES)
    before = missing(measure, finding, told, CASES, TODAY)
    after = missing(measure, finding, [*told, sound], CASES, TODAY)
    assert {one for one in before if one.fact is not None} == {one for one in after if one.fact is not None}
    assert not {one for one in after if one.fact == len(told)}
    assert {one.code for one in after} <= {one.code for one in before} | {"only_a_count"}


def test_a_first_request_may_be_excessive_when_the_conduct_shows_it() -> None:
    """C-526/24: one request, and facts that show why it was made."""
    told = (Fact(FactKind.STATED_AIM, TODAY), Fact(FactKind.TIME_GAP, TODAY))
    assert missing(Measure.REFUSAL, Finding.EXCESSIVE, told, (), TODAY) == ()
    assert found(Measure.REFUSAL, Finding.EXCESSIVE) == {"evidence"}


def test_the_first_copy_is_free_and_a_further_one_is_no_ground_to_refuse() -> None:
    """C-307/22, Art. 15(3): the case in which the first copy was given is named."""
    copied = Fact(FactKind.CONDUCT, TODAY, ("2026-00001",))
    assert found(Measure.FEE, Finding.FURTHER_COPY, copied) == set()
    assert found(Measure.FEE, Finding.FURTHER_COPY, replace(copied, cases=())) == {"first_copy"}
    assert found(Measure.REFUSAL, Finding.FURTHER_COPY, copied) == {"not_a_refusal"}


def test_a_fault_names_its_fact() -> None:
    """Days to come, counts without cases and other people's cases."""
    told = (
        Fact(FactKind.CONDUCT, TODAY + timedelta(days=1)),
        Fact(FactKind.NUMBER_OF_REQUESTS, TODAY),
        Fact(FactKind.CONDUCT, TODAY, ("2020-00001",)),
    )
    faults = missing(Measure.REFUSAL, Finding.EXCESSIVE, told, CASES, TODAY)
    assert [(one.code, one.fact) for one in faults] == [("future", 0), ("cases", 1), ("strange_case", 2)]
    assert all(one.text for one in faults)


@pytest.mark.parametrize("mode", FourEyes)
@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("refused", [True, False])
def test_a_second_person_confirms_what_the_definition_says(mode: FourEyes, right: Right, refused: bool) -> None:
    """Erasures that are carried out, refusals of any right, both or none; abuse found by the clerk always."""
    erases = right in {Right.ERASURE, Right.OBJECTION} and not refused
    wanted = (mode in (FourEyes.ERASURE, FourEyes.BOTH) and erases) or (
        mode in (FourEyes.REFUSAL, FourEyes.BOTH) and refused
    )
    assert is_needed(mode, right, refused=refused) is wanted
    assert is_needed(mode, right, refused=refused, abuse_found_by_clerk=True) is (wanted or refused)


@pytest.mark.parametrize("act", [*Act, None])
@pytest.mark.parametrize("reasoned", [True, False])
def test_identity_comes_before_what_cannot_be_undone(act: Act | None, reasoned: bool) -> None:
    """Nothing for nobody known; a low level erases and hands out only with a stated reason; more is enough."""
    assert doubt(Level.NONE, act, reasoned=reasoned) is not None
    assert (doubt(Level.LOW, act, reasoned=reasoned) is None) is (reasoned or act not in REASONED)
    assert doubt(Level.SUBSTANTIAL, act, reasoned=False) is doubt(Level.HIGH, act, reasoned=False) is None


def test_every_right_that_hands_out_or_changes_has_its_act() -> None:
    """What is upheld of an objection is erased (17(1)(c)); the others stop processing, which can be taken up again."""
    stops = {Right.RESTRICTION, Right.MARKETING_BAN, Right.CONSENT_WITHDRAWAL}
    assert set(ACT_OF) == set(Right) - stops
    assert ACT_OF[Right.OBJECTION] is Act.ERASE


mandates = st.none() | st.builds(Mandate, st.sampled_from(Representing), st.none() | st.dates())


@given(mandates, st.booleans(), st.dates())
def test_rights_end_with_the_person_and_mandates_with_their_day(
    mandate: Mandate | None, deceased: bool, today: date
) -> None:
    """Only the estate acts after a death, and only then; a mandate acts through its last day."""
    estate = mandate is not None and mandate.role is Representing.ESTATE
    over = mandate is not None and mandate.until is not None and mandate.until < today
    refusal = cannot_act(mandate, deceased=deceased, today=today)
    assert (refusal is None) is (estate is deceased and not over)
    if refusal is not None:
        assert refusal.code in {"deceased", "no_death", "mandate_over"}


DEAD = PersonFacts(known=True, deceased_since=NOW - timedelta(days=1), customership_active=False)


@pytest.mark.parametrize("nature", Nature)
@pytest.mark.parametrize("basis", LegalBasis)
def test_after_a_death_only_duties_claims_and_open_contracts_go_on(nature: Nature, basis: LegalBasis) -> None:
    """Accounting, the estate's claims, legal duties, and with an open order its contract; marketing never."""
    purpose = PurposeFacts("any", nature, basis)
    consented = replace(DEAD, consent=ConsentFact("given", NOW - timedelta(days=9), "w/1"))
    for person in (consented, replace(consented, contract_open=True)):
        codes = {reason.code for reason in check(purpose, Channel.EMAIL, person, NOW).reasons}
        marketing = nature is Nature.DIRECT_MARKETING
        duty = not marketing and (basis is LegalBasis.LEGAL_OBLIGATION or nature is not Nature.SERVICE)
        contract = nature is Nature.SERVICE and basis is LegalBasis.CONTRACT and person.contract_open
        assert (ReasonCode.DECEASED in codes) is not (duty or contract)
        assert not (marketing and check(purpose, Channel.EMAIL, person, NOW).allowed)
    before = check(purpose, Channel.EMAIL, consented, NOW - timedelta(days=2))
    assert ReasonCode.DECEASED not in {reason.code for reason in before.reasons}
