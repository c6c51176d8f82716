"""What breaches answer. People stand here by subject key; who is in the register has a customer's id beside it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.wire import Out


class BreachClockOut(Out):
    """The period of Art. 33(1) in hours, not rolled past weekends. `due_at` is exclusive; work towards `target_at`."""

    aware_at: datetime
    target_at: datetime
    due_at: datetime
    hours: int
    law: str
    runs: bool = Field(description="Until the authority has been told, or a human has found no risk.")
    hours_left: int = Field(description="Whole hours; negative when the period is over.")
    overdue: bool


class AssessmentEntry(Out):
    """One assessment; the newest stands."""

    likelihood: str
    severity: str
    factors: list[str]
    outcome: str
    reasons: str
    exception: str | None
    exception_reasons: str | None
    public_communication: str | None
    assessed_at: datetime
    assessed_by: UUID
    assessed_by_name: str


class NoticeEntry(Out):
    """One notification to the authority, or the words for people in one language."""

    id: UUID
    audience: Literal["authority", "persons"]
    language: str
    content: dict[str, str | None]
    missing: list[str] = Field(description="Parts of Art. 33(3) of which it says nothing.")
    advice: str | None
    sent_at: datetime | None
    reference: str | None
    later_because: str | None
    delay_reasons: str | None
    recorded_at: datetime
    recorded_by_name: str


class PeopleCount(Out):
    """How many people are listed, and how far telling them has come."""

    listed: int
    to_tell: int
    told: int
    unreachable: int


class BreachEventOut(Out):
    at: datetime
    kind: str
    by: UUID
    details: dict[str, Any] | None


class BreachOut(Out):
    """A breach as it stands: the record of Art. 33(5)."""

    id: UUID
    number: str
    version: int
    state: Literal["open", "closed"]
    what_happened: str
    effects: str | None
    remedial_action: str | None
    natures: list[str]
    person_categories: list[str]
    data_categories: list[str]
    people_about: int | None
    records_about: int | None
    discovered_how: str
    occurred_at: datetime | None
    processor: str | None = Field(description="Code of the processor involved.")
    processor_told_at: datetime | None
    case_number: str | None
    person_in_charge: str
    clock: BreachClockOut
    authority: Literal["notify", "notified", "notified_late", "record_only"]
    persons: Literal["assess_first", "tell", "excused", "nobody"]
    missing: list[str] = Field(description="What no notification to the authority has said yet (Art. 33(3), (4)).")
    assessments: list[AssessmentEntry]
    notices: list[NoticeEntry]
    people: PeopleCount
    open: list[str] = Field(description="What must happen before the breach can be closed.")
    lessons: str | None
    closed_at: datetime | None
    reported_at: datetime
    reported_by: UUID
    reported_by_name: str
    timeline: list[BreachEventOut]


class BreachRow(Out):
    """A breach in a list."""

    id: UUID
    number: str
    state: Literal["open", "closed"]
    natures: list[str]
    aware_at: datetime
    due_at: datetime
    clock_runs: bool
    hours_left: int
    overdue: bool
    person_in_charge: str


class AffectedOut(Out):
    """One person affected; the id is null for somebody who is not, or no longer, in the register."""

    subject_key: UUID
    customer_id: UUID | None
    state: Literal["to_tell", "told", "unreachable"]
    told_at: datetime | None
    channel: str | None
    notice_id: UUID | None
    reason: str | None
    listed_at: datetime


class LettersOut(Out):
    """Letters issued together; `id` is the entry of the timeline that tells of them."""

    id: UUID
    breach: str
    letters: list[str] = Field(description="Their numbers, one for each person who had none in the newest words.")
    without: list[UUID] = Field(description="Subject keys of people who can get none: erased, or reported dead.")


class NoticeBlock(Out):
    code: str
    heading: str
    text: str


class NoticeOut(Out):
    """A notice as facts in plain words, ready to be laid out."""

    audience: Literal["authority", "persons"]
    language: str
    number: str
    title: str
    on: datetime
    controller: str
    blocks: list[NoticeBlock]
    missing: list[str]
