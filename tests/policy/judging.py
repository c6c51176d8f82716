"""One holding, and the verdicts on it: what the tests of erasure share."""

from dataclasses import replace
from datetime import date

from app.policy.erasure import (
    AccountingFacts,
    ErasureRequest,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Rules,
    Verdict,
    assess,
)
from tests.policy.worlds import (
    ASKED,
    BOOKS,
    INVOICE,
    STATUTE_RULES,
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
