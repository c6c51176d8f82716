"""The interface that every connector has. To add one: a module with its configuration class, listed in `kinds.py`."""

from abc import ABC, abstractmethod
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Outcome
from app.connectors.outside import Outside
from app.policy.notifications import Act


class ConnectorsInvalid(ValueError):
    """What the file of connectors says cannot be used; the message repeats no value of it."""


class Connector(Protocol):
    """Carries instructions out at one recipient. Raises nothing for what a recipient answers: see `Outcome`."""

    @property
    def capabilities(self) -> frozenset[Act]:
        """What it does by machine; anything else becomes a task for a human."""
        ...

    @property
    def carries_personal_data(self) -> bool:
        """Whether what it sends says who the person is; only then Chapter V is asked before it leaves (Art. 44)."""
        return True

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """The ids under which the recipient holds the person; empty when it holds nothing of them.

        Raises `Unreachable` when the recipient does not answer.
        """
        ...

    async def apply(self, instruction: Instruction) -> Outcome:
        """Carry it out, idempotently."""
        ...

    async def verify(self, instruction: Instruction) -> Outcome:
        """Look whether it is done: `Verified`, or `Sent` with when to look again, or `Later`."""
        ...


def must_be_https(recipient: str, url: str, outside: Outside) -> None:
    """Raise `ConnectorsInvalid` for a recipient in the clear, unless this is a trial on one machine."""
    if urlsplit(url).scheme != "https" and not outside.may_reach_private:
        raise ConnectorsInvalid(f"{recipient}: its address must begin with https://")


class Configured(BaseModel, ABC):
    """The configuration of one connector; unknown members are refused, secrets come from the environment or files."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @abstractmethod
    def connect(self, recipient: str, outside: Outside) -> Connector:
        """The connector for this recipient; raises `ConnectorsInvalid` for what only shows here."""
