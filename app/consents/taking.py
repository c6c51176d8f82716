"""One consent event on its way in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row

from app.consents.rules import channels_of
from app.consents.schemas import ConsentIn, ConsentOut
from app.customers.identity import Address
from app.errors import Problem
from app.register.definition_purposes import Purpose

Outcome: TypeAlias = ConsentOut | Problem
WordingKey: TypeAlias = tuple[str, int, str]


@dataclass(slots=True)
class Taking:
    """What was sent, whom it concerns, and what became of it; `fresh` are the people for whom it was new."""

    sent: ConsentIn
    address: Address | None
    purpose: Purpose | None = None
    wording: WordingKey | None = None
    notice: int | None = None
    people: Sequence[Row[Any]] = ()
    fresh: list[Row[Any] | None] = field(default_factory=list)
    id: UUID | None = None
    known: bool = False
    refusal: Problem | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether it withdraws a consent."""
        return self.sent.action == "withdrawn"

    @property
    def is_marketing(self) -> bool:
        """Whether it is about direct marketing."""
        return self.purpose is not None and self.purpose.is_marketing

    @property
    def channels(self) -> list[str]:
        """The channels it concerns."""
        return [] if self.purpose is None else channels_of(self.purpose, self.sent)
