"""Webhooks on both databases: what people do at Mailchimp takes effect here, once, and nothing more does."""

from typing import Any
from unittest import mock

import httpx
import pytest

from app.auth.failures import Failures
from app.mailchimp import inbox, repository
from app.mailchimp.hooks import Event
from app.policy.notifications import TRIES
from tests.mailchimp.stage import HOOK, NEWS, ON_SQLITE, OTHER, SIGNING, Stage
from tests.vendors.mailchimp_state import Webhook, signed

pytestmark = pytest.mark.anyio

AINO, EINO, ELLI = "aino@example.fi", "eino@example.fi", "elli@example.fi"


@pytest.fixture
async def hooked(stage: Stage) -> Stage:
    """Members of both audiences, one signed webhook and an old one without a signature."""
    for email in (AINO, EINO, ELLI):
        stage.account.add(NEWS, email, FNAME="Salainen")
        stage.account.add(OTHER, email)
    stage.account.webhooks += [
        Webhook("w1", NEWS, f"http://seloste.test/hooks/mailchimp/{HOOK}", SIGNING),
        Webhook("w2", OTHER, f"http://seloste.test/hooks/mailchimp/{HOOK}", None),
    ]
    return stage


async def outcomes(stage: Stage) -> list[tuple[str, str, str]]:
    """What came of the events, in their order."""
    rows = await stage.world.rows("SELECT kind, state, outcome FROM mailchimp_events ORDER BY id")
    return [tuple(row) for row in rows]


async def test_what_people_do_at_mailchimp_takes_effect(hooked: Stage, api: httpx.AsyncClient) -> None:
    """Unsubscribed, complained, bounced, moved; each delivered twice; subscribing gives no consent."""
    ids = {email: await hooked.person(email) for email in (AINO, EINO, ELLI)}
    assert await hooked.reasons(AINO) == []
    account = hooked.account
    account.person_unsubscribes(NEWS, AINO)
    account.person_unsubscribes(OTHER, EINO, reason="abuse")
    account.person_cleans(NEWS, ELLI)
    account.person_upemails(OTHER, ELLI, "elli.uusi@example.fi")
    account.person_subscribes(NEWS, "outsider@example.fi")
    assert await account.deliver(api, again=True) == 10
    assert await outcomes(hooked) == [
        ("unsubscribe", "done", "withdrawn"),
        ("unsubscribe", "done", "banned"),
        ("cleaned", "done", "undeliverable"),
        ("upemail", "done", "proposed"),
    ]
    # The withdrawal of one audience's purposes, with the event as evidence.
    assert await hooked.reasons(AINO) == ["suppressed", "consent_withdrawn"]
    consents = await hooked.call("admin", "GET", f"/v1/customers/{ids[AINO]}/consents", expect=200)
    event = consents["history"][-1]
    assert (event["action"], event["collected_via"]) == ("withdrawn", "unsubscribe_link")
    assert event["evidence"] == {"form": f"mailchimp/{NEWS}/cb398d21d2"}
    assert event["occurred_at"] == "2026-11-23T09:00:00Z"
    assert len(consents["history"]) == 2
    # A complaint bans all marketing by e-mail; the newsletter's consent is not withdrawn by it.
    assert "marketing_ban" in await hooked.reasons(EINO)
    assert "marketing_ban" in await hooked.reasons(EINO, "telling_about_services")
    assert len(await hooked.world.rows("SELECT 1 FROM suppression_events WHERE origin = 'marketing_ban'")) == 1
    # An address to which nothing arrives withdraws nothing; one that moved waits for a human.
    assert await hooked.reasons(ELLI) == []
    (bounced,) = await hooked.world.rows("SELECT audience, undeliverable_reason FROM audience_members")
    assert tuple(bounced) == (NEWS, "hard")
    waiting = await hooked.call("admin", "GET", f"/v1/customers/{ids[ELLI]}/proposals", expect=200)
    assert [one["proposed"] for one in waiting["items"]] == [{"email": "elli.uusi@example.fi"}]
    held = await hooked.call("admin", "GET", f"/v1/customers/{ids[ELLI]}", expect=200)
    assert held["email"] == ELLI
    # Nobody was made of somebody who subscribed at Mailchimp, and no trace of what was dropped unread is anywhere.
    assert await hooked.reasons("outsider@example.fi") == ["unknown_subject"]
    stored = str([await hooked.world.rows(f"SELECT * FROM {t}") for t in ("mailchimp_events", "audit_events")])
    assert not any(value in stored for value in ("example.fi", "Salainen", "198.51.100"))
    assert not await hooked.world.rows("SELECT 1 FROM mailchimp_events WHERE sealed IS NOT NULL")


@ON_SQLITE
async def test_an_address_in_no_record_is_suppressed_and_later_consent_holds(
    hooked: Stage, api: httpx.AsyncClient
) -> None:
    """A withdrawal that comes late does not overturn a consent that is younger than it."""
    account, world = hooked.account, hooked.world
    account.person_unsubscribes(NEWS, AINO)
    hook, body = account.owed.pop()
    world.later(minutes=30)
    await hooked.person(AINO, None)
    await hooked.consents("aino", "newsletter", "2026-11-23T09:10:00Z")
    await api.post(hooked.hook, content=body, headers=account.headers(hook, body))
    consents = await hooked.call("admin", "POST", "/v1/customers/search", {"email": AINO}, expect=200)
    state = await hooked.call("admin", "GET", f"/v1/customers/{consents['items'][0]['id']}/consents", expect=200)
    assert [(one["action"], one["suppressed_since"]) for one in state["states"]] == [("given", "2026-11-23T09:00:00Z")]


@ON_SQLITE
async def test_only_mailchimp_is_heard(hooked: Stage, api: httpx.AsyncClient) -> None:
    """Unknown addresses are not there, and guessing is slowed; probes do nothing; signatures are asked where due."""
    account, world = hooked.account, hooked.world
    assert (await api.get(hooked.hook)).text == "ok"
    assert (await api.post(hooked.hook)).text == "ok"
    account.person_unsubscribes(NEWS, AINO)
    _, body = account.owed.pop()
    form = {"content-type": "application/x-www-form-urlencoded"}

    async def post(header: str | None, content: bytes = body) -> tuple[int, str]:
        named = {} if header is None else {"x-mailchimp-signature": header}
        answer = await api.post(hooked.hook, content=content, headers={**form, **named})
        return answer.status_code, answer.json()["code"] if answer.status_code != 200 else ""

    late = signed(SIGNING, body, world.now)
    assert await post(None) == (403, "signature-invalid")
    assert await post(signed("other-secret", body, world.now)) == (403, "signature-invalid")
    world.later(seconds=301)
    assert await post(late) == (403, "signature-invalid")
    assert await post(None, b"x=" + b"1" * 70_000) == (413, "too-large")
    assert await post(None, body.replace(NEWS.encode(), b"ffffffffff")) == (403, "signature-invalid")
    assert await post(None, b"hello") == (400, "event-unreadable")
    with mock.patch.object(inbox, "MOST_WAITING", 0):
        assert await post(signed(SIGNING, body, world.now)) == (503, "inbox-full")
    assert await outcomes(hooked) == []
    world.app.state.link_failures = Failures(2)
    tried = [await api.post("/hooks/mailchimp/not-the-secret-0123456789") for _ in range(3)]
    assert [one.status_code for one in tried] == [404, 404, 429]


async def test_what_cannot_be_worked_off_is_parked_for_a_human(hooked: Stage, api: httpx.AsyncClient) -> None:
    """A failing event is kept, sealed, and tried again; others pass it by. A mark outlives it for some days."""
    services, registers = hooked.world.services, hooked.world.registers
    await hooked.person(AINO)
    hooked.account.person_unsubscribes(NEWS, AINO)
    hooked.account.person_unsubscribes(NEWS, EINO, reason="abuse")
    assert await hooked.reasons(EINO) == ["unknown_subject"]
    hooked.world.app.state.mailchimp = type(hooked.accounts)({"mailchimp": described(hooked, OTHER)})
    await hooked.account.deliver(api)
    assert await outcomes(hooked) == [("unsubscribe", "queued", "AudienceUnknown"), ("unsubscribe", "done", "banned")]
    mistyped = hooked.config.audiences[NEWS].model_copy(update={"purposes": ("newsletter", "newsletters")})
    wrong = hooked.config.model_copy(update={"audiences": {NEWS: mistyped}})
    hooked.world.later(seconds=5)
    assert await inbox.work_off(services, registers, type(hooked.accounts)({"mailchimp": wrong})) == 0
    hooked.world.app.state.mailchimp = type(hooked.accounts)({"mailchimp": hooked.config})
    assert await inbox.work_off(services, registers, hooked.accounts) == 0
    hooked.world.later(seconds=20)
    assert await inbox.work_off(services, registers, hooked.accounts) == 1
    assert await hooked.reasons(AINO) == ["suppressed", "consent_withdrawn"]
    event = Event("cleaned", NEWS, hooked.world.now, email="broken")
    await services.db.write(inbox.store, services.keys, "mailchimp", event, hooked.world.now)
    with mock.patch.object(inbox, "_open", side_effect=ValueError):
        for _ in range(TRIES):
            hooked.world.later(hours=13)
            assert await inbox.work_off(services, registers, hooked.accounts) == 0
    assert (await outcomes(hooked))[-1] == ("cleaned", "parked", "ValueError")
    assert await hooked.world.db.write(repository.unpark_events, hooked.world.now) == 1
    assert await inbox.work_off(services, registers, hooked.accounts) == 1
    assert (await outcomes(hooked))[-1] == ("cleaned", "done", "address_invalid")
    assert await inbox.forget(services) == 0
    hooked.world.later(days=8)
    assert await inbox.forget(services) == 3


def described(hooked: Stage, *audiences: str) -> Any:
    """The same account, with these audiences alone."""
    kept = {name: one for name, one in hooked.config.audiences.items() if name in audiences}
    return hooked.config.model_copy(update={"audiences": kept})
