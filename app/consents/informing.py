"""What a consent was informed by (Art. 4(11), 7(1)): the version of the privacy notice shown when it was given.

The caller says which, or it is the one that was in force. A withdrawal needs no information and pins what is said.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.consents import repository_notices
from app.consents.errors import NoticeVersionUnknown
from app.consents.rules import AHEAD
from app.consents.schemas import ConsentIn
from app.consents.taking import Taking


def pin_notices(connection: Connection, taking: Sequence[Taking]) -> None:
    """Note what was shown with each event; a version that was not to be seen then is refused."""
    said = any(t.sent.notice_version is not None for t in taking)
    if not said and all(t.withdrawn for t in taking):
        return
    versions = repository_notices.published(connection, spoken=said)
    for t in taking:
        if t.sent.notice_version is None:
            t.notice = None if t.withdrawn else in_force(latest(t.sent), versions)
        elif _was_to_be_seen(t.sent, versions):
            t.notice = t.sent.notice_version
        else:
            t.refusal = NoticeVersionUnknown()


def latest(sent: ConsentIn) -> datetime:
    """When what was shown must have been out; the clock of a caller who says which may be a little behind."""
    return sent.occurred_at if sent.notice_version is None else sent.occurred_at + AHEAD


def in_force(at: datetime, versions: Sequence[Row[Any]]) -> int | None:
    """The newest version that was out; none before the first."""
    out = bisect_right(versions, at, key=lambda row: row.published_at)
    return versions[out - 1].version if out else None


def _was_to_be_seen(sent: ConsentIn, versions: Sequence[Row[Any]]) -> bool:
    """Whether the version said was out, in the language said."""
    found = next((row for row in versions if row.version == sent.notice_version), None)
    if found is None or found.published_at > latest(sent):
        return False
    return sent.notice_language in {None, *found.languages}
