"""What keeps a recipient from being in order, why, and what mends it (Art. 28, Chapter V; F74, F87, F91).

Without I/O: the rows and the table of decisions are passed in.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from app.policy.sub_processing import SubProcessor, faults
from app.policy.transfers import AdequacyDecision
from app.processors.checklist import missing as missing_clauses
from app.processors.flows import Blocked, Record, Verdict, judge, to_record
from app.processors.record import missing as missing_members
from app.processors.repository import folded
from app.register.definition_base import Label

NEEDS_AGREEMENT = frozenset({"processor", "both"})

REMEDIES: Mapping[str, str] = {
    "legal_name_unconfirmed": "Find out with which company the contract is made, and confirm its legal name.",
    "role_unknown": "Settle whether it processes on instructions or for purposes of its own.",
    "country_unknown": "Ask where the data are kept and from where they are reached, and enter the country.",
    "agreement_missing": "Conclude an agreement and record it with its checklist (Art. 28(3)).",
    "agreement_incomplete": "Amend the agreement, or note where it says what is missing, and record it anew.",
    "agreement_review_due": "Review the agreement and record it with the next day of review.",
    "evidence_missing": "Record what shows that it keeps the law, with the day on which somebody looked (Art. 28(1)).",
    "evidence_review_due": "Look at the evidence again and record what was found.",
    "transfer_refused": "Record a transfer under a mechanism that holds, or stop using the recipient.",
    "transfer_record_incomplete": "Record the transfer anew with the members that are missing.",
    "sub_processor_unauthorised": "Decide about the sub-processor, or have its use stopped until then.",
    "sub_processor_objected": "Have the processor stop using it, or end the agreement.",
    "sub_processor_duties_unproven": "Have it shown that the same duties bind the sub-processor, and note where.",
    "sub_processor_country_unknown": "Ask where the sub-processor handles the data, and enter the country.",
    "sub_processor_transfer_refused": "Record the onward transfer to it under a mechanism that holds, or object.",
}
"""Every code, with what mends it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in order."""

    code: str
    reason: str

    @property
    def remedy(self) -> str:
        """What mends it."""
        return REMEDIES[self.code]


@dataclass(frozen=True, slots=True)
class Known:
    """What the register holds about one recipient; `copy_from` is where the notice says to get a copy of safeguards."""

    row: Row[Any]
    agreement: Row[Any] | None
    transfers: Sequence[Row[Any]]
    chain: Sequence[Row[Any]]
    copy_from: str | Label | None


Table = Collection[AdequacyDecision]


def findings(known: Known, table: Table, today: date) -> list[Finding]:
    """Everything that is not in order today, each once."""
    found = (
        *_identity(known.row),
        *_agreement(known, today),
        *_evidence(known.agreement, today),
        *_transfers(known, table, today),
        *_chain(known, table, today),
    )
    return list(dict.fromkeys(found))


def _identity(row: Row[Any]) -> Iterator[Finding]:
    if not row.legal_name_confirmed:
        yield Finding("legal_name_unconfirmed", "Nobody has confirmed its legal name.")
    if row.role == "unknown":
        yield Finding("role_unknown", "Its role is unknown.")
    if row.country == "unknown":
        yield Finding("country_unknown", "Its country is unknown (N19).")


def _agreement(known: Known, today: date) -> Iterator[Finding]:
    if known.row.role not in NEEDS_AGREEMENT:
        return
    if known.agreement is None:
        yield Finding("agreement_missing", "No agreement is recorded (Art. 28(3)).")
        return
    if lacking := missing_clauses(known.agreement):
        yield Finding("agreement_incomplete", f"The agreement lacks: {', '.join(lacking)}.")
    if known.agreement.review_on is not None and known.agreement.review_on < today:
        yield Finding("agreement_review_due", f"The review of the agreement was due on {known.agreement.review_on}.")


def _evidence(agreement: Row[Any] | None, today: date) -> Iterator[Finding]:
    """A processor must offer sufficient guarantees (Art. 28(1)), and F74 says so of every provider."""
    held = None if agreement is None else agreement.guarantees
    if held is None or date.fromisoformat(held["checked_on"]) > today:
        yield Finding("evidence_missing", "Nothing on record shows that it keeps the law (F74).")
    elif held["review_on"] is not None and date.fromisoformat(held["review_on"]) < today:
        yield Finding("evidence_review_due", f"The evidence was to be looked at again by {held['review_on']}.")


def _transfers(known: Known, table: Table, today: date) -> Iterator[Finding]:
    records = [to_record(one) for one in known.transfers]
    verdict = judge(known.row.country, records, table, today)
    if known.row.country != "unknown" and isinstance(verdict, Blocked):
        yield Finding("transfer_refused", " ".join(verdict.reasons))
    for one in known.transfers:
        lacking = missing_members(one, known.copy_from)
        if lacking and (one.ended_on is None or today <= one.ended_on):
            yield Finding("transfer_record_incomplete", f"A record of a transfer lacks: {', '.join(lacking)}.")


def _chain(known: Known, table: Table, today: date) -> Iterator[Finding]:
    for one in known.chain:
        yield from about_sub_processor(one, known.transfers, table, today)


def about_sub_processor(one: Row[Any], transfers: Sequence[Row[Any]], table: Table, today: date) -> Iterator[Finding]:
    """What is not in order about one sub-processor that is in use."""
    sub, name = engagement(one), one.legal_entity or one.name
    for fault in faults(sub, today):
        yield Finding(fault.value, f"{name}: {_SAID[fault.value]}")
    if not sub.is_used(today):
        return
    verdict = onward(one, transfers, table, today)
    if isinstance(verdict, Blocked):
        code = "sub_processor_country_unknown" if one.country == "unknown" else "sub_processor_transfer_refused"
        yield Finding(code, f"{name}: {' '.join(verdict.reasons)}")


_SAID = {
    "sub_processor_unauthorised": "it is used although the controller has not authorised it (Art. 28(2)).",
    "sub_processor_objected": "it is used although the controller has objected (Art. 28(2)).",
    "sub_processor_duties_unproven": "nothing shows that the same duties bind it (Art. 28(4)).",
}


def engagement(one: Row[Any]) -> SubProcessor:
    """The row, for the policy."""
    when = (one.announced_on, one.objection_until, one.decision, one.in_use_from, one.ended_on)
    return SubProcessor(one.authorisation, *when, same_duties=bool(one.duties_reference))


def onward(one: Row[Any], transfers: Sequence[Row[Any]], table: Table, today: date) -> Verdict:
    """Whether the data may reach a sub-processor: the transfers to its company, judged like any (Art. 44)."""
    names = {folded(name) for name in (one.name, one.legal_entity) if name}
    records: list[Record] = [to_record(row) for row in transfers if folded(row.importer) in names]
    return judge(one.country, records, table, today)
