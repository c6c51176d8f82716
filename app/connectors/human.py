"""The recipient without a machine: everything is a task for a human, open until its answer is recorded."""

from typing import Literal

from app.connectors.connector import Configured, Connector
from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Outcome, Sent
from app.connectors.outside import Outside
from app.policy.notifications import Act


class ByHuman(Connector):
    """Puts each instruction on the task list."""

    @property
    def capabilities(self) -> frozenset[Act]:
        """None: whatever it is told, a human tells it."""
        return frozenset()

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """Nobody can look but a human."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """A task."""
        return Sent(task="tell_recipient")

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only a human answers."""
        return Sent(task="tell_recipient")


class HumanConfig(Configured):
    """`kind: human`, which is also what a recipient without configuration has."""

    kind: Literal["human"] = "human"

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """A task list needs nothing."""
        return ByHuman()
