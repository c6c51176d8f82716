"""Ask the policy what would happen to everything held of a person, and put its answer into words."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import Connection, Row

from app.policy.erasure import (
    Ask,
    Assessed,
    Continue,
    Erase,
    ErasureRequest,
    Holding,
    Restrict,
    Retain,
    Rules,
    Verdict,
    assess,
    outcomes_of,
    statutory_floor,
)
from app.register.definition import Definition
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests.asking import asked, objected
from app.subject_requests.errors import NotErasable
from app.subject_requests.holdings import Holdings, of_customer
from app.subject_requests.schemas_out import AssessmentOut, HoldingOut, SimilarOut, VerdictOut

BINDING = ""
"""The purpose of the verdict that binds the row itself."""


def binding(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Of stored verdicts, the one that binds each holding: the newest where facts had changed."""
    return list({row.holding: row for row in rows if row.purpose == BINDING}.values())


@dataclass(frozen=True, slots=True)
class Assessment:
    """A person's holdings with the verdict for each purpose, and the one that binds each row."""

    held: Holdings
    assessed: tuple[Assessed, ...]
    outcome: Mapping[str, Verdict]
    floor: Callable[[str], Retain | Ask | None]
    """What a statute says of a holding by itself; no override goes below."""
    ground_refusal: str | None
    """Why the ground of Art. 17(1) that the request names is not there; None when it is."""

    def of(self, holding: Holding) -> list[Assessed]:
        """The verdicts of one holding."""
        return [one for one in self.assessed if one.holding_id == holding.id]

    def by_holding(self) -> dict[str, list[Assessed]]:
        """The verdicts of every holding."""
        found: dict[str, list[Assessed]] = {}
        for one in self.assessed:
            found.setdefault(one.holding_id, []).append(one)
        return found


def rules_of(definition: Definition) -> Rules:
    """The definition's periods as the policy's rules."""
    return Rules(
        accounting=definition.accounting_rules(),
        financial_years=definition.policy_financial_years(),
        evidence_years=definition.retention.consent_evidence_years,
        claims_window=definition.claims_window(),
    )


def judge(
    connection: Connection,
    definition: Definition,
    customer_id: UUID,
    today: date,
    request: Row[Any] | None,
) -> Assessment:
    """Assess everything held of a person today; raises `NotErasable` when there is no such person."""
    held = of_customer(connection, definition, customer_id, today, request.id if request else None)
    if held is None:
        raise NotErasable
    wanted, refusal = asked(connection, definition, held.customer, request)
    return _assessed(definition, held, wanted, refusal, today)


def judge_objections(
    connection: Connection, definition: Definition, customer_id: UUID, today: date
) -> Assessment | None:
    """The same for what the person's upheld objections still ask for; None when nothing was upheld."""
    wanted = objected(connection, customer_id)
    held = None if wanted is None else of_customer(connection, definition, customer_id, today, None)
    return None if wanted is None or held is None else _assessed(definition, held, wanted, None, today)


def _assessed(
    definition: Definition, held: Holdings, wanted: ErasureRequest, refusal: str | None, today: date
) -> Assessment:
    rules = rules_of(definition)
    assessed = assess(held.holdings, wanted, rules, today)

    def floor(name: str) -> Retain | Ask | None:
        return statutory_floor(next(one for one in held.holdings if one.id == name), wanted, rules, today)

    return Assessment(held, assessed, outcomes_of(assessed), floor, refusal)


def read(connection: Connection, op: Operation, request: Row[Any]) -> AssessmentOut:
    """The dry run that a human sees before deciding, with people who merely look similar."""
    if request.customer_id is None:
        raise NotErasable
    found = judge(connection, op.definition, request.customer_id, op.today, request)
    customer = found.held.customer
    similar = repository.similar(connection, customer) if customer.erased_at is None else {}
    op.audit(connection, "assess", "subject_request", request.id, customer.audit_key)
    return AssessmentOut(
        case_number=request.case_number,
        customer_id=customer.id,
        assessed_on=op.today,
        register_version=op.register.version,
        accounting_profile=op.definition.retention.accounting.profile,
        ground_refusal=found.ground_refusal,
        holdings=[holding_out(found, holding) for holding in found.held.holdings],
        questions=questions(found),
        similar=[SimilarOut(customer_id=other, shared=shared) for other, shared in similar.items()],
    )


def questions(found: Assessment) -> list[str]:
    """What a human must answer first, holding by holding."""
    return [f"{name}: {verdict.question}" for name, verdict in found.outcome.items() if isinstance(verdict, Ask)]


def holding_out(found: Assessment, holding: Holding) -> HoldingOut:
    """One holding in the answer."""
    return HoldingOut(
        holding=holding.id,
        kind=holding.kind,
        category=holding.category,
        outcome=VerdictOut(**words(holding, BINDING, found.outcome[holding.id])),
        verdicts=[VerdictOut(**words(holding, one.purpose, one.verdict)) for one in found.of(holding)],
    )


def in_short(verdict: Verdict) -> tuple[str, date | None]:
    """What a stored verdict is compared by: what happens, and until when."""
    match verdict:
        case Erase():
            return "erase", verdict.kept_until
        case Retain():
            return "retain", verdict.until
        case Restrict():
            return "restrict", verdict.until
        case Continue():
            return "continue", None
        case Ask():
            return "ask", None
        case _ as unreachable:
            assert_never(unreachable)


def words(holding: Holding, purpose: str, verdict: Verdict) -> dict[str, Any]:
    """A verdict as the members of `VerdictOut` and the columns of `verdicts`."""
    told: dict[str, Any] = dict.fromkeys(("ground", "law", "section", "until", "statutory_until", "kept_by"))
    match verdict:
        case Erase():
            told |= {"verdict": "erase", "ground": verdict.ground, "reason": verdict.reason}
            told |= {"kept_by": verdict.kept_by, "until": verdict.kept_until}
            told |= {"law": verdict.kept_law, "section": verdict.kept_section}
        case Retain():
            told |= {"verdict": "retain", "ground": verdict.exception, "law": verdict.law, "section": verdict.section}
            told |= {"until": verdict.until, "statutory_until": verdict.statutory_until, "reason": verdict.reason}
        case Restrict():
            told |= {"verdict": "restrict", "ground": verdict.ground, "until": verdict.until, "reason": verdict.reason}
        case Continue():
            told |= {"verdict": "continue", "ground": verdict.basis, "reason": verdict.reason}
        case Ask():
            told |= {"verdict": "ask", "reason": verdict.question}
        case _ as unreachable:
            assert_never(unreachable)
    return {"holding": holding.id, "kind": holding.kind.value, "purpose": purpose, **told}


def rows_of(
    op: Operation,
    found: Assessment,
    outcomes: Mapping[str, Verdict],
    request_id: UUID | None,
    decision_id: UUID | None,
    overridden: Iterable[str] = (),
    only: Collection[str] | None = None,
) -> Sequence[dict[str, Any]]:
    """Rows for the append-only `verdicts`: each purpose's verdict and the one that binds the row, of all holdings."""
    own = set(overridden)
    common = {
        "request_id": request_id,
        "decision_id": decision_id,
        "customer_id": found.held.customer.id,
        "decided_at": op.at,
        "register_version": op.register.version,
    }
    rows = []
    of_holding = found.by_holding()
    for holding in found.held.holdings:
        if only is not None and holding.id not in only:
            continue
        told = [(one.purpose, one.verdict) for one in of_holding[holding.id]] + [(BINDING, outcomes[holding.id])]
        for purpose, verdict in told:
            row = words(holding, purpose, verdict)
            row["holding_kind"] = row.pop("kind")
            rows.append({**common, **row, "overridden": holding.id in own and purpose == BINDING})
    return rows
