"""Payloads of tellings."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.customers.tables_tellings import TellingChannel
from app.processors.schemas_disclosures import CustomerPointer
from app.wire import Code, In, Moment, Out

What = Literal["notice", "purpose", "right_to_object"]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class TellingBatch(In):
    """What up to 1000 people have been told. Of a purpose and of the right to object one is told by name: the whole
    notice alone does not bring them to anybody's attention (Art. 13(3), 21(4))."""

    what: What
    purpose: Code | None = Field(default=None, description="Which, unless it is the notice as a whole.")
    notice_version: Version | None = Field(default=None, description="The version in force when absent.")
    channel: TellingChannel
    told_at: Moment | None = Field(default=None, description="Now when absent.")
    customers: list[CustomerPointer] = Field(min_length=1, max_length=1000)


class TellingResult(Out):
    """201: recorded; 200: they had been told that by this version before; otherwise a problem."""

    index: int
    status: int
    problem: dict[str, Any] | None


class TellingBatchOut(Out):
    """Results in the order of the customers."""

    notice_version: int
    recorded: int
    results: list[TellingResult]


class TellingOut(Out):
    """One thing that a person has been told."""

    id: UUID
    what: What
    purpose: str | None
    notice_version: int
    channel: str
    told_at: datetime
    recorded_at: datetime
    client_id: UUID
