"""What a transfer still lacks before it may rest on its mechanism (Articles 45, 46 and 49)."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from app.policy.mechanisms import (
    OCCASIONAL_ONLY,
    AdequacyCondition,
    AdequacyDecision,
    DpfEntry,
    Mechanism,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
)


def period_faults(transfer: Transfer, on: date) -> tuple[str, ...]:
    if on < transfer.valid_from:
        return (f"The mechanism begins on {transfer.valid_from}.",)
    if transfer.valid_to is not None and on > transfer.valid_to:
        return (f"The mechanism ended on {transfer.valid_to}.",)
    return ()


def mechanism_faults(
    transfer: Transfer, mechanism: Mechanism, adequacy: Iterable[AdequacyDecision], on: date
) -> tuple[str, ...]:
    if mechanism is Mechanism.ADEQUACY:
        return _adequacy_faults(transfer, adequacy, on)
    if mechanism.startswith("46"):
        scc = _scc_faults(transfer.scc, on) if mechanism is Mechanism.SCC else _instrument_faults(transfer)
        return (*scc, *_tia_faults(transfer.tia, on))
    return (*_derogation_faults(transfer, mechanism, on), *_instrument_faults(transfer))


def _adequacy_faults(transfer: Transfer, adequacy: Iterable[AdequacyDecision], on: date) -> tuple[str, ...]:
    country = transfer.country.strip().upper()
    valid = [one for one in adequacy if one.country.upper() == country and _holds(one, on)]
    faults = [_condition_faults(transfer, one.condition, on) for one in valid]
    if not faults:
        return (f"No adequacy decision for {country} holds on {on} (Art. 45).",)
    return min(faults, key=len)


def _holds(decision: AdequacyDecision, on: date) -> bool:
    return decision.valid_from <= on and (decision.valid_to is None or on <= decision.valid_to)


def _condition_faults(transfer: Transfer, condition: AdequacyCondition, on: date) -> tuple[str, ...]:
    match condition:
        case AdequacyCondition.NONE:
            return ()
        case AdequacyCondition.DPF:
            return _dpf_faults(transfer.dpf, on)
        case AdequacyCondition.PIPEDA | AdequacyCondition.PRIVATE_SECTOR:
            if transfer.scope_confirmed_on is not None and transfer.scope_confirmed_on <= on:
                return ()
            return (f"Nobody has confirmed that the importer falls under the decision's scope ({condition}).",)
        case _ as unreachable:
            assert_never(unreachable)


def _dpf_faults(entry: DpfEntry | None, on: date) -> tuple[str, ...]:
    if entry is None:
        return ("No entry in the Data Privacy Framework is recorded.",)
    if entry.status != "active":
        return (f"The Data Privacy Framework entry of {entry.entity} is not active.",)
    if entry.expires_on < on:
        return (f"The Data Privacy Framework entry of {entry.entity} expired on {entry.expires_on}.",)
    return ()


def _scc_faults(scc: Scc | None, on: date) -> tuple[str, ...]:
    if scc is None:
        return ("No standard contractual clauses are recorded (Art. 46(2)(c)).",)
    unsigned = (f"The clauses are signed only on {scc.signed_on}.",) if scc.signed_on > on else ()
    return unsigned if scc.annexes_complete else (*unsigned, "The annexes of the clauses are not complete.")


def _tia_faults(tia: Tia | None, on: date) -> tuple[str, ...]:
    if tia is None or tia.completed_on is None or tia.completed_on > on:
        return ("No transfer impact assessment has been completed (C-311/18).",)
    if tia.outcome not in (TiaOutcome.ADEQUATE, TiaOutcome.ADEQUATE_WITH_MEASURES):
        return ("The transfer impact assessment does not permit the transfer (C-311/18).",)
    return ()


def _instrument_faults(transfer: Transfer) -> tuple[str, ...]:
    if (transfer.instrument or "").strip():
        return ()
    return (f"The document behind Art. {transfer.mechanism} is not recorded.",)


def _derogation_faults(transfer: Transfer, mechanism: Mechanism, on: date) -> tuple[str, ...]:
    if transfer.regular and mechanism in OCCASIONAL_ONLY:
        return (f"Art. {mechanism} cannot carry regular transfers (Recital 111).",)
    if mechanism is not Mechanism.COMPELLING_INTERESTS:
        return ()
    told = transfer.compelling
    if told is None or max(told.authority_informed_on, told.persons_informed_on) > on:
        return ("The authority and the persons have not been informed (Art. 49(1)).",)
    return ()


def cautions(transfer: Transfer, on: date) -> tuple[str, ...]:
    review_on = transfer.tia.review_on if transfer.tia else None
    if review_on is None or review_on >= on:
        return ()
    return (f"The review of the transfer impact assessment was due on {review_on}.",)
