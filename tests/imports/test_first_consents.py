"""The consents of people whom a batch makes: as each would have been taken singly."""

import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from app.consents.rules import hashed_channels, hashed_text
from app.consents.schemas import ConsentIn
from tests.imports.files import HEADING, UNSUB_HEADING, audience, leaver, member, write
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_each_is_stored_as_the_event_that_it_is(world: World, call: Caller, tmp_path: Path) -> None:
    """Confirmed or not; the hash by which a repeat is known covers all that the row says."""
    rows = [member("a@example.fi", "1"), member("b@example.fi", "2", confirm=""), member("c@example.fi", "3")]
    await audience(world, write(tmp_path, HEADING, *rows))
    stored = await world.rows("SELECT customer_id, content_hash FROM consent_events")

    assert len(stored) == 3
    for customer_id, content_hash in stored:
        who = str(UUID(str(customer_id)))
        (event,) = (await call("admin", "GET", f"/v1/customers/{who}/consents", expect=200))["history"]
        said = {name: event[name] for name in ConsentIn.model_fields.keys() & event.keys()}
        sent = ConsentIn.model_validate({**said, "customer": {"id": who}})
        assert content_hash == world.services.keys.hash("consent", hashed_text(sent), *hashed_channels(sent))


async def test_who_left_in_the_same_file_stays_suppressed(world: World, call: Caller, tmp_path: Path) -> None:
    """One address left and signed up again, in a file that does not say in which order: the withdrawal stands."""
    file = tmp_path / "audience.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("unsubscribed.csv", "\n".join((UNSUB_HEADING, leaver("a@example.fi", "1"))))
        archive.writestr("subscribed.csv", "\n".join((HEADING, member("a@example.fi", "2"))))
    seen = await audience(world, file)
    assert seen.outcomes == [(2, "taken", "no_record"), (2, "taken", "still_suppressed")]
