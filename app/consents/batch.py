"""Up to 1000 consent events at once."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from app.consents.errors import ConsentInvalid
from app.consents.schemas import ConsentBatch, ConsentIn, ConsentResult, ConsentResults
from app.consents.service import Outcome, take
from app.errors import Problem
from app.register.operation import Operation


def record_all(connection: Connection, op: Operation, batch: ConsentBatch) -> ConsentResults:
    """Take every item; one that is malformed or refused does not hinder the others."""
    parsed = [_parse(item) for item in batch.items]
    events = [item for item in parsed if isinstance(item, ConsentIn)]
    taken = iter(take(connection, op, events))
    outcomes: list[Outcome] = [next(taken) if isinstance(item, ConsentIn) else item for item in parsed]
    return ConsentResults(results=[_result(n, outcome) for n, outcome in enumerate(outcomes)])


def _parse(item: dict[str, Any]) -> ConsentIn | ConsentInvalid:
    try:
        return ConsentIn.model_validate(item)
    except ValidationError as error:
        faults = [
            {"detail": str(e["msg"]), "pointer": "#/" + "/".join(str(part) for part in e["loc"])}
            for e in error.errors(include_url=False, include_input=False)[:10]
        ]
        return ConsentInvalid(errors=faults)


def _result(index: int, outcome: Outcome) -> ConsentResult:
    if isinstance(outcome, Problem):
        return ConsentResult(index=index, status=outcome.status, event=None, problem=outcome.body())
    return ConsentResult(index=index, status=200 if outcome.status == "known" else 201, event=outcome, problem=None)
