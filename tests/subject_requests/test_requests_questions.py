"""The ledger of questions over HTTP: several in a row, overlapping, taken back; what ends them; lists that keep up."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.subject_requests import repository_clock
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CLAIMED = {"name": "Eino Esimerkki", "email": "eino@example.com"}
DOUBT = {"step": "asked", "reason": "The address is not the one held.", "asked_for": "The order number."}
KNOWN = {"step": "sufficient", "level": "substantial", "how": "Named the order."}


class Case:
    """A request received on Monday 2 March 2026, and a clock that is set day by day."""

    def __init__(self, world: World, call: Caller, case_number: str) -> None:
        self.world, self.call, self.path = world, call, f"/v1/subject-requests/{case_number}"

    async def on(self, day: str, sent: dict[str, Any], expect: int = 200) -> dict[str, Any]:
        """A step of identity on that day."""
        self.world.now = datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)
        answer: dict[str, Any] = await self.call("admin", "POST", f"{self.path}/identity-checks", sent, expect=expect)
        return answer


async def case_of(desk: Desk, world: World, call: Caller, right: str = "access", **members: Any) -> Case:
    world.now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    members = {"claimed_identity": CLAIMED, "channel": "in_person", **members}
    made = await desk.asks(right, received_at="2026-03-02T09:00:00Z", **members)
    return Case(world, call, made["case_number"])


def clock_of(answer: dict[str, Any]) -> tuple[str, str, int]:
    clock = answer["clock"]
    return clock["due_without_pause_on"], clock["due_with_pause_on"], clock["paused_days"]


async def test_questions_in_a_row(desk: Desk, world: World, call: Caller) -> None:
    """What came did not do, so the clock runs; asked again in time it stands once more; each end is recorded."""
    case = await case_of(desk, world, call)
    await case.on("2026-03-03", DOUBT)
    lacking = await case.on("2026-03-10", {"step": "insufficient", "how": "An order of somebody else."})
    await case.on("2026-03-12", DOUBT)
    done = await case.on("2026-03-17", KNOWN)
    late = await case.on("2026-03-27", DOUBT)

    assert (lacking["state"], lacking["clock"]["paused"], lacking["clock"]["paused_days"]) == (
        "identity_pending",
        False,
        7,
    )
    assert clock_of(done) == ("2026-04-02", "2026-04-14", 12)
    assert [(c["ending"], c["ended_on"], c["counts"]) for c in late["identity_checks"]] == [
        ("insufficient", "2026-03-10", True),
        ("sufficient", "2026-03-17", True),
        (None, None, False),
    ]
    assert clock_of(late) == clock_of(done)


async def test_overlapping_questions_and_one_that_is_taken_back(desk: Desk, world: World, call: Caller) -> None:
    """A day counts once; each question is ended by its id, and one that was not necessary pauses nothing."""
    case = await case_of(desk, world, call)
    first = (await case.on("2026-03-03", DOUBT))["identity_checks"][0]["id"]
    second = (await case.on("2026-03-05", DOUBT))["identity_checks"][1]["id"]
    back = {"step": "withdrawn", "how": "Found by the invoice."}
    one = await case.on("2026-03-06", {**back, "question": first})
    unknown = await case.on("2026-03-06", {**back, "question": first}, expect=422)
    early = await case.on("2026-03-06", {**KNOWN, "on": "2026-03-04"}, expect=422)
    done = await case.on("2026-03-09", {**KNOWN, "question": second})

    assert (one["state"], one["clock"]["paused"]) == ("identity_pending", True)
    assert unknown["errors"][0]["pointer"] == "#/question"
    assert early["errors"][0]["pointer"] == "#/on"
    assert (done["state"], done["clock"]["paused_days"]) == ("in_review", 4)
    assert [check["counts"] for check in done["identity_checks"]] == [False, True]


async def test_a_large_amount_of_data_may_be_asked_about(desk: Desk, world: World, call: Caller) -> None:
    """Recital 63: of an access request only; the state stays, the clock stands, no identity is recorded."""
    other = await case_of(desk, world, call, "portability")
    asked = {**DOUBT, "kind": "clarification", "reason": "Ten years of orders."}
    refused = await other.on("2026-03-03", asked, expect=422)
    case = await case_of(desk, world, call)
    paused = await case.on("2026-03-03", asked)
    nothing = await case.on("2026-03-04", {"step": "insufficient", "how": "No identity was asked for."}, expect=422)
    done = await case.on("2026-03-10", {"kind": "clarification", "step": "sufficient", "how": "The newest orders."})

    assert refused["errors"][0]["pointer"] == "#/kind"
    assert nothing["errors"][0]["pointer"] == "#/step"
    assert (paused["state"], paused["clock"]["paused"]) == ("received", True)
    assert (done["state"], done["clock"]["paused_days"], done["identity_checks"][0]["level"]) == ("received", 7, None)
    kinds = [event["kind"] for event in done["timeline"]]
    assert kinds == ["received", "letter_issued", "clarification_asked", "clarification_given"]


async def test_a_decision_ends_what_is_open(desk: Desk, world: World, call: Caller) -> None:
    """Nobody waits any more: the clock runs on, and the due date that lists go by is the one that binds."""
    case = await case_of(desk, world, call)
    await case.on("2026-03-03", DOUBT)
    world.now = datetime(2026, 3, 12, 10, tzinfo=UTC)
    number = case.path.rpartition("/")[2]
    await desk.decides(number, outcome="granted")
    world.later(days=10)
    later = await desk.reads(number)
    (listed,) = (await call("dpo", "GET", "/v1/subject-requests", expect=200))["items"]

    assert later["identity_checks"][0]["ending"] == "closed"
    assert clock_of(later) == ("2026-04-02", "2026-04-13", 9)
    assert listed["due_on"] == later["due_on"] == "2026-04-13"


async def test_lists_keep_up_while_a_question_is_open(desk: Desk, world: World, call: Caller) -> None:
    """A request whose clock stands is neither overdue nor sorted as if; with its answer it falls due."""
    paused = await case_of(desk, world, call)
    await paused.on("2026-03-03", DOUBT)
    plain = await case_of(desk, world, call)
    world.now = datetime(2026, 4, 20, 10, tzinfo=UTC)
    overdue = await call("admin", "GET", "/v1/subject-requests?overdue=true", expect=200)
    in_time = await call("admin", "GET", "/v1/subject-requests?overdue=false", expect=200)
    soon = await call("admin", "GET", "/v1/subject-requests?due_before=2026-05-20", expect=200)
    closed = await call("admin", "GET", "/v1/subject-requests?overdue=true&state=completed", expect=200)

    numbers = [case.path.rpartition("/")[2] for case in (paused, plain)]
    assert [row["case_number"] for row in overdue["items"]] == numbers[1:]
    assert [(row["case_number"], row["due_on"]) for row in in_time["items"]] == [(numbers[0], "2026-05-20")]
    assert [row["case_number"] for row in soon["items"]] == numbers[1:]
    assert closed["items"] == []


async def test_a_list_moves_what_waits_once_a_day(
    desk: Desk, world: World, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked after the first list of a day, a question stores its date itself; the next day both have moved on."""
    looked: list[int] = []
    unanswered = repository_clock.unanswered

    def counted(connection: Connection) -> list[UUID]:
        looked.append(len(found := unanswered(connection)))
        return found

    monkeypatch.setattr(repository_clock, "unanswered", counted)

    async def due() -> dict[str, str]:
        rows = (await call("admin", "GET", "/v1/subject-requests", expect=200))["items"]
        return {row["id"]: row["due_on"] for row in rows}

    first, second = [await case_of(desk, world, call) for _ in range(2)]
    await first.on("2026-03-03", DOUBT)
    world.now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    before = await due()
    await second.on("2026-03-03", DOUBT)
    same_day = await due()
    world.later(days=2)
    later = await due()

    assert len(before) == 2
    assert same_day.keys() == later.keys()
    assert len(set(same_day.values())) == 1
    assert all(date.fromisoformat(later[one]) > date.fromisoformat(day) for one, day in same_day.items())
    assert looked == [1, 2]


async def test_lists_by_who_is_in_charge_or_substitutes(desk: Desk, world: World, call: Caller) -> None:
    """Both columns, each request once, page after page in the order of due dates."""
    numbers = []
    for n, (charge, substitute) in enumerate(
        [("Ada", "Bo"), ("Bo", None), ("Bo", "Bo"), ("Ada", None), ("Cia", "Bo")], start=1
    ):
        received_at = f"2026-11-{n:02d}T10:00:00Z"
        made = await desk.asks("access", received_at=received_at, claimed_identity=CLAIMED)
        sent = {"person_in_charge": charge, "substitute": substitute}
        path = f"/v1/subject-requests/{made['id']}"
        changed = await call("admin", "PATCH", path, sent, expect=200, If_Match=f'"{made["version"]}"')
        assert (changed["person_in_charge"], changed["substitute"]) == (charge, substitute)
        numbers.append(made["case_number"])
    path, found = "/v1/subject-requests?person_in_charge=Bo&limit=2", []
    following: str | None = ""
    while following is not None:
        page = await call("admin", "GET", f"{path}&cursor={following}" if following else path, expect=200)
        found += [row["case_number"] for row in page["items"]]
        following = page["next"]

    assert found == [numbers[0], numbers[1], numbers[2], numbers[4]]
    alien = await call("admin", "GET", "/v1/subject-requests?person_in_charge=Ada&cursor=bm9ib2R5", expect=400)
    assert alien["code"] == "cursor-invalid"


async def test_a_refusal_after_the_first_due_date_is_flagged(desk: Desk, world: World, call: Caller) -> None:
    """The extension was granted, but it is for answers: a "no" had one month (Art. 12(4))."""
    case = await case_of(desk, world, call)
    told = {"reason": "Many records.", "notice_sent_on": "2026-04-02"}
    world.now = datetime(2026, 4, 2, 10, tzinfo=UTC)
    await call("dpo", "POST", f"{case.path}/extension", told, expect=200)
    number = case.path.rpartition("/")[2]
    world.later(days=1)
    refused = await desk.decides(number, outcome="refused", refusal_ground="conditions_not_met")
    granted = await case_of(desk, world, call)
    in_time = await desk.decides(
        granted.path.rpartition("/")[2], outcome="refused", refusal_ground="conditions_not_met"
    )

    assert (refused["clock"]["extended"], refused["clock"]["overdue"], refused["refused_late"]) == (True, False, True)
    assert in_time["refused_late"] is False
