"""Up to 1000 customers at once: each item is judged by itself, the good ones commit together."""

from uuid import UUID

from sqlalchemy import Connection

from app.customers.schemas import Batch, BatchItem, BatchOut, BatchResult
from app.customers.service import upsert_row
from app.errors import Problem
from app.register.operation import Operation


def upsert_all(connection: Connection, op: Operation, batch: Batch) -> BatchOut:
    """Upsert every item; a refused one is rolled back to its savepoint and reported with its problem.

    Items are taken in the order of their reference, so that two batches at once cannot deadlock.
    """
    order = sorted(enumerate(batch.items), key=lambda item: (item[1].reference.system, item[1].reference.id, item[0]))
    touched: list[UUID] = []
    results = [_take(connection, op, index, item, touched) for index, item in order]
    details = {"items": len(results), "taken": len(touched)}
    op.audit(connection, "upsert_batch", "customer", details=details, subjects=touched)
    return BatchOut(results=sorted(results, key=lambda result: result.index))


def _take(connection: Connection, op: Operation, index: int, item: BatchItem, touched: list[UUID]) -> BatchResult:
    try:
        with connection.begin_nested():
            stored = upsert_row(connection, op, item.reference, item)
    except Problem as problem:
        return BatchResult(index=index, status=problem.status, id=None, version=None, problem=problem.body())
    touched.append(stored.audit_key)
    status = 201 if stored.action == "register" else 200
    return BatchResult(index=index, status=status, id=stored.id, version=stored.version, problem=None)
