"""What a transfer still lacks before it may rest on its mechanism (Articles 45, 46 and 49)."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from app.policy.deadlines import nominal
from app.policy.mechanisms import (
    CLAUSES_SINCE,
    ENTRY_MONTHS,
    MODULES,
    OCCASIONAL_ONLY,
    ONE_OFF_DAYS,
    RECHECK_MONTHS,
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
        return (*_safeguard_faults(transfer, mechanism, on), *_tia_faults(transfer.tia, on))
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
    if entry is None or entry.checked_on > on:
        return ("No entry in the Data Privacy Framework is recorded.",)
    listed = f"The Data Privacy Framework entry of {entry.entity}"
    unsaid = "a check from before the last yearly renewal says nothing of today"
    faults = {
        f"{listed} is not active.": entry.status != "active",
        f"{listed} expired on {entry.expires_on}.": entry.expires_on < on,
        f"{listed} was last checked on {entry.checked_on}; {unsaid}.": nominal(entry.checked_on, ENTRY_MONTHS) < on,
        f"{listed} does not name the importer.": entry.names_importer is False,
        f"{listed} does not cover data other than human-resources data.": entry.covers_data is False,
    }
    return tuple(text for text, found in faults.items() if found)


def recheck_due_on(entry: DpfEntry) -> date:
    """When somebody looks the entry up again: the day that was named, or half a year on, and before it expires."""
    return min(entry.next_check_on or nominal(entry.checked_on, RECHECK_MONTHS), entry.expires_on)


def _safeguard_faults(transfer: Transfer, mechanism: Mechanism, on: date) -> tuple[str, ...]:
    match mechanism:
        case Mechanism.SCC:
            return _scc_faults(transfer, on)
        case Mechanism.BCR:
            return _bcr_faults(transfer, on)
        case _:
            return _instrument_faults(transfer)


def _scc_faults(transfer: Transfer, on: date) -> tuple[str, ...]:
    scc = transfer.scc
    if scc is None:
        return ("No standard contractual clauses are recorded (Art. 46(2)(c)).",)
    role = transfer.importer_role
    faults = {
        f"The clauses are signed only on {scc.signed_on}.": scc.signed_on > on,
        f"Clauses signed before {CLAUSES_SINCE} are not those of Decision (EU) 2021/914.": _is_old(scc),
        "The annexes of the clauses are not complete.": not scc.annexes_complete,
        f"Module {scc.module} is not written for a {role} as importer.": role and scc.module not in MODULES[role],
    }
    return tuple(text for text, found in faults.items() if found)


def _is_old(scc: Scc) -> bool:
    return scc.signed_on < CLAUSES_SINCE


def _bcr_faults(transfer: Transfer, on: date) -> tuple[str, ...]:
    rules, role = transfer.bcr, transfer.importer_role
    if rules is None or rules.approved_on > on:
        return (f"No approval of binding corporate rules is recorded (Art. {Mechanism.BCR}, 47).",)
    fitting = "C" if role == "controller" else "P"
    faults = {
        "The binding corporate rules do not list the importer (Art. 47(2)(a)).": not rules.names_importer,
        f"Rules of kind {rules.kind} do not bind a {role}.": role is not None and rules.kind != fitting,
    }
    return tuple(text for text, found in faults.items() if found)


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
    if mechanism in OCCASIONAL_ONLY and (transfer.regular or not _is_single(transfer)):
        return (f"Art. {mechanism} cannot carry regular transfers (Recital 111).",)
    if mechanism is not Mechanism.COMPELLING_INTERESTS:
        return ()
    told = transfer.compelling
    if told is None or max(told.authority_informed_on, told.persons_informed_on) > on:
        return ("The authority and the persons have not been informed (Art. 49(1)).",)
    return ()


def _is_single(transfer: Transfer) -> bool:
    """Whether it ends within days; said to be one-off and left open, it would carry a mailing for years."""
    return transfer.valid_to is not None and (transfer.valid_to - transfer.valid_from).days <= ONE_OFF_DAYS


def cautions(transfer: Transfer, on: date) -> tuple[str, ...]:
    """What does not stop the transfer that day and still wants seeing to."""
    return (*_review_cautions(transfer, on), *_evidence_cautions(transfer, on))


def _review_cautions(transfer: Transfer, on: date) -> tuple[str, ...]:
    review_on = transfer.tia.review_on if transfer.tia else None
    if transfer.mechanism is Mechanism.ADEQUACY or review_on is None or review_on >= on:
        return ()
    return (f"The review of the transfer impact assessment was due on {review_on}.",)


def _evidence_cautions(transfer: Transfer, on: date) -> tuple[str, ...]:
    match transfer.mechanism:
        case Mechanism.ADEQUACY if transfer.dpf is not None:
            due, noted = recheck_due_on(transfer.dpf), (transfer.dpf.names_importer, transfer.dpf.covers_data)
            late = (f"The Data Privacy Framework entry was to be checked again by {due}.",) if due < on else ()
            unnoted = ("Nobody noted whether the entry names the importer and covers these data.",)
            return (*late, *(unnoted if None in noted else ()))
        case Mechanism.SCC if transfer.scc is not None and not transfer.scc.law_and_forum:
            return ("The law and the forum (clauses 17 and 18) are not recorded.",)
        case _:
            return ()
