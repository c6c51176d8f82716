"""Proof that is kept beside the shell of an erased person, erased in batches once its period is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Table, delete, exists, func, insert, select

from app.consents.tables import consent_events
from app.customers.tables import customers, vouchers
from app.policy.vocabulary import ErasureGround
from app.processors.tables import disclosures
from app.subject_requests.repository_sweep import open_request
from app.subject_requests.repository_sweep_batches import OVER, Batch
from app.subject_requests.repository_sweep_sets import Gone
from app.subject_requests.tables import verdicts

PROOF: Mapping[str, tuple[str, str, Table]] = {
    "consent_evidence": ("consent_evidence", "consent_evidence", consent_events),
    "disclosures": ("disclosures", "disclosure_log", disclosures),
}
"""By rule: the holding, its kind, and the table, of proof that is kept beside the shell of an erased person."""


def take_proof(connection: Connection, rule: str, batch: Batch, erased_before: datetime, after: UUID | None) -> Gone:
    """Erase proof kept beside shells once its period is over; none that a request concerns."""
    table, c = PROOF[rule][2], customers.c
    shells = (
        select(c.id)
        .where(c.erased_at.is_not(None), c.erased_at < erased_before, ~open_request(c.id))
        .where(exists().where(table.c.customer_id == c.id))
        .order_by(c.id)
        .limit(batch.limit)
    )
    if after is not None:
        shells = shells.where(c.id > after)
    people = list(connection.execute(shells).scalars())
    if not people:
        return Gone(0, None)
    _erase_proof(connection, rule, people, batch, OVER)
    return Gone(len(people), people[-1] if len(people) == batch.limit else None, batch)


def _erase_proof(connection: Connection, rule: str, people: Sequence[UUID], batch: Batch, reason: str) -> None:
    holding, kind, table = PROOF[rule]
    c = customers.c
    rows = connection.execute(select(c.id, c.erasure_request_id).where(c.id.in_(people)))
    _add(connection, batch, [(one.id, one.erasure_request_id, holding) for one in rows], kind, reason)
    connection.execute(delete(table).where(table.c.customer_id.in_(people)))


def _add(
    connection: Connection, batch: Batch, gone: Sequence[tuple[UUID, UUID | None, str]], kind: str, reason: str
) -> None:
    """Verdicts on these holdings, as (person, request, holding)."""
    common = {"decision_id": batch.id, "purpose": "", "verdict": "erase", "overridden": False, "holding_kind": kind}
    common |= {"decided_at": batch.at, "register_version": batch.register_version, "reason": reason}
    common |= {"ground": ErasureGround.NO_LONGER_NECESSARY.value}
    rows = [
        {**common, "id": UUID(int=batch.id.int + n), "customer_id": person, "request_id": request, "holding": holding}
        for n, (person, request, holding) in enumerate(gone, start=1)
    ]
    connection.execute(insert(verdicts), rows)


def take_again(connection: Connection, rule: str, gone: Sequence[UUID], batch: Batch, reason: str) -> int:
    """Erase, after a restore, what a batch had erased: rows, or the proof of these people; how many there were."""
    c, v = customers.c, vouchers.c
    if rule in PROOF:
        table = PROOF[rule][2]
        shells = select(c.id).where(c.id.in_(gone), c.erased_at.is_not(None))
        people = list(connection.execute(shells.where(exists().where(table.c.customer_id == c.id))).scalars())
        if people:
            _erase_proof(connection, rule, people, batch, reason)
        return len(people)
    query = select(v.id, v.customer_id, c.erasure_request_id).join(customers, c.id == v.customer_id)
    rows = connection.execute(query.where(v.id.in_(gone))).all()
    if rows:
        told = [(one.customer_id, one.erasure_request_id, f"voucher:{one.id}") for one in rows]
        _add(connection, batch, told, "voucher", reason)
        connection.execute(delete(vouchers).where(v.id.in_([one.id for one in rows])))
    return len(rows)


def count_proof(connection: Connection, rule: str, erased_before: datetime) -> int:
    """Of how many shells proof would go now."""
    table, c = PROOF[rule][2], customers.c
    due_ones = select(func.count()).where(c.erased_at.is_not(None), c.erased_at < erased_before, ~open_request(c.id))
    found: int = connection.execute(due_ones.where(exists().where(table.c.customer_id == c.id))).scalar_one()
    return found
