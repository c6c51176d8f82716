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
    NecessityAssessment,
    OpenMatter,
    OpenMatterKind,
    Rules,
)
from app.policy.keeping import claims_window, is_own_record, open_matters, own_record
from app.policy.retention import AccountingPeriod, Unclassified, accounting_period
from app.policy.verdicts import (
    Ask,
    Assessed,
    Continue,
    Erase,
    Restrict,
    Retain,
    Verdict,
    holding_outcome,
    outcomes_of,
    strictest,
    sweep_due,
)
from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, Nature, RestrictionGround

__all__ = [
    "AccountingFacts",
    "Ask",
    "Assessed",
    "ClaimsWindow",
    "Continue",
    "Erase",
    "ErasureRequest",
    "HeldPurpose",
    "Holding",
    "HoldingKind",
    "NecessityAssessment",
    "OpenMatter",
    "OpenMatterKind",
    "Restrict",
    "Retain",
    "Rules",
    "Verdict",
    "assess",
    "holding_outcome",
    "outcomes_of",
    "statutory_floor",
    "strictest",
    "sweep_due",
]


def assess(holdings: Iterable[Holding], request: ErasureRequest, rules: Rules, today: date) -> tuple[Assessed, ...]:
    """Exactly one verdict for each holding and purpose; no holding looks at another.

    Holdings of the same facts have the same verdicts, so those of the many rows that are alike are worked out once;
    whether the request names a row is one of the facts.
    """
    known: dict[object, list[tuple[str, Verdict]]] = {}
    found: list[Assessed] = []
    for holding in holdings:
        named = (_is_named(holding, request.restrict_only), _is_named(holding, request.ground_holdings))
        facts = (holding.kind, holding.purposes, holding.accounting, holding.open_matters, holding.kept_since, named)
        verdicts = known.get(facts)
        if verdicts is None:
            verdicts = [(one.code, _verdict(holding, one, request, rules, today)) for one in holding.purposes]
            known[facts] = verdicts
        found += [Assessed(holding.id, code, verdict) for code, verdict in verdicts]
    return tuple(found)


def _is_named(holding: Holding, names: frozenset[str] | None) -> bool:
    return names is None or holding.id in names


def _verdict(holding: Holding, purpose: HeldPurpose, request: ErasureRequest, rules: Rules, today: date) -> Verdict:
    if request.purposes is not None and purpose.code not in request.purposes:
        return Continue(purpose.basis, f"Not part of what was asked; it rests on Art. {purpose.basis}.")
    ground = _ground(holding, purpose, request)
    if purpose.nature is Nature.DIRECT_MARKETING and not is_own_record(holding.kind):
        return Erase(ground, "Direct marketing stops at once (Art. 21(3)).")
    accounting = _accounting(holding, ground, rules, today)
    if isinstance(accounting, Ask):
        return accounting
    kept = [
        accounting if isinstance(accounting, Retain) else None,
        own_record(holding, request, rules, today),
        claims_window(holding, purpose, request, rules, today),
        *(one for one in open_matters(holding, purpose, today) if _withstands(one, ground)),
    ]
    if found := [one for one in kept if one is not None]:
        return strictest(found)
    return _wish(holding, request) or accounting or Erase(ground, "Nothing needs it any more (Art. 5(1)(e)).")


def statutory_floor(holding: Holding, request: ErasureRequest, rules: Rules, today: date) -> Retain | Ask | None:
    """What a statute says of the row whatever else is found: no human may go below it (Article 17(3)(b)).

    A question about the class of material is such a floor, too: nobody knows the period before it is answered.
    """
    accounting = _accounting(holding, ErasureGround.NO_LONGER_NECESSARY, rules, today)
    own = own_record(holding, request, rules, today)
    obeyed = own is not None and own.exception is ErasureException.LEGAL_OBLIGATION
    if isinstance(accounting, Retain | Ask):
        return accounting
    return own if obeyed else None


def _withstands(kept: Retain, ground: ErasureGround) -> bool:
    """An open contract shows that data are still necessary (a); it heals nothing unlawful and no duty to erase.

    Nor does it stand against the grounds (d) to (f), which only Article 17(3) limits.
    """
    return kept.exception is not LegalBasis.CONTRACT or ground not in _WHATEVER_IS_NEEDED


_WHATEVER_IS_NEEDED = frozenset(
    {ErasureGround.UNLAWFUL_PROCESSING, ErasureGround.LEGAL_OBLIGATION, ErasureGround.CHILD}
)


def _ground(holding: Holding, purpose: HeldPurpose, request: ErasureRequest) -> ErasureGround:
    """The ground of Article 17(1) that fits this purpose; a request's own ground need not reach them all.

    A finding reaches the holdings that it names, a child's consent what rests on consent (Article 8(1)).
    """
    found = _is_named(holding, request.ground_holdings)
    marketing = purpose.nature is Nature.DIRECT_MARKETING
    objectable = purpose.basis in (LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS)
    consented = purpose.basis is LegalBasis.CONSENT
    match request.ground:
        case ErasureGround.UNLAWFUL_PROCESSING | ErasureGround.LEGAL_OBLIGATION if found:
            return request.ground
        case ErasureGround.CHILD if consented:
            return ErasureGround.CHILD
        case ErasureGround.OBJECTION if objectable or marketing:
            return ErasureGround.OBJECTION
        case ErasureGround.CONSENT_WITHDRAWN if consented:
            return ErasureGround.CONSENT_WITHDRAWN
        case _:  # What the ground named does not reach is looked at by itself.
            return _own_ground(marketing, consented)


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
    return Erase(ground, reason, holder, period.until, period.law, period.section)


def _is_voucher(holding: Holding) -> bool:
    return holding.kind is HoldingKind.VOUCHER


def _wish(holding: Holding, request: ErasureRequest) -> Restrict | None:
    """Article 18(1): the person may have kept, unused, what would otherwise be erased."""
    if not _is_named(holding, request.restrict_only):
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
