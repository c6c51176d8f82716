"""Outages, half answers, refusals, moving lists: what passes is tried again, what stays is a code."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.connectors.instruction import Change, Subject
from app.connectors.mailchimp import Mailchimp
from app.connectors.outcome import Failed, Later, Verified
from app.connectors.outside import new_client
from app.policy.notifications import Act
from tests.connectors.mailchimp.stage import EMAIL, NEWS, SHOP, Fake, connected, told
from tests.vendors.mailchimp import create_app

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trouble", ["outage", "bare_403", "bare_429", "half", "lost"])
async def test_what_passes_is_tried_again_and_done_once(fake: Fake, connector: Mailchimp, trouble: str) -> None:
    """Refusals at the door without a body, an outage with Retry-After, half answers: later; then it is simply done."""
    fake.account.add(NEWS, EMAIL)
    fake.account.add(SHOP, EMAIL)
    fake.troubles.retry_after = 9 if trouble == "outage" else None
    for n in range(1, 4):
        setattr(fake.troubles, trouble, 1)
        outcome = await connector.apply(told(Act.ERASURE))
        assert isinstance(outcome, Later), n
        assert (outcome.after is not None) == (trouble == "outage")
        assert EMAIL not in outcome.code
    assert isinstance(await connector.apply(told(Act.ERASURE)), Verified)
    assert (fake.status(), fake.status(SHOP)) == (None, None)


async def test_what_stays_is_a_code(
    fake: Fake, connector: Mailchimp, served: tuple[Fake, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key, an audience that is not the account's, a refusal in the vendor's words: no address in any code."""
    fake.account.add(NEWS, EMAIL)
    async with new_client(may_reach_private=True) as client:
        other = connected(client, served[1], lists=["ffffffffff"])
        assert await other.apply(told(Act.MARKETING_BAN)) == Failed("audience_unknown")
        assert fake.status() == "subscribed"
    fake.account.merge_tags[NEWS] = frozenset()
    names = told(Act.RECTIFICATION, changes=(Change("name", None, "Eila"),))
    assert await connector.apply(names) == Failed("invalid_resource")
    fake.account.api_key = "changed"
    assert await connector.apply(told(Act.MARKETING_BAN)) == Failed("key_refused")


async def test_no_more_than_five_calls_at_once(fake: Fake, connector: Mailchimp) -> None:
    """Ten are all that Mailchimp allows to every program of the account together."""
    for n in range(8):
        fake.account.add(NEWS, f"n{n}@example.fi")
    subjects = [Subject(email=f"n{n}@example.fi") for n in range(8)]
    fake.app = create_app(fake.account, fake.troubles, seconds=0.002)
    outcomes = await asyncio.gather(*(connector.apply(told(Act.ERASURE, subject=one)) for one in subjects))
    assert all(isinstance(one, Verified) for one in outcomes)
    assert fake.account.most_open <= 5


async def test_nobody_is_passed_over_while_a_list_moves(
    fake: Fake, connector: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of two; many in one second, as after an import; the first to be told moves to the end meanwhile."""
    monkeypatch.setattr("app.connectors.mailchimp_api.PAGE", 2)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    for n in range(9):
        fake.account.now = lambda n=n: begin + timedelta(seconds=max(0, n - 4) * 10)  # type: ignore[misc] # bound now
        fake.account.add(NEWS, f"n{n}@example.fi")
    told_of: list[str] = []
    async for member in connector.api.changed(NEWS, begin - timedelta(days=1)):
        told_of.append(member.email)
        if len(told_of) == 2:
            first = fake.account.member(NEWS, told_of[0])
            assert first is not None
            first.last_changed = begin + timedelta(hours=1)
    assert set(told_of) == {f"n{n}@example.fi" for n in range(9)}
    assert len(told_of) <= 10
