"""Validation of the further fields that a controller declares (F26: unknown fields are refused)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    create_model,
)

from app.register.definition_base import Day
from app.register.definition_categories import ExtraField

DEFAULT_TEXT_LENGTH = 200
Attribute = str | int | bool | None
"""A stored attribute: dates and decimals are kept as text, so that JSON loses nothing."""


class AttributesInvalid(ValueError):
    """Attributes that the definition does not allow; names fields and faults, never what was sent."""

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems))
        self.problems = problems


def attribute_model(fields: Iterable[ExtraField]) -> type[BaseModel]:
    """A model with one optional member for each declared field; it refuses every other."""
    members: dict[str, Any] = {
        # The alias keeps a field named like a Pydantic method from shadowing it.
        f"field_{field.name}": (_type_of(field) | None, Field(default=None, alias=field.name))
        for field in fields
    }
    config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    return create_model("Attributes", __config__=config, **members)


def validate_attributes(model: type[BaseModel], attributes: Mapping[str, Any]) -> dict[str, Attribute]:
    """The attributes in their stored form, only those that were given; raises `AttributesInvalid`."""
    try:
        valid = model.model_validate(attributes)
    except ValidationError as error:
        raise AttributesInvalid(_problems(error)) from None
    return valid.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _problems(error: ValidationError) -> tuple[tuple[str, str], ...]:
    listed = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple((str(fault["loc"][0])[:60] if fault["loc"] else "", fault["msg"]) for fault in listed)


def _type_of(field: ExtraField) -> Any:
    match field.type:
        case "text":
            length = field.max_length or DEFAULT_TEXT_LENGTH
            return Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=length)]
        case "integer":
            return Annotated[int, Strict(), Field(ge=-(2**53), le=2**53)]
        case "decimal":
            return Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
        case "date":
            return Day
        case "boolean":
            return Annotated[bool, Strict()]
        case "choice":
            return Literal[field.choices]


__all__ = ["Attribute", "AttributesInvalid", "attribute_model", "validate_attributes"]
