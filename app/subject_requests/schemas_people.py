"""What callers send, and are answered, about deaths, second persons, abuse, fees and pasted e-mails."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.email_addresses import Email
from app.policy.abuse import FactKind, Finding, Measure
from app.policy.vocabulary import Channel, ErasureGround, Right
from app.wire import Code, Currency, Day, In, Line, LongLine, Moment, Money, Out, as_sent


def _positive(amount: str) -> str:
    if Decimal(amount) <= 0:
        raise ValueError("a fee is more than nothing")
    return amount


CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{5,9}$")]
LONGEST_EMAIL_SOURCE = 500_000


class DeathIn(In):
    """A reported death: who told us in what capacity, and the evidence seen, described and never stored."""

    reported_on: Day
    reported_by_role: Literal["relative", "estate", "guardian", "authority", "other"]
    evidence_seen: LongLine


class MistakeIn(In):
    """Why the report was mistaken."""

    reason: LongLine


class BookingAhead(Out):
    """A booking that somebody must call off or hand over to the estate."""

    system: str
    booking_id: str
    starts_at: datetime
    service: str


class DeathOut(Out):
    """A report of a death, and what it leaves to a human."""

    id: UUID
    customer_id: UUID
    reported_on: date
    reported_by_role: str
    evidence_seen: str
    recorded_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    shared_addresses: list[str] = Field(description="Kinds of address that somebody alive shares: not suppressed.")
    requests_ended: list[str] = Field(description="Case numbers of the requests that ended with the person.")
    bookings_ahead: list[BookingAhead]


class FactIn(In):
    """One described fact of abuse, with its day and the earlier cases it concerns."""

    kind: FactKind
    on: Day
    what: LongLine
    cases: list[CaseNumber] = Field(default_factory=list, max_length=50)


class AbuseIn(In):
    """Evidence under Art. 12(5). A number of requests is never enough: say what shows the intention."""

    facts: list[FactIn] = Field(max_length=50)
    intention: LongLine


class FeeIn(AbuseIn):
    """A reasonable fee (Art. 12(5)(a), 15(3)), and the administrative costs that it makes up for."""

    finding: Finding
    amount: Annotated[Money, AfterValidator(_positive)]
    currency: Currency
    costs: LongLine


class FeeOutcomeIn(In):
    """The fee has been paid, or is waived."""

    outcome: Literal["paid", "waived"]
    on: Day | None = Field(default=None, description="Today when absent.")
    reason: LongLine | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> "FeeOutcomeIn":
        if self.outcome == "waived" and self.reason is None:
            raise ValueError("a waiver needs its reason")
        return self


class FeeOut(Out):
    amount: str
    currency: str
    costs: str
    outcome: str | None
    outcome_on: date | None
    outcome_reason: str | None


class FactOut(Out):
    kind: FactKind
    on: date
    what: str
    cases: list[str]


class AbuseOut(Out):
    """What was found under Art. 12(5) or 15(3), on which facts, and who approved it."""

    measure: Measure
    finding: Finding
    facts: list[FactOut]
    intention: str
    found_at: datetime
    approved_by: UUID | None
    approved_by_name: str | None
    fee: FeeOut | None


class ConfirmationIn(In):
    """A second person confirms the proposed decision, or sends it back with the reason."""

    outcome: Literal["confirmed", "sent_back"]
    reason: LongLine | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> "ConfirmationIn":
        if (self.outcome == "sent_back") != (self.reason is not None):
            raise ValueError("sending back, and only that, needs a reason")
        return self


class SentBackOut(Out):
    """Why a second person did not confirm the last proposal."""

    reason: str
    by_name: str
    at: datetime


class CandidateOut(Out):
    """A person of the register who may be the one who asks; a human picks, also where there is only one."""

    customer_id: UUID
    shared: list[str]


class SenderIn(In):
    """Who the e-mail says it is from."""

    name: Line | None = None
    email: Email


class EmailIn(In):
    """A request that came by e-mail: its source text, or its parts; parts given by hand go before the source's.

    Which right is asked for a human says: nothing is read into the text.
    """

    right: Right
    raw: Annotated[str, as_sent(min_length=1, max_length=LONGEST_EMAIL_SOURCE)] | None = None
    sender: SenderIn | None = None
    received_at: Moment | None = None
    subject: Annotated[str, as_sent(max_length=1000), AfterValidator(str.strip)] | None = None
    text: Annotated[str, as_sent(max_length=100_000), AfterValidator(str.strip)] | None = None
    ground: ErasureGround | None = None
    purposes: list[Code] = Field(default_factory=list, max_length=50)
    channels: list[Channel] = Field(default_factory=list, max_length=4)

    @model_validator(mode="after")
    def _whole(self) -> "EmailIn":
        if self.raw is None and (self.sender is None or self.received_at is None or self.text is None):
            raise ValueError("give the source text, or sender, received_at and text")
        if self.ground is not None and self.right is not Right.ERASURE:
            raise ValueError("a ground of Art. 17(1) belongs to an erasure")
        return self


class EmailTakenOut(Out):
    """The case, still linked to nobody, and what was not taken over."""

    id: UUID
    case_number: str
    due_on: date
    version: int
    attachments_dropped: list[str] = Field(description="Media types of what was attached; nothing of it is kept.")
    identity_codes_masked: int
    notes: list[str] = Field(description="Codes of what a human should look at: `html_only`, `cut`, and so on.")
    candidates: list[CandidateOut]
