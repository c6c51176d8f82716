"""Sealing: rows that have been committed become a batch, in the order of their identifiers.

Identifiers are made before the commit, so a row may appear behind what is sealed already. It is looked for as far back
as `LOOK_BACK` before the newest seal and goes into the next batch, whose seal counts it as late; which rows a batch
holds is recorded, never guessed. Whatever appears further back is not sealed: a verification calls it inserted.
Nothing of this touches the writing of a row.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from app.audit import repository_seals as repository
from app.audit.canonical import at_of, lines
from app.audit.merkle import leaves_of, root
from app.audit.repository_seals import LOWEST
from app.audit.seals import NOTHING, Seal, Signer, marks_of, members_of
from app.audit.tables import audit_events
from app.db import Database

BATCH = 1000
LOOK_BACK = timedelta(minutes=15)
"""How long a row may take from its identifier to its commit; a transaction lives for half a minute at most."""
EVERYWHERE = timedelta(days=36_500)


class Sealed(NamedTuple):
    """What one step of sealing did; call again while `more`."""

    seal: Seal | None
    rows: int
    more: bool


def seal_next(
    connection: Connection,
    signer: Signer,
    now: datetime,
    before: UUID,
    *,
    look_back: timedelta = LOOK_BACK,
    expired_through: int | None = None,
) -> Sealed:
    """Seal the next batch: late rows as far as `look_back` and then rows with identifiers below `before`.

    `expired_through` says which batches are about to be deleted; otherwise what the last seal said stands.
    """
    repository.lock_chain(connection)
    last = repository.last_seal(connection)
    reach = last.up_to if last else LOWEST
    late = _late(connection, last, look_back) if last and look_back else []
    c = audit_events.c
    rows = lines(connection, c.id.in_(late[:BATCH])) if late else []
    rows += lines(connection, c.id > reach, c.id < before, limit=BATCH - len(rows)) if len(rows) < BATCH else []
    if not rows:
        return Sealed(last, 0, more=False)
    seal, members = _bound(rows, min(len(late), BATCH), last, now, expired_through)
    seal = signer.signed(seal)
    repository.add_seal(connection, seal, members)
    return Sealed(seal, len(rows), more=len(rows) >= BATCH)


async def seal_all(
    db: Database,
    signer: Signer,
    now: datetime,
    before: UUID,
    *,
    look_back: timedelta = LOOK_BACK,
    most: int = 10**9,
) -> tuple[Seal | None, int]:
    """Seal batch after batch, each in a transaction of its own; the last seal and how many rows were sealed."""
    seal, rows, more = await db.write(seal_next, signer, now, before, look_back=look_back)
    while more and rows < most:
        seal, sealed, more = await db.write(seal_next, signer, now, before, look_back=timedelta(0))
        rows += sealed
    return seal, rows


def _late(connection: Connection, last: Seal, look_back: timedelta) -> list[UUID]:
    """Rows within what was sealed lately that no batch holds."""
    number, above = repository.sealed_up_to(connection, last.sealed_at - look_back)
    if repository.count_between(connection, above, last.up_to) == repository.rows_sealed_after(connection, number):
        return []
    sealed = {one for members in repository.members_after(connection, number) for one in marks_of(members)}
    return sorted(repository.ids_between(connection, above, last.up_to) - sealed)


def _bound(
    rows: list[bytes], late: int, last: Seal | None, now: datetime, expired_through: int | None
) -> tuple[Seal, bytes]:
    """The seal of a batch, unsigned, and its members."""
    leaves = leaves_of(rows)
    members = members_of(rows, leaves)
    instants = [at for row in rows if (at := at_of(row))] or [now]
    newest = max(marks_of(members))
    seal = Seal(
        number=last.number + 1 if last else 1,
        sealed_at=now,
        row_count=len(rows),
        late_count=late,
        up_to=max(newest, last.up_to) if last else newest,
        oldest_at=min(instants),
        newest_at=max(instants),
        expired_through=expired_through if expired_through is not None else last.expired_through if last else 0,
        root=root(leaves).hex(),
        previous=last.hash if last else NOTHING,
    )
    return seal, members
