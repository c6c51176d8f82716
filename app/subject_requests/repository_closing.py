"""Which cases are carried out and wait for nobody any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, exists, func, or_, select, text

from app.customers.tables import restrictions
from app.notifications.tables import notifications
from app.policy.notifications import CLOSED
from app.policy.restrictions import OF_THE_PERSON
from app.subject_requests.replies import USED
from app.subject_requests.tables import envelopes, subject_requests
from app.subject_requests.tables_replies import access_releases


def wait_for_nobody(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Requests that are being carried out, without a letter, a recipient, a restriction or a link to wait for.

    Only a first look, so that those which wait for a human cost nothing: `handling.finish` judges each.
    """
    c, letter, told, restricted = subject_requests.c, envelopes.c, notifications.c, restrictions.c
    link, newer = access_releases.c, access_releases.alias("newer").c
    later = (newer.request_id == link.request_id, newer.id > link.id)
    unused = func.coalesce(link.ended_because, "") != USED
    awaited = (
        exists().where(letter.request_id == c.id, letter.outcome.is_(None)),
        exists().where(told.request_id == c.id, told.state.not_in(sorted(CLOSED))),
        exists().where(
            *(restricted.customer_id == c.customer_id, restricted.request_id == c.id),
            *(restricted.lifted_at.is_(None), restricted.ground.in_(sorted(OF_THE_PERSON))),
        ),
        exists().where(link.request_id == c.id, ~exists().where(*later), or_(link.expires_at > now, unused)),
    )
    query = select(c.id).where(text("state = 'executing'"), *(~one for one in awaited)).order_by(c.due_on).limit(limit)
    return list(connection.execute(query).scalars())
