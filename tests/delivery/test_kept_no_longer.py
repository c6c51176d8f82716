"""What recipients were told outside a case is forgotten when its period is over; what is open stays."""

import pytest

from app.subject_requests.sweep import Told
from tests.delivery.conftest import Deliver
from tests.delivery.recorded import Recorded
from tests.delivery.test_what_is_told import consent
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("in_the_eea")]


async def test_closed_ones_of_no_case_go_with_their_attempts(
    desk: Desk, world: World, deliver: Deliver, call: Caller
) -> None:
    """Two withdrawals, of which one has not been told yet; a ban belongs to a case, whose file decides about it."""
    for number in (1, 2):
        person = await desk.person(number)
        sent = consent("withdrawn", "2026-11-21T10:00:00Z", number)
        await call("webshop", "POST", "/v1/consents", sent, expect=201)
        if number == 1:
            await desk.asks("marketing_ban", person)
            for _ in range(2):
                await deliver(mailchimp=Recorded())
                world.later(seconds=30)
    early = await world.sweep()
    world.later(days=366 * 20)
    late = await world.sweep()
    left = await world.rows("SELECT act, state FROM notifications WHERE recipient = 'mailchimp' ORDER BY act")
    attempts = await world.rows("SELECT count(*) FROM notification_attempts")

    assert early.rows.get(Told().name, 0) == 0
    assert late.rows[Told().name] == 1
    assert [tuple(row) for row in left] == [("consent_withdrawal", "queued"), ("marketing_ban", "verified")]
    assert attempts[0][0] == 1
