"""What each right does besides erasure: on receipt or once the person is known, when decided, taken back, cancelled."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository_rights
from app.policy.vocabulary import RestrictionGround, Right
from app.register.operation import Operation
from app.subject_requests import objecting, rectifying, restricting
from app.subject_requests import repository_rights as balancing
from app.subject_requests.errors import NotErasable, RequestInvalid
from app.subject_requests.schemas import DecisionIn

FITTING: dict[Right, frozenset[str]] = {
    Right.ERASURE: frozenset({"as_assessed", "refused"}),
    Right.RECTIFICATION: frozenset({"granted", "partly_granted", "refused"}),
    Right.OBJECTION: frozenset({"granted", "partly_granted", "refused"}),
}
"""The outcomes that fit a right; every other right is granted or refused."""
GRANTED_OR_REFUSED = frozenset({"granted", "refused"})


def begin(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Once the person is known: what cannot wait for a decision. Does nothing twice."""
    if row.customer_id is None:
        return
    match Right(row.right):
        case Right.RECTIFICATION:
            rectifying.begin(connection, op, row)
        case Right.RESTRICTION if row.restriction_ground is not None:
            ground = RestrictionGround(row.restriction_ground)
            restricting.begin(connection, op, row.customer_id, row.id, ground)
        case Right.OBJECTION:
            objecting.begin(connection, op, row)
        case _:
            pass


def move(connection: Connection, op: Operation, before: Row[Any], after: Row[Any]) -> None:
    """The request's person or ground has changed: what began on the former one ends, what the new one needs begins."""
    same = (before.customer_id, before.restriction_ground) == (after.customer_id, after.restriction_ground)
    if same:
        return
    if before.customer_id is not None:
        restricting.leave(connection, op, before.customer_id, before.id)
        rectifying.leave(connection, before)
        if before.customer_id != after.customer_id:
            objecting.withdraw(connection, op, before)
    begin(connection, op, after)


def erases(right: Right, outcome: str) -> bool:
    """Whether the decision leads to something irreversible, which waits for the cancellable delay."""
    return right in {Right.ERASURE, Right.OBJECTION} and outcome != "refused"


def must_fit(row: Row[Any], sent: DecisionIn) -> None:
    """Raise `RequestInvalid` for what does not belong to a decision on this right."""
    right = Right(row.right)
    fitting = FITTING.get(right, GRANTED_OR_REFUSED)
    if sent.outcome not in fitting:
        detail = f"must be one of {', '.join(sorted(fitting))} for this right"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/outcome"}])
    if sent.findings and right is not Right.RECTIFICATION:
        raise RequestInvalid(errors=[{"detail": "belong to a rectification", "pointer": "#/findings"}])
    if sent.balancing and right is not Right.OBJECTION:
        raise RequestInvalid(errors=[{"detail": "belongs to an objection", "pointer": "#/balancing"}])


def must_hold(connection: Connection, op: Operation, row: Row[Any], sent: DecisionIn) -> None:
    """Raise what `settle` would: a decision that a second person confirms is complete when it is proposed."""
    if Right(row.right) is Right.RECTIFICATION:
        rectifying.must_hold(connection, row, sent)
    elif Right(row.right) is Right.OBJECTION:
        objecting.must_hold(connection, op, row, sent)


def settle(connection: Connection, op: Operation, row: Row[Any], decision_id: UUID, sent: DecisionIn) -> None:
    """Carry out at once what a decision on a right other than erasure means."""
    right = Right(row.right)
    acts = right in {Right.RECTIFICATION, Right.RESTRICTION, Right.OBJECTION}
    if acts and sent.outcome != "refused" and row.customer_id is None:
        raise NotErasable
    if right is Right.RECTIFICATION:
        rectifying.settle(connection, op, row, sent)
    elif right is Right.OBJECTION:
        objecting.settle(connection, op, row, decision_id, sent)
    elif right is Right.RESTRICTION and sent.outcome == "granted":
        if row.restriction_ground is None:
            detail = "record first on which ground of Art. 18(1)"
            raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/outcome"}])
        begin(connection, op, row)
        restricting.tell_recipients(connection, op, row)


def leave_wrong_person(connection: Connection, row: Row[Any]) -> None:
    """The case is not about the person it was linked to: it keeps no version of them and weighs nothing for them."""
    rectifying.leave(connection, row)
    balancing.forget_tests(connection, row.id)


def undo(connection: Connection, row: Row[Any]) -> None:
    """A decision was cancelled within its delay."""
    if Right(row.right) is Right.OBJECTION:
        objecting.reopen(connection, row)


def take_back(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """The person took the request back. A restriction stays until they have been told that it ends (Art. 18(3))."""
    repository_rights.forget_contested(connection, row.id)
    objecting.withdraw(connection, op, row)
