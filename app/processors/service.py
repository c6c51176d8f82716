"""Recipients: seeded from the definition, completed by hand, and what still keeps each from being in order."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.service import must_match
from app.db import new_id
from app.pagination import Page, Window
from app.processors import adequacy, repository, repository_chain, repository_transfers
from app.processors.adequacy import Lapse
from app.processors.errors import ProcessorInvalid, ProcessorNameTaken, ProcessorNotFound, invalid
from app.processors.findings import Known, findings
from app.processors.flows import Blocked, judge, to_record
from app.processors.repository_lapses import lapses_in, lapses_now
from app.processors.schemas import ProcessorNew, ProcessorOut, ProcessorPatch
from app.register.definition import Definition
from app.register.definition_recipients import Recipient
from app.register.operation import Operation

SEEDED = (
    *("name", "legal_name", "legal_name_confirmed", "aliases", "role", "country"),
    *("purposes", "categories", "fields", "always_notified", "note"),
)
"""What the definition says of a recipient and a person may correct."""
_SCOPED = ("purposes", "categories", "fields")
_NULLABLE = frozenset({"legal_name", "note"})


def find(connection: Connection, name: str) -> Row[Any]:
    """The recipient by id, code, name or alias; raises `ProcessorNotFound`."""
    row = repository.known_as(connection, name)
    if row is None:
        raise ProcessorNotFound
    return row


def seed(connection: Connection, definition: Definition, at: datetime) -> list[str]:
    """Bring the recipients in line with the definition and answer the codes that changed.

    Adds what is missing, updates what nobody edited by hand, and adds the definition's aliases. Recipients that
    the definition no longer names stay, because data may be with them. The caller audits.
    """
    stored = repository.processors_by_code(connection, [recipient.code for recipient in definition.recipients])
    return [
        recipient.code
        for recipient in definition.recipients
        if _seed_one(connection, recipient, stored.get(recipient.code), at)
    ]


def _seed_one(connection: Connection, recipient: Recipient, row: Row[Any] | None, at: datetime) -> bool:
    declared = _declared(recipient)
    if row is None:
        made = {**_made(at), **declared, "code": recipient.code, "active": True, "edited": []}
        if not repository.add_processor(connection, made):
            return False
        _take_names(connection, made["id"], {**declared, "code": recipient.code})
        return True
    values = {name: value for name, value in declared.items() if name not in row.edited}
    if "aliases" in row.edited:
        values["aliases"] = list(dict.fromkeys([*row.aliases, *declared["aliases"]]))
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        row = repository.change_processor(connection, row.id, {**changed, "updated_at": at})
    _take_names(connection, row.id, row._asdict())
    return bool(changed)


def _declared(recipient: Recipient) -> dict[str, Any]:
    values = {name: getattr(recipient, name) for name in SEEDED}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _made(at: datetime) -> dict[str, Any]:
    return {"id": new_id(), "version": 1, "created_at": at, "updated_at": at}


def _names(values: Mapping[str, Any]) -> list[str]:
    names = [values["code"], values["name"], *values["aliases"]]
    return [*names, values["legal_name"]] if values["legal_name"] else names


def _take_names(connection: Connection, processor_id: UUID, values: Mapping[str, Any]) -> None:
    repository.release_names(connection, _names(values))
    repository.bind_names(connection, processor_id, _names(values))


def create(connection: Connection, op: Operation, new: ProcessorNew) -> ProcessorOut:
    """Prepare a recipient that the definition does not name yet; raises `ProcessorNameTaken`."""
    op.actor.must_be_person()
    values = {**new.model_dump(), **_made(op.at), "edited": sorted(new.model_fields_set & set(SEEDED))}
    must_be_declared(op.definition, values, _SCOPED)
    if not repository.add_processor(connection, values):
        raise ProcessorNameTaken
    if not repository.bind_names(connection, values["id"], _names(values)):
        raise ProcessorNameTaken
    op.audit(connection, "register", "processor", values["id"])
    return read(connection, str(values["id"]), op.definition, op.today)


def patch(connection: Connection, op: Operation, name: str, sent: ProcessorPatch, if_match: str | None) -> ProcessorOut:
    """Enter what a person has found out; raises 428 without If-Match and 412 when stale."""
    op.actor.must_be_person()
    row = repository.lock(connection, find(connection, name).id)
    must_match(if_match, row.version)
    values = _sent(sent)
    merged = {**row._asdict(), **values}
    must_be_declared(op.definition, merged, values)
    edited = sorted({*row.edited, *(values.keys() & set(SEEDED))})
    repository.change_processor(connection, row.id, {**values, "edited": edited, "updated_at": op.at})
    if not repository.bind_names(connection, row.id, _names(merged)):
        raise ProcessorNameTaken
    op.audit(connection, "update", "processor", row.id, details={"columns": sorted(values)})
    return read(connection, str(row.id), op.definition, op.today)


def _sent(sent: ProcessorPatch) -> dict[str, Any]:
    values = {name: value for name, value in sent.model_dump().items() if name in sent.model_fields_set}
    for name, value in values.items():
        if value is None and name not in _NULLABLE:
            raise invalid(ProcessorInvalid, f"#/{name}", "cannot be emptied")
    return values


def must_be_declared(definition: Definition, values: Mapping[str, Any], sent: Collection[str]) -> None:
    """Raise `ProcessorInvalid` unless the definition, that is the notice, says as much as was sent."""
    if values["legal_name_confirmed"] and values["legal_name"] is None:
        raise invalid(ProcessorInvalid, "#/legal_name_confirmed", "is true although no legal name is given")
    listed = definition.recipient(values["code"])
    allowed = {
        "purposes": {p.code for p in definition.purposes} if listed is None else {*listed.purposes},
        "categories": {c.code for c in definition.categories} if listed is None else {*listed.categories},
        "fields": {f.name for c in definition.categories if c.code in values["categories"] for f in c.fields},
    }
    for name in _SCOPED:
        if name in sent and not allowed[name].issuperset(values[name]):
            detail = "goes beyond what the register definition says; apply a definition that says so first"
            raise invalid(ProcessorInvalid, f"#/{name}", detail)


def reread(connection: Connection, op: Operation, processor_id: UUID) -> ProcessorOut:
    """A recipient, for a replayed request."""
    op.audit(connection, "read", "processor", processor_id)
    return read(connection, str(processor_id), op.definition, op.today)


def read(connection: Connection, name: str, definition: Definition, today: date) -> ProcessorOut:
    """One recipient by id, code, name or alias; raises `ProcessorNotFound`."""
    return all_shown(connection, [find(connection, name)], definition, today)[0]


def list_processors(connection: Connection, window: Window, definition: Definition, today: date) -> Page[ProcessorOut]:
    """All recipients, former ones too."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository.processors_after(connection, after, window.limit + 1)
    return window.page(all_shown(connection, rows, definition, today), [(str(row.id),) for row in rows])


def all_shown(
    connection: Connection, rows: Sequence[Row[Any]], definition: Definition, today: date
) -> list[ProcessorOut]:
    """These recipients as they are answered."""
    table = adequacy.table(lapses_now(connection))
    shown = []
    for known in all_known(connection, rows, definition):
        matters = [finding.code for finding in findings(known, table, today)]
        told = {
            "listed": definition.recipient(known.row.code) is not None,
            "open_matters": list(dict.fromkeys(matters)),
        }
        shown.append(ProcessorOut.model_validate({**known.row._asdict(), **told}))
    return shown


def all_known(connection: Connection, rows: Sequence[Row[Any]], definition: Definition) -> list[Known]:
    """What the register holds about each of these recipients."""
    ids = [row.id for row in rows]
    newest = repository.newest_agreements(connection, ids)
    sent = repository_transfers.transfers_to(connection, ids)
    engaged = repository_chain.chains(connection, ids)
    copy_from = definition.transfers.copy_from
    return [Known(row, newest.get(row.id), sent[row.id], engaged[row.id], copy_from) for row in rows]


def transfer_refusal(
    connection: Connection, definition: Definition, processor_code: str, on: date, recorded_by: datetime
) -> str | None:
    """Why no data may go to this recipient that day under Chapter V, or None when they may.

    Only what was recorded by then counts, transfers and checks and lapses alike: nothing is justified in retrospect.
    """
    listed = definition.recipient(processor_code)
    rows = repository_transfers.reached(connection, listed.code if listed else processor_code, recorded_by)
    found = repository_transfers.evidence_at(connection, [row for row in rows if row.id is not None], recorded_by)
    lapses = lapses_in(rows[0].lapses) if rows else ()
    return refusal_among(definition, processor_code, rows, on, recorded_by, lapses, found)


def refusal_among(
    definition: Definition,
    processor_code: str,
    rows: Sequence[Row[Any]],
    on: date,
    recorded_by: datetime,
    lapses: tuple[Lapse, ...],
    evidence: Mapping[UUID, Any] | None = None,
) -> str | None:
    """The same, judging from rows of `repository_transfers.reached` and the evidence by then, else that of now."""
    if definition.recipient(processor_code) is None or not rows:
        return "The recipient is not listed."
    if not rows[0].recipient_active:
        return "The recipient is no longer in use."
    recorded = (row for row in rows if row.id is not None and row.recorded_at <= recorded_by)
    records = [to_record(row, (evidence or {}).get(row.id)) for row in recorded]
    verdict = judge(rows[0].recipient_country, records, adequacy.table(lapses), on)
    return " ".join(verdict.reasons) if isinstance(verdict, Blocked) else None
