"""Notifications on the wire: never with who they are about, only the ids that the register knows them by."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.policy.notifications import Act, Progress
from app.policy.vocabulary import Channel
from app.wire import Day, In, Line, LongLine, Out


class AttemptOut(Out):
    """One attempt to deliver; what left was for that legal entity, purpose and categories (Art. 5(2), C-154/21)."""

    number: int
    began_at: datetime
    ended_at: datetime | None
    recipient_name: str
    purpose: str
    categories: list[str]
    outcome: str | None
    code: str | None


class NotificationRow(Out):
    """A notification in a list. `waiting` is a code for why it has not been sent; `task` one for what a human does."""

    id: UUID
    case_number: str | None
    customer_id: UUID | None
    recipient: str
    act: Act
    state: Progress
    overdue: bool
    queued_at: datetime
    due_on: date
    next_at: datetime | None
    waiting: str | None
    task: str | None


class NotificationOut(NotificationRow):
    """A whole notification, with its attempts."""

    purposes: list[str]
    channels: list[Channel]
    task_text: str | None
    reference: str | None
    sent_at: datetime | None
    closed_at: datetime | None
    ground: str | None
    until: date | None
    reason: str | None
    evidence: str | None
    answered_by: UUID | None
    attempts: list[AttemptOut]


class AnswerIn(In):
    """What a recipient answered (Art. 19), or why it need not be told.

    A refusal names the legal ground on which the recipient keeps the data, and until when if it said so.
    """

    outcome: Literal["acknowledged", "refused", "excused"]
    ground: Line | None = None
    until: Day | None = None
    reason: LongLine | None = None
    evidence: Annotated[LongLine | None, Field(description="Where the answer is kept, such as a message id.")] = None

    @model_validator(mode="after")
    def _reasoned(self) -> "AnswerIn":
        if self.outcome == "refused" and self.ground is None:
            raise ValueError("a refusal names the ground on which the recipient keeps the data")
        if self.outcome == "excused" and self.reason is None:
            raise ValueError("say why it is impossible or a disproportionate effort to tell the recipient (Art. 19)")
        return self
