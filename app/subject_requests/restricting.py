"""Restriction at the person's wish (Art. 18): begins on receipt, ends only after the person has been told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers import repository_rights
from app.customers.restricting import lift as lift_for
from app.customers.restricting import restrict
from app.policy.requests import State
from app.policy.restrictions import OF_THE_PERSON, lift_refusal
from app.policy.vocabulary import RestrictionGround, Right
from app.processors.disclosure_log import recipients_to_notify
from app.register.operation import Operation
from app.subject_requests import envelopes
from app.subject_requests.errors import NotRestricted, RestrictionNotTold
from app.subject_requests.schemas_rights import LiftIn

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

    The one place where a restriction of Art. 18(1) ends while the person's data live. Here the letter
    `restriction_lifted` is issued: before the lines that lift, so that nothing is lifted without it.
    """
    found = standing(connection, row)
    if not found:
        raise NotRestricted
    began_on = min(one.began_at for one in found).astimezone(op.definition.zone).date()
    settled = State(row.state) not in UNSETTLED
    refusal = lift_refusal(began_on, notice.told_on, op.today, settled=settled)
    if refusal is not None:
        raise RestrictionNotTold(refusal, began_on=began_on.isoformat())
    values = {"told_on": notice.told_on, "told_how": notice.how, "lift_reason": notice.reason}
    for one in found:
        repository_rights.end_restriction(connection, one.id, {**values, "lifted_at": op.at, "lifted_by": op.actor.id})
    tell_if_free(connection, op, row.customer_id)


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
    for recipient in recipients_to_notify(connection, row.customer_id):
        envelopes.note(connection, op.keys, row.id, (recipient.code or recipient.name)[:80], op.at)
