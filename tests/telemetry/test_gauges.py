"""What an operator sees in /metrics of open requests, executions, the sweep and the database."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.db import Unavailable
from app.telemetry.gauges import by_days_left, by_hours_left
from tests.breaches.calls import NONE, Register
from tests.processors.calls import DPF, transfer
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def scraped(api: httpx.AsyncClient) -> dict[str, float]:
    """Every sample of ours by name and labels."""
    lines = (await api.get("/metrics")).text.splitlines()
    told = [line for line in lines if "seloste_" in line and "seloste_request_" not in line]  # that one is long
    ours = "".join(f"{line}\n" for line in told if "_bucket{" not in line)
    families = text_string_to_metric_families(ours)
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("seloste_")
    }


async def test_open_requests_are_told_by_right_and_days_left(
    api: httpx.AsyncClient, call: Caller, world: World
) -> None:
    """A request counts in its band, and its right's, until it is closed; the band follows the clock."""
    desk = Desk(call)
    await desk.asks("erasure", await desk.person())
    await desk.asks("access", claimed_identity={"name": "Eino"}, received_at="2026-11-20T10:00:00Z")
    seen = []
    for days in (0, 26, 3):
        world.later(days=days)
        world.app.state.gauges.forget()
        found = await scraped(api)
        shown = {name.removeprefix("seloste_open_requests"): number for name, number in found.items() if number}
        seen.append({name: number for name, number in shown.items() if name.startswith((" ", "_by_right "))})

    assert seen == [
        {" 15+": 2, "_by_right later erasure": 1, "_by_right later access": 1},
        {" 0-3": 2, "_by_right soon erasure": 1, "_by_right soon access": 1},
        {" 0-3": 1, " overdue": 1, "_by_right soon erasure": 1, "_by_right overdue access": 1},
    ]


async def test_an_execution_that_waits_shows_its_age(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """From the end of the delay until a background step carries it out; then its recipients are waited for."""
    desk = Desk(call)
    case = await desk.asks("erasure", await desk.person())
    await desk.decides(case["case_number"])
    world.later(seconds=90)
    waits = await scraped(api)
    await world.run_due()
    world.app.state.gauges.forget()
    done = await scraped(api)

    assert (waits["seloste_executions_due"], waits["seloste_execution_lag_seconds"]) == (1, 90)
    assert (done["seloste_executions_due"], done["seloste_execution_lag_seconds"]) == (0, 0)
    assert done["seloste_open_letters"] == 1
    assert done["seloste_open_notifications mailchimp queued"] == 1
    assert done["seloste_overdue_notifications"] == 0


async def test_breaches_are_told_by_hours_left(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """An open breach counts by the hours left to tell the authority; once told it is settled, closed it is gone."""
    register = Register(call)
    number = (await register.reports())["number"]
    fresh = await scraped(api)
    world.later(hours=6)
    world.app.state.gauges.forget()
    late = await scraped(api)
    await register.posts(number, "people", {"subject_keys": [str(UUID(int=7))]}, expect=200)
    await register.posts(number, "assessments", NONE)
    world.app.state.gauges.forget()
    settled = await scraped(api)

    shown = [(found["seloste_open_breaches 0-11"], found["seloste_open_breaches overdue"]) for found in (fresh, late)]
    assert shown == [(1, 0), (0, 1)]
    assert (settled["seloste_open_breaches overdue"], settled["seloste_open_breaches settled"]) == (0, 1)
    assert settled["seloste_breach_people_to_tell"] == 1


async def test_what_runs_out_and_what_is_promised(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """By days left; a promise counts as kept only while it is true of every recipient."""
    sent = transfer(valid_to="2026-12-20", **DPF)
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", sent, expect=201)
    fresh = await scraped(api)
    world.later(days=30)
    world.app.state.gauges.forget()
    late = await scraped(api)

    shown = [[found[f"seloste_recipients_expiring {band}"] for band in ("overdue", "0-30")] for found in (fresh, late)]
    assert shown == [[0, 1], [1, 0]]
    assert fresh["seloste_promise_kept F91"] == 0


async def test_an_overdue_sweep_shows_its_lag(api: httpx.AsyncClient, world: World) -> None:
    """A day after a sweep nobody has swept again."""
    await world.run_due()
    in_time = await scraped(api)
    world.later(hours=30)
    world.app.state.gauges.forget()
    late = await scraped(api)

    assert (in_time["seloste_sweep_lag_seconds"], late["seloste_sweep_lag_seconds"]) == (0, 6 * 3600)


async def test_a_database_that_is_away_is_a_gauge(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scrape succeeds and says so; its connections, or the queue of its writer, are told."""
    well = await scraped(api)

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(type(world.db), "read", away)
    world.app.state.gauges.forget()
    ill = await scraped(api)

    assert (well["seloste_database_up"], ill["seloste_database_up"]) == (1, 0)
    assert any(re.match("seloste_database_load (in_use|writes_waiting)", name) for name in well)


async def test_a_scrape_asks_the_database_only_now_and_then(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody who reaches /metrics could otherwise load the database with it."""
    asked: list[str] = []
    read = type(world.db).read

    async def counted(self: Any, work: Any, *args: Any) -> Any:
        asked.append(work.__name__)
        return await read(self, work, *args)

    monkeypatch.setattr(type(world.db), "read", counted)
    for _ in range(3):
        await api.get("/metrics")
    assert asked.count("waiting") == 1


def test_each_day_left_falls_into_one_band() -> None:
    """The bands touch and do not overlap."""
    today = date(2026, 11, 23)
    for left, band in ((-1, "overdue"), (0, "0-3"), (3, "0-3"), (4, "4-7"), (8, "8-14"), (14, "8-14"), (15, "15+")):
        counts = dict(by_days_left([(today + timedelta(days=left), 2)], today))
        assert counts.pop(band) == 2, left
        assert set(counts.values()) == {0}, left


def test_each_hour_left_falls_into_one_band() -> None:
    """The bands touch and do not overlap; the period is over at its end."""
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for hours, band in ((-0.1, "overdue"), (0, "0-11"), (11.9, "0-11"), (12, "12-23"), (24, "24-47"), (48, "48+")):
        counts = dict(by_hours_left([now + timedelta(hours=hours)] * 2, now))
        assert counts.pop(band) == 2, hours
        assert set(counts.values()) == {0}, hours
