"""Whom a processor engages: announced, authorised or objected to, judged like a transfer, ended (Art. 28(2), (4))."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.service import must_match
from app.db import new_id
from app.pagination import Page, Window
from app.policy.sub_processing import standing
from app.processors import repository, repository_chain, repository_transfers
from app.processors.errors import SubProcessorInvalid, SubProcessorNotFound, invalid
from app.processors.findings import Table, about_sub_processor, engagement, onward
from app.processors.flows import Carried
from app.processors.schemas_chain import FindingOut, SubProcessorNew, SubProcessorOut, SubProcessorPatch
from app.processors.service import find
from app.processors.transfers import table_now
from app.register.operation import Operation


def register(connection: Connection, op: Operation, processor: str, new: SubProcessorNew) -> SubProcessorOut:
    """Note a sub-processor; what the agreement says of authorisation and objection fills what was not sent."""
    op.actor.must_be_person()
    owner = find(connection, processor)
    _must_be_sensible(connection, op, owner, new)
    agreement = repository.newest_agreements(connection, [owner.id]).get(owner.id)
    authorisation = new.authorisation or _agreed(agreement)
    values = {
        **new.model_dump(exclude={"engaged_by"}),
        "id": new_id(),
        "processor_id": owner.id,
        "parent_id": new.engaged_by,
        "version": 1,
        "authorisation": authorisation,
        "objection_until": new.objection_until or _window(agreement, authorisation, new.announced_on),
        "recorded_by": op.actor.id,
        "recorded_at": op.at,
    }
    repository_chain.add_sub_processor(connection, values)
    op.audit(connection, "register", "sub_processor", values["id"])
    return _read(connection, op, values["id"])


def _agreed(agreement: Row[Any] | None) -> Literal["general", "specific"]:
    """Where the agreement says nothing, nothing has been authorised in advance."""
    return "general" if agreement is not None and agreement.sub_processing == "general" else "specific"


def _window(agreement: Row[Any] | None, authorisation: str, announced_on: date) -> date | None:
    if authorisation != "general" or agreement is None or agreement.objection_days is None:
        return None
    return announced_on + timedelta(days=agreement.objection_days)


def _must_be_sensible(connection: Connection, op: Operation, owner: Row[Any], new: SubProcessorNew) -> None:
    if any(op.definition.category(code) is None for code in new.categories):
        raise invalid(SubProcessorInvalid, "#/categories", "names a category that is not declared")
    if new.announced_on > op.today:
        raise invalid(SubProcessorInvalid, "#/announced_on", "lies in the future")
    if new.objection_until is not None and new.objection_until < new.announced_on:
        raise invalid(SubProcessorInvalid, "#/objection_until", "lies before announced_on")
    if new.engaged_by is not None:
        parent = repository_chain.sub_processor(connection, new.engaged_by)
        if parent is None or parent.processor_id != owner.id:
            raise invalid(SubProcessorInvalid, "#/engaged_by", "is no sub-processor of this recipient")


def patch(
    connection: Connection, op: Operation, sub_processor_id: UUID, sent: SubProcessorPatch, if_match: str | None
) -> SubProcessorOut:
    """Enter what was found out or decided; raises 428 without If-Match and 412 when stale."""
    op.actor.must_be_person()
    row = repository_chain.lock_sub_processor(connection, sub_processor_id)
    if row is None:
        raise SubProcessorNotFound
    must_match(if_match, row.version)
    values = sent.model_dump(exclude_unset=True)
    for name in ("country", "decision") if values else ():
        if name in values and values[name] is None:
            raise invalid(SubProcessorInvalid, f"#/{name}", "cannot be emptied")
    if "decision" in values:
        if not values.get("decision_reason"):
            raise invalid(SubProcessorInvalid, "#/decision_reason", "is needed for a decision")
        values |= {"decided_on": op.today, "decided_by": op.actor.id}
    elif "decision_reason" in values:
        raise invalid(SubProcessorInvalid, "#/decision_reason", "belongs to a decision")
    repository_chain.change_sub_processor(connection, sub_processor_id, values)
    op.audit(connection, "update", "sub_processor", sub_processor_id, details={"columns": sorted(values)})
    return _read(connection, op, sub_processor_id)


def reread(connection: Connection, op: Operation, sub_processor_id: UUID) -> SubProcessorOut:
    """A sub-processor, for a replayed request."""
    op.audit(connection, "read", "sub_processor", sub_processor_id)
    return _read(connection, op, sub_processor_id)


def list_chain(connection: Connection, processor: str, window: Window, today: date) -> Page[SubProcessorOut]:
    """Whom a recipient engages, directly or through others."""
    after = UUID(window.after[0]) if window.after else None
    owner = find(connection, processor).id
    rows = repository_chain.chain_after(connection, owner, after, window.limit + 1)
    sent, table = repository_transfers.transfers_to(connection, [owner])[owner], table_now(connection)
    return window.page([sub_processor_out(row, sent, table, today) for row in rows], [(str(row.id),) for row in rows])


def _read(connection: Connection, op: Operation, sub_processor_id: UUID) -> SubProcessorOut:
    row = repository_chain.sub_processor(connection, sub_processor_id)
    if row is None:
        raise SubProcessorNotFound
    sent = repository_transfers.transfers_to(connection, [row.processor_id])[row.processor_id]
    return sub_processor_out(row, sent, table_now(connection), op.today)


def sub_processor_out(row: Row[Any], sent: Sequence[Row[Any]], table: Table, today: date) -> SubProcessorOut:
    """A sub-processor as of a day."""
    sub, verdict = engagement(row), onward(row, sent, table, today)
    carried = verdict if isinstance(verdict, Carried) else None
    found = [
        FindingOut(**asdict(finding), remedy=finding.remedy) for finding in about_sub_processor(row, sent, table, today)
    ]
    told = {
        "engaged_by": row.parent_id,
        "standing": standing(sub, today).value,
        "is_used": sub.is_used(today),
        "onward": "permitted" if carried else "refused",
        "onward_article": carried.article if carried else None,
        "onward_transfer_id": carried.transfer_id if carried else None,
        "onward_reasons": [] if isinstance(verdict, Carried) else list(verdict.reasons),
        "findings": found,
    }
    return SubProcessorOut.model_validate({**row._asdict(), **told})
