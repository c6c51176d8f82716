"""What a person is told of transfers outside the EEA (Art. 13(1)(f), 14(1)(f), 15(2)), and the record of Art. 30(1)(e).

For the access reply and the privacy notice alike, so that both say the same of the same day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.policy.transfers import AdequacyDecision, Mechanism, is_eea
from app.processors import adequacy
from app.processors.flows import Carried, Flow, flows_of, judge_flow, to_record
from app.processors.repository_lapses import lapses_at
from app.processors.repository_transfers import active_processors, transfers_to
from app.register.definition import Definition
from app.register.definition_base import Label

_CLAUSES = "(EU) 2021/914"


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One flow to one importer outside the EEA.

    `mechanism` carries it that day; where none does, nothing is sent and it is the one recorded, if any. `instrument`
    is the decision or document behind it, `copy` how to get a copy: what the record says, else what the notice says.
    """

    processor: str
    recipient: str
    importer: str
    is_onward: bool
    country: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    mechanism: Mechanism | None
    instrument: str | None
    holds: bool
    copy: str | Label | None


def safeguards(connection: Connection, definition: Definition, at: datetime) -> list[Safeguard]:
    """Each flow outside the EEA that has not ended, of each recipient in use, in the order of their codes."""
    telling = _Telling(definition, adequacy.table(lapses_at(connection, at)), at.astimezone(definition.zone).date())
    active = active_processors(connection)
    sent = transfers_to(connection, [row.id for row in active])
    return [told for row in active for told in telling.of(row, sent[row.id])]


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is the same for every flow."""

    definition: Definition
    table: tuple[AdequacyDecision, ...]
    on: date

    def of(self, recipient: Row[Any], rows: Sequence[Row[Any]]) -> Iterator[Safeguard]:
        by_id = {row.id: row for row in rows}
        for flow in flows_of([to_record(row) for row in rows], self.on):
            if not is_eea(flow[0].transfer.country):
                yield self._told(recipient, by_id, flow)

    def _told(self, recipient: Row[Any], rows: Mapping[UUID, Row[Any]], flow: Flow) -> Safeguard:
        judged = judge_flow(flow, self.table, self.on)
        carrying = judged.transfer_id if isinstance(judged, Carried) else None
        record = next((one for one in flow if one.id == carrying), flow[0])
        row = rows[record.id]
        return Safeguard(
            processor=recipient.code,
            recipient=recipient.name,
            importer=row.importer,
            is_onward=row.importer_role == "sub_processor",
            country=row.country,
            purposes=tuple(dict.fromkeys(code for one in flow for code in rows[one.id].purposes)),
            categories=tuple(dict.fromkeys(code for one in flow for code in rows[one.id].categories)),
            mechanism=record.transfer.mechanism,
            instrument=self._instrument(row, record.transfer.mechanism),
            holds=carrying is not None,
            copy=row.copy_of_safeguards or self.definition.transfers.copy_from,
        )

    def _instrument(self, row: Row[Any], mechanism: Mechanism | None) -> str | None:
        evidence: Mapping[str, Any] = row.evidence_now or row.evidence
        rules: Mapping[str, str] = evidence.get("bcr") or {}
        match mechanism:
            case Mechanism.ADEQUACY:
                return adequacy.decision_on(self.table, row.country, self.on)
            case Mechanism.SCC:
                return _CLAUSES
            case Mechanism.BCR:
                return rules.get("approval")
            case _:
                document: str | None = evidence["instrument"]
                return document
