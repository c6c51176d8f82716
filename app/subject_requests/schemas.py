"""What callers send about subject requests."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.consents.schemas import Who
from app.customers.schemas import PhoneText, PostalAddress
from app.email_addresses import Email
from app.policy.deadlines import PauseKind
from app.policy.representation import Representing
from app.policy.vocabulary import Channel, ErasureException, ErasureGround, Right
from app.subject_requests.schemas_people import AbuseIn
from app.subject_requests.schemas_rights import (
    BalancingIn,
    FindingIn,
    GroundFactsIn,
    RectificationIn,
    RestrictionGroundIn,
)
from app.wire import Code, Day, ExternalId, In, Line, LongLine, Moment, as_sent

IntakeChannel = Literal["post", "phone", "email", "form", "api", "in_person"]
IdentityLevel = Literal["none", "low", "substantial", "high"]
Outcome = Literal["as_assessed", "granted", "partly_granted", "refused"]
RefusalGround = Literal["identity_not_established", "manifestly_unfounded", "excessive", "conditions_not_met"]


class ClaimedIdentity(In):
    """Who the requester says they are, when nobody has yet been found in the register."""

    name: Line
    email: Email | None = None
    phone: PhoneText | None = None
    address: PostalAddress | None = None
    reference: ExternalId | None = None


class Representative(In):
    """Somebody who acts for the person; the evidence is described, never stored, and all of it goes on closing."""

    name: Line
    role: Representing
    evidence_seen: LongLine
    scope: LongLine | None = Field(default=None, description="What the mandate covers; everything when absent.")
    until: Day | None = Field(default=None, description="The last day of the mandate, if it has one.")


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
    ground_facts: GroundFactsIn | None = None
    restriction_ground: RestrictionGroundIn | None = Field(default=None, description="Art. 18(1); restricts at once.")
    rectification: RectificationIn | None = None
    purposes: list[Code] = Field(
        default_factory=list,
        max_length=50,
        description="Consents withdrawn; all when empty. Of an objection: the purposes objected to; all when empty.",
    )
    channels: list[Channel] = Field(default_factory=list, max_length=4, description="Channels banned; all when empty.")

    @model_validator(mode="after")
    def _somebody(self) -> "RequestNew":
        if (self.customer is None) == (self.claimed_identity is None):
            raise ValueError("name either a customer or a claimed identity")
        if (self.ground or self.ground_facts) is not None and self.right is not Right.ERASURE:
            raise ValueError("a ground of Art. 17(1) belongs to an erasure")
        if self.restriction_ground is not None and self.right is not Right.RESTRICTION:
            raise ValueError("a ground of Art. 18(1) belongs to a restriction")
        if self.rectification is not None and self.right is not Right.RECTIFICATION:
            raise ValueError("proposed values belong to a rectification")
        return self


class RequestPatch(In):
    """Link the request to a person of the register, hand it to somebody else, record who acts for the person.

    Linked to somebody else than before, everything that the case did to the first person is undone.
    """

    customer: Who | None = None
    person_in_charge: Line | None = None
    ground: ErasureGround | None = None
    ground_facts: GroundFactsIn | None = Field(default=None, description="What a human found about the ground.")
    restriction_ground: RestrictionGroundIn | None = None
    substitute: Line | None = Field(default=None, description="Null leaves the request without one (F28, F41).")
    representative: Representative | None = None


class OverrideIn(In):
    """The human's own verdict on one holding, with reasons. It can never shorten a statutory period.

    A retention names the exception of Art. 17(3) that it rests on: legal claims when absent.
    """

    holding: Annotated[str, as_sent(max_length=120)]
    verdict: Literal["erase", "retain"]
    reason: LongLine
    exception: ErasureException = ErasureException.LEGAL_CLAIMS
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
    low_reason: LongLine | None = Field(
        default=None, description="Why a low level is enough to erase or to hand out data; needed then."
    )


class DecisionIn(In):
    """A named human's decision, with reasons of their own (Art. 22, F97, F98)."""

    outcome: Outcome
    reasoning: LongLine
    identity: Identity
    refusal_ground: RefusalGround | None = None
    overrides: list[OverrideIn] = Field(default_factory=list, max_length=500)
    findings: list[FindingIn] = Field(default_factory=list, max_length=100, description="Of a rectification, each.")
    balancing: list[BalancingIn] = Field(default_factory=list, max_length=50, description="Of an objection, each.")
    customer_version: int | None = Field(default=None, description="The version of the record that was corrected.")
    abuse: AbuseIn | None = Field(default=None, description="Evidence for a refusal under Art. 12(5).")

    @model_validator(mode="after")
    def _whole(self) -> "DecisionIn":
        if (self.outcome == "refused") != (self.refusal_ground is not None):
            raise ValueError("a refusal, and only a refusal, names its ground (Art. 12(4))")
        if self.overrides and self.outcome != "as_assessed":
            raise ValueError("overrides belong to an outcome as assessed")
        if self.abuse is not None and self.refusal_ground not in {"manifestly_unfounded", "excessive"}:
            raise ValueError("evidence of abuse belongs to a refusal under Art. 12(5)")
        return self


class IdentityCheckIn(In):
    """Ask for what is needed to identify the person, or to know what they mean, or record what came of it.

    The answer is described, never stored: no copy of an identity document and no identity code is taken.
    """

    kind: PauseKind = Field(
        default=PauseKind.IDENTITY,
        description="Who the person is (Art. 12(6)), or what an access request means (Recital 63).",
    )
    step: Literal["asked", "sufficient", "insufficient", "withdrawn"] = Field(
        description="`insufficient`: something came that does not do. `withdrawn`: the question is taken back."
    )
    question: UUID | None = Field(default=None, description="The question that ends; every open one of the kind.")
    reason: LongLine | None = Field(default=None, description="The doubt; without it the clock does not pause.")
    asked_for: LongLine | None = Field(default=None, description="The minimum that was asked for.")
    on: Day | None = Field(default=None, description="Today when absent.")
    level: IdentityLevel | None = None
    how: LongLine | None = Field(default=None, description="How it is known, or why the question ends otherwise.")

    @model_validator(mode="after")
    def _whole(self) -> "IdentityCheckIn":
        if self.step == "asked" and self.asked_for is None:
            raise ValueError("say what was asked for")
        if self.step == "asked" and self.question is not None:
            raise ValueError("a new question has no id yet")
        if self.step != "asked" and self.how is None:
            raise ValueError("say how it is known, or why the question ends otherwise")
        if self.kind is PauseKind.IDENTITY and self.step == "sufficient" and self.level is None:
            raise ValueError("say how sure the identity is and how it is known")
        return self


class ExtensionIn(In):
    """Two further months, told to the person with the reason by the first due date (Art. 12(3))."""

    reason: LongLine
    notice_sent_on: Day


class WithdrawalIn(In):
    """The person takes the request back, or it was opened in error: then it leaves nothing in anybody's file."""

    kind: Literal["taken_back", "opened_in_error"] = "taken_back"
    note: LongLine | None = None


class RecipientOutcome(In):
    """What a recipient answered (Art. 19)."""

    addressee: Annotated[str, as_sent(max_length=80)]
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
