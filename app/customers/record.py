"""From payload to row and from row to answer: what the register holds of one person."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.customers.errors import CustomerInvalid, invalid
from app.customers.identity import (
    Address,
    email_address,
    is_assigned_phone,
    normal_name,
    phone_address,
    postal_address,
)
from app.customers.schemas import (
    AnyCustomer,
    CustomerFields,
    CustomerOut,
    CustomerPatch,
    InteractionOut,
    PostalAddress,
    PostalAddressOut,
    ReferenceOut,
    RestrictedOut,
)
from app.policy.deadlines import nominal
from app.policy.vocabulary import Nature
from app.register.definition_attributes import AttributesInvalid
from app.register.operation import Operation
from app.wire import holds_identity_code

ALLOWED_UNDER_RESTRICTION = frozenset({Nature.ACCOUNTING, Nature.LEGAL_CLAIMS, Nature.SUBJECT_RIGHTS})
"""Natures of purpose that Art. 18(2) lets use restricted data."""
ART_14_MONTHS = 1
AHEAD = timedelta(minutes=5)
"""How far a caller's clock may be ahead of ours."""
LONGEST_EMAIL = 254


def contact_values(op: Operation, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Columns for the contact members present in `fields`; null members empty their columns."""
    values: dict[str, Any] = {}
    held = op.definition.contact_fields
    for name in _COLUMNS.keys() & fields.keys():
        if fields[name] is None:
            values |= _EMPTY[name]
            continue
        if name not in held:
            raise invalid(f"#/{name}", "the register definition does not hold this field (F26)")
        values |= _COLUMNS[name](op, fields[name])
    if fields.get("language") is not None:
        values["language"] = _language(op, fields["language"])
    if "attributes" in fields:
        values["attributes"] = None if fields["attributes"] is None else attributes(op, fields["attributes"])
    return values


def _name(_op: Operation, name: str) -> dict[str, Any]:
    return {"name": name, "name_search": normal_name(name)[:200]}


def _email(op: Operation, email: str) -> dict[str, Any]:
    return _email_at(email, email_address(op.keys, email))


def _email_at(email: str, address: Address) -> dict[str, Any]:
    if len(address.normal) > LONGEST_EMAIL:
        raise invalid("#/email", "is too long in its compatible form (NFKC)")
    return {"email": email, "email_normal": address.normal, "email_hash": address.hash}


def _phone(op: Operation, phone: str) -> dict[str, Any]:
    region = op.definition.phone_region
    address = phone_address(op.keys, phone, region)
    if address is None:
        raise invalid("#/phone", "is not a phone number")
    if holds_identity_code(phone) and not is_assigned_phone(phone, region):
        raise invalid("#/phone", "is a personal identity code, which this register must not hold")
    return {"phone": phone, "phone_e164": address.normal, "phone_hash": address.hash}


def _address(op: Operation, address: PostalAddress) -> dict[str, Any]:
    parts = {**address.model_dump(), "country": address.country or op.definition.controller.address.country}
    return {**parts, "postal_hash": postal_address(op.keys, **parts).hash}


_COLUMNS: Mapping[str, Callable[[Operation, Any], dict[str, Any]]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "address": _address,
}
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "name": ("name", "name_search"),
    "email": ("email", "email_normal", "email_hash"),
    "phone": ("phone", "phone_e164", "phone_hash"),
    "address": ("street", "postal_code", "city", "country", "postal_hash"),
    "language": ("language",),
}
"""The columns in which a member of the payload is kept."""
_EMPTY: Mapping[str, Mapping[str, None]] = {name: dict.fromkeys(_MEMBERS[name]) for name in _COLUMNS}
_NO_ATTRIBUTES: Mapping[str, Any] = {}
"""One and the same object for everybody who has none, so that it is written as JSON once for many rows."""


def _language(op: Operation, language: str) -> str:
    if language not in op.definition.languages:
        raise invalid("#/language", f"must be one of {', '.join(op.definition.languages)}")
    return language


def attributes(op: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The declared extra fields, validated; raises `CustomerInvalid` for anything not declared (F26)."""
    if not sent:
        return {}
    try:
        return op.definition.validate_attributes(sent)
    except AttributesInvalid as error:
        faults = [{"detail": fault, "pointer": f"#/attributes/{name}"} for name, fault in error.problems]
        raise CustomerInvalid(errors=faults) from None


_MEMBERS_OF_NEW = (*_COLUMNS, "language", "attributes")


def new_values(op: Operation, fields: CustomerFields) -> dict[str, Any]:
    """All columns of a new record; raises `CustomerInvalid`."""
    _check_past(op, fields.interaction.occurred_at)
    contact = contact_values(op, {name: getattr(fields, name) for name in _MEMBERS_OF_NEW})
    must_identify({**contact, "kind": fields.kind})
    given = {name: value for name, value in contact["attributes"].items() if value is not None}
    return {
        "language": op.definition.default_language,
        **contact,
        **source_values(op, fields),
        "attributes": given or _NO_ATTRIBUTES,
        "kind": fields.kind,
        "interaction_kind": fields.interaction.kind,
        "interaction_reference": fields.interaction.reference,
        "interaction_at": fields.interaction.occurred_at,
        "last_interaction_at": fields.interaction.occurred_at,
    }


def values_like(
    op: Operation, like: Mapping[str, Any], name: str | None, email: str, address: Address, at: datetime
) -> dict[str, Any]:
    """`new_values` of somebody who differs from `like`, another new record, by name, e-mail address and instant only.

    `address` is the e-mail address in comparable form. Raises as `new_values`.
    """
    _check_past(op, at)
    named = _EMPTY["name"] if name is None else _name(op, name)
    return {
        **like, **named, **_email_at(email, address), "interaction_at": at, "last_interaction_at": at,
    }  # fmt: skip


def _check_past(op: Operation, at: datetime) -> None:
    if at > op.at + AHEAD:
        raise invalid("#/interaction/occurred_at", "lies in the future")


def must_identify(row: Mapping[str, Any]) -> None:
    """Raise `CustomerInvalid` for a record that says of nobody who it is about."""
    if row["kind"] == "customer" and row["name"] is None:
        raise invalid("#/name", "a customer has a name; a mere subscriber may go without")
    if all(row[name] is None for name in ("name", "email", "phone", "street")):
        raise invalid("#/", "a record needs a name or an address")


def sent_values(op: Operation, fields: CustomerFields, record: Mapping[str, Any]) -> dict[str, Any]:
    """Of a new record, the columns of members that the caller really sent: the others stay as they are."""
    sent = fields.model_fields_set
    columns = [column for name, names in _MEMBERS.items() if name in sent for column in names]
    values = {column: record[column] for column in (*columns, "last_interaction_at")}
    if "attributes" in sent:
        values["attributes"] = attributes(op, fields.attributes)
    return values


def patched_values(op: Operation, row: Mapping[str, Any], sent: CustomerPatch) -> dict[str, Any]:
    """The columns that a correction changes; raises `CustomerInvalid` when nobody could be told by what is left."""
    fields = {name: getattr(sent, name) for name in sent.model_fields_set - {"references"}}
    values = contact_values(op, fields)
    values["kind"] = fields.get("kind") or row["kind"]
    must_identify({**row, **values})
    return values


def source_values(op: Operation, fields: CustomerFields) -> dict[str, Any]:
    """The source; one that the definition does not declare needs a reason and starts an Art. 14 clock (F62)."""
    declared = op.definition.source(fields.source) is not None
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
        source_reason=row.source_reason,
        inform_by_on=row.inform_by_on,
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
        death_reported_on=row.death_reported_on,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _shown_address(row: Row[Any]) -> PostalAddressOut | None:
    if row.street is None:
        return None
    return PostalAddressOut(street=row.street, postal_code=row.postal_code, city=row.city, country=row.country)
