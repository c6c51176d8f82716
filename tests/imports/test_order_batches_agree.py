"""However a file of orders falls into batches, it leaves the same customers, orders and suppressions."""

import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.consents.calls import ban, person, withdrawn
from tests.imports.both_ways import WAYS, leaves_the_same, tells_the_same
from tests.imports.files import HEADING, ORDER_HEADING, Seen, audience, member, orders, write
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

ADDRESSES, NUMBERS = ("left", "subscriber", "a", "b", ""), ("", "1", "2", "left", "banned")
DAYS = ("3.5.2019", "3.5.2024", "20.11.2026", "21.11.2026")


@pytest.mark.parametrize("seed", range(8))
async def test_a_file_leaves_what_its_orders_leave_one_by_one(
    world: World, call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Orders of one customer, or with one address, meet in a batch, in two, or never."""

    async def taken(folder: Path, way: str, number: int) -> Seen:
        return await orders(world, file(folder, random.Random(2 * seed + number), way, number))

    for way in WAYS:
        await people_of(world, call, way, tmp_path)
    for number in range(2):
        await tells_the_same(monkeypatch, tmp_path, number, taken)
    await leaves_the_same(world, call, filter(None, ADDRESSES), shown)


def file(folder: Path, dice: random.Random, way: str, file_number: int) -> Path:
    """Orders of few customers with few addresses."""
    orders_so_far = count(1)

    def line() -> str:
        who, address = dice.choice(NUMBERS), dice.choice(ADDRESSES)
        who = who or ("" if address else "1")
        number, email = who and f"{who}-{way}", address and f"{address}.{way}@example.fi"
        order, day, name = f"{file_number}{next(orders_so_far)}-{way}", dice.choice(DAYS), dice.choice(("Aino", "Eeva"))
        return f"{order};{day};{number};{name};Esimerkki;{email};Hoito;1;10,00;25,5"

    return write(folder, ORDER_HEADING, *(line() for _ in range(6)))


async def people_of(world: World, call: Caller, way: str, folder: Path) -> None:
    """A customer who has left, one who bears a ban and has no address, and a mere subscriber."""
    ids = {}
    for who, email in (("left", f"left.{way}@example.fi"), ("banned", None)):
        path = f"/v1/customers/by-reference/webshop/{who}-{way}"
        ids[who] = (await call("webshop", "PUT", path, person("aino", email=email), 201))["id"]
    gone = withdrawn(ids["left"], f"w-{way}", occurred_at="2026-11-22T11:00:00Z")
    await call("webshop", "POST", "/v1/consents", gone, expect=201)
    await ban(call, world, customer={"id": ids["banned"]})
    row = member(f"subscriber.{way}@example.fi", f"s-{way}")
    await audience(world, write(folder, HEADING, row, name=f"subscribed_{way}.csv"))


async def shown(call: Caller, one: dict[str, Any], way: str) -> str:
    """One of these people, with their numbers, consents and orders."""
    consents = await call("admin", "GET", f"/v1/customers/{one['id']}/consents", expect=200)
    bought = await call("owner", "GET", f"/v1/customers/{one['id']}/purchases", expect=200)
    states = sorted(str(state) for state in consents["states"])
    placed = sorted((order["order_id"], order["purchased_on"]) for order in bought["items"])
    numbers = sorted(named["id"] for named in one["references"] if named["id"].endswith(way))  # guests have hashes
    at = one["interaction"]["occurred_at"]
    return str((one["kind"], one["name"], numbers, at, states, placed))


async def test_a_ban_reaches_the_address_that_an_order_brings(world: World, call: Caller, tmp_path: Path) -> None:
    """Somebody without an address bears the ban themselves; their first one is not written to."""
    await people_of(world, call, "now", tmp_path)
    line = "77;22.11.2026;banned-now;Aino;Esimerkki;new@example.fi;Hoito;1;10,00;25,5"
    assert (await orders(world, write(tmp_path, ORDER_HEADING, line))).outcomes == [(2, "taken", "")]
    asked = {"purpose": "newsletter", "channel": "email", "subjects": [{"email": "new@example.fi"}]}
    (told,) = (await call("webshop", "POST", "/v1/processing-checks", asked, expect=200))["results"]
    assert "marketing_ban" in {reason["code"] for reason in told["reasons"]}
