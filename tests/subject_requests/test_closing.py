"""Cases whose last obstacle goes without a call about the case: the next look of the background completes them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.subject_requests import closing
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

TODAY = "2026-11-23"


async def waits_for_a_recipient(desk: Desk, call: Caller, person: str) -> str:
    """A ban whose confirmation has left: only the recipient of the newsletter has not answered."""
    case: str = (await desk.asks("marketing_ban", person))["case_number"]
    path = f"/v1/subject-requests/{case}/completion"
    waiting = await call("dpo", "POST", path, {"letter_sent_on": TODAY}, expect=200)
    assert (waiting["state"], waiting["open"]) == ("executing", ["recipient:mailchimp"])
    return case


async def test_a_case_ends_with_what_it_waited_for(desk: Desk, call: Caller, world: World) -> None:
    """The person is erased: the recipient is told that, and need not hear of the ban any more."""
    person = await desk.person()
    waiting = await waits_for_a_recipient(desk, call, person)
    assert await world.run_due() == 0
    assert (await desk.reads(waiting))["state"] == "executing"
    erasure = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(erasure)
    world.later(minutes=1)
    assert await world.run_due() == 1

    ended = await desk.reads(waiting)
    assert (ended["state"], ended["open"], ended["timeline"][-1]["kind"]) == ("completed", [], "completed")
    other = await desk.reads(erasure)
    assert (other["state"], other["open"][0]) == ("executing", "letter")
    trail = await world.rows("SELECT a.action FROM audit_events a JOIN api_clients c ON c.id = a.client_id"
                             " WHERE c.name = 'background' AND a.action = 'complete'")  # fmt: skip
    assert len(trail) == 1


async def test_one_that_fails_does_not_hold_up_the_others(
    desk: Desk, call: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again at the next look."""
    people = [await desk.person(number) for number in (1, 2)]
    cases = [await waits_for_a_recipient(desk, call, person) for person in people]
    for person in people:
        await desk.decides((await desk.asks("erasure", person))["case_number"])
    done: list[UUID] = []
    close = closing.close

    def fails_once(connection: Connection, op: Operation, request_id: UUID) -> bool:
        done.append(request_id)
        if len(done) == 1:
            raise RuntimeError
        return close(connection, op, request_id)

    monkeypatch.setattr(closing, "close", fails_once)
    world.later(minutes=1)
    assert await world.run_due() == 2
    assert sorted([(await desk.reads(case))["state"] for case in cases]) == ["completed", "executing"]
    await world.run_due()
    assert [(await desk.reads(case))["state"] for case in cases] == ["completed"] * 2
    assert (len(done), done[0]) == (3, done[2])


async def test_a_case_that_waits_is_left_alone(desk: Desk, call: Caller, world: World) -> None:
    """For its letter, a recipient, the end of a restriction or a decision: neither look takes it for carried out."""
    person = await desk.person()
    cases = [(await desk.asks("access", person))["case_number"], await waits_for_a_recipient(desk, call, person)]
    await desk.decides(cases[0], outcome="granted")
    cases.append((await desk.asks("rectification", person, rectification={"values": {"name": "Aino"}}))["case_number"])
    found = [{"about": "name", "finding": "as_held", "evidence": "Seen."}]
    await desk.decides(cases[2], outcome="refused", refusal_ground="conditions_not_met", findings=found)
    await call("dpo", "POST", f"/v1/subject-requests/{cases[2]}/completion", {"letter_sent_on": TODAY}, expect=200)
    cases.append((await desk.asks("portability", person))["case_number"])
    before: list[dict[str, Any]] = [await desk.reads(case) for case in cases]
    await world.run_due()
    assert await world.rows("SELECT 1 FROM audit_events WHERE action = 'skip'") == []  # the first look saw that
    for shown in before:
        op = await builtin_operation(BACKGROUND, world.services, world.registers)
        assert not await op.write(closing.close, UUID(shown["id"]))

    assert [shown["open"] for shown in before] == [
        ["letter"],
        ["recipient:mailchimp"],
        ["restriction_lift"],
        ["decision"],
    ]
    assert [await desk.reads(case) for case in cases] == before
