"""The record of processing activities (Art. 30(1)): for each purpose what the law asks, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.notice.composing_purposes import fields
from app.notice.composing_recipients import ground_of
from app.notice.composing_retention import periods
from app.notice.facts import Party
from app.notice.promises import abroad
from app.notice.speech import Speech
from app.policy.transfers import UNKNOWN
from app.policy.vocabulary import Nature
from app.register.definition_purposes import Purpose


@dataclass(frozen=True, slots=True)
class Limit:
    """The envisaged time limit for erasing a category of data (Art. 30(1)(f))."""

    data: str
    period: str
    law: str


@dataclass(frozen=True, slots=True)
class Abroad:
    """A transfer to a third country; `ground` is empty while nothing carries it (Art. 30(1)(e))."""

    recipient: str
    country: str
    article: str | None
    ground: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient, by name (C-154/21)."""

    name: str
    role: str
    country: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One purpose of the register."""

    code: str
    purpose: str
    basis: str
    basis_text: str
    interests: str | None
    persons: tuple[str, ...]
    categories: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    transfers: tuple[Abroad, ...]
    limits: tuple[Limit, ...]


def activities(c: Speech) -> tuple[Activity, ...]:
    """An activity for each purpose, in the order of the definition."""
    return tuple(_activity(c, purpose) for purpose in c.definition.purposes)


def _activity(c: Speech, purpose: Purpose) -> Activity:
    parties = [party for party in c.practice.named if purpose.code in party.purposes]
    return Activity(
        code=purpose.code,
        purpose=c.say(purpose.label),
        basis=purpose.basis.value,
        basis_text=c.words.of("purposes.basis", purpose.basis.value),
        interests=None if purpose.interests is None else c.say(purpose.interests),
        persons=tuple(_persons(c, purpose)),
        categories=tuple(_categories(c, purpose)),
        recipients=tuple(_recipient(c, party) for party in parties),
        transfers=tuple(_transfers(c, parties)),
        limits=tuple(limits_of(c, purpose)),
    )


def _persons(c: Speech, purpose: Purpose) -> Iterator[str]:
    """Whose data (Art. 30(1)(c)): customers, and subscribers where consent to marketing makes them some (N16)."""
    yield c.words("record.customers")
    if purpose.is_marketing and purpose.needs_consent:
        yield c.words("record.subscribers")
    if purpose.nature is Nature.SUBJECT_RIGHTS:
        yield c.words("record.requesters")


def _categories(c: Speech, purpose: Purpose) -> Iterator[str]:
    for code in purpose.categories:
        category = c.definition.category(code)
        if category is not None:
            held = [*fields(c, category), *(c.words.of("data.records", kind) for kind in category.records)]
            yield c.words("data.category", category=c.say(category.label), fields=c.list(held))


def _recipient(c: Speech, party: Party) -> Recipient:
    country = c.words("record.country_unknown") if party.country == UNKNOWN else c.country(party.country)
    return Recipient(party.legal_name or party.name, c.words.of("recipients.role", party.role), country)


def _transfers(c: Speech, parties: list[Party]) -> Iterator[Abroad]:
    for party in parties:
        for flow in abroad(party):
            yield Abroad(party.legal_name or party.name, c.country(flow.country), flow.article, ground_of(c, flow))


def limits_of(c: Speech, purpose: Purpose) -> Iterator[Limit]:
    """By kind of data: of a purpose's categories, those that the retention rules tell apart."""
    held = {kind for code in purpose.categories if (one := c.definition.category(code)) for kind in one.records}
    has_fields = any((one := c.definition.category(code)) and one.fields for code in purpose.categories)
    for name, data, period, law in periods(c):
        if name in held or (name == "customers" and (has_fields or held & {"purchases", "bookings"})):
            yield Limit(data, period, law)
