"""May these data go to this recipient for this purpose? Every reason why not (Art. 5(1)(b)-(c), 18, 44; F63-F75).

Without I/O: what is known of the recipient and of the person is passed in.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from app.customers.record import ALLOWED_UNDER_RESTRICTION
from app.register.definition import Definition
from app.register.definition_recipients import Recipient


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a refusal: a stable code and a text for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the registry holds of a recipient; it may narrow what the definition allows, never widen it."""

    code: str
    role: str
    active: bool
    purposes: frozenset[str]
    categories: frozenset[str]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be disclosed."""

    purpose: str
    categories: tuple[str, ...]
    fields: tuple[str, ...] | None


def stored(row: Any) -> Stored:
    """The recipient's row, for the gate."""
    scope = (frozenset(row.purposes), frozenset(row.categories), frozenset(row.fields))
    return Stored(row.code, row.role, row.active, *scope)


def about_recipient(definition: Definition, recipient: Stored | None, asked: Asked) -> list[Reason]:
    """Why this recipient may not get these data from anybody; the transfer is judged apart."""
    listed = None if recipient is None else definition.recipient(recipient.code)
    if recipient is None or listed is None:
        unlisted = Reason("recipient_unlisted", "The notice does not name this recipient (F75).")
        return [unlisted, *_about_purpose(definition, None, frozenset(), asked)]
    reasons = [] if recipient.active else [Reason("recipient_inactive", "The recipient is no longer in use.")]
    allowed = recipient.purposes & frozenset(listed.purposes)
    reasons += _about_purpose(definition, listed, allowed, asked)
    reasons += _about_marketing(definition, recipient, asked)
    reasons += _about_categories(definition, listed, recipient, asked)
    return reasons + list(_about_fields(definition, listed, recipient, asked))


def about_person(definition: Definition, asked: Asked, *, erased: bool, grounds: Collection[str]) -> list[Reason]:
    """Why the data of this person may not go out for the purpose now (Art. 17, 18(2))."""
    if erased:
        return [Reason("customer_erased", "The person's data have been erased (Art. 17).")]
    purpose = definition.purpose(asked.purpose)
    if not grounds or (purpose is not None and purpose.nature in ALLOWED_UNDER_RESTRICTION):
        return []
    return [Reason("customer_restricted", "Processing of the person's data is restricted (Art. 18).")]


def fields_disclosed(definition: Definition, recipient: Stored | None, asked: Asked) -> list[str]:
    """The fields that go out: those asked for, or all that the recipient may get of the categories."""
    if asked.fields is not None:
        return sorted(asked.fields)
    listed = None if recipient is None else definition.recipient(recipient.code)
    if recipient is None or listed is None:
        return []
    allowed = _allowed_fields(definition, listed, recipient, asked.categories)
    return sorted(field for field in allowed if asked.purpose in _purposes_of(definition, field, asked.purpose))


def _about_purpose(
    definition: Definition, listed: Recipient | None, allowed: frozenset[str], asked: Asked
) -> Iterator[Reason]:
    pending = [one for one in listed.pending_purposes if one.code == asked.purpose] if listed else []
    if definition.purpose(asked.purpose) is None:
        yield Reason("purpose_undeclared", "The definition does not declare the purpose (Art. 5(1)(b), F18).")
    elif listed is not None and asked.purpose not in allowed:
        yield Reason("purpose_not_for_recipient", "The recipient gets no data for this purpose (Art. 5(1)(b)).")
    for one in pending:
        yield Reason("purpose_pending", f"{one.reason}{f' ({one.defect})' if one.defect else ''}")


def _about_marketing(definition: Definition, recipient: Stored, asked: Asked) -> Iterator[Reason]:
    purpose = definition.purpose(asked.purpose)
    if purpose is not None and purpose.is_marketing and recipient.role != "processor":
        yield Reason("marketing_outside", "Data do not leave the company for others' marketing (F63).")


def _about_categories(definition: Definition, listed: Recipient, recipient: Stored, asked: Asked) -> Iterator[Reason]:
    for code in asked.categories:
        if definition.category(code) is None:
            yield Reason("category_undeclared", "The definition does not declare a category that was named.")
        elif code not in listed.categories or code not in recipient.categories:
            yield Reason("category_not_for_recipient", f"The recipient gets no data of category {code} (F70).")
        elif (purpose := definition.purpose(asked.purpose)) is not None and code not in purpose.categories:
            yield Reason("category_not_for_purpose", f"The purpose uses no data of category {code}.")


def _about_fields(definition: Definition, listed: Recipient, recipient: Stored, asked: Asked) -> Iterator[Reason]:
    allowed = _allowed_fields(definition, listed, recipient, asked.categories)
    named = _fields_of(definition, asked.categories)
    for field in sorted(set(asked.fields or ())):
        if field not in named:
            yield Reason("field_unknown", "A field that was named belongs to none of the categories named.")
        elif field not in allowed:
            yield Reason("field_not_for_recipient", f"The recipient does not get the field {field} (F70).")
        elif asked.purpose not in _purposes_of(definition, field, asked.purpose):
            yield Reason("field_not_for_purpose", f"The field {field} does not serve this purpose.")


def _allowed_fields(
    definition: Definition, listed: Recipient, recipient: Stored, categories: Collection[str]
) -> set[str]:
    """Every field of a category, unless the definition or the registry narrows that category."""
    allowed: set[str] = set()
    for code in categories:
        whole = _fields_of(definition, [code])
        narrowings = [whole & narrowed for narrowed in (frozenset(listed.fields), recipient.fields)]
        allowed |= whole.intersection(*(narrowed for narrowed in narrowings if narrowed))
    return allowed


def _fields_of(definition: Definition, categories: Collection[str]) -> set[str]:
    return {f.name for c in definition.categories if c.code in categories for f in c.fields}


def _purposes_of(definition: Definition, field: str, default: str) -> Collection[str]:
    extra = {f.name: f.purposes for c in definition.categories for f in c.extra_fields}
    return extra.get(field, (default,))
