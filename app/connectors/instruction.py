"""What a recipient is told about one person: the act, who it concerns as the recipient knows them, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from app.policy.notifications import Act

Role = Literal["processor", "controller", "both", "unknown"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The person, by the least that the recipient needs to find them (Art. 5(1)(c)); never logged.

    `references` are the ids that systems know the person by: `{"mycashflow": "4711"}`. After a change of address
    `email` and `phone` are still those that the recipient has.
    """

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    references: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing says who it is."""
        return not (self.name or self.email or self.phone or self.address or self.references)


@dataclass(frozen=True, slots=True)
class Change:
    """One rectified field: what it was and what it is."""

    about: str
    was: Any = field(default=None, repr=False)
    now: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One notification, as a connector carries it out; giving it twice must do no more than giving it once.

    `id` is the same for every attempt: the idempotency key. `purposes` and `channels` are those that a withdrawal, ban
    or objection reaches; none means all. `memory` is what the connector asked to be kept at an earlier act on the same
    person (no personal data). `acknowledge_url` is a page on which the recipient answers, `callback_url` where its
    machine does. `orders` are the person's orders at this recipient, for those that know people by order only.
    """

    id: UUID
    act: Act
    recipient: str
    subject: Subject
    queued_at: datetime
    due_on: date
    case_number: str | None = None
    purposes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    orders: tuple[str, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None
    """What the recipient answered to the attempt before this one."""
    acknowledge_url: str = ""
    callback_url: str = ""
    language: str = "fi"
    controller: str = ""
    """The controller's legal name: whoever is told must know by whom."""
    reply_to: str = ""
    """The controller's mailbox for data protection."""
    role: Role = "unknown"
    """The recipient's, by the definition: a processor is instructed (Art. 28), a controller is told (Art. 19)."""
    marketing_allowed: bool = False
    """Of a lifted restriction: whether the register allows marketing by e-mail again, with no suppression in the way.

    Only then does a connector give back a subscription that it took away.
    """
