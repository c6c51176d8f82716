"""Notifications reach their recipients: what they carry, when they are tried again, what closes them (Art. 19)."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.connectors.instruction import Instruction
from app.connectors.outcome import Acknowledged, Failed, Later, Outcome, Refused, Sent
from app.delivery import claiming
from app.policy.notifications import TRIES, Act
from tests.delivery.conftest import Deliver
from tests.delivery.recorded import Recorded
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("in_the_eea")]
Outbox = Callable[..., Awaitable[list[dict[str, Any]]]]


async def _erased(desk: Desk, world: World, number: int = 1) -> tuple[str, str]:
    """A person who was erased; person and case."""
    person = await desk.person(number)
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    return person, case


async def test_an_erasure_reaches_the_recipient_and_leaves_nothing_behind(
    desk: Desk, world: World, deliver: Deliver, outbox: Outbox
) -> None:
    """The recipient hears who, with no more than it may have; when it is done, what was sealed is destroyed."""
    _, case = await _erased(desk, world)
    mailchimp = Recorded()
    await deliver(mailchimp=mailchimp)
    (told,) = mailchimp.applied
    assert (told.act, told.case_number) == (Act.ERASURE, case)
    assert (told.subject.name, told.subject.email) == ("Aino Esimerkki1", "aino1@example.fi")
    assert told.subject.phone is None, "Mailchimp gets name and e-mail only (F70)"
    assert dict(told.subject.references) == {"webshop": "c-1"}
    (row,) = await outbox()
    assert (row["state"], row["waiting"], row["case_number"]) == ("verified", None, case)
    (attempt,) = row["attempts"]
    assert attempt["recipient_name"] == "The Rocket Science Group LLC"
    assert attempt["began_at"] <= attempt["ended_at"]
    assert await world.rows("SELECT count(*) FROM notifications WHERE sealed IS NOT NULL AND state = 'verified'") == [
        (0,)
    ]
    assert "recipient:mailchimp" not in (await desk.reads(case))["open"]


async def test_the_last_answer_completes_the_request(
    desk: Desk, world: World, deliver: Deliver, call: Caller, outbox: Outbox
) -> None:
    _, case = await _erased(desk, world)
    machines = {name: Recorded() for name in ("mailchimp", "tehden", "mycashflow")}
    await deliver(**machines)
    await call("dpo", "POST", f"/v1/subject-requests/{case}/completion", {"letter_sent_on": "2026-11-22"}, expect=200)
    assert sorted((await desk.reads(case))["open"]) == ["recipient:digitalbooker", "recipient:takk"]
    for recipient in ("takk", "digitalbooker"):
        (row,) = await outbox(recipient)
        assert (row["state"], row["task"]) == ("sent", "tell_recipient")
        sent = {"outcome": "refused", "ground": "531/2017", "until": "2036-12-31", "evidence": "letter 4711"}
        answered = await call("dpo", "POST", f"/v1/notifications/{row['id']}/answer", sent, expect=200)
        assert (answered["state"], answered["ground"], answered["until"]) == ("refused", "531/2017", "2036-12-31")
        await call("dpo", "POST", f"/v1/notifications/{row['id']}/answer", sent, expect=409)
    done = await desk.reads(case)
    assert (done["state"], done["open"]) == ("completed", [])


async def test_failures_that_pass_are_tried_again_and_then_parked(
    desk: Desk, world: World, deliver: Deliver, call: Caller, outbox: Outbox
) -> None:
    """Exponential back-off that respects Retry-After; after the last try a human sees it, and may try again."""
    await _erased(desk, world)
    vendor = Recorded(lambda _: Later("http_429", timedelta(hours=1)))
    await deliver(mailchimp=vendor)
    (row,) = await outbox()
    assert (row["state"], row["waiting"], len(vendor.applied)) == ("queued", "http_429", 1)
    await deliver(mailchimp=vendor)
    world.later(minutes=59)
    await deliver(mailchimp=vendor)
    assert len(vendor.applied) == 1, "not before the hour that the vendor asked for has passed"
    for _ in range(TRIES - 1):
        world.later(days=1)
        await deliver(mailchimp=vendor)
    assert len(vendor.applied) == TRIES
    world.later(days=1)
    await deliver(mailchimp=vendor)
    assert len(vendor.applied) == TRIES
    (row,) = await outbox(state="failed")
    assert (row["next_at"], row["waiting"]) == (None, "http_429")
    assert [one["code"] for one in row["attempts"]] == ["http_429"] * TRIES
    await call("dpo", "POST", f"/v1/notifications/{row['id']}/retry", expect=200)
    vendor.answers = lambda _: Acknowledged("ticket-1")
    await deliver(mailchimp=vendor)
    (row,) = await outbox()
    assert (row["state"], row["reference"]) == ("acknowledged", "ticket-1")


@pytest.mark.parametrize(
    ("outcome", "state", "more"),
    [
        (Failed("http_400"), "failed", {"waiting": "http_400"}),
        (Refused("Kirjanpitolaki 2:10", date(2036, 12, 31)), "refused", {"ground": "Kirjanpitolaki 2:10"}),
    ],
)
async def test_what_stays(
    desk: Desk,
    world: World,
    deliver: Deliver,
    outbox: Outbox,
    outcome: Outcome,
    state: str,
    more: dict[str, str],
) -> None:
    await _erased(desk, world)
    await deliver(mailchimp=Recorded(lambda _: outcome))
    (row,) = await outbox()
    assert {name: row[name] for name in ("state", *more)} == {"state": state, **more}


async def test_a_fault_of_ours_loses_nothing(desk: Desk, world: World, deliver: Deliver, outbox: Outbox) -> None:
    """A connector that raises is tried again, and the others of the same batch are recorded."""
    await _erased(desk, world, 1)
    await _erased(desk, world, 2)
    broken = True

    def answer(told: Instruction) -> Outcome:
        if broken and told.subject.email == "aino1@example.fi":
            raise ZeroDivisionError
        return Acknowledged()

    vendor = Recorded(answer)
    await deliver(mailchimp=vendor)
    assert [(row["state"], row["waiting"]) for row in await outbox()] == [
        ("queued", "internal_error"),
        ("acknowledged", None),
    ]
    broken = False
    world.later(minutes=1)
    await deliver(mailchimp=vendor)
    assert [row["state"] for row in await outbox()] == ["acknowledged", "acknowledged"]


async def test_sent_is_not_done_until_a_machine_has_looked(
    desk: Desk, world: World, deliver: Deliver, outbox: Outbox
) -> None:
    _, case = await _erased(desk, world)
    look = Sent(task="tell_recipient", look_after=timedelta(hours=6))
    vendor = Recorded(lambda _: Sent("job-7", look_after=timedelta(hours=6)), lambda _: look)
    await deliver(mailchimp=vendor)
    world.later(hours=7)
    await deliver(mailchimp=vendor)
    assert (len(vendor.applied), len(vendor.looked)) == (1, 1)
    assert vendor.looked[0].reference == "job-7"
    assert "recipient:mailchimp" in (await desk.reads(case))["open"]
    world.later(days=40)
    (row,) = await outbox(overdue="true")
    assert (row["state"], row["overdue"]) == ("sent", True)
    vendor.looks = lambda _: Acknowledged()
    await deliver(mailchimp=vendor)
    assert await outbox(overdue="true") == []


async def test_what_a_killed_worker_held_comes_due_again(
    desk: Desk, world: World, deliver: Deliver, outbox: Outbox
) -> None:
    """Nobody else takes it while the lease runs; what the dead one would still record counts for nothing."""
    await _erased(desk, world)
    claimed = await world.db.write(claiming.claim, "mailchimp", "dead:1", world.now, 50, timedelta(minutes=5))
    assert len(claimed) == 1
    vendor = Recorded()
    await deliver(mailchimp=vendor)
    assert vendor.applied == []
    world.later(minutes=6)
    await deliver(mailchimp=vendor)
    assert len(vendor.applied) == 1
    assert await world.db.write(claiming.still_held, "dead:1", claimed) == {}
    assert [row["state"] for row in await outbox()] == ["verified"]


async def test_in_order_for_one_person(desk: Desk, world: World, deliver: Deliver, call: Caller) -> None:
    """The new address is told before the withdrawal that is about it, also when the first has to be tried again."""
    person = await desk.person()
    sent = {"rectification": {"values": {"email": "uusi@example.fi"}, "reason": "moved"}}
    case = (await desk.asks("rectification", person, **sent))["case_number"]
    finding = {"about": "email", "finding": "as_proposed", "evidence": "answered from the new address"}
    await desk.decides(case, outcome="granted", findings=[finding])
    await desk.asks("consent_withdrawal", person, purposes=["newsletter"])
    busy = [Later("http_503")]
    vendor = Recorded(lambda _: busy.pop() if busy else Acknowledged())
    await deliver(mailchimp=vendor)
    assert [one.act for one in vendor.applied] == [Act.RECTIFICATION]
    (told,) = vendor.applied
    (change,) = told.changes
    assert (told.subject.email, change.about, change.now) == ("aino1@example.fi", "email", "uusi@example.fi")
    for _ in range(2):
        world.later(minutes=1)
        await deliver(mailchimp=vendor)
    assert [one.act for one in vendor.applied[1:]] == [Act.RECTIFICATION, Act.CONSENT_WITHDRAWAL]
    assert vendor.applied[-1].subject.email == "uusi@example.fi"
