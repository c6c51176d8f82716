"""A check at a past instant answers what a check at that instant answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from app.consents.schemas import ConsentIn
from app.consents.service import take
from app.customers import suppression
from app.customers.identity import email_address
from app.customers.record import addresses
from app.customers.restricting import lift, restrict
from app.customers.suppression import EVERY, Suppression
from app.customers.tables import customers
from app.policy.vocabulary import Channel, RestrictionGround
from app.processing_checks.schemas import AnswerOut, CheckIn
from app.processing_checks.service import run
from app.register.operation import Operation
from tests.consents.calls import confirmed, given, operation, register, withdrawn
from tests.processing_checks.asks import reasons
from tests.processors.calls import DPF, transfer
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
START = datetime(2026, 11, 24, tzinfo=UTC)
PURPOSES = ("newsletter", "marketing", "telling_about_services")
STEP = st.one_of(
    st.tuples(st.sampled_from(["given", "withdrawn", "confirmed"]), st.sampled_from(PURPOSES), st.integers(-9, 4)),
    st.tuples(st.sampled_from(["ban", "restrict", "lift", "move"]), st.just(""), st.integers(0, 2)),
)


class History:
    """One person's history, step by step, each a minute and a half after the last."""

    def __init__(self, connection: Connection, op: Operation, who: str) -> None:
        self.connection, self.op, self.who = connection, op, who
        self.number = 0

    def step(self, kind: str, purpose: str, n: int) -> None:
        self.number += 1
        self.op.at = START + timedelta(seconds=90 * self.number)
        if purpose:
            self._consent(kind, purpose, self.op.at + timedelta(minutes=n))
        elif kind == "ban":
            self._ban()
        else:
            {"restrict": self._restrict, "lift": self._lift, "move": self._move}[kind](n)

    def _consent(self, kind: str, purpose: str, at: datetime) -> None:
        instant, name = at.isoformat(), f"e-{self.number}"
        about: dict[str, Any] = {"purpose": purpose, "channels": ["email"]}
        made: dict[str, Callable[[], dict[str, Any]]] = {
            "given": lambda: given(self.who, name, occurred_at=instant, **about),
            "withdrawn": lambda: withdrawn(self.who, name, occurred_at=instant, **about),
            "confirmed": lambda: confirmed(self.who, name, instant, **about),
        }
        take(self.connection, self.op, [ConsentIn.model_validate(made[kind]())])

    def _ban(self) -> None:
        what = Suppression(EVERY, "suppressed", "marketing_ban", self.op.at, self.op.actor.id, self.op.at)
        suppression.apply(self.connection, self.op.keys.key_id, addresses(self._row()), {Channel.EMAIL}, what)

    def _restrict(self, n: int) -> None:
        restrict(self.connection, UUID(self.who), list(RestrictionGround)[n], None, self.op.at)

    def _lift(self, n: int) -> None:
        lift(self.connection, UUID(self.who), list(RestrictionGround)[n], None, self.op.at)

    def _move(self, n: int) -> None:
        old = self._row().email_hash
        new = email_address(self.op.keys, f"aino{n}-{self.number}@example.fi").hash
        self.connection.execute(update(customers).where(customers.c.id == UUID(self.who)).values(email_hash=new))
        suppression.follow(self.connection, [(old, new)], self.op.actor.id)

    def _row(self) -> Any:
        return self.connection.execute(select(customers).where(customers.c.id == UUID(self.who))).one()

    def ask(self, purpose: str, at: datetime | None = None) -> AnswerOut:
        sent: dict[str, Any] = {"purpose": purpose, "channel": "email", "subjects": [{"id": self.who}], "at": at}
        return run(self.connection, self.op, CheckIn.model_validate(sent)).results[0]


async def test_the_past_answers_as_it_answered_then(call: Caller, world: World, mailing: None) -> None:
    """For any history of consents, withdrawals, bans, restrictions and moves, arriving late or from fast clocks:
    ask after each step, keep the answer, and ask again at the end with `at`."""
    who = await register(call)
    op = await operation(world, "booking")

    def prove(connection: Connection) -> None:
        @settings(max_examples=15 if world.dialect == "sqlite" else 8, deadline=None, database=None)
        @forall(st.lists(STEP, min_size=1, max_size=7))
        def holds(steps: list[Any]) -> None:
            savepoint = connection.begin_nested()
            history = History(connection, op, who)
            kept = []
            for step in steps:
                history.step(*step)
                op.at += timedelta(seconds=30)
                kept += [(purpose, op.at, history.ask(purpose)) for purpose in PURPOSES]
            op.at += timedelta(days=30)
            answers = [(purpose, at, history.ask(purpose, at)) for purpose, at, _ in kept]
            savepoint.rollback()
            assert answers == kept

        holds()

    await world.db.write(prove)


async def test_before_they_were_known(call: Caller, world: World) -> None:
    """Somebody registered later was an unknown subject."""
    before = world.now.isoformat()
    world.later(hours=1)
    who = await register(call)
    assert await reasons(call, "customer_relationship", who, at=before) == ["denied", "unknown_subject"]


async def test_a_transfer_recorded_later_justifies_nothing_in_retrospect(call: Caller, world: World) -> None:
    """The answer of that day stays the answer about that day."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    before = world.now.isoformat()
    world.later(hours=1)
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF), expect=201)

    assert await reasons(call, "newsletter", who, channel="email", at=before) == ["denied", "transfer_refused"]
    assert await reasons(call, "newsletter", who, channel="email") == ["allowed", "consent_given"]


async def test_a_later_purchase_does_not_revive_the_past(call: Caller, world: World) -> None:
    """A customership that had ended by then had ended, whatever was bought since."""
    who = await register(call)
    world.later(days=800)
    ended = world.now.isoformat()
    assert await reasons(call, "customer_relationship", who) == ["denied", "customership_ended"]
    world.later(days=1)
    starts = world.now + timedelta(days=1)
    booking = {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "service": "Hoito",
        "state": "booked",
    }
    await call("booking", "PUT", f"/v1/customers/{who}/bookings/booking/b-1", booking, expect=201)
    assert await reasons(call, "customer_relationship", who) == ["allowed", "legal_basis"]
    assert await reasons(call, "customer_relationship", who, at=ended) == ["denied", "customership_ended"]
