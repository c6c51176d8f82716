"""People of every kind, and what they ask for before and after a backup."""

from typing import Any

from tests.subject_requests.people import Desk, purchase
from tests.worlds import Caller, World

NAMES = (
    *("erased", "decided_before", "banned", "withdrew", "decided_after", "untouched", "open_order", "cancelled"),
    *("held", "came_back", "refused", "printed", "called_off", "mistaken", "dead"),
)
OPEN = {"fulfilled_on": None, "payment": {"settled_on": "2026-11-20"}}


def newsletter(person: str, action: str) -> dict[str, Any]:
    """A consent to the newsletter, or its withdrawal."""
    given = {"wording": {"id": "newsletter", "version": 1, "language": "fi"}} if action == "given" else {}
    at = "2026-11-22T08:00:00Z" if action == "given" else "2026-11-23T08:00:00Z"
    common = {"customer": {"id": person}, "purpose": "newsletter", "channels": ["email"], "collected_via": "web_form"}
    return {"event_id": f"{action}-{person}", "action": action, "occurred_at": at, **common, **given}


class Story:
    """People of every kind, and what they ask for before and after a backup."""

    def __init__(self, world: World, call: Caller) -> None:
        self.world, self.call, self.desk = world, call, Desk(call)
        self.people: dict[str, str] = {}
        self.cases: dict[str, str] = {}

    async def asks(self, name: str) -> None:
        """The person asks to be erased and it is decided."""
        self.cases[name] = (await self.desk.asks("erasure", self.people[name]))["case_number"]
        await self.desk.decides(self.cases[name])

    async def before(self) -> None:
        """What the backup holds."""
        for number, name in enumerate(NAMES, start=1):
            self.people[name] = await self.desk.person(number)
            await self.call("webshop", "POST", "/v1/consents", newsletter(self.people[name], "given"), expect=201)
            await self.desk.buys(self.people[name], "2025-05-10", f"V-{number}")
        await self.desk.buys(self.people["open_order"], "2026-11-20", "OPEN", **OPEN)
        await self.desk.buys(self.people["called_off"], "2026-11-20", "OFF", **OPEN)
        await self.asks("open_order")
        self.world.later(minutes=1)
        assert await self.world.run_due() == 1
        await self.asks("decided_before")
        await self.asks("cancelled")

    async def after(self) -> None:
        """What it does not hold."""
        people, call = self.people, self.call
        await call("dpo", "DELETE", f"/v1/subject-requests/{self.cases['cancelled']}/decision", expect=200)
        await self.asks("erased")
        await self.asks("came_back")
        path = f"/v1/customers/{people['called_off']}/purchases/webshop/order-OFF"
        off = purchase("2026-11-20", "OFF", **OPEN, cancelled_on="2026-11-22")
        await call("webshop", "PUT", path, off, expect=200)
        await self.asks("called_off")  # of an order that is open as far as the backup knows
        await self.desk.asks("marketing_ban", people["banned"])
        nobody = {"name": "Nobody Here", "email": "nobody@example.fi"}
        await self.desk.asks("marketing_ban", claimed_identity=nobody)
        await call("webshop", "POST", "/v1/consents", newsletter(people["withdrew"], "withdrawn"), expect=201)
        hold = {"kind": "dispute", "claim": "Order V-9 is disputed.", "review_on": "2027-06-01"}
        await call("dpo", "POST", f"/v1/customers/{people['held']}/legal-holds", hold, expect=201)
        refused = (await self.desk.asks("erasure", people["refused"]))["case_number"]
        await self.desk.decides(refused, outcome="refused", refusal_ground="conditions_not_met")
        await self._is_corrected()
        self.world.later(minutes=1)
        assert await self.world.run_due() == 4
        await self._comes_back()
        await self._the_open_order_is_done()
        await self.asks("decided_after")
        assert await self.world.ledger.drain()

    async def _is_corrected(self) -> None:
        """Two cases for the wrong person, of which the ledger has heard before they are undone; and a death."""
        people, call = self.people, self.call
        for right in ("marketing_ban", "consent_withdrawal"):
            case = (await self.desk.asks(right, people["mistaken"]))["case_number"]
            assert await self.world.ledger.drain()
            path = f"/v1/subject-requests/{case}"
            await call("admin", "PATCH", path, {"customer": {"id": people["banned"]}}, expect=200, If_Match="*")
        died = {"reported_on": "2026-11-20", "reported_by_role": "relative", "evidence_seen": "An extract, seen."}
        await call("admin", "POST", f"/v1/customers/{people['dead']}/death", died, expect=201)

    async def _comes_back(self) -> None:
        self.world.later(minutes=5)
        dealing = {"kind": "purchase", "occurred_at": self.world.now.isoformat()}
        self.people["new"] = await self.desk.person(NAMES.index("came_back") + 1, interaction=dealing)
        assert self.people["new"] != self.people["came_back"]

    async def _the_open_order_is_done(self) -> None:
        """The sweep erases, after its last day, the person whom an open order had kept."""
        done = {"fulfilled_on": "2026-11-23", "payment": {"settled_on": "2026-11-20"}}
        path = f"/v1/customers/{self.people['open_order']}/purchases/webshop/order-OPEN"
        await self.call("webshop", "PUT", path, purchase("2026-11-20", "OPEN", **done), expect=200)
        self.world.later(days=60)
        await self.world.run_due()
