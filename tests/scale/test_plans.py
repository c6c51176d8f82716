"""Every hot query and every page of every list is answered from an index, on both databases.

The statements are not retyped here: they are noted while real calls are made, so that a new query cannot escape.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection

from app.openapi_operations import operations
from app.subject_requests import digest
from tests.scale.plan_calls import HOT, PAGES, Call
from tests.scale.plans import Sent, Watch, judged, scanned
from tests.scale.registers import filled
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PEOPLE = {"sqlite": 500, "postgresql": 1500}
"""PostgreSQL must have a reason to look up a person's rows instead of hashing all of them."""


WALKS = ("shared_addresses", "GROUP BY customers.email_hash", "GROUP BY customers.phone_hash")
"""Duplicates are sought for a human along the whole index of addresses; nothing else may read one from end to end."""
IN_SETS = ("ORDER BY customers.id LIMIT", "INTO inactivity_proposals", "WITH going AS")
"""Work on thousands of rows at once: once a month everybody is looked at in the order of the ids, and beside a batch
holds, bookings and requests are few enough to be read whole."""


@pytest.fixture
async def watch(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    """A generated register, and a watch over what is sent to it."""
    await filled(world, PEOPLE[world.dialect])
    made = Watch(monkeypatch)
    with made.watching():
        yield made


async def _names(world: World) -> dict[str, str]:
    """Somebody of each kind."""
    one = {
        "id": "SELECT customer_id FROM customer_references WHERE external_id = 'W-5'",
        "booker": "SELECT customer_id FROM bookings ORDER BY id LIMIT 1",
        "disclosed": "SELECT customer_id FROM disclosures ORDER BY id LIMIT 1",
        "erased": "SELECT id FROM customers WHERE erased_at IS NOT NULL ORDER BY id LIMIT 1",
        "client": "SELECT id FROM api_clients WHERE name = 'webshop'",
        "reviewed": "SELECT id FROM subject_requests WHERE state = 'in_review' AND \"right\" = 'erasure' LIMIT 1",
        "completed": "SELECT id FROM subject_requests WHERE state = 'completed' AND \"right\" = 'erasure' LIMIT 1",
    }
    return {name: str((await world.rows(sql))[0][0]) for name, sql in one.items()}


async def _of_nobody(call: Caller) -> str:
    """A case that is linked to nobody, of somebody who claims what several people of the register hold."""
    claimed = {"name": "Aino Esimerkki", "email": "asiakas5@example.fi", "phone": "0400000005"}
    sent = {"right": "access", "channel": "email", "received_at": "2026-01-02T00:00:00Z", "claimed_identity": claimed}
    made = await call("admin", "POST", "/v1/subject-requests", sent, expect=201)
    return str(made["case_number"])


def _filled_in(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_in(inner, names) for inner in value]
    return value.format(**names) if isinstance(value, str) and "{" in value else value


async def _make(call: Caller, one: Call, names: dict[str, str]) -> None:
    """The call, and the next page where there is one."""
    path, body = one.path.format(**names), _filled_in(one.body, names)
    answer = await call(one.role, one.method, path, body)
    expected = {404, 410} if "{erased}" in one.path else {200, 201}
    assert answer.status_code in expected, f"{one}: {answer.text}"
    following = answer.json().get("next")
    if following and one.method == "GET":
        name = "since" if path.startswith("/v1/changes") else "cursor"
        again = await call(one.role, one.method, f"{path}&{name}={following}")
        assert again.status_code == 200, again.text


def _faults(connection: Connection, sent: list[Sent]) -> list[str]:
    return [fault for fault in judged(connection, sent) if not any(known in fault for known in WALKS)]


async def test_calls_and_work_are_answered_from_indexes(world: World, watch: Watch, call: Caller) -> None:
    """On one register, whose making takes longer than all that is asked of it."""
    await _digests_and_calendars(world, watch, call)
    await _calls(world, watch, call)
    await _background_work(world, watch)


async def _digests_and_calendars(world: World, watch: Watch, call: Caller) -> None:
    """What staff are sent or subscribe to, of everybody's requests and of one person's."""
    made = [await call("dpo", "POST", "/v1/calendar-feeds", body, expect=201) for body in ({}, {"person": "Ada"})]
    watch.sent.clear()
    for feed in made:
        assert (await call.api.get(feed["url"])).status_code == 200
    definition = (await world.registers.current()).definition
    assert await world.db.write(digest.gather, definition, 30, world.now)
    sent = list(watch.sent.values())

    assert len(sent) > 6
    faults = await world.db.read(_faults, sent)
    assert not faults, "\n".join(faults)


async def _calls(world: World, watch: Watch, call: Caller) -> None:
    """Reads, writes, checks, requests, and the first and next page of each list."""
    names = await _names(world) | {"unlinked": await _of_nobody(call)}
    watch.sent.clear()
    for one in (*HOT, *(one for pages in PAGES.values() for one in pages)):
        await _make(call, one, names)
    sent = list(watch.sent.values())

    assert len(sent) > 60
    faults = await world.db.read(_faults, sent)
    assert not faults, "\n".join(faults)


async def _background_work(world: World, watch: Watch) -> None:
    """Due executions (of the register, and of what was decided above), the sweep, and what it forgets."""
    watch.sent.clear()
    world.later(days=120)
    assert await world.run_due() == 2
    sent = list(watch.sent.values())

    assert any("vouchers" in one.text and "UNION ALL" in one.text for one in sent)
    faults = await world.db.read(_faults, sent)
    faults = [fault for fault in faults if not any(known in fault for known in IN_SETS)]
    assert not faults, "\n".join(faults)


async def test_a_scan_is_seen(world: World) -> None:
    """The judge can condemn: a query that no index answers."""
    for text in ("SELECT id FROM customers WHERE city = 'Turku'", "SELECT id FROM vouchers AS v WHERE holder = 'x'"):
        assert await world.db.read(scanned, Sent(text, ())) == [text.split()[3]]


def test_every_list_has_its_plan(app: FastAPI) -> None:
    """A list without a call above fails here."""
    paged = {
        one["operationId"]
        for one in operations(app.openapi()).values()
        if any(parameter["name"] in {"cursor", "since"} for parameter in one["parameters"])
    }
    assert paged == set(PAGES)
