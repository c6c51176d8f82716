"""What may happen to a holding: erase, retain, restrict or ask; and how several verdicts meet in one row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, RestrictionGround


@dataclass(frozen=True, slots=True)
class Erase:
    """Article 17(1): erase. `kept_by` keeps, through `kept_until`, the voucher that ours duplicates."""

    ground: ErasureGround
    reason: str
    kept_by: str | None = None
    kept_until: date | None = None


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
class Ask:
    """A human must answer this first; it holds up its own holding only."""

    question: str


Verdict: TypeAlias = Erase | Retain | Restrict | Ask


@dataclass(frozen=True, slots=True)
class Assessed:
    """The verdict for one holding and one purpose, the latter by its code."""

    holding_id: str
    purpose: str
    verdict: Verdict


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that binds the row: a question, else the longest retention, a restriction, an erasure.

    No verdict at all becomes a question, because nothing may disappear without a reason.
    """
    return max(verdicts, key=_weight, default=Ask("For which purpose is this held? None is recorded (Art. 5(1)(b))."))


def holding_outcome(assessed: Iterable[Assessed], holding_id: str) -> Verdict:
    """What physically happens to one row once each of its purposes has its verdict."""
    return strictest(one.verdict for one in assessed if one.holding_id == holding_id)


def sweep_due(verdict: Verdict, today: date) -> bool:
    """Whether the sweep must assess this holding anew and, if nothing else holds it, erase it."""
    match verdict:
        case Erase():
            return True
        case Retain(until=until) | Restrict(until=until):
            return until is not None and until < today
        case Ask():
            return False
        case _ as unreachable:
            assert_never(unreachable)


_Weight: TypeAlias = tuple[int, bool, date, str]


def _weight(verdict: Verdict) -> _Weight:
    """A total order, so that the outcome does not depend on the order of the purposes."""
    match verdict:
        case Ask():
            return 3, False, date.min, verdict.question
        case Retain():
            return 2, verdict.until is None, verdict.until or date.min, repr(verdict)
        case Restrict():
            return 1, verdict.until is None, verdict.until or date.min, repr(verdict)
        case Erase():
            unneeded = verdict.ground is ErasureGround.NO_LONGER_NECESSARY  # says most about the row itself
            return 0, unneeded, verdict.kept_until or date.min, repr(verdict)
        case _ as unreachable:
            assert_never(unreachable)
