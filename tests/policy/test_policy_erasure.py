"""Erasure versus retention, case by case: the interaction matrix of the law as examples."""

from dataclasses import replace
from datetime import date

import pytest

from app.policy.erasure import (
    AccountingFacts,
    Ask,
    Erase,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Restrict,
    Retain,
    Rules,
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
    LegalBasis,
    Material,
    Nature,
    RestrictionGround,
)
from tests.policy.worlds import (
    ASKED,
    BOOKS,
    CARE,
    CLAIMS,
    INVOICE,
    KPL,
    MAILING,
    NEED,
    NEWSLETTER,
    NOTICE_RULES,
    ORDER,
    RIGHTS,
    STATUTE_RULES,
    WINDOW,
    holding,
)

TODAY = date(2026, 11, 22)
CONTRACT_MATTERS = [
    OpenMatterKind.UNFULFILLED,
    OpenMatterKind.UNPAID,
    OpenMatterKind.FUTURE_BOOKING,
    OpenMatterKind.RETURN_WINDOW,
]
OPEN_ORDER = OpenMatter(OpenMatterKind.UNFULFILLED, None, "order 7")
DISPUTE = OpenMatter(OpenMatterKind.DISPUTE, None, "claim 3")
ELSEWHERE = replace(INVOICE, record="elsewhere", holder="MyCashflow")


def verdicts(
    held: Holding, rules: Rules = STATUTE_RULES, request: ErasureRequest = ASKED, today: date = TODAY
) -> dict[str, Verdict]:
    """The verdicts on one holding by the code of their purpose."""
    return {one.purpose: one.verdict for one in assess([held], request, rules, today)}


def verdict(
    held: Holding, rules: Rules = STATUTE_RULES, request: ErasureRequest = ASKED, today: date = TODAY
) -> Verdict:
    (found,) = verdicts(held, rules, request, today).values()
    return found


def voucher(facts: AccountingFacts = INVOICE, *matters: OpenMatter) -> Holding:
    return holding(HoldingKind.VOUCHER, BOOKS, accounting=facts, matters=matters)


def test_an_invoice_within_its_statutory_period_is_retained() -> None:
    """The invoice of May 2020 stays until the last day of 2026, with its law, section and reason."""
    found = verdict(voucher())
    assert isinstance(found, Retain)
    assert found.exception is ErasureException.LEGAL_OBLIGATION
    assert (found.law, found.section, found.until) == (KPL, "2:10 § 2", date(2026, 12, 31))
    assert (found.statutory_until, found.review_on) == (date(2026, 12, 31), None)
    assert found.reason


def test_an_invoice_past_its_statutory_period_is_erased() -> None:
    """The invoice of May 2019 was due at the end of 2025: a ten-year engine would wrongly keep it."""
    facts = replace(INVOICE, booked_on=date(2019, 5, 10), transaction_on=date(2019, 5, 10))
    found = verdict(voucher(facts))
    assert isinstance(found, Erase)
    assert "2025-12-31" in found.reason


def test_until_is_inclusive() -> None:
    """Retained through the date itself, erasable the day after."""
    assert isinstance(verdict(voucher(), today=date(2026, 12, 31)), Retain)
    assert isinstance(verdict(voucher(), today=date(2027, 1, 1)), Erase)


def test_under_the_notice_a_voucher_stays_ten_years_and_shows_the_statutory_date() -> None:
    """What the controller published binds, and the overstatement stays visible in each verdict."""
    found = verdict(voucher(), NOTICE_RULES)
    assert isinstance(found, Retain)
    assert (found.until, found.statutory_until) == (date(2030, 12, 31), date(2026, 12, 31))
    assert (found.law, found.section) == (KPL, "2:10 §")


def test_a_voucher_without_a_printed_buyer_loses_its_link_to_the_person() -> None:
    """The law asks for the voucher, not for the buyer: the link goes, even if nobody classified it."""
    for material in (Material.VOUCHER, Material.UNCLASSIFIED):
        found = verdict(voucher(replace(INVOICE, material=material, buyer_printed=False)))
        assert isinstance(found, Erase)
        assert "link" in found.reason


@pytest.mark.parametrize("rules", [STATUTE_RULES, NOTICE_RULES])
@pytest.mark.parametrize("record", ["here", "elsewhere"])
def test_an_unclassified_voucher_is_a_question_that_blocks_only_itself(record: str, rules: Rules) -> None:
    """The accountant is asked about this voucher; the next one is decided meanwhile."""
    place = {"here": INVOICE, "elsewhere": ELSEWHERE}[record]
    unknown = replace(voucher(replace(place, material=Material.UNCLASSIFIED)), id="unknown")
    found = {one.holding_id: one.verdict for one in assess([unknown, voucher()], ASKED, rules, TODAY)}
    assert isinstance(found["unknown"], Ask)
    assert isinstance(found["voucher-1"], Retain)


def test_a_voucher_without_accounting_facts_is_a_question() -> None:
    """A voucher about which nothing is recorded is neither erased nor kept on a guess."""
    assert isinstance(verdict(holding(HoldingKind.VOUCHER, BOOKS)), Ask)


@pytest.mark.parametrize("kind", [HoldingKind.PURCHASE, HoldingKind.VOUCHER])
def test_a_duplicate_of_a_voucher_kept_elsewhere_is_erased_and_names_its_holder(kind: HoldingKind) -> None:
    """The letter can say who keeps the voucher and until when, although our copy goes."""
    found = verdict(holding(kind, BOOKS, accounting=ELSEWHERE))
    assert isinstance(found, Erase)
    assert (found.kept_by, found.kept_until) == ("MyCashflow", date(2026, 12, 31))
    assert "MyCashflow" in found.reason
    assert "2026-12-31" in found.reason


def test_a_duplicate_whose_holder_is_not_recorded_still_says_that_somebody_keeps_it() -> None:
    """A missing name does not turn into a promise that nothing is kept."""
    found = verdict(holding(HoldingKind.PURCHASE, BOOKS, accounting=replace(ELSEWHERE, holder=None)))
    assert isinstance(found, Erase)
    assert found.kept_by
    assert found.kept_until == date(2026, 12, 31)


def test_a_duplicate_past_the_holders_period_names_nobody() -> None:
    """Through its last day the holder keeps the voucher; after it, nobody is said to keep anything."""
    held = holding(HoldingKind.PURCHASE, BOOKS, accounting=ELSEWHERE)
    last_day = verdict(held, today=date(2026, 12, 31))
    assert isinstance(last_day, Erase)
    assert last_day.kept_by == "MyCashflow"
    found = verdict(held, today=date(2027, 1, 1))
    assert isinstance(found, Erase)
    assert (found.kept_by, found.kept_until) == (None, None)
    assert "2026-12-31" in found.reason


def test_the_working_copy_of_a_purchase_is_erased_while_its_voucher_stays() -> None:
    """The accounting duty covers accounting material only, not the customer file's copy of it."""
    for facts in (INVOICE, replace(INVOICE, material=Material.UNCLASSIFIED), None):
        found = verdict(holding(HoldingKind.PURCHASE, ORDER, accounting=facts))
        assert isinstance(found, Erase)
        assert facts is None or "working copy" in found.reason


@pytest.mark.parametrize("kind", CONTRACT_MATTERS)
def test_an_open_contract_keeps_what_it_needs(kind: OpenMatterKind) -> None:
    """An unfinished purchase is kept under the contract, to the matter's end, and the matter is named."""
    matter = OpenMatter(kind, date(2026, 12, 6), "order 7")
    found = verdict(holding(HoldingKind.PURCHASE, ORDER, accounting=ELSEWHERE, matters=(matter,)))
    assert isinstance(found, Retain)
    assert (found.exception, found.law, found.section) == (LegalBasis.CONTRACT, "GDPR", "Art. 6(1)(b)")
    assert found.until == date(2026, 12, 6)
    assert "order 7" in found.reason
    assert kind.replace("_", " ") in found.reason


def test_a_matter_ends_with_its_last_day() -> None:
    """A return window holds through its last day and no longer."""
    matter = OpenMatter(OpenMatterKind.RETURN_WINDOW, TODAY, None)
    held = holding(HoldingKind.PURCHASE, ORDER, matters=(matter,))
    assert isinstance(verdict(held), Retain)
    assert isinstance(verdict(held, today=date(2026, 11, 23)), Erase)


def test_with_an_open_order_contact_details_stay_for_the_order_and_go_for_marketing() -> None:
    """What the contract needs is retained; marketing stops all the same."""
    held = holding(HoldingKind.CONTACT_DETAILS, ORDER, CARE, NEWSLETTER, MAILING, BOOKS, matters=(OPEN_ORDER,))
    found = verdicts(held)
    assert {code: type(one) for code, one in found.items()} == {
        "orders": Retain,
        "care": Retain,
        "newsletter": Erase,
        "mailing": Erase,
        "accounting": Erase,
    }


@pytest.mark.parametrize(("purpose", "kept"), [(ORDER, Retain), (CARE, Erase), (CLAIMS, Erase)])
def test_extras_go_although_an_order_is_open(purpose: HeldPurpose, kept: type[Verdict]) -> None:
    """A declared attribute stays only if the contract itself is its basis."""
    assert isinstance(verdict(holding(HoldingKind.ATTRIBUTE, purpose, matters=(OPEN_ORDER,))), kept)


def test_a_booking_based_on_consent_stays_while_it_lies_ahead() -> None:
    """Withdrawing the consent to booking data does not void a booking."""
    consented = HeldPurpose("booking_data", Nature.SERVICE, LegalBasis.CONSENT)
    matter = OpenMatter(OpenMatterKind.FUTURE_BOOKING, date(2026, 12, 1), None)
    withdrawn = ErasureRequest(ErasureGround.CONSENT_WITHDRAWN)
    held = holding(HoldingKind.BOOKING, consented, matters=(matter,))
    assert isinstance(verdict(held, request=withdrawn), Retain)
    done = verdict(held, request=withdrawn, today=date(2026, 12, 2))
    assert isinstance(done, Erase)
    assert done.ground is ErasureGround.CONSENT_WITHDRAWN


@pytest.mark.parametrize("kind", [OpenMatterKind.DISPUTE, OpenMatterKind.LEGAL_HOLD])
def test_a_dispute_keeps_what_it_needs_for_the_claim(kind: OpenMatterKind) -> None:
    """Article 17(3)(e): as long as the matter is open, whatever the purpose, marketing excepted."""
    held = holding(HoldingKind.ATTRIBUTE, CARE, MAILING, matters=(OpenMatter(kind, None, "claim 3"),))
    found = verdicts(held)
    kept = found["care"]
    assert isinstance(kept, Retain)
    assert (kept.exception, kept.until) == (ErasureException.LEGAL_CLAIMS, None)
    assert (kept.law, kept.section) == ("GDPR", "Art. 17(3)(e)")
    assert "claim 3" in kept.reason
    assert isinstance(found["mailing"], Erase)


def test_another_open_request_is_answered_before_its_data_go() -> None:
    """An access request is not defeated by an erasure that overtakes it."""
    matter = OpenMatter(OpenMatterKind.PENDING_REQUEST, None, "case 12")
    found = verdict(holding(HoldingKind.ATTRIBUTE, CARE, matters=(matter,)))
    assert isinstance(found, Retain)
    assert (found.law, found.section) == ("GDPR", "Art. 12(3)")
    assert found.exception is ErasureException.LEGAL_OBLIGATION
    assert "case 12" in found.reason


def test_of_two_reasons_to_retain_the_longer_binds() -> None:
    """A dispute outlasts the voucher's period, and the voucher's period a dispute that ends before it."""
    found = verdict(voucher(INVOICE, DISPUTE))
    assert isinstance(found, Retain)
    assert found.until is None
    found = verdict(voucher(INVOICE, replace(DISPUTE, until=date(2026, 12, 1))))
    assert isinstance(found, Retain)
    assert found.law == KPL


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
    """The voucher stays, the attribute goes; worked out one by one or together."""
    attribute = holding(HoldingKind.ATTRIBUTE, CARE, NEWSLETTER)
    assessed = assess([voucher(), attribute], ASKED, STATUTE_RULES, TODAY)
    assert isinstance(holding_outcome(assessed, "voucher-1"), Retain)
    assert isinstance(holding_outcome(assessed, "attribute-1"), Erase)
    assert outcomes_of(assessed) == {one: holding_outcome(assessed, one) for one in ("voucher-1", "attribute-1")}


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
