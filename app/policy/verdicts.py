"""What may happen to a holding: erase, retain, restrict, go on or ask; and how several verdicts meet in one row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, RestrictionGround


@dataclass(frozen=True, slots=True)
class Erase:
    """Article 17(1): erase. `kept_by` keeps, under a law through `kept_until`, the voucher that ours duplicates."""

    ground: ErasureGround
    reason: str
    kept_by: str | None = None
    kept_until: date | None = None
    kept_law: str | None = None
    kept_section: str | None = None


@dataclass(frozen=True, slots=True)
class Retain:
    """Article 17(3), or a contract not yet performed: keep, restricted, through `until` (None: open-ended).

    `statutory_until` is the statute's own date where a notice promised longer; `review_on` is when a
    retention without an end must be looked at again (Article 5(1)(e)).
    """

    exception: ErasureException | LegalBasis
    law: str
    section: str
    until: date | None
    reason: str
    statutory_until: date | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Restrict:
    """Article 18(1): neither erase nor use, through `until` or until the person releases it."""

    ground: RestrictionGround
    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Continue:
    """Beyond what was asked: processing for this purpose goes on, on its own basis, neither erased nor restricted."""

    basis: LegalBasis
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A human must answer this first; it holds up its own holding only."""

    question: str


Verdict: TypeAlias = Erase | Retain | Restrict | Continue | Ask


@dataclass(frozen=True, slots=True)
class Assessed:
    """The verdict for one holding and one purpose, the latter by its code."""

    holding_id: str
    purpose: str
    verdict: Verdict


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that binds the row: a question, else a use that goes on, the longest retention, a restriction, an
    erasure.

    No verdict at all becomes a question, because nothing may disappear without a reason.
    """
    return max(verdicts, key=_weight, default=Ask("For which purpose is this held? None is recorded (Art. 5(1)(b))."))


def holding_outcome(assessed: Iterable[Assessed], holding_id: str) -> Verdict:
    """What physically happens to one row once each of its purposes has its verdict."""
    return strictest(one.verdict for one in assessed if one.holding_id == holding_id)


def outcomes_of(assessed: Iterable[Assessed]) -> dict[str, Verdict]:
    """`holding_outcome` of every holding that was assessed, by its id."""
    found: dict[str, list[Verdict]] = {}
    outcomes: dict[str, Verdict] = {}
    for one in assessed:
        found.setdefault(one.holding_id, []).append(one.verdict)
    known: dict[tuple[int, ...], Verdict] = {}  # rows that are alike share their verdicts, so these meet alike
    for name, verdicts in found.items():
        alike = tuple(map(id, verdicts))
        known[alike] = known.get(alike) or strictest(verdicts)
        outcomes[name] = known[alike]
    return outcomes


def sweep_due(verdict: Verdict, today: date) -> bool:
    """Whether the sweep must assess this holding anew and, if nothing else holds it, erase it."""
    match verdict:
        case Erase():
            return True
        case Retain(until=until) | Restrict(until=until):
            return until is not None and until < today
        case Ask() | Continue():
            return False
        case _ as unreachable:
            assert_never(unreachable)


_Weight: TypeAlias = tuple[int, bool, date, str]


def _weight(verdict: Verdict) -> _Weight:
    """A total order, so that the outcome does not depend on the order of the purposes."""
    match verdict:
        case Ask():
            return 4, False, date.min, verdict.question
        case Continue():
            return 3, False, date.min, repr(verdict)
        case Retain():
            return 2, verdict.until is None, verdict.until or date.min, repr(verdict)
        case Restrict():
            return 1, verdict.until is None, verdict.until or date.min, repr(verdict)
        case Erase():
            unneeded = verdict.ground is ErasureGround.NO_LONGER_NECESSARY  # says most about the row itself
            return 0, unneeded, verdict.kept_until or date.min, repr(verdict)
        case _ as unreachable:
            assert_never(unreachable)
