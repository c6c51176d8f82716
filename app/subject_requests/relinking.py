"""A case that was opened for the wrong person: undo what it did to them, and do it for the right one.

In the wrong person's file nothing is left: no request, restriction, verdict, suppression, withdrawal or row of the
changes feed. The audit trail is not theirs to lose: it says who consulted their data when and why (Art. 5(2), 15;
C-579/21), it stays, and one more row says that the case was not about them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from app.consents.schemas import Who
from app.customers import repository as customers
from app.customers.tables import customer_changes, restrictions
from app.customers.tables_rights import objections
from app.letters.tables import letters
from app.notifications import repository as notifications
from app.notifications.content import minimal, whole
from app.notifications.queueing import Notice, queue
from app.policy.notifications import Act
from app.policy.requests import IMMEDIATE_RIGHTS, State
from app.policy.vocabulary import Channel, Right
from app.register.operation import Operation
from app.subject_requests import intake, repository, rights, undoing
from app.subject_requests.schemas import RequestNew
from app.subject_requests.tables import decisions, identity_checks, verdicts
from app.subject_requests.tables import envelopes as envelope_rows
from app.subject_requests.tables_people import abuse_findings


def is_in_force(connection: Connection, row: Row[Any]) -> bool:
    """Whether the request took effect for a person on receipt, so that it can still be corrected."""
    immediate = Right(row.right) in IMMEDIATE_RIGHTS and State(row.state) in {State.EXECUTING, State.COMPLETED}
    return immediate and row.customer_id is not None and _named_on_receipt(connection, row)


def _named_on_receipt(connection: Connection, row: Row[Any]) -> bool:
    """Whether a person was named; what was done for an address belongs to whoever named the address."""
    received = next(event for event in repository.events(connection, row.id) if event.kind == "received")
    return bool((received.details or {}).get("linked", row.claimed_identity is None))


def undo_for_wrong_person(connection: Connection, op: Operation, row: Row[Any]) -> list[str]:
    """Take away everything the case did to the person it is linked to; the recipients told of it in error."""
    wrong: UUID = row.customer_id
    in_force = is_in_force(connection, row)
    withdrawn = undoing.withdrawals_of(connection, wrong, row.case_number) if in_force else []
    gone = {
        "suppression": undoing.suppressions_of(connection, [row.id, *withdrawn]) if in_force else [],
        "withdrawal": withdrawn,
        "restriction": _ids(connection, restrictions, row.id),
        "objection": _ids(connection, objections, row.id),
        "finding": _ids(connection, abuse_findings, row.id),
        "verdict": _ids(connection, verdicts, row.id),
        "decision": _ids(connection, decisions, row.id),
        "letter": _ids(connection, letters, row.id),
    }
    times = _times(connection, row.id)
    rights.leave_wrong_person(connection, row)
    undoing.undo(connection, op, row.id, gone)
    _forget_feed(connection, row, times)
    if gone["suppression"] or gone["withdrawal"] or gone["restriction"]:
        customers.tell_systems(connection, wrong, "rectified", op.at)
    _forget_who_it_was(connection, row.id)
    return _recall(connection, op, row, customers.lock(connection, wrong))


def _ids(connection: Connection, table: Any, request_id: UUID) -> list[UUID]:
    return list(connection.execute(select(table.c.id).where(table.c.request_id == request_id)).scalars())


def _times(connection: Connection, request_id: UUID) -> tuple[set[datetime], set[datetime]]:
    """When the case took effect, and when it restricted or let go."""
    effects = {e.at for e in repository.events(connection, request_id) if e.kind == "took_effect"}
    c = restrictions.c
    rows = connection.execute(select(c.began_at, c.lifted_at).where(c.request_id == request_id))
    return effects, {at for row in rows for at in row if at is not None}


_TOLD = {Right.MARKETING_BAN: "banned", Right.CONSENT_WITHDRAWAL: "withdrawn"}


def _forget_feed(connection: Connection, row: Row[Any], times: tuple[set[datetime], set[datetime]]) -> None:
    """What systems have not read they need not read; what they have, `rectified` tells them to look at anew."""
    c, (effects, restricted) = customer_changes.c, times
    of_case = or_(
        and_(c.kind == _TOLD.get(Right(row.right)), c.at.in_(sorted(effects))),
        and_(c.kind.in_(("restricted", "unrestricted")), c.at.in_(sorted(restricted))),
    )
    connection.execute(delete(customer_changes).where(c.customer_id == row.customer_id, of_case))


def _forget_who_it_was(connection: Connection, request_id: UUID) -> None:
    """Identity was established as somebody else's; that a question was open, and for how long, stays for the clock."""
    c = identity_checks.c
    connection.execute(update(identity_checks).where(c.request_id == request_id).values(level=None, how=None))


def _recall(connection: Connection, op: Operation, row: Row[Any], wrong: Row[Any] | None) -> list[str]:
    """Take back what nobody has been told yet; who has been must hear that it was a mistake.

    Whom it concerned in error is sealed for them: in that person's own file nothing of the case is left.
    """
    told = [one for one in notifications.of_request(connection, row.id) if one.sent_at or one.closed_at]
    notifications.forget_of_requests(connection, [row.id])
    connection.execute(delete(envelope_rows).where(envelope_rows.c.request_id == row.id))
    content = None if wrong is None else whole(connection, wrong)
    for one in told:
        known_as = content and minimal(op.definition, one.recipient, content)
        notice = Notice(one.recipient, Act.CORRECTION, row.id, None, one.processor_id, known_as)
        queue(connection, op, [notice])
    return sorted({one.recipient for one in told})


def take_effect_for(connection: Connection, op: Operation, row: Row[Any], customer_id: UUID) -> None:
    """The same ban or withdrawal for the right person, from the day of receipt."""
    customer = customers.lock(connection, customer_id)
    asked = RequestNew.model_construct(
        right=Right(row.right),
        customer=Who(id=str(customer_id)),
        claimed_identity=None,
        channel=row.channel,
        received_at=row.received_at,
        purposes=list(row.purposes),
        channels=[Channel(channel) for channel in row.channels],
    )
    repository.change_request(connection, row.id, {"letter_sent_on": None, "closed_at": None})
    intake.take_effect(connection, op, asked, dict(row._mapping), customer)
    intake.confirm(connection, op, asked, row.id)
