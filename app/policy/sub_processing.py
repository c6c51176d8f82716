"""Whether a processor may use a processor of its own (Article 28(2) and (4))."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, assert_never


class Standing(StrEnum):
    """What the controller has said to a sub-processor, silence under a general authorisation included."""

    AWAITED = "awaited"
    OBJECTION_OPEN = "objection_open"
    AUTHORISED = "authorised"
    OBJECTED = "objected"
    ENDED = "ended"


class Fault(StrEnum):
    """What is wrong with a sub-processor that is in use."""

    UNAUTHORISED = "sub_processor_unauthorised"
    OBJECTED = "sub_processor_objected"
    DUTIES_UNPROVEN = "sub_processor_duties_unproven"


@dataclass(frozen=True, slots=True)
class SubProcessor:
    """What is known of the engagement. `objection_until` is the last day for objecting to it."""

    authorisation: Literal["general", "specific"]
    announced_on: date
    objection_until: date | None
    decision: Literal["authorised", "objected"] | None
    in_use_from: date | None
    ended_on: date | None
    same_duties: bool

    def is_used(self, on: date) -> bool:
        """Whether the processor lets it handle the data that day."""
        began = self.in_use_from is not None and self.in_use_from <= on
        return began and (self.ended_on is None or on <= self.ended_on)


def standing(sub: SubProcessor, on: date) -> Standing:
    """Under a specific authorisation silence is no; under a general one it is yes, once the window has closed.

    A window that nobody named has not closed (Art. 28(2): "giving the controller the opportunity to object").
    """
    if sub.ended_on is not None and sub.ended_on < on:
        return Standing.ENDED
    match sub.decision, sub.authorisation:
        case "authorised", _:
            return Standing.AUTHORISED
        case "objected", _:
            return Standing.OBJECTED
        case None, "specific":
            return Standing.AWAITED
        case _:
            closed = sub.objection_until is not None and sub.objection_until < on
            return Standing.AUTHORISED if closed else Standing.OBJECTION_OPEN


def faults(sub: SubProcessor, on: date) -> Iterator[Fault]:
    """What is wrong that day; nothing while it is only announced, or once it is used no more."""
    if not sub.is_used(on):
        return
    match standing(sub, on):
        case Standing.AWAITED | Standing.OBJECTION_OPEN:
            yield Fault.UNAUTHORISED
        case Standing.OBJECTED:
            yield Fault.OBJECTED
        case Standing.AUTHORISED | Standing.ENDED:
            pass
        case _ as unreachable:
            assert_never(unreachable)
    if not sub.same_duties:
        yield Fault.DUTIES_UNPROVEN
