"""What a record of a transfer must say, and whether it does (Art. 5(2), 13(1)(f), 15(2), 30(1)(e))."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from app.policy.transfers import Mechanism
from app.processors.schemas_transfers import Evidence
from app.register.definition_base import Label

_OF_RECORD = ("importer_address", "person_categories", "copy_of_safeguards")
_OF_EVIDENCE: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Mechanism.ADEQUACY: (("dpf", ("covered_entities", "data", "finding")),),
    Mechanism.SCC: (("scc", ("governing_law", "forum")), ("tia", ("completed_on", "outcome", "review_on"))),
    Mechanism.BCR: (("bcr", ()), ("tia", ("completed_on", "outcome", "review_on"))),
}
"""The parts of the evidence that a mechanism rests on; a part that does not apply, such as an entry in the Data
Privacy Framework outside the United States, is left out by its absence."""
_ALWAYS = frozenset({"scc", "tia", "bcr"})
_BY_DOCUMENT = ("instrument", "instrument_version", "instrument_on")


def evidence_of(row: Row[Any]) -> dict[str, Any]:
    """What the transfer rests on now, with every member, those too that earlier records did not ask for."""
    return Evidence.model_validate(row.evidence_now or row.evidence).model_dump(mode="json")


def missing(row: Row[Any], copy_from: str | Label | None) -> list[str]:
    """The members that the record still owes; `copy_from` is where the notice says to get a copy of safeguards."""
    owed = [name for name in _OF_RECORD if not getattr(row, name) and not (name == "copy_of_safeguards" and copy_from)]
    if row.mechanism is None:
        return ["mechanism", *owed]
    return [*owed, *_missing_evidence(row.mechanism, evidence_of(row))]


def _missing_evidence(mechanism: str, evidence: Mapping[str, Any]) -> list[str]:
    parts = _OF_EVIDENCE.get(mechanism)
    if parts is None:
        return [f"evidence.{name}" for name in _BY_DOCUMENT if not evidence[name]]
    found = []
    for part, names in parts:
        held = evidence[part]
        if held is None and part in _ALWAYS:
            found.append(f"evidence.{part}")
        elif held is not None:
            found += [f"evidence.{part}.{name}" for name in names if held[name] is None]
    return found
