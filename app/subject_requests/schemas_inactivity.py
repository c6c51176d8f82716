"""Proposals to end the customership of people who have been inactive, and the decision over many of them."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.wire import Day, In, LongLine, Out

ProposalState = Literal["proposed", "approved", "kept", "lapsed"]


class InactivityProposalOut(Out):
    """Somebody whose last interaction lies behind the limit, with no open matter; and by which facts."""

    id: UUID
    customer_id: UUID
    proposed_on: date
    limit_months: int = Field(description="The inactivity limit of the definition on that day.")
    last_dealing_at: datetime = Field(description="The last purchase, booking or form.")
    last_consent_at: datetime | None
    last_request_at: datetime | None
    register_version: int
    state: ProposalState
    decision_id: UUID | None
    request_id: UUID | None = Field(description="The case by which the person is erased.")
    again_on: date | None = Field(description="Not proposed again before this day.")


class InactivityDecisionIn(In):
    """A named human's decision over many proposals (F97): those named, or all that were listed by a day but some.

    The identity of the people plays no part: nobody has asked for anything.
    """

    model_config = ConfigDict(populate_by_name=True)

    outcome: Literal["erase", "keep"]
    reasoning: LongLine
    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=1000)
    listed_through: Day | None = Field(default=None, description="All proposed on this day or before.")
    without: list[UUID] = Field(default_factory=list, max_length=1000, alias="except")
    again_after_months: int = Field(
        default=12, ge=1, le=60, description="Who is kept is not proposed again before so many months have passed."
    )

    @model_validator(mode="after")
    def _chosen(self) -> "InactivityDecisionIn":
        if (self.ids is None) == (self.listed_through is None):
            raise ValueError("name either ids or listed_through")
        if self.ids is not None and self.without:
            raise ValueError("except belongs to listed_through")
        return self


class InactivityDecisionOut(Out):
    """The decision, and how far it has come."""

    id: UUID
    outcome: str
    reasoning: str
    listed_through: date | None
    people: int = Field(description="Proposals that were decided.")
    waiting: int = Field(description="People whose case is not opened yet: within minutes.")
    opened: int = Field(description="People restricted, whose erasure is executed after the delay.")
    again_on: date
    execute_after: datetime | None
    decided_at: datetime
    decided_by: UUID
    decided_by_name: str
    cancelled_at: datetime | None


class StandingOut(Out):
    """Suppressions of one kind."""

    purpose: str = Field(description="'*' for a ban on all direct marketing.")
    channel: str
    origin: str
    key_id: str
    usable: bool = Field(description="False under a key that the installation no longer uses: they match nobody.")
    number: int
    oldest_at: datetime


class ReviewDueOut(Out):
    """What stands now, and by when somebody must look at it (Art. 5(1)(e))."""

    due_on: date | None
    overdue: bool
    standing: list[StandingOut]


class ReviewIn(In):
    """Why the suppressions are needed still: as a rule because the bans stand and marketing goes on."""

    reasoning: LongLine


class ReviewOut(Out):
    """A review by a named human."""

    id: UUID
    reviewed_on: date
    next_on: date
    standing: list[StandingOut]
    reasoning: str
    reviewed_by: UUID
    reviewed_by_name: str
    reviewed_at: datetime
    register_version: int
