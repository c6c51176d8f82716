"""Payloads about the processors of processors (Art. 28(2), 28(4))."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.processors.schemas import Codes, CountryOrUnknown
from app.wire import Day, In, Line, LongLine, Out


class SubProcessorNew(In):
    """A sub-processor that the processor has announced, or uses already."""

    name: Line
    legal_entity: Line | None = Field(default=None, description="Under which a transfer to it is recorded.")
    country: CountryOrUnknown = "unknown"
    purpose: Line = Field(description="What it does for the processor.", examples=["Sends the e-mails"])
    categories: Codes = Field(default_factory=list)
    authorisation: Literal["general", "specific"] | None = Field(
        default=None, description="What the agreement says when absent."
    )
    announced_on: Day
    objection_until: Day | None = Field(
        default=None, description="The last day for objecting; as many days on as the agreement says when absent."
    )
    in_use_from: Day | None = None
    duties_reference: Line | None = Field(default=None, description="Where the same duties bind it (Art. 28(4)).")
    engaged_by: UUID | None = Field(default=None, description="The sub-processor that engages it, deeper down.")


class SubProcessorPatch(In):
    """What has been found out or decided. An objection or an authorisation gives its reason."""

    legal_entity: Line | None = None
    country: CountryOrUnknown | None = None
    in_use_from: Day | None = None
    duties_reference: Line | None = None
    decision: Literal["authorised", "objected"] | None = None
    decision_reason: LongLine | None = None
    ended_on: Day | None = None


class FindingOut(Out):
    code: str
    reason: str
    remedy: str


class SubProcessorOut(Out):
    """A sub-processor; `standing`, `is_used`, `onward` and `findings` are as of today."""

    id: UUID
    processor_id: UUID
    engaged_by: UUID | None
    version: int
    name: str
    legal_entity: str | None
    country: str
    purpose: str
    categories: list[str]
    authorisation: str
    announced_on: date
    objection_until: date | None
    in_use_from: date | None
    duties_reference: str | None
    decision: str | None
    decision_reason: str | None
    decided_on: date | None
    decided_by: UUID | None
    ended_on: date | None
    recorded_at: datetime
    standing: Literal["awaited", "objection_open", "authorised", "objected", "ended"]
    is_used: bool
    onward: Literal["permitted", "refused"] = Field(description="Whether the data may reach it (Chapter V).")
    onward_article: str | None
    onward_transfer_id: UUID | None
    onward_reasons: list[str]
    findings: list[FindingOut]
