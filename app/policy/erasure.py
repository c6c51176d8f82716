"""Erasure versus retention: one verdict for each holding and purpose (Articles 17, 18 and 21(3)).

Marketing stops first; what Article 17(3) or an open contract needs is kept, restricted; what the person wants
kept for a claim is restricted; the rest is erased. The verdicts are proposals: a named human decides (Article
22).
"""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from app.policy.holdings import (
    AccountingFacts,
    ClaimsWindow,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Rules,
)
from app.policy.keeping import claims_window, is_own_record, open_matters, own_record
from app.policy.retention import AccountingPeriod, Unclassified, accounting_period
from app.policy.verdicts import (
    Ask,
    Assessed,
    Erase,
    Restrict,
    Retain,
    Verdict,
    holding_outcome,
    strictest,
    sweep_due,
)
from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, Nature, RestrictionGround

__all__ = [
    "AccountingFacts",
    "Ask",
    "Assessed",
    "ClaimsWindow",
    "Erase",
    "ErasureRequest",
    "HeldPurpose",
    "Holding",
    "HoldingKind",
    "OpenMatter",
    "OpenMatterKind",
    "Restrict",
    "Retain",
    "Rules",
    "Verdict",
    "assess",
    "holding_outcome",
    "strictest",
    "sweep_due",
]


def assess(holdings: Iterable[Holding], request: ErasureRequest, rules: Rules, today: date) -> tuple[Assessed, ...]:
    """Exactly one verdict for each holding and purpose; no holding looks at another."""
    return tuple(
        Assessed(holding.id, purpose.code, _verdict(holding, purpose, request, rules, today))
        for holding in holdings
        for purpose in holding.purposes
    )


def _verdict(holding: Holding, purpose: HeldPurpose, request: ErasureRequest, rules: Rules, today: date) -> Verdict:
    ground = _ground(purpose, request)
    if purpose.nature is Nature.DIRECT_MARKETING and not is_own_record(holding.kind):
        return Erase(ground, "Direct marketing stops at once (Art. 21(3)).")
    accounting = _accounting(holding, ground, rules, today)
    if isinstance(accounting, Ask):
        return accounting
    kept = [
        accounting if isinstance(accounting, Retain) else None,
        own_record(holding, request, rules, today),
        claims_window(holding, purpose, request, rules, today),
        *open_matters(holding, purpose, today),
    ]
    if found := [one for one in kept if one is not None]:
        return strictest(found)
    return _wish(holding, request) or accounting or Erase(ground, "Nothing needs it any more (Art. 5(1)(e)).")


def _ground(purpose: HeldPurpose, request: ErasureRequest) -> ErasureGround:
    """The ground of Article 17(1) that fits this purpose; a request's own ground need not reach them all."""
    marketing = purpose.nature is Nature.DIRECT_MARKETING
    objectable = purpose.basis in (LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS)
    consented = purpose.basis is LegalBasis.CONSENT
    match request.ground:
        case ErasureGround.UNLAWFUL_PROCESSING | ErasureGround.LEGAL_OBLIGATION | ErasureGround.CHILD:
            return request.ground
        case ErasureGround.OBJECTION if objectable or marketing:
            return ErasureGround.OBJECTION
        case ErasureGround.CONSENT_WITHDRAWN if consented:
            return ErasureGround.CONSENT_WITHDRAWN
        case ErasureGround.NO_LONGER_NECESSARY | ErasureGround.OBJECTION | ErasureGround.CONSENT_WITHDRAWN:
            return _own_ground(marketing, consented)
        case _ as unreachable:
            assert_never(unreachable)


def _own_ground(marketing: bool, consented: bool) -> ErasureGround:
    """Whoever asks for erasure also withdraws a marketing consent and objects to other marketing."""
    if not marketing:
        return ErasureGround.NO_LONGER_NECESSARY
    return ErasureGround.CONSENT_WITHDRAWN if consented else ErasureGround.OBJECTION


def _accounting(holding: Holding, ground: ErasureGround, rules: Rules, today: date) -> Erase | Retain | Ask | None:
    """What the accounting duty says of a holding, if it touches accounting at all (Article 17(3)(b))."""
    facts = holding.accounting
    if facts is None:
        return Ask("What is this voucher? No accounting facts are recorded.") if _is_voucher(holding) else None
    period = accounting_period(
        facts.material, facts.booked_on, facts.transaction_on, rules.financial_years, rules.accounting
    )
    match facts.record:
        case "here":
            return _recorded_here(holding, facts, period, ground, today)
        case "elsewhere":
            return _recorded_elsewhere(facts, period, ground, today)
        case _ as unreachable:
            assert_never(unreachable)


def _recorded_here(
    holding: Holding,
    facts: AccountingFacts,
    period: AccountingPeriod | Unclassified,
    ground: ErasureGround,
    today: date,
) -> Erase | Retain | Ask | None:
    if not _is_voucher(holding):
        return Erase(ground, "A working copy; the voucher is a restricted record of its own.")
    if not facts.buyer_printed:
        return Erase(ground, "No buyer is printed on the voucher; the link to the person is erased.")
    if isinstance(period, Unclassified):
        return Ask(period.question)
    if period.until < today:
        return Erase(ground, f"The accounting period ended on {period.until} ({period.law} {period.section}).")
    return Retain(
        ErasureException.LEGAL_OBLIGATION,
        period.law,
        period.section,
        period.until,
        "Accounting material must be kept.",
        statutory_until=period.statutory_until,
    )


def _recorded_elsewhere(
    facts: AccountingFacts, period: AccountingPeriod | Unclassified, ground: ErasureGround, today: date
) -> Erase | Ask:
    if isinstance(period, Unclassified):
        return Ask(period.question)
    if period.until < today:
        return Erase(ground, f"A duplicate of a voucher whose period ended on {period.until}.")
    holder = facts.holder or "the holder of the accounting records"
    reason = f"A duplicate: {holder} keeps the voucher through {period.until} ({period.law} {period.section})."
    return Erase(ground, reason, kept_by=holder, kept_until=period.until)


def _is_voucher(holding: Holding) -> bool:
    return holding.kind is HoldingKind.VOUCHER


def _wish(holding: Holding, request: ErasureRequest) -> Restrict | None:
    """Article 18(1): the person may have kept, unused, what would otherwise be erased."""
    if request.restrict_only is not None and holding.id not in request.restrict_only:
        return None
    match request.restrict_instead:
        case RestrictionGround.ERASURE_OPPOSED | RestrictionGround.PERSONS_CLAIM:
            return Restrict(request.restrict_instead, "The person wants it kept, unused, for their own claim.", None)
        case RestrictionGround.ACCURACY_CONTESTED | RestrictionGround.OBJECTION_PENDING:
            return Restrict(request.restrict_instead, "Not to be used until the question is settled.", None)
        case None | RestrictionGround.RETENTION | RestrictionGround.ERASURE_PENDING:
            return None
        case _ as unreachable:
            assert_never(unreachable)
