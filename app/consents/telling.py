"""Recipients hear of a withdrawal, in the transaction that takes it (Art. 7(3), 19)."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.consents.taking import Taking
from app.notifications.serving import tell_of_address, tell_of_withdrawals
from app.register.operation import Operation


def tell_recipients(connection: Connection, op: Operation, withdrawn: Sequence[Taking]) -> None:
    """Queue one notification for each person and recipient that the withdrawn purpose is served through."""
    fresh = [(t, person) for t in withdrawn for person in t.fresh]
    known = [(p.id, t.purpose, t.channels) for t, p in fresh if p is not None and t.purpose is not None]
    if known:
        tell_of_withdrawals(connection, op, known)
    for t, person in fresh:
        if person is None and t.purpose is not None:
            named = {"email": t.sent.customer.email, "phone": t.sent.customer.phone}
            if content := {kind: value for kind, value in named.items() if value}:  # behind a link nobody may be left
                tell_of_address(connection, op, t.purpose, t.channels, content)
