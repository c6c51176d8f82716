"""What a request's answer tells of deaths, second persons and abuse."""

from typing import Any

from sqlalchemy import Connection, Row

from app.subject_requests import repository_people
from app.subject_requests.schemas_people import AbuseOut, FactOut, FeeOut, SentBackOut
from app.wire import from_minor


def sent_back(connection: Connection, request: Row[Any], standing: Row[Any] | None) -> SentBackOut | None:
    """Why the last proposal came back, until somebody decides anew."""
    row = None if standing is not None else repository_people.last_decision(connection, request.id)
    if row is None or row.sent_back_reason is None:
        return None
    return SentBackOut(reason=row.sent_back_reason, by_name=row.confirmed_by_name, at=row.cancelled_at)


def findings(connection: Connection, request: Row[Any], standing: Row[Any] | None) -> list[AbuseOut]:
    """Fees, and the finding of the standing decision, oldest first."""
    rows = repository_people.findings(connection, request.id, standing.id if standing else None)
    return [finding_out(row) for row in rows]


def finding_out(row: Row[Any]) -> AbuseOut:
    """One finding."""
    named = ("measure", "finding", "intention", "found_at", "approved_by", "approved_by_name")
    members = {name: getattr(row, name) for name in named}
    facts = [FactOut.model_validate(fact) for fact in row.facts]
    return AbuseOut(**members, facts=facts, fee=None if row.amount_minor is None else _fee(row))


def _fee(row: Row[Any]) -> FeeOut:
    return FeeOut(
        amount=from_minor(row.amount_minor),
        currency=row.currency,
        costs=row.costs,
        outcome=row.fee_outcome,
        outcome_on=row.fee_outcome_on,
        outcome_reason=row.fee_outcome_reason,
    )


def death_reported_on(connection: Connection, request: Row[Any]) -> Any:
    """The day of a report of the person's death that stands."""
    if request.customer_id is None:
        return None
    row = repository_people.standing_death(connection, request.customer_id)
    return None if row is None else row.reported_on
