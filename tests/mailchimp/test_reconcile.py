"""The poll beside the webhooks: the same effects, once; who should get nothing is stopped; an outage loses nothing."""

import pytest
from sqlalchemy import Connection, update

from app.customers.tables_audiences import audience_members
from app.mailchimp.exporting import export
from app.mailchimp.reconciling import reconcile
from tests.mailchimp.stage import NEWS, ON_SQLITE, OTHER, Stage
from tests.mailchimp.test_export import erased, may_transfer, withdrawal
from tests.vendors.mailchimp_state import Webhook, hash_of

pytestmark = pytest.mark.anyio


async def run(stage: Stage) -> dict[str, dict[str, int]]:
    """One look; what was found by audience, without what was in order."""
    found = await reconcile(stage.world.services, stage.world.registers, stage.accounts, stage.outside)
    return {audience: {k: n for k, n in counts.items() if k != "agreed"} for audience, counts in found.items()}


async def test_what_the_webhooks_missed_is_taken_over(stage: Stage) -> None:
    """Nothing twice, by whichever way it came first."""
    account = stage.account
    for name in ("left", "bounced", "moved", "told", "stays", "early", "stopped"):
        await stage.person(f"{name}@example.fi")
    account.add(NEWS, "early@example.fi", "unsubscribed")  # before anything was exported
    await may_transfer(stage)
    await export(stage.world.services, stage.world.registers, stage.accounts, stage.outside)
    account.webhooks.append(Webhook("w", NEWS, f"http://seloste.test{stage.hook}", "signing-secret"))
    stage.world.later(hours=1)
    account.person_unsubscribes(NEWS, "told@example.fi")
    assert await account.deliver(stage.call.api) == 1
    account.person_unsubscribes(NEWS, "left@example.fi")
    account.person_cleans(NEWS, "bounced@example.fi")
    account.person_upemails(NEWS, "moved@example.fi", "elsewhere@example.fi")
    account.person_unsubscribes(NEWS, "stopped@example.fi")  # as the export would have, in the person's stead
    await stage.world.db.write(_stopped, account.audiences[NEWS][hash_of("stopped@example.fi")].contact_id)
    account.owed.clear()
    stage.troubles.outage = 1
    assert (await run(stage))[NEWS] == {"interrupted:http_503": 1}
    assert (await run(stage))[NEWS] == {"withdrawn": 2, "undeliverable": 1, "proposed": 1}
    assert await stage.reasons("left@example.fi") == ["suppressed", "consent_withdrawn"]
    withdrawn = await stage.world.rows("SELECT collected_via FROM consent_events WHERE action = 'withdrawn'")
    assert len(withdrawn) == 3
    assert await stage.reasons("stopped@example.fi") == ["consent_given"]
    (proposed,) = await stage.world.rows("SELECT count(*) FROM customer_proposals")
    stage.world.later(minutes=5)
    assert (await run(stage))[NEWS] == {}
    assert await stage.world.rows("SELECT count(*) FROM customer_proposals") == [proposed]
    # What the export has stopped, and what bounces, is no act of theirs and does not come back.
    done = await export(stage.world.services, stage.world.registers, stage.accounts, stage.outside)
    assert dict(done[NEWS]) == {"stopped:unsubscribe": 2}
    assert (await run(stage))[NEWS] == {}
    stored = str(await stage.world.rows("SELECT * FROM mailchimp_polls"))
    assert "example.fi" not in stored


def _stopped(connection: Connection, contact_id: str) -> None:
    one = audience_members.c.contact_id == contact_id
    connection.execute(update(audience_members).where(one).values(state="stopped"))


@ON_SQLITE
async def test_whom_the_register_stops_mailchimp_stops(stage: Stage) -> None:
    """Suppressed, in no record, erased: unsubscribed there; of strangers only the number is told."""
    account = stage.account
    await stage.person("banned@example.fi")
    gone = await stage.person("gone@example.fi")
    for name in ("banned", "gone", "nobody", "stranger"):
        account.add(NEWS, f"{name}@example.fi")
    account.add(OTHER, "banned@example.fi", "pending")
    for name in ("banned", "gone", "nobody"):
        await stage.call("mailer", "POST", "/v1/consents", withdrawal(f"{name}@example.fi"), expect=201)
    ban = {"right": "marketing_ban", "claimed_identity": {"name": "B", "email": "banned@example.fi"}}
    sent = {**ban, "channel": "email", "received_at": "2026-11-23T08:00:00Z"}
    await stage.call("admin", "POST", "/v1/subject-requests", sent, expect=201)
    await erased(stage, gone)
    assert await run(stage) == {NEWS: {"stop": 3, "unknown_here": 1}, OTHER: {"stop": 1}}
    statuses = {member.email.partition("@")[0]: member.status for member in account.audiences[NEWS].values()}
    assert statuses == {**dict.fromkeys(("banned", "gone", "nobody"), "unsubscribed"), "stranger": "subscribed"}
    assert [member.status for member in account.audiences[OTHER].values()] == ["unsubscribed"]
    assert await run(stage) == {NEWS: {"unknown_here": 1}, OTHER: {}}
