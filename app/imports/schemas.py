"""What an operator asks for, what one line became, and how an import went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from app.consents.schemas import WordingRef
from app.email_addresses import Email
from app.wire import Code, Currency, In, Language, Line, Money, SystemCode

Outcome = Literal["taken", "known", "skipped", "refused"]
Status = Literal["subscribed", "unsubscribed", "cleaned"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone") from None
    return name


Zone = Annotated[str, AfterValidator(_zone), Field(description="An IANA name such as Europe/Helsinki.")]


class Plan(In):
    """What every import needs to be told."""

    system: SystemCode
    time_zone: Zone
    source: Code
    encoding: Literal["auto", "utf-8", "cp1252"] = "auto"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the file's times are read."""
        return ZoneInfo(self.time_zone)


class AudiencePlan(Plan):
    """A Mailchimp audience export: which words the people saw, and which columns hold e-mail and name."""

    wording: WordingRef
    purpose: Code
    language: Language
    status: Status | None = Field(default=None, description="Overrides what headings and file names say.")
    email_column: Line | None = None
    first_name_column: Line | None = None
    last_name_column: Line | None = None


class OrdersPlan(Plan):
    """A webshop's orders; `columns` maps our fields to the file's headings where the presets do not fit."""

    language: Language
    columns: Mapping[str, Line] = Field(default_factory=dict)
    record: Literal["here", "elsewhere"] = "elsewhere"
    holder: Line | None = None
    material: Literal["voucher", "oss", "unclassified"] = "unclassified"
    currency: Currency = "EUR"
    vat_rate: Money | None = Field(default=None, description="Where the file has no such column, in per cent.")


class Contact(In):
    """Whom a row of an audience is about."""

    email: Email
    name: Line | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one record. `part` counts the files of the export, `line` its lines; no personal value."""

    part: int
    line: int
    outcome: Outcome
    reason: str = ""


@dataclass(slots=True)
class Summary:
    """How an import went: `counts` by outcome and reason, `resumed_at` the records an earlier run had settled."""

    records: int = 0
    resumed_at: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, settled: Settled) -> None:
        """Count one record."""
        self.records += 1
        key = f"{settled.outcome}:{settled.reason}"
        self.counts[key] = self.counts.get(key, 0) + 1

    def of(self, outcome: Outcome, reason: str | None = None) -> int:
        """How many records had this outcome, and this reason if one is given."""
        whole = f"{outcome}:" if reason is None else f"{outcome}:{reason}"
        return sum(n for key, n in self.counts.items() if key == whole or (reason is None and key.startswith(whole)))
