"""The quarterly report over HTTP and by command: every figure from rows that a test has made."""

import csv
import io
from datetime import UTC, datetime

import pytest

from tests.consents.calls import given
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PATH = "/v1/reports/quarter"
ONE = {"system": "webshop", "id": "c-1"}


async def meet(call: Caller, world: World) -> None:
    """An erasure answered in time, a ban in force at once, a request left open; a consent given and withdrawn."""
    desk = Desk(call)
    world.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    await desk.buys(await desk.person(1), "2010-06-01")
    erased = await desk.asks("erasure", await desk.person(2))
    await desk.asks("marketing_ban", await desk.person(3))
    await desk.asks("access", await desk.person(4))
    for number, (action, occurred_at) in enumerate(
        [("given", "2026-10-31T22:30:00Z"), ("withdrawn", "2026-11-20T10:00:00Z"), ("given", "2026-09-30T20:59:00Z")]
    ):
        sent = given(ONE, f"q-{number}", action=action, occurred_at=occurred_at)
        await call("webshop", "POST", "/v1/consents", sent, expect=201)
    await desk.decides(erased["case_number"])
    assert await world.run_due() == 1
    world.later(days=3)
    await world.sweep()
    completion = {"letter_sent_on": "2026-11-26"}
    await call("dpo", "POST", f"/v1/subject-requests/{erased['case_number']}/completion", completion, expect=200)


async def test_the_quarter_in_numbers(call: Caller, world: World) -> None:
    """By right, outcome and days; months in the controller's zone; as JSON, CSV and PDF in three languages.

    The last that is over is the default; an open request counts in each quarter since, and one to come is refused.
    """
    await meet(call, world)
    found = await call("dpo", "GET", f"{PATH}?year=2026&quarter=4", expect=200)

    assert (found["begins_on"], found["ends_on"]) == ("2026-10-01", "2026-12-31")
    assert (found["as_of"], found["complete"]) == ("2026-11-26", False)
    assert found["received"] == [
        {"right": "access", "number": 1},
        {"right": "erasure", "number": 1},
        {"right": "marketing_ban", "number": 1},
    ]
    answered = {one["right"]: one for one in found["answered"]}
    assert answered["erasure"] == {
        "right": "erasure",
        "outcome": "as_assessed",
        "number": 1,
        "median_days": 4.0,
        "longest_days": 4,
        "late": 0,
    }
    assert {"right": "access", "number": 1, "overdue": 0} in found["open"]
    assert found["consents"] == [
        {"purpose": "newsletter", "month": "2026-10", "given": 0, "withdrawn": 0},
        {"purpose": "newsletter", "month": "2026-11", "given": 1, "withdrawn": 1},
        {"purpose": "newsletter", "month": "2026-12", "given": 0, "withdrawn": 0},
    ]
    assert found["swept"] == [{"rule": "accounting", "rows": 1}]
    assert found["notifications"]
    assert sum(one["told"] for one in found["notifications"]) == sum(one["open"] for one in found["notifications"])
    assert found["high"] + found["medium"] + found["low"] == len(found["findings"])

    table = await call("dpo", "GET", f"{PATH}/table?year=2026&quarter=4")
    rows = [tuple(row) for row in csv.reader(io.StringIO(table.text))]
    assert ("answered", "erasure", "as_assessed", "median_days", "4.0") in rows
    assert ("consents", "newsletter", "2026-11", "withdrawn", "1") in rows
    for language in ("fi", "sv", "en") if world.dialect == "sqlite" else ("fi",):  # pages know no engine
        document = await call("dpo", "GET", f"{PATH}/document?year=2026&quarter=4&lang={language}")
        assert document.content.startswith(b"%PDF-")
        assert document.headers["content-disposition"] == 'inline; filename="quarter-2026-4.pdf"'

    last = await call("owner", "GET", PATH, expect=200)
    assert (last["year"], last["quarter"], last["complete"]) == (2026, 3, True)
    assert (last["received"], last["answered"], last["open"]) == ([], [], [])
    assert [(one["month"], one["given"]) for one in last["consents"]][-1] == ("2026-09", 1)
    world.later(days=60)
    later = await call("owner", "GET", f"{PATH}?year=2027&quarter=1", expect=200)
    assert later["received"] == []
    assert {"right": "access", "number": 1, "overdue": 1} in later["open"]
    refused = await call("owner", "GET", f"{PATH}?year=2027&quarter=2")
    assert (refused.status_code, refused.json()["code"]) == (400, "quarter-ahead")
