"""Payloads about what transfers rest on: decisions and their lapse, checks, what runs out, promises."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.policy.transfers import TiaOutcome
from app.processors.schemas_transfers import DpfEntryIn
from app.wire import Day, In, Line, LongLine, Out, ShortLine


class AdequacyOut(Out):
    """A decision of the Commission (Art. 45(3)). Data for counsel to review: see who looked when, and at what."""

    country: str
    decision: str
    valid_from: date
    valid_to: date | None = Field(description="Its last day.")
    scope: str
    condition: str
    source: str
    checked_on: date
    unverified: list[str] = Field(description="Members that nobody has compared with the Official Journal yet.")
    lapse_id: UUID | None
    lapsed_on: date | None


class AdequacyTableOut(Out):
    """The whole table; it has some twenty rows."""

    items: list[AdequacyOut]


class LapseNew(In):
    """A decision that holds no more: annulled, repealed, suspended."""

    decision: ShortLine = Field(description="As the table names it.", examples=["(EU) 2023/1795"])
    lapsed_on: Day = Field(description="The first day on which it holds no more; it may lie ahead.")
    reason: LongLine
    source: Line | None = Field(default=None, description="The judgment or act.", examples=["C-703/25 P"])


class LapseTakeBack(In):
    """Why the lapse does not stand after all."""

    reason: LongLine


class LapseOut(Out):
    """A lapse. It counts from `recorded_at` until `taken_back_at`, for each day from `lapsed_on`."""

    id: UUID
    version: int
    decision: str
    country: str
    lapsed_on: date
    reason: str
    source: str | None
    recorded_by: UUID
    recorded_at: datetime
    taken_back_by: UUID | None
    taken_back_at: datetime | None
    taken_back_because: str | None


class DpfCheckNew(In):
    """The list of the Data Privacy Framework was looked up again: who is on it, for what, until when."""

    kind: Literal["dpf"]
    finding: LongLine
    dpf: DpfEntryIn


class TiaDone(In):
    """A transfer impact assessment that has been completed (C-311/18)."""

    reference: Line
    completed_on: Day
    outcome: TiaOutcome
    review_on: Day


class TiaCheckNew(In):
    """The law and practice of the destination were assessed anew (EDPB Recommendations 01/2020, step 6)."""

    kind: Literal["tia"]
    finding: LongLine
    tia: TiaDone


TransferCheckNew = Annotated[DpfCheckNew | TiaCheckNew, Field(discriminator="kind")]


class TransferCheckOut(Out):
    """What was found, when and by whom; `evidence` took the place of that part of the record."""

    id: UUID
    transfer_id: UUID
    kind: str
    checked_on: date
    finding: str
    evidence: dict[str, Any]
    client_id: UUID
    recorded_at: datetime


ExpiryKind = Literal[
    "transfer_ends", "decision_ends", "dpf_check_due", "dpf_check_lapses", "dpf_expires", "tia_review",
    "agreement_review", "guarantees_review", "objection_ends",
]  # fmt: skip


class ExpiryOut(Out):
    """Something that runs out or is due for review, and what to do."""

    kind: ExpiryKind
    due_on: date
    days_left: int = Field(description="Negative when it is overdue.")
    stops_sending: bool = Field(description="From the day after, messages that rest on it stop.")
    processor: str
    transfer_id: UUID | None
    agreement_id: UUID | None
    sub_processor_id: UUID | None
    remedy: str


class ExpiringOut(Out):
    """What runs out within so many days or is overdue, nearest first."""

    today: date
    within_days: int
    items: list[ExpiryOut]


class PromiseFault(Out):
    """Why a promise is not kept for one recipient today, and what mends it."""

    processor: str
    name: str
    code: str
    reason: str
    remedy: str


class PromiseOut(Out):
    """A promise of the notice. It may be published as it stands only while it is kept."""

    fact: str
    promise: str
    kept: bool
    concerned: list[str] = Field(description="Recipients for whom it must be true: those listed and in use.")
    faults: list[PromiseFault]


class PromisesOut(Out):
    as_of: datetime
    register_version: int
    promises: list[PromiseOut]


class ReachedOut(Out):
    """A person whose data have gone to the recipient."""

    id: UUID
    last_disclosed_at: datetime
