"""However a file falls into batches, it leaves the same people, consents and suppressions, and tells the same."""

import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.consents.calls import given, person, withdrawn
from tests.imports.both_ways import WAYS, leaves_the_same, tells_the_same
from tests.imports.files import HEADING, UNSUB_HEADING, Seen, audience, leaver, member, write
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

ADDRESSES, NUMBERS = ("known", "left", "a", "b", "c"), ("1", "2", "3", "4")
TIMES = ("2021-05-03 12:00:00", "2022-01-02 10:00:00", "2026-11-23 10:30:00")
CHANGED = (*TIMES, "2026-11-25 10:00:00")
"""The last lies before the second file and after the first: what it says of somebody known is news."""


@pytest.mark.parametrize("seed", range(8))
async def test_a_file_leaves_what_its_rows_leave_one_by_one(
    world: World, call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Rows of one person, one address or one number meet in a batch, in two, or never."""

    async def taken(folder: Path, way: str, number: int) -> Seen:
        return await audience(world, file(folder, random.Random(2 * seed + number), way))

    for way in WAYS:
        await people_of(call, way)
    for number in range(2):
        await tells_the_same(monkeypatch, tmp_path, number, taken)
        world.later(days=3)
    await leaves_the_same(world, call, ADDRESSES, shown)


def file(folder: Path, dice: random.Random, way: str) -> Path:
    """Those who have left, or those who have not, drawn from few addresses and few numbers."""

    def who() -> tuple[str, str]:
        return f"{dice.choice(ADDRESSES)}.{way}@example.fi", f"{dice.choice(NUMBERS)}-{way}"

    if dice.random() < 1 / 3:
        gone = [leaver(*who(), dice.choice(TIMES)) for _ in range(3)]
        return write(folder, UNSUB_HEADING, *gone, name="unsubscribed.csv")
    names = ("Aino", "Eeva")
    there = [member(*who(), dice.choice(names), dice.choice(TIMES), changed=dice.choice(CHANGED)) for _ in range(5)]
    return write(folder, HEADING, *there)


async def people_of(call: Caller, way: str) -> None:
    """A customer with a consent, and one who has left."""
    ids = {}
    for who in ("known", "left"):
        path = f"/v1/customers/by-reference/booking/{who}-{way}"
        made = await call("booking", "PUT", path, person("aino", email=f"{who}.{way}@example.fi"), 201)
        ids[who] = made["id"]
        await call("booking", "POST", "/v1/consents", given(made["id"], f"g-{who}-{way}"), expect=201)
    left = withdrawn(ids["left"], f"w-{way}", occurred_at="2026-11-22T11:00:00Z")
    await call("booking", "POST", "/v1/consents", left, expect=201)


async def shown(call: Caller, one: dict[str, Any], _way: str) -> str:
    """One of these people, with their numbers and consents."""
    consents = await call("admin", "GET", f"/v1/customers/{one['id']}/consents", expect=200)
    states = sorted(str(state) for state in consents["states"])
    events = sorted((event["action"], event["occurred_at"]) for event in consents["history"])
    return str((one["kind"], one["name"], one["references"], one["version"], states, events))


async def test_who_moves_leaves_the_address_to_others(world: World, call: Caller, tmp_path: Path) -> None:
    """Number 1 has another address now; the next row is somebody else's, whose address was theirs."""
    await audience(world, write(tmp_path, HEADING, member("a@example.fi", "1", changed="2021-05-03 12:00:00")))
    world.later(days=3)
    rows = member("b@example.fi", "1", changed="2026-11-25 10:00:00"), member("a@example.fi", "2", "Eeva")
    assert (await audience(world, write(tmp_path, HEADING, *rows))).outcomes == [(2, "taken", ""), (3, "taken", "")]
    for email, number in (("b@example.fi", "1"), ("a@example.fi", "2")):
        (one,) = (await call("admin", "POST", "/v1/customers/search", {"email": email}, expect=200))["items"]
        assert one["references"] == [{"system": "mailchimp", "id": number}]


async def test_who_left_and_then_moved_has_left(world: World, call: Caller, tmp_path: Path) -> None:
    """One file says that a@ left, and that number 1, who has that address here, now has another: they left, too."""
    await audience(world, write(tmp_path, HEADING, member("a@example.fi", "1")))
    world.later(days=3)
    with zipfile.ZipFile(tmp_path / "audience.zip", "w") as archive:
        archive.writestr("unsubscribed.csv", "\n".join((UNSUB_HEADING, leaver("a@example.fi", "9"))))
        moved = member("b@example.fi", "1", changed="2026-11-25 10:00:00")
        archive.writestr("subscribed.csv", f"{HEADING}\n{moved}")
    await audience(world, tmp_path / "audience.zip")
    (one,) = (await call("admin", "POST", "/v1/customers/search", {"email": "b@example.fi"}, expect=200))["items"]
    consents = await call("admin", "GET", f"/v1/customers/{one['id']}/consents", expect=200)
    assert [(state["action"], bool(state["suppressed_since"])) for state in consents["states"]] == [("withdrawn", True)]
