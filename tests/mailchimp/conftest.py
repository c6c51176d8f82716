"""The stage of each test: the service beside a fake Mailchimp."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.mailchimp.stage import HOOK, KEY, NEWS, SIGNING, Stage, fake_client, staged
from tests.worlds import Caller, World


@pytest.fixture
async def stage(world: World, call: Caller, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Calls to Mailchimp reach the fake; the newsletter's webhook is signed, the other audience's is not."""
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    monkeypatch.setenv("MAILCHIMP_HOOK", HOOK)
    monkeypatch.setenv("MAILCHIMP_SIGNING", SIGNING)
    signed = {NEWS: {"signing_secrets": [{"env": "MAILCHIMP_SIGNING"}], "export": "newsletter"}}
    made = staged(world, call, httpx.AsyncClient(), signed)
    async with fake_client(made.account, made.troubles) as client:
        made.outside = type(made.outside)(client, may_reach_private=True, clock=lambda: world.now)
        yield made
