"""The hot path of one read: prepared, on PostgreSQL one statement, audit row included.

It answers the ordinary case alone. An empty result says that something is out of the ordinary; `service.read` then
goes step by step and explains it. Its steps are what the statement means.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, Uuid, bindparam, or_, select, true

from app.audit.repository import guarded_insert
from app.audit.tables import audit_events
from app.customers import service
from app.customers.record import ALLOWED_UNDER_RESTRICTION, shown
from app.customers.repository import seen, whole
from app.customers.schemas import AnyCustomer
from app.customers.tables import customers
from app.db import Prepared
from app.register.operation import GUARDS, Operation


def _prepared() -> Prepared:
    person = _person("postgresql").cte("person")
    audited = guarded_insert(_usable(person), *GUARDS, subject_key=person.c.audit_key)
    written = audited.returning(audit_events.c.id).cte("audited")
    chained = select(person).select_from(person.join(written, true()))
    found = _person("sqlite").subquery()
    key = bindparam("audit_key", type_=Uuid())
    return Prepared(chained, (select(found).where(_usable(found), *GUARDS), guarded_insert(subject_key=key)))


def _person(dialect: str) -> Select[Any]:
    asked = customers.c.id == bindparam("customer_id", type_=Uuid())
    return whole(asked, customers.c.erased_at.is_(None), seen(dialect))


def _usable(person: Any) -> ColumnElement[bool]:
    return or_(person.c.grounds.is_(None), bindparam("allowed", type_=Boolean()))


_READ = _prepared()


async def read(op: Operation, customer_id: UUID) -> AnyCustomer:
    """Read one customer."""
    allowed = op.purpose.nature in ALLOWED_UNDER_RESTRICTION
    sees = {"systems": list(op.actor.systems), "sees_all": op.actor.sees_all}
    for row in await op.fetch(_READ, op.event("read", "customer"), customer_id=customer_id, allowed=allowed, **sees):
        return shown(op, row)
    return await op.write(service.read, customer_id)
