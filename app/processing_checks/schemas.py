"""Payloads of processing checks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.consents.schemas import Who
from app.policy.vocabulary import Channel
from app.wire import Code, In, Moment, Out


class CheckIn(In):
    """May this purpose be served for these people, on this channel, now or at a past instant?"""

    purpose: Code
    channel: Channel | None = Field(default=None, description="Needed for direct marketing.")
    at: Moment | None = Field(default=None, description="What had occurred and been recorded by then.")
    product_group: Code | None = Field(default=None, description="What a soft opt-in message would advertise.")
    subjects: Annotated[list[Who], Field(min_length=1, max_length=1000)]


class ReasonOut(Out):
    code: str
    text: str
    since: datetime | None


class AnswerOut(Out):
    """One subject's answer. Behind a shared address it is `allowed` only if it is for everyone."""

    index: int
    customer_id: UUID | None
    allowed: bool
    legal_basis: str | None
    reasons: list[ReasonOut]


class CheckOut(Out):
    """Answers in the order of the subjects."""

    purpose: str
    channel: Channel | None
    at: datetime
    register_version: int
    results: list[AnswerOut]
