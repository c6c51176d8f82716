"""What may stand against an erasure: the exceptions of Article 17(3) and the open contract."""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from app.policy.deadlines import nominal
from app.policy.holdings import (
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
    Rules,
)
from app.policy.verdicts import Retain
from app.policy.vocabulary import ErasureException, LegalBasis, Nature

GDPR = "GDPR"
_OWN_RECORDS = frozenset(
    {
        HoldingKind.CONSENT_EVIDENCE,
        HoldingKind.SUPPRESSION,
        HoldingKind.DISCLOSURE_LOG,
        HoldingKind.REQUEST_FILE,
        HoldingKind.LEGAL_HOLD_FILE,
    }
)


def is_own_record(kind: HoldingKind) -> bool:
    """Whether a row is there only for proof or obedience, whatever purpose it is filed under."""
    return kind in _OWN_RECORDS


def own_record(holding: Holding, request: ErasureRequest, rules: Rules, today: date) -> Retain | None:
    """How long the register's own records stay: Articles 5(2), 7(1) and 21(3)."""
    ended_on = holding.kept_since or request.received_on or today
    match holding.kind:
        case HoldingKind.SUPPRESSION:
            return _suppression(today)
        case HoldingKind.CONSENT_EVIDENCE:
            return _proof("Art. 7(1)", ended_on, rules, today, "Proof that consent was given or withdrawn.")
        case HoldingKind.DISCLOSURE_LOG:
            return _proof("Art. 5(2)", ended_on, rules, today, "Proof of what was disclosed to whom.")
        case HoldingKind.REQUEST_FILE:
            return _proof("Art. 5(2)", holding.kept_since, rules, today, "Proof of how a request was handled.")
        case HoldingKind.LEGAL_HOLD_FILE:
            return _proof("Art. 17(3)(e)", holding.kept_since, rules, today, "The file of a legal hold.")
        case _:  # Everything else is held for the person or the business and has no period of its own.
            return None


def open_matters(holding: Holding, purpose: HeldPurpose, today: date) -> Iterator[Retain]:
    """What is unfinished and still needs this holding for this purpose."""
    for matter in holding.open_matters:
        if matter.is_open(today) and (found := _matter(matter, holding, purpose)) is not None:
            yield found


def claims_window(
    holding: Holding, purpose: HeldPurpose, request: ErasureRequest, rules: Rules, today: date
) -> Retain | None:
    """Article 17(3)(e) without a dispute: for the claims purpose only, and if its necessity was assessed."""
    window = rules.claims_window
    need = None if window is None else window.necessity_assessment
    if window is None or need is None or purpose.nature is not Nature.LEGAL_CLAIMS:
        return None
    until = min(nominal(holding.kept_since or request.received_on or today, window.years * 12), need.until)
    reviewed = "" if need.reviewed_on is None else f", reviewed on {need.reviewed_on}"
    reason = f"Claims may still come. {need.by} found it necessary until {need.until}{reviewed}: {need.why}"
    found = Retain(ErasureException.LEGAL_CLAIMS, window.law, window.section, until, reason)
    return found if until >= today else None


def _suppression(today: date) -> Retain:
    reason = "Kept so that the marketing ban is obeyed; used only to screen addresses."
    review_on = nominal(today, 12)
    return Retain(ErasureException.LEGAL_OBLIGATION, GDPR, "Art. 21(3)", None, reason, review_on=review_on)


def _proof(section: str, ended_on: date | None, rules: Rules, today: date, reason: str) -> Retain | None:
    until = None if ended_on is None else nominal(ended_on, rules.evidence_years * 12)
    if until is not None and until < today:
        return None
    return Retain(ErasureException.LEGAL_CLAIMS, GDPR, section, until, reason)


def _matter(matter: OpenMatter, holding: Holding, purpose: HeldPurpose) -> Retain | None:
    name = matter.kind.replace("_", " ") + (f" ({matter.reference})" if matter.reference else "")
    match matter.kind:
        case OpenMatterKind.DISPUTE | OpenMatterKind.LEGAL_HOLD:
            reason = f"Needed for legal claims: {name}."
            return Retain(ErasureException.LEGAL_CLAIMS, GDPR, "Art. 17(3)(e)", matter.until, reason)
        case OpenMatterKind.PENDING_REQUEST:
            reason = f"Another request of the person must be answered first: {name}."
            return Retain(ErasureException.LEGAL_OBLIGATION, GDPR, "Art. 12(3)", matter.until, reason)
        case (
            OpenMatterKind.UNFULFILLED
            | OpenMatterKind.UNPAID
            | OpenMatterKind.FUTURE_BOOKING
            | OpenMatterKind.RETURN_WINDOW
        ):
            if not _contract_needs(holding, purpose):
                return None
            reason = f"The contract still needs it: {name}."
            return Retain(LegalBasis.CONTRACT, GDPR, "Art. 6(1)(b)", matter.until, reason)
        case _ as unreachable:
            assert_never(unreachable)


def _contract_needs(holding: Holding, purpose: HeldPurpose) -> bool:
    """An open contract keeps the purchase or booking itself and what serves it; the rest is an extra."""
    if holding.kind in (HoldingKind.PURCHASE, HoldingKind.BOOKING):
        return True
    serves = purpose.nature is Nature.SERVICE
    core = holding.kind in (HoldingKind.CONTACT_DETAILS, HoldingKind.REFERENCE)
    return serves and (core or purpose.basis is LegalBasis.CONTRACT)
