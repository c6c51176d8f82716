"""What callers send about subject requests."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.consents.schemas import Who
from app.customers.schemas import Email, PhoneText, PostalAddress
from app.policy.vocabulary import Channel, ErasureGround, Right
from app.wire import Code, Day, ExternalId, In, Line, LongLine, Moment

IntakeChannel = Literal["post", "phone", "email", "form", "api", "in_person"]
IdentityLevel = Literal["none", "low", "substantial", "high"]
Outcome = Literal["as_assessed", "granted", "refused"]
RefusalGround = Literal["identity_not_established", "manifestly_unfounded", "excessive", "conditions_not_met"]


class ClaimedIdentity(In):
    """Who the requester says they are, when nobody has yet been found in the register."""

    name: Line
    email: Email | None = None
    phone: PhoneText | None = None
    address: PostalAddress | None = None
    reference: ExternalId | None = None


class Representative(In):
    """Somebody who acts for the person; the evidence is described, never stored."""

    name: Line
    role: Literal["guardian", "lawyer", "other"]
    evidence_seen: LongLine


class RequestNew(In):
    """A data subject's request, received through any channel (Art. 12; F28, N27)."""

    right: Right
    customer: Who | None = None
    claimed_identity: ClaimedIdentity | None = None
    representative: Representative | None = None
    channel: IntakeChannel
    received_at: Moment
    details: LongLine | None = Field(default=None, description="Erased with the rest when the request is executed.")
    ground: ErasureGround | None = Field(default=None, description="Art. 17(1); no longer necessary when absent.")
    purposes: list[Code] = Field(default_factory=list, max_length=50, description="Consents withdrawn; all when empty.")
    channels: list[Channel] = Field(default_factory=list, max_length=4, description="Channels banned; all when empty.")

    @model_validator(mode="after")
    def _somebody(self) -> "RequestNew":
        if (self.customer is None) == (self.claimed_identity is None):
            raise ValueError("name either a customer or a claimed identity")
        if self.ground is not None and self.right is not Right.ERASURE:
            raise ValueError("a ground of Art. 17(1) belongs to an erasure")
        return self


class RequestPatch(In):
    """Link the request to a person of the register, or hand it to somebody else."""

    customer: Who | None = None
    person_in_charge: Line | None = None


class OverrideIn(In):
    """The human's own verdict on one holding, with reasons. It can never shorten a statutory period."""

    holding: Annotated[str, Field(max_length=120)]
    verdict: Literal["erase", "retain"]
    reason: LongLine
    law: Line | None = None
    section: Line | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> "OverrideIn":
        if self.verdict == "retain" and (self.law is None or self.section is None or self.until is None):
            raise ValueError("a retention names law, section and until")
        return self


class Identity(In):
    """How sure we are who asks (Art. 12(6)), and how we know."""

    level: IdentityLevel
    how: LongLine


class DecisionIn(In):
    """A named human's decision, with reasons of their own (Art. 22, F97, F98)."""

    outcome: Outcome
    reasoning: LongLine
    identity: Identity
    refusal_ground: RefusalGround | None = None
    overrides: list[OverrideIn] = Field(default_factory=list, max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> "DecisionIn":
        if (self.outcome == "refused") != (self.refusal_ground is not None):
            raise ValueError("a refusal, and only a refusal, names its ground (Art. 12(4))")
        if self.overrides and self.outcome != "as_assessed":
            raise ValueError("overrides belong to an outcome as assessed")
        return self


class IdentityCheckIn(In):
    """Ask for what is needed to identify the person, or record that it has come (Art. 12(6))."""

    step: Literal["asked", "sufficient"]
    reason: LongLine | None = Field(default=None, description="The doubt; without it the clock does not pause.")
    asked_for: LongLine | None = Field(default=None, description="The minimum that was asked for.")
    on: Day | None = Field(default=None, description="Today when absent.")
    level: IdentityLevel | None = None
    how: LongLine | None = None

    @model_validator(mode="after")
    def _whole(self) -> "IdentityCheckIn":
        if self.step == "asked" and self.asked_for is None:
            raise ValueError("say what was asked for")
        if self.step == "sufficient" and (self.level is None or self.how is None):
            raise ValueError("say how sure the identity is and how it is known")
        return self


class ExtensionIn(In):
    """Two further months, told to the person with the reason by the first due date (Art. 12(3))."""

    reason: LongLine
    notice_sent_on: Day


class WithdrawalIn(In):
    """The person takes the request back."""

    note: LongLine | None = None


class RecipientOutcome(In):
    """What a recipient answered (Art. 19)."""

    addressee: Annotated[str, Field(max_length=80)]
    outcome: Literal["acknowledged", "refused", "excused"]
    reason: LongLine | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> "RecipientOutcome":
        if self.outcome != "acknowledged" and self.reason is None:
            raise ValueError("a refusal or an excuse needs its ground")
        return self


class CompletionIn(In):
    """Record what recipients answered and when the letter left; completes when nothing is open."""

    recipients: list[RecipientOutcome] = Field(default_factory=list, max_length=100)
    letter_sent_on: Day | None = None


class HoldIn(In):
    """A dispute or a legal hold; the claim without names."""

    kind: Literal["dispute", "legal_hold"]
    claim: LongLine
    review_on: Day
