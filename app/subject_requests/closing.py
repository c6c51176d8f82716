"""Cases that end by themselves: what they waited for came to an end, and nobody's call about the case said so.

The last day of a download link is over, and the person has used it; an erasure took along what a recipient was to hear.
"""

from uuid import UUID

from sqlalchemy import Connection

from app.policy.requests import State
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests.handling import audit, finish


def close(connection: Connection, op: Operation, request_id: UUID) -> bool:
    """Complete the request if it is carried out and waits for nothing; False when it does, or another process has."""
    row = repository.request(connection, request_id, lock=True)
    if row is None or State(row.state) is not State.EXECUTING or finish(connection, op, row):
        op.audit(connection, "skip", "subject_request", request_id, outcome="skipped")
        return False
    audit(connection, op, row, "complete")
    return True
