"""Payloads of the quarterly report: codes, dates and numbers; nobody is named."""

from datetime import date

from pydantic import Field

from app.notice.schemas import FindingOut
from app.wire import Out


class ReceivedOut(Out):
    """Requests received in the quarter, of one right."""

    right: str
    number: int


class AnsweredOut(Out):
    """Requests answered in the quarter, of one right and outcome; days from receipt to the answer (Art. 12(3))."""

    right: str
    outcome: str = Field(description="Of the decision; `done` where the law leaves nothing to decide, or `withdrawn`.")
    number: int
    median_days: float
    longest_days: int
    late: int = Field(description="Answered after the due date, pauses and extensions counted.")


class OpenOut(Out):
    """Requests open at the end of the report's last day, of one right."""

    right: str
    number: int
    overdue: int


class ConsentsOut(Out):
    """Consent events of one purpose in one month, of people who are still in the register."""

    purpose: str
    month: str = Field(examples=["2026-07"])
    given: int
    withdrawn: int


class SweptOut(Out):
    """Rows that the sweep erased under one rule, because their time had come (Art. 5(1)(e))."""

    rule: str
    rows: int


class ToldOut(Out):
    """What one recipient was told (Art. 19), and how long its answers took; null while it has answered nothing."""

    recipient: str
    told: int = Field(description="In the quarter.")
    answered: int = Field(description="In the quarter: acknowledged, verified or refused.")
    refused: int
    excused: int
    median_days: float | None
    longest_days: int | None
    late: int
    open: int
    overdue: int


class QuarterOut(Out):
    """The report on one quarter. `as_of` is its last day, or today while it runs; findings are always of today."""

    year: int
    quarter: int
    begins_on: date
    ends_on: date
    as_of: date
    complete: bool = Field(description="The quarter is over.")
    register_version: int
    received: list[ReceivedOut]
    answered: list[AnsweredOut]
    open: list[OpenOut]
    ended_customerships: int = Field(description="People erased because they had been inactive for too long (N20).")
    consents: list[ConsentsOut]
    swept: list[SweptOut]
    notifications: list[ToldOut]
    found_on: date
    high: int
    medium: int
    low: int
    findings: list[FindingOut] = Field(description="Where the notice and practice drift apart, the gravest first.")
