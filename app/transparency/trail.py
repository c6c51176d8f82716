"""What the service does with its trail by itself: it seals what is new, and lets old batches go, whose seals stay."""

from datetime import timedelta

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import Connection

from app.audit import repository_seals as repository
from app.audit.sealing import seal_all, seal_next
from app.audit.seals import Signer, marks_of
from app.audit.verifying import KEPT_AT_LEAST
from app.db import settled_before
from app.deps import Services
from app.policy.deadlines import nominal
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers
from app.subject_requests.leases import take_lease

log = structlog.get_logger("seloste.trail")

SEALED = Counter("seloste_audit_rows_sealed_total", "Audit rows that this process has sealed")
NUMBER = Gauge("seloste_audit_last_seal_number", "Number of the newest seal that this process has made")

SEAL_EVERY = timedelta(minutes=5)
SETTLED = 10.0
"""Seconds after which hardly any transaction is under way, so that few rows come late."""
AT_MOST = 200_000
"""Rows of one run, so that due erasures need not wait for an old trail to be sealed."""
AT_ONCE = 5
"""Batches of one transaction, so that nobody waits long for it."""


async def seal_due(served: Services, holder: str) -> int:
    """Seal the rows of the last minutes, in one process; the log line takes the seal out of the database's reach."""
    if not await served.db.write(take_lease, "seal", holder, served.clock(), SEAL_EVERY):
        return 0
    return await seal_now(served)


async def seal_now(served: Services) -> int:
    """Seal whatever has settled; how many rows were sealed."""
    signer, now = Signer(served.keys), served.clock()
    last, rows = await seal_all(served.db, signer, now, settled_before(SETTLED), most=AT_MOST)
    if last and rows:
        SEALED.inc(rows)
        NUMBER.set(last.number)
        log.info("audit trail sealed", batch=last.number, rows=rows, seal=last.hash)
    return rows


async def expire_due(served: Services, registers: Registers) -> tuple[int, int]:
    """Delete every batch whose period is over; how many batches and rows went."""
    batches = rows = 0
    while True:
        op = await builtin_operation(BACKGROUND, served, registers)
        if not await served.db.read(_due, op):
            return batches, rows
        gone = await op.write(expire)
        batches, rows = batches + gone[0], rows + gone[1]


def expire(connection: Connection, op: Operation) -> tuple[int, int]:
    """Delete the oldest batches that are due. The next seal says so, and one audit row, which that seal holds."""
    repository.lock_chain(connection)
    due = _due(connection, op)
    held = {number: list(marks_of(repository.members(connection, number))) for number in due}
    rows = sum(map(len, held.values()))
    op.audit(connection, "expire", "audit", due[-1] if due else None, details={"batches": len(due), "rows": rows})
    if due:
        seal_next(connection, Signer(op.keys), op.at, settled_before(-1), expired_through=due[-1])
        for number, ids in held.items():
            repository.delete_batch(connection, number, ids)
    return len(due), rows


def _due(connection: Connection, op: Operation) -> list[int]:
    """The oldest batches that are still there, as far as all of their rows are old enough."""
    limit = op.start_of(nominal(op.today, -12 * op.definition.retention.audit_years))
    last = repository.last_seal(connection)
    due: list[int] = []
    for seal in repository.seals_after(connection, last.expired_through if last else 0, AT_ONCE):
        if seal.newest_at >= limit or op.at - seal.newest_at < KEPT_AT_LEAST:
            break
        due.append(seal.number)
    return due
