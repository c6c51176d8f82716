"""Addresses in comparable form: normalised, and as keyed hashes that outlive erasure."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

import phonenumbers

from app.keys import Keys
from app.wire import without_joiners


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a person: kind `email`, `phone` or `postal`, its normal form and keyed hash."""

    kind: str
    normal: str
    hash: str


def normal_email(email: str) -> str:
    """Case, spaces and Unicode composition taken away; the local part is folded too, as mailers do.

    What folds alike counts as one address (ß and ss, full width and plain): a suppression reaches rather too far.
    """
    return unicodedata.normalize("NFKC", email).strip().casefold()


def normal_phone(phone: str, region: str) -> str | None:
    """E.164 (`+358…`); numbers without a country code belong to `region`. None when it is no phone number."""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_assigned_phone(phone: str, region: str) -> bool:
    """Whether the number lies in a range that is in use, and so cannot be some other code that looks like one."""
    return phonenumbers.is_valid_number(phonenumbers.parse(phone, region))


def normal_name(name: str) -> str:
    """Folded, single-spaced and without joiners, for search."""
    return " ".join(unicodedata.normalize("NFKC", without_joiners(name)).casefold().split())


def normal_postal(street: str, postal_code: str, city: str, country: str) -> str:
    """One line that is the same however the address was spaced or cased."""
    return "|".join(normal_name(part).replace(" ", "") for part in (street, postal_code, city, country))


def email_address(keys: Keys, email: str) -> Address:
    """The e-mail address in comparable form."""
    normal = normal_email(email)
    return Address("email", normal, keys.hash("address", "email", normal))


def phone_address(keys: Keys, phone: str, region: str) -> Address | None:
    """The phone number in comparable form, or None when it is no phone number."""
    normal = normal_phone(phone, region)
    return None if normal is None else Address("phone", normal, keys.hash("address", "phone", normal))


def postal_address(keys: Keys, street: str, postal_code: str, city: str, country: str) -> Address:
    """The postal address in comparable form."""
    normal = normal_postal(street, postal_code, city, country)
    return Address("postal", normal, keys.hash("address", "postal", normal))


def person_mark(keys: Keys, customer_id: UUID) -> Address:
    """The person as such, so that a ban reaches addresses that are added later."""
    return Address("person", "", keys.hash("address", "person", str(customer_id)))


def reference_hash(keys: Keys, system: str, external_id: str) -> str:
    """The keyed hash under which an erased person's reference is remembered."""
    return keys.hash("reference", system, external_id)
