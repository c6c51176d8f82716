"""A named human assesses the risk; each assessment replaces the one before, which stays (Art. 33(1), 34)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from app.breaches import repository
from app.breaches.errors import AssessmentRefused
from app.breaches.reporting import changed, find_open, note
from app.breaches.schemas import RiskIn
from app.breaches.schemas_out import BreachOut
from app.policy.breach_facts import Excuse
from app.policy.breaches import assessment_refusal
from app.register.operation import Operation


def assess(connection: Connection, op: Operation, name: str, sent: RiskIn) -> BreachOut:
    """Record an assessment; raises `AssessmentRefused` when it contradicts itself."""
    op.actor.must_be_person()
    row = find_open(connection, name)
    excuse = Excuse(**sent.exception.model_dump()) if sent.exception else None
    refusal = assessment_refusal(sent.likelihood, sent.severity, sent.outcome, sent.reasons, excuse)
    if refusal is not None:
        raise AssessmentRefused(refusal.text, reason=refusal.code)
    found = sent.model_dump(mode="json", include={"likelihood", "severity", "factors", "outcome", "reasons"})
    by = {"assessed_at": op.at, "assessed_by": op.actor.id, "assessed_by_name": op.actor.name}
    repository.add_assessment(connection, {"breach_id": row.id, **found, **_excused(excuse), **by})
    note(connection, op, row.id, "assessed", outcome=sent.outcome)
    op.audit(connection, "assess", "breach", row.id, details={"outcome": sent.outcome})
    return changed(connection, op, row.id)


def _excused(excuse: Excuse | None) -> dict[str, Any]:
    if excuse is None:
        return {}
    claimed = asdict(excuse)
    return {
        "exception": claimed["exception"].value,
        "exception_reasons": claimed["reasons"],
        "public_communication": claimed["public_communication"],
    }
