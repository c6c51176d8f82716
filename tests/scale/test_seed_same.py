"""What `seloste seed` writes is what the API writes when the same people are sent call by call."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.register.versions import Registers
from app.seeding.fill import Filling, begin, people, wordings_of
from app.seeding.people import Dealing, Maker, Person, Size
from app.seeding.rows import ORDER
from tests.worlds import Caller, Template, World

pytestmark = pytest.mark.anyio

PEOPLE = 60
"""Enough for a shared mailbox, several references, withdrawals and bookings."""
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_NAMES = (
    "SELECT customer_id, 'customer ' || min(external_id) FROM customer_references GROUP BY customer_id",
    "SELECT audit_key, 'key ' || name || email FROM customers",
    "SELECT id, 'event ' || event_id FROM consent_events",
    "SELECT id, 'purchase ' || order_id FROM purchases",
    "SELECT id, 'booking ' || booking_id FROM bookings",
    "SELECT id, 'client ' || role FROM api_clients",
)


async def _filling(world: World) -> Filling:
    registers = Registers(world.db, 0)
    return Filling(world.db, world.services.keys, registers, await registers.current(), Size(PEOPLE, 1))


async def _left(world: World) -> dict[str, list[str]]:
    """All rows with ids replaced by what they are ids of."""
    names = {str(row[0]).replace("-", ""): str(row[1]) for sql in _NAMES for row in await world.rows(sql)}
    tables = {table.name: await world.rows(f"SELECT * FROM {table.name}") for table in ORDER}
    ours = "seed-webshop", "seed-booking", "api-webshop", "api-booking"
    own = {row[0] for row in await world.rows(f"SELECT id FROM api_clients WHERE name IN {ours}")}
    return {
        name: sorted(_named(names, row._mapping) for row in rows if row._mapping.get("client_id", None) in own | {None})
        for name, rows in tables.items()
    }


def _named(names: dict[str, str], row: Mapping[str, Any]) -> str:
    return _UUID.sub(lambda found: names.get(found[0].replace("-", ""), "id"), str(dict(row)))


async def _send(call: Caller, world: World, maker: Maker) -> int:
    """Everything that the people dealt with, in the order of time; how many calls that took."""
    tokens = {name: await _client(call, name) for name in ("webshop", "booking")}
    everybody = [maker.person(n) for n in range(PEOPLE)]
    dealings: list[tuple[datetime, Person, Dealing | None]] = [(person.at, person, None) for person in everybody]
    dealings += [(dealing.at, person, dealing) for person in everybody for dealing in person.dealings]
    for at, person, dealing in sorted(dealings, key=lambda one: one[0]):
        world.now = at
        system = person.references[0][0]
        of_booking = dealing is not None and dealing.kind == "booking"
        method, path, body = await _call(world, person, dealing)
        token = tokens["booking" if of_booking else system]
        answer = await call.api.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in {200, 201}, answer.text
    return len(dealings)


async def _client(call: Caller, role: str) -> str:
    systems = ["webshop", "booking"] if role == "webshop" else ["booking"]
    made = await call(
        "owner", "POST", "/v1/api-clients", {"name": f"api-{role}", "role": role, "systems": systems}, 201
    )
    return str(made["token"])


async def _call(world: World, person: Person, dealing: Dealing | None) -> tuple[str, str, Any]:
    (system, key), *more = person.references
    if dealing is None and more:
        references = [{"system": one, "id": external_id} for one, external_id in person.references]
        return "POST", "/v1/customers", {**person.fields, "references": references}
    if dealing is None:
        return "PUT", f"/v1/customers/by-reference/{system}/{key}", person.fields
    if dealing.kind == "consent":
        return "POST", "/v1/consents", dealing.sent
    found = await world.rows("SELECT customer_id FROM customer_references WHERE external_id = :key", key=key)
    kind, owner = ("purchases", "webshop") if dealing.kind == "purchase" else ("bookings", "booking")
    return "PUT", f"/v1/customers/{found[0].customer_id}/{kind}/{owner}/{dealing.key}", dealing.sent


async def test_seeded_rows_are_those_of_the_api(app: FastAPI, template: Template, tmp_path: Path) -> None:
    """Each column of each row, audit trail and projections included, but for the ids themselves."""
    seeded = World(app, template, template.fresh(tmp_path))
    filling = await _filling(seeded)
    maker = Maker(filling.size, filling.register.definition, wordings_of(filling.register))
    actors = await seeded.db.write(begin, filling)
    await people(filling, maker, {role: filling.operation(actor) for role, actor in actors.items()}, lambda _done: None)
    left = await _left(seeded)
    await seeded.db.close()

    (tmp_path / "sent").mkdir()
    world = World(app, template, template.fresh(tmp_path / "sent"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        await world.db.write(begin, await _filling(world))
        calls = await _send(Caller(api), world, maker)
    sent = await _left(world)
    await world.db.close()

    assert calls == len(left["audit_events"])
    assert all(left.values())
    for table, rows in left.items():
        assert rows == sent[table], table
