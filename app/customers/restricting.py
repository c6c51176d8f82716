"""Restrictions (Art. 18): set, lift, and which are in force."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from app.customers.tables import restrictions
from app.db import new_id
from app.policy.vocabulary import RestrictionGround


def restrict(
    connection: Connection, customer_id: UUID, ground: RestrictionGround, request_id: UUID | None, at: datetime
) -> bool:
    """Restrict a person's data on a ground, tied to a request, unless such a restriction stands; whether it is new."""
    c = restrictions.c
    same = (c.customer_id == customer_id, c.ground == ground.value, c.request_id == request_id, c.lifted_at.is_(None))
    if connection.execute(select(c.id).where(*same)).first() is not None:
        return False
    row = {"id": new_id(), "customer_id": customer_id, "ground": ground.value, "request_id": request_id}
    connection.execute(insert(restrictions).values(**row, began_at=at))
    return True


def lift(
    connection: Connection, customer_id: UUID, ground: RestrictionGround | None, request_id: UUID | None, at: datetime
) -> int:
    """Lift the restrictions of a ground and request (None: all of them); how many that were."""
    c = restrictions.c
    statement = update(restrictions).where(c.customer_id == customer_id, c.lifted_at.is_(None))
    if ground is not None:
        statement = statement.where(c.ground == ground.value)
    if request_id is not None:
        statement = statement.where(c.request_id == request_id)
    return connection.execute(statement.values(lifted_at=at)).rowcount
