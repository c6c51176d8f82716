"""The dated table of adequacy decisions (Art. 45), and the same table if some of them fell."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from app.policy.transfers import AdequacyCondition, AdequacyDecision
from app.wire import Country

Unverified = Literal["decision", "valid_from", "valid_to", "scope", "condition"]


class Entry(BaseModel):
    """One row of adequacy.yaml; `unverified` names what nobody has compared with the Official Journal yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    country: Country
    decision: str
    valid_from: date
    valid_to: date | None = None
    scope: str
    condition: AdequacyCondition
    source: str
    checked_on: date
    unverified: tuple[Unverified, ...] = ()

    def decided(self) -> AdequacyDecision:
        """The row as the policy knows it."""
        return AdequacyDecision(**self.model_dump(exclude={"unverified"}))


@dataclass(frozen=True, slots=True, order=True)
class Lapse:
    """A decision that holds no more from that day on: annulled, repealed or suspended (Art. 45(5), C-362/14)."""

    decision: str
    lapsed_on: date


@dataclass(frozen=True, slots=True)
class Fall:
    """What if: the Data Privacy Framework annulled from a day on, other countries' decisions withdrawn."""

    dpf_annulled_on: date | None = None
    withdrawn: frozenset[str] = frozenset()

    def of(self, table: Iterable[AdequacyDecision]) -> tuple[AdequacyDecision, ...]:
        """The table after the fall."""
        left = [decision for decision in table if decision.country not in self.withdrawn]
        return tuple(self._without_dpf(decision) for decision in left)

    def _without_dpf(self, decision: AdequacyDecision) -> AdequacyDecision:
        if self.dpf_annulled_on is None or decision.condition is not AdequacyCondition.DPF:
            return decision
        return _until(decision, self.dpf_annulled_on - timedelta(days=1))


@cache
def entries() -> tuple[Entry, ...]:
    """The table as it is written down, with the marks for what is unverified."""
    text = resources.files("app.processors").joinpath("adequacy.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Entry, ...]).validate_python(yaml.safe_load(text))


@lru_cache(maxsize=32)
def table(lapses: tuple[Lapse, ...] = ()) -> tuple[AdequacyDecision, ...]:
    """The decisions, for `policy.transfers`, each up to the day before it lapsed."""
    ended = {lapse.decision: lapse.lapsed_on - timedelta(days=1) for lapse in lapses}
    return tuple(_until(entry.decided(), ended.get(entry.decision)) for entry in entries())


def _until(decision: AdequacyDecision, last: date | None) -> AdequacyDecision:
    ends = [day for day in (decision.valid_to, last) if day is not None]
    return replace(decision, valid_to=min(ends, default=None))


def decision_on(decisions: Collection[AdequacyDecision], country: str, on: date) -> str | None:
    """The decision for a country that is in force on a day."""
    return next(
        (
            one.decision
            for one in decisions
            if one.country == country and one.valid_from <= on and (one.valid_to is None or on <= one.valid_to)
        ),
        None,
    )
