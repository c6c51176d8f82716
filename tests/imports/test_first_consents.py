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
    assert seen.outcomes == [(2, "taken", "no_record"), (2, "skipped", "suppressed")]
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_an_address_is_one_however_it_is_written(world: World, call: Caller, tmp_path: Path) -> None:
    """In punycode or not: found, known again, and suppressed when its owner left."""
    plain, coded = "aino@esimerkki-äö.example.fi", "aino@xn--esimerkki--z5a0t.example.fi"
    first = await audience(world, write(tmp_path, HEADING, member(coded, "1")))
    again = await audience(world, write(tmp_path, HEADING, member(plain, "2", changed="2021-05-04 12:00:00")))
    found = await call("admin", "POST", "/v1/customers/search", {"email": coded}, expect=200)
    left = await audience(world, write(tmp_path, UNSUB_HEADING, leaver(coded, "9"), name="unsubscribed.csv"))

    assert [seen.outcomes for seen in (first, left)] == [[(2, "taken", "")], [(2, "taken", "")]]
    assert [one["email"] for one in found["items"]] == [plain]
    assert again.outcomes == [(2, "taken", "")], "a second reference of the same person"
    assert len(await world.rows("SELECT 1 FROM customers WHERE kind = 'subscriber'")) == 1


async def test_who_left_with_an_address_that_is_none_is_found_by_reference(world: World, tmp_path: Path) -> None:
    """The rest of the file is taken too."""
    await audience(world, write(tmp_path, HEADING, member("a@example.fi", "1")))
    rows = [leaver("a@nowhere", "1"), leaver("b@nowhere", "2"), leaver("c@example.fi", "3")]
    left = await audience(world, write(tmp_path, UNSUB_HEADING, *rows, name="unsubscribed.csv"))

    assert left.outcomes == [(2, "taken", ""), (3, "taken", "no_record"), (4, "taken", "no_record")]
    assert len(await world.rows("SELECT 1 FROM consent_states WHERE action = 'withdrawn'")) == 1
