"""What callers send about breaches. Texts describe what happened, never whom it happened to."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.consents.schemas import Who
from app.policy.breach_facts import BreachNature, Content, Likelihood, Risk, Severity, TellingException
from app.wire import Code, In, Line, LongLine, Moment

NO_NAMES = "Without names and addresses; only personal identity codes can be refused by the machine."
Told = Annotated[LongLine, Field(description=NO_NAMES)]
Natures = Annotated[list[BreachNature], Field(min_length=1, max_length=3)]
Lines = Annotated[list[Line], Field(max_length=50)]
Codes = Annotated[list[Code], Field(max_length=50)]
About = Annotated[int, Field(ge=0, le=10_000_000_000, strict=True)]
NoticeLanguage = Literal["fi", "sv", "en"]
LetterNumber = Annotated[str, StringConstraints(pattern=r"^K-[0-9]{4}-[0-9]{6,9}$"), Field(examples=["K-2026-000001"])]
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{5,9}$"), Field(examples=["2026-00001"])]


class BreachNew(In):
    """A breach as anybody who notices it reports it (Art. 33(5)); what is not yet known comes by PATCH."""

    what_happened: Told
    natures: Natures
    discovered_how: Told
    aware_at: Moment = Field(description="When the controller became aware: the clock of 72 hours starts (Art. 33(1)).")
    occurred_at: Moment | None = None
    effects: Told | None = None
    remedial_action: Told | None = None
    person_categories: Lines = Field(default_factory=list, examples=[["customers"]])
    data_categories: Codes = Field(default_factory=list, description="Categories of the register definition.")
    people_about: About | None = Field(default=None, description="Approximate number of people; null while unknown.")
    records_about: About | None = None
    processor: Line | None = Field(default=None, description="Code, name or alias of a processor that is involved.")
    processor_told_at: Moment | None = Field(default=None, description="When it told the controller (Art. 33(2)).")
    case_number: CaseNumber | None = Field(
        default=None, description="The request it came from; the person it concerned is listed by subject key."
    )


class BreachPatch(In):
    """What has been found out since; the timeline keeps which members changed, and of dates and numbers the former."""

    what_happened: Told | None = None
    natures: Natures | None = None
    discovered_how: Told | None = None
    aware_at: Moment | None = None
    occurred_at: Moment | None = None
    effects: Told | None = None
    remedial_action: Told | None = None
    person_categories: Lines | None = None
    data_categories: Codes | None = None
    people_about: About | None = None
    records_about: About | None = None
    processor: Line | None = None
    processor_told_at: Moment | None = None
    person_in_charge: Line | None = None


class ExceptionIn(In):
    """Why people need not be told one by one (Art. 34(3)); claimed with reasons."""

    exception: TellingException
    reasons: Told
    public_communication: Told | None = Field(default=None, description="How the public is told: needed for (c).")


class RiskIn(In):
    """A named human's assessment of the risk; each replaces the one before, which is kept."""

    likelihood: Likelihood
    severity: Severity
    factors: Lines = Field(min_length=1, examples=[["data of children", "encrypted backup exists"]])
    outcome: Risk = Field(description="At least what likelihood and severity make of it.")
    reasons: Told
    exception: ExceptionIn | None = None


class NoticeContent(In):
    """What a notice says, by the letters of Art. 33(3)."""

    nature: Told | None = Field(default=None, description="(a)")
    contact: LongLine | None = Field(default=None, description="(b); the definition's contact when absent.")
    consequences: Told | None = Field(default=None, description="(c)")
    measures: Told | None = Field(default=None, description="(d)")

    def content(self) -> Content:
        """The same for the policy."""
        return Content(self.nature, self.contact, self.consequences, self.measures)


class NotificationIn(In):
    """A notification to the authority that has been sent: the first, or a follow-up in phases (Art. 33(1), (4))."""

    sent_at: Moment
    content: NoticeContent
    language: NoticeLanguage = "fi"
    reference: Line | None = Field(default=None, description="The authority's own reference.")
    later_because: Told | None = Field(default=None, description="Why the first leaves parts for later (Art. 33(4)).")
    delay_reasons: Told | None = Field(default=None, description="Needed after the period has run out (Art. 33(1)).")


class CommunicationIn(In):
    """The words in which people are told, in their language: clear, plain and whole (Art. 34(2))."""

    language: NoticeLanguage
    content: NoticeContent
    advice: Told | None = Field(default=None, description="What people can do themselves.")


class PeopleIn(In):
    """People affected: living ones by id or reference, erased ones by the subject key of the audit trail."""

    customers: list[Who] = Field(default_factory=list, max_length=1000)
    subject_keys: list[UUID] = Field(default_factory=list, max_length=1000)

    @model_validator(mode="after")
    def _somebody(self) -> "PeopleIn":
        if not self.customers and not self.subject_keys:
            raise ValueError("name somebody")
        return self


class PeopleOutcomeIn(In):
    """That these people have been told, or cannot be."""

    subject_keys: list[UUID] = Field(min_length=1, max_length=1000)
    outcome: Literal["told", "unreachable"]
    at: Moment
    channel: Literal["email", "sms", "phone", "post", "in_person"] | None = None
    language: NoticeLanguage | None = Field(default=None, description="Names the communication in whose words.")
    reason: Told | None = None

    @model_validator(mode="after")
    def _whole(self) -> "PeopleOutcomeIn":
        if self.outcome == "told" and (self.channel is None or self.language is None):
            raise ValueError("say through which channel and in which language they were told")
        if self.outcome == "unreachable" and self.reason is None:
            raise ValueError("say why they cannot be reached")
        return self


class LettersIn(In):
    """Who of those listed gets a letter, by subject key."""

    subject_keys: list[UUID] = Field(min_length=1, max_length=1000)


class LettersSentIn(In):
    """That these letters have left, and how."""

    letters: list[LetterNumber] = Field(min_length=1, max_length=1000)
    at: Moment
    channel: Literal["post", "email", "in_person"]


class ClosingIn(In):
    """What was learned, and what will be done otherwise."""

    lessons: Told


class ReopeningIn(In):
    """Why the breach is looked at again."""

    reason: Told
