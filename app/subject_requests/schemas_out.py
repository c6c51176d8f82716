"""What subject requests answer."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.policy.deadlines import Ending, PauseKind
from app.policy.notifications import Act, Progress
from app.policy.vocabulary import Right
from app.subject_requests.schemas import ClaimedIdentity, Representative
from app.subject_requests.schemas_people import AbuseOut, SentBackOut
from app.subject_requests.schemas_rights import MatterOut
from app.wire import Out


class ClockOut(Out):
    """All dates of the request, in the controller's time zone (Art. 12(3), Reg. 1182/71).

    `due_without_pause_on` is the date to work towards; `due_on` binds; `expires_at` is exclusive.
    """

    received_on: date
    first_due_on: date
    extended_due_on: date
    due_without_pause_on: date
    due_with_pause_on: date
    due_on: date
    expires_at: datetime
    paused: bool
    paused_days: int
    extended: bool
    days_left: int
    overdue: bool


class EventOut(Out):
    at: datetime
    kind: str
    state: str
    by: UUID
    details: dict[str, Any] | None


class EnvelopeOut(Out):
    """Somebody who must still be told, or has been; the sealed content is never shown.

    A recipient's line is its notification (`act`, `state`; read more at `/v1/notifications/{notification_id}`); the
    line of the `letter` has neither. `outcome` is null while the answer is open.
    """

    notification_id: UUID | None
    addressee: str
    act: Act | None
    state: Progress | None
    overdue: bool
    outcome: str | None
    reason: str | None
    destroyed_at: datetime | None


class IdentityCheckOut(Out):
    """A question to the person; `ended_on` is null while it is open."""

    id: UUID
    kind: PauseKind
    asked_on: date
    reason: str
    asked_for: str
    sufficient_on: date | None
    ended_on: date | None
    ending: Ending | None
    level: str | None
    how: str | None
    counts: bool = Field(description="Whether it stops the clock: reasoned, necessary and asked without undue delay.")


class DecisionOut(Out):
    outcome: str
    refusal_ground: str | None
    reasoning: str
    identity_level: str
    identity_low_reason: str | None
    proposed: bool = Field(description="A second person must confirm it yet; nothing is carried out before.")
    decided_at: datetime
    decided_by: UUID
    decided_by_name: str
    confirmed_at: datetime | None
    confirmed_by: UUID | None
    confirmed_by_name: str | None
    register_version: int
    execute_after: datetime | None


class VerdictOut(Out):
    """What happens to one holding for one purpose, and why."""

    holding: str
    kind: str
    purpose: str
    verdict: Literal["erase", "retain", "restrict", "continue", "ask"]
    ground: str | None = Field(description="Art. 17(1) or 17(3), 18(1), or the basis that an open contract gives.")
    law: str | None
    section: str | None
    until: date | None
    statutory_until: date | None
    kept_by: str | None
    reason: str


class HoldingOut(Out):
    """One thing held of the person, its verdicts, and what that means for the row itself."""

    holding: str
    kind: str
    category: str
    outcome: VerdictOut
    verdicts: list[VerdictOut]


class SimilarOut(Out):
    """A record that merely shares an address; never included by itself."""

    customer_id: UUID
    shared: list[str]


class AssessmentOut(Out):
    """A dry run: what a decision `as_assessed` would do today."""

    case_number: str
    customer_id: UUID
    assessed_on: date
    register_version: int
    accounting_profile: str
    ground_refusal: str | None = Field(
        description="Why the ground of Art. 17(1) that was named is not there; then (a) is looked at instead."
    )
    holdings: list[HoldingOut]
    questions: list[str]
    similar: list[SimilarOut]


class RequestOut(Out):
    """A request as it stands."""

    id: UUID
    case_number: str
    version: int
    right: Right
    state: str
    customer_id: UUID | None
    claimed_identity: ClaimedIdentity | None
    representative: Representative | None
    channel: str
    details: str | None
    purposes: list[str]
    channels: list[str]
    ground: str | None = Field(description="Art. 17(1).")
    ground_facts: dict[str, Any] | None
    restriction_ground: str | None = Field(description="Art. 18(1).")
    received_at: datetime
    due_on: date
    clock: ClockOut
    person_in_charge: str
    substitute: str | None
    identity_checks: list[IdentityCheckOut]
    decision: DecisionOut | None
    refused_late: bool = Field(
        description="A refusal after the first due date: an extension is for answers, never for a refusal (Art. 12(4))."
    )
    sent_back: SentBackOut | None
    abuse: list[AbuseOut]
    death_reported_on: date | None = Field(description="A death of the person is on record: only an estate may act.")
    verdicts: list[VerdictOut]
    executed_at: datetime | None
    bytes_gone_by: date | None = Field(
        description="What was erased is gone from the database's files, too, no later than on this day; null before."
    )
    bytes_gone_on: date | None = Field(
        description="When the maintenance step had cleared the files; null while it waits."
    )
    matter: MatterOut
    open: list[str] = Field(
        description="What must happen before the request is completed: `decision`, `confirmation`, `execution`, "
        "`letter`, `recipient:NAME`, `question:HOLDING`, `restriction_lift`, `download`; in place of the last also "
        "`fetched` and `not_fetched`, over which a human may complete it."
    )
    envelopes: list[EnvelopeOut]
    letter_sent_on: date | None
    closed_at: datetime | None
    timeline: list[EventOut]


class RequestRow(Out):
    """A request in a list."""

    id: UUID
    case_number: str
    right: str
    state: str
    customer_id: UUID | None
    received_at: datetime
    due_on: date
    days_left: int
    overdue: bool
    person_in_charge: str
    substitute: str | None


class HoldOut(Out):
    """A dispute or legal hold."""

    id: UUID
    kind: str
    claim: str
    set_on: date
    set_by: UUID
    review_on: date
    released_on: date | None
