"""Up to 1000 consent events at once."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from app.consents.errors import ConsentInvalid
from app.consents.schemas import ConsentBatch, ConsentIn, ConsentResult, ConsentResults
from app.consents.service import take
from app.consents.taking import Outcome
from app.errors import Problem
from app.register.operation import Operation


def record_all(connection: Connection, op: Operation, batch: ConsentBatch) -> ConsentResults:
    """Take every item; one that is malformed or refused does not hinder the others."""
    parsed = [_parse(item) for item in batch.items]
    events = [item for item in parsed if isinstance(item, ConsentIn)]
    taken = iter(take(connection, op, events, sent=len(parsed)))
    outcomes: list[Outcome] = [next(taken) if isinstance(item, ConsentIn) else item for item in parsed]
    return ConsentResults(results=[_result(n, outcome) for n, outcome in enumerate(outcomes)])


def _parse(item: Any) -> ConsentIn | ConsentInvalid:
    try:
        return ConsentIn.model_validate(item)
    except ValidationError as error:
        return ConsentInvalid(errors=[_fault(e) for e in error.errors(include_url=False, include_input=False)[:10]])


def _fault(error: Any) -> dict[str, str]:
    """What is wrong and where; a member that nobody declared is not named, because its name may be personal data."""
    place = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return {"detail": str(error["msg"]), "pointer": "#/" + "/".join(str(part) for part in place)}


def _result(index: int, outcome: Outcome) -> ConsentResult:
    if isinstance(outcome, Problem):
        return ConsentResult(index=index, status=outcome.status, event=None, problem=outcome.body())
    return ConsentResult(index=index, status=200 if outcome.status == "known" else 201, event=outcome, problem=None)
