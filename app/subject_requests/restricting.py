"""Restriction at the person's wish (Art. 18): begins on receipt, ends only after the person has been told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers import repository_rights
from app.customers.restricting import lift as lift_for
from app.customers.restricting import restrict
from app.letters import repository as stored_letters
from app.letters.facts import RestrictionLifted
from app.notifications import repository as notifications
from app.notifications.queueing import Notice, addressee, tell_each
from app.policy.letters import LetterKind
from app.policy.notifications import Act
from app.policy.requests import State
from app.policy.restrictions import OF_THE_PERSON, lift_refusal
from app.policy.vocabulary import RestrictionGround, Right
from app.processors.disclosure_log import recipients_to_notify
from app.register.operation import Operation
from app.subject_requests.errors import NotRestricted, RestrictionNotTold
from app.subject_requests.schemas_rights import LiftIn
from app.subject_requests.writing import left, write_letter

RESTRICTION_LIFTED = LetterKind.RESTRICTION_LIFTED.value
_MEANS: Mapping[str, str] = {"letter": "post", "email": "email", "in_person": "in_person"}
"""How a letter left, by how the person was told."""
UNSETTLED = frozenset({State.RECEIVED, State.IDENTITY_PENDING, State.IN_REVIEW, State.PROPOSED, State.DECIDED})


def begin(
    connection: Connection, op: Operation, customer_id: UUID, request_id: UUID, ground: RestrictionGround
) -> None:
    """Restrict everything of the person on the ground, tied to the case (F56), and tell the systems that know them."""
    if restrict(connection, customer_id, ground, request_id, op.at):
        customers.tell_systems(connection, customer_id, "restricted", op.at)


def standing(connection: Connection, row: Row[Any]) -> Sequence[Row[Any]]:
    """The request's restrictions in force that the person must be told the end of."""
    if row.customer_id is None:
        return []
    found = repository_rights.restrictions_of_request(connection, row.id, row.customer_id)
    return [one for one in found if one.lifted_at is None and RestrictionGround(one.ground) in OF_THE_PERSON]


def to_lift(connection: Connection, row: Row[Any], decision: Row[Any] | None) -> list[str]:
    """`restriction_lift` where the reason for the restriction is gone: the matter is settled or was taken back.

    A restriction that was granted stays as long as its own ground does, so it holds up nothing.
    """
    granted = decision is not None and decision.outcome != "refused" and Right(row.right) is Right.RESTRICTION
    if State(row.state) in UNSETTLED or granted or not standing(connection, row):
        return []
    return ["restriction_lift"]


def lift(connection: Connection, op: Operation, row: Row[Any], notice: LiftIn) -> None:
    """Lift the request's restrictions; refused unless the person has been told, by now at the latest (Art. 18(3)).

    The one place where a restriction of Art. 18(1) ends while the person's data live; a letter says so, issued before
    by hand or else now.
    """
    found = standing(connection, row)
    began_on = began(op, found)
    settled = State(row.state) not in UNSETTLED
    refusal = lift_refusal(began_on, notice.told_on, op.today, settled=settled)
    if refusal is not None:
        raise RestrictionNotTold(refusal, began_on=began_on.isoformat())
    _tell(connection, op, row, began_on, notice)
    values = {"told_on": notice.told_on, "told_how": notice.how, "lift_reason": notice.reason}
    for one in found:
        repository_rights.end_restriction(connection, one.id, {**values, "lifted_at": op.at, "lifted_by": op.actor.id})
    tell_if_free(connection, op, row.customer_id)
    _tell_of_the_end(connection, op, row)


def _tell(connection: Connection, op: Operation, row: Row[Any], began_on: date, notice: LiftIn) -> None:
    """The letter about the end; it left on the day that the caller says, unless the person was told by telephone."""
    written = [one for one in stored_letters.of_request(connection, row.id) if one.kind == RESTRICTION_LIFTED]
    letter = written[-1] if written else write_lifted(connection, op, row, began_on, op.today, (notice.reason,))
    if notice.how in _MEANS:
        left(connection, op, row, letter, notice.told_on, _MEANS[notice.how])


def write_lifted(
    connection: Connection, op: Operation, row: Row[Any], began_on: date, lifted_on: date, reasons: tuple[str, ...]
) -> Row[Any]:
    """Issue the letter that the restriction ends (Art. 18(3))."""
    facts = RestrictionLifted(since_on=began_on, lifted_on=lifted_on, reasons=reasons)
    return write_letter(connection, op, row, facts)


def began(op: Operation, found: Sequence[Row[Any]]) -> date:
    """The first day of these restrictions; raises `NotRestricted` when there are none."""
    if not found:
        raise NotRestricted
    first: datetime = min(one.began_at for one in found)
    return first.astimezone(op.definition.zone).date()


def leave(connection: Connection, op: Operation, customer_id: UUID, request_id: UUID) -> None:
    """The case was opened for the wrong person, who obtained no restriction: nobody need be told that it ends."""
    for ground in sorted(OF_THE_PERSON):
        lift_for(connection, customer_id, ground, request_id, op.at)
    tell_if_free(connection, op, customer_id)


def tell_if_free(connection: Connection, op: Operation, customer_id: UUID) -> None:
    """Tell the systems once no restriction is left."""
    if not customers.grounds(connection, [customer_id]):
        customers.tell_systems(connection, customer_id, "unrestricted", op.at)


def tell_recipients(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Each recipient of the person's data is to be told of the restriction (Art. 19)."""
    notice = Notice("", Act.RESTRICTION, row.id, row.customer_id)
    tell_each(connection, op, recipients_to_notify(connection, row.customer_id), notice)


def _tell_of_the_end(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Whoever was told of the restriction hears that it has ended."""
    told = {one.recipient for one in notifications.of_request(connection, row.id) if one.act == Act.RESTRICTION}
    known = [one for one in recipients_to_notify(connection, row.customer_id) if addressee(one) in told]
    tell_each(connection, op, known, Notice("", Act.RESTRICTION_LIFTED, row.id, row.customer_id))
