"""Generated people with Finnish-looking names; every address ends in example.com or example.fi (RFC 2606)."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FIRST = (
    "Aino", "Eino", "Helmi", "Väinö", "Sisko", "Toivo", "Lempi", "Onni", "Impi", "Oiva", "Saima", "Tauno", "Hilja",
    "Urho", "Kerttu", "Jalmari", "Sylvi", "Veikko", "Lyyli", "Armas", "Äidö", "Östen", "Märta", "Åke", "Selma", "Ilta",
)  # fmt: skip
_LAST = (
    "Esimerkki", "Malliniemi", "Näyteharju", "Koepuro", "Kuviolahti", "Testamäki", "Otaksuma", "Olettamus",
    "Satuvuori", "Tarinakoski", "Keksijä", "Luomakoski", "Harjoitelma", "Aavistus", "Kuvitelma", "Mielikuva",
    "Sepitelmä", "Lumelahti", "Exempelby", "Påhittström",
)  # fmt: skip
_STREETS = ("Esimerkkikatu", "Mallitie", "Kuviokuja", "Näytepolku", "Koekatu")
_TOWNS = (("00100", "Helsinki"), ("33200", "Tampere"), ("20100", "Turku"), ("90100", "Oulu"), ("70100", "Kuopio"))


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who does not exist; `seed` and `number` together are unique."""

    seed: int
    number: int
    first: str
    last: str
    email: str
    phone: str
    street: str
    postal_code: str
    city: str

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.first} {self.last}"

    @property
    def customer_number(self) -> str:
        """The webshop's number of the person."""
        return f"A{self.seed}-{self.number}"


def people(seed: int, count: int, start: int = 1) -> Iterator[Somebody]:
    """The same people for the same seed; numbers from `start`."""
    dice = random.Random(seed)  # noqa: S311 (a story, not a secret)
    for number in range(start, start + count):
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        town = dice.choice(_TOWNS)
        yield Somebody(
            seed=seed,
            number=number,
            first=first,
            last=last,
            email=f"{_plain(first)}.{_plain(last)}.{number}.{seed}@example.{dice.choice(('com', 'fi'))}",
            phone=f"040 {dice.randrange(100, 1000)} {dice.randrange(1000, 10000)}",
            street=f"{dice.choice(_STREETS)} {dice.randrange(1, 99)}",
            postal_code=town[0],
            city=town[1],
        )


def _plain(name: str) -> str:
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(c for c in flat.lower() if c.isalnum())
