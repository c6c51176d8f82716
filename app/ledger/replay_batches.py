"""Does a batch of the sweep again: deletes, in sets, the rows that it took, and writes their verdicts anew."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from app.customers.tables import vouchers
from app.ledger import repository
from app.ledger.facts import SWEPT, Facts
from app.ledger.replay_erasures import WORDS
from app.ledger.replay_rows import ABSENT, APPLIED, KNOWN
from app.register.operation import Operation
from app.subject_requests import repository_sweep_batches as batches
from app.subject_requests import repository_sweep_proof as proof
from app.subject_requests.repository_sweep_batches import Batch
from app.upkeep.repository import leave


def batch_again(connection: Connection, op: Operation, facts: Facts) -> str:
    """Erase again what the batch erased; what became of it."""
    rule, gone = facts["rule"], [UUID(one) for one in facts["gone"]]
    batch = Batch(UUID(facts["batch"]), datetime.fromisoformat(facts["swept_at"]), op.register.version, len(gone))
    known = batches.is_recorded(connection, batch)
    rows = 0 if known else proof.take_again(connection, rule, gone, batch, WORDS)
    event = op.audit(connection, "replay", "retention", facts["as_of"], details={"rule": rule, "rows": rows})
    if not rows:
        return KNOWN if known else ABSENT
    batches.record(connection, batch, rule, date.fromisoformat(facts["as_of"]), rows)
    repository.forget_notes(connection, SWEPT, [batch.id])  # the trigger has noted what the ledger holds already
    batches.name_subjects(connection, batch, event)
    leave(connection, op.at, [proof.PROOF[rule][2] if rule in proof.PROOF else vouchers])
    return APPLIED
