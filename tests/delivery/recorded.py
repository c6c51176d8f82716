"""A recipient in memory: it answers as it is told to, and remembers what reached it."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from app.connectors.connector import Connector
from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Outcome, Verified
from app.policy.notifications import Act

Answer = Callable[[Instruction], Outcome]


class Recorded(Connector):
    """Applies everything and verifies it, unless `answers` says otherwise."""

    carries_personal_data = True

    def __init__(self, answers: Answer = lambda _: Verified(), looks: Answer = lambda _: Verified()) -> None:
        self.answers = answers
        self.looks = looks
        self.applied: list[Instruction] = []
        self.looked: list[Instruction] = []

    @property
    def capabilities(self) -> frozenset[Act]:
        """All."""
        return frozenset(Act)

    @property
    def times(self) -> Counter[UUID]:
        """How often each notification arrived."""
        return Counter(one.id for one in self.applied)

    async def find(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 (the interface)
        """Nobody asks."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """Remember it."""
        self.applied.append(instruction)
        return self.answers(instruction)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Remember it."""
        self.looked.append(instruction)
        return self.looks(instruction)
