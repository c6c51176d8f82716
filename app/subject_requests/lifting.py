"""Routes' work about contested values before a decision, and about restrictions after it."""

from sqlalchemy import Connection

from app.customers import repository_rights
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import rectifying, restricting, rights
from app.subject_requests.errors import StateForbids
from app.subject_requests.handling import UNDECIDED, audit, find, finish, move
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.schemas_rights import LiftIn, RectificationIn
from app.subject_requests.shown import request_out


def contest(connection: Connection, op: Operation, name: str, sent: RectificationIn) -> RequestOut:
    """Record, instead of what was recorded before, the values that the person proposes."""
    row = find(connection, name, lock=True)
    if Right(row.right) is not Right.RECTIFICATION or State(row.state) not in UNDECIDED:
        raise StateForbids("values are proposed in a rectification that is not yet decided", state=row.state)
    repository_rights.forget_contested(connection, row.id)
    rectifying.propose(connection, op, row.id, row.case_number, sent)
    rights.begin(connection, op, row)
    move(connection, op, row, State(row.state), "contested", details={"values": len(sent.facts) + _count(sent)})
    audit(connection, op, row, "contest")
    return request_out(connection, op, find(connection, name))


def _count(sent: RectificationIn) -> int:
    return 0 if sent.values is None else len(sent.values.model_fields_set)


def lift(connection: Connection, op: Operation, name: str, sent: LiftIn) -> RequestOut:
    """Lift the restrictions of a request, after the person has been told; completed if it waited for nothing else."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    restricting.lift(connection, op, row, sent)
    details = {"told_on": sent.told_on.isoformat(), "how": sent.how}
    move(connection, op, row, State(row.state), "restriction_lifted", details=details)
    audit(connection, op, row, "lift_restriction")
    if State(row.state) is State.EXECUTING:
        finish(connection, op, row)
    return request_out(connection, op, find(connection, name))
