"""Begins a new ledger, by hand, where the old one is lost or cannot be trusted."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, String, and_, delete, insert, literal, literal_column, select

from app.consents.tables import consent_events
from app.deps import Services
from app.ledger import repository
from app.ledger.facts import ROWS, SWEPT
from app.ledger.follower import Ledger
from app.ledger.repository import State
from app.ledger.tables import ledger_outbox
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers
from app.subject_requests.tables import request_events, sweep_batches, verdicts

_NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}

_ELSEWHERE = {"erasure": request_events, SWEPT: sweep_batches}


async def adopt(served: Services, registers: Registers, ledger: Ledger) -> Path | None:
    """Begin a new ledger with all that this database knows; where the old file was put, if there was one.

    What only the old ledger knew is not done again on this database.
    """
    op = await builtin_operation(BACKGROUND, served, registers)
    async with ledger.held():
        aside = ledger.file.set_aside(f"{op.at:%Y%m%dT%H%M%SZ}")
        await op.write(_begin_anew)
    await ledger.drain()
    return aside


def _begin_anew(connection: Connection, op: Operation) -> None:
    connection.execute(delete(ledger_outbox))
    for kind in (*ROWS, "erasure", SWEPT):
        _note_all(connection, kind, op.at)
    repository.keep(connection, State())
    op.audit(connection, "adopt", "ledger")


def _note_all(connection: Connection, kind: str, at: datetime) -> None:
    """Note every row that the triggers would have noted, because older backups need them too."""
    table = _ELSEWHERE[kind] if kind in _ELSEWHERE else ROWS[kind][0]
    which = {
        "erasure": request_events.c.kind == "executed",
        "withdrawal": consent_events.c.action == "withdrawn",
        "sweep": and_(verdicts.c.decision_id.is_(None), verdicts.c.purpose == ""),
    }
    new_id: ColumnElement[str] = literal_column(_NEW_ID[connection.dialect.name])
    rows = select(new_id, literal(kind, String()), table.c.id, literal(at, ledger_outbox.c.at.type)).order_by(
        table.c.id
    )
    if kind in which:
        rows = rows.where(which[kind])
    connection.execute(insert(ledger_outbox).from_select(["id", "kind", "row_id", "at"], rows))
