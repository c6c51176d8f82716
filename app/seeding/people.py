"""Generated people and what they have dealt with the company about, as the payloads that integrations would send.

All of it happens in the twelve financial years up to `UNTIL`; nothing depends on the day on which it is generated.
What a definition does not hold (a field, a kind of record, a purpose) is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.seeding.ids import chance

SINCE = datetime(2014, 1, 1, 6, tzinfo=UTC)
UNTIL = datetime(2025, 12, 1, tzinfo=UTC)
REQUESTS_UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
"""The last month is the requests': nobody deals with the company any more, so what is decided stays as it was."""
YOUNG = timedelta(days=21)
"""Orders younger than this are neither delivered, paid nor classified."""
BOOKERS = 0.12
"""The share of people who only book and never buy."""

_FIRST = (
    *("Aino", "Eino", "Helmi", "Onni", "Venla", "Väinö", "Lilja", "Leo", "Elsa", "Toivo", "Saga", "Axel", "Ebba"),
    *("Hugo", "Sylvi", "Urho", "Aada", "Eemeli", "Ilona", "Pyry", "Siiri", "Kaapo", "Tove", "Åke", "Öllegård"),
)
_LAST = (
    *("Esimerkki", "Mallikas", "Koeaho", "Testinen", "Näytelä", "Kuvittelma", "Exempel", "Provberg", "Sample"),
    *("Harjoitus", "Luonnos", "Peitenimi", "Sepite", "Tarina", "Uuttula", "Varavara", "Ystävälä", "Äitelä"),
)
_STREETS = ("Esimerkkikatu", "Mallitie", "Koekuja", "Näytepolku", "Provgränden", "Harjoitusraitti")
_CITIES = (("33200", "Tampere"), ("00100", "Helsinki"), ("20100", "Turku"), ("90100", "Oulu"), ("65100", "Vaasa"))
_GOODS = (("Lasikurssi", "120.00"), ("Lahjakortti", "49.90"), ("Hieronta 60 min", "79.90"), ("Savikurssi", "95.50"))


def evenly(since: datetime, until: datetime, n: int, count: int) -> datetime:
    """The `n`-th of `count` instants that lie evenly between two."""
    return since + timedelta(seconds=(until - since).total_seconds() * (n + 0.5) / count)


@dataclass(frozen=True, slots=True)
class Size:
    """How many people, the seed of their chance, and about how many purchases in all (None: one to six each)."""

    customers: int
    seed: int
    purchases: int | None = None

    def registered_at(self, n: int) -> datetime:
        """People come one after the other, evenly over the years."""
        return evenly(SINCE, UNTIL - timedelta(days=2), n, self.customers)


@dataclass(frozen=True, slots=True)
class Dealing:
    """One call that an integration made about the person: what was sent, and when it came."""

    kind: str
    at: datetime
    key: str
    sent: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with everything dealt with, oldest first; `references` are (system, id), the first one registered."""

    number: int
    random: Random
    at: datetime
    fields: dict[str, Any]
    references: tuple[tuple[str, str], ...]
    dealings: tuple[Dealing, ...]


class Maker:
    """Makes people under a definition."""

    def __init__(self, size: Size, definition: Definition, wordings: dict[str, str]) -> None:
        self.size = size
        self.definition = definition
        self.wordings = wordings
        self.marketing = [p for p in definition.consent_purposes if p.is_marketing]
        self.other = [p for p in definition.consent_purposes if not p.is_marketing]

    def person(self, n: int) -> Person:
        """The `n`-th person."""
        random, at = chance(self.size.seed, n), self.size.registered_at(n)
        booker = random.random() < BOOKERS and "bookings" in self.definition.records
        references: tuple[tuple[str, str], ...] = (("booking", f"B-{n}"),) if booker else (("webshop", f"W-{n}"),)
        if not booker and random.random() < 0.08:
            references += (("booking", f"B-{n}"),)
        fields = self._fields(n, random, at, booker=booker)
        dealt = [*self._bought(n, random, at, fields), *self._consents(n, random, at)] if not booker else []
        dealt += self._booked(n, random, at) if booker else []
        return Person(n, random, at, fields, references, tuple(sorted(dealt, key=lambda one: one.at)))

    def _fields(self, n: int, random: Random, at: datetime, *, booker: bool) -> dict[str, Any]:
        name = f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]}"
        postal_code, city = _CITIES[n % len(_CITIES)]
        street = {"street": f"{_STREETS[n % len(_STREETS)]} {n}", "postal_code": postal_code, "city": city}
        contact: dict[str, Any] = {"name": name, "email": f"asiakas{_mailbox(n)}@example.fi"}
        if random.random() < 0.7:
            contact["phone"] = f"040{n:07}"
        if random.random() < 0.75:
            contact["address"] = street
        held = {name: value for name, value in contact.items() if name in self.definition.contact_fields}
        return {
            **held,
            "language": self.definition.languages[n % len(self.definition.languages)],
            "source": self.definition.sources[0].code,
            "interaction": {"kind": "booking" if booker else "purchase", "occurred_at": _text(at)},
        }

    def _bought(self, n: int, random: Random, at: datetime, fields: dict[str, Any]) -> Iterator[Dealing]:
        if "purchases" not in self.definition.records:
            return
        moment, count = at + timedelta(minutes=1), self._how_often(random)
        longest = 700 if self.size.purchases is None else min(700, 21 + (UNTIL - at).days // (count + 1))
        for number in range(1, count + 1):
            order = f"{n}-{number}"
            yield Dealing("purchase", moment, order, _purchase(order, moment, random, fields))
            moment += timedelta(days=random.randint(20, longest), seconds=random.randint(0, 30_000))
            if moment > UNTIL:
                return

    def _how_often(self, random: Random) -> int:
        if self.size.purchases is None:
            return min(int(random.expovariate(0.9)) + 1, 6)
        return max(1, int(self.size.purchases / (self.size.customers * (1 - BOOKERS)) + random.random()))

    def _booked(self, n: int, random: Random, at: datetime) -> Iterator[Dealing]:
        for number in range(1, random.randint(1, 3) + 1):
            starts = (at + timedelta(days=7 * number)).replace(minute=0, second=0, microsecond=0)
            if starts < UNTIL or number == 1:
                yield Dealing("booking", at + timedelta(minutes=number), f"{n}-{number}", _booking(starts))
        for purpose in self.other[:1]:
            yield self._given(n, purpose, at + timedelta(minutes=30), "booking", f"B-{n}")

    def _consents(self, n: int, random: Random, at: datetime) -> Iterator[Dealing]:
        for purpose, share in zip(self.marketing, (0.55, 0.15), strict=False):
            if random.random() > share:
                continue
            yield self._given(n, purpose, at + timedelta(minutes=2), "webshop", f"W-{n}")
            left = at + timedelta(days=random.randint(30, 1500))
            # Whoever shares a mailbox stays: one suppression per address, as one person's calls would leave it.
            if random.random() < 0.2 and left < UNTIL and not _shares(n):
                yield self._withdrawn(n, purpose, left)

    def _given(self, n: int, purpose: Purpose, at: datetime, system: str, reference: str) -> Dealing:
        event = f"given-{purpose.code}-{n}"
        sent = {
            "event_id": event,
            "customer": {"system": system, "id": reference},
            "purpose": purpose.code,
            "channels": [channel.value for channel in purpose.channels],
            "action": "given",
            "wording": {"id": self.wordings[purpose.code], "version": 1},
            "collected_via": "checkout" if system == "webshop" else "booking_form",
            "occurred_at": _text(at),
            "evidence": {"control": "consent_box", "form": f"{system}/form"},
        }
        return Dealing("consent", at, event, sent)

    def _withdrawn(self, n: int, purpose: Purpose, at: datetime) -> Dealing:
        event = f"left-{purpose.code}-{n}"
        sent = {
            "event_id": event,
            "customer": {"system": "webshop", "id": f"W-{n}"},
            "purpose": purpose.code,
            "channels": [channel.value for channel in purpose.channels],
            "action": "withdrawn",
            "collected_via": "unsubscribe_link",
            "occurred_at": _text(at),
        }
        return Dealing("consent", at, event, sent)


def _mailbox(n: int) -> int:
    """Every hundredth person shares the mailbox of the one before."""
    return n - 1 if n % 100 == 50 else n


def _shares(n: int) -> bool:
    return n % 100 in {49, 50}


def _text(at: datetime) -> str:
    return at.isoformat()


def _purchase(order: str, at: datetime, random: Random, fields: dict[str, Any]) -> dict[str, Any]:
    title, price = _GOODS[random.randrange(len(_GOODS))]
    day, settled = at.date(), at < UNTIL - YOUNG
    done = (day + timedelta(days=2)).isoformat() if settled else None
    return {
        "purchased_on": day.isoformat(),
        "booked_on": day.isoformat(),
        "total": price,
        "lines": [{"title": title, "unit_price": price, "vat_rate": "25.5" if day >= date(2024, 9, 1) else "24"}],
        "voucher": _voucher(order, fields, settled=settled),
        "product_group": "courses",
        "fulfilled_on": done,
        "marketing_refusal_offered": True,
        "payment": {"provider": "Paytrail", "method": "bank", "settled_on": done},
    }


def _voucher(order: str, fields: dict[str, Any], *, settled: bool) -> dict[str, Any]:
    """Kept here as printed where there is an address, else elsewhere; a young one still awaits the accountant."""
    voucher: dict[str, Any] = {"number": f"V-{order}", "material": "voucher" if settled else "unclassified"}
    if "address" not in fields or "name" not in fields:
        return {**voucher, "record": "elsewhere", "holder": "MyCashflow"}
    place = fields["address"]
    printed = {"name": fields["name"], "address": f"{place['street']}, {place['postal_code']} {place['city']}"}
    return {**voucher, "record": "here", "buyer_as_printed": printed}


def _booking(starts: datetime) -> dict[str, Any]:
    ends = starts + timedelta(hours=1)
    state = "done" if ends < UNTIL else "booked"
    return {
        "starts_at": _text(starts),
        "ends_at": _text(ends),
        "service": "Tutustuminen / Introduction",
        "state": state,
    }
