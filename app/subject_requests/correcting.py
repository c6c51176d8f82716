"""Correct a case that was opened for the wrong person, or for nobody: what changes in the case itself."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.policy.requests import State
from app.register.operation import Operation
from app.subject_requests import relinking, repository, traces
from app.subject_requests.errors import StateForbids

_OPEN = frozenset({State.RECEIVED, State.IDENTITY_PENDING, State.IN_REVIEW})


def must_be_correctable(connection: Connection, row: Row[Any]) -> None:
    """Raise `StateForbids` where the mistake is past correcting here, and tell the way."""
    if State(row.state) in _OPEN or relinking.is_in_force(connection, row):
        return
    if State(row.state) in {State.DECIDED, State.PROPOSED}:
        detail = "the person is fixed once the request is decided: cancel the decision first"
        raise StateForbids(detail, state=row.state)
    raise StateForbids("what was carried out for the wrong person is a personal data breach", state=row.state)


def link_right_person(connection: Connection, op: Operation, row: Row[Any], values: dict[str, Any]) -> None:
    """Undo what the case did to somebody else, and put it in force for the right person if it was in force."""
    right: UUID = values["customer_id"]
    told = _undone(connection, op, row, right, members=sorted(values))
    repository.change_request(connection, row.id, values)
    _note(connection, op, row, "relinked", row.state, {"members": sorted(values), "told_in_error": told})
    if relinking.is_in_force(connection, row):
        relinking.take_effect_for(connection, op, row, right)


def opened_in_error(connection: Connection, op: Operation, row: Row[Any], closing: dict[str, Any]) -> None:
    """Nobody asked for this: it is withdrawn, linked to nobody, and undone where it had taken effect.

    Recipients that had been told stand in the timeline; systems learn it from the changes feed (`rectified`).
    """
    must_be_correctable(connection, row)
    told = _undone(connection, op, row, None)
    values = {"customer_id": None, "state": State.WITHDRAWN.value, **closing}
    repository.change_request(connection, row.id, values)
    _note(connection, op, row, "withdrawn", State.WITHDRAWN, {"kind": "opened_in_error", "told_in_error": told})
    traces.of_content(connection, op.at)


def _undone(connection: Connection, op: Operation, row: Row[Any], right: UUID | None, **details: Any) -> list[str]:
    """Undo the case for the wrong person; one audit row for both files."""
    concerned = [one for one in (row.customer_id, right) if one is not None]
    keys = customers.audit_keys(connection, concerned)
    told = [] if row.customer_id is None else relinking.undo_for_wrong_person(connection, op, row)
    details |= {"opened_in_error": True}
    op.audit(connection, "correct", "subject_request", row.id, details=details, subjects=keys)
    return told


def _note(connection: Connection, op: Operation, row: Row[Any], kind: str, state: str, details: dict[str, Any]) -> None:
    event = {"request_id": row.id, "at": op.at, "kind": kind, "state": state, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": details})
