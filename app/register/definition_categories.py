"""Which personal data the register may hold: an exhaustive whitelist (Art. 5(1)(c); F21-F26)."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from app.register.definition_base import (
    Code,
    Contradiction,
    DefectId,
    Label,
    Part,
    Stated,
    Text,
    duplicates,
    refuse,
)

ContactField = Literal["name", "address", "email", "phone"]
CONTACT_FIELDS: frozenset[str] = frozenset(get_args(ContactField))
"""The closed list of built-in contact fields; a field that no category lists is switched off."""
RecordKind = Literal["purchases", "vouchers", "bookings", "consents", "suppressions", "requests"]
"""The kinds of record that the service itself can hold; a kind that no category lists is switched off."""
FORBIDDEN_NAMES = re.compile(
    r"(^|_)(hetu|henkilotunnus|sotu|personnummer|personbeteckning|ssn|pps|ppsn|nino|iban|cvc|cvv|card_number|"
    r"identity_(code|number)|(national|personal|social_security|social_insurance|passport|pps)_"
    r"(id|identity|identification|insurance|security|no|number|code))(_|$)"
)
"""Identity codes (Art. 87, Tietosuojalaki 29 §) and payment-card data are never held (F26)."""


class BuiltinField(Part):
    """A built-in contact field, switched on."""

    name: ContactField
    builtin: Literal[True]


class ExtraField(Part):
    """A further field that this controller declares; stored as a validated attribute of the customer."""

    name: Code
    label: Label
    type: Literal["text", "integer", "decimal", "date", "boolean", "choice"]
    purposes: Annotated[tuple[Code, ...], Field(min_length=1)]
    max_length: Annotated[int, Field(ge=1, le=2000)] | None = None
    choices: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> "ExtraField":
        refuse(self.name, self._contradictions())
        return self

    def _contradictions(self) -> Iterator[Contradiction]:
        if self.name in CONTACT_FIELDS:
            message = "shadows a built-in contact field"
            yield Contradiction(("name",), message, "write 'builtin: true' to switch the built-in field on")
        if FORBIDDEN_NAMES.search(self.name):
            yield Contradiction(("name",), "identity codes and payment-card data may not be held")
        if (self.type == "choice") != bool(self.choices):
            yield Contradiction(("choices",), "are needed for type 'choice' and for no other")
        for position, _ in duplicates(self.choices):
            yield Contradiction(("choices", position), "occurs twice")
        if self.type != "text" and self.max_length is not None:
            yield Contradiction(("max_length",), "is for type 'text' only")


def _kind(value: Any) -> str:
    builtin = "builtin" in value if isinstance(value, dict) else isinstance(value, BuiltinField)
    return "builtin" if builtin else "declared"


AnyField = Annotated[
    Annotated[BuiltinField, Tag("builtin")] | Annotated[ExtraField, Tag("declared")], Discriminator(_kind)
]


class Category(Stated):
    """A category of personal data (Art. 15(1)(b), 30(1)(c)).

    `fields` are data of the person's own row, `records` whole kinds of record. `gap` names the defect under
    which the notice's list fails to mention the category although its other sections imply it (N23).
    """

    code: Code
    label: Label
    fields: tuple[AnyField, ...] = ()
    records: tuple[RecordKind, ...] = ()
    gap: DefectId | None = None
    note: Text | None = None

    @property
    def contact_fields(self) -> frozenset[str]:
        """The built-in contact fields that this category switches on."""
        return frozenset(field.name for field in self.fields if isinstance(field, BuiltinField))

    @property
    def extra_fields(self) -> tuple[ExtraField, ...]:
        """The further fields that this category declares."""
        return tuple(field for field in self.fields if isinstance(field, ExtraField))

    @model_validator(mode="after")
    def _is_consistent(self) -> "Category":
        if not self.fields and not self.records:
            refuse(self.code, [Contradiction(("fields",), "the category holds neither fields nor records")])
        return self
