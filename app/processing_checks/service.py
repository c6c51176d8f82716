"""Answer processing checks: resolve the subjects, gather the facts, ask the policy, leave one audit row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.consents.people import address_of
from app.consents.rules import NO_CHANNEL
from app.consents.schemas import Who
from app.customers import suppression
from app.customers.errors import invalid
from app.customers.identity import Address
from app.policy.processing import Answer, PurposeFacts, Reason, ReasonCode, check
from app.processing_checks import repository
from app.processing_checks.people import Asked, deceased_since, person_facts
from app.processing_checks.schemas import AnswerOut, CheckIn, CheckOut, ReasonOut
from app.processors.service import transfer_refusal
from app.register.definition_purposes import Purpose
from app.register.errors import PurposeUnknown
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject asked about: the people it means, and the address it was named by."""

    people: tuple[UUID, ...]
    address: Address | None


def run(connection: Connection, op: Operation, sent: CheckIn) -> CheckOut:
    """Answer for every subject, in order; an unknown one is denied with its own reason."""
    purpose = purpose_asked(op, sent)
    asked = question(op, sent, purpose)
    asked.refuse_transfers(
        transfer_refusal(connection, op.definition, code, asked.day, asked.at) for code in asked.sends
    )
    subjects = _resolve(connection, op, sent.subjects)
    ids = {i for subject in subjects for i in subject.people}
    rows = repository.facts(connection, ids, asked.binds())
    if not op.actor.sees_all and op.actor.systems:
        strangers = ids - repository.known_among(connection, ids, op.actor.systems)
        rows = {i: row for i, row in rows.items() if i not in strangers}
    asked.load(connection, rows)
    unknown = _suppressed_addresses(connection, asked, subjects, rows)
    results = [answer(asked, n, subject, rows, unknown) for n, subject in enumerate(subjects)]
    _audit(connection, op, sent, rows)
    return answers(op, sent, asked, results)


def answers(op: Operation, sent: CheckIn, asked: Asked, results: list[AnswerOut]) -> CheckOut:
    """The answers with what they answer."""
    return CheckOut(
        purpose=sent.purpose, channel=sent.channel, at=asked.at, register_version=op.register.version, results=results
    )


def question(op: Operation, sent: CheckIn, purpose: Purpose) -> Asked:
    """What is asked of everybody."""
    at = sent.at or op.at
    sends = purpose.recipients if purpose.is_marketing else ()
    groups = purpose.product_groups if sent.product_group is None else (sent.product_group,)
    return Asked(
        purpose=PurposeFacts(
            purpose.code, purpose.nature, purpose.basis, bool(sends), frozenset(groups), frozenset(purpose.tell_first)
        ),
        soft_opt_in=purpose.soft_opt_in,
        sends=sends,
        channel=sent.channel,
        channel_key=sent.channel.value if sent.channel and purpose.is_marketing else NO_CHANNEL,
        at=at,
        day=at.astimezone(op.definition.zone).date(),
        zone=op.definition.zone,
        past=sent.at is not None,
        inactivity_months=op.definition.retention.inactivity_months,
    )


def purpose_asked(op: Operation, sent: CheckIn) -> Purpose:
    """The purpose asked about; raises for a question that cannot be answered."""
    purpose = op.definition.purpose(sent.purpose)
    if purpose is None:
        raise PurposeUnknown(declared=[p.code for p in op.definition.purposes])
    if purpose.is_marketing and sent.channel is None:
        raise invalid("#/channel", "a check for direct marketing names its channel")
    if purpose.is_marketing and sent.channel not in purpose.channels:
        raise invalid("#/channel", "the purpose has no such channel")
    if sent.product_group is not None and sent.product_group not in (purpose.product_groups or (sent.product_group,)):
        raise invalid("#/product_group", "the purpose does not advertise this product group")
    if sent.at is not None and sent.at > op.at:
        raise invalid("#/at", "lies in the future")
    return purpose


def _resolve(connection: Connection, op: Operation, subjects: Sequence[Who]) -> list[Subject]:
    references = consents.ids_by_reference(connection, {s.reference for s in subjects if s.reference})
    addresses = {n: address_of(op, s) for n, s in enumerate(subjects)}
    behind = consents.ids_by_address(connection, {a.hash for a in addresses.values() if a is not None})
    resolved = []
    for n, who in enumerate(subjects):
        address = addresses[n]
        if address is not None:
            resolved.append(Subject(tuple(behind.get(address.hash, ())), address))
        else:
            found = references.get(who.reference) if who.reference else who.uuid
            resolved.append(Subject((found,) if found else (), None))
    return resolved


def _suppressed_addresses(
    connection: Connection, asked: Asked, subjects: Sequence[Subject], rows: Mapping[UUID, Row[Any]]
) -> Sequence[Row[Any]]:
    """Suppressions of addresses that lead to nobody: even then the caller must know not to write there."""
    hashes = {s.address.hash for s in subjects if s.address is not None and not any(i in rows for i in s.people)}
    return suppression.of(connection, hashes, asked.at if asked.past else None)


def answer(
    asked: Asked, index: int, subject: Subject, rows: Mapping[UUID, Row[Any]], unknown: Sequence[Row[Any]]
) -> AnswerOut:
    """The answer about one subject, who may be several people."""
    people = _addressed(asked, subject, [rows[i] for i in subject.people if i in rows])
    verdicts = [verdict_on(asked, row) for row in people] or [_stranger(asked, subject, unknown)]
    return told(index, people[0].id if len(people) == 1 and subject.address is None else None, verdicts)


def verdict_on(asked: Asked, row: Row[Any] | None) -> Answer:
    """What the policy says of one person; None is somebody the register does not know."""
    return check(asked.purpose, asked.channel, person_facts(asked, row), asked.at)


def told(index: int, customer_id: UUID | None, verdicts: Sequence[Answer]) -> AnswerOut:
    """The answer that these verdicts make: allowed only where all of them allow, with each reason once."""
    denied = [verdict for verdict in verdicts if not verdict.allowed]
    reasons: Sequence[Reason] = [reason for verdict in denied or verdicts for reason in verdict.reasons]
    if len(reasons) > 1:
        reasons = list(dict.fromkeys(reasons))
    return AnswerOut(
        index=index,
        customer_id=customer_id,
        allowed=not denied,
        legal_basis=None if denied else verdicts[0].legal_basis,
        reasons=[ReasonOut(code=reason.code, text=reason.text, since=reason.since) for reason in reasons],
    )


def _addressed(asked: Asked, subject: Subject, people: list[Row[Any]]) -> list[Row[Any]]:
    """Behind a shared address somebody reported dead speaks no longer for those who are alive."""
    if subject.address is None or len(people) < 2:
        return people
    return [row for row in people if deceased_since(asked, row) is None] or people


def _stranger(asked: Asked, subject: Subject, unknown: Sequence[Row[Any]]) -> Answer:
    unheard = verdict_on(asked, None)
    held = [row for row in unknown if subject.address and row.address_hash == subject.address.hash]
    since = suppression.since(held, asked.purpose.code, asked.channel_key)
    if since is None:
        return unheard
    code = ReasonCode.MARKETING_BAN if since[1] == "marketing_ban" else ReasonCode.SUPPRESSED
    return Answer(
        allowed=False,
        legal_basis=None,
        reasons=(*unheard.reasons, Reason(code, "The address is suppressed (Art. 21(3)).", since[0])),
    )


def _audit(connection: Connection, op: Operation, sent: CheckIn, rows: Mapping[UUID, Row[Any]]) -> None:
    keys = [row.audit_key for row in rows.values() if row.audit_key is not None]
    single = keys[0] if len(keys) == 1 and len(sent.subjects) == 1 else None
    op.audit(
        connection,
        "check",
        "processing",
        None,
        single,
        details=details_of(sent),
        subjects=() if single is not None else keys,
    )


def details_of(sent: CheckIn) -> dict[str, Any]:
    """What the audit row says of a check."""
    return {"asked": sent.purpose, "channel": sent.channel, "subjects": len(sent.subjects)}
