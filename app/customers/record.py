"""From payload to row and from row to answer: what the register holds of one person."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from app.customers.errors import invalid
from app.customers.identity import Address, email_address, normal_name, phone_address, postal_address
from app.customers.schemas import (
    AnyCustomer,
    CustomerFields,
    CustomerOut,
    InteractionOut,
    PostalAddress,
    PostalAddressOut,
    ReferenceOut,
    RestrictedOut,
)
from app.policy.deadlines import nominal
from app.policy.vocabulary import Nature, RestrictionGround
from app.register.operation import Operation

ALLOWED_UNDER_RESTRICTION = frozenset({Nature.ACCOUNTING, Nature.LEGAL_CLAIMS, Nature.SUBJECT_RIGHTS})
"""Natures of purpose that Art. 18(2) lets use restricted data."""
HOLDS_VALUES = frozenset({RestrictionGround.ACCURACY_CONTESTED, RestrictionGround.ERASURE_PENDING})
"""While one of these is in force, new values become proposals."""
ART_14_MONTHS = 1


def contact_values(op: Operation, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Columns for the contact members present in `fields`; null members empty their columns."""
    values: dict[str, Any] = {}
    for name in ("name", "email", "phone", "address"):
        if name in fields:
            if fields[name] is not None and name not in op.definition.contact_fields:
                raise invalid(f"#/{name}", "the register definition does not hold this field (F26)")
            values |= _COLUMNS[name](op, fields[name])
    if fields.get("language") is not None:
        values["language"] = _language(op, fields["language"])
    if fields.get("attributes") is not None:
        values["attributes"] = attributes(op, fields["attributes"])
    return values


def _name(_op: Operation, name: str | None) -> dict[str, Any]:
    return {"name": name, "name_search": None if name is None else normal_name(name)[:200]}


def _email(op: Operation, email: str | None) -> dict[str, Any]:
    address = None if email is None else email_address(op.keys, email)
    return {"email": email, "email_normal": address and address.normal, "email_hash": address and address.hash}


def _phone(op: Operation, phone: str | None) -> dict[str, Any]:
    address = None
    if phone is not None:
        address = phone_address(op.keys, phone, op.definition.phone_region)
        if address is None:
            raise invalid("#/phone", "is not a phone number")
    return {"phone": phone, "phone_e164": address and address.normal, "phone_hash": address and address.hash}


def _address(op: Operation, address: PostalAddress | None) -> dict[str, Any]:
    parts: dict[str, Any] = dict.fromkeys(("street", "postal_code", "city", "country"))
    if address is None:
        return {**parts, "postal_hash": None}
    parts = address.model_dump()
    return {**parts, "postal_hash": postal_address(op.keys, **parts).hash}


_COLUMNS: Mapping[str, Callable[[Operation, Any], dict[str, Any]]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "address": _address,
}


def _language(op: Operation, language: str) -> str:
    if language not in op.definition.languages:
        raise invalid("#/language", f"must be one of {', '.join(op.definition.languages)}")
    return language


def attributes(op: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The declared extra fields, validated; raises `CustomerInvalid` for anything not declared (F26)."""
    try:
        return op.definition.validate_attributes(dict(sent))
    except ValueError as error:
        raise invalid("#/attributes", str(error)) from None


def new_values(op: Operation, fields: CustomerFields) -> dict[str, Any]:
    """All columns of a new record; raises `CustomerInvalid`."""
    if fields.kind == "customer" and fields.name is None:
        raise invalid("#/name", "a customer has a name; a mere subscriber may go without")
    if fields.email is None and fields.phone is None and fields.address is None and fields.name is None:
        raise invalid("#/", "a record needs a name or an address")
    if fields.interaction.occurred_at > op.at + timedelta(minutes=5):
        raise invalid("#/interaction/occurred_at", "lies in the future")
    contact = contact_values(op, {name: getattr(fields, name) for name in (*_COLUMNS, "language", "attributes")})
    return {
        "language": op.definition.languages[0],
        **contact,
        **source_values(op, fields),
        "kind": fields.kind,
        "interaction_kind": fields.interaction.kind,
        "interaction_reference": fields.interaction.reference,
        "interaction_at": fields.interaction.occurred_at,
        "last_interaction_at": fields.interaction.occurred_at,
    }


def source_values(op: Operation, fields: CustomerFields) -> dict[str, Any]:
    """The source; one that the definition does not declare needs a reason and starts an Art. 14 clock (F62)."""
    declared = fields.source in {source.code for source in op.definition.sources}
    if not declared and fields.source_reason is None:
        raise invalid("#/source", "is not a regular source of the definition; give source_reason (F62)")
    inform_by = None if declared else nominal(op.today, ART_14_MONTHS)
    return {
        "source": fields.source,
        "source_reason": None if declared else fields.source_reason,
        "inform_by_on": inform_by,
    }


def differences(row: Row[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns whose value would change."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def addresses(row: Row[Any]) -> list[Address]:
    """The addresses a row holds, in comparable form."""
    found = [
        Address("email", row.email_normal, row.email_hash) if row.email_hash else None,
        Address("phone", row.phone_e164, row.phone_hash) if row.phone_hash else None,
        Address("postal", "", row.postal_hash) if row.postal_hash else None,
    ]
    return [address for address in found if address is not None]


def grounds_in(row: Row[Any]) -> list[str]:
    """The restriction grounds of a row of `repository.whole`."""
    return sorted(set(row.grounds.split(","))) if row.grounds else []


def may_use(op: Operation, row: Row[Any]) -> bool:
    """Whether the operation's purpose may use this person's data now (Art. 18(2))."""
    return not row.grounds or op.purpose.nature in ALLOWED_UNDER_RESTRICTION


def references_in(row: Row[Any]) -> list[tuple[str, str]]:
    """The references of a row of `repository.whole` as (system, id)."""
    pairs = row.reference_list.split(",") if row.reference_list else []
    return sorted((system, external_id) for system, external_id in (pair.split(" ") for pair in pairs))


def shown(op: Operation, row: Row[Any]) -> AnyCustomer:
    """What this operation may see of the row: everything, or only that it is restricted (Art. 18(2))."""
    if not may_use(op, row):
        return RestrictedOut(state="restricted", id=row.id, version=row.version)
    systems = op.actor.systems
    return CustomerOut(
        state="active",
        id=row.id,
        version=row.version,
        kind=row.kind,
        name=row.name,
        email=row.email,
        phone=row.phone,
        address=_shown_address(row),
        language=row.language,
        source=row.source,
        interaction=InteractionOut(
            kind=row.interaction_kind, reference=row.interaction_reference, occurred_at=row.interaction_at
        ),
        references=[
            ReferenceOut(system=system, id=external_id)
            for system, external_id in references_in(row)
            if op.actor.sees_all or system in systems
        ],
        attributes=row.attributes or {},
        restrictions=grounds_in(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _shown_address(row: Row[Any]) -> PostalAddressOut | None:
    if row.street is None:
        return None
    return PostalAddressOut(street=row.street, postal_code=row.postal_code, city=row.city, country=row.country)
