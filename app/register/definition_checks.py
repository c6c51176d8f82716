"""Statements of one definition that contradict each other, each at the place of the one to mend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import phonenumbers

from app.policy.transfers import is_eea
from app.register.definition_base import Contradiction, Label, brief, duplicates
from app.register.definition_categories import ExtraField

if TYPE_CHECKING:
    from app.register.definition import Definition

Place = tuple[str | int, ...]
NOTICE_TEXTS = ("staff", "automated_by_others", "security", "cookies")


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Every contradiction between the parts of the definition."""
    for check in (
        _unique_codes,
        _categories,
        _purposes,
        _recipients,
        _mirror,
        _languages,
        _contact,
        _transfers,
    ):
        yield from check(definition)


def _unique_codes(definition: Definition) -> Iterator[Contradiction]:
    lists = {
        "categories": [c.code for c in definition.categories],
        "purposes": [p.code for p in definition.purposes],
        "sources": [s.code for s in definition.sources],
        "recipients": [r.code for r in definition.recipients],
        "rights": [r.right.value for r in definition.rights],
        "undertakings": [u.code for u in definition.undertakings],
        "corrections": [c.defect for c in definition.corrections],
    }
    keys = {"rights": "right", "corrections": "defect"}
    for name, codes in lists.items():
        for position, code in duplicates(codes):
            yield Contradiction((name, position, keys.get(name, "code")), f"{brief(code)} occurs twice")
    for position, code in duplicates(definition.languages):
        yield Contradiction(("languages", position), f"{brief(code)} occurs twice")


def _known(place: Place, codes: tuple[str, ...], known: set[str], what: str) -> Iterator[Contradiction]:
    for position, code in enumerate(codes):
        if code not in known:
            hint = f"declared: {', '.join(sorted(known))}" if len(known) <= 20 else ""
            yield Contradiction((*place, position), f"there is no {what} {brief(code)}", hint)
    for position, code in duplicates(codes):
        yield Contradiction((*place, position), f"{brief(code)} occurs twice")


def _categories(definition: Definition) -> Iterator[Contradiction]:
    purposes = {purpose.code for purpose in definition.purposes}
    fields: set[str] = set()
    records: set[str] = set()
    for number, category in enumerate(definition.categories):
        for position, field in enumerate(category.fields):
            place: Place = ("categories", number, "fields", position)
            if field.name in fields:
                yield Contradiction((*place, "name"), f"the field {brief(field.name)} is declared twice")
            fields.add(field.name)
            if isinstance(field, ExtraField):
                yield from _known((*place, "purposes"), field.purposes, purposes, "purpose")
        for position, kind in enumerate(category.records):
            if kind in records:
                yield Contradiction(("categories", number, "records", position), f"{brief(kind)} occurs twice")
            records.add(kind)


def _purposes(definition: Definition) -> Iterator[Contradiction]:
    categories = {category.code for category in definition.categories}
    recipients = {recipient.code for recipient in definition.recipients}
    for number, purpose in enumerate(definition.purposes):
        yield from _known(("purposes", number, "categories"), purpose.categories, categories, "category")
        yield from _known(("purposes", number, "recipients"), purpose.recipients, recipients, "recipient")
        for position, channel in duplicates(purpose.channels):
            yield Contradiction(("purposes", number, "channels", position), f"{brief(channel)} occurs twice")


def _recipients(definition: Definition) -> Iterator[Contradiction]:
    purposes = {purpose.code for purpose in definition.purposes}
    categories = {category.code for category in definition.categories}
    known_as = {recipient.code: recipient.code for recipient in definition.recipients}
    for number, recipient in enumerate(definition.recipients):
        place: Place = ("recipients", number)
        yield from _known((*place, "purposes"), recipient.purposes, purposes, "purpose")
        yield from _known((*place, "categories"), recipient.categories, categories, "category")
        held = {f.name for c in definition.categories if c.code in recipient.categories for f in c.fields}
        yield from _known((*place, "fields"), recipient.fields, held, "field of these categories named")
        for position, pending in enumerate(recipient.pending_purposes):
            if pending.code in purposes:
                message = f"the purpose {brief(pending.code)} is declared and thus no longer pending"
                yield Contradiction((*place, "pending_purposes", position, "code"), message, "move it to purposes")
        for position, onward in enumerate(recipient.onward):
            if onward.purpose not in recipient.purposes:
                message = f"passes data on for {brief(onward.purpose)}, for which it gets none"
                yield Contradiction((*place, "onward", position, "purpose"), message)
        for name in recipient.names:
            owner = known_as.setdefault(name.casefold(), recipient.code)
            if owner != recipient.code:
                key = "aliases" if name in recipient.aliases else "name"
                yield Contradiction((*place, key), f"the name {brief(name)} already belongs to {brief(owner)}")


def _mirror(definition: Definition) -> Iterator[Contradiction]:
    """A purpose and its recipients must name each other."""
    named = {(p.code, code) for p in definition.purposes for code in p.recipients}
    allowed = {(code, r.code) for r in definition.recipients for code in r.purposes}
    recipients = {recipient.code for recipient in definition.recipients}
    purposes = {purpose.code for purpose in definition.purposes}
    for number, purpose in enumerate(definition.purposes):
        for position, code in enumerate(purpose.recipients):
            if code in recipients and (purpose.code, code) not in allowed:
                message = f"the recipient {brief(code)} does not list the purpose {brief(purpose.code)}"
                yield Contradiction(("purposes", number, "recipients", position), message)
    for number, recipient in enumerate(definition.recipients):
        for position, code in enumerate(recipient.purposes):
            if code in purposes and (code, recipient.code) not in named:
                message = f"the purpose {brief(code)} does not list the recipient {brief(recipient.code)}"
                yield Contradiction(("recipients", number, "purposes", position), message)


def _labels(definition: Definition) -> Iterator[tuple[Place, Label]]:
    yield ("title",), definition.title
    yield ("authority", "name"), definition.authority.name
    for number, category in enumerate(definition.categories):
        yield ("categories", number, "label"), category.label
        for position, field in enumerate(category.fields):
            if isinstance(field, ExtraField):
                yield ("categories", number, "fields", position, "label"), field.label
    for number, purpose in enumerate(definition.purposes):
        yield ("purposes", number, "label"), purpose.label
    for number, source in enumerate(definition.sources):
        yield ("sources", number, "label"), source.label
    yield from _wordings(definition)


def _wordings(definition: Definition) -> Iterator[tuple[Place, Label]]:
    """What may be said in several languages, wherever it is."""
    said: list[tuple[Place, object]] = [(("transfers", "copy_from"), definition.transfers.copy_from)]
    said += [(("transfers", "measures", n), measure) for n, measure in enumerate(definition.transfers.measures)]
    said += [(("purposes", n, "interests"), purpose.interests) for n, purpose in enumerate(definition.purposes)]
    said += [(("undertakings", n, "text"), one.text) for n, one in enumerate(definition.undertakings)]
    said += [(("notice", name), getattr(definition.notice, name)) for name in NOTICE_TEXTS]
    for number, one in enumerate(definition.recipients):
        place: Place = ("recipients", number)
        said.append(((*place, "about"), one.about))
        said += [((*place, "onward", n, "to"), onward.to) for n, onward in enumerate(one.onward)]
        said += [((*place, "evidence", n, "statement"), proof.statement) for n, proof in enumerate(one.evidence)]
        said += [((*place, "pending_purposes", n, "label"), p.label) for n, p in enumerate(one.pending_purposes)]
    yield from ((place, words) for place, words in said if isinstance(words, Label))


def _languages(definition: Definition) -> Iterator[Contradiction]:
    for place, label in _labels(definition):
        if definition.languages[0] not in label.languages:
            yield Contradiction(place, f"has no text in the default language '{definition.languages[0]}'")
        for code in sorted(label.languages.difference(definition.languages)):
            yield Contradiction((*place, code), f"'{code}' is not one of the languages of the register")


def _contact(definition: Definition) -> Iterator[Contradiction]:
    phones = [
        (("controller", "phone"), definition.controller.phone),
        (("contact", "phone"), definition.contact.phone),
    ]
    for place, phone in phones:
        if phone is not None and _as_e164(phone.display, definition.phone_region) != phone.e164:
            yield Contradiction((*place, "e164"), "is not the number that 'display' shows")


def _as_e164(display: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(display, region)
    except phonenumbers.NumberParseException:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _transfers(definition: Definition) -> Iterator[Contradiction]:
    if definition.transfers.regular and not definition.transfers.outside_eea:
        yield Contradiction(("transfers", "regular"), "is true although no transfers take place")
    for number, recipient in enumerate(definition.recipients):
        if recipient.country_known and not is_eea(recipient.country) and not definition.transfers.outside_eea:
            message = "lies outside the EEA although the definition declares no transfers"
            yield Contradiction(("recipients", number, "country"), message, "set transfers.outside_eea: true")
