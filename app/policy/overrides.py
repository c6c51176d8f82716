"""A human's own verdict on a holding (Articles 17(3) and 22): reasoned, and never below what a statute demands."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from app.policy.verdicts import Ask, Erase, Retain, Verdict
from app.policy.vocabulary import ErasureException, ErasureGround


@dataclass(frozen=True, slots=True)
class OwnErase:
    """The human wants it erased."""

    reason: str


@dataclass(frozen=True, slots=True)
class OwnRetain:
    """The human wants it kept, restricted, on an exception of Article 17(3) that law and section support."""

    exception: ErasureException
    law: str
    section: str
    until: date
    reason: str


Own: TypeAlias = OwnErase | OwnRetain


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the human's verdict cannot stand."""

    kind: Literal["question_open", "obliged", "shortened", "past"]
    reason: str


def override(assessed: Verdict, floor: Retain | Ask | None, own: Own, today: date) -> Verdict | Refused:
    """The human's verdict, unless a statute forbids it; `floor` is what the statute says of the row by itself."""
    if isinstance(assessed, Ask) or isinstance(floor, Ask):
        return Refused("question_open", "Answer the question about it first.")
    obliged = [one for one in (floor, assessed) if _is_duty(one)]
    if isinstance(own, OwnErase):
        if obliged:
            return Refused("obliged", "a legal obligation keeps it (Art. 17(3)(b))")
        return Erase(ErasureGround.NO_LONGER_NECESSARY, own.reason)
    if any(one.until is None or own.until < one.until for one in obliged if isinstance(one, Retain)):
        return Refused("shortened", "the statutory period is longer")
    if own.until < today:
        return Refused("past", "the date lies in the past: that would keep nothing")
    return Retain(own.exception, own.law, own.section, own.until, own.reason)


def _is_duty(verdict: Verdict | None) -> bool:
    return isinstance(verdict, Retain) and verdict.exception is ErasureException.LEGAL_OBLIGATION
