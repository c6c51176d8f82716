"""Who may act for somebody else: guardians, lawyers, others with a mandate, and an estate (Recital 27)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Representing(StrEnum):
    """In what capacity somebody acts for the person."""

    GUARDIAN = "guardian"
    LAWYER = "lawyer"
    ESTATE = "estate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Mandate:
    """A representative's capacity, and until when the evidence seen lets them act."""

    role: Representing
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CannotAct:
    """Why nothing may be decided on this mandate."""

    code: str
    text: str


def cannot_act(mandate: Mandate | None, *, deceased: bool, today: date) -> CannotAct | None:
    """What stands against deciding a request; None when it may be decided.

    The rights end with the person, and so does every mandate but the estate's. A request after a reported death
    may also show that the report was mistaken, so it is received and a human looks.
    """
    if deceased and (mandate is None or mandate.role is not Representing.ESTATE):
        text = "the person is reported dead: withdraw the report if it was mistaken, or record the estate as acting"
        return CannotAct("deceased", text)
    if mandate is None:
        return None
    if not deceased and mandate.role is Representing.ESTATE:
        return CannotAct("no_death", "an estate acts only after a reported death")
    if mandate.until is not None and mandate.until < today:
        return CannotAct("mandate_over", "the mandate has run out: record the evidence of a new one")
    return None
