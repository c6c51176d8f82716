"""Erasure versus open matters: contracts, bookings, disputes, other requests."""

from dataclasses import replace
from datetime import date

import pytest

from app.policy.erasure import (
    Erase,
    ErasureRequest,
    HeldPurpose,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Retain,
    Verdict,
)
from app.policy.vocabulary import (
    ErasureException,
    ErasureGround,
    LegalBasis,
    Nature,
)
from tests.policy.judging import CONTRACT_MATTERS, DISPUTE, ELSEWHERE, OPEN_ORDER, TODAY, verdict, verdicts, voucher
from tests.policy.worlds import (
    BOOKS,
    CARE,
    CLAIMS,
    INVOICE,
    KPL,
    MAILING,
    NEWSLETTER,
    ORDER,
    holding,
)


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
