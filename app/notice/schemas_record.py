"""Payloads of the record of processing activities (Art. 30(1))."""

from datetime import date

from pydantic import Field

from app.wire import Out


class RecordControllerOut(Out):
    """Art. 30(1)(a)."""

    name: str
    business_id: str | None
    address: str
    phone: str
    email: str
    contact: str
    data_protection_officer: str | None


class RecordRecipientOut(Out):
    """Art. 30(1)(d)."""

    name: str
    role: str
    country: str


class RecordTransferOut(Out):
    """Art. 30(1)(e); `article` is null while nothing carries the transfer."""

    recipient: str
    country: str
    article: str | None
    ground: str


class RecordLimitOut(Out):
    """Art. 30(1)(f)."""

    data: str
    period: str
    law: str


class ActivityOut(Out):
    """One purpose (Art. 30(1)(b)-(f))."""

    code: str
    purpose: str
    basis: str = Field(examples=["6(1)(b)"])
    basis_text: str
    interests: str | None
    persons: list[str]
    categories: list[str]
    recipients: list[RecordRecipientOut]
    transfers: list[RecordTransferOut]
    limits: list[RecordLimitOut]


class RecordOut(Out):
    """The record as of a day, in one language."""

    as_of: date
    language: str
    register_version: int
    controller: RecordControllerOut
    security: list[str] = Field(description="Art. 30(1)(g)")
    activities: list[ActivityOut]
