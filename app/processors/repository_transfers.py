"""Transfers and their assessments."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from app.processors.repository_lapses import lapses_column
from app.processors.tables import processors, transfer_assessments, transfers
from app.processors.tables_safeguards import transfer_checks


def add_transfer(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a transfer."""
    connection.execute(insert(transfers).values(**values))


def transfer(connection: Connection, transfer_id: UUID) -> Row[Any] | None:
    """One transfer."""
    return connection.execute(select(transfers).where(transfers.c.id == transfer_id)).first()


def lock_transfer(connection: Connection, transfer_id: UUID) -> None:
    """Keep others from changing a transfer until the transaction ends."""
    connection.execute(select(transfers.c.id).where(transfers.c.id == transfer_id).with_for_update())


def end_transfer(connection: Connection, transfer_id: UUID, values: dict[str, Any]) -> bool:
    """Set the last day of a flow; False when it was set already."""
    c = transfers.c
    ended = update(transfers).where(c.id == transfer_id, c.ended_on.is_(None)).values(**values)
    return connection.execute(ended).rowcount == 1


def transfers_to(connection: Connection, processor_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The transfers of each of the recipients, oldest first."""
    c = transfers.c
    found: dict[UUID, list[Row[Any]]] = {processor_id: [] for processor_id in processor_ids}
    query = select(transfers).where(c.processor_id.in_(list(processor_ids))).order_by(c.id)
    for row in connection.execute(query):
        found[row.processor_id].append(row)
    return found


def transfers_after(connection: Connection, after: UUID | None, processor_id: UUID | None) -> Sequence[Row[Any]]:
    """All transfers, oldest first: a controller has tens of them, and their status is computed."""
    c = transfers.c
    conditions = [] if after is None else [c.id > after]
    if processor_id is not None:
        conditions.append(c.processor_id == processor_id)
    return connection.execute(select(transfers).where(*conditions).order_by(c.id)).all()


def resting_on(connection: Connection, mechanism: str, country: str) -> Sequence[Row[Any]]:
    """The transfers to a country that name that mechanism and have not been ended, oldest first."""
    c = transfers.c
    query = select(transfers).where(c.mechanism == mechanism, c.country == country, c.ended_on.is_(None))
    return connection.execute(query.order_by(c.id)).all()


def reached(connection: Connection, code: str, at: datetime) -> Sequence[Row[Any]]:
    """A recipient's transfers with its country and whether it is in use; one row of nulls if it has none.

    Each row tells the decisions that had lapsed by then.
    """
    country, active = processors.c.country.label("recipient_country"), processors.c.active.label("recipient_active")
    query = (
        select(country, active, lapses_column(at), transfers)
        .outerjoin(transfers, transfers.c.processor_id == processors.c.id)
        .where(processors.c.code == code)
        .order_by(transfers.c.id)
    )
    return connection.execute(query).all()


def add_check(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a check of what a transfer rests on."""
    connection.execute(insert(transfer_checks).values(**values))


def check(connection: Connection, check_id: UUID) -> Row[Any] | None:
    """One check."""
    return connection.execute(select(transfer_checks).where(transfer_checks.c.id == check_id)).first()


def set_evidence(connection: Connection, transfer_id: UUID, evidence: dict[str, Any]) -> None:
    """What the checks have found; the record itself stays as it was made."""
    connection.execute(update(transfers).where(transfers.c.id == transfer_id).values(evidence_now=evidence))


def checks_after(connection: Connection, transfer_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Checks of one transfer, oldest first."""
    c = transfer_checks.c
    query = select(transfer_checks).where(c.transfer_id == transfer_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()


def evidence_at(connection: Connection, rows: Sequence[Row[Any]], at: datetime) -> dict[UUID, dict[str, Any]]:
    """What each of the transfers that were checked rested on by then: as recorded, with what had been found since."""
    found = {row.id: dict(row.evidence) for row in rows if row.evidence_now is not None}
    c = transfer_checks.c
    query = select(c.transfer_id, c.kind, c.evidence).where(c.transfer_id.in_(list(found)), c.recorded_at <= at)
    for transfer_id, kind, evidence in connection.execute(query.order_by(c.id)) if found else ():
        found[transfer_id][kind] = evidence
    return found


def active_processors(connection: Connection) -> Sequence[Row[Any]]:
    """The recipients in use."""
    return connection.execute(select(processors).where(processors.c.active).order_by(processors.c.code)).all()


def add_assessment(connection: Connection, values: dict[str, Any]) -> None:
    """Insert an assessment."""
    connection.execute(insert(transfer_assessments).values(**values))


def assessment(connection: Connection, assessment_id: UUID) -> Row[Any] | None:
    """One assessment."""
    query = select(transfer_assessments).where(transfer_assessments.c.id == assessment_id)
    return connection.execute(query).first()


def assessments_after(connection: Connection, transfer_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Assessments of one transfer, oldest first."""
    c = transfer_assessments.c
    query = select(transfer_assessments).where(c.transfer_id == transfer_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()
