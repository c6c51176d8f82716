"""However changes of address arrive, each by itself or in one batch, the same addresses stay suppressed."""

import random
from typing import Any

import pytest

from app.customers.identity import email_address
from tests.consents.calls import ban, person, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CHANGES = [
    [("left", "b"), ("left", None), ("left", "a")],
    [("left", None), ("left", "a")],
    [("banned", None), ("banned", "a")],
    [("left", "a"), ("left", "left")],
    [("left", "a"), ("free", "a"), ("free", "b")],
    [("new", "left"), ("new", "a")],
]
"""Whose address becomes which: the own one of somebody, another, or none."""
PEOPLE, ADDRESSES = ("left", "banned", "free", "new"), ("left", "banned", "free", "a", "b", None)


def drawn(seed: int) -> list[tuple[str, str | None]]:
    """Changes at random."""
    dice = random.Random(seed)
    return [(dice.choice(PEOPLE), dice.choice(ADDRESSES)) for _ in range(9)]


@pytest.mark.parametrize("changes", [*CHANGES, *(drawn(seed) for seed in range(6))], ids=str)
async def test_a_batch_leaves_what_its_items_leave_one_by_one(call: Caller, world: World, changes: Any) -> None:
    """An address in between counts, and so does none: no step of the way is left out because another follows."""
    for way in ("together", "singly"):
        await people_of(call, world, way)
    items = [item("together", *change) for change in changes]
    await call("booking", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    for change in changes:
        sent = item("singly", *change)
        reference = sent.pop("reference")["id"]
        await call("booking", "PUT", f"/v1/customers/by-reference/booking/{reference}", sent)

    together = {name: await written(world, "together", name) for name in ADDRESSES if name}
    assert together == {name: await written(world, "singly", name) for name in ADDRESSES if name}
    assert together["left"]
    if changes in CHANGES[:4]:
        assert together["a"]  # nobody who had left, or was not to be written to, has escaped


def item(way: str, who: str, address: str | None) -> dict[str, Any]:
    """One item of a batch: each way has people and addresses of its own."""
    email = address and f"{address}-{way}@example.fi"
    return person(who, email=email, reference={"system": "booking", "id": f"{who}-{way}"})


async def people_of(call: Caller, world: World, way: str) -> None:
    """Somebody who has left the newsletter, somebody who bears a ban, and somebody who is free."""
    made = {who: item(way, who, who) for who in PEOPLE[:3]}
    answer = await call("booking", "POST", "/v1/customers/batch", {"items": [*made.values()]}, expect=200)
    ids = dict(zip(made, (one["id"] for one in answer["results"]), strict=True))
    await call("booking", "POST", "/v1/consents", withdrawn(ids["left"], f"w-{way}"), expect=201)
    await ban(call, world, customer={"id": ids["banned"]}, channels=["email"])


async def written(world: World, way: str, name: str) -> set[tuple[str, str, str]]:
    """What stands for an address: purpose, state and whence."""
    address = email_address(world.services.keys, f"{name}-{way}@example.fi").hash
    sql = "SELECT purpose, state, origin FROM suppressions WHERE address_hash = :address"
    return {tuple(row) for row in await world.rows(sql, address=address)}
