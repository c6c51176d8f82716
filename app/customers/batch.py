"""Up to 1000 customers at once: each item is judged by itself, the good ones commit together."""

from sqlalchemy import Connection

from app.customers.drafts import Stored
from app.customers.schemas import Batch, BatchOut, BatchResult
from app.customers.service import upsert_all
from app.errors import Problem
from app.register.operation import Operation


def upsert_batch(connection: Connection, op: Operation, batch: Batch) -> BatchOut:
    """Upsert every item; a refused one is reported with its problem. One audit row names every person touched."""
    outcomes = upsert_all(connection, op, [(item.reference, item) for item in batch.items])
    touched = [outcome.audit_key for outcome in outcomes if isinstance(outcome, Stored)]
    details = {"items": len(outcomes), "taken": len(touched)}
    op.audit(connection, "upsert_batch", "customer", details=details, subjects=touched)
    return BatchOut(results=[_result(index, outcome) for index, outcome in enumerate(outcomes)])


def _result(index: int, outcome: Stored | Problem) -> BatchResult:
    if isinstance(outcome, Problem):
        return BatchResult(index=index, status=outcome.status, id=None, version=None, problem=outcome.body())
    status = 201 if outcome.action == "register" else 200
    return BatchResult(index=index, status=status, id=outcome.id, version=outcome.version, problem=None)
