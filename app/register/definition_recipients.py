"""To whom personal data are disclosed (Art. 4(9), 13(1)(e)-(f), 28, 44)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from app.register.definition_base import (
    Code,
    Contradiction,
    Day,
    DefectId,
    Label,
    Part,
    Stated,
    Text,
    Wording,
    refuse,
)

CountryOrUnknown = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|unknown)$")]
"""An ISO 3166 country, or `unknown` where the notice names none (N19)."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name of a recipient, as long as the API takes it."""


class Onward(Part):
    """Whom the recipient passes the data on to (F73)."""

    to: Wording
    purpose: Code


class Evidence(Part):
    """What shows that the recipient keeps the law (F67, F74); without a document it is only an assertion."""

    statement: Wording
    document: Text | None = None
    dated: Day | None = None


class PendingPurpose(Part):
    """A purpose that the notice links to the recipient but never declares; blocked until declared (N31)."""

    code: Code
    label: Label | None = None
    defect: DefectId | None = None
    reason: Text


class Recipient(Stated):
    """A recipient of personal data.

    `categories` and `fields` are all that may be passed: every field of a category unless `fields` narrows it
    (F70). `about` says to people who it is and what it does. `always_notified`: told of each rectification,
    erasure and restriction (Art. 19) even where no single disclosure was recorded, because data flow to it regularly.
    """

    code: Code
    name: Name
    aliases: tuple[Name, ...] = ()
    legal_name: Name | None = None
    legal_name_confirmed: bool = False
    role: Literal["processor", "controller", "both", "unknown"]
    role_confirmed: bool = False
    country: CountryOrUnknown
    purposes: tuple[Code, ...] = ()
    pending_purposes: tuple[PendingPurpose, ...] = ()
    categories: tuple[Code, ...] = ()
    fields: tuple[Code, ...] = ()
    always_notified: bool
    onward: tuple[Onward, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    about: Label | None = None
    note: Text | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which it is known: the display name first, then the aliases and the legal name."""
        names = (self.name, *self.aliases, *([self.legal_name] if self.legal_name else []))
        return tuple(dict.fromkeys(names))

    @property
    def country_known(self) -> bool:
        """False blocks disclosures until the country is entered (N19)."""
        return self.country != "unknown"

    @model_validator(mode="after")
    def _is_consistent(self) -> "Recipient":
        refuse(self.code, self._contradictions())
        return self

    def _contradictions(self) -> Iterator[Contradiction]:
        if self.legal_name_confirmed and self.legal_name is None:
            yield Contradiction(("legal_name_confirmed",), "is true although no legal name is given")
        for position, pending in enumerate(self.pending_purposes):
            if pending.code in self.purposes:
                yield Contradiction(("pending_purposes", position, "code"), "is both pending and allowed")


class Transfers(Stated):
    """What the controller says about transfers outside the EEA (Art. 13(1)(f), 44; F90-F96).

    Regular transfers rule out the derogations for occasional ones (Art. 49, Recital 111; F92). The measures
    are what the notice names; none of them is by itself a ground of Chapter V (N18).
    """

    outside_eea: bool
    regular: bool
    measures: tuple[Wording, ...] = ()
    copy_from: Wording | None = None
