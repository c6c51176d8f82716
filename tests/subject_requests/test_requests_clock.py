"""The statutory clock over HTTP: receipt, identity questions, extensions, overdue lists."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CLAIMED = {"name": "Eino Esimerkki", "email": "eino@example.com"}


async def received(desk: Desk, world: World, at: str, right: str = "access") -> dict[str, Any]:
    """A request that arrived at the instant, taken in a minute later."""
    world.now = datetime.fromisoformat(at).astimezone(UTC)
    world.later(minutes=1)
    return await desk.asks(right, received_at=at, claimed_identity=CLAIMED)


DUE = [
    ("2026-01-30T12:00:00+02:00", "2026-03-02", "2026-04-30"),
    ("2026-03-05T12:00:00+02:00", "2026-04-07", "2026-06-05"),
    ("2026-08-31T20:59:59Z", "2026-09-30", "2026-11-30"),
    ("2026-08-31T21:00:00Z", "2026-10-01", "2026-12-01"),
    ("2026-11-25T12:00:00+02:00", "2026-12-28", "2027-02-25"),
    ("2027-01-31T12:00:00+02:00", "2027-03-01", "2027-04-30"),
    ("2028-02-29T12:00:00+02:00", "2028-03-29", "2028-05-29"),
]


async def test_the_due_dates_follow_the_law(desk: Desk, world: World) -> None:
    """One month from receipt in Helsinki, three when extended, rolled past weekends and holidays."""
    for at, first, extended in DUE:
        clock = (await received(desk, world, at))["clock"]
        assert clock["first_due_on"] == clock["due_on"] == first, at
        assert clock["extended_due_on"] == extended, at


async def test_an_identity_question_pauses_the_clock(desk: Desk, world: World, call: Caller) -> None:
    """Seven days between question and answer move the due date by seven days; both dates are shown."""
    request = await received(desk, world, "2026-03-02T10:00:00Z")
    path = f"/v1/subject-requests/{request['case_number']}/identity-checks"
    world.now = datetime(2026, 3, 4, 10, tzinfo=UTC)
    asked = {"step": "asked", "reason": "The address is not the one held.", "asked_for": "The order number."}
    paused = await call("admin", "POST", path, asked, expect=200)
    world.now = datetime(2026, 3, 11, 10, tzinfo=UTC)
    known = {"step": "sufficient", "level": "substantial", "how": "Named the order."}
    done = await call("admin", "POST", path, known, expect=200)

    assert (paused["state"], paused["clock"]["paused"]) == ("identity_pending", True)
    assert (done["state"], done["clock"]["paused"]) == ("in_review", False)
    assert done["clock"]["due_on"] == "2026-04-09"
    assert done["clock"]["due_without_pause_on"] == "2026-04-02"


@pytest.mark.parametrize(
    ("asked_on", "reason"),
    [("2026-03-20", "A doubt that came late."), ("2026-03-04", None)],
    ids=["late", "unreasoned"],
)
async def test_a_late_or_unreasoned_question_does_not_pause(
    desk: Desk, world: World, call: Caller, asked_on: str, reason: str | None
) -> None:
    """The question is recorded, says that it does not count, and the due date stays."""
    request = await received(desk, world, "2026-03-02T10:00:00Z")
    world.now = datetime.fromisoformat(f"{asked_on}T12:00:00+00:00")
    asked = {"step": "asked", "asked_for": "The order number.", **({"reason": reason} if reason else {})}
    path = f"/v1/subject-requests/{request['id']}/identity-checks"
    world.later(days=5)
    answer = await call("admin", "POST", path, {**asked, "on": asked_on}, expect=200)

    assert answer["identity_checks"][0]["counts"] is False
    assert answer["clock"]["due_on"] == "2026-04-02"


async def test_an_extension_must_be_told_in_time(desk: Desk, world: World, call: Caller) -> None:
    """Sent on the first due date it is granted, a day later refused, and it is granted once."""
    request = await received(desk, world, "2026-11-25T10:00:00Z")
    path = f"/v1/subject-requests/{request['id']}/extension"
    world.now = datetime(2026, 12, 29, 10, tzinfo=UTC)
    late = await call("dpo", "POST", path, {"reason": "Many records.", "notice_sent_on": "2026-12-29"})
    told = await call("dpo", "POST", path, {"reason": "Many records.", "notice_sent_on": "2026-12-28"}, expect=200)
    again = await call("dpo", "POST", path, {"reason": "Once more.", "notice_sent_on": "2026-12-28"})

    assert (late.status_code, late.json()["code"]) == (409, "extension-refused")
    assert told["due_on"] == told["clock"]["due_on"] == "2027-02-25"
    assert again.status_code == 409


async def test_lists_show_what_is_due_and_overdue(desk: Desk, world: World, call: Caller) -> None:
    """Open requests by due date, those due before a day, and which are overdue; pages do not overlap."""
    late = await received(desk, world, "2026-09-01T10:00:00Z")
    soon = await received(desk, world, "2026-11-02T10:00:00Z")
    await received(desk, world, "2026-11-20T10:00:00Z", right="portability")
    world.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    due = await call("admin", "GET", "/v1/subject-requests?due_before=2026-12-10", expect=200)
    first = await call("admin", "GET", "/v1/subject-requests?limit=2", expect=200)
    second = await call("admin", "GET", f"/v1/subject-requests?limit=2&cursor={first['next']}", expect=200)

    assert [(r["case_number"], r["overdue"]) for r in due["items"]] == [
        (late["case_number"], True),
        (soon["case_number"], False),
    ]
    assert len(first["items"]) == 2
    assert [r["right"] for r in second["items"]] == ["portability"]
    assert second["next"] is None


async def test_absurd_instants_of_receipt_are_refused(desk: Desk, call: Caller) -> None:
    """No zone, the future, the year 1, words, numbers: 422, and no case number is used up."""
    sent = {"right": "access", "claimed_identity": CLAIMED, "channel": "email"}
    for at in ("2026-11-24T10:00:00", "2026-11-24T10:00:00Z", "0001-01-01T00:00:00Z", "soon", 5):
        answer = await call("admin", "POST", "/v1/subject-requests", {**sent, "received_at": at})
        assert answer.status_code == 422, at
    good = await desk.asks("access", claimed_identity=CLAIMED)
    assert good["case_number"] == "2026-00001"


async def test_a_decision_ends_the_pause(desk: Desk, world: World, call: Caller) -> None:
    """An unanswered question must not hold the clock for ever once somebody has decided without the answer."""
    case = (await received(desk, world, "2026-03-02T12:00:00+02:00"))["case_number"]
    asked = {"step": "asked", "reason": "A shared address.", "asked_for": "An order."}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/identity-checks", asked, expect=200)
    world.later(days=2)
    unknown: dict[str, Any] = {
        "refusal_ground": "identity_not_established",
        "identity": {"level": "none", "how": "No answer came."},
    }
    await desk.decides(case, outcome="refused", **unknown)
    world.later(days=60)
    clock = (await desk.reads(case))["clock"]

    assert (clock["paused"], clock["paused_days"], clock["due_on"], clock["overdue"]) == (False, 2, "2026-04-07", True)
