"""The story: an audience and orders arrive, integrations work, one person asks for erasure and is gone.

It drives a running service over HTTP and the import service on the same database. Every line with a tick was
checked; the first claim that does not hold ends the story with `Untrue`.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.demo_story.exports import AudienceFiles, audience_csv, write_audience, write_orders
from app.demo_story.payloads import TRANSFER, ago, booking_consent, customer, guest, purchase
from app.demo_story.people import Somebody, people
from app.demo_story.stage import TIME_ZONE, WORDING, Api, Imports, introduce
from app.demo_story.teller import Teller

YEARS = (2023, 2024, 2025)
CHUNK = 50


@dataclass(frozen=True, slots=True)
class Scale:
    """How much the story handles: people of the audience, buyers of the order export, bookings and live orders."""

    audience: int = 5000
    buyers: int = 300
    bookings: int = 400
    live: int = 60
    patience_seconds: float = 120


class Story:
    """One telling; `folder` takes the generated exports."""

    def __init__(self, api: Api, imports: Imports, folder: Path, teller: Teller, scale: Scale = Scale()) -> None:
        self._api, self._imports, self._folder, self._t, self._scale = api, imports, folder, teller, scale
        self._seed = random.SystemRandom().randrange(1, 10_000)

    async def tell(self) -> None:
        """Tell it from beginning to end; raises `Untrue` or `Refusal`."""
        await self._set_the_stage()
        files = await self._import_audience()
        await self._import_orders(files)
        await self._integrations_at_work(files)
        person = files.subscribed[0]
        customer_id = await self._three_years(person)
        await self._checks_before(person, files)
        case = await self._ask_and_assess(customer_id)
        await self._decide(case)
        await self._what_is_gone(person, customer_id)
        await self._what_stays(case)
        await self._return_of_the_address(person, files)

    async def _set_the_stage(self) -> None:
        self._t.step("The stage")
        mark = await introduce(self._api)
        self._shop, self._booking = f"story-webshop-{mark}", f"story-booking-{mark}"
        wordings = (WORDING | {"purpose": "newsletter", "text": "Tilaan uutiskirjeen sähköpostiini."},
                    {"id": "booking_story", "version": 1, "language": "fi", "purpose": "booking_data",
                     "text": "Annan ajanvaraustietoni."})  # fmt: skip
        for wording in wordings:
            await self._api.call("owner", "PUT", "/v1/wordings", wording)
        today = datetime.now(UTC).date()
        dpf = {"entity": TRANSFER["importer"], "status": "active", "checked_on": str(today),
               "expires_on": str(today + timedelta(days=300))}  # fmt: skip
        sent = {**TRANSFER, "evidence": {"dpf": dpf}}
        transfer = await self._api.call("dpo", "POST", "/v1/processors/mailchimp/transfers", sent)
        self._t.say("A webshop, a booking integration, an admin, an accountant and the dpo have tokens of their own.")
        self._t.claim("newsletters may go to Mailchimp (USA) under the adequacy decision", _permitted(transfer))

    async def _import_audience(self) -> AudienceFiles:
        self._t.step(f"A Mailchimp audience export of {self._scale.audience} people, headings in Finnish")
        files = write_audience(self._folder / "audience.zip", self._scale.audience, self._seed, "fi")
        first = await self._imports.audience(files.path)
        rows = [(outcome, reason or "as the row says", n) for outcome, reason, n in _counts(first.counts)]
        self._t.table(("outcome", "reason", "rows"), rows)
        taken = len(files.subscribed) + len(files.unsubscribed)
        self._t.claim(f"{len(files.subscribed)} consents and {len(files.unsubscribed)} withdrawals were taken",
                      first.of("taken") == taken, first.counts)  # fmt: skip
        self._t.claim("addresses that Mailchimp cleaned are reported and change nothing",
                      first.of("skipped", "undeliverable") == len(files.cleaned))  # fmt: skip
        again = await self._imports.audience(files.path)
        self._t.claim("the same file a second time takes nothing", again.of("taken") == 0, again.counts)
        return files

    async def _import_orders(self, files: AudienceFiles) -> None:
        self._t.step("A webshop order export: semicolons, decimal commas, Windows-1252")
        buyers = [*files.subscribed[: self._scale.buyers // 2], *people(self._seed, self._scale.buyers // 2, 900_000)]
        count = write_orders(self._folder / "orders.csv", buyers, self._seed)
        first = await self._imports.orders(self._folder / "orders.csv", self._shop)
        self._t.claim(f"{count} orders of {len(buyers)} people were taken", first.of("taken") == count, first.counts)
        again = await self._imports.orders(self._folder / "orders.csv", self._shop)
        self._t.claim("the same file a second time takes nothing", again.of("known") == count, again.counts)
        email = files.subscribed[1].email
        found = await self._api.call("admin", "POST", "/v1/customers/search", {"email": email})
        self._t.claim("a subscriber who bought is one person, now a customer",
                      [c["kind"] for c in found["items"]] == ["customer"])  # fmt: skip

    async def _integrations_at_work(self, files: AudienceFiles) -> None:
        self._t.step("Two integrations at the same time")
        guests = list(people(self._seed, self._scale.bookings, start=500_000))
        shoppers = files.subscribed[2 : 2 + self._scale.live]
        booked, bought = await asyncio.gather(self._bookings(guests), self._sales(shoppers))
        self._t.claim(f"the booking integration posted {len(guests)} consents in batches of {CHUNK}",
                      booked == {201: len(guests)}, booked)  # fmt: skip
        self._t.claim(f"meanwhile the webshop upserted {len(shoppers)} customers, each with a purchase",
                      bought == {200: len(shoppers), 201: len(shoppers)}, bought)  # fmt: skip

    async def _bookings(self, guests: Sequence[Somebody]) -> Counter[int]:
        statuses: Counter[int] = Counter()
        for start in range(0, len(guests), CHUNK):
            chunk = guests[start : start + CHUNK]
            made = [guest(g, self._booking) for g in chunk]
            await self._api.call("booking", "POST", "/v1/customers/batch", {"items": made})
            consents = [booking_consent(g, self._booking) for g in chunk]
            answer = await self._api.call("booking", "POST", "/v1/consents/batch", {"items": consents})
            statuses.update(result["status"] for result in answer["results"])
        return statuses

    async def _sales(self, shoppers: Sequence[Somebody]) -> Counter[int]:
        statuses: Counter[int] = Counter()
        for n, shopper in enumerate(shoppers):
            upsert = await self._api.ask("webshop", "PUT", self._path(shopper), customer(shopper))
            path = f"/v1/customers/{upsert.body['id']}/purchases/{self._shop}/L{n}"
            sale = await self._api.ask("webshop", "PUT", path, purchase(shopper, f"L{n}", 2026))
            statuses.update((upsert.status, sale.status))
        return statuses

    def _path(self, somebody: Somebody) -> str:
        return f"/v1/customers/by-reference/{self._shop}/{somebody.customer_number}"

    async def _three_years(self, person: Somebody) -> str:
        self._t.step("One person: a subscriber who also bought in three financial years")
        made = await self._api.call("webshop", "PUT", self._path(person), customer(person))
        customer_id: str = made["id"]
        for year in YEARS:
            path = f"/v1/customers/{customer_id}/purchases/{self._shop}/Y{year}"
            await self._api.call("webshop", "PUT", path, purchase(person, f"Y{year}", year))
        self._t.claim("the webshop's customer is the person of the audience export", made["version"] > 1)
        self._t.say(f"Vouchers of {', '.join(map(str, YEARS))} are recorded here, the buyer as printed.")
        return customer_id

    async def _checks_before(self, person: Somebody, files: AudienceFiles) -> None:
        self._t.step("May we send them the newsletter? Before the request")
        self._t.claim("yes, on their consent", (await self._check(person.email))["allowed"])
        left = await self._check(files.unsubscribed[0].email)
        self._t.claim("not to somebody who has unsubscribed", not left["allowed"] and "suppressed" in _codes(left))
        stranger = await self._check(f"nobody.{self._seed}@example.com")
        self._t.claim("not to an address nobody knows", not stranger["allowed"], _codes(stranger))

    async def _check(self, email: str) -> Any:
        sent = {"purpose": "newsletter", "channel": "email", "subjects": [{"email": email}]}
        return (await self._api.call("admin", "POST", "/v1/processing-checks", sent))["results"][0]

    async def _ask_and_assess(self, customer_id: str) -> str:
        self._t.step("They ask for erasure (Art. 17)")
        sent = {"right": "erasure", "customer": {"id": customer_id}, "channel": "email", "received_at": ago(minutes=1),
                "details": "Poistakaa tietoni."}  # fmt: skip
        request = await self._api.call("admin", "POST", "/v1/subject-requests", sent)
        case = f"/v1/subject-requests/{request['id']}"
        self._t.say(f"Case {request['case_number']}, due on {request['due_on']}.")
        found = await self._api.call("dpo", "GET", f"{case}/assessment")
        outcomes = Counter(_outcome(holding) for holding in found["holdings"])
        self._t.say("The dry run, before anybody decides:")
        heading = ("what is held", "verdict", "until", "kept elsewhere by", "pieces")
        self._t.table(heading, [(*key, n) for key, n in sorted(outcomes.items())])
        self._t.claim("nothing waits for an answer", not found["questions"], len(found["questions"]))
        kept = sum(n for (kind, verdict, *_), n in outcomes.items() if (kind, verdict) == ("voucher", "retain"))
        self._t.claim("the three vouchers stay, whatever is asked", kept == len(YEARS), kept)
        return case

    async def _decide(self, case: str) -> None:
        self._t.step("A named human decides")
        identity = {"level": "substantial", "how": "Vastaus rekisterissä olevasta osoitteesta."}
        decision = {"outcome": "as_assessed", "reasoning": "Avoimia asioita ei ole.", "identity": identity}
        refused = await self._api.ask("booking", "POST", f"{case}/decision", decision)
        self._t.claim("an integration may not decide: 403", refused.status == 403, refused.status)
        decided = await self._api.call("dpo", "POST", f"{case}/decision", decision)
        self._t.say(f"Decided by {decided['decision']['decided_by_name']}.")
        until = datetime.now(UTC) + timedelta(seconds=self._scale.patience_seconds)
        while (now := await self._api.call("dpo", "GET", case))["executed_at"] is None:
            if datetime.now(UTC) > until:
                when = now["decision"]["execute_after"]
                self._t.claim(f"executed within {self._scale.patience_seconds:.0f} s; it is due {when}", holds=False)
            await asyncio.sleep(0.2)
        self._t.claim("the service executed the decision by itself", now["executed_at"])

    async def _what_is_gone(self, person: Somebody, customer_id: str) -> None:
        self._t.step("What is gone")
        gone = await self._api.ask("webshop", "GET", f"/v1/customers/{customer_id}")
        self._t.claim("the webshop gets 410 with a date, and nothing else", gone.status == 410, gone.status)
        for role in ("webshop", "admin"):
            found = await self._api.call(role, "POST", "/v1/customers/search", {"email": person.email})
            self._t.claim(f"the {role} no longer finds the address", found["items"] == [], len(found["items"]))
        after = await self._check(person.email)
        self._t.claim(
            "newsletters: denied, suppressed", not after["allowed"] and "suppressed" in _codes(after), _codes(after)
        )
        old = await self._api.ask("webshop", "PUT", self._path(person), customer(person, days=30))
        self._t.claim("the webshop's retry with old data is refused: 410", old.status == 410, old.status)

    async def _what_stays(self, case: str) -> None:
        self._t.step("What stays, until when, and why")
        request = await self._api.call("dpo", "GET", case)
        kept = [v for v in request["verdicts"] if v["verdict"] == "retain"]
        rows = [(v["kind"], v["until"], f"{v['law']} {v['section']}", v["ground"]) for v in kept]
        self._t.table(("what", "until", "law", "ground"), sorted(set(rows), key=str))
        vouchers = {v["until"] for v in kept if v["kind"] == "voucher"}
        self._t.claim("each voucher until its own day, ten years from the end of its financial year",
                      vouchers == {f"{year + 10}-12-31" for year in YEARS}, sorted(vouchers))  # fmt: skip
        self._t.claim("each verdict names law and section", all(v["law"] and v["section"] for v in kept))
        self._t.say("Still open: " + (", ".join(request["open"]) or "nothing") + ".")

    async def _return_of_the_address(self, person: Somebody, files: AudienceFiles) -> None:
        self._t.step("The address comes back")
        again = await self._imports.audience(files.path)
        refused, taken = again.of("skipped", "older_than_erasure"), again.of("taken")
        self._t.claim(
            "the old export: that row is refused, being older than the erasure",
            (refused, taken) == (1, 0),
            again.counts,
        )
        fresh = self._folder / "subscribed_members_export_fresh.csv"
        now = (datetime.now(UTC) + timedelta(minutes=2)).astimezone(ZoneInfo(TIME_ZONE)).replace(microsecond=0)
        long_ago = now.replace(tzinfo=None) - timedelta(hours=2)
        dice = random.Random(self._seed)  # noqa: S311 (a story, not a secret)
        fresh.write_text(audience_csv("subscribed", [person], dice, "fi", long_ago), "utf-8")
        _confirm_now(fresh, now)
        later = await self._imports.audience(fresh)
        self._t.claim("a new export with a newer opt-in: still suppressed; an import lifts nothing",
                      later.of("skipped", "suppressed") == 1, later.counts)  # fmt: skip
        answer = await self._check(person.email)
        self._t.claim(
            "newsletters to that address: denied, as before", not answer["allowed"] and "suppressed" in _codes(answer)
        )


def _confirm_now(file: Path, now: datetime) -> None:
    """Make the only row's CONFIRM_TIME later than the erasure; with its offset, as one hour a year comes twice."""
    heading, row, *rest = file.read_text("utf-8").splitlines()
    cells = row.split(",")
    cells[heading.split(",").index("CONFIRM_TIME")] = str(now)
    file.write_text("\n".join([heading, ",".join(cells), *rest]) + "\n", "utf-8")


def _outcome(holding: Any) -> tuple[str, str, str, str]:
    outcome = holding["outcome"]
    return holding["kind"], outcome["verdict"], outcome["until"] or "", outcome["kept_by"] or ""


def _permitted(transfer: Any) -> bool:
    return bool(transfer["status"] == "permitted")


def _codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def _counts(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(*key.split(":", 1), n) for key, n in sorted(counts.items())]  # type: ignore[misc] # two parts each
