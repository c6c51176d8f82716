"""What the letter tells of a decision, from the verdicts as they were carried out (Art. 12(3)-(5))."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.repository_purchases import printed_vouchers
from app.letters.facts import Access, Because, Ends, Facts, FeeOrExcessive, Fulfilled, Partial, Refused, Stays, Went
from app.notifications import repository as notifications
from app.policy.abuse import ABUSIVE, Measure
from app.policy.holdings import HoldingKind
from app.policy.keeping import GDPR
from app.policy.letters import LetterKind, outcome
from app.policy.notifications import Act
from app.policy.vocabulary import ErasureException, LegalBasis, Right
from app.register.definition import Definition
from app.register.operation import Operation
from app.subject_requests import repository, repository_people
from app.subject_requests.assessment import binding
from app.subject_requests.outcome_rights import rectified, restricted, weighed
from app.subject_requests.writing import Whom, write_letter
from app.upkeep import repository as upkeep
from app.upkeep.window import gone_by

ANSWERED_ELSEWHERE = frozenset({Right.ACCESS, Right.PORTABILITY})
"""Rights whose granted answer has a letter of its own kind, issued where the answer is made."""
BAN = Stays(
    kind=HoldingKind.SUPPRESSION,
    because="ban",
    ground=ErasureException.LEGAL_OBLIGATION,
    law=GDPR,
    section="Art. 21(3)",
    until=None,
    ends="marketing",
    access="screening",
)


def write_outcome(
    connection: Connection, op: Operation, request_id: UUID, *, banned: bool = False, person: Whom | None = None
) -> Row[Any] | None:
    """Issue what answers the request, the last of it the letter; None for a right whose answer is written elsewhere.

    `banned`: the execution itself has put a marketing ban in the place of the person's consents. `person`: to whom,
    where the caller knows.
    """
    request = repository.request(connection, request_id)
    decision = repository.standing_decision(connection, request_id)
    assert request is not None  # noqa: S101 (the caller has it)
    assert decision is not None  # noqa: S101 (an outcome follows a decision)
    letter = None
    for told in _answers(connection, op, request, decision, banned=banned):
        letter = write_letter(connection, op, request, told, person)
    return letter


def _answers(
    connection: Connection, op: Operation, request: Row[Any], decision: Row[Any], *, banned: bool
) -> Iterator[Facts]:
    right, granted = Right(request.right), decision.outcome != "refused"
    if not granted and decision.refusal_ground != "conditions_not_met":
        yield _refused(connection, op, request, decision)
    elif right is Right.RECTIFICATION:
        yield rectified(connection, request, decision, _told(connection, op, request))
    elif right is Right.RESTRICTION and granted:
        yield restricted(connection, op, request, decision)
    elif right is Right.OBJECTION:
        yield from weighed(connection, request, decision)
        if granted:  # Art. 17(1)(c)
            yield _carried_out(connection, op, request, decision, banned=banned)
    elif not granted:
        yield _refused(connection, op, request, decision)
    elif right not in ANSWERED_ELSEWHERE:
        yield _carried_out(connection, op, request, decision, banned=banned)


def _told(connection: Connection, op: Operation, request: Row[Any]) -> tuple[str, ...]:
    return recipient_names(op.definition, notifications.of_request(connection, request.id))


def _common(op: Operation, request: Row[Any]) -> dict[str, Any]:
    years = op.definition.retention.request_file_years
    return {"right": Right(request.right), "received_on": request.received_on, "request_file_years": years}


def _refused(connection: Connection, op: Operation, request: Row[Any], decision: Row[Any]) -> Facts:
    """A human refused: with their reasons, and for abuse with the evidence and who approved it (Art. 12(5))."""
    common = _common(op, request)
    if decision.refusal_ground in ABUSIVE:
        del common["request_file_years"]
        known = repository_people.findings(connection, request.id, decision.id)
        findings = [finding for finding in known if finding.measure == Measure.REFUSAL]
        return FeeOrExcessive(
            **common,
            ground=decision.refusal_ground,
            charge="refused",
            reasons=(decision.reasoning, *(finding.intention for finding in findings)),
            evidence=tuple(_fact(fact) for finding in findings for fact in finding.facts) or (decision.reasoning,),
            approver=next((finding.approved_by_name for finding in findings), None) or decision.decided_by_name,
        )
    return Refused(**common, ground=decision.refusal_ground, reasons=(decision.reasoning,))


def _fact(fact: dict[str, Any]) -> str:
    """One fact in the letter: its day, what it was, and the cases it names."""
    cases = f" ({', '.join(fact['cases'])})" if fact["cases"] else ""
    return f"{fact['on']}: {fact['what']}{cases}"


def _carried_out(
    connection: Connection, op: Operation, request: Row[Any], decision: Row[Any], *, banned: bool
) -> Facts:
    verdicts = binding(repository.verdicts_of(connection, decision))
    stays = _stays(connection, verdicts)
    if banned and not any(one.kind is HoldingKind.SUPPRESSION for one in stays):
        stays.append(BAN)
    went = _went(op.definition, verdicts)
    zone = op.definition.zone
    traces = upkeep.of_request(connection, request.id)
    facts = {
        **_common(op, request),
        "went": went,
        "stays": tuple(stays),
        "recipients": _told(connection, op, request),
        "done_on": request.executed_at.astimezone(zone).date() if request.executed_at else op.today,
        "bytes_gone_by": gone_by(traces[0], zone) if traces else None,
    }
    match outcome(len(went), [one.kind for one in stays]):
        case LetterKind.PARTIAL:
            return Partial(**facts)
        case LetterKind.REFUSED:
            return Refused(**facts)
        case _:
            return Fulfilled(**facts)


def recipient_names(definition: Definition, told: Iterable[Row[Any]]) -> tuple[str, ...]:
    """Who is told, as the notice calls them (C-154/21)."""
    names = dict.fromkeys(one.recipient for one in told if one.act != Act.CORRECTION)
    found = [(name, definition.recipient(name)) for name in names]
    return tuple(listed.name if listed else name for name, listed in found)


def _went(definition: Definition, verdicts: Iterable[Row[Any]]) -> tuple[Went, ...]:
    """Counts only: what was erased is not told again."""
    gone = [row for row in verdicts if row.verdict == "erase" and row.kept_by is None]
    counted = Counter((row.holding_kind, _category(definition, row), row.ground) for row in gone)
    return tuple(
        Went(kind=HoldingKind(kind), category=category, count=count, ground=ground)
        for (kind, category, ground), count in counted.items()
    )


def _category(definition: Definition, row: Row[Any]) -> str | None:
    """The category of a field that this controller has added; the others have words of their own."""
    name = row.holding.removeprefix("attribute:")
    if name == row.holding:
        return None
    return next((c.code for c in definition.categories if any(f.name == name for f in c.extra_fields)), None)


def _stays(connection: Connection, verdicts: Sequence[Row[Any]]) -> list[Stays]:
    kept = [row for row in verdicts if row.verdict != "erase" or row.kept_by is not None]
    printed = printed_vouchers(connection, list(_voucher_ids(kept)))
    return [_one(row, printed.get(row.holding)) for row in kept]


def _voucher_ids(rows: Iterable[Row[Any]]) -> Iterator[UUID]:
    for row in rows:
        kind, _, key = row.holding.partition(":")
        if kind == HoldingKind.VOUCHER:
            yield UUID(key)


def _one(row: Row[Any], voucher: Row[Any] | None) -> Stays:
    because, ends, access = _why(row)
    legal = {"ground": row.ground, "law": row.law, "section": row.section}
    if row.verdict in {"ask", "erase"}:
        legal["ground"] = ErasureException.LEGAL_OBLIGATION
    if row.law is None:
        legal |= {"law": GDPR, "section": f"Art. {legal['ground']}"}
    return Stays(
        kind=HoldingKind(row.holding_kind),
        reference=voucher.number if voucher else None,
        dated_on=voucher.booked_on if voucher else None,
        because=because,
        reason=row.reason if because == "human" else None,
        until=row.until,
        ends=None if row.until else ends,
        access=access,
        kept_by=row.kept_by,
        **legal,
    )


Why: TypeAlias = tuple[Because, Ends, Access]
_BY_VERDICT: Mapping[str, Why] = {
    "erase": ("elsewhere", "classified", "accountant"),
    "ask": ("unclassified", "classified", "accountant"),
    "restrict": ("persons_wish", "release", "contact_person"),
}
_BY_RECORD: Mapping[tuple[str, str], Why] = {
    (HoldingKind.SUPPRESSION, "Art. 21(3)"): ("ban", "marketing", "screening"),
    (HoldingKind.CONSENT_EVIDENCE, "Art. 7(1)"): ("consent_proof", "decided", "contact_person"),
    (HoldingKind.DISCLOSURE_LOG, "Art. 5(2)"): ("disclosure_proof", "decided", "contact_person"),
}
_BY_GROUND: Mapping[tuple[str, bool], Why] = {
    (LegalBasis.CONTRACT, True): ("contract", "contract", "service"),
    (ErasureException.LEGAL_OBLIGATION, True): ("other_request", "answer", "contact_person"),
    (ErasureException.LEGAL_OBLIGATION, False): ("accounting", "classified", "accountant"),
    (ErasureException.LEGAL_CLAIMS, False): ("claims_window", "decided", "claims"),
}
"""By the ground, and whether the GDPR itself is the law that is cited."""
_CLAIMS: Why = ("claims", "dispute", "claims")


def _why(row: Row[Any]) -> Why:
    """Why it stays, what ends that where no date is known, and who sees it meanwhile."""
    if row.verdict in _BY_VERDICT:
        return _BY_VERDICT[row.verdict]
    if row.overridden:
        return "human", "decided", "contact_person"
    own = _BY_RECORD.get((row.holding_kind, row.section))
    return own or _BY_GROUND.get((row.ground, row.law == GDPR), _CLAIMS)
