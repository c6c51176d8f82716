"""Whether data may go to a recipient on a day, judged from its recorded transfers (Art. 44).

A flow is what goes to one importer in one country; the records about it are alternatives, and the first that
holds carries it. All flows of a recipient must be carried, because data given to it can reach each importer.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row

from app.policy.transfers import (
    AdequacyDecision,
    Bcr,
    CompellingInterests,
    DpfEntry,
    Justification,
    Mechanism,
    Permitted,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
    is_eea,
    justify,
    justify_any,
)
from app.processors.repository import folded

BY_MODULE = {
    "M1": {"i_a", "i_b", "i_c", "ii"},
    "M2": {"i_a", "i_b", "i_c", "ii", "iii"},
    "M3": {"i_a", "i_b", "i_c", "ii", "iii"},
    "M4": {"i_a", "i_b"},
}
"""The annexes that each module of Decision (EU) 2021/914 needs."""


@dataclass(frozen=True, slots=True)
class Record:
    """A stored transfer with what the policy judges."""

    id: UUID
    importer: str
    purposes: frozenset[str]
    categories: frozenset[str]
    ended_on: date | None
    transfer: Transfer

    def covers(self, purpose: str, categories: Collection[str]) -> bool:
        """Whether the record speaks of this purpose and all these categories."""
        return purpose in self.purposes and self.categories.issuperset(categories)

    def without_tia(self) -> "Record":
        """The same, as if its transfer impact assessment did not count."""
        return replace(self, transfer=replace(self.transfer, tia=None))


@dataclass(frozen=True, slots=True)
class Carried:
    """The transfer may happen; outside the EEA it rests on that record and article."""

    transfer_id: UUID | None
    article: str | None


@dataclass(frozen=True, slots=True)
class Blocked:
    """It may not happen, with everything that is missing."""

    reasons: tuple[str, ...]


Verdict: TypeAlias = Carried | Blocked
Flow: TypeAlias = Sequence[Record]


def to_record(row: Row[Any], evidence: Mapping[str, Any] | None = None) -> Record:
    """The row of a transfer, for the policy. A flow that was ended has no mechanism after that day.

    It rests on what the checks have found since, unless the evidence of another instant is given.
    """
    ends = [day for day in (row.valid_to, row.ended_on) if day is not None]
    return Record(
        row.id,
        row.importer,
        frozenset(row.purposes),
        frozenset(row.categories),
        row.ended_on,
        Transfer(
            country=row.country,
            regular=row.frequency == "regular",
            mechanism=None if row.mechanism is None else Mechanism(row.mechanism),
            valid_from=row.valid_from,
            valid_to=min(ends, default=None),
            importer_role=row.importer_role,
            **_evidence(evidence or row.evidence_now or row.evidence, row.importer),
        ),
    )


def _evidence(stored: Mapping[str, Any], importer: str) -> dict[str, Any]:
    return {
        "dpf": _with(stored["dpf"], lambda entry: _dpf(entry, importer)),
        "scc": _with(stored["scc"], _scc),
        "tia": _with(stored["tia"], _tia),
        "bcr": _with(stored.get("bcr"), lambda rules: _bcr(rules, importer)),
        "instrument": stored["instrument"],
        "scope_confirmed_on": _day(stored["scope_confirmed_on"]),
        "compelling": _with(stored["compelling"], _compelling),
    }


def _with(value: Any, make: Callable[[Any], Any]) -> Any:
    return None if value is None else make(value)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _dpf(stored: Mapping[str, Any], importer: str) -> DpfEntry:
    """Earlier records did not ask whom and what the entry covers, so nobody is said to have found it."""
    checked, expires = (date.fromisoformat(stored[name]) for name in ("checked_on", "expires_on"))
    covered, data = stored.get("covered_entities"), stored.get("data")
    named = _names(importer, [stored["entity"], *(covered or ())])
    return DpfEntry(
        stored["entity"],
        stored["status"],
        checked,
        expires,
        next_check_on=_day(stored.get("next_check_on")),
        names_importer=named or (None if covered is None else False),
        covers_data=None if data is None else data != "hr",
    )


def _names(importer: str, entities: Iterable[str]) -> bool:
    return folded(importer) in {folded(entity) for entity in entities}


def _scc(stored: Mapping[str, Any]) -> Scc:
    filled = {name for name, done in stored["annexes"].items() if done}
    complete = BY_MODULE[stored["module"]] <= filled
    chosen = bool(stored["governing_law"] and stored["forum"])
    return Scc(stored["module"], date.fromisoformat(stored["signed_on"]), complete, chosen)


def _bcr(stored: Mapping[str, Any], importer: str) -> Bcr:
    return Bcr(stored["kind"], date.fromisoformat(stored["approved_on"]), _names(importer, stored["entities"]))


def _tia(stored: Mapping[str, Any]) -> Tia:
    outcome = None if stored["outcome"] is None else TiaOutcome(stored["outcome"])
    return Tia(_day(stored["completed_on"]), outcome, _day(stored["review_on"]))


def _compelling(stored: Mapping[str, Any]) -> CompellingInterests:
    return CompellingInterests(
        *(date.fromisoformat(stored[name]) for name in ("authority_informed_on", "persons_informed_on"))
    )


def flows_of(records: Iterable[Record], on: date) -> list[Flow]:
    """The records by importer and country; what was ended before that day flows no longer."""
    flows: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.ended_on is None or on <= record.ended_on:
            flows.setdefault((record.importer.casefold(), record.transfer.country), []).append(record)
    return list(flows.values())


def judge_flow(flow: Flow, adequacy: Collection[AdequacyDecision], on: date) -> Verdict:
    """The first record of the flow that holds that day, or every reason why none does."""
    for record in flow:
        verdict: Justification = justify(record.transfer, adequacy, on)
        if isinstance(verdict, Permitted):
            return Carried(None if verdict.mechanism is None else record.id, verdict.article)
    return _blocked(justify_any([record.transfer for record in flow], adequacy, on))


def judge(country: str, records: Iterable[Record], adequacy: Collection[AdequacyDecision], on: date) -> Verdict:
    """Whether data may go that day to a recipient in `country` that has these transfers on record.

    The flow that is carried in the recipient's own country is named; any blocked flow blocks.
    """
    flows = flows_of(records, on)
    verdicts = [(flow[0].transfer.country, judge_flow(flow, adequacy, on)) for flow in flows]
    if not is_eea(country) and country not in {reached for reached, _ in verdicts}:
        unrecorded = Transfer(country=country, regular=True, mechanism=None, valid_from=on)
        verdicts.insert(0, (country, _blocked(justify(unrecorded, adequacy, on))))
    blocked = [verdict for _, verdict in verdicts if isinstance(verdict, Blocked)]
    if blocked:
        return Blocked(tuple(dict.fromkeys(reason for verdict in blocked for reason in verdict.reasons)))
    carried = [verdict for reached, verdict in verdicts if reached == country or not is_eea(reached)]
    named = [verdict for verdict in carried if isinstance(verdict, Carried) and verdict.transfer_id]
    return named[0] if named else Carried(None, None)


def _blocked(verdict: Justification) -> Blocked:
    return Blocked(() if isinstance(verdict, Permitted) else verdict.reasons)
