"""Manifestly unfounded or excessive (Article 12(5)): what must be shown before a refusal or a fee.

The controller bears the burden of proof. A number of requests alone proves nothing (C-416/23): an abusive intention
must follow from all the circumstances, and then even a first request may be excessive (C-526/24). The first copy is
free, whatever the motive (C-307/22). A human finds; this only says what is missing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FactKind(StrEnum):
    """What a described fact is about: the circumstances that C-526/24 and C-416/23 weigh."""

    NUMBER_OF_REQUESTS = "number_of_requests"
    TIME_GAP = "time_gap"
    DATA_GIVEN = "data_given"
    CONDUCT = "conduct"
    STATED_AIM = "stated_aim"
    PUBLIC_PATTERN = "public_pattern"


COUNTS: frozenset[FactKind] = frozenset({FactKind.NUMBER_OF_REQUESTS, FactKind.TIME_GAP})
"""Kinds that count requests or days, and so show nobody's intention however many there are."""


class Finding(StrEnum):
    """On what a refusal or a fee rests: Article 12(5), or for a fee alone 15(3): a further copy."""

    MANIFESTLY_UNFOUNDED = "manifestly_unfounded"
    EXCESSIVE = "excessive"
    FURTHER_COPY = "further_copy"


ABUSIVE: frozenset[Finding] = frozenset({Finding.MANIFESTLY_UNFOUNDED, Finding.EXCESSIVE})


class Measure(StrEnum):
    """What the controller does about it."""

    REFUSAL = "refusal"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class Fact:
    """One described fact with its day; `cases` are earlier cases of the person, by number."""

    kind: FactKind
    on: date
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What the finding lacks: a code, why, and which fact if it is one of them."""

    code: str
    text: str
    fact: int | None = None


def missing(
    measure: Measure, finding: Finding, facts: Collection[Fact], earlier: Collection[str], today: date
) -> tuple[Missing, ...]:
    """Everything that stands against the measure; empty when it may be taken. `earlier`: the person's earlier cases."""
    if finding is Finding.FURTHER_COPY:
        return tuple(_further_copy(measure, facts, earlier, today))
    return tuple(_abuse(facts, earlier, today))


def _abuse(facts: Collection[Fact], earlier: Collection[str], today: date) -> Iterator[Missing]:
    if not facts:
        yield Missing("evidence", "The controller bears the burden of proof: describe the facts (Art. 12(5)).")
    elif all(fact.kind in COUNTS for fact in facts):
        text = "A number of requests, or the time between them, proves no abusive intention (C-416/23, C-526/24)."
        yield Missing("only_a_count", text)
    yield from _faults(facts, earlier, today)


def _further_copy(
    measure: Measure, facts: Collection[Fact], earlier: Collection[str], today: date
) -> Iterator[Missing]:
    if measure is Measure.REFUSAL:
        yield Missing("not_a_refusal", "A further copy may cost a fee, it is no ground to refuse (Art. 15(3)).")
    if not any(set(fact.cases) & set(earlier) for fact in facts):
        yield Missing("first_copy", "The first copy is free (C-307/22): name the case in which it was given.")
    yield from _faults(facts, earlier, today)


def _faults(facts: Collection[Fact], earlier: Collection[str], today: date) -> Iterator[Missing]:
    for number, fact in enumerate(facts):
        if fact.on > today:
            yield Missing("future", "The fact lies in the future.", number)
        if fact.kind is FactKind.NUMBER_OF_REQUESTS and not fact.cases:
            yield Missing("cases", "Name the cases that are counted.", number)
        if not set(fact.cases) <= set(earlier):
            yield Missing("strange_case", "Names a case that is no earlier case of this person.", number)
