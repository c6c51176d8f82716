"""Erasure versus the accounting duty: vouchers, their duplicates and the customer file's copies."""

from dataclasses import replace
from datetime import date

import pytest

from app.policy.erasure import (
    Ask,
    Erase,
    HoldingKind,
    Retain,
    Rules,
    assess,
)
from app.policy.vocabulary import (
    ErasureException,
    Material,
)
from tests.policy.judging import ELSEWHERE, TODAY, verdict, voucher
from tests.policy.worlds import (
    ASKED,
    BOOKS,
    INVOICE,
    KPL,
    NOTICE_RULES,
    ORDER,
    STATUTE_RULES,
    holding,
)


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
