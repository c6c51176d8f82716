"""People who have been inactive for longer than the limit, and what was proposed and decided about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Uuid,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from app.audit.tables import audit_subjects
from app.consents.tables import consent_events
from app.customers.tables import bookings, customers, purchases, restrictions
from app.db import new_id
from app.subject_requests.repository import FINAL
from app.subject_requests.tables import inactivity_decisions, inactivity_proposals, legal_holds, subject_requests

OWN_INITIATIVE = "inactivity"
"""The channel of a case that nobody has asked for: the controller erases because the customership has ended."""
CHUNK = 32
"""Bits of an identifier that count the proposals of one batch."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of whom: whoever dealt with the company from `since` on is a customer still."""

    today: date
    since: datetime
    months: int
    returnable_from: date
    now: datetime
    register_version: int


def inactive(limits: Limits, own_case: UUID | None = None) -> ColumnElement[bool]:
    """SQL that holds for people with no interaction since the limit and no open matter; `own_case` does not count."""
    c = customers.c
    living = and_(c.erased_at.is_(None), c.erasure_request_id.is_(None))
    return and_(living, c.last_interaction_at < limits.since, ~_dealt(limits), ~_held_up(limits, own_case))


def _dealt(limits: Limits) -> ColumnElement[bool]:
    """Consent given, a request made, or a booking that took place since the limit."""
    c, e, r, b = customers.c, consent_events.c, subject_requests.c, bookings.c
    consented = exists().where(e.customer_id == c.id, e.action == "given", e.occurred_at >= limits.since)
    asked = exists().where(r.customer_id == c.id, r.received_at >= limits.since, r.channel != OWN_INITIATIVE)
    booked = exists().where(b.customer_id == c.id, b.ends_at >= limits.since, b.state != "cancelled")
    return or_(consented, asked, booked)


def _held_up(limits: Limits, own_case: UUID | None) -> ColumnElement[bool]:
    """An order not delivered, paid or past its return; a dispute, a hold, an open request, a restriction."""
    c, p, h, r, s = customers.c, purchases.c, legal_holds.c, subject_requests.c, restrictions.c
    open_order = or_(p.fulfilled_on.is_(None), p.settled_on.is_(None), p.fulfilled_on >= limits.returnable_from)
    ordered = exists().where(p.customer_id == c.id, p.cancelled_on.is_(None), open_order)
    held = exists().where(h.customer_id == c.id, h.released_on.is_(None))
    asked = exists().where(r.customer_id == c.id, r.state.not_in(FINAL), *_another(r.id, own_case))
    restricted = exists().where(s.customer_id == c.id, s.lifted_at.is_(None), *_another(s.request_id, own_case))
    return or_(ordered, held, asked, restricted)


def _another(case: ColumnElement[Any], own_case: UUID | None) -> list[ColumnElement[bool]]:
    return [] if own_case is None else [or_(case.is_(None), case != own_case)]


def is_inactive(connection: Connection, limits: Limits, customer_id: UUID, own_case: UUID | None) -> bool:
    """Whether the person is inactive still."""
    query = select(customers.c.id).where(customers.c.id == customer_id, inactive(limits, own_case))
    return connection.execute(query).first() is not None


def people_up_to(connection: Connection, after: UUID | None, count: int) -> UUID | None:
    """The last of the next `count` people, in the order of their ids; None when there are no more."""
    c = customers.c
    beyond = select(c.id).order_by(c.id).limit(count)
    page = (beyond if after is None else beyond.where(c.id > after)).subquery()
    return connection.execute(select(page.c.id).order_by(page.c.id.desc()).limit(1)).scalar()


def propose(connection: Connection, limits: Limits, after: UUID | None, through: UUID) -> tuple[int, UUID]:
    """Propose everybody inactive between two ids, with the facts; how many, and how their proposals' ids begin."""
    batch = UUID(int=new_id().int >> CHUNK << CHUNK)
    c, e, r, p = customers.c, consent_events.c, subject_requests.c, inactivity_proposals.c
    consented = select(func.max(e.occurred_at)).where(e.customer_id == c.id, e.action == "given")
    asked = select(func.max(r.received_at)).where(r.customer_id == c.id, r.channel != OWN_INITIATIVE)
    waits = exists().where(p.customer_id == c.id, or_(p.state == "proposed", p.again_on > limits.today))
    between = c.id <= through if after is None else and_(c.id > after, c.id <= through)
    values: dict[str, ColumnElement[Any]] = {
        "id": _numbered(connection, batch),
        "customer_id": c.id,
        "proposed_on": literal(limits.today, p.proposed_on.type),
        "limit_months": literal(limits.months, p.limit_months.type),
        "last_dealing_at": c.last_interaction_at,
        "last_consent_at": consented.correlate(customers).scalar_subquery(),
        "last_request_at": asked.correlate(customers).scalar_subquery(),
        "register_version": literal(limits.register_version, p.register_version.type),
        "state": literal("proposed", String()),
    }
    rows = select(*values.values()).where(between, inactive(limits), ~waits.correlate(customers))
    made = connection.execute(insert(inactivity_proposals).from_select(list(values), rows)).rowcount
    return made, batch


def _numbered(connection: Connection, batch: UUID) -> ColumnElement[Any]:
    begins, number = literal(batch.hex[:-8], String()), func.row_number().over(order_by=customers.c.id)
    if connection.dialect.name == "postgresql":
        return cast(begins + func.lpad(func.to_hex(number), 8, "0"), Uuid())
    return type_coerce(begins + func.printf("%08x", number), Uuid())


def name_subjects(connection: Connection, batch: UUID, event_id: UUID) -> None:
    """Name in the audit trail everybody whom a batch proposed."""
    p, c = inactivity_proposals.c, customers.c
    of_batch = p.id.between(batch, UUID(int=batch.int + (1 << CHUNK) - 1))
    keys = select(c.audit_key, literal(event_id, Uuid())).join(inactivity_proposals, p.customer_id == c.id)
    keys = keys.where(of_batch, c.audit_key.is_not(None))
    connection.execute(insert(audit_subjects).from_select(["audit_key", "event_id"], keys))


def listed(connection: Connection, state: str, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Proposals in one state, oldest first."""
    p = inactivity_proposals.c
    query = select(inactivity_proposals).where(p.state == state).order_by(p.id).limit(limit)
    return connection.execute(query if after is None else query.where(p.id > after)).all()


def add_decision(connection: Connection, values: dict[str, Any]) -> None:
    """Record a decision over many proposals."""
    connection.execute(insert(inactivity_decisions).values(**values))


def decision(connection: Connection, decision_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """One decision."""
    query = select(inactivity_decisions).where(inactivity_decisions.c.id == decision_id)
    return connection.execute(query.with_for_update() if lock else query).first()


def cancel(connection: Connection, decision_id: UUID, at: datetime) -> None:
    """Cancel a decision; what it has not erased yet is called off."""
    connection.execute(
        update(inactivity_decisions).where(inactivity_decisions.c.id == decision_id).values(cancelled_at=at)
    )


def count_people(connection: Connection, decision_id: UUID, people: int) -> None:
    """How many people a decision is about."""
    statement = update(inactivity_decisions).where(inactivity_decisions.c.id == decision_id)
    connection.execute(statement.values(people=people))


def settle(
    connection: Connection,
    values: dict[str, Any],
    ids: Collection[UUID] | None,
    listed_through: date | None,
    without: Collection[UUID],
) -> int:
    """Decide these proposals, or all listed by a day but some, of those that stand open; how many that were."""
    p = inactivity_proposals.c
    chosen = p.id.in_(list(ids)) if ids is not None else p.proposed_on <= listed_through
    statement = update(inactivity_proposals).where(p.state == "proposed", chosen)
    if without:
        statement = statement.where(p.id.not_in(list(without)))
    return connection.execute(statement.values(**values)).rowcount


def to_open(connection: Connection, decision_id: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Approved proposals that have no case yet, locked; of one decision, or of any."""
    p = inactivity_proposals.c
    query = select(inactivity_proposals).where(APPROVED, p.request_id.is_(None)).order_by(p.id).limit(limit)
    if decision_id is not None:
        query = query.where(p.decision_id == decision_id)
    return connection.execute(query.with_for_update(skip_locked=True)).all()


def waits(connection: Connection) -> bool:
    """Whether an approved proposal has no case yet, or has one although its decision was cancelled."""
    p, d = inactivity_proposals.c, inactivity_decisions.c
    unopened = select(p.id).where(APPROVED, p.request_id.is_(None)).limit(1)
    standing = select(p.id).join(inactivity_decisions, d.id == p.decision_id)
    cancelled = standing.where(APPROVED, d.cancelled_at.is_not(None)).limit(1)
    return any(connection.execute(query).first() is not None for query in (unopened, cancelled))


def to_call_off(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Approved proposals whose decision has been cancelled."""
    p, d = inactivity_proposals.c, inactivity_decisions.c
    query = select(inactivity_proposals).join(inactivity_decisions, d.id == p.decision_id)
    return connection.execute(query.where(APPROVED, d.cancelled_at.is_not(None)).order_by(p.id).limit(limit)).all()


APPROVED = text("inactivity_proposals.state = 'approved'")
"""In constants, as the partial index knows it."""


def change(connection: Connection, proposal_id: UUID, values: dict[str, Any]) -> None:
    """Change one proposal."""
    p = inactivity_proposals.c
    connection.execute(update(inactivity_proposals).where(p.id == proposal_id).values(**values))


def of_case(connection: Connection, case: Row[Any]) -> Row[Any] | None:
    """The proposal behind a case."""
    p = inactivity_proposals.c
    query = select(inactivity_proposals).where(p.customer_id == case.customer_id, p.request_id == case.id)
    return connection.execute(query).first()


def counts(connection: Connection, decision_id: UUID) -> tuple[int, int]:
    """How far an approval has come: people who have no case yet, and people who have one."""
    p = inactivity_proposals.c
    waiting = select(func.count()).where(APPROVED, p.decision_id == decision_id, p.request_id.is_(None))
    opened = select(func.count()).where(APPROVED, p.decision_id == decision_id, p.request_id.is_not(None))
    row = connection.execute(select(waiting.scalar_subquery(), opened.scalar_subquery())).one()
    return row[0], row[1]


def forget(connection: Connection, customer_id: UUID) -> None:
    """Delete every proposal about a person, who is erased."""
    connection.execute(delete(inactivity_proposals).where(inactivity_proposals.c.customer_id == customer_id))
