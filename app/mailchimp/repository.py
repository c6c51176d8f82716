"""Events and polls in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select, update

from app.customers.repository import upsert_into
from app.customers.tables import customers
from app.customers.tables_audiences import audience_members
from app.mailchimp.tables import mailchimp_events, mailchimp_polls
from app.policy.notifications import retry_delay


def add_event(connection: Connection, values: dict[str, Any]) -> bool:
    """Keep an event; False when it is known."""
    statement = upsert_into(connection, mailchimp_events).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def waiting(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """The events that wait and may be tried, oldest first."""
    c = mailchimp_events.c
    query = select(c.id).where(c.state == "queued", c.next_at <= now).order_by(c.id).limit(limit)
    return list(connection.execute(query).scalars())


def count_waiting(connection: Connection, most: int) -> int:
    """How many wait, counted no further than `most`."""
    c = mailchimp_events.c
    some = select(c.id).where(c.state == "queued").limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def lock_event(connection: Connection, event_id: UUID) -> Row[Any] | None:
    """An event that still waits, locked; None when another process has it or it is done."""
    c = mailchimp_events.c
    query = select(mailchimp_events).where(c.id == event_id, c.state == "queued")
    return connection.execute(query.with_for_update(skip_locked=True)).first()


def settle_event(connection: Connection, event_id: UUID, state: str, outcome: str, at: datetime) -> None:
    """It is worked off, or parked for a human; what was sealed is destroyed once nobody needs it."""
    values: dict[str, Any] = {"state": state, "outcome": outcome, "settled_at": at}
    if state == "done":
        values["sealed"] = None
    connection.execute(update(mailchimp_events).where(mailchimp_events.c.id == event_id).values(**values))


def fail_event(connection: Connection, event_id: UUID, outcome: str, at: datetime, most: int, chance: float) -> None:
    """An attempt failed: it is tried again later and later; after the last one the event is parked."""
    c = mailchimp_events.c
    mine = (c.id == event_id, c.state == "queued")
    failed = update(mailchimp_events).where(*mine).values(attempts=c.attempts + 1, outcome=outcome)
    attempts: int | None = connection.execute(failed.returning(c.attempts)).scalar_one_or_none()
    if attempts is not None and attempts >= most:
        settle_event(connection, event_id, "parked", outcome, at)
    elif attempts is not None:
        again = at + retry_delay(attempts, chance)
        connection.execute(update(mailchimp_events).where(*mine).values(next_at=again))


def unpark_events(connection: Connection, now: datetime) -> int:
    """Let what is parked wait again, from the first try."""
    parked = update(mailchimp_events).where(mailchimp_events.c.state == "parked")
    return connection.execute(parked.values(state="queued", attempts=0, next_at=now, settled_at=None)).rowcount


def forget_events(connection: Connection, done: datetime, parked: datetime) -> int:
    """Forget events settled before: no delivery is repeated for so long, and what is parked has had its time."""
    c = mailchimp_events.c
    old = or_(and_(c.state == "done", c.settled_at < done), c.settled_at < parked)
    return connection.execute(delete(mailchimp_events).where(old)).rowcount


def polled_to(connection: Connection, recipient: str, audience: str) -> datetime | None:
    """Up to when an audience's changes have been looked at."""
    c = mailchimp_polls.c
    query = select(c.polled_to).where(c.recipient == recipient, c.audience == audience)
    return connection.execute(query).scalar_one_or_none()


def note_poll(
    connection: Connection, recipient: str, audience: str, to: datetime, counts: dict[str, int], at: datetime
) -> None:
    """Remember how far an audience has been looked at."""
    row = {"recipient": recipient, "audience": audience, "polled_to": to, "counts": counts, "polled_at": at}
    statement = upsert_into(connection, mailchimp_polls).values(**row)
    moved = {name: statement.excluded[name] for name in ("polled_to", "counts", "polled_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["recipient", "audience"], set_=moved))


def put_members(connection: Connection, rows: Sequence[dict[str, Any]], changed: Collection[str]) -> None:
    """Note members; of those known already only the columns `changed`."""
    if not rows:
        return
    statement = upsert_into(connection, audience_members)
    moved = {name: statement.excluded[name] for name in changed}
    keys = ["customer_id", "recipient", "audience"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=moved), list(rows))


def living(connection: Connection, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These customers as far as they live, locked against an erasure in a fixed order."""
    c = customers.c
    query: Select[Any] = select(c.id, c.email_hash, c.audit_key).where(c.id.in_(sorted(ids)), c.erased_at.is_(None))
    locked = query.order_by(c.id).with_for_update(read=True, key_share=True, of=customers)
    return connection.execute(locked).all() if ids else []
