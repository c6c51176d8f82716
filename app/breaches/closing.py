"""Close a breach with what was learned, once nothing is owed to anybody; reopen it when more comes to light."""

from sqlalchemy import Connection

from app.breaches.errors import BreachOpen, BreachUnsettled
from app.breaches.judging import standing_of
from app.breaches.reporting import changed, find, find_open, note
from app.breaches.schemas import ClosingIn, ReopeningIn
from app.breaches.schemas_out import BreachOut
from app.register.operation import Operation


def close(connection: Connection, op: Operation, name: str, sent: ClosingIn) -> BreachOut:
    """Close it; raises `BreachUnsettled` with what is still owed."""
    op.actor.must_be_person()
    row = find_open(connection, name)
    owed = standing_of(connection, op.definition, row).obstacles
    if owed:
        raise BreachUnsettled(open=[str(obstacle) for obstacle in owed])
    note(connection, op, row.id, "closed")
    op.audit(connection, "close", "breach", row.id)
    return changed(connection, op, row.id, {"closed_at": op.at, "lessons": sent.lessons})


def reopen(connection: Connection, op: Operation, name: str, sent: ReopeningIn) -> BreachOut:
    """Open it again, with the reason in the timeline; its lessons stay."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if row.closed_at is None:
        raise BreachOpen
    note(connection, op, row.id, "reopened", reason=sent.reason)
    op.audit(connection, "reopen", "breach", row.id)
    return changed(connection, op, row.id, {"closed_at": None})
