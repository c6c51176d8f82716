"""The reply to a request for access (Art. 15) or portability (Art. 20), and what may be withheld from it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.wire import In, LongLine, Out, as_sent

RecordName = Annotated[str, as_sent(min_length=1, max_length=200)]
FieldPath = Annotated[str, as_sent(min_length=1, max_length=200, pattern=r"^[a-z0-9_]+(/[A-Za-z0-9_]+){0,5}$")]


class CodedOut(Out):
    """A code of the register and what it means."""

    code: str
    text: str


class DataFieldOut(Out):
    """A field of a section: its code, its label, and what the codes in it mean."""

    field: str
    label: str
    codes: dict[str, str]


class WithheldOut(Out):
    """Something left out to protect somebody else (Art. 15(4)); never the value."""

    field: str | None = Field(description="Null: the whole record.")
    reason: str


class DataRetentionOut(Out):
    """How long a record is kept: what an erasure would do to it today, or its own period (Art. 15(1)(d))."""

    outcome: Literal["erase", "retain", "restrict", "continue", "ask", "period"]
    until: date | None
    ground: str | None = Field(description="Art. 17(1), 17(3), 18(1), or the basis that an open contract gives.")
    law: str | None
    section: str | None
    kept_by: str | None
    text: str = Field(description="The same in the person's language.")


class DataRecordOut(Out):
    """One thing that is held, with every stored value."""

    record: str = Field(description="Names the record for a redaction.")
    values: dict[str, Any]
    withheld: list[WithheldOut]
    retention: DataRetentionOut | None = Field(description="Null: the section's context says it.")


class DataSectionHead(Out):
    """What a section holds, in the person's language."""

    section: str
    title: str
    context: str
    category: CodedOut | None
    fields: list[DataFieldOut]


class DataSectionOut(DataSectionHead):
    """A section with all its records."""

    records: list[DataRecordOut]


class DataPurposeOut(Out):
    """A purpose with its legal basis (Art. 15(1)(a))."""

    purpose: CodedOut
    basis: CodedOut
    interests: str | None = Field(description="Art. 13(1)(d): where the basis is a legitimate interest.")
    categories: list[str]


class DataRecipientOut(Out):
    """Somebody who got the person's data, by name, or regularly gets them (Art. 15(1)(c); C-154/21)."""

    name: str
    legal_name: str | None
    role: CodedOut | None
    country: str | None
    last_disclosed_at: datetime | None = Field(description="Null: told regularly, without an entry in the log.")


class DataTransferOut(Out):
    """A transfer outside the EEA, its safeguards and how to get a copy of them (Art. 15(2))."""

    recipient: str
    importer: str = Field(description="The company that gets the data, a sub-processor of the recipient perhaps.")
    country: str
    mechanism: str | None
    article: str | None
    safeguard: CodedOut
    instrument: str | None = Field(description="The decision or document behind it.")
    holds: bool = Field(description="False: the basis has fallen away, and nothing is sent until it is mended.")
    copy_of_safeguards: str


class DataPeriodOut(Out):
    """A general period with its source."""

    text: str
    law: str
    section: str | None


class DataRightOut(Out):
    """A right of the person (Art. 15(1)(e))."""

    right: CodedOut
    article: str


class DataAuthorityOut(Out):
    """Where a person may complain (Art. 15(1)(f))."""

    name: str
    address: str | None
    phone: str | None
    email: str | None
    url: str


class DataInformationOut(Out):
    """What Art. 15(1)(a)-(h) and 15(2) say besides the data themselves."""

    purposes: list[DataPurposeOut]
    categories: list[CodedOut]
    recipients: list[DataRecipientOut]
    transfers: list[DataTransferOut]
    source: str
    periods: list[DataPeriodOut]
    rights: list[DataRightOut]
    how_to_use_rights: str
    authority: DataAuthorityOut
    complaint: str
    automated_decisions: bool
    automated_decisions_text: str


class DataControllerOut(Out):
    """Who answers for the register."""

    name: str
    address: str
    phone: str
    email: str
    contact: str
    data_protection_officer: str | None


class DataHead(Out):
    """Whose reply it is, and when it was made."""

    case_number: str
    right: Literal["access", "portability"]
    made_at: datetime
    language: str
    register_version: int
    controller: DataControllerOut
    information: DataInformationOut | None = Field(description="Null in a reply to a request for portability.")


class DataOut(DataHead):
    """The whole reply. It is streamed: read in one consistent picture of the database, page by page."""

    sections: list[DataSectionOut]


class RedactionIn(In):
    """Mark something as somebody else's, to be withheld from the reply (Art. 15(4), 20(4))."""

    record: RecordName = Field(description="As the reply names it.")
    field: FieldPath | None = Field(
        default=None,
        description="Null: the whole record; `lines/0/title` reaches into a list.",
        examples=["lines/0/title"],
    )
    reason: LongLine = Field(description="Shown to the person: name nobody in it.")


class RedactionOut(Out):
    """A mark."""

    id: UUID
    record: str
    field: str | None
    reason: str
    marked_at: datetime
    marked_by: UUID


class ReleaseOut(Out):
    """The reply as it was frozen, and the link by which the person fetches it once."""

    id: UUID
    link: str | None = Field(description="Shown in the answer that made it, and never again.")
    language: str
    size: int
    sha256: str
    records: int
    withheld: int
    released_at: datetime
    expires_on: date
    ended_at: datetime | None
    ended_because: str | None = Field(
        description="`used`, `expired`, `withdrawn`, `replaced`, `closed`, `erased` or `restored`; null while it works."
    )
