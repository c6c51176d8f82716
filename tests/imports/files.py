"""Exports for the tests: written to a folder, imported into a world."""

from pathlib import Path
from typing import Any

from app.imports import service
from app.imports.schemas import AudiencePlan, OrdersPlan, Settled, Summary
from app.imports.service import Job, Watcher
from tests.worlds import World

WORDING = {"id": "newsletter", "version": 1, "language": "fi"}
HEADING = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LAST_CHANGED,LEID,EUID,NOTES,TAGS"  # noqa: E501 (one line in the file too)
UNSUB_HEADING = HEADING.replace("LAST_CHANGED", "UNSUB_TIME,UNSUB_REASON,LAST_CHANGED")
ORDER_HEADING = "Tilausnumero;Tilauspäivä;Asiakasnumero;Etunimi;Sukunimi;Sähköposti;Tuote;Määrä;Yksikköhinta;ALV %"


def member(email: str, leid: str = "1", name: str = "Aino", confirm: str = "2021-05-03 12:00:00", **more: str) -> str:
    """A subscribed row; `optin`, `changed` and `tags` may be named."""
    optin = more.get("optin", "2021-05-03 11:58:00")
    changed = more.get("changed", "2021-05-03 12:00:00")
    tags = more.get("tags", "")
    return f"{email},{name},Esimerkki,5,{optin},192.0.2.7,{confirm},192.0.2.9,60.1699,{changed},{leid},e{leid},,{tags}"


def leaver(email: str, leid: str = "1", left: str = "2022-01-02 10:00:00") -> str:
    """An unsubscribed row."""
    return (
        f"{email},Aino,Esimerkki,5,2021-05-03 11:58:00,192.0.2.7,2021-05-03 12:00:00,192.0.2.9,60.1699,{left},NORMAL,"
        f"{left},{leid},e{leid},,"
    )


def audience_plan(**options: Any) -> AudiencePlan:
    """A plan for the newsletter in Helsinki."""
    given = {
        "system": "mailchimp", "time_zone": "Europe/Helsinki", "source": "web_form", "wording": WORDING,
        "purpose": "newsletter", "language": "fi",
    }  # fmt: skip
    return AudiencePlan.model_validate(given | options)


def orders_plan(**options: Any) -> OrdersPlan:
    """A plan for the webshop's orders, vouchers kept by MyCashflow."""
    given = {
        "system": "webshop", "time_zone": "Europe/Helsinki", "source": "customer_relationship", "language": "fi",
        "holder": "MyCashflow",
    }  # fmt: skip
    return OrdersPlan.model_validate(given | options)


class Seen(list[Settled]):
    """What a run settled, in order."""

    def watcher(self) -> Watcher:
        """A watcher that remembers."""
        return Watcher(lambda _: None, self.extend)

    @property
    def outcomes(self) -> list[tuple[int, str, str]]:
        """Line, outcome and reason of each record."""
        return [(s.line, s.outcome, s.reason) for s in self]


async def audience(world: World, file: Path, **options: Any) -> Seen:
    """Import an audience file into the world."""
    job = await service.prepare_audience(world.services, world.registers, file, audience_plan(**options))
    return await _run(world, job)


async def orders(world: World, file: Path, **options: Any) -> Seen:
    """Import an order file into the world."""
    return await _run(world, await service.prepare_orders(world.registers, file, orders_plan(**options)))


async def _run(world: World, job: Job) -> Seen:
    seen = Seen()
    summary: Summary = await service.run(world.services, world.registers, job, seen.watcher())
    assert summary.records == len(seen) + summary.resumed_at
    return seen


def write(folder: Path, *lines: str, name: str = "subscribed_members_export.csv", encoding: str = "utf-8") -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path
