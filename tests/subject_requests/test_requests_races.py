"""An erasure against what arrives at the same moment: wholly before, or wholly after; nothing on the empty shell."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.util import await_only

from app.subject_requests import execution
from app.subject_requests.outcome import write_outcome
from tests.subject_requests.people import Desk, customer, purchase
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

SHELL_OWNS = ("purchases", "bookings", "consent_states", "customer_references", "customer_proposals")


def consent(person: str, number: int) -> dict[str, Any]:
    """A booking consent of the person."""
    return {
        "event_id": f"race-{number}",
        "customer": {"id": person},
        "purpose": "booking_data",
        "action": "given",
        "wording": {"id": "booking_data", "version": 1},
        "collected_via": "booking_form",
        "occurred_at": "2026-11-22T10:00:00Z",
    }


async def arrive(call: Caller, person: str, number: int) -> list[int]:
    """An order, a booking, a consent and an upsert at once; their statuses."""
    starts = {
        "starts_at": "2026-11-20T10:00:00Z",
        "ends_at": "2026-11-20T11:00:00Z",
        "service": "Hoito",
        "state": "done",
    }
    old = purchase("2024-11-20", f"R-{number}")
    answers = await asyncio.gather(
        call("webshop", "PUT", f"/v1/customers/{person}/purchases/webshop/race-{number}", old),
        call("booking", "PUT", f"/v1/customers/{person}/bookings/booking/race-{number}", starts),
        call("webshop", "POST", "/v1/consents", consent(person, number)),
        call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", customer(phone=f"040 100 {number:04d}")),
    )
    return [answer.status_code for answer in answers]


async def test_nothing_lands_on_the_empty_shell(desk: Desk, world: World, call: Caller) -> None:
    """Whatever the order of arrival, an erased person owns no rows, and every call got 2xx, 404 or 410."""
    for number in range(6):
        person = await desk.person(interaction={"kind": "purchase", "occurred_at": world.now.isoformat()})
        reference = {"references": [{"system": "booking", "id": f"b-{number}"}]}
        await call("owner", "PATCH", f"/v1/customers/{person}", reference, expect=200, If_Match="*")
        case = (await desk.asks("erasure", person))["case_number"]
        await desk.decides(case)
        world.later(seconds=30)
        statuses, executed = await asyncio.gather(arrive(call, person, number), world.run_due())
        world.later(minutes=5)

        assert executed == 1
        assert set(statuses) <= {200, 201, 410}
        for table in SHELL_OWNS:
            shells = "JOIN customers c ON c.id = o.customer_id WHERE c.erased_at IS NOT NULL"
            left = await world.rows(f"SELECT count(*) AS n FROM {table} o {shells}")
            assert left[0].n == 0, table


WAITING = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.parametrize("template", ["postgresql"], indirect=True)  # on SQLite there is one writer at a time
async def test_what_arrives_before_an_erasure_commits_waits_for_it(
    desk: Desk, world: World, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of four kinds of calls finds the row locked, and then the shell; none goes by what it read before."""
    person = await desk.person(interaction={"kind": "purchase", "occurred_at": world.now.isoformat()})
    known = {"references": [{"system": "booking", "id": "b-1"}]}
    await call("owner", "PATCH", f"/v1/customers/{person}", known, expect=200, If_Match="*")
    await desk.decides((await desk.asks("erasure", person))["case_number"])
    world.later(minutes=5)
    done, go_on = asyncio.Event(), asyncio.Event()

    def write_and_wait(*args: Any, **kwargs: Any) -> None:
        write_outcome(*args, **kwargs)
        done.set()
        await_only(go_on.wait())

    monkeypatch.setattr(execution, "write_outcome", write_and_wait)
    erasing = asyncio.create_task(world.run_due())
    await done.wait()
    arriving = asyncio.create_task(arrive(call, person, 1))
    while (await world.rows(WAITING))[0].n < 4 and not arriving.done():  # noqa: ASYNC110 (a database is asked)
        await asyncio.sleep(0.01)
    go_on.set()

    assert await arriving == [410] * 4
    assert await erasing == 1


async def test_two_executors_execute_once(desk: Desk, world: World) -> None:
    """Several processes find the same due erasure; one carries it out."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    done = await asyncio.gather(*(world.run_due() for _ in range(4)))
    timeline = [event["kind"] for event in (await desk.reads(case))["timeline"]]

    assert sum(done) == 1
    assert timeline.count("executed") == 1


async def test_a_request_received_during_a_sweep_keeps_its_data(desk: Desk, world: World, call: Caller) -> None:
    """While an access request is open the sweep leaves the person's old vouchers alone; afterwards it takes them."""
    person = await desk.person()
    await desk.buys(person, "2013-05-10")
    case = (await desk.asks("access", person))["case_number"]
    await world.sweep()
    kept = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]
    await desk.decides(case, outcome="granted")
    await world.sweep()
    still = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]
    path = f"/v1/subject-requests/{case}/completion"
    await call("dpo", "POST", path, {"letter_sent_on": "2026-11-23"}, expect=200)
    await world.sweep()
    gone = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]

    assert (len(kept), len(still), gone) == (1, 1, [])
