"""Payloads of the consents API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints, model_validator

from app.customers.schemas import PhoneText
from app.email_addresses import Email
from app.policy.vocabulary import Channel
from app.wire import Code, ExternalId, In, Language, LongLine, Moment, Out, SystemCode, as_sent, is_canonical_uuid

Action = Literal["given", "withdrawn"]
CollectedVia = Literal[
    "web_form",
    "checkout",
    "booking_form",
    "double_opt_in",
    "unsubscribe_link",
    "phone",
    "paper",
    "in_person",
    "email",
    "import",
]
EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}$")]
WordingVersion = Annotated[int, Field(ge=1, le=100_000, strict=True)]
NoticeVersion = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


class Who(In):
    """One person by id or by the caller's reference; or, less surely, by an address."""

    id: ExternalId | None = Field(default=None, description="The register's id; with `system` your own.")
    system: SystemCode | None = None
    email: Email | None = None
    phone: PhoneText | None = None

    @model_validator(mode="after")
    def _one(self) -> "Who":
        forms = [self.id is not None, self.email is not None, self.phone is not None]
        if sum(forms) != 1 or (self.system is not None and self.id is None):
            raise ValueError("give one of {id}, {system, id}, {email}, {phone}")
        if self.system is None and self.id is not None and not _is_uuid(self.id):
            raise ValueError("without a system the id is a UUID")
        return self

    @property
    def reference(self) -> tuple[str, str] | None:
        """The caller's reference, if that is how the person is named."""
        return (self.system, self.id) if self.system is not None and self.id is not None else None

    @property
    def uuid(self) -> UUID | None:
        """The register's id, if that is how the person is named."""
        return UUID(self.id) if self.system is None and self.id is not None else None


def _is_uuid(text: str) -> bool:
    if is_canonical_uuid(text):
        return True
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class WordingRef(In):
    """The wording the person saw."""

    id: Code
    version: WordingVersion
    language: Language | None = Field(default=None, description="The definition's first language when absent.")


class Evidence(In):
    """What proves the act (Art. 7(1)); never an IP address, never a birth date."""

    actor: Literal["data_subject", "guardian", "staff"] = "data_subject"
    control: Code | None = Field(default=None, description="Which control of the form was used.")
    preticked: StrictBool = False
    form: Annotated[str, as_sent(max_length=200, pattern=r"^[A-Za-z0-9._/:-]+$")] | None = None
    double_opt_in_confirmed_at: Moment | None = None
    stated_age: Literal["minimum_age_reached", "below_minimum_age"] | None = None
    guardian_authorised: StrictBool = False


class ConsentIn(In):
    """One consent given or withdrawn. A repeat with the same `event_id` is the same event."""

    event_id: EventId
    customer: Who
    purpose: Code
    channels: list[Channel] = Field(default_factory=list, max_length=4, description="Needed for direct marketing.")
    action: Action
    wording: WordingRef | None = Field(default=None, description="Needed when given; what the person saw.")
    collected_via: CollectedVia
    occurred_at: Moment
    evidence: Evidence = Evidence()
    notice_version: NoticeVersion | None = Field(
        default=None,
        description="The privacy notice that was shown; when absent, for a consent given, the one in force then.",
    )
    notice_language: Language | None = Field(default=None, description="In which language; only with its version.")

    @model_validator(mode="after")
    def _noticed(self) -> "ConsentIn":
        if self.notice_language is not None and self.notice_version is None:
            raise ValueError("notice_language goes with notice_version")
        return self


class ConsentBatch(In):
    """Up to 1000 events; each is judged by itself, the valid ones commit together."""

    items: Annotated[list[Any], Field(min_length=1, max_length=1000)] = Field(
        json_schema_extra={"items": {"$ref": "#/components/schemas/ConsentIn"}}
    )


class ConsentOut(Out):
    """What became of an event. `suppressed` lists channels on which a ban or an earlier withdrawal still holds:
    a given consent does not lift it unless the person confirmed it by double opt-in."""

    id: UUID | None
    event_id: str
    status: Literal["recorded", "known"]
    people: int | None = Field(description="How many people a withdrawal by address concerned; persons see it.")
    suppressed: list[Channel]


class ConsentResult(Out):
    index: int
    status: int
    event: ConsentOut | None
    problem: dict[str, Any] | None


class ConsentResults(Out):
    results: list[ConsentResult]


class WordingIn(In):
    """A version of the words by which consent is asked, in one language. Immutable once made."""

    id: Code
    version: WordingVersion
    language: Language
    purpose: Code
    text: LongLine
    notice_version: Code | None = None


class WordingOut(Out):
    id: str
    version: int
    language: str
    purpose: str
    text: str
    notice_version: str | None
    created_at: datetime


class WordingShown(Out):
    id: str
    version: int
    language: str


class NoticeShown(Out):
    """The version of the privacy notice that was shown; `language` where the caller said it."""

    version: int
    language: str | None


class ConsentState(Out):
    """The state of one purpose and channel; `channel` is null where the purpose has none."""

    purpose: str
    channel: str | None
    action: str
    occurred_at: datetime
    wording: WordingShown | None
    notice: NoticeShown | None
    suppressed_since: datetime | None


class ConsentEventOut(Out):
    """One event of the history."""

    id: UUID
    event_id: str
    purpose: str
    channels: list[str]
    action: str
    wording: WordingShown | None
    notice: NoticeShown | None
    collected_via: str
    occurred_at: datetime
    recorded_at: datetime
    evidence: dict[str, Any]


class ConsentsOut(Out):
    """State and history; with `as_of` as both were known at that instant."""

    as_of: datetime | None
    states: list[ConsentState]
    history: list[ConsentEventOut]


class InvitationIn(In):
    """Ask a person for consent by a link (double opt-in)."""

    customer: Who
    purpose: Code
    channels: list[Channel] = Field(default_factory=list, max_length=4)
    wording: WordingRef


class InvitationOut(Out):
    """`link` is shown once; send it to the person by a channel of your own."""

    id: UUID
    link: str | None
    expires_at: datetime
    confirmed_at: datetime | None
