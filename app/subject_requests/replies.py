"""What must be forgotten of a reply to an access request: marks on it, and the copy that a link opens.

`app.access` makes them; what ends them is here, because closing a case and erasing a person come first.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from app.subject_requests.tables import subject_requests
from app.subject_requests.tables_replies import access_redactions, access_release_parts, access_releases

DOWNLOAD, FETCHED, NOT_FETCHED = "download", "fetched", "not_fetched"
"""What is open while the person may fetch the reply, once they have but may need it again, and if they never have."""
USED = "used"
FOR_A_HUMAN = frozenset({FETCHED, NOT_FETCHED})
"""A human may complete a case all the same; the service waits for the link's last day, or for the human."""


def end(connection: Connection, request_ids: Collection[UUID], why: str, at: datetime) -> int:
    """End the links of these requests and delete what they opened; how many there were."""
    c = access_releases.c
    live = select(c.id).where(c.request_id.in_(list(request_ids)), c.ended_at.is_(None))
    return _end(connection, list(connection.execute(live).scalars()), why, at)


def end_expired(connection: Connection, at: datetime, most: int) -> int:
    """End links whose last day is over; how many there were."""
    c = access_releases.c
    over = select(c.id).where(c.ended_at.is_(None), c.expires_at <= at).order_by(c.expires_at).limit(most)
    return _end(connection, list(connection.execute(over).scalars()), "expired", at)


def end_all(connection: Connection, why: str, at: datetime) -> int:
    """End every link: after a restore, one that was used or withdrawn since the backup would work again."""
    live_ones = select(access_releases.c.id).where(access_releases.c.ended_at.is_(None))
    return _end(connection, list(connection.execute(live_ones).scalars()), why, at)


def _end(connection: Connection, ids: list[UUID], why: str, at: datetime) -> int:
    if not ids:
        return 0
    c = access_releases.c
    connection.execute(delete(access_release_parts).where(access_release_parts.c.release_id.in_(ids)))
    connection.execute(update(access_releases).where(c.id.in_(ids)).values(ended_at=at, ended_because=why))
    return len(ids)


def forget(connection: Connection, request_ids: Collection[UUID], why: str, at: datetime) -> None:
    """The case closes, or the person goes: links end, marks go."""
    ids = list(request_ids)
    end(connection, ids, why, at)
    connection.execute(delete(access_redactions).where(access_redactions.c.request_id.in_(ids)))


def forget_of_person(connection: Connection, customer_id: UUID, at: datetime) -> None:
    """Something of the person is erased: no frozen copy of it may be left, in no case of theirs."""
    c = subject_requests.c
    ids = list(connection.execute(select(c.id).where(c.customer_id == customer_id)).scalars())
    if ids:
        forget(connection, ids, "erased", at)


def waiting(connection: Connection, request_id: UUID, at: datetime) -> list[str]:
    """What is open because of a link: a case is not closed under a person who may still fetch the reply, or has not."""
    c = access_releases.c
    newest = select(access_releases).where(c.request_id == request_id).order_by(c.id.desc()).limit(1)
    link = connection.execute(newest).first()
    if link is None:
        return []
    over = link.expires_at <= at
    if link.ended_because == USED:
        return [] if over else [FETCHED]
    return [NOT_FETCHED] if over or link.ended_at is not None else [DOWNLOAD]


def delete_files(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Delete every row of these requests, with the file that they belong to."""
    ids = list(request_ids)
    releases = select(access_releases.c.id).where(access_releases.c.request_id.in_(ids))
    connection.execute(delete(access_release_parts).where(access_release_parts.c.release_id.in_(releases)))
    for table in (access_releases, access_redactions):
        connection.execute(delete(table).where(table.c.request_id.in_(ids)))
