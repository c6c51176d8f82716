"""Whatever the order of arrival, the state is the fold over (occurred_at, withdrawn beats given, arrival)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from app.consents import repository
from app.consents.history import standing
from app.consents.schemas import ConsentIn
from app.consents.service import take
from app.register.operation import Operation
from tests.consents.calls import given, operation, register, states, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
START = datetime(2026, 11, 1, tzinfo=UTC)
CHANNELS = st.lists(st.sampled_from(["email", "sms", "phone", "post"]), min_size=1, max_size=4, unique=True)
EVENT = st.tuples(st.sampled_from(["given", "withdrawn"]), st.integers(0, 3), CHANNELS)
ARRIVALS = st.lists(st.lists(EVENT, min_size=1, max_size=4), min_size=1, max_size=5)
"""Batches of events; few instants, so that many fall together."""


def fold(batches: list[list[Any]]) -> dict[str, str]:
    """The state by channel, computed the slow way."""
    arrived = [
        (minute, action == "withdrawn", n, action, channels) for n, (action, minute, channels) in _count(batches)
    ]
    found = {channel: action for *_, action, channels in sorted(arrived) for channel in channels}
    return dict(sorted(found.items()))


def _count(batches: list[list[Any]]) -> list[tuple[int, Any]]:
    return list(enumerate(event for batch in batches for event in batch))


def send(connection: Connection, op: Operation, who: str, batches: list[list[Any]]) -> None:
    numbers = iter(range(1000))
    for n, batch in enumerate(batches):
        op.at = START + timedelta(hours=1, minutes=n)
        make = {"given": given, "withdrawn": withdrawn}
        sent = [
            make[action](
                who,
                f"e-{next(numbers)}",
                purpose="marketing",
                channels=channels,
                occurred_at=(START + timedelta(minutes=minute)).isoformat(),
            )
            for action, minute, channels in batch
        ]
        outcomes = take(connection, op, [ConsentIn.model_validate(event) for event in sent])
        assert not any(isinstance(outcome, Exception) for outcome in outcomes)


async def test_the_projection_equals_the_fold(call: Caller, world: World) -> None:
    """For any set of events, in any order of arrival, through any batches: projection = history = slow fold."""
    who = await register(call)
    op = await operation(world, "booking")

    def prove(connection: Connection) -> None:
        @settings(max_examples=60 if world.dialect == "sqlite" else 25, deadline=None, database=None)
        @forall(ARRIVALS)
        def holds(batches: list[list[Any]]) -> None:
            savepoint = connection.begin_nested()
            send(connection, op, who, batches)
            projected = {row.channel: row.action for row in repository.states(connection, UUID(who))}
            history = standing(repository.history(connection, UUID(who), None))
            savepoint.rollback()
            assert projected == fold(batches)
            assert {channel: event.action for (_, channel), event in history.items()} == projected

        holds()

    await world.db.write(prove)


async def test_a_late_given_does_not_overturn_a_newer_withdrawal(call: Caller) -> None:
    """What is older loses, although it arrives later."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", withdrawn(who, occurred_at="2026-11-22T10:00:00Z"), expect=201)
    await call("booking", "POST", "/v1/consents", given(who, occurred_at="2026-11-22T09:59:59Z"), expect=201)

    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


async def test_at_the_same_instant_a_withdrawal_stands(call: Caller) -> None:
    """In doubt the person has withdrawn, whichever arrived first."""
    aino, eino = await register(call), await register(call, "eino")
    for who, order in ((aino, (given, withdrawn)), (eino, (withdrawn, given))):
        for make in order:
            await call("booking", "POST", "/v1/consents", make(who, f"{make.__name__}-{who}"), expect=201)
        assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


@pytest.mark.parametrize(("ahead", "status"), [(300, 201), (301, 422)])
async def test_more_than_five_minutes_ahead_is_refused(call: Caller, world: World, ahead: int, status: int) -> None:
    """Clocks differ a little; a consent of the future is refused, and nothing is stored."""
    who = await register(call)
    event = given(who, occurred_at=(world.now + timedelta(seconds=ahead)).isoformat())
    answer = await call("booking", "POST", "/v1/consents", event)

    assert answer.status_code == status
    assert len(await world.rows("SELECT id FROM consent_events")) == (status == 201)


@pytest.mark.parametrize("table", ["consent_events", "suppression_events", "wordings"])
async def test_the_database_refuses_to_change_what_was_recorded(call: Caller, world: World, table: str) -> None:
    """Append-only: an UPDATE fails in the database itself."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", withdrawn(who), expect=201)
    with pytest.raises(Exception, match="may not be changed"):
        await world.db.write(lambda c: c.exec_driver_sql(f"UPDATE {table} SET purpose = 'other'"))
