"""Exports as Mailchimp and a Finnish webshop write them, filled with generated people; the same for the same seed."""

import csv
import io
import random
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.demo_story.people import Somebody, people

COMMON = (
    "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF",
    "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
LABELS = {"en": ("Email Address", "First Name", "Last Name"), "fi": ("Sähköposti", "Etunimi", "Sukunimi")}
UNSUB = ("UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER")
CLEAN = ("CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID")
ORDERS = (
    "Tilausnumero", "Tilauspäivä", "Asiakasnumero", "Etunimi", "Sukunimi", "Sähköposti", "Puhelin", "Katuosoite",
    "Postinumero", "Postitoimipaikka", "Tuote", "Määrä", "Yksikköhinta", "ALV %", "Yhteensä", "Maksutapa", "Maksupäivä",
    "Toimituspäivä",
)  # fmt: skip
PRODUCTS = (("Hiuspohjan hoito", 3990), ("Värisuihke", 1850), ("Lahjakortti", 5000), ("Kylmäpuristettu öljy", 1290))
_FIRST_DAY = datetime(2019, 1, 2, 8, 0)  # noqa: DTZ001 (an export writes wall-clock time)


@dataclass(frozen=True, slots=True)
class AudienceFiles:
    """A written audience export: the archive and how many rows each of its files has."""

    path: Path
    subscribed: Sequence[Somebody]
    unsubscribed: Sequence[Somebody]
    cleaned: Sequence[Somebody]


def write_audience(path: Path, count: int = 5000, seed: int = 1, language: str = "en") -> AudienceFiles:
    """A zip with subscribed, unsubscribed and cleaned people: of twenty, sixteen, three and one."""
    everyone = list(people(seed, count))
    dice = random.Random(seed)  # noqa: S311 (a story, not a secret)
    groups: dict[str, list[Somebody]] = {"subscribed": [], "unsubscribed": [], "cleaned": []}
    for somebody in everyone:
        kind = "cleaned" if somebody.number % 20 == 0 else "unsubscribed" if somebody.number % 20 < 4 else "subscribed"
        groups[kind].append(somebody)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, group in groups.items():
            text = audience_csv(kind, group, dice, language)
            archive.writestr(zipfile.ZipInfo(f"{kind}_members_export_{seed:010x}.csv", (2026, 11, 1, 0, 0, 0)), text)
    return AudienceFiles(path, groups["subscribed"], groups["unsubscribed"], groups["cleaned"])


def audience_csv(
    kind: str, group: Iterable[Somebody], dice: random.Random, language: str = "en", optin: datetime | None = None
) -> str:
    """One CSV of an audience export; `optin` is everybody's wall-clock time of subscribing, else the dice's."""
    extra = {"subscribed": (), "unsubscribed": UNSUB, "cleaned": CLEAN}[kind]
    head, tail = COMMON[:12], COMMON[12:]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*LABELS[language], *head, *extra, *tail])
    writer.writerows(_member(kind, somebody, dice, optin) for somebody in group)
    return out.getvalue()


def _member(kind: str, somebody: Somebody, dice: random.Random, optin: datetime | None) -> list[Any]:
    optin = optin or _FIRST_DAY + timedelta(minutes=dice.randrange(0, 60 * 24 * 365 * 5))
    confirm = optin + timedelta(seconds=dice.randrange(20, 4000))
    changed = confirm + timedelta(days=dice.randrange(1, 300))
    extra = {
        "subscribed": [],
        "unsubscribed": [changed, "Syksyn uutiset", "0f1e2d3c4b", "NORMAL", ""],
        "cleaned": [changed, "Syksyn uutiset", "0f1e2d3c4b"],
    }[kind]
    tags = '"Uutiskirje","Kampanja 2023"' if dice.random() < 0.2 else ""
    return [
        somebody.email, somebody.first, somebody.last, dice.randrange(1, 6), optin, "192.0.2.7", confirm, "192.0.2.7",
        "60.1699", "24.9384", "2", "3", "Europe/Helsinki", "FI", "18", *extra, changed,
        f"{somebody.seed}{100000 + somebody.number}", f"{somebody.seed:04x}{somebody.number:010x}", "", tags,
    ]  # fmt: skip


def write_orders(path: Path, buyers: Sequence[Somebody], seed: int = 1, until: date = date(2026, 10, 31)) -> int:
    """A semicolon CSV in Windows-1252 with decimal commas, one row per order line; how many orders it holds."""
    dice = random.Random(seed)  # noqa: S311 (a story, not a secret)
    count = 0
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(ORDERS)
        for buyer in buyers:
            for _ in range(dice.randrange(1, 4)):
                count += 1
                writer.writerows(_order(10_000 + count, buyer, until - timedelta(days=dice.randrange(30, 1500)), dice))
    return count


def _order(number: int, buyer: Somebody, day: date, dice: random.Random) -> list[list[str]]:
    items = [(*dice.choice(PRODUCTS), dice.randrange(1, 3)) for _ in range(dice.randrange(1, 4))]
    total = sum(cents * quantity for _, cents, quantity in items)
    return [
        [
            str(number), f"{day:%d.%m.%Y} 12:30", buyer.customer_number, buyer.first, buyer.last, buyer.email,
            buyer.phone, buyer.street, buyer.postal_code, buyer.city, title, str(quantity), _comma(cents), "25,5",
            _comma(total), "Verkkomaksu", f"{day:%d.%m.%Y}", f"{day + timedelta(days=3):%d.%m.%Y}",
        ]
        for title, cents, quantity in items
    ]  # fmt: skip


def _comma(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
