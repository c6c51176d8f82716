"""What would become of the transfers if a decision or an assessment fell? Nothing is changed by asking."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row

from app.policy.transfers import AdequacyDecision, is_eea
from app.processors import repository_transfers
from app.processors.adequacy import Fall
from app.processors.flows import Carried, Flow, Record, Verdict, flows_of, judge, judge_flow, to_record
from app.processors.repository_disclosures import people_reached
from app.processors.schemas_transfers import FlowOut, WhatIf, WhatIfOut
from app.processors.transfers import table_now

Table: TypeAlias = tuple[AdequacyDecision, ...]


def what_if(connection: Connection, question: WhatIf, today: date) -> WhatIfOut:
    """Each flow outside the EEA: does it hold, fall back on another record, or is it blocked?"""
    as_of = question.as_of or max(today, question.dpf_annulled_on or today)
    active = repository_transfers.active_processors(connection)
    ids = [row.id for row in active]
    sent = repository_transfers.transfers_to(connection, ids)
    asked = _Asked(question, as_of, today, table_now(connection), people_reached(connection, ids))
    found = [
        asked.flow(row, flow)
        for row in active
        for flow in _flows(row, [to_record(transfer) for transfer in sent[row.id]], as_of)
    ]
    return WhatIfOut(
        as_of=as_of,
        holds=[flow for flow in found if flow.outcome == "holds"],
        falls_back=[flow for flow in found if flow.outcome == "falls_back"],
        blocked=[flow for flow in found if flow.outcome == "blocked"],
    )


def _flows(row: Row[Any], records: list[Record], on: date) -> list[Flow]:
    """The recipient's flows; one without records if none is recorded in its own country outside the EEA."""
    flows = flows_of(records, on)
    recorded = any(flow[0].transfer.country == row.country for flow in flows)
    return flows if recorded or is_eea(row.country) else [[], *flows]


class _Asked:
    def __init__(self, question: WhatIf, as_of: date, today: date, table: Table, people: Mapping[UUID, int]) -> None:
        self._table, self._people = table, people
        self._fallen = Fall(question.dpf_annulled_on, frozenset(question.adequacy_withdrawn)).of(table)
        self._without_tia = question.tia_missing
        self._as_of = as_of
        self._today = today

    def flow(self, row: Row[Any], flow: Flow) -> FlowOut:
        country = flow[0].transfer.country if flow else row.country
        now = judge_flow(flow, self._table, self._today) if flow else self._unrecorded(country)
        then = self._then(flow, country)
        return FlowOut(
            processor_id=row.id,
            processor=row.code,
            importer=flow[0].importer if flow else None,
            country=country,
            outcome=_outcome(now, then),
            blocked_now=not isinstance(now, Carried),
            people=self._people.get(row.id, 0),
            transfer_id=then.transfer_id if isinstance(then, Carried) else None,
            article=then.article if isinstance(then, Carried) else None,
            reasons=[] if isinstance(then, Carried) else list(then.reasons),
        )

    def _then(self, flow: Flow, country: str) -> Verdict:
        if not flow:
            return self._unrecorded(country)
        supposed = [record.without_tia() for record in flow] if self._without_tia else flow
        return judge_flow(supposed, self._fallen, self._as_of)

    def _unrecorded(self, country: str) -> Verdict:
        return judge(country, [], self._fallen, self._as_of)


def _outcome(now: Verdict, then: Verdict) -> Literal["holds", "falls_back", "blocked"]:
    if not isinstance(then, Carried):
        return "blocked"
    other = isinstance(now, Carried) and now.transfer_id != then.transfer_id
    return "falls_back" if other else "holds"
