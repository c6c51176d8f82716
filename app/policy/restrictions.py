"""Restriction of processing (Article 18): its grounds, what it leaves alone, and when it may be lifted."""

from datetime import date

from app.policy.vocabulary import RestrictionGround

OF_THE_PERSON = frozenset(
    {
        RestrictionGround.ACCURACY_CONTESTED,
        RestrictionGround.ERASURE_OPPOSED,
        RestrictionGround.PERSONS_CLAIM,
        RestrictionGround.OBJECTION_PENDING,
    }
)
"""Article 18(1): obtained by the person, so that they are told before one of these is lifted (18(3))."""

HOLDS_VALUES = OF_THE_PERSON | {RestrictionGround.ERASURE_PENDING}
"""While one of these is in force the data are stored as they are: new values wait beside them for a human."""

_STRONGEST = (
    RestrictionGround.PERSONS_CLAIM,
    RestrictionGround.ERASURE_OPPOSED,
    RestrictionGround.ACCURACY_CONTESTED,
    RestrictionGround.OBJECTION_PENDING,
)


def kept_instead(grounds: frozenset[RestrictionGround]) -> RestrictionGround | None:
    """The ground on which data that would otherwise be erased stay, unused: the person has asked for that."""
    return next((ground for ground in _STRONGEST if ground in grounds), None)


def lift_refusal(began_on: date, told_on: date, today: date, *, settled: bool) -> str | None:
    """Why the restriction may not be lifted yet; None when it may (Article 18(3); F56)."""
    if not settled:
        return "The matter for which processing is restricted has not been decided."
    if told_on > today:
        return "The person must have been told before the restriction is lifted (Art. 18(3))."
    if told_on < began_on:
        return "The notice is older than the restriction that it tells the end of."
    return None
