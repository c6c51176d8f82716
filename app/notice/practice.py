"""Practice as the database knows it, for the notice and its rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.notice import repository
from app.notice.facts import Party, Practice, Reached
from app.policy.transfers import UNKNOWN, is_eea
from app.processors import adequacy
from app.processors.findings import Known, Table, findings
from app.processors.repository_lapses import lapses_at
from app.processors.service import all_known
from app.processors.transfers import judgement
from app.register.definition import Definition

COPIED = ("code", "name", "legal_name", "role", "country", "active")


def practice_of(connection: Connection, definition: Definition, at: datetime) -> Practice:
    """What is done and recorded at an instant. Of the log of disclosures it reads who and what for, not the rows."""
    today = at.astimezone(definition.zone).date()
    undeclared = [kind for kind in repository.RECORDS if kind not in definition.records]
    off = [name for name in repository.FIELDS if name not in definition.contact_fields]
    extra = any(category.extra_fields for category in definition.categories)
    attributes = {"attributes"} if not extra and repository.has_attributes(connection) else set()
    return Practice(
        today=today,
        parties=tuple(_parties(connection, definition, at, repository.reached(connection))),
        strangers=tuple(sorted(repository.strangers(connection))),
        disclosed_for=repository.disclosed_for(connection),
        asked_for=repository.asked_for(connection),
        records=repository.stored_records(connection, undeclared),
        fields=repository.stored_fields(connection, off) | attributes,
        employments=repository.employments(connection, at),
        suppressions_reviewed_on=repository.suppressions_reviewed_on(connection),
    )


def _parties(connection: Connection, definition: Definition, at: datetime, reached: set[UUID]) -> list[Party]:
    today = at.astimezone(definition.zone).date()
    table = adequacy.table(lapses_at(connection, at))
    held = all_known(connection, repository.recipients(connection), definition)
    found = [_party(definition, known, table, today, reached) for known in held]
    order = {recipient.code: number for number, recipient in enumerate(definition.recipients)}
    return sorted(found, key=lambda party: order.get(party.code, len(order)))


def _party(definition: Definition, known: Known, table: Table, today: date, reached: set[UUID]) -> Party:
    row = known.row
    return Party(
        **{name: getattr(row, name) for name in COPIED},
        purposes=tuple(row.purposes),
        categories=tuple(row.categories),
        fields=tuple(row.fields),
        listed=definition.recipient(row.code) is not None,
        matters=frozenset(finding.code for finding in findings(known, table, today)),
        reached=tuple(_flows(row.country, known.transfers, table, today)),
        got_data=row.id in reached,
    )


def _flows(country: str, transfers: Sequence[Row[Any]], table: Table, today: date) -> list[Reached]:
    """Of each country outside the EEA the transfer that holds today; else why none does."""
    flows: dict[str, list[tuple[Row[Any], Mapping[str, Any]]]] = defaultdict(list)
    if country != UNKNOWN and not is_eea(country):
        flows[country] = []
    for row in transfers:
        if not is_eea(row.country) and (row.ended_on is None or today <= row.ended_on):
            flows[row.country].append((row, judgement(row, tuple(table), today)))
    return [_flow(country, found) for country, found in flows.items()]


def _flow(country: str, found: Sequence[tuple[Row[Any], Mapping[str, Any]]]) -> Reached:
    for row, judged in found:
        if judged["outcome"] == "permitted":
            return Reached(country, judged["article"], judged["adequacy_decision"], row.copy_of_safeguards)
    reasons = tuple(dict.fromkeys(reason for _, judged in found for reason in judged["reasons"]))
    return Reached(country, None, None, None, reasons or (f"No mechanism of Chapter V is recorded for {country}.",))
